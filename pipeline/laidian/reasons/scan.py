"""Find the taxonomy's words in a text: as written, by toneless syllables, by near syllables.

One dictionary a layer, keyed by the word's code; a text is coded once a layer (one character a syllable) and looked up only
where its first two characters begin some word. So the cost grows with the text, not with the number of words.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from laidian.reasons.tokens import Tokens
from laidian.zh.syllables import near, syllables

NEAR_LENGTH = 3
"""Syllables from which near sounds are believed; shorter words have too many neighbours."""


class Hit(NamedTuple):
    """A word of the taxonomy in a text: half-open character offsets, and how far it is believed (0..1; 1 = as written)."""

    begin: int
    end: int
    word: str
    trust: float


class _Layer:
    """Words of one kind of likeness. `sound` gives one element a character; None = the characters themselves."""

    def __init__(self, words: Iterable[str], sound: Callable[[str], tuple[str, ...]] | None) -> None:
        self._sound = sound
        self._code: dict[str, str] = {}
        self._words: dict[str, list[str]] = defaultdict(list)
        lengths: dict[str, set[int]] = defaultdict(set)
        for word in words:
            code = self._encode(word, learn=True)
            self._words[code].append(word)
            lengths[code[:2]].add(len(code))
        self._lengths = {head: tuple(sorted(found)) for head, found in lengths.items()}

    def _encode(self, text: str, learn: bool = False) -> str:
        """One private-use character a syllable, so that slices of a text are keys; unlearned syllables match nothing."""
        if self._sound is None:
            return text
        if learn:
            for syllable in self._sound(text):
                self._code.setdefault(syllable, chr(0xE000 + len(self._code)))
        return "".join([self._code.get(s, "\0") for s in self._sound(text)])

    def find(self, text: str) -> list[tuple[int, int, list[str]]]:
        code, lengths, words = self._encode(text), self._lengths, self._words
        return [
            (begin, begin + length, words[code[begin : begin + length]])
            for begin in range(len(code) - 1)
            for length in lengths.get(code[begin : begin + 2], ())
            if code[begin : begin + length] in words
        ]


class Scanner:
    """All words of a taxonomy, compiled once.

    Args:
        words: two characters or more, lower case, each once.
        singles: single characters, found as written only.
        exact_only: those of `words` whose sound is not to be believed.
        tokens: where words begin and end.
    """

    def __init__(self, words: Iterable[str], singles: Iterable[str], exact_only: Iterable[str], tokens: Tokens) -> None:
        ordered, silent = sorted(set(words)), set(exact_only)
        heard = [w for w in ordered if w not in silent and not w.isascii()]
        self._tokens = tokens
        self._singles = frozenset(singles)
        self._exact = _Layer(ordered, None)
        self._sounds = _Layer(heard, syllables)
        self._near = _Layer([w for w in heard if len(w) >= NEAR_LENGTH], near)

    def hits(self, text: str) -> list[Hit]:
        """The words in the text, by begin, then end, then word; a span believed as written is not also heard otherwise."""
        text = text.lower()
        best: dict[tuple[int, int, str], float] = {}
        written = self._exact.find(text)
        heard = self._sounds.find(text)
        alike = self._near.find(text)
        if not (written or heard or alike):
            return self._single_hits(text)
        bounds = self._tokens.bounds(text)
        spans = {(begin, end) for begin, end, _ in written}
        for begin, end, words in written:
            best[begin, end, words[0]] = _as_written(end - begin, begin in bounds, end in bounds)
        for begin, end, words in heard + alike:
            if (begin, end) in spans:
                continue
            trust = self._by_sound(text[begin:end], begin in bounds and end in bounds)
            for word in words if trust else ():
                same = syllables(word) == syllables(text[begin:end])
                best[begin, end, word] = max(trust if same else 0.75 * trust, best.get((begin, end, word), 0.0))
        found = [Hit(begin, end, word, trust) for (begin, end, word), trust in best.items()]
        return sorted(found + self._single_hits(text))

    def _by_sound(self, heard: str, aligned: bool) -> float:
        """How far a stretch that only sounds like a word is believed."""
        if len(heard) == 2:
            return 0.0 if not aligned else 0.2 if self._tokens.is_common(heard) else 0.55
        return (0.8 if aligned else 0.65) if len(heard) == NEAR_LENGTH else 0.85

    def _single_hits(self, text: str) -> list[Hit]:
        return [Hit(at, at + 1, char, 1.0) for at, char in enumerate(text) if char in self._singles]


def _as_written(length: int, begins: bool, ends: bool) -> float:
    """How far a word is believed that stands in the text: less where it cuts the text's own words (手机上|网页)."""
    if begins and ends:
        return 1.0
    return 0.3 if length == 2 else 0.5 if not begins and not ends else 0.7
