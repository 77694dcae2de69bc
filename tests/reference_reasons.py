"""Slow twins of the reasons' inner loops: every span against every word, written from the definitions."""

import math
import re
from collections import Counter
from collections.abc import Iterable

from laidian.lexicons import OTHER, Taxonomy
from laidian.reasons.tokens import Tokens
from laidian.zh.syllables import near, syllables


def slow_hits(
    text: str, words: Iterable[str], singles: Iterable[str], exact_only: Iterable[str], tokens: Tokens
) -> list[tuple[int, int, str, float]]:
    """What `Scanner.hits` finds: (begin, end, word, trust)."""
    text, found, silent = text.lower(), [], set(exact_only)
    bounds = tokens.bounds(text)
    for begin in range(len(text)):
        if text[begin] in set(singles):
            found.append((begin, begin + 1, text[begin], 1.0))
        for end in range(begin + 2, len(text) + 1):
            span = text[begin:end]
            if span in set(words):
                found.append((begin, end, span, _written(end - begin, begin in bounds, end in bounds)))
                continue
            aligned = begin in bounds and end in bounds
            for word in set(words) - silent:
                trust = 0.0 if word.isascii() else _sounds(word, span, aligned, tokens)
                if trust:
                    found.append((begin, end, word, trust))
    return sorted(found)


def _written(length: int, begins: bool, ends: bool) -> float:
    cut = (not begins) + (not ends)
    if cut == 0:
        return 1.0
    if length == 2:
        return 0.3
    return 0.7 if cut == 1 else 0.5


def _sounds(word: str, span: str, aligned: bool, tokens: Tokens) -> float:
    if len(word) != len(span):
        return 0.0
    same = all(syllables(a) == syllables(b) for a, b in zip(word, span, strict=True))
    alike = all(near(a) == near(b) for a, b in zip(word, span, strict=True))
    if not same and not (alike and len(word) >= 3):
        return 0.0
    if len(span) == 2:
        believed = 0.0 if not aligned else 0.2 if tokens.is_common(span) else 0.55
    else:
        believed = 0.85 if len(span) > 3 else 0.8 if aligned else 0.65
    return believed if same else 0.75 * believed


def slow_likeness(text: str, taxonomy: Taxonomy) -> dict[str, float]:
    """What `Likeness.of` finds, from counts made anew for every pair."""
    reasons = [reason for reason in taxonomy.reasons.values() if reason.id != OTHER]
    found: Counter[str] = Counter()
    for kind in ("as written", "by syllables", "by near syllables"):
        for pair in _pairs(text.lower(), kind):
            uses = {}
            for reason in reasons:
                own = [*reason.keywords, *reason.phrases]
                others = [w for rule in reason.rules for group in rule.all_of for w in group]
                others += [w for issue in reason.issues for w in (*issue.keywords, issue.name, issue.example)]
                count = 2 * sum(pair in _pairs(w, kind) for w in own) + sum(pair in _pairs(w, kind) for w in others)
                if count:
                    uses[reason.id] = math.sqrt(count)
            idle = any(pair in _pairs(said, kind) for trade in taxonomy.trades for said in trade.small_talk)
            for reason_id, count in uses.items():
                rare = math.log(len(reasons) / len(uses)) / math.log(max(2, len(reasons))) / 3
                found[reason_id] += rare * (0.15 if idle else 1.0) * count / sum(uses.values())  # type: ignore[assignment]
    return dict(found)


def _pairs(text: str, kind: str) -> set[tuple[str, str]]:
    code = {"as written": tuple, "by syllables": syllables, "by near syllables": near}[kind]
    pairs = set()
    for part in re.split(r"[\W_]+", text):
        sounds = code(part)
        pairs |= {(sounds[n], sounds[n + 1]) for n in range(len(sounds) - 1)}
    return pairs
