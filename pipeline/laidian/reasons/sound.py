"""What each utterance sounds like, by what was learned (learned.py): the fast way; `fit.margins` is the plain one."""

from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from laidian.reasons.learned import LETTER, PAIR, SOUND, Learned
from laidian.reasons.scan import CODES, Letters
from laidian.zh.syllables import near

FLOOR = -0.8
"""The learned score from which a sentence sounds like a reason; small talk lifts it to what it sounds like small talk."""

WIDTH = 16
"""Weights of a feature are kept a multiple of this many, so that they are added many at a time."""

Ints = npt.NDArray[np.int32]


class Sounds(NamedTuple):
    """What was learned, by feature and reason of the taxonomy; `other`: number of the reason of last resort.

    `letter[code]`, `pair` (by hashed slot: two characters and the feature, -1 = empty) and `sound[near, near]` -> feature, -1 =
    none. Features are numbered by how common they are, so that those met most lie together.
    """

    letter: Ints
    pair: npt.NDArray[np.int64]
    sound: Ints
    weight: npt.NDArray[np.int8]
    scale: npt.NDArray[np.float32]
    idf: npt.NDArray[np.float32]
    intercept: npt.NDArray[np.float32]
    other: int


def sounds_of(learned: Learned, reasons: Sequence[str], other: int, letters: Letters) -> Sounds:
    """Columns in the order of the taxonomy's reasons; of a reason that nothing was learned of, never a likeness."""
    column = {reason: n for n, reason in enumerate(learned.reasons)}
    weight = np.zeros((len(learned.names), -(-len(reasons) // WIDTH) * WIDTH), np.int8)
    intercept = np.full(len(reasons), -np.inf, np.float32)
    common = np.argsort(learned.idf, kind="stable")
    for n, reason in enumerate(reasons):
        if reason in column:
            weight[:, n] = learned.weight[common, column[reason]]
            intercept[n] = learned.intercept[column[reason]]
    letter = np.full(CODES, -1, np.int32)
    width = int(letters.near.max()) + 1
    sound = np.full((width, width), -1, np.int32)
    numbers = dict(zip(near("".join(map(chr, range(CODES)))), letters.near.tolist(), strict=True))
    pairs = []
    for n, name in enumerate(learned.names[feature] for feature in common):
        if name[0] == LETTER and ord(name[1]) < CODES:
            letter[ord(name[1])] = n
        elif name[0] == SOUND:
            one, two = name[1:].split(" ")
            sound[numbers.get(one, 0), numbers.get(two, 0)] = n
        elif name[0] == PAIR and max(map(ord, name)) < CODES:
            pairs.append((ord(name[1]) << 16 | ord(name[2]), n))
    size = 1 << (2 * len(pairs) + 1).bit_length()
    pair = np.full(size, -1, np.int64)
    for code, n in pairs:
        pair[_slot(pair, code)] = code << 24 | n
    return Sounds(letter, pair, sound, weight, learned.scale[common], learned.idf[common], intercept, other)


class Likeness(NamedTuple):
    """What lines sound like, reasons in order: those of a line lie between `first[line]` and `first[line + 1]`; `above`: how far
    above the floor its learned score lies (always above 0), times the line's factor and the reason's share."""

    first: npt.NDArray[np.int64]
    reason: Ints
    above: npt.NDArray[np.float64]


def likeness(
    text: npt.NDArray[np.uint16], begins: npt.NDArray[np.int64], sounds: Sounds, letters: Letters,
    factor: npt.NDArray[np.float64], share: npt.NDArray[np.float64],
) -> Likeness:  # fmt: skip
    """What the lines sound like.

    Args:
        text: the lines in lower case, one character between two.
        begins: offset of each line, and the one behind the last.
        sounds: what was learned.
        letters: the taxonomy's.
        factor: by line, 0 = it is not read.
        share: by reason.
    """
    room, first = 64 + len(sounds.intercept) + 4 * len(begins), np.zeros(len(begins), np.int64)
    while True:  # how many there are is known when all is read
        reason, above = np.empty(room, np.int32), np.empty(room)
        count = _score(
            text, begins, letters.spoken, letters.near, sounds.letter, sounds.pair, sounds.sound, sounds.weight,
            sounds.scale, sounds.idf, sounds.intercept, sounds.other, FLOOR, factor, share, first, reason, above,
        )  # fmt: skip
        if count >= 0:
            return Likeness(first, reason[:count], above[:count])
        room *= 4


@numba.njit(cache=True)
def _slot(pair, both):  # type: ignore[no-untyped-def]
    """Where a pair of characters is in the table, or the empty slot where it would be."""
    last = len(pair) - 1
    slot = ((both * 0x9E3779B1) >> 20) & last
    while pair[slot] >= 0 and pair[slot] >> 24 != both:
        slot = (slot + 1) & last
    return slot


@numba.njit(cache=True, fastmath=True)
def _score(  # type: ignore[no-untyped-def]
    text, begins, spoken, near, letter, pair, sound, weight, scale, idf, intercept, other, least, factor, share, first,
    told, above,
):  # fmt: skip
    times, reasons, total = np.zeros(len(idf), np.int32), len(intercept), 0
    longest = 0
    for line in range(len(begins) - 1):
        longest = max(longest, begins[line + 1] - begins[line])
    rows, margin = np.empty(3 * longest, np.int32), np.zeros(weight.shape[1], np.float32)
    for line in range(len(begins) - 1):
        first[line] = total
        if factor[line] == 0:
            continue
        count = _features(
            text, begins[line], begins[line + 1] - 1, spoken, near, letter, pair, sound, times, rows
        )  # fmt: skip
        if count == 0:
            continue
        length = np.float32(0.0)
        margin[:] = 0.0
        for n in range(count):
            row = rows[n]
            value = idf[row]
            if times[row] > 1:
                value *= np.float32(1.0 + np.log(times[row]))
            times[row] = 0
            length += value * value
            value *= scale[row]
            for reason in range(WIDTH * (weight.shape[1] // WIDTH)):
                margin[reason] += value * np.float32(weight[row, reason])
        unit = np.float32(1.0) / np.sqrt(length)
        floor = max(np.float32(least), margin[other] * unit + intercept[other])
        if total + reasons > len(told):
            return -1
        for reason in range(reasons):
            over = margin[reason] * unit + intercept[reason] - floor
            if over > 0 and reason != other:
                told[total], above[total] = reason, over * factor[line] * share[reason]
                total += 1
    first[len(begins) - 1] = total
    return total


@numba.njit(cache=True)
def _features(text, begin, behind, spoken, near, letter, pair, sound, times, rows):  # type: ignore[no-untyped-def]
    """Counts the features of a line; how many different ones, listed in `rows`."""
    count = 0
    for at in range(begin, behind):
        code = text[at]
        if not spoken[code]:
            continue
        row = letter[code]
        if row >= 0:
            if times[row] == 0:
                rows[count] = row
                count += 1
            times[row] += 1
        code_next = text[at + 1]
        if at + 1 < behind and spoken[code_next]:
            entry = pair[_slot(pair, np.int64(code) << 16 | np.int64(code_next))]
            row = np.int32(entry & 0xFFFFFF)
            if entry >= 0:
                if times[row] == 0:
                    rows[count] = row
                    count += 1
                times[row] += 1
            row = sound[near[code], near[code_next]]
            if row >= 0:
                if times[row] == 0:
                    rows[count] = row
                    count += 1
                times[row] += 1
    return count
