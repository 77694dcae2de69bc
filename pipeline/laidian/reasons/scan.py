"""Find the taxonomy's words in a text: as written, by toneless syllables, by near syllables, in one pass.

Words that sound alike share one path of an Aho-Corasick automaton over near syllables (as for cues): a text is read once,
whatever the number of words, and what ends at a character is then compared as written and by syllable.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt
import polars as pl

from laidian.reasons.learned import lower
from laidian.reasons.tokens import EVERYDAY, Dictionary, follow, mark_bounds, slot_of
from laidian.zh.syllables import near, syllables
from laidian.zh.trie import complete

NEAR_LENGTH = 3
"""Syllables from which near sounds are believed; shorter words have too many neighbours."""

CODES = 0x10000
"""Code points that a table knows; rarer characters are read as the last, which is no character."""

_COMMA = ord("，")

WRITTEN, HEARD, ALIKE, NOT_HEARD = 0, 1, 2, 3


class Letters(NamedTuple):
    """By code point: in lower case; its near syllable's and syllable's number (0 = of no word); whether it is of a word."""

    lower: npt.NDArray[np.uint16]
    near: npt.NDArray[np.uint16]
    syllable: npt.NDArray[np.uint16]
    spoken: npt.NDArray[np.bool_]


class Words(NamedTuple):
    """The automaton and the words.

    `single[code]`: word of one character, -1 = none. `step[state, near]` -> state. `ends[state]`: the sound that ends there, -1 =
    none; `shorter[state]`: the next state to ask. Words of a sound: `word[first[sound]:first[sound + 1]]`. Characters of a word:
    `chars[at[word]:at[word + 1]]`. `heard[word]`: its sound is believed.
    """

    single: npt.NDArray[np.int32]
    step: npt.NDArray[np.uint16]
    ends: npt.NDArray[np.int32]
    shorter: npt.NDArray[np.int32]
    first: npt.NDArray[np.int32]
    word: npt.NDArray[np.int32]
    at: npt.NDArray[np.int32]
    chars: npt.NDArray[np.uint16]
    heard: npt.NDArray[np.bool_]


class Hits(NamedTuple):
    """Words in a text, by begin, then end, then word: half-open offsets, and how far believed (1 = as written)."""

    begin: npt.NDArray[np.int32]
    end: npt.NDArray[np.int32]
    word: npt.NDArray[np.int32]
    trust: npt.NDArray[np.float64]


def coded(texts: Iterable[str], letters: Letters) -> npt.NDArray[np.uint16]:
    """Texts as one array of code points in lower case, a comma behind each."""
    codes = np.frombuffer("".join([f"{text}，" for text in texts]).encode("utf-32-le", "surrogatepass"), np.uint32)
    return letters.lower[np.minimum(codes, CODES - 1)]


def coded_column(texts: pl.Series, letters: Letters) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.int64]]:
    """`coded` of a column without nulls, straight from its bytes; and the offset of each text, and the one behind the last."""
    column = texts.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, places, letters_of_texts = column.buffers()
    if len(texts) == 0 or letters_of_texts is None:
        return coded(texts.to_list(), letters), np.arange(len(texts) + 1, dtype=np.int64)
    offsets = np.frombuffer(places, np.int64)[column.offset : column.offset + len(texts) + 1]
    return _coded(np.frombuffer(letters_of_texts, np.uint8), offsets, letters.lower)  # type: ignore[no-any-return]


@numba.njit(cache=True)
def _coded(octets, offsets, lower):  # type: ignore[no-untyped-def]
    """UTF-8 to code points; what is beyond the table is its last."""
    codes = np.empty(offsets[-1] - offsets[0] + len(offsets), np.uint16)
    begins, count = np.zeros(len(offsets), np.int64), 0
    for text in range(len(offsets) - 1):
        at = offsets[text]
        while at < offsets[text + 1]:
            octet = np.int64(octets[at])
            size = 1 if octet < 0x80 else 2 if octet < 0xE0 else 3 if octet < 0xF0 else 4
            code = octet if size == 1 else octet & (0x7F >> size)
            for n in range(1, size):
                code = code << 6 | (np.int64(octets[at + n]) & 0x3F)
            codes[count] = lower[min(code, CODES - 1)]
            count, at = count + 1, at + size
        codes[count] = _COMMA
        count += 1
        begins[text + 1] = count
    return codes[:count], begins


def letters_of(sounds: Collection[str]) -> Letters:
    """The tables; `sounds`: the near syllables that matter."""
    low = lower("".join(map(chr, range(CODES))))
    number = {sound: n for n, sound in enumerate(sorted(sounds), start=1)}
    heard, alike = syllables(low), near(low)
    names = {sound: n for n, sound in enumerate(sorted({s for s, a in zip(heard, alike, strict=True) if a in number}), start=1)}
    return Letters(
        np.array([ord(char) for char in low], np.uint16),
        np.array([number.get(sound, 0) for sound in alike], np.uint16),
        np.array([names.get(sound, 0) for sound in heard], np.uint16),
        np.array([char.isalnum() for char in low]),
    )


def words_of(words: Sequence[str], silent: Collection[str], letters: Letters) -> Words:
    """The automaton of distinct words in lower case; `silent`: those whose sound is not to be believed."""
    single = np.full(CODES, -1, np.int32)
    children: list[dict[int, int]] = [{}]
    ends: dict[int, list[int]] = defaultdict(list)
    for number, word in enumerate(words):
        if len(word) == 1:
            single[ord(word)] = number
            continue
        state = 0
        for symbol in letters.near[[ord(char) for char in word]].tolist():
            if symbol not in children[state]:
                children[state][symbol] = len(children)
                children.append({})
            state = children[state][symbol]
        ends[state].append(number)
    step, suffix, order = complete(children, int(letters.near.max()) + 1)
    sound = {state: n for n, state in enumerate(sorted(ends))}
    shorter = np.zeros(len(children), np.int32)
    for state in order[1:]:
        shorter[state] = suffix[state] if suffix[state] in sound else shorter[suffix[state]]
    sizes = [len(ends[state]) for state in sorted(ends)]
    assert len(children) < 1 << 16, "the steps are kept in two bytes"
    return Words(
        single,
        step.astype(np.uint16),
        np.array([sound.get(state, -1) for state in range(len(children))], np.int32),
        shorter,
        np.cumsum([0, *sizes]).astype(np.int32),
        np.array([word for state in sorted(ends) for word in ends[state]], np.int32),
        np.cumsum([0, *map(len, words)]).astype(np.int32),
        np.array([ord(char) for word in words for char in word], np.uint16),
        np.array([word not in silent and not word.isascii() for word in words]),
    )


def find_words(text: npt.NDArray[np.uint16], letters: Letters, words: Words, table: Dictionary) -> Hits:
    """The hits of a text in lower case; a span that is a word as written is not also heard otherwise."""
    room = 64 + 2 * len(text)
    while True:  # how many there are is known when the text is read
        begin, end, word, how = (np.zeros(room, np.int32) for _ in range(4))
        count = _candidates(text, letters.near, letters.syllable, words, begin, end, word, how)
        if count >= 0:
            break
        room *= 2
    touched = _touch(len(text), count, begin, end)
    bounds = mark_bounds(text, touched, table.slots, table.pairs, table.weight, table.unknown, table.shift)
    trust = np.zeros(count)
    kept = _believe(text, count, begin, end, word, how, trust, bounds, table.slots, table.shift)
    return Hits(begin[:kept], end[:kept], word[:kept], trust[:kept])


@numba.njit(cache=True)
def _candidates(text, near_of, syllable, words, begin, end, word, how):  # type: ignore[no-untyped-def]
    step, ends, shorter, first, single = words.step, words.ends, words.shorter, words.first, words.single
    listed, at_word, chars, heard = words.word, words.at, words.chars, words.heard
    count, state, room = 0, 0, len(begin)
    for last in range(len(text)):
        if single[text[last]] >= 0:
            if count == room:
                return -1
            begin[count], end[count], word[count], how[count] = last, last + 1, single[text[last]], WRITTEN
            count += 1
        state = step[state, near_of[text[last]]]
        at = state if ends[state] >= 0 else shorter[state]
        while at:
            begun = count
            for place in range(first[ends[at]], first[ends[at] + 1]):
                if count == room:
                    return -1
                found = listed[place]
                how_found = _compare(text, last + 1, found, at_word, chars, syllable)
                if how_found != WRITTEN and not (heard[found] and how_found != NOT_HEARD):
                    continue
                if how_found == WRITTEN:
                    count = begun
                begin[count], end[count] = last + 1 - at_word[found + 1] + at_word[found], last + 1
                word[count], how[count] = found, how_found
                count += 1
                if how_found == WRITTEN:
                    break
            at = shorter[at]
    return count


@numba.njit(cache=True)
def _compare(text, end, word, at_word, chars, syllable):  # type: ignore[no-untyped-def]
    """How a word is there whose near syllables end at an offset."""
    written, heard, length = True, True, at_word[word + 1] - at_word[word]
    for n in range(length):
        char, other = text[end - length + n], chars[at_word[word] + n]
        written &= char == other
        heard &= syllable[char] == syllable[other]
    return WRITTEN if written else HEARD if heard else ALIKE if length >= NEAR_LENGTH else NOT_HEARD


@numba.njit(cache=True)
def _touch(size, count, begin, end):  # type: ignore[no-untyped-def]
    touched = np.zeros(size, np.uint8)
    for n in range(count):
        if end[n] - begin[n] > 1:
            touched[begin[n] : end[n]] = 1
    return touched


@numba.njit(cache=True)
def _believe(text, count, begin, end, word, how, trust, bounds, slots, shift):  # type: ignore[no-untyped-def]
    """Weighs the candidates in their order of begin, end, word, and drops what is not believed; how many are left."""
    kept = 0
    for n in range(count):
        b, e, w, h = begin[n], end[n], word[n], how[n]
        believed = _trust(text, b, e, h, bounds, slots, shift)
        if believed <= 0:
            continue
        at = kept
        while at and (begin[at - 1], end[at - 1], word[at - 1]) > (b, e, w):
            begin[at], end[at], word[at], trust[at] = begin[at - 1], end[at - 1], word[at - 1], trust[at - 1]
            at -= 1
        begin[at], end[at], word[at], trust[at] = b, e, w, believed
        kept += 1
    return kept


@numba.njit(cache=True)
def _trust(text, begin, end, how, bounds, slots, shift):  # type: ignore[no-untyped-def]
    """How far a stretch is believed: less where it cuts the text's own words (手机上|网页), less where it only sounds alike."""
    length = end - begin
    if length == 1:
        return 1.0
    begins, ends = bounds[begin] != 0, bounds[end] != 0
    if how == WRITTEN:
        if begins and ends:
            return 1.0
        return 0.3 if length == 2 else 0.5 if not begins and not ends else 0.7
    aligned = begins and ends
    if length > NEAR_LENGTH:
        trust = 0.85
    elif length == NEAR_LENGTH:
        trust = 0.8 if aligned else 0.65
    elif not aligned:
        trust = 0.0
    else:
        code = follow(follow(np.uint64(0), text[begin]), text[begin + 1])
        trust = 0.2 if slots[slot_of(slots, shift, code)] & EVERYDAY else 0.55
    return trust if how == HEARD else 0.75 * trust
