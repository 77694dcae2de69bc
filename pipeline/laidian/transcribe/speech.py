"""Where people speak: regions of speech per channel, and the packs a recogniser hears at once.

A pack holds regions of one channel of one recording, each followed by a short pause: speech glued without pauses loses runs
of digits, and a pack that mixed recordings would make a text depend on its neighbours.
"""

import math
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np

from laidian.engines import RATE, Samples
from laidian.transcribe import activity
from laidian.transcribe.tones import tone

PACK_S = 28.0  # the recogniser's window is 30 s; a margin keeps the last word whole
FILL_S = 17.0  # regions are put together up to this: a window above 20 s costs the encoder half as much again for each second
TOUCH_S = 0.05  # a murmur this near to speech belongs to it
UNDERTONE_S = 1.2  # but not a longer one, which would count as words lost: crosstalk, music
SURE_S = 0.5  # in which the detector was sure of that speech: else it may be the other speaker's, heard across
DOUBTED_SHARE = 0.65  # in which it was sure; of a good line's regions, their surroundings included, it is .7 to .9
BESIDE_S = 8.0  # of the speech beside a murmur; the window stays a short one
BARELY_S = 0.1  # sure for so short a time: tones and music stay below .07, a short 好 reaches .13, not every whisper does
BRIDGED_S = 1.5  # a pause up to this is no pause where the detector doubts the voice: it misses half of a whisper
WHISPERED_S = 6.0  # of murmurs in a row: longer, they are no sentence missed beside others but music, and stay apart
PAUSE_S = 0.6  # put between regions of a pack (speech.md)


@dataclass(frozen=True, slots=True)
class Region:
    """A speech region of one channel: seconds from the recording's start, half-open, `PAD_S` of its surroundings included.

    `sure_s`: seconds in which the detector had no doubt; `mean`: the probability of speech it gave on the whole. `parts`: what it
    is put together of, pauses between them; none: it is one piece.
    """

    start: float
    end: float
    sure_s: float = math.inf
    mean: float = 1.0
    parts: "tuple[Region, ...]" = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """Regions heard together. `offsets`: where each starts within `samples`, seconds.

    `murmur`: its one region may hold no speech at all; `beside`: it and the speech nearest to it as another pack (None: there is
    no such speech, or the detector has no trouble with it).
    """

    channel: int
    regions: tuple[Region, ...]
    offsets: tuple[float, ...]
    samples: Samples
    murmur: bool = False
    beside: "Pack | None" = None

    def without_samples(self) -> "Pack":
        """The same without its sound, once that was heard."""
        return replace(self, samples=np.zeros(0, np.float32), beside=None)

    def only(self, number: int) -> "Pack":
        """One of its regions as a pack of its own."""
        begin = round(self.offsets[number] * RATE)
        length = round((self.regions[number].end - self.regions[number].start) * RATE)
        return Pack(self.channel, (self.regions[number],), (0.0,), self.samples[begin : begin + length])

    def part(self, number: int, start: float, end: float) -> "Pack":
        """A stretch of one of its regions, in seconds of the recording, as a pack of its own."""
        region, shift = self.regions[number], self.offsets[number] - self.regions[number].start
        start, end = max(start, region.start), min(end, region.end)
        samples = self.samples[round((start + shift) * RATE) : round((end + shift) * RATE)]
        inside = [part.sure_s for part in region.parts if start <= (part.start + part.end) / 2 < end]
        return Pack(self.channel, (Region(start, end, sum(inside) if region.parts else region.sure_s),), (0.0,), samples)


def regions(channel: Samples, at_s: float = 0.0) -> tuple[list[Region], list[Region]]:
    """Where a stretch of one channel that begins `at_s` into the recording holds speech, and where it nearly does.

    No region is longer than a pack; a telephone's tones are none.
    """
    found = activity.probabilities(channel)
    speech = activity.speech(found, channel.size, PACK_S)
    spans = speech, activity.murmurs(found, speech, channel, PACK_S)
    heard, nearly = (
        [Region(at_s + one.start, at_s + one.end, one.sure_s, one.mean) for one in kind if not _tone(one, channel)]
        for kind in spans
    )
    whole, left = joined(heard, nearly)
    return bridged(whole, left) if doubted(whole) else (whole, left)


def _tone(one: activity.Stretch, channel: Samples) -> bool:
    begin, end = (round(edge * RATE) for edge in (one.start, one.end))
    return one.sure_s < BARELY_S and tone(channel[begin:end])


def joined(heard: Sequence[Region], nearly: Sequence[Region]) -> tuple[list[Region], list[Region]]:
    """Short murmurs right before or after speech made a part of it: a sentence that begins or ends under the breath.

    >>> joined([Region(1, 3)], [Region(0, 1, 0), Region(3.5, 4, 0)])[0]
    [Region(start=0, end=3, sure_s=inf, mean=1.0, parts=())]
    """
    whole, left = list(heard), []
    for murmur in nearly:
        apart = [(i, min(abs(one.start - murmur.end), abs(murmur.start - one.end))) for i, one in enumerate(whole)]
        touched = [i for i, apart_s in apart if apart_s <= TOUCH_S and whole[i].sure_s >= SURE_S]
        length = murmur.end - murmur.start
        if touched and length <= UNDERTONE_S and whole[touched[0]].end - whole[touched[0]].start + length <= PACK_S:
            one = whole[touched[0]]
            whole[touched[0]] = replace(one, start=min(one.start, murmur.start), end=max(one.end, murmur.end))
        else:
            left.append(murmur)
    return whole, left


def bridged(heard: Sequence[Region], nearly: Sequence[Region]) -> tuple[list[Region], list[Region]]:
    """Regions, and murmurs beside them, as one where no pause is longer than BRIDGED_S; of murmurs in a row up to WHISPERED_S.

    Cut to what the detector nearly hears, a whispered sentence is pieces that nobody understands. Bells ring on and on.

    >>> (whole,), (apart,) = bridged([Region(1, 3), Region(4, 6)], [Region(7, 8, 0, 0), Region(11, 12, 0, 0)])
    >>> whole.start, whole.end, whole.mean, len(whole.parts), apart.start
    (1, 8, 0.8, 3, 11)
    """
    runs: list[list[Region]] = []
    rows = _rows([*heard, *nearly], set(nearly))
    short = {murmur for row in rows if row[-1].end - row[0].start <= WHISPERED_S for murmur in row}
    for one in sorted([*heard, *short], key=lambda region: region.start):
        if runs and one.start - runs[-1][-1].end <= BRIDGED_S and one.end - runs[-1][0].start <= PACK_S:
            runs[-1].append(one)
        else:
            runs.append([one])
    speaks = [not set(run).isdisjoint(heard) for run in runs]
    whole = [_one(run) for run, speech in zip(runs, speaks, strict=True) if speech]
    apart = [murmur for run, speech in zip(runs, speaks, strict=True) if not speech for murmur in run]
    return whole, sorted([*apart, *(m for m in nearly if m not in short)], key=lambda region: region.start)


def _rows(spans: Sequence[Region], murmurs: Set[Region]) -> list[list[Region]]:
    """The murmurs in rows: no region of speech between two, no pause longer than BRIDGED_S."""
    rows: list[list[Region]] = []
    before: Region | None = None
    for one in sorted(spans, key=lambda region: region.start):
        if one in murmurs and before in murmurs and one.start - rows[-1][-1].end <= BRIDGED_S:
            rows[-1].append(one)
        elif one in murmurs:
            rows.append([one])
        before = one
    return rows


def _one(run: Sequence[Region]) -> Region:
    if len(run) == 1:
        return run[0]
    length = sum(one.end - one.start for one in run)
    mean = sum(one.mean * (one.end - one.start) for one in run) / length
    return Region(run[0].start, run[-1].end, sum(one.sure_s for one in run), mean, tuple(run))


def groups(found: Sequence[Region]) -> Iterator[list[Region]]:
    """Regions in groups of at most FILL_S, pauses included, in order; a longer region is a group of its own.

    >>> [len(group) for group in groups([Region(0, 8), Region(10, 18), Region(20, 40), Region(50, 51)])]
    [2, 1, 1]
    """
    group: list[Region] = []
    length = 0.0
    for region in found:
        needed = region.end - region.start + (PAUSE_S if group else 0.0)
        if group and length + needed > FILL_S:
            yield group
            group, length, needed = [], 0.0, region.end - region.start
        group.append(region)
        length += needed
    if group:
        yield group


def pack(number: int, channel: Samples, at_s: float, group: Sequence[Region], murmur: bool = False) -> Pack:
    """The samples of a group of regions with pauses between them; `at_s` is where `channel` begins in the recording."""
    pause = np.zeros(int(PAUSE_S * RATE), np.float32)
    pieces: list[Samples] = []
    offsets: list[float] = []
    length = 0
    for region in group:
        if pieces:
            pieces.append(pause)
            length += pause.size
        offsets.append(length / RATE)
        pieces.append(channel[round((region.start - at_s) * RATE) : round((region.end - at_s) * RATE)])
        length += pieces[-1].size
    return Pack(number, tuple(group), tuple(offsets), np.concatenate(pieces), murmur)


def murmured(number: int, channel: Samples, at_s: float, murmur: Region, found: Sequence[Region]) -> Pack:
    """A murmur as a pack; where somebody surely speaks but the detector doubts much of it, the nearest of it beside it: a whisper
    of two syllables is understood by who understood the sentence before.
    """
    alone = pack(number, channel, at_s, [murmur], murmur=True)
    if not doubted(found) or all(one.sure_s < SURE_S for one in found):
        return alone
    nearest = min(found, key=lambda one: max(one.start - murmur.end, murmur.start - one.end))
    if nearest.start < murmur.start:
        nearest = replace(nearest, start=max(nearest.start, nearest.end - BESIDE_S))
    else:
        nearest = replace(nearest, end=min(nearest.end, nearest.start + BESIDE_S))
    both = sorted((nearest, murmur), key=lambda one: one.start)
    return replace(alone, beside=pack(number, channel, at_s, both))


def doubted(found: Sequence[Region]) -> bool:
    """Whether the detector doubts much of all that it hears: a whisper, a bad line."""
    return sum(one.sure_s for one in found) < DOUBTED_SHARE * sum(one.end - one.start for one in found)
