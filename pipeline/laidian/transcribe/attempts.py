"""Packs heard, doubted where their words cannot be right, and heard again another way: nothing dropped, nothing invented."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from laidian.engines import RATE, Engine, Samples, Word
from laidian.transcribe import guards
from laidian.transcribe.activity import PAD_S
from laidian.transcribe.speech import Pack, Region
from laidian.transcribe.words import gathered, place

PART_S = 5.0  # two people at once on one channel: of 17 s in one piece a loop was made, of pieces of 5 s nearly every word
BLOCK = RATE // 10


@dataclass(frozen=True, slots=True)
class Result:
    """What a pack said. `words` of each region; `wordless_s`: seconds of what seems to be speech that stayed without words."""

    words: tuple[tuple[Word, ...], ...]
    wordless_s: float


def hear(packs: Sequence[Pack], engine: Engine) -> list[Result]:
    """The words of each pack, after up to four deterministic attempts.

    First in a window fitted to the pack. A region without words, or with words nobody can have said, is heard alone, a long one
    in parts and these in halves (one that was alone already: in a full window). So is the rest of a region that has words for a
    part only. Where there is hardly a voice, words are kept that another attempt has too. Words that every attempt invents are
    left out.
    """
    first = engine.hear([pack.samples for pack in packs])
    found = [place(() if guards.invented(words) else words, pack) for pack, words in zip(packs, first, strict=True)]
    _hear_alone(packs, found, engine)
    _hear_twice(packs, found, engine)
    _hear_gaps(packs, found, engine)
    return [_believed(pack, words) for pack, words in zip(packs, found, strict=True)]


def _hear_alone(packs: Sequence[Pack], found: list[list[list[Word]]], engine: Engine) -> None:
    """Regions without words that can stand, each as packs of its own: a long one in parts, for one loop costs it all.

    A part that stays without words is heard in halves.
    """
    left = [
        (i, number, pack, part)
        for i, pack in enumerate(packs)
        for number, (region, words) in enumerate(zip(pack.regions, found[i], strict=True))
        if guards.wordless(region, words) or not _possible(region, words) or (not words and len(pack.regions) > 1)
        for part in _parts(pack, number, PART_S)
    ]
    heard: dict[tuple[int, int], list[Word]] = {}
    for halves_too in (True, False):
        halves = []
        answers = _another_way([(pack, part) for _, _, pack, part in left], engine)
        for (i, number, _, part), words in zip(left, answers, strict=True):
            if words and _able(part.regions[0], words, whole=halves_too) and _possible(part.regions[0], words):
                heard.setdefault((i, number), []).extend(place(words, part)[0])
            elif halves_too and guards.wordless(part.regions[0], ()):
                halves += [(i, number, part, half) for half in _parts(part, 0, PART_S / 2)]
        left = halves
    for (i, number), words in heard.items():
        old = found[i][number]
        if guards.characters(words) > guards.characters(old) or not _possible(packs[i].regions[number], old):
            found[i][number] = sorted(words, key=lambda word: word.start)


def _able(region: Region, words: Sequence[Word], whole: bool) -> bool:
    """Whether words of a region that is a part of another, or half of such a part, may be believed.

    Of a short one sure words; of a half, and of a long one where nobody is firmly heard, as many and as different as in talk.
    """
    if guards.speech_s(region) < guards.SHORTEST_S and not guards.sure(words):
        return False
    if not guards.firm(region) and guards.speech_s(region) >= guards.LONG_S and not guards.talk(region, words):
        return False
    return whole or guards.various(words)


def _hear_twice(packs: Sequence[Pack], found: list[list[list[Word]]], engine: Engine) -> None:
    """Words where the detector hardly hears anybody, heard alone in two other windows: kept if one of them has them too.

    Beside speech, a note or a tone is written as what could come next there (请, 您可以), likely as any word.
    """
    left = [
        (i, number, pack.only(number))
        for i, pack in enumerate(packs)
        for number, region in enumerate(pack.regions)
        if found[i][number] and guards.barely(region)
    ]
    fitted, full = _both_ways(
        [alone.samples for i, _, alone in left if alone.samples.size < packs[i].samples.size],
        [alone.samples for _, _, alone in left],
        engine,
    )
    answers = iter(fitted)
    for (i, number, alone), words in zip(left, full, strict=True):
        others = [*words, *(next(answers) if alone.samples.size < packs[i].samples.size else ())]
        if not guards.alike(found[i][number], others):
            found[i][number] = []


def _another_way(parts: Sequence[tuple[Pack, Pack]], engine: Engine) -> list[list[Word]]:
    """The words of parts of packs; a part that is the whole is heard in another window, or it would say the same again."""
    whole = [part.samples.size == pack.samples.size for pack, part in parts]
    fitted, full = _both_ways(
        [part.samples for (_, part), again in zip(parts, whole, strict=True) if not again],
        [part.samples for (_, part), again in zip(parts, whole, strict=True) if again],
        engine,
    )
    answers = iter(fitted), iter(full)
    return [next(answers[again]) for again in whole]


def _both_ways(fitted: Sequence[Samples], full: Sequence[Samples], engine: Engine) -> tuple[list[list[Word]], list[list[Word]]]:
    """What is said in some packs in fitted windows, in others in full ones; at once, for a few packs leave cores idle."""
    with ThreadPoolExecutor(1, "laidian-again") as beside:
        again = beside.submit(engine.hear, full, again=True)
        return engine.hear(fitted), again.result()


def _possible(region: Region, words: Sequence[Word]) -> bool:
    """Whether words can have been said in a region."""
    return not guards.invented(words) and not guards.crowded(region, words) and not guards.scant(region, words)


def _parts(pack: Pack, number: int, length_s: float) -> list[Pack]:
    """A region in parts of about a length, cut where it is quietest."""
    region = pack.regions[number]
    count = max(1, round((region.end - region.start) / length_s))
    if count == 1:
        return [pack.only(number)]
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
    """What was left out of regions that have words, each stretch as a pack of its own; unsure words must be heard twice."""
    left = [
        (i, number, gap, packs[i].part(number, gap.start - PAD_S, gap.end + PAD_S))
        for i, pack in enumerate(packs)
        for number, (region, words) in enumerate(zip(pack.regions, found[i], strict=True))
        if words
        for gap in guards.gaps(region, words)
    ]
    heard = engine.hear([part.samples for *_, part in left])
    filled = [guards.fills(gap, words) for (_, _, gap, _), words in zip(left, heard, strict=True)]
    unsure = [at for at, (_, _, gap, _) in enumerate(left) if not filled[at] and _like_talk(gap, heard[at])]
    again = dict(zip(unsure, engine.hear([left[at][-1].samples for at in unsure], again=True), strict=True))
    for at, ((i, number, _, part), words) in enumerate(zip(left, heard, strict=True)):
        said = filled[at] or (at in again and guards.agree(words, again[at]))
        if said and _possible(part.regions[0], words):
            found[i][number] = sorted([*found[i][number], *place(words, part)[0]], key=lambda word: word.start)


def _like_talk(gap: Region, words: Sequence[Word]) -> bool:
    """Whether words too unlikely for a gap look like talk, so that they are worth being heard once more."""
    return guards.talk(gap, words) and guards.likely(words) >= guards.AGREED


def _believed(pack: Pack, found: Sequence[Sequence[Word]]) -> Result:
    """What can have been said. A region whose words still cannot keeps none, and its speech counts as wordless."""
    kept: list[tuple[Word, ...]] = []
    lost_s = 0.0
    for region, words in zip(pack.regions, found, strict=True):
        words = guards.without_hums(region, words) if _possible(region, words) else ()
        if guards.wordless(region, words):
            lost_s += guards.speech_s(region)
        elif words:
            lost_s += sum(gap.end - gap.start for gap in guards.gaps(region, words))
        kept.append(tuple(gathered(region, words)))
    return Result(tuple(kept), lost_s)
