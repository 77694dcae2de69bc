"""The weights of the learned scorer's features, read over a text in one compiled pass.

A feature is a number: a string of characters its code points side by side, near syllables, words and groups their places in
lists that the weights bring along. Numbers are looked up in one sorted array a block, so no feature is ever spelled out.
`features` says plainly what the features are; the tests hold the two together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numba
import numpy as np
import numpy.typing as npt

from laidian.cues.features import LONGEST_STRETCH, LONGEST_WORD, MOST_CLAUSES, SHORTEST, Feature
from laidian.cues.forms import COMMAS, STOPS
from laidian.cues.frames import APART, COUNTED, LASTED, LONGEST, MEASURES, NUMBERS, SPANS, STOP, grouped
from laidian.zh.syllables import near

BLOCKS = 4
_BMP = 0x10000
_RARE = _BMP - 1  # no character: stands for those beyond the table
_WORD = 0x110000  # tokens from here on are words of the list, below single characters
_TOKEN, _SOUND, _GROUP = 21, 12, 5  # bits
_PAIR = 1 << 40  # marks two groups with others between them
_BEGIN, _ZERO, _END = ord("^"), ord("0"), ord("$")
_NUMBER, _STOP, _COMMA = 1, 2, 4  # what a character is
_CODES = np.uint64(16)

Keys = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]


def _side_by_side(numbers: Iterable[int], width: int) -> int:
    key = 0
    for number in numbers:
        key = key << width | number
    return key


@dataclass(frozen=True)
class Alphabet:
    """The lists that features are numbered by. `sounds`: near syllables; `words`: those that `features.chains` knows."""

    sounds: tuple[str, ...]
    words: tuple[str, ...]

    def key(self, block: int, feature: Feature) -> int | None:
        """The number of a feature of `features.blocks`; None: it holds a character that is too rare to have one.

        Raises:
            KeyError: it holds a sound that is not in the list.
        """
        if any(char == chr(_RARE) for part in feature for char in part):
            return None
        if block == 0:
            return _side_by_side(map(ord, feature), 16)
        if block == 1:
            return _side_by_side(map(self._sound, feature), _SOUND)
        if block == 2:
            return _side_by_side(map(self._token, feature), _TOKEN)
        name = str(feature)
        first, apart, last = name.partition("~")
        places = _places()
        return (
            _PAIR | places[first] << _GROUP | places[last]
            if apart
            else _side_by_side((places[g] for g in name.split("-")), _GROUP)
        )

    def _sound(self, sound: str) -> int:
        return _numbered(self.sounds)[sound] + 1

    def _token(self, word: str) -> int:
        return ord(word) if len(word) == 1 else _WORD + _numbered(self.words)[word]


@cache
def _numbered(names: tuple[str, ...]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names)}


@cache
def _places() -> dict[str, int]:
    """Group of words -> its number, from 1."""
    return {group: place for place, group in enumerate([COUNTED, LASTED, *dict.fromkeys(grouped().values())], start=1)}


@dataclass(frozen=True, eq=False)
class Weights:
    """`keys`: the features' numbers, ascending in each block, of which `ends` are the ends. `idf`, `weight`: by feature."""

    keys: Keys
    ends: npt.NDArray[np.int64]
    idf: npt.NDArray[np.float32]
    weight: npt.NDArray[np.float32]
    intercept: npt.NDArray[np.float32]
    alphabet: Alphabet

    def margins(self, text: str) -> tuple[Floats, float, float]:
        """Of a text, simplified and lower case.

        Returns:
            The margin of each column of `weight`; the highest of column 0 over the stretches of the text (`features.stretches`),
            that of the whole where it has none; the share of its character pairs that are known.
        """
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        whole, best, known = _read(codes, self._tables, self.keys, self.ends, self.idf, self.weight, self.intercept)
        return whole, best, known

    @cached_property
    def _tables(self) -> "_Tables":
        return _tables(self.alphabet)


_Tables = tuple[
    npt.NDArray[np.uint16], npt.NDArray[np.uint8], Keys, npt.NDArray[np.int64], Keys, npt.NDArray[np.int64], Keys, Keys
]


def _tables(alphabet: Alphabet) -> _Tables:
    """Sound and mark of each character; words, their tokens; words of groups, their groups; measure words; spans of time."""
    number = _numbered(alphabet.sounds)
    sound = np.zeros(_BMP, np.uint16)
    mark = np.zeros(_BMP, np.uint8)
    for code in range(_BMP):
        sound[code] = number.get(near(chr(code))[0], -1) + 1
    for chars, bit in ((NUMBERS, _NUMBER), (STOPS + STOP, _STOP), (COMMAS, _COMMA)):
        mark[[ord(char) for char in chars]] |= bit

    def spelled(heard: Sequence[str]) -> int:
        return _side_by_side((number[s] + 1 for s in heard), _SOUND)

    words = sorted((_side_by_side(map(ord, word), 16), place) for place, word in enumerate(alphabet.words))
    groups = sorted((spelled(heard), _places()[group]) for heard, group in grouped().items())
    return (
        sound, mark, *_pairs(words, _WORD), *_pairs(groups, 0),
        np.array(sorted({spelled([measure]) for measure in MEASURES}), np.uint64),
        np.array(sorted({spelled(span) for span in SPANS}), np.uint64),
    )  # fmt: skip


def _pairs(rows: list[tuple[int, int]], above: int) -> tuple[Keys, npt.NDArray[np.int64]]:
    """Ascending keys, and the number of each, so much higher."""
    return np.array([key for key, _ in rows], np.uint64), np.array([number + above for _, number in rows], np.int64)


def sounds_of(features: Iterable[Feature]) -> tuple[str, ...]:
    """The near syllables in features of sound and in all words of groups, sorted."""
    found = {sound for feature in features for sound in feature}
    return tuple(sorted(found | {sound for heard in (*grouped(), *SPANS) for sound in heard} | MEASURES))


@numba.njit(cache=True, nogil=True)
def _find(keys, begin, end, key):  # type: ignore[no-untyped-def]
    """The place of a number among ascending ones, or -1."""
    last = end
    while begin < end:
        middle = (begin + end) // 2
        if keys[middle] < key:
            begin = middle + 1
        else:
            end = middle
    return begin if begin < last and keys[begin] == key else -1


@numba.njit(cache=True, nogil=True)
def _read(codes, tables, keys, ends, idf, weight, intercept):  # type: ignore[no-untyped-def]
    mark = tables[1]
    whole, known = _weigh(codes, tables, keys, ends, idf, weight, intercept)
    best, length, judged = whole[0], len(codes), False
    begins, finishes, count = np.empty(length + 1, np.int64), np.empty(length + 1, np.int64), 0
    inside = False
    for at in range(length + 1):
        outside = at == length or (codes[at] < _BMP and mark[codes[at]] & (_STOP | _COMMA))
        if inside and outside:
            finishes[count] = at
            count += 1
        elif not inside and not outside:
            begins[count] = at
        inside = not outside
    for first in range(count):
        for last in range(first, min(first + MOST_CLAUSES, count)):
            size = finishes[last] - begins[first]
            if SHORTEST <= size <= LONGEST_STRETCH:
                margin = whole[0]
                if size < length:
                    margin = _weigh(codes[begins[first] : finishes[last]], tables, keys, ends, idf, weight, intercept)[0][0]
                best = max(best, margin) if judged else margin
                judged = True
    return whole, best, known


@numba.njit(cache=True, nogil=True)
def _weigh(codes, tables, keys, ends, idf, weight, intercept):  # type: ignore[no-untyped-def]
    plain = np.empty(len(codes) + 2, np.int64)
    plain[0], length = _BEGIN, 1
    for code in codes:
        digit = 48 <= code <= 57
        if not digit or plain[length - 1] != _ZERO:
            plain[length] = _ZERO if digit else code if 0 < code < _RARE else _RARE
            length += 1
    plain[length] = _END
    plain = plain[: length + 1]
    margins = intercept.astype(np.float64)
    rows = np.empty(6 * len(plain) + 8, np.int64)
    count, known = _strings(plain, keys, ends[0], rows)
    _add(rows[:count], idf, weight, margins)
    count = _sounds(plain, tables[0], keys, ends[0], ends[1], rows)
    _add(rows[:count], idf, weight, margins)
    count = _chains(plain, tables, keys, ends[1], ends[2], rows)
    _add(rows[:count], idf, weight, margins)
    framed = np.empty(8 * len(plain) + 8, np.int64)
    groups = np.empty(len(codes) + 1, np.uint64)
    count = at = found = 0
    while at <= len(codes):
        step, group = _group(codes, at, tables) if at < len(codes) else (1, -1)
        if group > 0:
            groups[found] = group
            found += 1
        elif group < 0:
            count = _frames(groups[:found], keys, ends[2], ends[3], framed, count)
            found = 0
        at += step
    _add(framed[:count], idf, weight, margins)
    return margins, known / max(len(plain) - 1, 1)


@numba.njit(cache=True, nogil=True)
def _strings(plain, keys, end, rows):  # type: ignore[no-untyped-def]
    count = known = 0
    for at in range(len(plain)):
        key = np.uint64(0)
        for n in range(min(4, len(plain) - at)):
            key = key << _CODES | np.uint64(plain[at + n])
            row = _find(keys, 0, end, key)
            if row >= 0:
                rows[count] = row
                count += 1
                known += n == 1
    return count, known


@numba.njit(cache=True, nogil=True)
def _sounds(plain, sound, keys, begin, end, rows):  # type: ignore[no-untyped-def]
    count = 0
    for at in range(len(plain)):
        key = np.uint64(0)
        for n in range(min(3, len(plain) - at)):
            heard = sound[plain[at + n]]
            if heard == 0:
                break
            key = key << np.uint64(_SOUND) | np.uint64(heard)
            if n > 0:
                row = _find(keys, begin, end, key)
                if row >= 0:
                    rows[count] = row
                    count += 1
    return count


@numba.njit(cache=True, nogil=True)
def _chains(plain, tables, keys, begin, end, rows):  # type: ignore[no-untyped-def]
    mark, words, tokens = tables[1], tables[2], tables[3]
    count = at = 0
    before = np.uint64(0)
    while at < len(plain):
        token, step = np.uint64(plain[at]), 1
        key = np.uint64(plain[at])
        for n in range(1, min(LONGEST_WORD, len(plain) - at)):
            key = key << _CODES | np.uint64(plain[at + n])
            word = _find(words, 0, len(words), key)
            if word >= 0:
                token, step = np.uint64(tokens[word]), n + 1
        if step > 1 or not mark[plain[at]] & _COMMA:
            row = _find(keys, begin, end, token)
            if row >= 0:
                rows[count] = row
                count += 1
            if before:
                row = _find(keys, begin, end, before << np.uint64(_TOKEN) | token)
                if row >= 0:
                    rows[count] = row
                    count += 1
            before = token
        at += step
    return count


@numba.njit(cache=True, nogil=True)
def _group(codes, at, tables):  # type: ignore[no-untyped-def]
    """Of what begins there: how many characters, and its group; 0 = none, -1 = a sentence ends."""
    sound, mark, words, places, measures, spans = tables[0], tables[1], tables[4], tables[5], tables[6], tables[7]
    first = codes[at]
    if first >= _BMP:
        return 1, 0
    if mark[first] & _NUMBER and at + 1 < len(codes) and codes[at + 1] < _BMP:
        key = np.uint64(sound[codes[at + 1]])
        if _find(measures, 0, len(measures), key) >= 0:
            return 2, 1
        if _find(spans, 0, len(spans), key) >= 0:
            return 2, 2
        if at + 2 < len(codes) and codes[at + 2] < _BMP:
            pair = key << np.uint64(_SOUND) | np.uint64(sound[codes[at + 2]])
            if key and _find(spans, 0, len(spans), pair) >= 0:
                return 2, 2
    key = np.uint64(0)
    length = group = 0
    for n in range(min(5, len(codes) - at)):
        heard = sound[codes[at + n]] if codes[at + n] < _BMP else 0
        if heard == 0:
            break
        key = key << np.uint64(_SOUND) | np.uint64(heard)
        word = _find(words, 0, len(words), key)
        if word >= 0:
            length, group = n + 1, places[word]
    if group:
        return length, group
    return 1, -1 if mark[first] & _STOP else 0


@numba.njit(cache=True, nogil=True)
def _frames(groups, keys, begin, end, rows, count):  # type: ignore[no-untyped-def]
    width = np.uint64(_GROUP)
    for at in range(len(groups)):
        key = np.uint64(0)
        for n in range(min(LONGEST, len(groups) - at)):
            key = key << width | groups[at + n]
            row = _find(keys, begin, end, key)
            if row >= 0:
                rows[count] = row
                count += 1
        for last in range(at + 2, min(at + 1 + APART, len(groups))):
            row = _find(keys, begin, end, np.uint64(_PAIR) | groups[at] << width | groups[last])
            if row >= 0:
                rows[count] = row
                count += 1
    return count


@numba.njit(cache=True, nogil=True)
def _add(rows, idf, weight, margins):  # type: ignore[no-untyped-def]
    """Adds a block: of each feature 1 + log of how often, times its idf, all brought to length one, times its weights."""
    rows = np.sort(rows)
    sums = np.zeros(len(margins))
    square = 0.0
    at = 0
    while at < len(rows):
        row, times = rows[at], 1
        while at + times < len(rows) and rows[at + times] == row:
            times += 1
        value = (1.0 + np.log(times)) * idf[row]
        square += value * value
        for column in range(len(margins)):
            sums[column] += value * weight[row, column]
        at += times
    if square > 0:
        for column in range(len(margins)):
            margins[column] += sums[column] / np.sqrt(square)
