"""How much a stretch of speech sounds like a reason's own words, pair of characters by pair of characters.

A recogniser that mishears one character of a keyword leaves the pairs beside it whole. So the taxonomy's words, names and
examples are cut into pairs of characters, of toneless syllables and of near syllables; a pair speaks for a reason the more,
the fewer reasons use it. Weak evidence: it decides where no keyword was heard, and between reasons that keywords leave equal.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from laidian.lexicons import OTHER, CallReason, Taxonomy
from laidian.zh.syllables import near, syllables

_PART = re.compile(r"[^\W_]+")
_IDLE = 0.15  # small talk is in every call, but some of it is a reason's too (给我打电话)
_OWN = 2.0  # a reason's own keyword says more of it than one of its issues' words


class Likeness:
    """The pairs of a taxonomy's words, compiled once."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        counts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        idle = {pair for trade in taxonomy.trades for text in trade.small_talk for pair in _pairs(text)}
        spoken_for = [reason for reason in taxonomy.reasons.values() if reason.id != OTHER]
        for reason in spoken_for:
            for text, weight in _texts(reason):
                for pair in set(_pairs(text)):
                    counts[pair][reason.id] += weight  # type: ignore[assignment]
        rarest = 3 * math.log(max(2, len(spoken_for)))
        self._weights: dict[tuple[str, ...], tuple[tuple[str, float], ...]] = {}
        for pair, reasons in counts.items():
            whole = sum(math.sqrt(count) for count in reasons.values())
            rare = math.log(len(spoken_for) / len(reasons)) / rarest
            rare *= _IDLE if pair in idle else 1.0
            self._weights[pair] = tuple((reason, rare * math.sqrt(count) / whole) for reason, count in sorted(reasons.items()))

    def of(self, text: str) -> dict[str, float]:
        """Reason -> likeness of a text to its words, above 0; a pair that one reason alone uses weighs 1 as written."""
        found: dict[str, float] = defaultdict(float)
        for pair in sorted(set(_pairs(text.lower()))):
            for reason, weight in self._weights.get(pair, ()):
                found[reason] += weight
        return found


def _texts(reason: CallReason) -> Iterator[tuple[str, float]]:
    yield from ((word, _OWN) for word in (*reason.keywords, *reason.phrases))
    for rule in reason.rules:
        yield from ((word, 1.0) for group in rule.all_of for word in group)
    for issue in reason.issues:
        yield from ((word, 1.0) for word in (*issue.keywords, issue.name, issue.example))


def _pairs(text: str) -> Iterator[tuple[str, ...]]:
    """Every two neighbours of a text without punctuation, as characters, as syllables and as near syllables."""
    for part in _PART.findall(text):
        yield from zip("c" * (len(part) - 1), part, part[1:], strict=False)
        said, alike = syllables(part), near(part)
        yield from zip("s" * (len(part) - 1), said, said[1:], strict=False)
        yield from zip("n" * (len(part) - 1), alike, alike[1:], strict=False)
