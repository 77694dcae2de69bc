"""Finding cues in what was said: by character, by syllable, by near syllable, with vetoes; the best of overlapping ones."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from laidian.cues.lexicon import TIERS, Lexicon, Pattern, Tier
from laidian.tables import Cue, from_rows
from laidian.zh.numerals import parse
from laidian.zh.script import simplify
from laidian.zh.syllables import syllables

CUSTOMER_KINDS = ("explicit_count", "prior_contact", "pending_followup", "broken_promise", "recurrence", "escalation")

# What a misheard number is read back into: 打击次 -> 打几次.
_NUMBER_BY_SOUND = {syllables(c)[0]: c for c in "十百几数多零一二三四五六七八九两俩仨"}


@dataclass(frozen=True, slots=True)
class Found:
    """One cue in one text. `begin`, `finish`: character offsets, half-open. The other fields as in `Cue`."""

    kind: str
    begin: int
    finish: int
    span: str
    prior_contacts: int | None
    when: str | None
    score: float
    basis: str


@dataclass(frozen=True, slots=True)
class _Match:
    pattern: Pattern
    tier: Tier
    begin: int
    finish: int
    score: float
    count: str | None
    when: str | None


def find(spoken: pl.DataFrame, lexicon: Lexicon) -> pl.DataFrame:
    """The cues in utterances: `Spoken` -> `Cue`, in the order of the utterances and of the spans in each.

    `span` is the ORIGINAL text between the offsets; whoever publishes it puts the redacted slice in its place. Customer kinds
    are looked for in customers' and unknown speakers' words, agent kinds in agents' words only.
    """
    columns = ("contact_id", "recording_no", "turn", "speaker", "start", "text")
    rows = [
        Cue(contact, number, turn, f.begin, f.finish, f.kind, speaker, start, f.span, f.prior_contacts, f.when, f.score, f.basis)
        for contact, number, turn, speaker, start, text in spoken.select(columns).iter_rows()
        for f in find_in_text(text, speaker, lexicon)
    ]
    return from_rows(rows, Cue)


def find_in_text(text: str, speaker: str, lexicon: Lexicon) -> list[Found]:
    """The cues in one utterance, sorted by begin, finish, kind. `speaker` as in `Spoken`; an ivr's words give none."""
    side = {"customer": "customer", "unknown": "customer", "agent": "agent"}.get(speaker)
    if side is None or not text:
        return []
    simple = simplify(text)
    encoded = {tier: simple.translate(lexicon.encoders[tier]) for tier in TIERS}
    matches = list(_matches(simple, encoded, lexicon, side))
    if not matches:
        return []
    vetoes = list(_vetoes(encoded, lexicon, side))
    kept = _best([m for m in matches if not _denies(m) and not any(_stops(v, m) for v in vetoes)])
    return sorted((_found(text, m) for m in kept), key=lambda f: (f.begin, f.finish, f.kind))


def _matches(simple: str, encoded: dict[Tier, str], lexicon: Lexicon, side: str) -> Iterator[_Match]:
    """Every match of every pattern of that side, at every tier. A near pass that finds nothing ends a form's work."""
    for number, pattern in enumerate(lexicon.patterns):
        if lexicon.kinds[pattern.kind].side != side:
            continue
        tiers = [t for t in TIERS if pattern.score * lexicon.factors[t] >= lexicon.threshold]
        for form in range(len(pattern.forms)):
            if not lexicon.expressions["near syllables"][number][form].search(encoded["near syllables"]):
                continue
            for tier in tiers:
                score = round(pattern.score * lexicon.factors[tier], 4)
                for hit in lexicon.expressions[tier][number][form].finditer(encoded[tier]):
                    count, when = _group(simple, hit, "count"), _group(simple, hit, "when")
                    yield _Match(pattern, tier, hit.start() // 2, hit.end() // 2, score, count, when)


def _group(simple: str, hit: re.Match[str], name: str) -> str | None:
    """What a class with a role stood for, in the simplified text."""
    if name not in hit.re.groupindex or hit[name] is None:
        return None
    return simple[hit.start(name) // 2 : hit.end(name) // 2]


def _vetoes(encoded: dict[Tier, str], lexicon: Lexicon, side: str) -> Iterator[tuple[int, int, Tier, frozenset[str]]]:
    for number, veto in enumerate(lexicon.vetoes):
        kinds = frozenset(veto.kinds or lexicon.kinds)
        if not any(lexicon.kinds[k].side == side for k in kinds):
            continue
        for tier in TIERS:
            for expression in lexicon.veto_expressions[tier][number]:
                for hit in expression.finditer(encoded[tier]):
                    yield hit.start() // 2, hit.end() // 2, tier, kinds


def _stops(veto: tuple[int, int, Tier, frozenset[str]], match: _Match) -> bool:
    """A veto met only by sound cannot take away what was said more plainly than that."""
    begin, finish, tier, kinds = veto
    return (
        TIERS.index(tier) <= TIERS.index(match.tier)
        and match.pattern.kind in kinds
        and begin < match.finish
        and match.begin < finish
    )


def _best(matches: list[_Match]) -> list[_Match]:
    """Of overlapping matches of one kind the best, longest, first; a stated count says more than a prior contact."""
    ranked = sorted(matches, key=lambda m: (-m.score, m.begin - m.finish, m.begin, m.pattern.name))
    kept: list[_Match] = []
    for match in sorted(ranked, key=lambda m: m.pattern.kind != "explicit_count"):
        rivals = {match.pattern.kind, "explicit_count"} if match.pattern.kind == "prior_contact" else {match.pattern.kind}
        if not any(k.pattern.kind in rivals and k.begin < match.finish and match.begin < k.finish for k in kept):
            kept.append(match)
    return kept


def _prior(match: _Match) -> int | None:
    """The number of earlier contacts the match states; its lower bound where it states a range."""
    if not match.pattern.count or match.count is None:
        return None
    number = parse(match.count) or parse("".join(_NUMBER_BY_SOUND.get(s, s) for s in syllables(match.count)))
    if number is None:
        return None
    return number.low - 1 if match.pattern.count == "ordinal" else number.low


def _denies(match: _Match) -> bool:
    """Whether its count says that there was no earlier contact (第一次来电); it is no rival of what says that there was."""
    prior = _prior(match)
    return prior is not None and prior < 1


def _found(text: str, match: _Match) -> Found:
    basis = f"{match.pattern.kind}:{match.pattern.name} ({match.tier})"
    span = text[match.begin : match.finish]
    return Found(match.pattern.kind, match.begin, match.finish, span, _prior(match), match.when, match.score, basis)
