"""The rules by which a contact joins a case, compiled: what they look at is looked up in the contacts already in the case.

All compiled functions of linking stand in this one file: the compiler keeps its results between runs and only sees that a
function must be compiled anew when the file it stands in has changed, not when one it calls has.
"""

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from laidian.cases.known import NEVER, NONE, Chains, Characters, Codes, Notes, Places, Policies

Grams = npt.NDArray[np.int64]
Matches = npt.NDArray[np.int8]

Compiled = TypeVar("Compiled", bound=Callable[..., Any])


def bare(function: Compiled) -> Compiled:
    """Compiled as one that allocates nothing (see numba.extending.register_jitable), so that arrays need not be counted.

    Counting who holds which array took four fifths of the time.
    """
    options: dict[str, Any] = {"cache": True, "_nrt": False}
    return cast(Compiled, njit(**options)(function))


# Matches, strongest first; from REASON on a match is REASON plus what stands beside the reason.
NAMED, TICKET, OUTBOUND_REASON, OUTBOUND, CUE_TEXT, CUE, REASON = range(7)
ISSUE, TEXT, CUED, SECONDARY = 1, 2, 4, 8
STACK_BITS = 9  # contacts are sorted in as many stacks as this allows; of 10 million one then takes half a megabyte
SPREAD = 0x1E3779B97F4A7C15  # odd and without a pattern: times this, near grams are far apart
RANKS = np.array([0, 1, 2, 3, 3, 4, *[2] * 16])  # of two matches the lower rank wins


def follow(notes: Notes, policy: Policies) -> tuple[Places, Places, Matches, int]:
    """Per contact its case, the contact it is linked to and by which match; and how many cases there are.

    Cases count from 0 in order of their first contacts; NONE: the centre's call that joined none.
    """
    case, earlier = np.empty((2, len(notes.start)), np.int32)
    match = np.empty(len(notes.start), np.int8)
    chains = _chains(len(notes.start), _most(notes.customer), _longest(notes.texts))
    return case, earlier, match, _follow(notes, policy, chains, case, earlier, match)


def _chains(contacts: int, most: int, longest: int) -> Chains:
    """Room for the cases of one customer: as many as its contacts at most."""
    newest, last, primary, worded, lively, possible, confirmed = np.empty((7, most), np.int64)
    return Chains(np.empty(contacts, np.int32), newest, last, primary, worded, lively, possible, confirmed, gram_room(longest))


@bare
def _follow(notes: Notes, policy: Policies, chains: Chains, cases: Places, earlier: Places, match: Matches) -> int:
    """Fills the three arrays, a place a contact; the number of cases."""
    first, count, living = 0, 0, 0  # cases before this customer's; this customer's; those of them that may still be joined
    lively = chains.lively
    for note in range(len(notes.start)):
        cases[note], earlier[note], match[note] = NONE, NONE, NONE
        if note == 0 or notes.customer[note] != notes.customer[note - 1]:
            first, count, living = first + count, 0, 0
        kept = 0
        for place in range(living):
            if gap_s(notes, chains, lively[place], note) <= policy.longest_s:
                lively[kept] = lively[place]
                kept += 1
        living = kept
        case, how = NONE, NONE
        if living or notes.previous[note] != NONE or notes.tickets[note] < notes.tickets[note + 1]:
            case, how = best(notes, chains, policy, note, count, living, cases, first)
        if case != NONE:
            earlier[note], match[note] = chains.last[case], how
            if notes.recurs[note] and notes.own[note] and settled(notes, chains, case, note):
                case = NONE
        elif not notes.own[note]:
            continue
        if case == NONE:
            case = count
            count += 1
            _open(chains, case)
        listed = False
        for place in range(living):
            listed = listed or lively[place] == case
        if not listed:
            lively[living] = case
            living += 1
        cases[note] = first + case
        _take_in(notes, chains, case, note)
    return first + count


@njit(cache=True, inline="always")
def _open(chains: Chains, case: int) -> None:
    """A case of no contact yet."""
    chains.newest[case] = NONE
    chains.last[case] = NONE
    chains.primary[case] = NONE
    chains.worded[case] = NONE
    chains.confirmed[case] = NEVER


@njit(cache=True, inline="always")
def _take_in(notes: Notes, chains: Chains, case: int, note: int) -> None:
    """The contact becomes the newest of the case; of the centre's own calls only what they confirm counts."""
    chains.before[note] = chains.newest[case]
    chains.newest[case] = note
    chains.confirmed[case] = max(chains.confirmed[case], notes.confirmed[note])
    if notes.own[note]:
        chains.last[case] = note
        if chains.primary[case] == NONE:
            chains.primary[case] = notes.primary[note]
        if notes.spoken[note]:
            chains.worded[case] = note


def by_customer(customer: Codes, start: Codes, end: Codes, reason: Codes) -> tuple[Places, Codes, Codes, Places]:
    """Contacts in order of start, as `Notes` wants them: by customer, those of one customer in their order.

    Dealt out to stacks of neighbouring customers first: what is sorted at a time then lies in the processor's own memory.

    Args:
        customer: from 0.
        start: in ascending order.
        end: beside it.
        reason: code of the primary reason, in 32 bits.
    """
    size, most = len(start), int(customer.max(initial=0))
    bits = max(0, most.bit_length() - STACK_BITS)  # of a customer's number, within its stack
    ends_of = np.zeros((most >> bits) + 1, np.int64)
    whose, why = np.empty((2, size), np.int32)  # made here: NumPy asks for large pages, the compiler does not
    starts, ends = np.empty((2, size), np.int64)
    _deal(customer, start, end, reason, bits, ends_of, whose, starts, ends, why)
    stack = np.empty((int(np.diff(ends_of, prepend=0).max()), 3), np.int64)
    _sort(ends_of, bits, np.empty((1 << bits) + 1, np.int64), stack, whose, starts, ends, why)
    return whose, starts, ends, why


@njit(cache=True)
def _deal(
    customer: Codes, start: Codes, end: Codes, reason: Codes, bits: int, ends_of: Codes, whose: Places, starts: Codes,
    ends: Codes, why: Places,
) -> None:  # fmt: skip
    """Fills what `by_customer` gives, stack after stack, and where each of them ends."""
    for who in customer:
        ends_of[who >> bits] += 1
    begin = 0
    for stack in range(len(ends_of)):  # while they are dealt it holds where the next contact of the stack belongs
        begin, ends_of[stack] = begin + ends_of[stack], begin
    for note in range(len(customer)):
        who = customer[note]
        to = ends_of[who >> bits]
        ends_of[who >> bits] = to + 1
        whose[to], starts[to], ends[to], why[to] = who, start[note], end[note], reason[note]


@njit(cache=True)
def _sort(
    ends_of: Codes, bits: int, next_of: Codes, stack: Codes, whose: Places, starts: Codes, ends: Codes, why: Places
) -> None:  # fmt: skip
    """A counting sort of each stack. `next_of`: room for a place a customer of a stack, `stack`: for the contacts of one."""
    begin, within = 0, (1 << bits) - 1
    for end in ends_of:
        next_of[:] = 0
        for place in range(begin, end):
            next_of[(whose[place] & within) + 1] += 1
            held = stack[place - begin]
            held[0], held[1], held[2] = np.int64(whose[place]) << 32 | why[place] & 0xFFFFFFFF, starts[place], ends[place]
        next_of[0] = begin
        for who in range(within):
            next_of[who + 1] += next_of[who]
        for place in range(end - begin):
            held = stack[place]
            who = held[0] >> 32
            to = next_of[who & within]
            next_of[who & within] = to + 1
            whose[to], starts[to], ends[to], why[to] = who, held[1], held[2], np.int32(held[0])
        begin = end


@njit(cache=True)
def _most(customer: Places) -> int:
    """How many contacts the customer with the most of them has."""
    most, since = 0, 0
    for note in range(len(customer)):
        since = note if note and customer[note] != customer[note - 1] else since
        most = max(most, note - since + 1)
    return most


@njit(cache=True)
def _longest(texts: Codes) -> int:
    """How many characters the longest text has."""
    longest = 0
    for note in range(len(texts) - 1):
        longest = max(longest, texts[note + 1] - texts[note])
    return longest


@njit(cache=True, inline="always")
def gap_s(notes: Notes, chains: Chains, case: int, note: int) -> float:
    """Seconds from the end of the case's latest demand to the start of the contact; 0 where they overlap."""
    micro: int = max(0, notes.start[note] - notes.end[chains.last[case]])
    return micro / 1_000_000


@njit(cache=True, inline="always")
def settled(notes: Notes, chains: Chains, case: int, note: int) -> bool:
    """Was the problem confirmed to be solved between the case's latest demand and this contact?"""
    at = chains.confirmed[case]
    return bool(at != NEVER and notes.start[chains.last[case]] <= at <= notes.start[note])


@njit(cache=True, inline="always")
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


@njit(cache=True, inline="always")
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


@njit(cache=True, inline="always")
def has_primary(notes: Notes, chains: Chains, case: int, reason: int) -> bool:
    """Is it the primary reason of a demand of the case?"""
    member = chains.newest[case]
    while member != NONE:
        if notes.own[member] and notes.primary[member] == reason:
            return True
        member = chains.before[member]
    return False


@njit(cache=True, inline="always")
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


@njit(cache=True, inline="always")
def alike(notes: Notes, chains: Chains, policy: Policies, case: int, note: int) -> bool:
    """Are the contact's words like the last ones of the case?"""
    other = chains.worded[case]
    if other == NONE or not notes.spoken[note]:
        return policy.similarity <= 0
    one = notes.text[notes.texts[note] : notes.texts[note + 1]]
    there = notes.text[notes.texts[other] : notes.texts[other + 1]]
    return bool(likeness(there, one, chains.grams) >= policy.similarity)


@njit(cache=True, inline="always")
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


@njit(cache=True, inline="always")
def _on_reason(notes: Notes, chains: Chains, policy: Policies, case: int, note: int, reason: int, issue: int) -> int:
    gap, cued = gap_s(notes, chains, case, note), notes.cued[note]
    if gap > policy.gap_s[reason] or (policy.periodic[reason] and gap > policy.periodic_gap_s and not cued):
        return NONE
    known, same = issues_of(notes, chains, case, reason, issue)
    same = same and issue != NONE
    differs = issue != NONE and known and not same
    if differs and not cued and not alike(notes, chains, policy, case, note):
        return NONE
    beside = ISSUE * same + TEXT * (differs and not cued) + CUED * cued
    return int(REASON + beside + SECONDARY * (reason != notes.primary[note]))


@njit(cache=True, inline="always")
def _within(notes: Notes, chains: Chains, policy: Policies, case: int, note: int) -> bool:
    """Is the case still open for this contact, by the contact's reason or, if that is unknown, its own?"""
    reason = notes.primary[note] if notes.primary[note] != NONE else chains.primary[case]
    return bool(gap_s(notes, chains, case, note) <= policy.gap_s[reason])


@njit(cache=True, inline="always")
def by_cue(notes: Notes, chains: Chains, policy: Policies, case: int, note: int, count: int) -> int:
    """The customer speaks of an earlier contact, and the words are alike or no other case could be meant."""
    if not notes.cued[note] or not _within(notes, chains, policy, case, note):
        return NONE
    if alike(notes, chains, policy, case, note):
        return CUE_TEXT
    open_cases = 0
    for place in range(count):
        open_cases += _within(notes, chains, policy, chains.possible[place], note)
    return CUE if open_cases == 1 and _same_trade(notes, chains, policy, case, note) else NONE


@njit(cache=True, inline="always")
def _same_trade(notes: Notes, chains: Chains, policy: Policies, case: int, note: int) -> bool:
    asked = policy.trade[notes.primary[note]]
    if asked == NONE or chains.primary[case] == NONE:
        return True
    member = chains.newest[case]
    while member != NONE:
        reason = notes.primary[member]
        if notes.own[member] and reason != NONE and (policy.trade[reason] == asked or policy.trade[reason] == NONE):
            return True
        member = chains.before[member]
    return False


@njit(cache=True, inline="always")
def call_back(notes: Notes, chains: Chains, policy: Policies, case: int, note: int) -> int:
    """The centre's own call: about the case of the same reason if it has one, else the case touched last."""
    if gap_s(notes, chains, case, note) > policy.gap_s[chains.primary[case]]:
        return NONE
    about = notes.primary[note] != NONE and has_primary(notes, chains, case, notes.primary[note])
    return OUTBOUND_REASON if about else OUTBOUND


@njit(cache=True, inline="always")
def best(
    notes: Notes, chains: Chains, policy: Policies, note: int, count: int, living: int, cases: Places, first: int
) -> tuple[int, int]:
    """The case the contact belongs to and the match: strongest rule first, then the case touched last; NONE: no case.

    Args:
        notes: all contacts.
        chains: its customer's cases so far.
        policy: what the rules ask of reasons.
        note: the contact.
        count: how many cases there are.
        living: how many of them, in `chains.lively`, some rule without a name could still join.
        cases: the cases of all contacts before it.
        first: how many cases other customers have in them.
    """
    named = notes.previous[note]
    if named != NONE and named < note and notes.customer[named] == notes.customer[note] and cases[named] != NONE:
        return cases[named] - first, NAMED
    found, match = NONE, NONE
    if notes.tickets[note] < notes.tickets[note + 1]:
        for case in range(count):
            if shares_ticket(notes, chains, case, note) and (found == NONE or chains.last[case] > chains.last[found]):
                found, match = case, TICKET
    if found != NONE:
        return found, match
    possible = 0
    for place in range(living):
        if same_service(notes, chains, chains.lively[place], note):
            chains.possible[possible] = chains.lively[place]
            possible += 1
    for place in range(possible):
        case = chains.possible[place]
        if notes.own[note]:
            how = by_reason(notes, chains, policy, case, note)
            how = by_cue(notes, chains, policy, case, note, possible) if how == NONE else how
        else:
            how = call_back(notes, chains, policy, case, note)
        if how == NONE:
            continue
        if found == NONE or (RANKS[how], -chains.last[case]) < (RANKS[match], -chains.last[found]):
            found, match = case, how
    return found, match


@njit(cache=True)
def reasons_of(notes: Notes, cases: Places, count: int) -> tuple[Codes, Codes]:
    """Per case the first known primary reason of its demands, and the first issue that a demand names under that reason."""
    primary, issue = np.full(count, NONE), np.full(count, NONE)
    for note in range(len(cases)):
        case = cases[note]
        if case != NONE and notes.own[note] and primary[case] == NONE:
            primary[case] = notes.primary[note]
    for note in range(len(cases)):
        case = cases[note]
        if case == NONE or not notes.own[note] or issue[case] != NONE or primary[case] == NONE:
            continue
        for place in range(notes.reasons[note], notes.reasons[note + 1]):
            if notes.reason[place] == primary[case] and issue[case] == NONE:
                issue[case] = notes.issue[place]
    return primary, issue


def gram_room(longest: int) -> Grams:
    """Room to compare texts of so many characters at most: a table of grams, twice as large as those of two such texts."""
    size = 1
    while size < 8 * longest:
        size *= 2
    return np.empty((3, size), np.int64)


@bare
def likeness(one: Characters, other: Characters, room: Grams) -> float:
    """`similarity` of two texts given as what `points` makes of them; `room` for both from `gram_room`."""
    size = 8
    while size < 4 * (len(one) + len(other)):
        size *= 2
    size = min(size, room.shape[1])
    room[:, :size] = 0
    _count(one, room, 1, size - 1)
    _count(other, room, 2, size - 1)
    product, left, right = 0, 0, 0
    for place in range(size):
        product += room[1, place] * room[2, place]
        left += room[1, place] * room[1, place]
        right += room[2, place] * room[2, place]
    return product / math.sqrt(left * right) if left * right else 0.0


@bare
def _count(text: Characters, room: Grams, row: int, mask: int) -> None:
    """Counts the pairs and triples of a text, as numbers: a code point has 21 bits and is never 0."""
    for n in range(len(text) - 1):
        pair = np.int64(text[n]) << 21 | np.int64(text[n + 1])
        room[row, _place(pair, room, mask)] += 1
        if n + 2 < len(text):
            room[row, _place(pair << 21 | np.int64(text[n + 2]), room, mask)] += 1


@bare
def _place(gram: np.int64, room: Grams, mask: int) -> np.int64:
    """Where the gram stands in the table, or now does."""
    place = (gram * SPREAD >> 24) & mask
    while room[0, place] != 0 and room[0, place] != gram:
        place = (place + 1) & mask
    room[0, place] = gram
    return place
