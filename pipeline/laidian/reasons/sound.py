"""What each utterance sounds like, by what was learned (learned.py): the fast way; `fit.margins` is the plain one."""

import numba
import numpy as np
import numpy.typing as npt

from laidian.reasons.compile import Floats, Plan

FLOOR = -0.8
"""The learned score from which a sentence sounds like a reason; small talk lifts it to what it sounds like small talk."""


def likeness(text: npt.NDArray[np.uint16], begins: npt.NDArray[np.int64], plan: Plan) -> Floats:
    """Lines x reasons: how far above the floor a line's learned score lies, 0 = not at all.

    Args:
        text: the lines in lower case, one character between two; `begins` their offsets, and that behind the last.
        begins: see above.
        plan: the taxonomy's.
    """
    sounds, letters = plan.sounds, plan.letters
    rows = _rows(text, letters.spoken, letters.near, sounds.letter, sounds.pair_key, sounds.pair, sounds.sound)
    like = np.zeros((len(begins) - 1, len(plan.trade)))
    _score(rows, begins, sounds.weight, sounds.scale, sounds.idf, sounds.intercept, plan.other, like)
    return like


@numba.njit(cache=True)
def _rows(text, spoken, near, letter, pair_key, pair, sound):  # type: ignore[no-untyped-def]
    """Characters x 3: the features that begin there, -1 = none."""
    rows = np.full((len(text), 3), -1, np.int32)
    last = len(pair) - 1
    for at in range(len(text)):
        code = text[at]
        if not spoken[code]:
            continue
        rows[at, 0] = letter[code]
        if at < len(text) - 1 and spoken[text[at + 1]]:
            both = np.int64(code) << 16 | np.int64(text[at + 1])
            slot = ((both * 0x9E3779B1) >> 20) & last
            while pair_key[slot] >= 0 and pair_key[slot] != both:
                slot = (slot + 1) & last
            rows[at, 1] = pair[slot]
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
