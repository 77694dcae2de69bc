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

Ints = npt.NDArray[np.int32]


class Sounds(NamedTuple):
    """What was learned, by feature and reason of the taxonomy; `other`: number of the reason of last resort.

    `letter[code]`, `pair` (by hashed slot) and `sound[near, near]` -> feature, -1 = none.
    """

    letter: Ints
    pair_key: npt.NDArray[np.int64]
    pair: Ints
    sound: Ints
    weight: npt.NDArray[np.int8]
    scale: npt.NDArray[np.float32]
    idf: npt.NDArray[np.float32]
    intercept: npt.NDArray[np.float32]
    other: int


def sounds_of(learned: Learned, reasons: Sequence[str], other: int, letters: Letters) -> Sounds:
    """Columns in the order of the taxonomy's reasons; of a reason that nothing was learned of, never a likeness."""
    column = {reason: n for n, reason in enumerate(learned.reasons)}
    weight = np.zeros((len(learned.names), len(reasons)), np.int8)
    intercept = np.full(len(reasons), -np.inf, np.float32)
    for n, reason in enumerate(reasons):
        if reason in column:
            weight[:, n] = learned.weight[:, column[reason]]
            intercept[n] = learned.intercept[column[reason]]
    letter = np.full(CODES, -1, np.int32)
    width = int(letters.near.max()) + 1
    sound = np.full((width, width), -1, np.int32)
    numbers = dict(zip(near("".join(map(chr, range(CODES)))), letters.near.tolist(), strict=True))
    pairs = []
    for n, name in enumerate(learned.names):
        if name[0] == LETTER and ord(name[1]) < CODES:
            letter[ord(name[1])] = n
        elif name[0] == SOUND:
            one, two = name[1:].split(" ")
            sound[numbers.get(one, 0), numbers.get(two, 0)] = n
        elif name[0] == PAIR and max(map(ord, name)) < CODES:
            pairs.append((ord(name[1]) << 16 | ord(name[2]), n))
    size = 1 << (2 * len(pairs) + 1).bit_length()
    key, pair = np.full(size, -1, np.int64), np.full(size, -1, np.int32)
    for code, n in pairs:
        slot = _slot(key, code)
        key[slot], pair[slot] = code, n
    return Sounds(letter, key, pair, sound, weight, learned.scale, learned.idf, intercept, other)


def likeness(
    text: npt.NDArray[np.uint16], begins: npt.NDArray[np.int64], sounds: Sounds, letters: Letters
) -> npt.NDArray[np.float64]:
    """Lines x reasons: how far above the floor a line's learned score lies, 0 = not at all.

    Args:
        text: the lines in lower case, one character between two.
        begins: offset of each line, and the one behind the last.
        sounds: what was learned.
        letters: the taxonomy's.
    """
    rows = _rows(text, letters.spoken, letters.near, sounds.letter, sounds.pair_key, sounds.pair, sounds.sound)
    like = np.zeros((len(begins) - 1, len(sounds.intercept)))
    _score(rows, begins, sounds.weight, sounds.scale, sounds.idf, sounds.intercept, sounds.other, like)
    return like


@numba.njit(cache=True)
def _slot(pair_key, both):  # type: ignore[no-untyped-def]
    """Where a pair of characters is in the table, or the empty slot where it would be."""
    last = len(pair_key) - 1
    slot = ((both * 0x9E3779B1) >> 20) & last
    while pair_key[slot] >= 0 and pair_key[slot] != both:
        slot = (slot + 1) & last
    return slot


@numba.njit(cache=True)
def _rows(text, spoken, near, letter, pair_key, pair, sound):  # type: ignore[no-untyped-def]
    """Characters x 3: the features that begin there, -1 = none."""
    rows = np.full((len(text), 3), -1, np.int32)
    for at in range(len(text)):
        code = text[at]
        if not spoken[code]:
            continue
        rows[at, 0] = letter[code]
        if at < len(text) - 1 and spoken[text[at + 1]]:
            both = np.int64(code) << 16 | np.int64(text[at + 1])
            rows[at, 1] = pair[_slot(pair_key, both)]
            rows[at, 2] = sound[near[code], near[text[at + 1]]]
    return rows


@numba.njit(cache=True, fastmath=True)
def _score(rows, begins, weight, scale, idf, intercept, other, like):  # type: ignore[no-untyped-def]
    times = np.zeros(len(idf), np.int32)
    reasons = len(intercept)
    margin = np.zeros(reasons, np.float32)
    for line in range(len(begins) - 1):
        begin, behind, length = begins[line], begins[line + 1] - 1, np.float32(0.0)
        margin[:] = 0.0
        for at in range(begin, behind):
            for row in rows[at]:
                if row >= 0:
                    times[row] += 1
        for at in range(begin, behind):
            for row in rows[at]:
                if row >= 0 and times[row]:
                    value = np.float32(1.0 + np.log(times[row])) * idf[row]
                    times[row] = 0
                    length += value * value
                    value *= scale[row]
                    for reason in range(reasons):
                        margin[reason] += value * np.float32(weight[row, reason])
        if length > 0:
            margin /= np.sqrt(length)
            floor = max(np.float32(FLOOR), margin[other] + intercept[other])
            for reason in range(reasons):
                if reason != other:
                    like[line, reason] = max(np.float32(0.0), margin[reason] + intercept[reason] - floor)
