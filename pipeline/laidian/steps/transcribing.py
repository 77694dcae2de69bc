"""Recordings -> one JSON each, without a workspace."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from laidian.aside import replacing
from laidian.errors import InputError
from laidian.settings import Settings
from laidian.steps import recogniser, vocabulary
from laidian.transcribe import Transcript

if TYPE_CHECKING:
    from laidian.roles import Role
    from laidian.transcribe import Vocabulary

URL = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)  # a path keeps one of its two slashes; a drive has one letter


@dataclass(frozen=True, slots=True)
class Written:
    """One recording done. `seconds` of audio; `error` null: it was heard."""

    recording: Path
    file: Path
    seconds: float
    faults: tuple[str, ...]
    error: str | None


def transcribe_files(paths: Sequence[Path], out: Path, agent_channel: str | None, settings: Settings) -> Iterator[Written]:
    """Writes `<name>.json` for each recording as soon as it is heard; a folder stands for the files in it.

    A recording that is missing or cannot be decoded gets a JSON that says so, and the others go on.

    Args:
        paths: recordings and folders of recordings.
        out: the folder of the JSON files; made if it is not there.
        agent_channel: "0" or "1": on which channel of a stereo recording the agent speaks; None: told by what is said.
        settings: of a workspace, or the defaults.

    Raises:
        InputError: no recording at all, or two that would share one JSON.
        ModelError: no model, or the wrong one.
        SettingsError: the vocabulary cannot be used.
    """
    recordings = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path]) if not file.is_dir()]
    files, names = _names(recordings, out), vocabulary.of(settings.hearing)
    out.mkdir(parents=True, exist_ok=True)
    for path in (path for path in recordings if not path.is_file()):
        url = URL.match(str(path))
        error = "a URL: laidian reads files only; download the recording" if url else "no such file; correct the path"
        missing = Transcript("", None, None, ["missing"], [], [], error)
        yield _write(path, files[path], missing, agent_channel, names)
    for path, heard in recogniser.hear([path for path in recordings if path.is_file()], settings):
        yield _write(path, files[path], heard, agent_channel, names)


def _names(recordings: Sequence[Path], out: Path) -> dict[Path, Path]:
    """The JSON of each recording: its name without the ending, or with it where two differ in nothing else."""
    if not recordings:
        raise InputError("laidian transcribe", "no recording", "audio files, or folders that hold some", "name one")
    stems = [path.stem for path in recordings]
    files = {path: out / f"{path.stem if stems.count(path.stem) == 1 else path.name}.json" for path in recordings}
    if len(set(files.values())) < len(files):
        do = "hear them into different folders"
        raise InputError("laidian transcribe", "two recordings of one name", "names that differ", do)
    return files


def _write(path: Path, file: Path, heard: Transcript, agent_channel: str | None, names: "Vocabulary | None") -> Written:
    with replacing(file) as aside:
        text = json.dumps(told(path.name, heard, agent_channel, names), ensure_ascii=False, indent=1)
        aside.write_text(text + "\n", encoding="utf-8")
    return Written(path, file, heard.duration_s or 0.0, tuple(heard.faults), heard.error)


def told(name: str, heard: Transcript, agent_channel: str | None, names: "Vocabulary | None" = None) -> dict[str, Any]:
    """A transcript with the roles of people, as `laidian transcribe` writes it.

    `error` stands only where there is one, `corrected` only where a name of the vocabulary was written for what was heard.
    """
    heard, changes = vocabulary.written(heard, names)
    who, seen = told_apart(heard, agent_channel)
    return {
        "recording": name,
        "sha256": heard.sha256 or None,
        "duration_s": heard.duration_s,
        "channels": heard.channels,
        "faults": seen,
        "speech_s": heard.speech_s,
        "utterances": [
            {
                "channel": u.channel, "speaker": role.speaker, "start": u.start, "end": u.end, "text": u.text,
                "confidence": u.confidence, "speaker_probability": role.probability,
            } | ({"corrected": [change._asdict() for change in of_it]} if of_it else {})
            for u, role, of_it in zip(heard.utterances, who, changes, strict=True)
        ],
    } | ({"error": heard.error} if heard.error else {})  # fmt: skip


def told_apart(heard: Transcript, agent_channel: str | None) -> "tuple[list[Role], list[str]]":
    """The role of each utterance, and the faults with `swapped_roles` where the log's channel is contradicted."""
    from laidian import roles  # late: what syllables sound like is read while the recogniser's process starts

    if heard.channels == 1:
        return roles.on_one_channel([u.text for u in heard.utterances], [u.voice for u in heard.utterances]), heard.faults
    texts = {c: [u.text for u in heard.utterances if u.channel == c] for c in range(heard.channels or 0)}
    channel = roles.by_channel(agent_channel, texts) if heard.channels == 2 else {}
    swapped = ["swapped_roles"] if roles.contradicted(agent_channel, texts) else []
    return [channel[u.channel] for u in heard.utterances], [*heard.faults, *swapped]
