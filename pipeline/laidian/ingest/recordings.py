"""Recording files matched to call legs (话单–录音对账): by name in the log, by id, or by a pattern of time, number and agent."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath

import polars as pl

from laidian.audio import ENCRYPTED
from laidian.errors import SettingsError
from laidian.ingest.phones import as_phone
from laidian.ingest.values import BadCellError
from laidian.settings import Settings
from laidian.tables import Rejected, schema

AUDIO = frozenset({
    ".wav", ".mp3", ".opus", ".ogg", ".oga", ".flac", ".m4a", ".mp4", ".aac", ".wma", ".amr", ".awb", ".3gp", ".gsm", ".vox",
    ".spx", ".webm", ".aif", ".aiff", ".au", ".caf", ".g722", ".g726", ".g729", ".al", ".ul", ".alaw", ".ulaw", ".pcm", ".raw",
})  # fmt: skip
"""Suffixes of files that are taken for recordings; others in the folder are none of ours."""
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)

MATCHES = pl.Schema(
    {"call_id": pl.String(), "leg_no": pl.Int64(), "recording_no": pl.Int64(), "path": pl.String(), "missing": pl.Boolean()}
)
WITHOUT_AUDIO = pl.Schema(
    {"call_id": pl.String(), "contact_id": pl.String(), "started_at": pl.Datetime("us"), "source": pl.String()}
)

LegKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Which recording belongs to which leg, and what is left over on both sides.

    `matches`: call_id, leg_no, recording_no (from 1 in a call, in order of legs), path (relative, as given), missing (named in
    the log, not among the files). `contacts_without_audio`: answered voice calls without a present recording, a row a call.
    `audio_without_contact`: paths, sorted. `rejected`: URLs, encrypted containers, files that two calls name.
    """

    matches: pl.DataFrame
    contacts_without_audio: pl.DataFrame
    audio_without_contact: tuple[str, ...]
    rejected: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Leg:
    call_id: str
    leg_no: int
    contact_id: str
    started_at: datetime
    spoken: bool
    agent_id: str | None
    recordings: list[str]
    source: str
    phone: str | None

    @property
    def key(self) -> LegKey:
        return self.call_id, self.leg_no


def reconcile(legs: pl.DataFrame, identifiers: pl.DataFrame, files: Iterable[str], settings: Settings) -> Reconciled:
    """Match recordings to legs: names in the log first, then `<contact_id>.<ext>` and `<call_id>.<ext>`, then the pattern.

    Args:
        legs, identifiers: Leg and Identifier tables of the same keys.
        files: paths relative to the recordings folder; others than audio are ignored.
        settings: `recordings.name` and `recordings.tolerance_s`.

    Raises:
        SettingsError: the pattern gives neither an id nor a time with a number or an agent.
    """
    found = sorted({path.replace("\\", "/") for path in files})
    refused = [(path, None, reason) for path in found if (reason := refusal(path))]
    audio = [path for path in found if PurePosixPath(path).suffix.lower() in AUDIO and not refusal(path)]
    log = _legs(legs, identifiers)
    named, wrong = _by_name(log, audio)
    claimed, doubled = _unclaimed(named)
    taken = {path for _, path, missing in claimed if not missing}
    free = [path for path in audio if path not in taken]
    open_legs = [leg for leg in log if not leg.recordings and leg.spoken]
    by_id = _by_id(open_legs, free)
    free = [path for path in free if path not in {p for _, p in by_id}]
    by_pattern = _by_pattern(open_legs, free, settings) if settings.recordings.name else []
    pairs = claimed + [(key, path, False) for key, path in by_id + by_pattern]
    heard = {key[0] for key, _, missing in pairs if not missing}
    matched = {path for _, path, missing in pairs if not missing}
    return Reconciled(
        _numbered(pairs),
        _without_audio(log, heard),
        tuple(p for p in audio if p not in matched),
        _rejected(refused + wrong + doubled),
    )


def refusal(name: str) -> str | None:
    """Why a recording of this name cannot be used, None if its name is no reason.

    >>> refusal("https://recorder.example/1"), refusal("a/b.wav")
    ('a URL: laidian reads files only; download the recording and name the file', None)
    """
    if _URL.match(name):
        return "a URL: laidian reads files only; download the recording and name the file"
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in ENCRYPTED:
        return f"an encrypted or vendor's own container ({suffix}): export it as WAV or MP3 with the recorder's own tool"
    return None


def _legs(legs: pl.DataFrame, identifiers: pl.DataFrame) -> list[_Leg]:
    spoken = (pl.col("medium") == "voice") & (pl.col("status") == "answered")
    wanted = legs.select(
        "call_id", "leg_no", "contact_id", "started_at", spoken.alias("spoken"), "agent_id", "recordings", "source"
    )
    whole = pl.when(~pl.col("phone").str.contains("*", literal=True)).then("phone").alias("phone")  # masked: as if not known
    joined = wanted.join(identifiers.select("call_id", "leg_no", whole), on=["call_id", "leg_no"], how="left")
    rows = joined.sort("call_id", "leg_no").iter_rows()
    return [_Leg(*row) for row in rows]


def _by_name(
    log: Sequence[_Leg], audio: Sequence[str]
) -> tuple[list[tuple[LegKey, str, bool]], list[tuple[str, int | None, str]]]:
    """(leg, path, missing) for every recording the log names, in order of legs; and the names refused."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for path in audio:
        by_name[PurePosixPath(path).name].append(path)
        by_name[PurePosixPath(path).stem].append(path)
    named: list[tuple[LegKey, str, bool]] = []
    refused: list[tuple[str, int | None, str]] = []
    for leg in log:
        for name in leg.recordings:
            if reason := refusal(name):
                file, _, line = leg.source.rpartition(":")
                refused.append((file, int(line) if line.isdigit() else None, f"recording: {reason}"))
                continue
            found = _find(name.replace("\\", "/"), by_name)
            named.append((leg.key, found or name, found is None))
    return named, refused


def _find(name: str, by_name: dict[str, list[str]]) -> str | None:
    """The one file a name means: by its last part, and where several are called so, by as many folders as both give."""
    candidates = by_name.get(PurePosixPath(name).name, [])
    if len(candidates) > 1:
        parts = PurePosixPath(name).parts
        same = [
            c for c in candidates if all(a == b for a, b in zip(reversed(PurePosixPath(c).parts), reversed(parts), strict=False))
        ]
        candidates = [c for c in same if c == name] or same
    return candidates[0] if len(candidates) == 1 else None


def _unclaimed(
    named: Sequence[tuple[LegKey, str, bool]],
) -> tuple[list[tuple[LegKey, str, bool]], list[tuple[str, int | None, str]]]:
    """Each file once: legs of one call may all name the call's recording; a second CALL that names it is refused."""
    owner: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    kept: list[tuple[LegKey, str, bool]] = []
    doubled: list[tuple[str, int | None, str]] = []
    for key, path, missing in named:
        if not missing and owner.setdefault(path, key[0]) != key[0]:
            doubled.append((path, None, "named by two calls; kept with the first"))
        elif (key[0], path) not in seen:
            seen.add((key[0], path))
            kept.append((key, path, missing))
    return kept, doubled


def _by_id(log: Sequence[_Leg], audio: Sequence[str]) -> list[tuple[LegKey, str]]:
    """Files whose name is a contact_id or, failing that, a call_id: the first leg of it."""
    legs = _ids(log)
    return [(leg.key, path) for path in audio if (leg := legs.get(PurePosixPath(path).stem)) is not None]


def _ids(log: Sequence[_Leg]) -> dict[str, _Leg]:
    ids: dict[str, _Leg] = {}
    for leg in log:
        ids.setdefault(leg.contact_id, leg)
    for leg in log:
        ids.setdefault(leg.call_id, leg)
    return ids


def _by_pattern(log: Sequence[_Leg], audio: Sequence[str], settings: Settings) -> list[tuple[LegKey, str]]:
    pattern = re.compile(settings.recordings.name or "")
    groups = set(pattern.groupindex)
    if not groups & {"contact_id", "call_id"} and not ({"date", "time"} <= groups and groups & {"phone", "agent_id"}):
        raise SettingsError(
            "laidian.toml [recordings.name]", f"groups {' '.join(sorted(groups)) or 'none'}",
            "contact_id or call_id, or date and time with phone or agent_id", "name the groups (?P<date>...) and so on",
        )  # fmt: skip
    ids, near = _ids(log), _Near(log, timedelta(seconds=settings.recordings.tolerance_s))
    matched = []
    for path in audio:
        if (found := pattern.search(PurePosixPath(path).name) or pattern.search(path)) is None:
            continue
        part = {name: value for name, value in found.groupdict().items() if value}
        leg = ids.get(part.get("contact_id", "")) or ids.get(part.get("call_id", ""))
        if leg is None and (at := _time(part)) is not None:
            leg = near.leg(at, _phone(part.get("phone")), part.get("agent_id"))
        if leg is not None:
            matched.append((leg.key, path))
    return matched


class _Near:
    """Legs by number and by agent, in order of start, to be looked up by time."""

    def __init__(self, log: Sequence[_Leg], tolerance: timedelta) -> None:
        self._tolerance = tolerance
        self._by: dict[tuple[str, str], list[_Leg]] = defaultdict(list)
        for leg in sorted(log, key=lambda one: (one.started_at, one.key)):
            for kind, value in (("phone", leg.phone), ("agent_id", leg.agent_id)):
                if value is not None:
                    self._by[kind, value].append(leg)
        self._starts = {key: [leg.started_at for leg in legs] for key, legs in self._by.items()}

    def leg(self, at: datetime, phone: str | None, agent_id: str | None) -> _Leg | None:
        """The nearest leg in time whose number and agent do not contradict; a withheld number needs its agent."""
        same_phone = (leg for leg in self._within("phone", phone, at) if agent_id is None or leg.agent_id in (None, agent_id))
        same_agent = (leg for leg in self._within("agent_id", agent_id, at) if phone is None or leg.phone is None)
        either = [*same_phone, *same_agent]
        return min(either, key=lambda leg: (abs(leg.started_at - at), leg.key), default=None)

    def _within(self, kind: str, value: str | None, at: datetime) -> Iterator[_Leg]:
        if value is None or (kind, value) not in self._by:
            return iter(())
        starts = self._starts[kind, value]
        low, high = bisect_left(starts, at - self._tolerance), bisect_right(starts, at + self._tolerance)
        return iter(self._by[kind, value][low:high])


def _time(part: dict[str, str]) -> datetime | None:
    """The wall time a file name tells by date and time; None: it tells none, or one that does not exist."""
    digits = re.sub(r"\D", "", part.get("date", "")) + re.sub(r"\D", "", part.get("time", ""))
    try:
        return datetime.strptime(digits.ljust(14, "0"), "%Y%m%d%H%M%S") if len(digits) in (12, 14) else None
    except ValueError:
        return None


def _phone(text: str | None) -> str | None:
    try:
        found = as_phone(text) if text else None
        return None if found is None or "*" in found else found
    except BadCellError:
        return None


def _numbered(pairs: Sequence[tuple[LegKey, str, bool]]) -> pl.DataFrame:
    """recording_no counts from 1 in each call; within a leg in the order the log gives, else by path."""
    rows = []
    counted: dict[str, int] = defaultdict(int)
    for (call_id, leg_no), path, missing in sorted(pairs, key=lambda pair: pair[0]):
        counted[call_id] += 1
        rows.append((call_id, leg_no, counted[call_id], path, missing))
    return pl.DataFrame(rows, schema=MATCHES, orient="row")


def _without_audio(log: Sequence[_Leg], heard: set[str]) -> pl.DataFrame:
    first: dict[str, _Leg] = {}
    for leg in log:
        if leg.spoken and leg.call_id not in heard:
            first.setdefault(leg.call_id, leg)
    rows = [(leg.call_id, leg.contact_id, leg.started_at, leg.source) for leg in first.values()]
    return pl.DataFrame(rows, schema=WITHOUT_AUDIO, orient="row")


def _rejected(rows: Sequence[tuple[str, int | None, str]]) -> pl.DataFrame:
    named = [(source, line, "recording", None, reason) for source, line, reason in rows]
    return pl.DataFrame(named, schema=schema(Rejected), orient="row").unique(Rejected.KEY).sort(Rejected.KEY)
