"""One recording read piece by piece: its packs, then what was measured on the way."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from laidian import audio, faults
from laidian.engines import RATE, Samples
from laidian.errors import AudioError
from laidian.settings import RawAudio
from laidian.transcribe import together, voices
from laidian.transcribe.speech import Pack, Region, groups, murmured, pack, regions

MOSTLY = 0.5  # of a murmur in which the other person speaks: it is his voice
EARS = ThreadPoolExecutor(len(os.sched_getaffinity(0)), "laidian-ears")  # of all recordings: a long one's channels on two cores
SETTLED_S = 1.0  # a region that ends this near the end of a piece may go on in the next


@dataclass(frozen=True, slots=True)
class Listened:
    """The end of one recording: what was read. `gauge` null: it could not be decoded, and `error` says why.

    `together_s`: seconds in which both channels hold speech. Of the only channel, where there is one: `blocks`, which tell two
    people apart, and `at_once`, the probability for each second of speech that both speak.
    """

    sha256: str
    duration_s: float | None
    speech_s: list[float]
    gauge: faults.Gauge | None
    error: str | None = None
    together_s: float = 0.0
    blocks: voices.Blocks | None = None
    at_once: tuple[float, ...] = ()


def listen(path: Path, raw: RawAudio) -> Iterator[Pack | Listened]:
    """The packs of one recording channel by channel as they are read, murmurs after the speech, and last a `Listened`."""
    try:
        yield from _listen(path, raw)
    except AudioError as bad:
        yield Listened(audio.digest(path), None, [], None, f"{bad.found}; {bad.do}")


def _listen(path: Path, raw: RawAudio) -> Iterator[Pack | Listened]:
    reader, gauge = audio.Reader(path, raw), faults.Gauge()
    ears: list[_Ear] = []
    for piece in reader.pieces():
        gauge.add(piece)
        ears = ears or [_Ear(number, alone=len(piece) == 1) for number in range(len(piece))]
        yield from chain(*EARS.map(_Ear.take, ears, piece))
        yield from _murmured(ears)
    yield from chain(*EARS.map(_Ear.finish, ears))
    yield from _murmured(ears)
    gauge.truncated = reader.truncated
    speech_s = [round(_length(ear.regions), 2) for ear in ears]
    together_s = _together(ears[0].regions, ears[1].regions) if len(ears) == 2 else 0.0
    blocks = voices.joined(ears[0].blocks) if len(ears) == 1 else None
    at_once = tuple(ears[0].at_once) if len(ears) == 1 else ()
    yield Listened(audio.digest(path), round(gauge.length / RATE, 2), speech_s, gauge, None, together_s, blocks, at_once)


def _murmured(ears: list["_Ear"]) -> Iterator[Pack]:
    """The murmurs since the last piece, but for those of the other speaker who is heard here as well."""
    for ear in ears:
        others = [region for other in ears if other is not ear for region in (*other.regions, *other.open)]
        yield from (p for p in ear.murmurs if _together(list(p.regions), others) <= MOSTLY * _length(list(p.regions)))
        ear.murmurs.clear()


def _length(spans: list[Region]) -> float:
    return sum(span.end - span.start for span in spans)


def _together(first: list[Region], second: list[Region]) -> float:
    """Seconds that lie in regions of both channels."""
    total, mine = 0.0, 0
    for region in second:
        while mine < len(first) and first[mine].end <= region.start:
            mine += 1
        at = mine
        while at < len(first) and first[at].start < region.end:
            total += max(0.0, min(first[at].end, region.end) - max(first[at].start, region.start))
            at += 1
    return total


class _Ear:
    """One channel: holds back what may go on in the next piece."""

    def __init__(self, number: int, alone: bool) -> None:
        self._number, self._alone = number, alone
        self._held: Samples = np.zeros(0, np.float32)
        self._at_s = 0.0  # where `_held` begins
        self.regions: list[Region] = []
        self.open: list[Region] = []  # may go on in the next piece
        self.murmurs: list[Pack] = []
        self.blocks: list[voices.Blocks] = []
        self.at_once: list[float] = []

    def take(self, channel: Samples) -> list[Pack]:
        """The next piece. Packs come one piece late: only then is it known whether it was the last."""
        packs = self._packs(last=False)
        self._held = np.concatenate([self._held, channel])
        return packs

    def finish(self) -> list[Pack]:
        """No more pieces."""
        return self._packs(last=True)

    def _packs(self, last: bool) -> list[Pack]:
        if not self._held.size:
            return []
        end_s = self._at_s + self._held.size / RATE
        found, nearly = regions(self._held, self._at_s)
        settled = found if last else [region for region in found if region.end < end_s - SETTLED_S]
        self.regions += settled
        self.open = found[len(settled) :]
        murmurs = nearly if last else [murmur for murmur in nearly if murmur.end < end_s - SETTLED_S]
        self.murmurs += [murmured(self._number, self._held, self._at_s, murmur, found) for murmur in murmurs]
        if self._alone:
            self.blocks.append(voices.describe(self._held, self._at_s, settled))
            self.at_once += together.judged(self._held, self._at_s, settled)
        packs = [pack(self._number, self._held, self._at_s, group) for group in groups(settled)]
        self._forget(found, settled, end_s)
        return packs

    def _forget(self, found: list[Region], settled: list[Region], end_s: float) -> None:
        """Keeps what is not settled: from the open region's start, or the last second."""
        keep_from_s = found[len(settled)].start if len(found) > len(settled) else max(self._at_s, end_s - SETTLED_S)
        first = round((keep_from_s - self._at_s) * RATE)
        self._held, self._at_s = self._held[first:], self._at_s + first / RATE
