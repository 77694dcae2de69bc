"""Find the taxonomy's words in a text: as written, by toneless syllables, by near syllables, in one pass.

Words that sound alike share one path of an Aho-Corasick automaton over near syllables (as for cues): a text is read once,
whatever the number of words, and what is met at a character is then compared as written and by syllable. The text is read from
its end, as the likeliest chain of words is found (tokens.py): so both come of one pass, and hits come in their order.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt
import polars as pl

from laidian.reasons.learned import lower
from laidian.reasons.tokens import EVERYDAY, Dictionary, chain, follow, of_words, slot_of, walk
from laidian.zh.syllables import near, syllables
from laidian.zh.trie import complete

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
    """The automaton, for texts read backwards, and the words.

    `single[code]`: word of one character, -1 = none. `step[state, near]` -> state. `met[state]`: the sound that begins there, -1
    = none; `shorter[state]`: the next state to ask. Words of a sound: `word[first[sound]:first[sound + 1]]`, the last first.
    Characters of a word:
    `chars[at[word]:at[word + 1]]`. `heard[word]`: its sound is believed.
    """

    single: npt.NDArray[np.int32]
    step: npt.NDArray[np.uint16]
    met: npt.NDArray[np.int32]
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
        for symbol in letters.near[[ord(char) for char in reversed(word)]].tolist():
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
        np.array([word for state in sorted(ends) for word in reversed(ends[state])], np.int32),
        np.cumsum([0, *map(len, words)]).astype(np.int32),
        np.array([ord(char) for word in words for char in word], np.uint16),
        np.array([word not in silent and not word.isascii() for word in words], np.bool_),
    )


def find_words(text: npt.NDArray[np.uint16], letters: Letters, words: Words, table: Dictionary) -> Hits:
    """The hits of a text in lower case; a span that is a word as written is not also heard otherwise."""
    room = 64 + len(text)
    while True:  # how many there are is known when the text is read
        begin, end, word = (np.empty(room, np.int32) for _ in range(3))
        hits = Hits(begin, end, word, np.empty(room))
        first = _find(text, letters.near, letters.syllable, words, table, _TRUST, hits)
        if first >= 0:
            return Hits(begin[first:], end[first:], word[first:], hits.trust[first:])
        room *= 2


@numba.njit(cache=True)
def _find(text, near_of, syllable, words, table, trusted, hits):  # type: ignore[no-untyped-def]
    """Fills the hits from their end; where they begin, -1 = there is too little room."""
    # Arrays are taken out of their tuples once: taking one out inside the loops costs more than what is then done with it.
    step, met, shorter, first, single = words.step, words.met, words.shorter, words.first, words.single
    listed, at_word, chars, heard = words.word, words.at, words.chars, words.heard
    slots, pairs, weight, lone, unknown, shift = table.slots, table.pairs, table.weight, table.lone, table.unknown, table.shift
    begin, end, word, trust = hits.begin, hits.end, hits.word, hits.trust
    how, behind, state = np.empty(len(begin), np.int8), len(text), 0
    score, route, bounds = np.zeros(len(text) + 1), np.empty(len(text), np.int32), np.ones(len(text) + 1, np.uint8)
    kept = new = len(begin)  # hits from `kept` on are weighed; those from `new` on wait till the words around are known
    for at in range(len(text) - 1, -1, -1):
        state = step[state, near_of[text[at]]]
        here = state if met[state] >= 0 else shorter[state]
        while here:
            so_far = new
            for place in range(first[met[here]], first[met[here] + 1]):
                found = listed[place]
                chars_at, length = at_word[found], at_word[found + 1] - at_word[found]
                written, sounding = True, heard[found]
                for n in range(length):
                    char, other = text[at + n], chars[chars_at + n]
                    written &= char == other
                    sounding &= syllable[char] == syllable[other]
                if not (written or sounding or (heard[found] and length >= NEAR_LENGTH)):
                    continue
                if written:
                    new = so_far
                if new == 0:
                    return -1
                new -= 1
                begin[new], end[new], word[new] = at, at + length, found
                how[new] = WRITTEN if written else HEARD if sounding else ALIKE
                if written:
                    break
            here = shorter[here]
        if single[text[at]] >= 0:
            if new == 0:
                return -1
            new -= 1
            begin[new], end[new], word[new], how[new] = at, at + 1, single[text[at]], WRITTEN
        if of_words(text[at]):
            if at > 0 and of_words(text[at - 1]):
                continue
            chain(text, at, behind, slots, pairs, weight, lone, unknown, shift, score, route)
            walk(text, at, behind, route, bounds)
        behind = at
        weighed = kept
        for n in range(kept - 1, new - 1, -1):
            b, e = begin[n], end[n]
            believed = trusted[how[n], min(e - b, NEAR_LENGTH + 1), bounds[b], bounds[e]]
            if e - b == 2 and how[n] == HEARD and believed > 0 and _everyday(text[b], text[b + 1], slots, shift):
                believed = _EVERYDAY
            if believed > 0:
                weighed -= 1
                begin[weighed], end[weighed], word[weighed], trust[weighed] = b, e, word[n], believed
        kept = new = weighed
    return kept


@numba.njit(cache=True)
def _everyday(one, two, slots, shift):  # type: ignore[no-untyped-def]
    return slots[slot_of(slots, shift, follow(follow(np.uint64(0), one), two))] & EVERYDAY != 0
