"""Compile a taxonomy and what was learned into arrays that one pass over a text can follow (read.py, weigh.py)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from laidian.lexicons import OTHER, CallReason, Taxonomy
from laidian.reasons import scan
from laidian.reasons.conditions import Special, special_of, spoken_of
from laidian.reasons.learned import SOUND, Learned, load_learned
from laidian.reasons.sound import Sounds, sounds_of
from laidian.reasons.tokens import Dictionary, dictionary
from laidian.rules import Rule
from laidian.zh.syllables import near

BY_LENGTH = {1: 0.5, 2: 1.0, 3: 1.6, 4: 2.2, 5: 2.7}
LONGEST = 3.0
_ROLE = {"keyword": 0.8, "phrase": 1.2, "issue": 1.0}

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Masks = npt.NDArray[np.uint64]


class Lists(NamedTuple):
    """A list of numbers for each of many things: `value[first[n]:first[n + 1]]`."""

    first: Ints
    value: Ints


class Evidence(NamedTuple):
    """What words speak for, all by word.

    `claims[word]` -> claims, each of a reason, an issue (-1 = the reason's own word), a weight as defined in `claims_of`, and a
    label: what tells repetitions of one thing apart. `denies[word]` -> reasons. `trades[word]` -> trades, each `vote` heavy.
    Rules stand in masks, 64 to a number, the first lowest. `triggers[word]`: it is a first word of a rule; `begins[word]`: of
    which. `parts[word]`: mask after mask, the rules whose second group it is of, whose third and so on, and those that it
    forbids. `free`, alike: the rules that ask for no such group. A rule holds at a first word near which a word of each of its
    groups stands, and none that it forbids; its label follows the claims'.
    """

    claims: Lists
    reason: Ints
    issue: Ints
    label: Ints
    weight: Floats
    denies: Lists
    trades: Lists
    vote: Floats
    triggers: npt.NDArray[np.bool_]
    begins: Masks
    parts: Masks
    free: Masks
    rule_reason: Ints
    rule_label: Ints
    rule_weight: Floats


class Plan(NamedTuple):
    """Everything a text is read with. `trade[reason]`; `general`: number of that trade."""

    letters: scan.Letters
    words: scan.Words
    dictionary: Dictionary
    evidence: Evidence
    sounds: Sounds
    trade: Ints
    general: int


@dataclass(frozen=True, eq=False)
class Matcher:
    """A plan and the names of its numbers; reasons in the order of their ids.

    `special`: the rules with conditions (None: there are none, and nothing is spent on them). `tagger`: 16 hexadecimal characters
    that tell this taxonomy with this scorer from any other. `sureness`: the scorer's.
    """

    plan: Plan
    reasons: tuple[str, ...]
    issues: tuple[str, ...]
    trades: tuple[str, ...]
    words: tuple[str, ...]
    labels: int
    rules: int
    special: Special | None
    tagger: str
    sureness: Floats | None


def tagger_of(taxonomy: Taxonomy, learned: Learned | None = None) -> str:
    """What tags are marked with, so that those of another taxonomy or scorer are known for old."""
    return sha256(f"{taxonomy.fingerprint} {(learned or load_learned()).fingerprint}".encode()).hexdigest()[:16]


@lru_cache(maxsize=4)
def compile_matcher(taxonomy: Taxonomy, learned: Learned | None = None) -> Matcher:
    """The taxonomy's matcher; the same objects give the same matcher, so a night compiles once. `learned` None = the bundled."""
    learned = learned or load_learned()
    reasons, issues = tuple(sorted(taxonomy.reasons)), tuple(sorted(taxonomy.issues))
    trades = tuple(trade.id for trade in taxonomy.trades)
    rules = [(reason.id, rule) for reason in taxonomy.reasons.values() for rule in reason.rules if rule.more is None]
    words = _all_words(taxonomy, [rule for _, rule in rules])
    silent = set(chain.from_iterable(trade.exact_only for trade in taxonomy.trades))
    sounds = {s for word in words if len(word) > 1 for s in near(word)}
    sounds |= {s for name in learned.names if name.startswith(SOUND) for s in name[1:].split(" ")}
    more = [(reason, rule) for reason in taxonomy.reasons.values() for rule in reason.rules if rule.more]
    sounds |= {s for reason, rule in more for word in spoken_of(reason, rule) for s in near(word)}
    letters = scan.letters_of(sounds)
    short = [w for r in taxonomy.reasons.values() for w in r.keywords if len(w) < 5]
    evidence, labels = _evidence(taxonomy, words, reasons, issues, trades, rules)
    trade_of = np.array([trades.index(reason.partition(".")[0]) for reason in reasons], np.int32)
    plan = Plan(
        letters,
        scan.words_of(words, silent, letters),
        _dictionary((*short, *(w for trade in taxonomy.trades for w in trade.words))),
        evidence,
        sounds_of(learned, reasons, reasons.index(OTHER), letters),
        trade_of,
        trades.index("general"),
    )
    return Matcher(plan, reasons, issues, trades, tuple(words), labels + len(more), len(rules),
                   special_of(more, reasons, labels, silent, learned, letters),
                   tagger_of(taxonomy, learned), learned.sureness)  # fmt: skip


@lru_cache(maxsize=2)
def _dictionary(words: tuple[str, ...]) -> Dictionary:
    """Kept: another scorer, or other rules, need the same one, and it takes most of the time of compiling."""
    return dictionary(words)


def _all_words(taxonomy: Taxonomy, rules: Sequence[Rule]) -> list[str]:
    found = {w for rule in rules for w in chain(*rule.all_of, rule.any_of, rule.none_of)}
    for reason in taxonomy.reasons.values():
        found.update(reason.negative, (word for word, _, _ in _own_words(reason) if len(word) > 1))
    found.update(word for trade in taxonomy.trades for word in trade.words if len(word) > 1)
    return sorted(found)


def _own_words(reason: CallReason) -> list[tuple[str, str, str]]:
    own = [(w, "", "keyword") for w in reason.keywords] + [(w, "", "phrase") for w in reason.phrases]
    return own + [(w, issue.id, "issue") for issue in reason.issues for w in issue.keywords]


def claims_of(taxonomy: Taxonomy) -> dict[str, dict[tuple[str, str], float]]:
    """Word -> (reason, issue) -> weight. A word shared by several reasons of a trade is divided: it cannot tell them apart."""
    found: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
    for reason in taxonomy.reasons.values():
        for word, issue, role in _own_words(reason):
            weight = _ROLE[role] * BY_LENGTH.get(len(word), LONGEST)
            found[word][reason.id, issue] = max(weight, found[word].get((reason.id, issue), 0.0))
    for targets in found.values():
        sharing: dict[str, set[str]] = defaultdict(set)
        for reason_id, _ in targets:
            sharing[reason_id.partition(".")[0]].add(reason_id)
        for key in targets:
            targets[key] /= len(sharing[key[0].partition(".")[0]])
    return found


def _evidence(
    taxonomy: Taxonomy, words: list[str], reasons: Sequence[str], issues: Sequence[str], trades: Sequence[str],
    rules: list[tuple[str, Rule]],
) -> tuple[Evidence, int]:  # fmt: skip
    """The evidence, and how many labels it has."""
    number, reason_no, issue_no = ({name: n for n, name in enumerate(names)} for names in (words, reasons, issues))
    claims = [
        (number[word], reason_no[reason], issue_no.get(issue, -1), weight)
        for word, targets in claims_of(taxonomy).items()
        if word in number
        for (reason, issue), weight in targets.items()
    ]
    labels = {pair: n for n, pair in enumerate(dict.fromkeys((word, reason) for word, reason, _, _ in claims))}
    votes = [(number[word], n) for n, trade in enumerate(taxonomy.trades) for word in trade.words if word in number]
    told = defaultdict[int, int](int)
    for word_no, _ in votes:
        told[word_no] += 1
    begins, parts, free = _masks([rule for _, rule in rules], number)
    size = len(words)
    return (
        Evidence(
            _lists([(word, n) for n, (word, _, _, _) in enumerate(claims)], size),
            np.array([reason for _, reason, _, _ in claims], np.int32),
            np.array([issue for _, _, issue, _ in claims], np.int32),
            np.array([labels[word, reason] for word, reason, _, _ in claims], np.int32),
            np.array([weight for *_, weight in claims]),
            _lists([(number[word], reason_no[r.id]) for r in taxonomy.reasons.values() for word in r.negative], size),
            _lists(votes, size),
            np.array([BY_LENGTH.get(len(word), LONGEST) / max(told[n], 1) for n, word in enumerate(words)]),
            np.asarray(begins.any(axis=1)),
            begins,
            parts,
            free,
            np.array([reason_no[reason] for reason, _ in rules], np.int32),
            np.arange(len(labels), len(labels) + len(rules), dtype=np.int32),
            np.array([rule.weight for _, rule in rules]),
        ),
        len(labels) + len(rules),
    )


def _masks(rules: Sequence[Rule], number: Mapping[str, int]) -> tuple[Masks, Masks, Masks]:
    """`Evidence.begins`, `parts` and `free`; of the groups a rule asks for, the rarest is its second."""
    asked = [
        (rule.all_of[0], *sorted((*rule.all_of[1:], *((rule.any_of,) if rule.any_of else ())), key=_commonness)) for rule in rules
    ]
    most, width = max([2, *map(len, asked)]), 64 * (len(rules) // 64 + 1)
    held, free = np.zeros((len(number), most + 1, width), np.bool_), np.ones((most, width), np.bool_)
    for n, (rule, groups) in enumerate(zip(rules, asked, strict=True)):
        for part, group in (*enumerate(groups), (most, rule.none_of)):
            held[[number[word] for word in group], part, n] = True
        free[: len(groups), n] = False
    bits, own = (np.packbits(flags, axis=-1, bitorder="little").view(np.uint64) for flags in (held, free))
    return np.ascontiguousarray(bits[:, 0]), bits[:, 1:].reshape(len(number), -1), own[1:].ravel()


def _commonness(group: tuple[str, ...]) -> float:
    """How often one of the words may be met, roughly: what is short and what has many words is met often."""
    return sum(8.0 ** -len(word) for word in group)


def _lists(pairs: Iterable[tuple[int, int]], size: int) -> Lists:
    """Pairs (thing, number) as lists, each in the order given."""
    ordered = sorted(pairs, key=lambda pair: pair[0])
    counts = np.bincount(np.array([thing for thing, _ in ordered], np.int64), minlength=size)
    return Lists(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32), np.array([value for _, value in ordered], np.int32))
