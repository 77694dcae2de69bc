"""The rules by which a contact joins a case, and what they look at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from laidian.cases.wording import similarity
from laidian.settings import Cases
from laidian.tables import REPEAT_CUE_KINDS

PERIODIC_GAP_S = 2 * 86400.0  # a periodic reason within this needs no cue; judgement until audits calibrate it
DAY_S = 86400.0

# How sure a link is by what joined it; judgement until audits calibrate them.
P_NAMED, P_TICKET, P_OUTBOUND = 0.99, 0.97, 0.90
P_REASON, P_SECONDARY, P_CUE = 0.75, 0.65, 0.60
P_MORE = {"issue": 0.10, "cue": 0.12, "text": 0.15}  # added to the rule's own by evidence beside it
P_MOST = 0.97


@dataclass(frozen=True, slots=True)
class ReasonPolicy:
    """What the taxonomy says of one call reason: days within which its cases stay open, and whether it comes back by itself."""

    case_gap_days: float
    periodic: bool


@dataclass(frozen=True, slots=True)
class Note:
    """What linking knows of one contact. `own`: the customer's demand; else the centre's call.

    `confirmed_at`: when the problem was confirmed to be solved (the customer said so in it, or the return visit of its
    ticket); null: nobody confirmed it.
    """

    contact_id: str
    started_at: datetime
    ended_at: datetime
    own: bool
    counted: bool
    previous: str | None
    service: str | None
    tickets: frozenset[str]
    primary: str | None
    issues: Mapping[str, str | None]
    cues: frozenset[str]
    text: str
    confirmed_at: datetime | None

    @property
    def cued(self) -> bool:
        """Does the customer speak of an earlier contact?"""
        return not self.cues.isdisjoint(REPEAT_CUE_KINDS)


@dataclass(slots=True, eq=False)
class Open:
    """A case while its customer's contacts are read. `last`: the latest demand in it."""

    notes: list[Note]
    last: Note
    services: set[str] = field(default_factory=set)
    tickets: set[str] = field(default_factory=set)
    primaries: dict[str, None] = field(default_factory=dict)
    issues: dict[str, set[str]] = field(default_factory=dict)
    text: str = ""
    confirmed_at: datetime | None = None

    def add(self, note: Note) -> None:
        """Take the contact in; of the centre's own calls only what they confirm counts."""
        if note is not self.notes[0]:
            self.notes.append(note)
        if note.confirmed_at and (self.confirmed_at is None or note.confirmed_at > self.confirmed_at):
            self.confirmed_at = note.confirmed_at
        if not note.own:
            return
        self.last = note
        self.services |= {note.service} if note.service else set()
        self.tickets |= note.tickets
        self.primaries |= {note.primary: None} if note.primary else {}
        for reason, issue in note.issues.items():
            self.issues.setdefault(reason, set()).update({issue} if issue else set())
        self.text = note.text or self.text

    def settled(self, note: Note) -> bool:
        """Was the problem confirmed to be solved between the case's latest demand and this contact?"""
        return self.confirmed_at is not None and self.last.started_at <= self.confirmed_at <= note.started_at


@dataclass(frozen=True, slots=True)
class Match:
    """Why a contact joins a case. `rank`: 0 is strongest."""

    rank: int
    basis: tuple[str, ...]
    probability: float


@dataclass(frozen=True, slots=True)
class Rules:
    """The taxonomy's policies and the settings beside them."""

    policy: Mapping[str, ReasonPolicy]
    settings: Cases

    @property
    def longest_s(self) -> float:
        """Seconds after which no rule but a named contact or ticket joins anything."""
        return max([self.settings.gap_days, *(p.case_gap_days for p in self.policy.values())]) * DAY_S

    def gap_s(self, reason: str | None) -> float:
        """Seconds for which a case of this reason stays open; null: the settings'."""
        known = self.policy.get(reason or "")
        return (known.case_gap_days if known else self.settings.gap_days) * DAY_S

    def periodic(self, reason: str) -> bool:
        """Does the reason come back by itself?"""
        known = self.policy.get(reason)
        return known is not None and known.periodic

    def alike(self, case: Open, later: Note) -> bool:
        """Are the contact's words like the last ones of the case?"""
        return similarity(case.text, later.text) >= self.settings.text_similarity


def gap_s(case: Open, note: Note) -> float:
    """Seconds from the end of the case's latest demand to the start of the contact; 0 where they overlap."""
    return max(0.0, (note.started_at - case.last.ended_at).total_seconds())


def best(note: Note, lively: Sequence[Open], named: Sequence[Open], rules: Rules) -> tuple[Open, Match] | tuple[None, None]:
    """The case the contact belongs to: strongest rule first, then the case touched last."""
    found = [(case, _named(case, note)) for case in named]
    possible = [case for case in lively if not (note.service and case.services and note.service not in case.services)]
    if not found and note.own:
        found = [(case, match) for case in possible if (match := _same_problem(case, note, possible, rules))]
    elif not found:
        found = [(case, match) for case in possible if (match := _call_back(case, note, rules))]
    if not found:
        return None, None
    return max(found, key=lambda pair: (-pair[1].rank, pair[0].last.started_at, pair[0].last.contact_id))


def _named(case: Open, note: Note) -> Match:
    if any(note.previous == earlier.contact_id for earlier in case.notes):
        return Match(0, ("previous_contact_id",), P_NAMED)
    return Match(1, ("ticket",), P_TICKET)


def _same_problem(case: Open, note: Note, possible: Sequence[Open], rules: Rules) -> Match | None:
    return _by_reason(case, note, rules) or _by_cue(case, note, possible, rules)


def _by_reason(case: Open, note: Note, rules: Rules) -> Match | None:
    if note.primary is None:
        return None
    gap = gap_s(case, note)
    for reason, issue in _shared(case, note):
        if gap > rules.gap_s(reason) or (rules.periodic(reason) and gap > PERIODIC_GAP_S and not note.cued):
            continue
        others = case.issues.get(reason, set())
        same_issue = issue is not None and issue in others
        differs = issue is not None and bool(others) and not same_issue
        if differs and not note.cued and not rules.alike(case, note):
            continue
        basis = ["reason"] + ["issue"] * same_issue + ["text"] * (differs and not note.cued) + ["cue"] * note.cued
        own = P_REASON if reason == note.primary else P_SECONDARY
        return Match(2, tuple(basis), _sure(own, basis[1:]))
    return None


def _shared(case: Open, note: Note) -> Iterable[tuple[str, str | None]]:
    """The reasons that may join: the primary one of both, then others that both have with the same issue."""
    if note.primary in case.primaries:
        yield str(note.primary), note.issues.get(str(note.primary))
    for reason, issue in sorted(note.issues.items()):
        if issue is not None and issue in case.issues.get(reason, ()) and case.primaries:
            yield reason, issue


def _by_cue(case: Open, note: Note, possible: Sequence[Open], rules: Rules) -> Match | None:
    if not note.cued:
        return None

    def within(other: Open) -> bool:
        reason = note.primary or next(iter(other.primaries), None)
        return gap_s(other, note) <= rules.gap_s(reason)

    if not within(case):
        return None
    if rules.alike(case, note):
        return Match(3, ("cue", "text"), _sure(P_CUE, ["text"]))
    alone = sum(within(other) for other in possible) == 1
    return Match(4, ("cue",), P_CUE) if alone and _same_trade(case, note) else None


def _same_trade(case: Open, note: Note) -> bool:
    trades = {reason.split(".")[0] for reason in case.primaries}
    return not trades or note.primary is None or note.primary.split(".")[0] in trades


def _call_back(case: Open, note: Note, rules: Rules) -> Match | None:
    """The centre's own call: about the case of the same reason if it has one, else the case touched last."""
    if gap_s(case, note) > rules.gap_s(next(iter(case.primaries), None)):
        return None
    about = note.primary is not None and note.primary in case.primaries
    return Match(2, ("outbound", "reason"), P_OUTBOUND) if about else Match(3, ("outbound",), P_OUTBOUND)


def _sure(own: float, beside: Iterable[str]) -> float:
    return round(min(P_MOST, own + sum(P_MORE[evidence] for evidence in beside)), 2)
