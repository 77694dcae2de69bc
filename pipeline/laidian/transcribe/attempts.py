"""Packs heard, doubted where their words cannot be right, and heard again another way: nothing dropped, nothing invented."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from laidian.engines import RATE, Engine, Samples, Word
from laidian.transcribe import guards
from laidian.transcribe.activity import PAD_S
from laidian.transcribe.speech import Pack, Region
from laidian.transcribe.words import place

PART_S = 5.0  # two people at once on one channel: of 17 s in one piece a loop was made, of pieces of 5 s nearly every word
BLOCK = RATE // 10


@dataclass(frozen=True, slots=True)
class Result:
    """What a pack said. `words` of each region; `wordless_s`: seconds of what seems to be speech that stayed without words."""

    words: tuple[tuple[Word, ...], ...]
    wordless_s: float


def hear(packs: Sequence[Pack], engine: Engine) -> list[Result]:
    """The words of each pack, after up to three deterministic attempts.

    First in a window fitted to the pack. Where a region has no words, or words nobody can have said, or words for a part of it
    only, the pack is heard again in a full window; a region that is still without is heard alone, a long one in parts, and so
    is the rest of one that has a part. Words that every attempt invents are left out.
    """
    found = [place(words, pack) for pack, words in zip(packs, engine.hear([pack.samples for pack in packs]), strict=True)]
    doubted = [i for i, pack in enumerate(packs) if _doubtful(pack, found[i])]
    for i, words in zip(doubted, engine.hear([packs[i].samples for i in doubted], again=True), strict=True):
        found[i] = _better(packs[i], found[i], place(words, packs[i]))
    _hear_alone(packs, found, engine)
    _hear_gaps(packs, found, engine)
    return [_believed(pack, words) for pack, words in zip(packs, found, strict=True)]


def _doubtful(pack: Pack, found: Sequence[Sequence[Word]]) -> bool:
    return guards.invented([word for words in found for word in words]) or any(
        guards.wordless(region, words) or guards.crowded(region, words) or guards.gaps(region, words)
        for region, words in zip(pack.regions, found, strict=True)
    )


def _better(pack: Pack, first: list[list[Word]], second: list[list[Word]]) -> list[list[Word]]:
    """The first words where they can stand; the second where they cannot. Of an invented text nothing is kept."""
    if guards.invented([word for words in first for word in words]):
        return second
    pairs = zip(pack.regions, first, second, strict=True)
    return [
        new if guards.wordless(region, old) or guards.crowded(region, old) or _fuller(region, old, new) else old
        for region, old, new in pairs
    ]


def _fuller(region: Region, old: Sequence[Word], new: Sequence[Word]) -> bool:
    """Whether the second words leave less of a region out than the first, and can have been said."""
    if not _possible(region, new) or guards.characters(new) <= guards.characters(old):
        return False
    before, after = (sum(gap.end - gap.start for gap in guards.gaps(region, words)) for words in (old, new))
    return before > after


def _hear_alone(packs: Sequence[Pack], found: list[list[list[Word]]], engine: Engine) -> None:
    """Regions still without words that can stand, each as packs of its own: a long one in parts, for one loop costs it all.

    Of a short one (嗯, a breath) only sure words are believed.
    """
    left = [
        (i, number, part)
        for i, pack in enumerate(packs)
        for number, (region, words) in enumerate(zip(pack.regions, found[i], strict=True))
        if not words or guards.wordless(region, words) or not _possible(region, words)
        for part in _parts(pack, number)
    ]
    heard: dict[tuple[int, int], list[Word]] = {}
    for (i, number, part), words in zip(left, engine.hear([part.samples for _, _, part in left]), strict=True):
        able = guards.speech_s(part.regions[0]) >= guards.SHORTEST_S or guards.sure(words)
        if able and _possible(part.regions[0], words):
            heard.setdefault((i, number), []).extend(place(words, part)[0])
    for (i, number), words in heard.items():
        old = found[i][number]
        if guards.characters(words) > guards.characters(old) or not _possible(packs[i].regions[number], old):
            found[i][number] = words


def _possible(region: Region, words: Sequence[Word]) -> bool:
    """Whether words can have been said in a region."""
    return not guards.invented(words) and not guards.crowded(region, words)


def _parts(pack: Pack, number: int) -> list[Pack]:
    """A region in parts of about PART_S, cut where it is quietest; none where it was heard alone already."""
    region = pack.regions[number]
    count = max(1, round((region.end - region.start) / PART_S))
    if count == 1:
        return [pack.only(number)] if len(pack.regions) > 1 else []
    samples = pack.only(number).samples
    cuts = [0, *(_quietest(samples, round(samples.size * part / count)) for part in range(1, count)), samples.size]
    return [pack.part(number, region.start + a / RATE, region.start + b / RATE) for a, b in pairwise(cuts)]


def _quietest(samples: Samples, near: int) -> int:
    """The sample within a second of another around which a tenth of a second is quietest."""
    first = max(0, near - RATE)
    blocks = samples[first : near + RATE]
    blocks = blocks[: blocks.size // BLOCK * BLOCK].reshape(-1, BLOCK)
    return first + BLOCK * int(np.square(blocks, dtype=np.float64).sum(axis=1).argmin()) + BLOCK // 2


def _hear_gaps(packs: Sequence[Pack], found: list[list[list[Word]]], engine: Engine) -> None:
    """What was left out of regions that have words, each stretch as a pack of its own; only sure words are believed."""
    left = [
        (i, number, packs[i].part(number, gap.start - PAD_S, gap.end + PAD_S))
        for i, pack in enumerate(packs)
        for number, (region, words) in enumerate(zip(pack.regions, found[i], strict=True))
        if words
        for gap in guards.gaps(region, words)
    ]
    for (i, number, part), words in zip(left, engine.hear([part.samples for _, _, part in left]), strict=True):
        if words and guards.sure(words) and _possible(part.regions[0], words):
            found[i][number] = sorted([*found[i][number], *place(words, part)[0]], key=lambda word: word.start)


def _believed(pack: Pack, found: Sequence[Sequence[Word]]) -> Result:
    """What can have been said. A region whose words still cannot keeps none, and its speech counts as wordless."""
    kept: list[tuple[Word, ...]] = []
    lost_s = 0.0
    for region, words in zip(pack.regions, found, strict=True):
        if not _possible(region, words):
            words = ()
        if guards.wordless(region, words):
            lost_s += guards.speech_s(region)
        elif words:
            lost_s += sum(gap.end - gap.start for gap in guards.gaps(region, words))
        kept.append(tuple(words))
    return Result(tuple(kept), lost_s)
