"""Slow twin of the reasons: every span against every word, every rule on every hit, written from the definitions."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, groupby
from typing import NamedTuple

import numpy as np
from laidian.lexicons import OTHER, Rule, Taxonomy
from laidian.reasons.compile import BY_LENGTH, LONGEST, claims_of
from laidian.reasons.fit import margins
from laidian.reasons.learned import Learned, lower
from laidian.reasons.tokens import tokenizer
from laidian.zh.syllables import near, syllables

REACH = 25

SlowHit = tuple[int, int, str, float]


class Tokens:
    """jieba itself."""

    def __init__(self, words: Iterable[str]) -> None:
        self._jieba, self._common = tokenizer(words)

    def bounds(self, text: str) -> set[int]:
        ends, at = {0}, 0
        for word in self._jieba.cut(text, HMM=False):
            at += len(word)
            ends.add(at)
        return ends

    def is_common(self, word: str) -> bool:
        return word in self._common


def slow_hits(text: str, words: Iterable[str], silent: Iterable[str], tokens: Tokens) -> list[SlowHit]:
    """(begin, end, word, trust) of a text in lower case; words of one character are found as written only."""
    found, known, quiet = [], set(words), set(silent)
    heard = defaultdict(list)
    for word in known - quiet:
        if len(word) > 1 and not word.isascii():
            heard[near(word)].append(word)
    longest = max(map(len, known), default=0)
    bounds = tokens.bounds(text)
    for begin in range(len(text)):
        if text[begin] in known:
            found.append((begin, begin + 1, text[begin], 1.0))
        for end in range(begin + 2, min(len(text), begin + longest) + 1):
            span = text[begin:end]
            if span in known:
                found.append((begin, end, span, _written(end - begin, begin in bounds, end in bounds)))
                continue
            aligned = begin in bounds and end in bounds
            for word in heard.get(near(span), []):
                if trust := _sounds(word, span, aligned, tokens):
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
    same = syllables(word) == syllables(span)
    if not same and len(word) < 3:
        return 0.0
    if len(span) == 2:
        believed = 0.0 if not aligned else 0.2 if tokens.is_common(span) else 0.55
    else:
        believed = 0.85 if len(span) > 3 else 0.8 if aligned else 0.65
    return believed if same else 0.75 * believed


class SlowPiece(NamedTuple):
    reason: str
    issue: str
    label: str
    at: int
    weight: float


class Line(NamedTuple):
    recording_no: int
    turn: int
    speaker: str
    text: str


class SlowTold(NamedTuple):
    reason: str
    issue: str | None
    score: float
    turn: int | None


class SlowReasons:
    """The reasons of conversations, by a taxonomy and what was learned."""

    def __init__(self, taxonomy: Taxonomy, learned: Learned) -> None:
        self.taxonomy, self.learned = taxonomy, learned
        self.claims = claims_of(taxonomy)
        rules = [rule for reason in taxonomy.reasons.values() for rule in reason.rules]
        self.words = {w for rule in rules for w in chain(*rule.all_of, rule.any_of, rule.none_of)}
        self.words |= {w for r in taxonomy.reasons.values() for w in r.negative} | set(self.claims)
        self.words |= {w for t in taxonomy.trades for w in t.words}
        self.silent = {w for t in taxonomy.trades for w in t.exact_only}
        short = [w for r in taxonomy.reasons.values() for w in r.keywords if len(w) < 5]
        self.tokens = Tokens([*short, *(w for t in taxonomy.trades for w in t.words)])

    def read(self, text: str) -> tuple[list[SlowPiece], dict[str, float]]:
        """Pieces of evidence in one stretch, and votes by trade."""
        hits = slow_hits(text, self.words, self.silent, self.tokens)
        pieces = []
        for begin, end, word, trust in hits:
            hidden = any(b <= begin and end <= e and e - b > end - begin and t >= 0.6 for b, e, _, t in hits)
            if not hidden and text[max(0, begin - 2) : begin] != "不是":
                for (reason, issue), weight in self.claims.get(word, {}).items():
                    pieces.append(SlowPiece(reason, issue, word, begin, weight * trust))
        for reason in self.taxonomy.reasons.values():
            for number, rule in enumerate(reason.rules):
                holding = [h for h in hits if h[2] in rule.all_of[0] and _holds(rule, h[0], hits)]
                if holding:
                    begin, _, _, trust = max(holding, key=lambda h: h[3])
                    pieces.append(SlowPiece(reason.id, "", f"{reason.id}#{number}", begin, rule.weight * trust))
        denied = [(h[0], r.id) for r in self.taxonomy.reasons.values() for h in hits if h[2] in r.negative]
        stand = [p for p in pieces if not any(r == p.reason and abs(at - p.at) <= REACH for at, r in denied)]
        return stand, self._votes(hits)

    def _votes(self, hits: Sequence[SlowHit]) -> dict[str, float]:
        last = {word: trust for _, _, word, trust in hits}
        votes: dict[str, float] = defaultdict(float)
        for word, trust in last.items():
            trades = [t.id for t in self.taxonomy.trades for w in t.words if w == word]
            for trade in trades:
                votes[trade] += trust * BY_LENGTH.get(len(word), LONGEST) / len(trades)
        return votes

    def alike(self, text: str) -> dict[str, float]:
        """Reason -> how far above the floor one utterance's learned score lies."""
        margin = dict(zip(self.learned.reasons, margins(self.learned, [text])[0].tolist(), strict=True))
        if not any(margin[r] != float(i) for r, i in zip(self.learned.reasons, self.learned.intercept, strict=True)):
            return {}
        floor = max(-0.8, margin.pop(OTHER) + 0.2)
        return {reason: value - floor for reason, value in margin.items() if value > floor}

    def tell(self, lines: Sequence[Line], outbound: bool = False) -> list[SlowTold]:
        """The reasons of one contact, primary first."""
        side: dict[str, dict[str, float]] = {"agent": defaultdict(float), "own": defaultdict(float)}
        by_line: dict[str, dict[Line, float]] = defaultdict(lambda: defaultdict(float))
        said_of: dict[tuple[str, str, str], dict[int, float]] = defaultdict(dict)
        issues: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        votes: dict[str, float] = defaultdict(float)
        said, answers, passed = 0, 0, 0
        for speaker, run in groupby(lines, key=lambda line: line.speaker):
            stretch = list(run)
            text = lower("，".join(line.text for line in stretch))
            own, who = speaker in ("customer", "unknown"), "agent" if speaker == "agent" else "own"
            pieces, voted = self.read(text)
            for trade, vote in voted.items():
                votes[trade] += vote * (0.6 if speaker == "ivr" else 1) * (3 if not own and not answers else 1)
            trust = {"customer": 1.0, "unknown": 0.7, "agent": 0.4, "ivr": 0.0}[speaker]
            if speaker == "agent":
                trust = 0.9 if outbound and answers < 2 else 0.6 if answers == 1 else trust
            greeting = speaker == "agent" and not answers and not outbound
            answers += not own
            for piece in pieces if trust else []:
                weight = piece.weight * trust * _early(said + (piece.at if own else 0))
                times = said_of[piece.reason, piece.label, who]
                times[passed + piece.at] = max(weight, times.get(passed + piece.at, 0.0))
                line = _line_at(stretch, piece.at)
                by_line[piece.reason][line] += weight
                if piece.issue:
                    issues[piece.reason][piece.issue] += weight
            at = 0
            for line in stretch if trust and not greeting else []:
                for reason, like in self.alike(lower(line.text)).items():
                    general = 0.5 if reason.startswith("general.") else 1.0
                    weight = 4.0 * like * general * trust * _early(said + (at if own else 0))
                    side[who][reason] += weight
                    by_line[reason][line] += weight
                at += len(line.text) + 1
            passed += len(text) + 1
            said += len(text) if own else 0
        for (reason, _, who), times in said_of.items():
            side[who][reason] += sum(w * 0.25**n for n, w in enumerate(sorted(times.values(), reverse=True)))
        weights = {r: side["own"][r] + min(side["agent"][r], math.inf if outbound else 1.5) for r in self.taxonomy.reasons}
        return self._ranked(self._damped(weights, votes), by_line, issues, 0.6 if said_of else 1.0)

    def _damped(self, weights: dict[str, float], votes: dict[str, float]) -> dict[str, float]:
        trades = [t.id for t in self.taxonomy.trades]
        total = {t: votes.get(t, 0) + max(w for r, w in weights.items() if r.startswith(f"{t}.")) / 3 for t in trades}
        top = max(vote for trade, vote in total.items() if trade != "general")
        return {
            r: w * (0.6 if r.startswith("general.") else ((total[r.split(".")[0]] + 0.5) / (top + 0.5)) ** 2)
            for r, w in weights.items()
        }

    def _ranked(
        self,
        weights: dict[str, float],
        by_line: dict[str, dict[Line, float]],
        issues: dict[str, dict[str, float]],
        least: float,
    ) -> list[SlowTold]:
        ranked = sorted(weights, key=lambda r: (-weights[r], r))
        if weights[ranked[0]] < least:
            return [SlowTold(OTHER, None, 0.0, None)]
        told = []
        for reason in ranked:
            if weights[reason] >= max(least, weights[ranked[0]] / 2):
                line = max(sorted(by_line[reason]), key=lambda line: by_line[reason][line])
                score = float(np.round(1 - math.exp(-weights[reason] / 4), 4))
                told.append(SlowTold(reason, _issue(issues[reason]), score, line.turn))
        return told


def _issue(weights: dict[str, float]) -> str | None:
    best = max(weights.values(), default=0.0)
    heaviest = [issue for issue, weight in weights.items() if weight == best]
    return heaviest[0] if best > 0.3 and len(heaviest) == 1 else None


def _holds(rule: Rule, at: int, hits: Sequence[SlowHit]) -> bool:
    def close(words: tuple[str, ...], least: float) -> bool:
        return any(word in words and abs(begin - at) <= REACH and trust > least for begin, _, word, trust in hits)

    together = all(close(group, 0) for group in rule.all_of[1:]) and (not rule.any_of or close(rule.any_of, 0))
    return together and not close(rule.none_of, 0.7)


def _early(said: int) -> float:
    return 0.4 + 0.6 * math.exp(-said / 150)


def _line_at(stretch: Sequence[Line], at: int) -> Line:
    for line in stretch:
        at -= len(line.text) + 1
        if at < 0:
            return line
    return stretch[-1]
