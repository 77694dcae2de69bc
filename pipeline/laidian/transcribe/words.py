"""Words of a pack -> words of the recording -> utterances."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from laidian.engines import Word
from laidian.transcribe import voices
from laidian.transcribe.activity import PAD_S
from laidian.transcribe.speech import BARELY_S, PAUSE_S, Pack, Region
from laidian.transcribe.transcript import Heard
from laidian.transcribe.voices import Blocks, Matrix
from laidian.zh.script import simplify

SNAP_S = 1.2  # the first and the last word of a region lie at its edges unless words are missing there
SYLLABLE_S = 0.3
LONE_S = 0.8  # to both sides of a word that stands alone
TURN_GAP_S = 0.35  # on one channel a shorter pause than this may already part two people


def place(words: Sequence[Word], pack: Pack) -> list[list[Word]]:
    """The words of each region of a pack, with the times of the recording.

    The first word of a region begins where the voice does and the last ends with it: voice detection knows that better than
    the recogniser's attention, which begins late after a pause and stretches words over the silence around.
    """
    of_region: list[list[Word]] = [[] for _ in pack.regions]
    for word in words:
        middle = (word.start + word.end) / 2
        index = max((i for i, offset in enumerate(pack.offsets) if offset - PAUSE_S / 2 <= middle), default=0)
        of_region[index].append(word)
    return [
        _fitted(found, region, region.start - offset)
        for found, region, offset in zip(of_region, pack.regions, pack.offsets, strict=True)
    ]


def _fitted(words: Sequence[Word], region: Region, shift_s: float) -> list[Word]:
    """The words of one region, moved to the recording's time and kept inside the speech of the region."""
    pad = min(PAD_S, (region.end - region.start) / 3)
    begin, finish = region.start + pad, region.end - pad
    fitted: list[Word] = []
    for number, word in enumerate(_unstretched(words)):
        start, end = min(max(word.start + shift_s, begin), finish), min(max(word.end + shift_s, begin), finish)
        start = begin if number == 0 and start - begin < SNAP_S else start
        end = finish if number == len(words) - 1 and finish - end < SNAP_S else max(start, end)
        fitted.append(Word(start, end, word.text, word.probability))
    return fitted


def _unstretched(words: Sequence[Word]) -> list[Word]:
    """Words without the speech that attention gave them because what was said there is missing: nobody says 我 for 2 s."""
    short: list[Word] = []
    for number, word in enumerate(words):
        length = max(1, len(word.text.strip()))
        if word.end - word.start <= SNAP_S + SYLLABLE_S * (length - 1):
            short.append(word)
        elif number == len(words) - 1 and number:
            short.append(replace(word, end=word.start + SYLLABLE_S * length))
        else:
            short.append(replace(word, start=word.end - SYLLABLE_S * length))
    return short


def gathered(region: Region, words: Sequence[Word]) -> list[Word]:
    """The words of a region; of one with parts those that stand alone where hardly a voice is heard, moved to their neighbours.

    Attention puts the first word of a sentence, or its last, into the music beside it: nobody says one syllable there.

    >>> held = Region(0, 20, 4, parts=(Region(0, 4, 3), Region(5, 12, 0), Region(16, 20, 1)))
    >>> [(word.text, word.start) for word in gathered(held, [Word(9, 9.5, "好", 0.6), Word(17, 17.2, "快", 0.9)])]
    [('好', 16.5), ('快', 17)]
    """
    placed = list(words)
    for at, word in enumerate(words):
        before = word.start - placed[at - 1].end if at else math.inf
        after = words[at + 1].start - word.end if at + 1 < len(words) else math.inf
        nearest, length = min(before, after), word.end - word.start
        if LONE_S < nearest < math.inf and region.parts and _hardly_heard(region, (word.start + word.end) / 2):
            start = placed[at - 1].end if before < after else words[at + 1].start - length
            placed[at] = replace(word, start=start, end=start + length)
    return placed


def _hardly_heard(region: Region, moment: float) -> bool:
    return all(part.sure_s < BARELY_S for part in region.parts if part.start <= moment < part.end)


def utterances(channel: int, words: Sequence[Word], gap_s: float) -> list[Heard]:
    """The utterances of one channel: stretches without a pause longer than `gap_s`."""
    return [utterance for run in runs(words, gap_s) if (utterance := _utterance(channel, run))]


def on_one_channel(words: Sequence[Word], gap_s: float, blocks: Blocks) -> list[Heard]:
    """The utterances of a channel that holds two people: cut where the voice changes, joined again where it went on."""
    first = voices.first_voice(blocks)
    moments = voices.changes(blocks, first)
    pieces = [piece for run in runs(words, min(gap_s, TURN_GAP_S)) for piece in _cut(run, moments)]
    told = [(piece, voices.odds(blocks, first, piece[0].start, piece[-1].end)) for piece in pieces]
    joined: list[tuple[list[Word], float | None]] = []
    for piece, voice in told:
        if joined and piece[0].start - joined[-1][0][-1].end <= gap_s and _same(joined[-1][1], voice):
            before, _ = joined.pop()
            joined.append(([*before, *piece], voices.odds(blocks, first, before[0].start, piece[-1].end)))
        else:
            joined.append((piece, voice))
    return [replace(one, voice=voice) for run, voice in joined if (one := _utterance(0, run))]


def _same(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and (one > 0) == (other > 0)


def _cut(run: Sequence[Word], moments: Matrix) -> Iterator[list[Word]]:
    """A run in parts at the moments, each at the nearest beginning of a word."""
    inside = [m for m in moments if run[0].start < m < run[-1].end]
    at = sorted({min(range(len(run)), key=lambda i: abs(run[i].start - m)) for m in inside} - {0})
    for first, last in pairwise([0, *at, len(run)]):
        yield list(run[first:last])


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
