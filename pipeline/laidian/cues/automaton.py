"""One pass over many texts: which forms could match in which text at all, as written or by sound.

Aho and Corasick's automaton (1975) over near syllables, with the table character -> near syllable fused in, so that a text is
read once, a character at a time, whatever the number of forms. Its answer never misses a text that a form matches; the
expressions decide. A mask holds 512 bits whatever the number of forms, so that it stays in registers while a text is read: a
form has a bit of its own, but where there are too many the rarest share. Time is linear in the text; memory is the automaton's
and one mask a text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from laidian.cues.anchors import Anchor, cost
from laidian.cues.expressions import RARE
from laidian.cues.forms import FormError
from laidian.zh.script import simplify
from laidian.zh.syllables import near
from laidian.zh.trie import complete

_BLOCK = RARE  # code points with a place in the table
_WORDS = 8  # of a mask; `_nothing` and `_with` name each
_BITS = 64 * _WORDS
_OWN = 384  # of more forms than bits so many have one of their own, and three or four share one of the others
_READABLE = ((0x20, 0x250), (0x3000, 0xA000), (0xF900, 0xFB00), (0xFF00, 0xFFF0))  # where a character may have a syllable
Masks = npt.NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Automaton:
    """`symbol` by code point, 0 = none of the sounds asked for. `step[state, symbol]` -> state, 0 = the beginning.

    `mask[state]`: the bits of the forms of which an anchor ends here. `forms`: by bit, the forms it stands for.
    """

    symbol: npt.NDArray[np.uint16]
    step: npt.NDArray[np.uint16]
    mask: Masks
    forms: tuple[tuple[int, ...], ...]

    def texts(self, texts: Sequence[str]) -> Masks:
        """One row a text: bit n of the row (word n // 64) = the forms `forms[n]` could match there."""
        joined = "".join(texts).encode("utf-32-le", "surrogatepass")
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        found: Masks = _scan_codes(np.frombuffer(joined, np.uint32), lengths, self.symbol, self.step, self.mask)
        return found

    def column(self, texts: pl.Series) -> Masks:
        """The same for a column of strings; a null is an empty text."""
        return self.arrow(texts.fill_null("").to_arrow().cast("large_string"))

    def arrow(self, array: pa.LargeStringArray) -> Masks:
        """The same for an Arrow array without nulls, read where it lies in memory."""
        if len(array) == 0:
            return np.zeros((0, _WORDS), np.uint64)
        _, offsets, data = array.buffers()
        bounds = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
        held = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)
        found: Masks = _scan_utf8(held, bounds, self.symbol, self.step, self.mask)
        return found

    def possible(self, row: Masks) -> list[int]:
        """The numbers of the forms that one row of masks stands for, ascending."""
        found: list[int] = []
        for word, value in enumerate(row.tolist()):
            while value:
                low = value & -value
                found += self.forms[64 * word + low.bit_length() - 1]
                value ^= low
        return sorted(found)


def build(wanted: Sequence[frozenset[Anchor]]) -> Automaton:
    """The automaton of the anchors of forms 0, 1, 2 ...

    Raises:
        FormError: too many anchors for one small table (65,535 states; the bundled lexicon needs some 7,000).
    """
    sounds = sorted({sound for found in wanted for anchor in found for sound in anchor})
    number = {sound: n for n, sound in enumerate(sounds, start=1)}
    children: list[dict[int, int]] = [{}]
    ends: list[set[int]] = [set()]
    bit = _shared(wanted)
    for form, found in enumerate(wanted):
        for anchor in sorted(found):
            state = 0
            for sound in anchor:
                if number[sound] not in children[state]:
                    children[state][number[sound]] = len(children)
                    children.append({})
                    ends.append(set())
                state = children[state][number[sound]]
            ends[state].add(bit[form])
    if len(children) > np.iinfo(np.uint16).max:
        raise FormError(f"the forms need {len(children)} states: name rarer words in them, or fewer of them")
    step, mask = _masked(children, ends, len(number) + 1)
    forms = tuple(tuple(form for form, own in enumerate(bit) if own == place) for place in range(_BITS))
    return Automaton(_symbols(number), step.astype(np.uint16), mask, forms)


def _shared(wanted: Sequence[frozenset[Anchor]]) -> list[int]:
    """The bit of each form."""
    ranked = sorted(range(len(wanted)), key=lambda form: -cost(wanted[form]))
    own = _BITS if len(wanted) <= _BITS else _OWN
    bit = [0] * len(wanted)
    for rank, form in enumerate(ranked):
        bit[form] = rank if rank < own else own + (rank - own) % (_BITS - own)
    return bit


def _masked(children: list[dict[int, int]], ends: list[set[int]], width: int) -> tuple[npt.NDArray[np.int32], Masks]:
    """The steps, and the masks gathered along the suffixes."""
    step, suffix, order = complete(children, width)
    mask = np.zeros((len(children), _WORDS), np.uint64)
    for state in order:
        mask[state] = mask[suffix[state]] if state else 0
        for bit in ends[state]:
            mask[state, bit // 64] |= np.uint64(1 << bit % 64)
    return step, mask


def _symbols(number: dict[str, int]) -> npt.NDArray[np.uint16]:
    """By code point: simplified, lower case, its near syllable's number."""
    table = np.zeros(_BLOCK, np.uint16)
    codes = [code for first, last in _READABLE for code in range(first, last)]
    for code, char in zip(codes, simplify("".join(map(chr, codes))), strict=True):
        lower = char.lower()
        table[code] = number.get(near(lower if len(lower) == 1 else char)[0], 0)
    return table


@numba.njit(inline="always")
def _nothing():  # type: ignore[no-untyped-def]
    """An empty mask: its words apart, so that they stay in registers."""
    none = np.uint64(0)
    return none, none, none, none, none, none, none, none


@numba.njit(inline="always")
def _with(held, mask, state):  # type: ignore[no-untyped-def]
    """The mask, and that of a state."""
    a, b, c, d, e, f, g, h = held
    return (
        a | mask[state, 0], b | mask[state, 1], c | mask[state, 2], d | mask[state, 3],
        e | mask[state, 4], f | mask[state, 5], g | mask[state, 6], h | mask[state, 7],
    )  # fmt: skip


@numba.njit(inline="always")
def _keep(found, text, held):  # type: ignore[no-untyped-def]
    """Writes the mask down."""
    for word in range(_WORDS):
        found[text, word] = held[word]


@numba.njit(cache=True, nogil=True)
def _scan_codes(codes, lengths, symbol, step, mask):  # type: ignore[no-untyped-def]
    found = np.empty((len(lengths), _WORDS), np.uint64)
    at = 0
    for text in range(len(lengths)):
        state = np.uint16(0)
        held = _nothing()
        for code in codes[at : at + lengths[text]]:
            state = step[state, symbol[code] if code < _BLOCK else 0]
            held = _with(held, mask, state)
        at += lengths[text]
        _keep(found, text, held)
    return found


@numba.njit(cache=True, nogil=True)
def _scan_utf8(data, bounds, symbol, step, mask):  # type: ignore[no-untyped-def]
    found = np.empty((len(bounds) - 1, _WORDS), np.uint64)
    for text in range(len(bounds) - 1):
        state, at, end = np.uint16(0), bounds[text], bounds[text + 1]
        held = _nothing()
        while at < end:
            first = data[at]
            if 0xE0 <= first < 0xF0:  # three bytes: nearly every character of a Chinese text
                code = (np.int64(first & 0x0F) << 12) | (np.int64(data[at + 1] & 0x3F) << 6) | (data[at + 2] & 0x3F)
                at += 3
            elif first < 0x80:
                code, at = np.int64(first), at + 1
            elif first < 0xE0:
                code, at = (np.int64(first & 0x1F) << 6) | (data[at + 1] & 0x3F), at + 2
            else:
                code, at = np.int64(0), at + 4
            state = step[state, symbol[code]]
            held = _with(held, mask, state)
        _keep(found, text, held)
    return found
