"""Compile a taxonomy into words with what each speaks for, and read the evidence out of one stretch of speech."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from laidian.lexicons import CallReason, Rule, Taxonomy
from laidian.reasons.likeness import Likeness
from laidian.reasons.scan import Hit, Scanner
from laidian.reasons.tokens import Tokens

REACH = 25
"""Characters between the words of one rule, and between a `negative` phrase and what it takes back."""

SURE = 0.7
"""Trust above which a word forbids a rule."""

_BY_LENGTH = {1: 0.5, 2: 1.0, 3: 1.6, 4: 2.2, 5: 2.7}
_LONGEST = 3.0
_ROLE = {"keyword": 0.8, "phrase": 1.2, "issue": 1.0}


class Claim(NamedTuple):
    """What a word speaks for. `issue` is empty for the reason's own words. `weight` as defined in `_claims`."""

    reason: str
    issue: str
    weight: float


class Evidence(NamedTuple):
    """One piece of evidence. `at`: character offset of what was heard; `label` tells repetitions of one thing apart."""

    reason: str
    issue: str
    label: str
    at: int
    weight: float


@dataclass(frozen=True, eq=False)
class Matcher:
    """A taxonomy ready to read texts with."""

    scanner: Scanner
    claims: dict[str, tuple[Claim, ...]]
    negatives: dict[str, tuple[str, ...]]
    trade_words: dict[str, tuple[str, ...]]
    triggers: dict[str, tuple[tuple[str, int, Rule], ...]]
    likeness: Likeness


@lru_cache(maxsize=4)
def compile_matcher(taxonomy: Taxonomy) -> Matcher:
    """The taxonomy's matcher; the same object gives the same matcher, so a night compiles once."""
    claims = _claims(taxonomy)
    negatives: dict[str, list[str]] = defaultdict(list)
    triggers: dict[str, list[tuple[str, int, Rule]]] = defaultdict(list)
    trade_words: dict[str, list[str]] = defaultdict(list)
    rule_words: set[str] = set()
    for reason in taxonomy.reasons.values():
        for phrase in reason.negative:
            negatives[phrase].append(reason.id)
        for number, rule in enumerate(reason.rules):
            rule_words.update(chain(*rule.all_of, rule.any_of, rule.none_of))
            for word in rule.all_of[0]:
                triggers[word].append((reason.id, number, rule))
    for trade in taxonomy.trades:
        for word in trade.words:
            trade_words[word].append(trade.id)
    words = {*claims, *negatives, *trade_words, *(w for w in rule_words if len(w) > 1)}
    names = [w for r in taxonomy.reasons.values() for w in r.keywords if len(w) < 5]
    exact_only = chain.from_iterable(trade.exact_only for trade in taxonomy.trades)
    return Matcher(
        scanner=Scanner(words, (w for w in rule_words if len(w) == 1), exact_only, Tokens([*names, *trade_words])),
        claims=claims,
        negatives={w: tuple(r) for w, r in negatives.items()},
        trade_words={w: tuple(t) for w, t in trade_words.items()},
        triggers={w: tuple(r) for w, r in triggers.items()},
        likeness=Likeness(taxonomy),
    )


def _claims(taxonomy: Taxonomy) -> dict[str, tuple[Claim, ...]]:
    """Word -> what it speaks for. A word shared by several reasons of a trade is divided: it cannot tell them apart."""
    found: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
    for reason in taxonomy.reasons.values():
        for word, issue, role in _words(reason):
            weight = _ROLE[role] * _BY_LENGTH.get(len(word), _LONGEST)
            found[word][reason.id, issue] = max(weight, found[word].get((reason.id, issue), 0.0))
    claims = {}
    for word, targets in found.items():
        sharing: dict[str, set[str]] = defaultdict(set)
        for reason_id, _ in targets:
            sharing[reason_id.partition(".")[0]].add(reason_id)
        claims[word] = tuple(Claim(r, i, w / len(sharing[r.partition(".")[0]])) for (r, i), w in targets.items())
    return claims


def _words(reason: CallReason) -> list[tuple[str, str, str]]:
    own = [(w, "", "keyword") for w in reason.keywords] + [(w, "", "phrase") for w in reason.phrases]
    return own + [(w, issue.id, "issue") for issue in reason.issues for w in issue.keywords]


def read(matcher: Matcher, text: str) -> tuple[list[Evidence], dict[str, float]]:
    """The evidence in one stretch of one speaker's words, and the votes for trades (trade -> weight of its distinct words)."""
    hits = matcher.scanner.hits(text)
    places: dict[str, list[int]] = defaultdict(list)
    for hit in hits:
        places[hit.word].append(hit.begin)
    denied = [
        (at, r) for word in matcher.negatives.keys() & places.keys() for at in places[word] for r in matcher.negatives[word]
    ]

    def stands(reason: str, at: int) -> bool:
        return not any(r == reason and abs(at - where) <= REACH for where, r in denied)

    evidence = [e for hit in _outermost(hits) for e in _spoken_for(matcher, hit, text) if stands(e.reason, e.at)]
    evidence += [e for e in _by_rules(matcher, hits, places) if stands(e.reason, e.at)]
    votes: dict[str, float] = defaultdict(float)
    trust = {hit.word: hit.trust for hit in hits}
    for word in sorted(places.keys() & matcher.trade_words.keys()):
        for trade in matcher.trade_words[word]:
            votes[trade] += trust[word] * _BY_LENGTH.get(len(word), _LONGEST) / len(matcher.trade_words[word])
    return evidence, votes


def _outermost(hits: list[Hit]) -> list[Hit]:
    """Hits that lie in no longer hit: 装宽带 is no 宽带. A shaky long hit does not hide a sure short one."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.begin - h.end, h.begin, h.word)):
        if not any(k.begin <= hit.begin and hit.end <= k.end and len(k.word) > len(hit.word) and k.trust >= 0.6 for k in kept):
            kept.append(hit)
    return sorted(kept)


def _spoken_for(matcher: Matcher, hit: Hit, text: str) -> list[Evidence]:
    """A word's own claims; none where the speaker says that it is NOT that."""
    if hit.word not in matcher.claims or text[max(0, hit.begin - 2) : hit.begin] == "不是":
        return []
    return [Evidence(c.reason, c.issue, hit.word, hit.begin, c.weight * hit.trust) for c in matcher.claims[hit.word]]


def _by_rules(matcher: Matcher, hits: list[Hit], places: Mapping[str, list[int]]) -> list[Evidence]:
    """Rules whose words stand together. A rule counts where it holds first; its trust is its trigger's.

    What forbids a rule must be surely there: a chance hit across two words (手机上|网页) forbids nothing.
    """
    found: dict[str, Evidence] = {}
    sure: dict[str, list[int]] = defaultdict(list)
    for hit in hits:
        if hit.trust > SURE:
            sure[hit.word].append(hit.begin)
    for hit in hits:
        for reason, number, rule in matcher.triggers.get(hit.word, ()):
            label = f"{reason}#{number}"
            weight = rule.weight * hit.trust
            if (label not in found or found[label].weight < weight) and _holds(rule, hit, places, sure):
                found[label] = Evidence(reason, "", label, hit.begin, weight)
    return list(found.values())


def _holds(rule: Rule, hit: Hit, places: Mapping[str, list[int]], sure: Mapping[str, list[int]]) -> bool:
    def close(words: tuple[str, ...], where: Mapping[str, list[int]]) -> bool:
        return any(abs(at - hit.begin) <= REACH for word in words for at in where.get(word, ()))

    if not all(close(group, places) for group in rule.all_of[1:]):
        return False
    return (not rule.any_of or close(rule.any_of, places)) and not close(rule.none_of, sure)
