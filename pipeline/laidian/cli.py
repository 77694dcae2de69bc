"""The command line: a thin shell. Results on stdout, progress and errors on stderr, one exit code a kind of error."""

import dataclasses
import json
import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from laidian import calendar, ingest, steps, store, workspace
from laidian.audit import Expected
from laidian.errors import AudioError, InputError, LaidianError
from laidian.settings import Settings

app = typer.Typer(
    name="laidian", help="Did we solve the customer's problem the first time?", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)  # fmt: skip
out, err = Console(soft_wrap=True, highlight=False), Console(stderr=True, soft_wrap=True, highlight=False)

Workspace = Annotated[Path, typer.Option("--workspace", "-w", envvar="LAIDIAN_WORKSPACE", help="the workspace's folder")]
Json = Annotated[bool, typer.Option("--json", help="machine output on stdout")]
HERE = Path("workspace")
INTERRUPTED = 130
SHOWN = 5  # reasons for rejected rows, the commonest; all of them stand in rejected/


def main() -> NoReturn:
    """The entry point: an error of ours becomes one line and its exit code."""
    try:
        app(standalone_mode=True)
    except LaidianError as bad:
        err.print(f"laidian: {bad}", style="red", markup=False)
        sys.exit(bad.exit_code)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # typer's own, without a word
            err.print("laidian: interrupted; run the same command again to go on from here", style="red")
        raise
    sys.exit(0)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"found {text!r}; expected a day as YYYY-MM-DD") from None


Grouping = Literal["agent", "team", "queue", "reason", "customer_type", "day", "answered_survey", "nature"]
Day = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")]


def _print_json(data: object) -> None:
    sys.stdout.write(json.dumps(data, ensure_ascii=False, default=_plain, indent=1) + "\n")


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


@app.command()
def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="an empty or new folder")]) -> None:
    """Make a workspace with a commented laidian.toml."""
    made = workspace.create(folder)
    out.print(f"{'made' if made else 'there already:'} {folder / workspace.SETTINGS}", markup=False)


@app.command(name="ingest")
def ingest_(
    root: Workspace = HERE,
    contacts: Annotated[Path | None, typer.Option(help="the contact log")] = None,
    recordings: Annotated[Path | None, typer.Option(metavar="DIR", help="a folder of recordings")] = None,
    surveys: Path | None = None,
    tickets: Path | None = None,
    transcripts: Path | None = None,
    cues: Annotated[Path | None, typer.Option(help="cues found by another system")] = None,
    audits: Path | None = None,
    labels: Path | None = None,
    events: Path | None = None,
    check: Annotated[bool, typer.Option("--check", help="show the mapping and the first 5 rows; write nothing")] = False,
    as_json: Json = False,
) -> None:
    """Read contact logs, surveys, tickets, transcripts and recordings; reading the same file again changes nothing."""
    kinds: dict[ingest.Kind, Path | None] = {
        "contacts": contacts, "surveys": surveys, "tickets": tickets, "transcripts": transcripts, "cues": cues, "audits": audits,
        "labels": labels, "events": events,
    }  # fmt: skip
    given = [(kind, path) for kind, path in kinds.items() if path is not None]
    if not given and recordings is None:
        raise InputError("laidian ingest", "no file named", "one option or more", "see: laidian ingest --help")
    settings = workspace.load(root)
    if check:
        previews = [ingest.preview(kind, path, settings) for kind, path in given]
        if as_json:
            _print_json(previews)
            return
        for preview in previews:
            _show_preview(preview)
        return
    with workspace.locked(root):
        taken = [steps.take(root, kind, path) for kind, path in given]
        account = steps.add_recordings(root, recordings) if recordings else None
        store.build_views(root)
    if as_json:
        _print_json({"files": taken, "recordings": account})
        return
    for one in taken:
        _show_taken(one)
    if account:
        out.print(
            f"recordings: {account.matched} matched, {account.missing} named in the log but missing, "
            f"{account.contacts_without_audio} answered calls without audio, "
            f"{account.audio_without_contact} files without a contact, {account.refused} rejected"
        )
        _show_reasons(account.reasons)


def _show_taken(one: steps.Taken) -> None:
    days = f", days {one.days[0]} to {one.days[-1]}" if one.days else ""
    out.print(f"{one.kind}: {one.rows} rows read, {one.new} new, {one.duplicates} duplicates, {one.rejected} rejected{days}")
    for column, meant in one.unknown_columns.items():
        line = f'{ingest.quoted(column)} = "{meant}"'
        hint = f"; did you mean {meant}? Then add under [columns.{one.kind}] in laidian.toml: {line}" if meant else ""
        out.print(f"  column {column} is not used{hint}", markup=False)
    if one.duplicates:
        out.print("  a duplicate repeats the key of another row of the file; such rows are taken once")
    _show_reasons(one.reasons)
    if one.rejected:
        out.print(f"  the rejected rows: rejected/{one.file}.jsonl in the workspace", markup=False)


def _show_reasons(reasons: tuple[tuple[str, int, int | None], ...]) -> None:
    for reason, rows, first_line in reasons[:SHOWN]:
        first = f" (the first is line {first_line})" if first_line is not None else ""
        out.print(f"  rejected, {rows} x {reason}{first}", markup=False)
    if len(reasons) > SHOWN:
        out.print(f"  and for {len(reasons) - SHOWN} other reasons")


def _show_preview(preview: ingest.Preview) -> None:
    table = Table(title=f"{preview.kind}: columns", title_justify="left")
    table.add_column("in the file")
    table.add_column("laidian's")
    for found, name in preview.mapping:
        hint = f"not used; did you mean {preview.suggestions[found]}?" if found in preview.suggestions else "not used"
        table.add_row(found, name or hint)
    for name in preview.missing:
        table.add_row("MISSING", name)
    out.print(table)
    for number, row in enumerate(preview.rows, start=1):
        out.print(f"row {number}: " + "  ".join(f"{name}={value}" for name, value in row.items() if value), markup=False)
    for line, reason in preview.rejected:
        out.print(f"line {line} would be refused: {reason}", markup=False)


@app.command()
def run(
    root: Workspace = HERE,
    day: Day = None,
    from_: Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD")] = None,
    to: Day = None,
    as_json: Json = False,
) -> None:
    """The nightly job for those business days; safe to repeat, to interrupt, to run twice at once."""
    first, last = _period(day, from_, to)
    files = night(root, first, last)
    _print_json({"from": first, "to": last, "files": files}) if as_json else out.print("\n".join(files), markup=False)


def _period(day: str | None, from_: str | None, to: str | None) -> calendar.Period:
    one, first, last = _day(day), _day(from_), _day(to)
    if one and not first and not last:
        return calendar.day_period(one)
    if one or not first or not last or last < first:
        raise typer.BadParameter("expected --day D, or --from D --to D with the first not after the second")
    return first, last


def night(root: Path, first: date, last: date) -> list[str]:
    """Runs the Prefect flow over the days; the report's files. Progress goes to stderr."""
    settings = workspace.load(root)
    from laidian import prefect_env  # late: Prefect costs seconds that other commands need not pay

    # Locked before Prefect's ten seconds, so that a second run learns it at once and never starts a server of its own.
    with workspace.locked(root), prefect_env.server(root, settings.flow.api_url):
        from laidian.flows.nightly import nightly

        return nightly(day=first, to_day=last, workspace=str(root), heard=_progress())


def _progress() -> Callable[[int, int, float], None]:
    """A line after each batch on a terminal, one a minute elsewhere: audio seconds per second, time left."""
    began = last = time.monotonic()
    total = 0.0
    every = 0.0 if err.is_terminal else 60.0

    def heard(done: int, of: int, seconds: float) -> None:
        nonlocal total, last
        total += seconds
        now = time.monotonic()
        if done == of or now - last >= every:
            last = now
            left = (now - began) / done * (of - done)
            speed = total / max(now - began, 1e-9)
            err.print(f"heard {done}/{of} batches, {total:.0f} s of audio at {speed:.1f}x real time, about {left:.0f} s left")

    return heard


@app.command()
def report(
    root: Workspace = HERE,
    day: Day = None,
    week: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="the week that holds this day")] = None,
    month: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="the month that holds this day")] = None,
    from_: Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD")] = None,
    to: Day = None,
    as_json: Json = False,
) -> None:
    """HTML and XLSX of a day, week, month or span of days that have been run."""
    spans = [(week, calendar.week_period), (month, calendar.month_period)]
    chosen = [make(_day(text)) for text, make in spans if text]  # type: ignore[arg-type]
    if len(chosen) + bool(day) + bool(from_ or to) != 1:
        raise typer.BadParameter("expected one of --day, --week, --month, or --from with --to")
    first, last = chosen[0] if chosen else _period(day, from_, to)
    workspace.load(root)
    with workspace.locked(root):
        files = steps.report(root, first, last)
    _print_json({"from": first, "to": last, "files": files}) if as_json else out.print("\n".join(files), markup=False)


@app.command()
def fcr(
    from_: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD")],
    to: Annotated[str, typer.Option(metavar="YYYY-MM-DD")],
    root: Workspace = HERE,
    by: Annotated[Grouping | None, typer.Option(help="one row a group instead of the whole")] = None,
    contacts: Annotated[str | None, typer.Option(metavar="DEFINITION", help="the contact_ids behind a figure instead")] = None,
    as_json: Json = True,
) -> None:
    """Every definition of first-call resolution side by side, as JSON."""
    del as_json  # there is no other output; the option is taken so that scripts may name it
    period = _period(None, from_, to)
    workspace.load(root)
    if contacts:
        _print_json(steps.contacts_behind(root, period, contacts))
    else:
        _print_json(steps.figures(root, period, by or "all"))


@app.command()
def callbacks(
    day: Annotated[str, typer.Option(metavar="YYYY-MM-DD")],
    root: Workspace = HERE,
    top: Annotated[int, typer.Option(min=1, help="lines of the list")] = 20,
    as_json: Json = False,
) -> None:
    """Customers of a day who are likely to come back within seven days, and why: to call them before they call."""
    one, _ = _period(day, None, None)
    workspace.load(root)
    found = steps.call_backs(root, one, top)
    if as_json:
        _print_json(found)
        return
    if found.quality is None:
        out.print("the log is too short to learn from: 200 contacts watched for seven days, 20 of them followed, are needed")
        return
    worth = found.quality
    out.print(
        f"Brier score {worth.brier:.4f}, of the plain share {worth.base:.4f}, on the {worth.contacts} latest contacts watched"
    )
    for c in found.contacts:
        due = f", promised by {c.promised_by:%m-%d %H:%M}" if c.promised_by else ""
        said = f"「{'；'.join(c.promised)}」" if c.promised else ""
        out.print(
            f"{c.risk:4.0%}  {c.contact_id}  {c.phone_masked or '-'}  {c.reason}: {'；'.join(c.why)}{said}{due}", markup=False
        )


audit = typer.Typer(help="The random audit sample (抽检复核): draw it, take its answers in.", no_args_is_help=True)
app.add_typer(audit, name="audit")


@audit.command(name="draw")
def audit_draw(
    n: Annotated[int, typer.Option("--n", min=1, help="contacts to draw")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="the same seed on the same log draws the same contacts")],
    root: Workspace = HERE,
    from_: Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD")] = None,
    to: Day = None,
    as_json: Json = False,
) -> None:
    """Draw contacts at random and write a workbook for each auditor; default: all days that can be judged already."""
    period = _period(None, from_, to) if from_ or to else None
    workspace.load(root)
    with workspace.locked(root):
        found = steps.draw_audit(root, n, seed, period)
    if as_json:
        _print_json(found)
        return
    drawn = found.draw
    out.print(f"draw {drawn.draw_id}: {drawn.drawn} of {drawn.population} contacts, {drawn.from_day} to {drawn.to_day}")
    out.print(f"about {found.hours:.0f} hours of auditing; half the interval's width is then to be expected:")
    _show_plan(found.plan)
    out.print("\n".join(found.files), markup=False)


def _show_plan(plan: list[Expected]) -> None:
    for one in plan:
        out.print(f"  {one.audits:>5} audits: ±{one.half_points} points, {one.hours} hours")


@audit.command(name="import")
def audit_import(file: Annotated[Path, typer.Argument(metavar="F")], root: Workspace = HERE, as_json: Json = False) -> None:
    """Take auditors' answers in; what two of them judged apart comes back as a workbook to adjudicate."""
    workspace.load(root)
    with workspace.locked(root):
        found = steps.import_audit(root, file)
        store.build_views(root)
    plan = steps.audit_plan(root)
    if as_json:
        _print_json({"intake": found, "plan": plan})
        return
    _show_taken(found.taken)
    out.print(f"audited: {found.audited} contacts, {found.twice} of them twice, {found.unknown} unknown")
    if plan and plan.half_points is not None:
        out.print(f"half the interval's width: ±{plan.half_points} points now, with {plan.audited} audits")
        _show_plan(plan.expected)
    if found.adjudicate:
        out.print(f"judged apart: {found.disputed}; to adjudicate: {found.adjudicate}", markup=False)


@app.command()
def transcribe(
    audio: Annotated[list[Path], typer.Argument(metavar="AUDIO...", help="recordings, or folders of them")],
    to: Annotated[Path, typer.Option("--out", metavar="DIR", help="where the JSON files go, one a recording")],
    agent_channel: Annotated[int | None, typer.Option(min=0, max=1, help="the agent's channel; default: told by words")] = None,
    root: Annotated[Path | None, typer.Option("--workspace", "-w", help="use its laidian.toml; none is needed")] = None,
    as_json: Json = False,
) -> None:
    """Write down what recordings say; no workspace needed. Exit 8 if none of them could be heard."""
    settings = workspace.load(root) if root else Settings()
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
        _print_json([{"recording": w.recording, "file": w.file, "faults": w.faults, "error": w.error} for w in done])
    else:
        out.print(f"{len(done) - failed} recordings heard, {failed} not; {sum(w.seconds for w in done):.0f} s of audio: {to}",
                  markup=False)  # fmt: skip
    if failed == len(done):
        raise AudioError("laidian transcribe", "no recording that could be heard", "one or more", "see the lines above")


@app.command()
def tag(
    source: Annotated[Path, typer.Option("--in", metavar="F.jsonl", help='lines {"id", "role", "text", "prev"?, "confidence"?}')],
    target: Annotated[Path, typer.Option("--out", metavar="F.jsonl", help="where the tagged lines go")],
    as_json: Json = False,
) -> None:
    """Tag utterances from a file with cues and call reasons; no workspace needed."""
    account = steps.tag_file(source, target)
    for line, why in account.why:
        err.print(f"{source}, line {line}: {why}; refused", markup=False)
    if account.refused > len(account.why):
        err.print(f"... and {account.refused - len(account.why)} lines more, refused", markup=False)
    if as_json:
        _print_json({"tagged": account.tagged, "with_repeat_cue": account.with_repeat_cue, "refused": account.refused})
    else:
        out.print(f"{account.tagged} lines tagged, {account.with_repeat_cue} with a repeat cue, {account.refused} refused")


rules = typer.Typer(name="rules", help="The rules that analysts edit.", no_args_is_help=True)
app.add_typer(rules)


@rules.command()
def diff(
    folder: Annotated[Path, typer.Argument(metavar="F", help="a folder with an edited copy of the cue lexicon")],
    root: Workspace = HERE,
    as_json: Json = False,
) -> None:
    """What an edited cue lexicon would change in the last 90 days; nothing is changed."""
    workspace.load(root)
    changed = steps.rules_diff(root, folder)
    if as_json:
        _print_json(changed)
        return
    out.print(f"{changed.days} days; contacts with a repeat cue: {changed.contacts_before} now, {changed.contacts_after} then")
    for kind in changed.kinds:
        out.print(f"{kind.kind}: {kind.gained} gained, {kind.lost} lost, {kind.kept} kept")
        for sign, places in (("+", kind.gains), ("-", kind.losses)):
            for place in places[:10]:
                out.print(f"  {sign} {place}", markup=False)


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="one DuckDB query over the views")], root: Workspace = HERE, as_json: Json = False
) -> None:
    """Query the tables: legs, contacts, utterances, cues, reasons, links, cases, measures, issues ..."""
    workspace.load(root)
    found = store.query(root, query)
    if as_json:
        _print_json(found.to_dicts())
        return
    table = Table(*found.columns)
    for row in found.iter_rows():
        table.add_row(*("" if value is None else str(value) for value in row))
    out.print(table)


@app.command()
def doctor(root: Workspace = HERE, as_json: Json = False) -> None:
    """Check the model, the pinned libraries, the decoders, the disk and the workspace; exit 1 if something is wrong."""
    from laidian import doctor as checks  # late: it looks at every library

    found = checks.examine(root)
    if as_json:
        _print_json(found)
    else:
        for one in found:
            out.print(f"{'ok  ' if one.ok else 'BAD '} {one.name}: {one.found}{'' if one.ok else f'; {one.do}'}", markup=False)
    if not all(one.ok for one in found):
        raise typer.Exit(1)


@app.command()
def demo(
    root: Annotated[Path | None, typer.Option("--workspace", "-w", help="a folder for the demo")] = None,
    log: Annotated[bool, typer.Option("--log", help="a simulated contact log without audio, and an audit of it")] = False,
    as_json: Json = False,
) -> None:
    """The main job on the bundled sample calls, and a check of what was found against their truth."""
    from laidian import demo as calls
    from laidian import demo_log

    def say(line: str) -> None:
        err.print(line, markup=False)

    if log:
        on_log = demo_log.run(root or Path("laidian-demo-log"), night, say)
        _print_json(on_log) if as_json else out.print(demo_log.text(on_log), markup=False)
        return
    result = calls.run(root or Path("laidian-demo"), night, say)
    if as_json:
        _print_json(result)
    else:
        out.print(calls.text(result), markup=False)


if __name__ == "__main__":
    main()
