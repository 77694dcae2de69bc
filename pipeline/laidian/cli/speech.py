"""Commands on recordings and sentences, without a workspace: what was said, and what it tells."""

import time
from pathlib import Path
from typing import Annotated

import typer

from laidian import steps
from laidian.cli.shell import Json, app, err, out, print_json
from laidian.errors import AudioError, InputError
from laidian.settings import Settings


@app.command()
def transcribe(
    audio: Annotated[list[Path], typer.Argument(metavar="AUDIO...", help="recordings, or folders of them")],
    to: Annotated[Path, typer.Option("--out", metavar="DIR", help="where the JSON files go, one a recording")],
    agent_channel: Annotated[int | None, typer.Option(min=0, max=1, help="the agent's channel; default: told by words")] = None,
    root: Annotated[Path | None, typer.Option("--workspace", "-w", help="use its laidian.toml; none is needed")] = None,
    as_json: Json = False,
) -> None:
    """Write down what recordings say; no workspace needed. Exit 8 if none of them could be heard."""
    settings = _of(root) if root else Settings()
    agent = None if agent_channel is None else str(agent_channel)
    done: list[steps.Written] = []
    began = last = time.monotonic()
    for one in steps.transcribe_files(audio, to, agent, settings):
        done.append(one)
        if one.error:
            err.print(f"{one.recording}: {one.faults[0]}: {one.error}", markup=False)
        if (now := time.monotonic()) - last >= (1.0 if err.is_terminal else 60.0):
            last, seconds = now, sum(w.seconds for w in done)
            err.print(f"{len(done)} recordings, {seconds:.0f} s of audio at {seconds / (now - began):.1f}x real time")
    failed = sum(one.error is not None for one in done)
    if as_json:
        print_json([{"recording": w.recording, "file": w.file, "faults": w.faults, "error": w.error} for w in done])
    else:
        out.print(f"{len(done) - failed} recordings heard, {failed} not; {sum(w.seconds for w in done):.0f} s of audio: {to}",
                  markup=False)  # fmt: skip
    if failed == len(done):
        raise AudioError("laidian transcribe", "no recording that could be heard", "one or more", "see the lines above")


def _of(root: Path) -> Settings:
    from laidian import workspace  # late: the tables' libraries, which `transcribe` without a workspace does without

    return workspace.load(root)


@app.command()
def tag(
    source: Annotated[Path, typer.Option("--in", metavar="F.jsonl", help='lines {"id", "role", "text", "prev"?, "confidence"?}')],
    target: Annotated[Path, typer.Option("--out", metavar="F.jsonl", help="where the tagged lines go")],
    lexicon: Annotated[Path | None, typer.Option("--cues", metavar="DIR", help="an edited cue lexicon; else the bundled")] = None,
    as_json: Json = False,
) -> None:
    """Tag utterances from a file with cues and call reasons; no workspace needed. Exit 4 if none of its lines could be read."""
    account = steps.tag_file(source, target, lexicon)
    for line, why in account.why:
        err.print(f"{source}, line {line}: {why}; refused", markup=False)
    if account.refused > len(account.why):
        err.print(f"... and {account.refused - len(account.why)} lines more, refused", markup=False)
    if as_json:
        print_json({"tagged": account.tagged, "with_repeat_cue": account.with_repeat_cue, "refused": account.refused})
    else:
        out.print(f"{account.tagged} lines tagged, {account.with_repeat_cue} with a repeat cue, {account.refused} refused")
    if account.refused and not account.tagged:
        raise InputError(str(source), "no line that could be read", "one or more", "see the lines above")
