"""Recordings -> transcripts in the vault -> the day's recordings and utterances."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import polars as pl

from laidian import audio, notes, redact, store, transcribe, vault, workspace
from laidian.audio import Halves
from laidian.engines import Engine, choice
from laidian.errors import AudioError
from laidian.ingest import Reconciled, reconcile, whole_name
from laidian.settings import Settings
from laidian.steps import recogniser, vocabulary
from laidian.steps.guard import stage
from laidian.steps.transcribing import told_apart
from laidian.tables import Identifier, Leg, Recording, Rejected, Spoken, Turn, Utterance, from_rows
from laidian.tables.speech import Fault


def load_engine(root: Path) -> Engine:
    """The recogniser of this workspace, loaded once a process.

    Raises:
        SettingsError, ModelError: no such engine; no model, or the wrong one.
    """
    return choice.load(workspace.load(root).hearing)


def engine_identity(root: Path) -> str:
    """Who hears the recordings of this workspace; `none` where there are no recordings: a log without audio needs no model.

    Raises:
        ModelError: there are recordings, and no model or the wrong one.
    """
    folders = _folders(root, workspace.load(root))
    heard = any(p.is_file() for folder in folders for p in folder.rglob("*"))
    return choice.identity(workspace.load(root).hearing) if heard else "none"


@dataclass(frozen=True, slots=True)
class Source:
    """One recording of a day: whose, which, where (null: the file is missing). Of two halves the agent's is channel 0."""

    contact_id: str
    recording_no: int
    leg_no: int
    agent_channel: str | None
    name: str
    path: Path | Halves | None


def reconciled(root: Path, day: date | None, settings: Settings) -> tuple[Reconciled, dict[str, Path | Halves]]:
    """A day's legs (None: all) matched to the recordings in the folders known, and where each file lies by the name matched."""
    days = None if day is None else [day]
    legs, identifiers = store.read(root, Leg, days), store.read(root, Identifier, days)
    files = _files(root, settings)
    return reconcile(legs, identifiers, sorted(files), settings), files


def _files(root: Path, settings: Settings) -> dict[str, Path | Halves]:
    """Every file of the recordings folders by its path in there; two halves of one call together, by what they share."""
    files: dict[str, Path | Halves] = {}
    for folder in _folders(root, settings):
        for path in (p for p in sorted(folder.rglob("*")) if p.is_file()):
            name, side = whole_name(path.relative_to(folder).as_posix(), settings.recordings)
            if side is None:
                files[name] = path
                continue
            other = files.get(name)
            both = other if isinstance(other, Halves) else Halves(None, None)
            files[name] = replace(both, agent=path) if side == "agent" else replace(both, customer=path)
    return files


def sources(root: Path, day: date, settings: Settings) -> list[Source]:
    """The recordings of a day in the order of contact and number, found anew each time: late ones join by themselves."""
    matched, files = reconciled(root, day, settings)
    legs = store.read(root, Leg, [day]).sort("call_id", "leg_no")
    first = legs.group_by("call_id", maintain_order=True).agg(pl.col("contact_id").first())
    channel = legs.select("call_id", "leg_no", "agent_channel")
    rows = matched.matches.join(first, on="call_id").join(channel, on=["call_id", "leg_no"]).sort("contact_id", "recording_no")
    found = []
    for r in rows.iter_rows(named=True):
        path = files.get(r["path"])
        agent_channel = "0" if isinstance(path, Halves) else r["agent_channel"]
        found.append(Source(r["contact_id"], r["recording_no"], r["leg_no"], agent_channel, r["path"], path))
    return found


def _folders(root: Path, settings: Settings) -> list[Path]:
    own = [settings.recordings.folder] if settings.recordings.folder else []
    return [folder for folder in (*own, *notes.recording_folders(root)) if folder.is_dir()]


def _key(root: Path, path: Path | Halves, settings: Settings) -> str:
    heard_as = transcribe.identity(choice.identity(settings.hearing), settings.hearing.turn_gap_s) + str(settings.audio)
    return sha256(f"{audio.digest(path)}|{heard_as}".encode()).hexdigest()


class Batch(NamedTuple):
    """Recordings heard in one task: of these days together, the `number`th (from 0) lot of `[hearing] batch`; and how many."""

    days: tuple[date, ...]
    number: int
    size: int


@stage
def batches(root: Path, days: Sequence[date]) -> list[Batch]:
    """The recordings of some days, in order, in batches: a busy day in several, quiet days that follow one another in one."""
    settings = workspace.load(root)
    most = settings.hearing.batch
    together: list[tuple[tuple[date, ...], int]] = []  # days, and recordings of theirs
    for day in days:
        count = len(sources(root, day, settings))
        if count and together and together[-1][1] + count <= most:
            before, counted = together.pop()
            together.append(((*before, day), counted + count))
        elif count:
            together.append(((day,), count))
    return [Batch(those, start // most, min(most, count - start)) for those, count in together for start in range(0, count, most)]


@stage
def hear(root: Path, batch: Batch, told: Callable[[float], None] | None = None) -> float:
    """Hears the recordings of one batch that were not heard yet; seconds of audio heard now. `told` hears of each one's seconds.

    The transcript in the vault is each recording's commit point: an interrupted batch loses at most those in flight. A
    recording on which the recogniser fails twice has the fault `recogniser_failed` and is tried again by a later run.
    """
    settings = workspace.load(root)
    size, seconds = settings.hearing.batch, 0.0
    of_days = [source for day in batch.days for source in sources(root, day, settings)]
    found = [source.path for source in of_days[batch.number * size : (batch.number + 1) * size] if source.path]
    keys = {path: key for path in found if not _was_heard(root, key := _key(root, path, settings))}
    with tempfile.TemporaryDirectory(prefix="joined-", dir=root / "vault") as folder:
        joined = {path: _whole(path, Path(folder) / f"{key}.wav", settings) for path, key in keys.items()}
        of_file = {file: (keys[path], cut) for path, (file, cut) in joined.items()}
        for file, heard in recogniser.hear(list(of_file), settings):
            key, cut = of_file[file]
            whole = replace(heard, faults=[*heard.faults, "truncated"]) if cut and not heard.error else heard
            vault.write_transcript(root, key, whole.as_json())
            seconds += heard.duration_s or 0.0
            if told:
                told(heard.duration_s or 0.0)
    return seconds


def _whole(path: Path | Halves, joined: Path, settings: Settings) -> tuple[Path, bool]:
    """The file to hear: of two halves the joined one; where one of them cannot be decoded, that one, which says why.

    And whether a half is truncated, which the joined file does not tell.
    """
    if isinstance(path, Path):
        return path, False
    try:
        return joined, audio.join(path, joined, settings.audio.raw)
    except AudioError:
        halves = [half for half in (path.agent, path.customer) if half]
        return next(half for half in halves if not audio.readable(half, settings.audio.raw)), False


def _was_heard(root: Path, key: str) -> bool:
    data = vault.read_transcript(root, key)
    return data is not None and "recogniser_failed" not in data["faults"]


@stage
def assemble(root: Path, day: date) -> None:
    """The day's recordings and utterances, from the transcripts heard and the text contacts; originals into the vault."""
    settings = workspace.load(root)
    found = sources(root, day, settings)
    heard = [(source, _heard(root, source, settings)) for source in found]
    recordings = from_rows([_recording(source, transcript) for source, transcript in heard], Recording)
    spoken = pl.concat([_spoken(heard, settings), _typed(store.read(root, Turn, [day]))])
    store.publish(root, spoken, Spoken, day)
    store.publish(root, recordings, Recording, day)
    store.publish(root, redact.utterances(spoken, _names(root, day)), Utterance, day)
    _reject_recordings(root, heard)


Heard = list[tuple[Source, transcribe.Transcript]]
_NOTHING = transcribe.Transcript("", None, None, [], [], [])


def _heard(root: Path, source: Source, settings: Settings) -> transcribe.Transcript:
    if source.path is None:
        return _failed("missing", "the file is in no recordings folder; copy it there and run the day again")
    data = vault.read_transcript(root, _key(root, source.path, settings))
    if data is None:
        return _failed("recogniser_failed", "the recogniser failed on it; listen to it, then run the day again")
    return transcribe.Transcript.from_json(data)


def _failed(fault: Fault, error: str) -> transcribe.Transcript:
    return transcribe.Transcript("", None, None, [fault], [], [], error)


def _recording(source: Source, heard: transcribe.Transcript) -> Recording:
    return Recording(
        source.contact_id, source.recording_no, source.leg_no, redact.redact(source.name), heard.sha256 or None,
        heard.duration_s, heard.channels, told_apart(heard, source.agent_channel)[1], heard.speech_s,
    )  # fmt: skip


def _spoken(heard: Heard, settings: Settings) -> pl.DataFrame:
    names, rows = vocabulary.of(settings.hearing), []
    for source, as_heard in heard:
        transcript, changes = vocabulary.written(as_heard, names)
        who, _ = told_apart(transcript, source.agent_channel)
        rows += [
            Spoken(
                source.contact_id,
                source.recording_no,
                turn,
                u.channel,
                role.speaker,
                u.start,
                u.end,
                u.text,
                u.confidence,
                role.probability,
                len(of_it),
            )
            for turn, (u, role, of_it) in enumerate(zip(transcript.utterances, who, changes, strict=True))
        ]
    return from_rows(rows, Spoken)


def _typed(turns: pl.DataFrame) -> pl.DataFrame:
    null = pl.lit(None)
    return turns.select(
        "contact_id", recording_no=pl.lit(0, pl.Int64), turn="turn", channel=null.cast(pl.Int64), speaker="role",
        start="start", end="end", text="text", confidence=null.cast(pl.Float64), speaker_probability=null.cast(pl.Float64),
        corrected=null.cast(pl.Int64),
    )  # fmt: skip


def _names(root: Path, day: date) -> dict[str, list[str]]:
    """Contact (first leg of its call) -> the customers' names that the day's log gives for that call."""
    first = store.read(root, Leg, [day]).sort("call_id", "leg_no").group_by("call_id").agg(pl.col("contact_id").first())
    named = store.read(root, Identifier, [day]).filter(pl.col("customer_name").is_not_null()).join(first, on="call_id")
    return dict(named.group_by("contact_id").agg(pl.col("customer_name").unique().sort()).iter_rows())


def _reject_recordings(root: Path, heard: Heard) -> None:
    """Recordings without a usable sound join the refused rows; those of this day that were mended leave them."""
    refused = [
        Rejected(redact.redact(s.name), None, "recording", s.contact_id, f"{t.faults[0]}: {t.error}") for s, t in heard if t.error
    ]
    seen = {redact.redact(source.name) for source, _ in heard}
    kept = store.read(root, Rejected).filter((pl.col("kind") == "row") | ~pl.col("source").is_in(seen))
    store.publish(root, pl.concat([kept, from_rows(refused, Rejected)]).unique(Rejected.KEY, maintain_order=True), Rejected)
