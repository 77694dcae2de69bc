"""Rules with conditions beyond words that stand together (rules.py): where in a conversation they hold.

They are read in a pass of their own, plain Python over the few places where one of their words, patterns or sentences is heard,
so that a taxonomy without them is read as fast as ever.

A rule holds at a PLACE: where a word of its first group is heard (without `all`, of one of its `of` groups; without words, an
utterance that matches `pattern`, else one that sounds `like` a sentence), if everything else it demands holds there too. It
counts once a stretch of one speaker, where it is surest.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from graphlib import TopologicalSorter
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from laidian.lexicons import CallReason
from laidian.reasons import scan
from laidian.reasons.learned import SOUND, Learned, lower
from laidian.reasons.tokens import Dictionary
from laidian.rules import NEAR, Conditions, Rule
from laidian.zh.syllables import near

SURE = 0.7
"""Trust above which a word forbids a rule, as for plain rules (read.py)."""

AGENT = 2  # weigh.py's number for an agent's line

Pairs = Mapping[int, float]


class One(NamedTuple):
    """One rule compiled: its reason's number, its label, and numbers of words; `like`: a sentence's pairs of near syllables and
    what each weighs (their sum is 1)."""

    rule: Rule
    more: Conditions
    reason: int
    label: int
    all_of: tuple[frozenset[int], ...]
    some_of: tuple[frozenset[int], ...]
    any_of: frozenset[int]
    none_of: frozenset[int]
    negative: frozenset[int]
    like: tuple[Pairs, ...]

    @property
    def triggers(self) -> frozenset[int]:
        """The words at which it may hold; none: it holds at utterances."""
        return self.all_of[0] if self.all_of else frozenset(chain.from_iterable(self.some_of))


class Special(NamedTuple):
    """The rules with conditions, each behind those it refers to. `width`: of pairs' numbers; `timed`: some need the clock."""

    rules: tuple[One, ...]
    words: scan.Words
    width: int
    timed: bool


class Scene(NamedTuple):
    """Lines of contacts one after another.

    `begins`: offset of each line, and behind the last. By line: `stretch` (a run of one speaker's lines), `contact`, `speaker`,
    and `clock`, seconds since its recording began and until it ends, NaN = not known.
    """

    text: npt.NDArray[np.uint16]
    begins: npt.NDArray[np.int64]
    stretch: npt.NDArray[np.int64]
    contact: npt.NDArray[np.int64]
    speaker: npt.NDArray[np.int8]
    clock: npt.NDArray[np.float64]


class Place(NamedTuple):
    """Where a rule holds: offset, line, and how far it is believed (1 = as written)."""

    at: int
    line: int
    trust: float


class Holding(NamedTuple):
    """A rule that holds in a stretch: its reason and label, where it is surest, and its weight there."""

    reason: int
    label: int
    at: int
    weight: float


def spoken_of(reason: CallReason, rule: Rule) -> list[str]:
    """The words and sentences of a rule with conditions, whose sounds the tables must know."""
    more = rule.more or Conditions()
    words = {w for w in chain(*rule.all_of, *more.some_of, rule.any_of, rule.none_of, reason.negative) if len(w) > 1}
    return [*sorted(words), *map(lower, more.like)]


def special_of(
    rules: Sequence[tuple[CallReason, Rule]], reasons: Sequence[str], label: int, silent: Iterable[str], learned: Learned,
    letters: scan.Letters,
) -> Special | None:  # fmt: skip
    """The rules compiled, the n-th with label `label + n`; None where there are none.

    Args:
        rules: rules with conditions and whose they are.
        reasons: ids in the order of their numbers.
        label: number of the first.
        silent: words whose sound is not to be believed.
        learned: whose rare pairs of syllables weigh more in a likeness.
        letters: tables that know every sound of the rules (`spoken_of`).
    """
    if not rules:
        return None
    words = sorted({w for r, rule in rules for w in chain(*_words(rule), r.negative)})
    number = {word: n for n, word in enumerate(words)}
    width = int(letters.near.max()) + 1
    rare = {name[1:]: float(idf) for name, idf in zip(learned.names, learned.idf, strict=True) if name.startswith(SOUND)}
    found: dict[str, One] = {}
    for n, (reason, rule) in enumerate(rules):
        more = rule.more or Conditions()
        groups = [frozenset(map(number.__getitem__, g)) for g in (*rule.all_of, *more.some_of, rule.any_of, rule.none_of)]
        all_of, some_of = groups[: len(rule.all_of)], groups[len(rule.all_of) : -2]
        found[more.name or f" {n}"] = One(
            rule, more, reasons.index(reason.id), label + n, tuple(all_of), tuple(some_of), groups[-2], groups[-1],
            frozenset(map(number.__getitem__, reason.negative)),
            tuple(_pairs(sentence, letters, width, rare) for sentence in more.like),
        )  # fmt: skip
    order = TopologicalSorter({name: [r for r in (one.more.before, one.more.after) if r] for name, one in found.items()})
    listed = tuple(found[name] for name in order.static_order())
    timed = any(one.more.first_s is not None or one.more.last_s is not None for one in listed)
    return Special(listed, scan.words_of(words, set(silent), letters), width, timed)


def _words(rule: Rule) -> list[Iterable[str]]:
    return [*rule.all_of, *(rule.more or Conditions()).some_of, rule.any_of, rule.none_of]


def _pairs(sentence: str, letters: scan.Letters, width: int, rare: Mapping[str, float]) -> Pairs:
    """The pairs of neighbouring near syllables of a sentence and their share of its weight; rare ones weigh more."""
    text = lower(sentence)
    numbers, names = letters.near[[min(ord(c), scan.CODES - 1) for c in text]].tolist(), near(text)
    most = max(rare.values(), default=1.0)
    weight = {
        numbers[at] * width + numbers[at + 1]: rare.get(f"{names[at]} {names[at + 1]}", most)
        for at in range(len(text) - 1)
        if numbers[at] and numbers[at + 1]
    }
    whole = sum(weight.values()) or 1.0
    return {pair: share / whole for pair, share in weight.items()}


def holdings(scene: Scene, special: Special, letters: scan.Letters, table: Dictionary) -> list[Holding]:
    """Where the rules hold, a rule once a stretch; in the order of the stretches."""
    hits = scan.find_words(scene.text, letters, special.words, table)
    line_of = np.searchsorted(scene.begins, hits.begin, side="right") - 1
    heard = _Heard(scene, special, letters)
    for at, line, word, trust in zip(hits.begin.tolist(), line_of.tolist(), hits.word.tolist(), hits.trust.tolist(), strict=True):
        heard.hits[int(scene.stretch[line])].append((at, word, trust, line))
        heard.said[word].append(Place(at, line, trust))
    named: dict[str, dict[int, list[int]]] = {}
    found: dict[tuple[int, int], Holding] = {}
    for one in special.rules:
        places = [place for place in heard.places(one) if _in_order(one.more, place, scene, named)]
        if one.more.name:
            at = named.setdefault(one.more.name, defaultdict(list))
            for place in places:
                at[int(scene.contact[place.line])].append(place.at)
        for place in places:
            key = (int(scene.stretch[place.line]), one.label)
            weight = one.rule.weight * place.trust
            if key not in found or found[key].weight < weight:
                found[key] = Holding(one.reason, one.label, place.at, weight)
    return [found[key] for key in sorted(found)]


def _in_order(more: Conditions, place: Place, scene: Scene, named: Mapping[str, Mapping[int, Sequence[int]]]) -> bool:
    """Whether the rules it refers to hold before and after it in its contact."""
    contact = int(scene.contact[place.line])
    earlier = not more.after or any(at < place.at for at in named[more.after].get(contact, ()))
    later = not more.before or any(at > place.at for at in named[more.before].get(contact, ()))
    return earlier and later


class _Heard:
    """What of the rules' words, patterns and sentences is heard, and where; made for one scene."""

    def __init__(self, scene: Scene, special: Special, letters: scan.Letters) -> None:
        self.scene, self.special, self.near = scene, special, letters.near
        self.hits: dict[int, list[tuple[int, int, float, int]]] = defaultdict(list)
        self.said: dict[int, list[Place]] = defaultdict(list)
        whole = scene.text.tobytes().decode("utf-16-le", "replace")
        self.lines = pl.Series([whole[begin : end - 1] for begin, end in pairwise(scene.begins.tolist())], dtype=pl.String)
        self._matching: dict[str, npt.NDArray[np.bool_]] = {}
        self._pairs: dict[int, set[int]] | None = None

    def places(self, one: One) -> Iterable[Place]:
        """Where the rule holds, its neighbours among rules aside."""
        triggers = one.triggers
        heard = chain.from_iterable(self.said.get(word, ()) for word in sorted(triggers)) if triggers else self._utterances(one)
        for place in heard:
            hits = self.hits.get(int(self.scene.stretch[place.line]), ())
            if self._line_holds(one, place.line) and _near_hold(one, place.at, hits):
                yield place

    def _utterances(self, one: One) -> Iterable[Place]:
        """The utterances that match the rule's pattern, or else sound like one of its sentences; a place is where one begins."""
        if one.more.pattern:
            lines = np.flatnonzero(self._matches(one.more.pattern)).tolist()
            return [Place(int(self.scene.begins[line]), line, 1.0) for line in lines]
        return [Place(int(self.scene.begins[line]), line, self._alike(one, line)) for line in self._paired()]

    def _line_holds(self, one: One, line: int) -> bool:
        more, clock = one.more, self.scene.clock
        if more.role and (more.role == "agent") != (self.scene.speaker[line] == AGENT):
            return False
        if more.first_s is not None and not clock[line, 0] <= more.first_s:
            return False
        if more.last_s is not None and not clock[line, 1] <= more.last_s:
            return False
        if more.pattern and not self._matches(more.pattern)[line]:
            return False
        if more.unless and self._matches(more.unless)[line]:
            return False
        return not one.like or self._alike(one, line) >= more.alike

    def _matches(self, pattern: str) -> npt.NDArray[np.bool_]:
        if pattern not in self._matching:
            self._matching[pattern] = self.lines.str.contains(pattern).to_numpy()
        return self._matching[pattern]

    def _alike(self, one: One, line: int) -> float:
        """The greatest share of one of the rule's sentences that the line holds."""
        heard = self._paired().get(line)
        return (
            max((sum(share for pair, share in like.items() if pair in heard) for like in one.like), default=0.0) if heard else 0.0
        )

    def _paired(self) -> Mapping[int, set[int]]:
        """Line -> the pairs of some sentence that are heard in it."""
        if self._pairs is None:
            numbers = self.near[self.scene.text].astype(np.int64)
            both = np.where((numbers[:-1] > 0) & (numbers[1:] > 0), numbers[:-1] * self.special.width + numbers[1:], -1)
            known = np.array(sorted({pair for o in self.special.rules for like in o.like for pair in like}), np.int64)
            at = np.flatnonzero(np.isin(both, known))
            self._pairs = {}
            lines = np.searchsorted(self.scene.begins, at, side="right") - 1
            for place, pair in zip(lines.tolist(), both[at].tolist(), strict=True):
                self._pairs.setdefault(place, set()).add(pair)
        return self._pairs


def _near_hold(one: One, at: int, hits: Sequence[tuple[int, int, float, int]]) -> bool:
    """Whether the words that the rule demands, and none that it forbids, stand near the place in its stretch."""
    reach = one.more.near
    close = {word for begin, word, _, _ in hits if abs(begin - at) <= reach}
    if not all(group & close for group in one.all_of[1:]) or (one.any_of and not one.any_of & close):
        return False
    if one.some_of and sum(bool(group & close) for group in one.some_of) < one.more.at_least:
        return False
    sure = {word for begin, word, trust, _ in hits if abs(begin - at) <= reach and trust > SURE}
    return not one.none_of & sure and not any(word in one.negative and abs(begin - at) <= NEAR for begin, word, _, _ in hits)
