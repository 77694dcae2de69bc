"""Recording -> utterances: speech found per channel, packed with its pauses, heard, and cut at word gaps.

Packs never mix channels or recordings, so a text depends on nothing but its own audio and the engine's settings.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from laidian import audio, faults
from laidian.engines import RATE, Engine, Samples, Word
from laidian.errors import AudioError
from laidian.settings import Audio as AudioSettings
from laidian.zh.script import simplify

PACK_S = 28.0  # the encoder's window is 30 s; a margin keeps the last word whole
PAUSE_S = 0.6  # put between regions of a pack: glued speech loses runs of digits (speech.md)
VAD = {"threshold": 0.5, "min_speech_duration_ms": 100, "min_silence_duration_ms": 400, "speech_pad_ms": 200}
VERSION = "1"  # of this module's own arithmetic; a change makes new cache keys


@dataclass(frozen=True, slots=True)
class Region:
    """A speech region of one channel: seconds from the recording's start, half-open."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance of one channel. `confidence`: mean word probability weighted by characters, 0..1."""

    channel: int
    start: float
    end: float
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """What one recording says: no roles of people yet. `speech_s`: seconds of speech kept per channel.

    `error`: why it could not be decoded (null: it could); then everything else is empty.
    """

    sha256: str
    duration_s: float | None
    channels: int | None
    faults: list[str]
    speech_s: list[float]
    utterances: list[Heard]
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain data for the cache."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Transcript":
        """The transcript that `as_json` wrote."""
        return cls(**{**data, "utterances": [Heard(**u) for u in data["utterances"]]})


def identity(engine_identity: str, turn_gap_s: float) -> str:
    """Everything but the audio that a text depends on."""
    vad = ",".join(f"{k}={v}" for k, v in sorted(VAD.items()))
    return f"{engine_identity}|v{VERSION}|{vad}|pack{PACK_S}|pause{PAUSE_S}|gap{turn_gap_s}"


def transcribe(path: Path, engine: Engine, settings: AudioSettings, turn_gap_s: float) -> Transcript:
    """One recording heard. A file that cannot be decoded gives a transcript with fault `corrupt` and its reason."""
    try:
        decoded = audio.decode(path, settings.raw)
    except AudioError as bad:
        return Transcript(audio.digest(path), None, None, ["corrupt"], [], [], f"{bad.found}; {bad.do}")
    speech = [regions(channel) for channel in decoded.samples]
    heard = [
        _hear_channel(number, channel, found, engine, turn_gap_s)
        for number, (channel, found) in enumerate(zip(decoded.samples, speech, strict=True))
    ]
    kept = [round(sum(r.end - r.start for r in found), 2) for found in speech]
    seen = faults.faults(decoded.samples, kept, [sum(len(u.text) for u in utterances) for utterances in heard])
    utterances = sorted((u for per_channel in heard for u in per_channel), key=lambda u: (u.start, u.channel))
    return Transcript(decoded.sha256, round(decoded.duration_s, 2), len(decoded.samples), list(seen), kept, utterances)


def regions(channel: Samples) -> list[Region]:
    """Where one channel holds speech (Silero VAD through faster-whisper), none longer than a pack."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps  # late: loads onnxruntime

    if faults.level_dbfs(channel) < faults.SILENT_DBFS:
        return []
    found = get_speech_timestamps(channel, VadOptions(max_speech_duration_s=PACK_S, **VAD), RATE)
    return [Region(r["start"] / RATE, r["end"] / RATE) for r in found]


def pack(found: Sequence[Region]) -> Iterator[list[Region]]:
    """Regions in groups that fill one window each, pauses included, in order.

    >>> [len(group) for group in pack([Region(0, 20), Region(30, 36), Region(40, 60)])]
    [2, 1]
    """
    group: list[Region] = []
    length = 0.0
    for region in found:
        needed = region.end - region.start + (PAUSE_S if group else 0.0)
        if group and length + needed > PACK_S:
            yield group
            group, length, needed = [], 0.0, region.end - region.start
        group.append(region)
        length += needed
    if group:
        yield group


def _hear_channel(number: int, channel: Samples, found: Sequence[Region], engine: Engine, gap_s: float) -> list[Heard]:
    words = [word for group in pack(found) for word in _hear_pack(channel, group, engine)]
    return [utterance for run in runs(words, gap_s) if (utterance := _utterance(number, run))]


def _hear_pack(channel: Samples, group: Sequence[Region], engine: Engine) -> list[Word]:
    """The words of one pack with the times of the recording."""
    pause = np.zeros(int(PAUSE_S * RATE), np.float32)
    pieces: list[Samples] = []
    offsets: list[float] = []  # where each region starts within the pack, seconds
    length = 0
    for region in group:
        if pieces:
            pieces.append(pause)
            length += pause.size
        offsets.append(length / RATE)
        pieces.append(channel[int(region.start * RATE) : int(region.end * RATE)])
        length += pieces[-1].size
    return [_place(word, group, offsets) for word in engine.hear(np.concatenate(pieces))]


def _place(word: Word, group: Sequence[Region], offsets: Sequence[float]) -> Word:
    """A word's times moved from the pack to the recording, kept inside the region that holds its middle."""
    middle = (word.start + word.end) / 2
    index = max((i for i, offset in enumerate(offsets) if offset - PAUSE_S / 2 <= middle), default=0)
    region, shift = group[index], group[index].start - offsets[index]
    start = min(max(word.start + shift, region.start), region.end)
    end = min(max(word.end + shift, start), region.end)
    return Word(start, end, word.text, word.probability)


def runs(words: Sequence[Word], gap_s: float) -> Iterator[list[Word]]:
    """Words in stretches without a pause longer than `gap_s`, in order."""
    run: list[Word] = []
    for word in words:
        if run and word.start - run[-1].end > gap_s:
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _utterance(channel: int, run: Sequence[Word]) -> Heard | None:
    text = simplify("".join(word.text for word in run).strip())
    if not text:
        return None
    weight = sum(len(word.text) for word in run) or 1
    confidence = sum(word.probability * len(word.text) for word in run) / weight
    return Heard(channel, round(run[0].start, 2), round(run[-1].end, 2), text, round(min(1.0, confidence), 3))
