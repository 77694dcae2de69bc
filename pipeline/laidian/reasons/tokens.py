"""Where words begin and end, as jieba cuts them with the taxonomy's words added: a keyword found across two words is chance.

jieba's own way (Tokenizer.cut without HMM: the likeliest chain of dictionary words) over a table of hashed words, since its
Python costs more than all the rest of reading a text. Its words are looked up by a hash alone, 40 bits of it beside the place in
the table: a wrong find is less likely than one in 10^12 look-ups. The table does not fit in a core's cache, so a word is one
number there, and a few bits of a pair's hash say beforehand that no word begins with the pair.
"""

import math
import string
import warnings
from collections.abc import Iterable
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

with warnings.catch_warnings():  # jieba imports pkg_resources where it finds it, which warns
    warnings.simplefilter("ignore")
    import jieba

LEAST = 4
"""Occurrences in jieba's dictionary from which a word is known: the rarer half are names and terms that no customer says, and
they make its table too large for a core's cache."""

COMMON = 200
"""Occurrences in jieba's dictionary from which a heard word is taken for itself rather than for a keyword that sounds alike."""

_FACTOR = 0x9E3779B97F4A7C15
LATIN = 2
_EMPTY = np.uint64(0)
_HASH = np.uint64(0xFFFFFFFFFF000000)
_WEIGHT = np.uint64(0x3FFFFF)
_PAIR_BITS = 20
_LONGER = np.uint64(0x400000)
EVERYDAY = np.uint64(0x800000)


class Dictionary(NamedTuple):
    """Open addressing by hash. A slot: 40 bits of the hash, whether it is an everyday word of jieba's own dictionary, whether a
    longer word begins with it, and the number of its weight; 0 = empty. `weight`: log probabilities of words, -inf = only the
    beginning of words; `lone`: of words of one character, by code point; `unknown`: of a lone character that is no word. `shift`:
    64 - log2 of the slots. `pairs`: one bit by the upper bits of the hash of each pair of characters that a word begins with.
    `part`, by code point: what jieba takes for words (Chinese characters, Latin letters, digits and + # & . _ % -), 2 = LATIN."""

    slots: npt.NDArray[np.uint64]
    pairs: npt.NDArray[np.uint64]
    weight: npt.NDArray[np.float64]
    lone: npt.NDArray[np.float64]
    unknown: float
    shift: np.uint64
    part: npt.NDArray[np.uint8]


def tokenizer(words: Iterable[str]) -> tuple[jieba.Tokenizer, frozenset[str]]:
    """A tokenizer of one's own, sharing nothing with other users of jieba in the process, and jieba's everyday words."""
    own = jieba.Tokenizer()
    # Its own initialize() writes to stderr and trusts a cache file in the machine's shared temporary folder.
    every, own.total = own.gen_pfdict(own.get_dict_file())
    own.FREQ = {word: count for word, count in every.items() if count >= LEAST or len(word) == 1}
    for word in list(own.FREQ):  # jieba goes on to the next character only where a word begins so
        own.FREQ.update((begin, 0) for n in range(2, len(word)) if (begin := word[:n]) not in own.FREQ)
    own.initialized = True
    common = frozenset(word for word, count in own.FREQ.items() if count >= COMMON and len(word) > 1)
    for word in words:
        if not own.FREQ.get(word):
            own.add_word(word)
    return own, common


def dictionary(words: Iterable[str]) -> Dictionary:
    """jieba's dictionary with the words added."""
    own, common = tokenizer(words)
    part = _parts()
    kept = [(word, count) for word, count in own.FREQ.items() if max(word) < "\uffff" and part[[*map(ord, word)]].all()]
    size = max(4, (2 * len(kept)).bit_length())
    whole = math.log(own.total)
    number = {count: n for n, count in enumerate(sorted({count for _, count in kept}), start=1)}
    logs = [-math.inf, *(math.log(count) - whole if count else -math.inf for count in number)]
    pairs, lone = np.zeros(1 << (_PAIR_BITS - 6), np.uint64), np.full(0x10000, -math.inf)
    for word, count in kept:
        if len(word) == 1:
            lone[ord(word)] = logs[number[count]]
    slots, unknown = np.zeros(1 << size, np.uint64), math.log(1) - whole
    found = Dictionary(slots, pairs, np.array(logs), lone, unknown, np.uint64(64 - size), part)
    codes = np.frombuffer("".join(word for word, _ in kept).encode("utf-32-le"), np.uint32)
    lengths = np.array([len(word) for word, _ in kept], np.int64)
    marks = np.array([number[count] | (int(EVERYDAY) if word in common else 0) for word, count in kept], np.uint64)
    _fill(found.slots, found.pairs, found.shift, codes, lengths, marks)
    return found


def _parts() -> npt.NDArray[np.uint8]:
    part = np.zeros(0x10000, np.uint8)
    part[0x4E00:0x9FD6] = 1
    part[[ord(char) for char in "+#&._%-"]] = 1
    part[[ord(char) for char in string.ascii_letters + string.digits]] = LATIN
    return part


@numba.njit(cache=True)
def follow(code, char):  # type: ignore[no-untyped-def]
    """The hash of a word one character longer."""
    return (code ^ np.uint64(char)) * np.uint64(_FACTOR)


@numba.njit(cache=True)
def slot_of(slots, shift, code):  # type: ignore[no-untyped-def]
    """Where the hash is, or the empty slot where it would be. The upper bits say where, the lower ones what it is."""
    at = np.int64(code >> shift)
    last = len(slots) - 1
    own = code << np.uint64(24)
    while slots[at] != _EMPTY and slots[at] & _HASH != own:
        at = (at + 1) & last
    return at


@numba.njit(cache=True)
def _fill(slots, pairs, shift, codes, lengths, marks):  # type: ignore[no-untyped-def]
    at = 0
    for word in range(len(lengths)):
        code, before = np.uint64(0), np.uint64(0)
        for char in codes[at : at + lengths[word]]:
            code, before = follow(code, char), code
        at += lengths[word]
        slot = slot_of(slots, shift, code)
        slots[slot] = code << np.uint64(24) | slots[slot] & _LONGER | marks[word]
        if lengths[word] > 2:  # jieba keeps every beginning of a word too, so each tells of the next longer one
            slot = slot_of(slots, shift, before)
            slots[slot] |= before << np.uint64(24) | _LONGER
        if lengths[word] == 2:
            pairs[code >> np.uint64(70 - _PAIR_BITS)] |= np.uint64(1) << (code >> np.uint64(64 - _PAIR_BITS) & np.uint64(63))


@numba.njit(cache=True)
def bounds_of(text, part, slots, pairs, weight, lone, unknown, shift):  # type: ignore[no-untyped-def]
    """By offset, and behind the last: 1 = a word begins there or stands before it, 0 = it lies within a word. Outside of
    stretches of `part` every offset is 1; lone Latin letters and digits in a row are one word. And by offset: an everyday word of
    two characters begins there, whether or not the text is cut so."""
    # Pass by pass over the text, word length by word length, almost without branches: a core guesses those wrong, and goes on to
    # the next look-up before this one has come from memory. Words lie within stretches of `part`, since all their characters do.
    size, count, going, many, longer = len(text), 0, 0, 0, 2
    places, codes, double = np.empty(size, np.int32), np.empty(size, np.uint64), np.full(size, -np.inf)
    everyday = np.zeros(size, np.bool_)
    for at in range(size - 1):
        code = follow(follow(np.uint64(0), text[at]), text[at + 1])
        bits = pairs[code >> np.uint64(70 - _PAIR_BITS)] >> (code >> np.uint64(64 - _PAIR_BITS) & np.uint64(63))
        places[count], codes[count] = at, code
        count += (bits & np.uint64(1)) != _EMPTY
    for n in range(count):
        at, code = places[n], codes[n]
        entry = slots[slot_of(slots, shift, code)]
        double[at], everyday[at] = weight[entry & _WEIGHT], entry & EVERYDAY != _EMPTY
        places[going], codes[going] = at, code
        going += (entry & _LONGER) != _EMPTY
    # Longer words: `chain[offset]` is the last found, the longest; `before` it stands the next shorter one.
    chain, before, behind, likely = np.full(size, -1, np.int32), places[:0], places[:0], double[:0]
    while going:
        longer, count, going = longer + 1, going, 0
        before, behind = np.append(before, places[:count]), np.append(behind, places[:count])
        likely = np.append(likely, double[:count])
        for n in range(count):
            at = places[n]
            if at + longer > size:
                continue
            code = follow(codes[n], text[at + longer - 1])
            entry = slots[slot_of(slots, shift, code)]
            before[many], behind[many], likely[many] = chain[at], at + longer, weight[entry & _WEIGHT]
            known = likely[many] > -np.inf
            chain[at] = many if known else chain[at]
            many += known
            places[going], codes[going] = at, code
            going += (entry & _LONGER) != _EMPTY
    # The likeliest chain of words from each offset to the end of its stretch: its score and the length of its first word, of
    # equals the longest.
    score, length, one, two = np.empty(size + 1), np.empty(size, np.int32), 0.0, 0.0
    score[size] = 0.0
    for at in range(size - 1, -1, -1):
        alone, pair = lone[text[at]] + one, double[at] + two
        best, longest = (pair, 2) if pair >= alone else (alone, 1)
        place = chain[at]
        while place >= 0:
            whole = likely[place] + score[behind[place]]
            if whole > best or (whole == best and behind[place] - at > longest):
                best, longest = whole, behind[place] - at
            place = before[place]
        if best == -np.inf:
            best, longest = unknown + one, 1
        score[at], length[at] = best if part[text[at]] else 0.0, longest
        one, two = score[at], one
    bounds, at, run = np.zeros(size + 1, np.uint8), 0, False
    while at < size:
        letter = (length[at] == 1) & (part[text[at]] == LATIN)
        bounds[at] = not (letter & run)
        at, run = at + length[at], letter
    bounds[size] = 1
    return bounds, everyday
