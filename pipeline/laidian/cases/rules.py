"""The rules by which a contact joins a case, compiled: what they look at is looked up in the contacts already in the case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from laidian.cases.matches import (
    CUE,
    CUE_TEXT,
    CUED,
    ISSUE,
    NAMED,
    OUTBOUND,
    OUTBOUND_REASON,
    RANKS,
    REASON,
    SECONDARY,
    TEXT,
    TICKET,
)
from laidian.cases.wording import Characters, likeness
from laidian.settings import Cases

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Seconds = npt.NDArray[np.float64]

NONE = -1
NEVER = np.iinfo(np.int64).min
PERIODIC_GAP_S = 2 * 86400.0  # a periodic reason within this needs no cue; judgement until audits calibrate it
DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class ReasonPolicy:
    """What the taxonomy says of one call reason: days within which its cases stay open, and whether it comes back by itself."""

    case_gap_days: float
    periodic: bool


class Notes(NamedTuple):
    """What linking knows of the contacts, a place a contact, in order of customer, start, contact_id. Codes; NONE: nothing.

    `start`, `end`, `confirmed` in microseconds; `confirmed`: when the problem was confirmed to be solved (the customer said so,
    or the return visit of its ticket), NEVER: nobody did. `own`: the customer's demand, else the centre's call. `previous`:
    place of the contact the log names. `cued`: the customer speaks of an earlier contact. `recurs`: the link's kind would be
    `recurrence`. `reason`, `issue`: of contact n from `reasons[n]` to `reasons[n + 1]`, by reason; tickets and text likewise.
    """

    customer: Codes
    start: Codes
    end: Codes
    own: Flags
    previous: Codes
    service: Codes
    primary: Codes
    cued: Flags
    recurs: Flags
    confirmed: Codes
    reasons: Codes
    reason: Codes
    issue: Codes
    tickets: Codes
    ticket: Codes
    spoken: Flags
    texts: Codes
    text: Characters


class Policies(NamedTuple):
    """Per reason code: seconds a case stays open, whether it is periodic, its trade. The last entry is of an unknown reason."""

    gap_s: Seconds
    periodic: Flags
    trade: Codes
    longest_s: float
    similarity: float


class Chains(NamedTuple):
    """Cases while they are read. Per contact: its case, the contact before it in the case. Per case: see below.

    `newest`: latest contact; `last`: latest demand; `primary`: first known primary reason; `worded`: latest demand with words;
    `confirmed`: latest confirmation.
    """

    case: Codes
    before: Codes
    newest: Codes
    last: Codes
    primary: Codes
    worded: Codes
    confirmed: Codes


def policies(reasons: Sequence[str], policy: Mapping[str, ReasonPolicy], settings: Cases) -> Policies:
    """What the rules ask of each of these reasons; a reason the taxonomy does not know has the settings' gap."""
    known = [policy.get(reason, ReasonPolicy(settings.gap_days, False)) for reason in reasons]
    trades: dict[str, int] = {}
    longest = max([settings.gap_days, *(p.case_gap_days for p in policy.values())]) * DAY_S
    return Policies(
        np.array([*(p.case_gap_days for p in known), settings.gap_days]) * DAY_S,
        np.array([*(p.periodic for p in known), False]),
        np.array([*(trades.setdefault(r.split(".")[0], len(trades)) for r in reasons), NONE], np.int64),
        longest,
        settings.text_similarity,
    )


@njit(cache=True)
def gap_s(notes: Notes, chains: Chains, case: int, note: int) -> float:
    """Seconds from the end of the case's latest demand to the start of the contact; 0 where they overlap."""
    micro: int = max(0, notes.start[note] - notes.end[chains.last[case]])
    return micro / 1_000_000


@njit(cache=True)
def settled(notes: Notes, chains: Chains, case: int, note: int) -> bool:
    """Was the problem confirmed to be solved between the case's latest demand and this contact?"""
    at = chains.confirmed[case]
    return bool(at != NEVER and notes.start[chains.last[case]] <= at <= notes.start[note])


@njit(cache=True)
def same_service(notes: Notes, chains: Chains, case: int, note: int) -> bool:
    """Could both be about one service (业务号码)? Not if both name some and none is shared."""
    if notes.service[note] == NONE:
        return True
    known, member = False, chains.newest[case]
    while member != NONE:
        if notes.own[member] and notes.service[member] != NONE:
            if notes.service[member] == notes.service[note]:
                return True
            known = True
        member = chains.before[member]
    return not known


@njit(cache=True)
def shares_ticket(notes: Notes, chains: Chains, case: int, note: int) -> bool:
    """Was one of the contact's tickets declared a duplicate of the same one as a ticket of the case?"""
    member = chains.newest[case]
    while member != NONE:
        for mine in range(notes.tickets[note], notes.tickets[note + 1]):
            for theirs in range(notes.tickets[member], notes.tickets[member + 1]):
                if notes.own[member] and notes.ticket[mine] == notes.ticket[theirs]:
                    return True
        member = chains.before[member]
    return False


@njit(cache=True)
def has_primary(notes: Notes, chains: Chains, case: int, reason: int) -> bool:
    """Is it the primary reason of a demand of the case?"""
    member = chains.newest[case]
    while member != NONE:
        if notes.own[member] and notes.primary[member] == reason:
            return True
        member = chains.before[member]
    return False


@njit(cache=True)
def issues_of(notes: Notes, chains: Chains, case: int, reason: int, issue: int) -> tuple[bool, bool]:
    """Does the case know an issue of this reason, and this one?"""
    known, member = False, chains.newest[case]
    while member != NONE:
        for place in range(notes.reasons[member], notes.reasons[member + 1]):
            if notes.own[member] and notes.reason[place] == reason and notes.issue[place] != NONE:
                known = True
                if notes.issue[place] == issue:
                    return True, True
        member = chains.before[member]
    return known, False


@njit(cache=True)
def alike(notes: Notes, chains: Chains, policy: Policies, case: int, note: int) -> bool:
    """Are the contact's words like the last ones of the case?"""
    other = chains.worded[case]
    one = notes.text[notes.texts[note] : notes.texts[note + 1]]
    there = notes.text[notes.texts[other] : notes.texts[other + 1]] if other != NONE else notes.text[:0]
    return likeness(there, one) >= policy.similarity


@njit(cache=True)
def by_reason(notes: Notes, chains: Chains, policy: Policies, case: int, note: int) -> int:
    """The primary reason of both, then others that both have with the same issue; NONE: none of them joins."""
    primary = notes.primary[note]
    if primary == NONE:
        return NONE
    if has_primary(notes, chains, case, primary):
        for place in range(notes.reasons[note], notes.reasons[note + 1]):
            if notes.reason[place] == primary:
                match = _on_reason(notes, chains, policy, case, note, primary, notes.issue[place])
                if match != NONE:
                    return match
    if chains.primary[case] == NONE:
        return NONE
    for place in range(notes.reasons[note], notes.reasons[note + 1]):
        reason, issue = notes.reason[place], notes.issue[place]
        if issue != NONE and issues_of(notes, chains, case, reason, issue)[1]:
            match = _on_reason(notes, chains, policy, case, note, reason, issue)
            if match != NONE:
                return match
    return NONE


@njit(cache=True)
def _on_reason(notes: Notes, chains: Chains, policy: Policies, case: int, note: int, reason: int, issue: int) -> int:
    gap, cued = gap_s(notes, chains, case, note), notes.cued[note]
    if gap > policy.gap_s[reason] or (policy.periodic[reason] and gap > PERIODIC_GAP_S and not cued):
        return NONE
    known, same = issues_of(notes, chains, case, reason, issue)
    same = same and issue != NONE
    differs = issue != NONE and known and not same
    if differs and not cued and not alike(notes, chains, policy, case, note):
        return NONE
    beside = ISSUE * same + TEXT * (differs and not cued) + CUED * cued
    return int(REASON + beside + SECONDARY * (reason != notes.primary[note]))


@njit(cache=True)
def _within(notes: Notes, chains: Chains, policy: Policies, case: int, note: int) -> bool:
    """Is the case still open for this contact, by the contact's reason or, if that is unknown, its own?"""
    reason = notes.primary[note] if notes.primary[note] != NONE else chains.primary[case]
    return bool(gap_s(notes, chains, case, note) <= policy.gap_s[reason])


@njit(cache=True)
def by_cue(notes: Notes, chains: Chains, policy: Policies, case: int, note: int, possible: Codes) -> int:
    """The customer speaks of an earlier contact, and the words are alike or no other case could be meant."""
    if not notes.cued[note] or not _within(notes, chains, policy, case, note):
        return NONE
    if alike(notes, chains, policy, case, note):
        return CUE_TEXT
    open_cases = 0
    for other in possible:
        open_cases += _within(notes, chains, policy, other, note)
    return CUE if open_cases == 1 and _same_trade(notes, chains, policy, case, note) else NONE


@njit(cache=True)
def _same_trade(notes: Notes, chains: Chains, policy: Policies, case: int, note: int) -> bool:
    if notes.primary[note] == NONE or chains.primary[case] == NONE:
        return True
    member = chains.newest[case]
    while member != NONE:
        reason = notes.primary[member]
        if notes.own[member] and reason != NONE and policy.trade[reason] == policy.trade[notes.primary[note]]:
            return True
        member = chains.before[member]
    return False


@njit(cache=True)
def call_back(notes: Notes, chains: Chains, policy: Policies, case: int, note: int) -> int:
    """The centre's own call: about the case of the same reason if it has one, else the case touched last."""
    if gap_s(notes, chains, case, note) > policy.gap_s[chains.primary[case]]:
        return NONE
    about = notes.primary[note] != NONE and has_primary(notes, chains, case, notes.primary[note])
    return OUTBOUND_REASON if about else OUTBOUND


@njit(cache=True)
def best(notes: Notes, chains: Chains, policy: Policies, note: int, cases: tuple[int, int], lively: Codes) -> tuple[int, int]:
    """The case the contact belongs to and the match: strongest rule first, then the case touched last; NONE: no case.

    Args:
        notes: all contacts.
        chains: the cases so far.
        policy: what the rules ask of reasons.
        note: the contact.
        cases: first and one behind the last case of its customer.
        lively: those of them that some rule without a name could still join.
    """
    named = notes.previous[note]
    if named != NONE and named < note and notes.customer[named] == notes.customer[note] and chains.case[named] != NONE:
        return chains.case[named], NAMED
    found, match = NONE, NONE
    if notes.tickets[note] < notes.tickets[note + 1]:
        for case in range(cases[0], cases[1]):
            if shares_ticket(notes, chains, case, note) and (found == NONE or chains.last[case] > chains.last[found]):
                found, match = case, TICKET
    if found != NONE:
        return found, match
    possible = np.empty(len(lively), np.int64)
    count = 0
    for case in lively:
        if same_service(notes, chains, case, note):
            possible[count] = case
            count += 1
    for case in possible[:count]:
        if notes.own[note]:
            how = by_reason(notes, chains, policy, case, note)
            how = by_cue(notes, chains, policy, case, note, possible[:count]) if how == NONE else how
        else:
            how = call_back(notes, chains, policy, case, note)
        if how == NONE:
            continue
        if found == NONE or (RANKS[how], -chains.last[case]) < (RANKS[match], -chains.last[found]):
            found, match = case, how
    return found, match
