"""One pass over many texts: which forms could match in which text at all, as written or by sound.

Aho and Corasick's automaton (1975) over near syllables, with the table character -> near syllable fused in, so that a text is
read once, a character at a time, whatever the number of forms. Its answer is exact about anchors and never misses a text that
a form matches; the expressions decide. Time is linear in the text; memory is the automaton's and one mask a text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from laidian.cues.anchors import Anchor
from laidian.cues.expressions import RARE
from laidian.cues.forms import FormError
from laidian.zh.script import simplify
from laidian.zh.syllables import near
from laidian.zh.trie import complete

_BLOCK = RARE  # code points with a place in the table
_READABLE = ((0x20, 0x250), (0x3000, 0xA000), (0xF900, 0xFB00), (0xFF00, 0xFFF0))  # where a character may have a syllable
Masks = npt.NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Automaton:
    """`symbol` by code point, 0 = none of the sounds asked for. `step[state, symbol]` -> state, 0 = the beginning.

    `mask[state]`: the bits of the forms of which an anchor ends here, in the words `words[state, 0]` to before `words[state, 1]`;
    none before the state `marked`, so that a scan looks at masks only where there is something.
    """

    symbol: npt.NDArray[np.uint16]
    step: npt.NDArray[np.uint16]
    mask: Masks
    words: npt.NDArray[np.uint8]
    marked: int

    def texts(self, texts: Sequence[str]) -> Masks:
        """One row a text: bit n of the row (word n // 64) = form n could match there."""
        joined = "".join(texts).encode("utf-32-le", "surrogatepass")
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        found: Masks = _scan_codes(
            np.frombuffer(joined, np.uint32), lengths, self.symbol, self.step, self.mask, self.words, self.marked
        )
        return found

    def column(self, texts: pl.Series) -> Masks:
        """The same for a column of strings; a null is an empty text."""
        return self.arrow(texts.fill_null("").to_arrow().cast("large_string"))

    def arrow(self, array: pa.LargeStringArray) -> Masks:
        """The same for an Arrow array without nulls, read where it lies in memory."""
        if len(array) == 0:
            return np.zeros((0, self.mask.shape[1]), np.uint64)
        _, offsets, data = array.buffers()
        bounds = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
        held = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)
        found: Masks = _scan_utf8(held, bounds, self.symbol, self.step, self.mask, self.words, self.marked)
        return found


def bits(row: npt.NDArray[np.uint64]) -> list[int]:
    """The numbers of the forms in one row of masks, ascending."""
    found = []
    for word, value in enumerate(row.tolist()):
        while value:
            low = value & -value
            found.append(64 * word + low.bit_length() - 1)
            value ^= low
    return found


def build(wanted: Sequence[frozenset[Anchor]]) -> Automaton:
    """The automaton of the anchors of forms 0, 1, 2 ...

    Raises:
        FormError: too many anchors for one small table (65,535 states; the bundled lexicon needs some 7,000).
    """
    sounds = sorted({sound for found in wanted for anchor in found for sound in anchor})
    number = {sound: n for n, sound in enumerate(sounds, start=1)}
    children: list[dict[int, int]] = [{}]
    ends: list[set[int]] = [set()]
    for form, found in enumerate(wanted):
        for anchor in sorted(found):
            state = 0
            for sound in anchor:
                if number[sound] not in children[state]:
                    children[state][number[sound]] = len(children)
                    children.append({})
                    ends.append(set())
                state = children[state][number[sound]]
            ends[state].add(form)
    step, mask = _masked(children, ends, len(number) + 1, (len(wanted) + 63) // 64 or 1)
    if len(step) > np.iinfo(np.uint16).max:
        raise FormError(f"the forms need {len(step)} states: name rarer words in them, or fewer of them")
    held = mask.any(axis=1)
    order = np.argsort(held, kind="stable")  # the beginning stays the beginning: it holds nothing
    place = np.empty(len(order), np.uint16)
    place[order] = np.arange(len(order))
    return Automaton(_symbols(number), place[step][order], mask[order], _words(mask[order]), int((~held).sum()))


def _masked(children: list[dict[int, int]], ends: list[set[int]], width: int, words: int) -> tuple[npt.NDArray[np.int32], Masks]:
    """The steps, and the masks gathered along the suffixes."""
    step, suffix, order = complete(children, width)
    mask = np.zeros((len(children), words), np.uint64)
    for state in order:
        mask[state] = mask[suffix[state]] if state else 0
        for form in ends[state]:
            mask[state, form // 64] |= np.uint64(1 << form % 64)
    return step, mask


def _words(mask: Masks) -> npt.NDArray[np.uint8]:
    """For each state the first word of its mask that is not empty and the one behind the last; 0, 0 where all are."""
    held = mask != 0
    first, behind = held.argmax(axis=1), mask.shape[1] - held[:, ::-1].argmax(axis=1)
    return np.where(held.any(axis=1)[:, None], np.column_stack([first, behind]), 0).astype(np.uint8)


def _symbols(number: dict[str, int]) -> npt.NDArray[np.uint16]:
    """By code point: simplified, lower case, its near syllable's number."""
    table = np.zeros(_BLOCK, np.uint16)
    codes = [code for first, last in _READABLE for code in range(first, last)]
    for code, char in zip(codes, simplify("".join(map(chr, codes))), strict=True):
        lower = char.lower()
        table[code] = number.get(near(lower if len(lower) == 1 else char)[0], 0)
    return table


@numba.njit(cache=True, nogil=True)
def _scan_codes(codes, lengths, symbol, step, mask, words, marked):  # type: ignore[no-untyped-def]
    found = np.zeros((len(lengths), mask.shape[1]), np.uint64)
    at = 0
    for text in range(len(lengths)):
        state = 0
        for code in codes[at : at + lengths[text]]:
            state = step[state, symbol[code] if code < _BLOCK else 0]
            if state >= marked:
                for word in range(words[state, 0], words[state, 1]):
                    found[text, word] |= mask[state, word]
        at += lengths[text]
    return found


@numba.njit(cache=True, nogil=True)
def _scan_utf8(data, bounds, symbol, step, mask, words, marked):  # type: ignore[no-untyped-def]
    found = np.zeros((len(bounds) - 1, mask.shape[1]), np.uint64)
    for text in range(len(bounds) - 1):
        state, at, end = 0, bounds[text], bounds[text + 1]
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
            if state >= marked:
                for word in range(words[state, 0], words[state, 1]):
                    found[text, word] |= mask[state, word]
    return found
