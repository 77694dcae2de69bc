"""Find the taxonomy's words in a text: as written, by toneless syllables, by near syllables, in one pass.

Words that sound alike share one path of a trie over near syllables. Most pairs of sounds begin no word, and one small table says
so: it is asked at every character, and what is met is then compared as written and by syllable. Hits come in their order.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt
import polars as pl

from laidian.reasons.learned import lower
from laidian.reasons.tokens import Dictionary, bounds_of
from laidian.zh.syllables import near, syllables

NEAR_LENGTH = 3
"""Syllables from which near sounds are believed; shorter words have too many neighbours."""

CODES = 0x10000
"""Code points that a table knows; rarer characters are read as the last, which is no character."""

_COMMA = ord("，")

WRITTEN, HEARD, ALIKE = 0, 1, 2

_EVERYDAY = 0.2  # two syllables heard that are written as an everyday word


def _trusts() -> npt.NDArray[np.float64]:
    """How far a hit is believed, by how it is there, its length (at most NEAR_LENGTH + 1), and whether it begins and ends where
    words of the text do: less where it cuts them (手机上|网页), less where it only sounds alike; 0 = not at all."""
    found = np.zeros((3, NEAR_LENGTH + 2, 2, 2))
    found[WRITTEN, 1] = 1.0
    found[WRITTEN, 2] = [[0.3, 0.3], [0.3, 1.0]]
    found[WRITTEN, 3:] = [[0.5, 0.7], [0.7, 1.0]]
    found[HEARD, 2, 1, 1] = 0.55
    found[HEARD, 3] = [[0.65, 0.65], [0.65, 0.8]]
    found[HEARD, 4] = 0.85
    found[ALIKE, NEAR_LENGTH:] = 0.75 * found[HEARD, NEAR_LENGTH:]
    return found


_TRUST = _trusts()


class Letters(NamedTuple):
    """By code point: in lower case; its near syllable's and syllable's number (0 = of no word); whether it is of a word."""

    lower: npt.NDArray[np.uint16]
    near: npt.NDArray[np.uint16]
    syllable: npt.NDArray[np.uint16]
    spoken: npt.NDArray[np.bool_]


class Words(NamedTuple):
    """A trie over near syllables, and the words.

    `single[code]`: word of one character, -1 = none. `pair[near * width + near]`: the state that two sounds lead to, 0 = none.
    States that the next sound leads to: those from `child[state]` to before `child[state + 1]`, by `label[child]`; `going[state]`
    holds bit `label % 64` of each. Words that sound like a state: `word[first[state]:first[state + 1]]`. Characters of a word:
    `chars[at[word]:at[word + 1]]`. `heard[word]`: its sound is believed.
    """

    single: npt.NDArray[np.int16]
    pair: npt.NDArray[np.uint16]
    width: int
    child: npt.NDArray[np.int32]
    label: npt.NDArray[np.uint16]
    going: npt.NDArray[np.uint64]
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
            if octet >> 4 == 0xE:  # three octets, as every Chinese character has
                code = (octet & 0xF) << 12 | (np.int64(octets[at + 1]) & 0x3F) << 6 | (np.int64(octets[at + 2]) & 0x3F)
                codes[count] = lower[code]
                count, at = count + 1, at + 3
                continue
            size = 1 if octet < 0x80 else 2 if octet < 0xE0 else 4
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
    """The trie of distinct words in lower case; `silent`: those whose sound is not to be believed."""
    single, width = np.full(CODES, -1, np.int16), int(letters.near.max()) + 1
    ends: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for number, word in enumerate(words):
        if len(word) == 1:
            single[ord(word)] = number
        else:
            ends[tuple(letters.near[[ord(char) for char in word]].tolist())].append(number)
    states = sorted({sounds[:n] for sounds in ends for n in range(2, len(sounds) + 1)}, key=lambda s: (len(s), s))
    assert max(len(states), len(words)) < 1 << 15, "states and words are kept in two bytes"
    pair = np.zeros(width * width, np.uint16)
    for state, sounds in enumerate(states, start=1):
        if len(sounds) == 2:
            pair[sounds[0] * width + sounds[1]] = state
    # Shorter ones come first, in order: children of one state stand together, and before those of the next.
    children = Counter(sounds[:-1] for sounds in states if len(sounds) > 2)
    begun = 1 + sum(len(sounds) == 2 for sounds in states)
    sizes = [0, *(len(ends.get(sounds, ())) for sounds in states)]
    going = defaultdict[tuple[int, ...], int](int)
    for sounds in states:
        going[sounds[:-1]] |= 1 << sounds[-1] % 64
    return Words(
        single,
        pair,
        width,
        np.cumsum([begun, 0, *(children[sounds] for sounds in states)]).astype(np.int32),
        np.array([0, *(sounds[-1] for sounds in states)], np.uint16),
        np.array([0, *(going[sounds] for sounds in states)], np.uint64),
        np.cumsum([0, *sizes]).astype(np.int32),
        np.array([word for sounds in states for word in ends.get(sounds, ())], np.int32),
        np.cumsum([0, *map(len, words)]).astype(np.int32),
        np.array([ord(char) for word in words for char in word], np.uint16),
        np.array([word not in silent and not word.isascii() for word in words], np.bool_),
    )


def find_words(text: npt.NDArray[np.uint16], letters: Letters, words: Words, table: Dictionary) -> Hits:
    """The hits of a text in lower case, whose last character is of no word; a span that is a word as written is not also heard
    otherwise."""
    bounds, everyday = bounds_of(
        text, table.part, table.slots, table.pairs, table.weight, table.lone, table.unknown, table.shift
    )  # fmt: skip
    room = 64 + len(text)
    while True:  # how many there are is known when the text is read
        begin, end, word, trust = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room)
        count = _find(
            text, bounds, everyday, letters.near, letters.syllable, *words, _TRUST, begin, end, word, trust
        )  # fmt: skip
        if count >= 0:
            return Hits(begin[:count], end[:count], word[:count], trust[:count])
        room *= 2


@numba.njit(cache=True)
def _find(  # type: ignore[no-untyped-def]
    text, bounds, everyday, near_of, syllable, single, pair, width, child, label, going, first, listed, at_word, chars, heard,
    trusted, begin, end, word, trust,
):  # fmt: skip
    """Fills the hits; how many, -1 = there is too little room. Almost without branches, which a core guesses wrong."""
    places, room, count, hopeful = np.empty(len(text), np.int32), len(begin), 0, 0
    for at in range(len(text) - 1):
        places[hopeful] = at
        sounds = np.int64(near_of[text[at]]) * width + near_of[text[at + 1]]
        hopeful += (pair[sounds] > 0) | (single[text[at]] >= 0)
    for at in places[:hopeful]:
        code = text[at]
        if single[code] >= 0:
            if count == room:
                return -1
            begin[count], end[count], word[count], trust[count] = at, at + 1, single[code], 1.0
            count += 1
        state, behind = np.int64(pair[np.int64(near_of[code]) * width + near_of[text[at + 1]]]), at + 2
        while state:
            length, so_far, as_written = behind - at, count, False
            for place in range(first[state], first[state + 1]):
                found = listed[place]
                chars_at = at_word[found]
                written, sounding = True, heard[found]
                for n in range(length):
                    char, other = text[at + n], chars[chars_at + n]
                    written &= char == other
                    sounding &= syllable[char] == syllable[other]
                how = WRITTEN if written else HEARD if sounding else ALIKE
                counts = (written | sounding | (heard[found] & (length >= NEAR_LENGTH))) & (not as_written)
                believed = trusted[how, min(length, NEAR_LENGTH + 1), bounds[at], bounds[behind]]
                other_word = (how == HEARD) & (length == 2) & everyday[at] & (believed > 0)
                believed = _EVERYDAY if other_word else believed
                count = so_far if written else count
                if count == room:
                    return -1
                begin[count], end[count], word[count], trust[count] = at, behind, found, believed
                count += counts & (believed > 0)
                as_written |= written
            sound, parent = near_of[text[behind]], state
            state = np.int64(0)
            if going[parent] >> np.uint64(sound % 64) & np.uint64(1):
                for n in range(child[parent], child[parent + 1]):
                    if label[n] == sound:
                        state = np.int64(n)
                        break
            behind += 1
    return count
