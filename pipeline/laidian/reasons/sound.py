"""What each utterance sounds like, by what was learned (learned.py): the fast way; `fit.margins` is the plain one."""

from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from laidian.reasons.learned import SOUND, Learned
from laidian.reasons.scan import CODES, Letters
from laidian.zh.syllables import near

FLOOR = -0.8
"""The learned score from which a sentence sounds like a reason."""

OVER = 0.2
"""How far above the score for small talk it must lie as well."""

WIDTH = 16
"""Weights of a feature are kept a multiple of this many, so that they are added many at a time."""

LINE = 64
"""Bytes that a core's cache holds together: the weights of a feature begin where such a line does."""

_NEVER = -1e9  # the intercept of what nothing was learned of
_MOST = 255  # times a feature counts in a line

Ints = npt.NDArray[np.int32]


class Sounds(NamedTuple):
    """What was learned, by feature and reason of the taxonomy; `other`: number of the reason of last resort.

    `letter[code]` and `sound[near, near]` -> feature; one that was never met leads to the last row, which is of no feature and
    weighs nothing. Features are numbered by how common they are, so that those met most lie together. `value`: what a weight is
    multiplied by where the feature is met once (idf times scale), and what that adds to the square of a line's length.
    """

    letter: npt.NDArray[np.uint32]
    sound: npt.NDArray[np.uint32]
    weight: npt.NDArray[np.int8]
    value: npt.NDArray[np.float32]
    intercept: npt.NDArray[np.float32]
    other: int


def sounds_of(learned: Learned, reasons: Sequence[str], other: int, letters: Letters) -> Sounds:
    """Columns in the order of the taxonomy's reasons; of a reason that nothing was learned of, never a likeness."""
    column = {reason: n for n, reason in enumerate(learned.reasons)}
    none = len(learned.names)
    weight = _in_lines(none + 1, -(-len(reasons) // WIDTH) * WIDTH)
    intercept = np.full(weight.shape[1], _NEVER, np.float32)
    common = np.argsort(learned.idf, kind="stable")
    for n, reason in enumerate(reasons):
        if reason in column:
            weight[:none, n] = learned.weight[common, column[reason]]
            intercept[n] = learned.intercept[column[reason]]
    letter = np.full(CODES, none, np.uint32)
    width = int(letters.near.max()) + 1
    sound = np.full((width, width), none, np.uint32)
    numbers = dict(zip(near("".join(map(chr, range(CODES)))), letters.near.tolist(), strict=True))
    for n, name in enumerate(learned.names[feature] for feature in common):
        if name[0] == SOUND:
            one, two = name[1:].split(" ")
            sound[numbers.get(one, 0), numbers.get(two, 0)] = n
        elif ord(name[1]) < CODES:
            letter[ord(name[1])] = n
    value = np.zeros((none + 1, 2), np.float32)
    value[:none, 0], value[:none, 1] = (learned.idf * learned.scale)[common], (learned.idf**2)[common]
    return Sounds(letter, sound, weight, value, intercept, other)


def _in_lines(rows: int, columns: int) -> npt.NDArray[np.int8]:
    """Zeros that begin where a line of the cache does."""
    room = np.zeros(rows * columns + LINE, np.int8)
    begin = -room.ctypes.data % LINE
    return room[begin : begin + rows * columns].reshape(rows, columns)


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
            text, begins, letters.spoken, letters.near, sounds.letter, sounds.sound, sounds.weight,
            sounds.value, sounds.intercept, sounds.other, FLOOR, OVER, factor, share, first, reason, above,
        )  # fmt: skip
        if count >= 0:
            return Likeness(first, reason[:count], above[:count])
        room *= 4


@numba.njit(cache=True, fastmath=True)
def _score(  # type: ignore[no-untyped-def]
    text, begins, spoken, near, letter, sound, weight, value, intercept, other, least, more_than, factor, share, first,
    told, above,
):  # fmt: skip
    # One function: one that is handed all these arrays for each line spends as long on being handed them.
    times, reasons, total, longest = np.zeros(len(value), np.uint8), len(share), 0, 0
    none = np.uint32(len(value) - 1)
    times[none] = 1  # the row of no feature is never new
    for line in range(len(begins) - 1):
        longest = max(longest, begins[line + 1] - begins[line])
    rows, margin = np.empty(2 * longest + 1, np.uint32), np.zeros(weight.shape[1], np.float32)
    width = WIDTH * (weight.shape[1] // WIDTH)
    for line in range(len(begins) - 1):
        first[line] = total
        if factor[line] == 0:
            continue
        count, behind = 0, begins[line + 1] - 1  # how many different features there are, listed in `rows`
        code, spoke = text[begins[line]], spoken[text[begins[line]]] and begins[line] < behind
        for at in range(begins[line], behind):
            before, both = code, spoke
            code = text[at + 1]
            spoke = spoken[code] and at + 1 < behind
            if not both:
                continue
            count = _count(letter[before], times, rows, count)
            if spoke:
                count = _count(sound[near[before], near[code]], times, rows, count)
        if count == 0:
            continue
        length = np.float32(0.0)
        for reason in range(width):
            margin[reason] = 0.0
        for n in range(count):
            row = rows[n]
            more = np.float32(1.0) if times[row] == 1 else np.float32(1.0 + np.log(times[row]))
            times[row] = 0
            length += value[row, 1] * more * more
            heavy = value[row, 0] * more
            for reason in range(width):
                margin[reason] += heavy * np.float32(weight[row, reason])
        unit = np.float32(1.0) / np.sqrt(length)
        floor = max(np.float32(least), margin[other] * unit + intercept[other] + np.float32(more_than))
        alike = np.int32(0)
        for reason in range(width):
            margin[reason] = margin[reason] * unit + (intercept[reason] - floor)
            alike += np.int32(margin[reason] > 0)
        if alike == 0:
            continue
        if total + reasons > len(told):
            return -1
        for reason in range(reasons):
            if margin[reason] > 0 and reason != other:
                told[total], above[total] = reason, margin[reason] * factor[line] * share[reason]
                total += 1
    first[len(begins) - 1] = total
    return total


@numba.njit(cache=True)
def _count(row, times, rows, count):  # type: ignore[no-untyped-def]
    """Counts one feature; how many different ones there are now. Without branches, which a core guesses wrong."""
    met = times[row]
    rows[count] = row
    times[row] = met + (met < _MOST)
    return count + (met == 0)
