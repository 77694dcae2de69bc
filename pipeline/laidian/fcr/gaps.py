"""Gaps between the contacts of one customer or number: compiled passes over the log in order of start, each linear."""

import numpy as np
import numpy.typing as npt
from numba import njit

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
NONE = np.iinfo(np.int64).max  # longer than any gap


def gaps(customer: Codes, start: Codes, end: Codes, customers: int) -> tuple[Codes, Codes]:
    """For each contact the gap back and the gap ahead to the same customer's contacts, in the unit of the times.

    Back: its start minus the latest end among the contacts before it; ahead: the next start minus its end. Negative where
    contacts overlap; NONE where there is none.

    Args:
        customer: from 0 to `customers`; a negative one is nobody's and has no gaps.
        start: in ascending order; of equal starts the earlier place is the earlier contact.
        end: not before the start.
        customers: how many there are.
    """
    back, ahead = np.empty_like(start), np.full_like(start, NONE)  # made here: NumPy asks for large pages, the compiler does not
    _gaps(customer, start, end, np.full((customers, 4), -1), back, ahead)
    return back, ahead


@njit(cache=True)
def _gaps(customer: Codes, start: Codes, end: Codes, seen: Codes, back: Codes, ahead: Codes) -> None:
    """Fills `back` and, where there is a gap, `ahead`.

    `seen`: a customer's newest contact, its end and the latest end, side by side in memory; four numbers never lie astride of
    what memory gives at once.
    """
    for contact in range(len(customer)):
        who = customer[contact]
        back[contact] = NONE
        if who < 0:
            continue
        before, latest = seen[who, 0], seen[who, 2]
        if before >= 0:
            back[contact] = start[contact] - latest
            ahead[before] = start[contact] - seen[who, 1]
        seen[who, 0], seen[who, 1] = contact, end[contact]
        seen[who, 2] = max(latest, end[contact]) if before >= 0 else end[contact]


@njit(cache=True)
def gaps_to_calls(customer: Codes, start: Codes, end: Codes, call: Flags, customers: int) -> Codes:
    """For each contact the gap from its end to the start of the customer's next contact that is a call; arguments as of `gaps`.

    Args:
        customer: see `gaps`.
        start: see `gaps`.
        end: see `gaps`.
        call: whether a contact is the customer's own call: ahead of a contact only these are looked at.
        customers: see `gaps`.
    """
    ahead = np.full(len(customer), NONE)
    following = np.full(customers, NONE)  # a customer's next call
    for contact in range(len(customer) - 1, -1, -1):
        who = customer[contact]
        if who < 0:
            continue
        if following[who] != NONE:
            ahead[contact] = following[who] - end[contact]
        if call[contact]:
            following[who] = start[contact]
    return ahead


@njit(cache=True)
def calls_within(number: Codes, start: Codes, call: Flags, numbers: int, span: int) -> Codes:
    """For each contact how many calls of its number start at most `span` before it or with it; itself counts if it is a call.

    Args:
        number: from 0 to `numbers`; of a negative one nothing is counted.
        start: in ascending order.
        call: whether a contact counts.
        numbers: how many there are.
        span: in the unit of `start`, inclusive.
    """
    size = len(number)
    counts, later = np.zeros(size, np.int64), np.full(size, -1)
    held = np.full((numbers, 3), -1)  # a number's oldest contact within the span, its newest one, calls between the two
    for contact in range(size):
        who = number[contact]
        if who < 0:
            continue
        if held[who, 1] < 0:
            held[who, 0], held[who, 2] = contact, 0
        else:
            later[held[who, 1]] = contact
        held[who, 1] = contact
        held[who, 2] += call[contact]
        while start[held[who, 0]] < start[contact] - span:
            held[who, 2] -= call[held[who, 0]]
            held[who, 0] = later[held[who, 0]]
        counts[contact] = held[who, 2]
    for contact in range(size - 1, -1, -1):  # those that start with it count, whichever stands first
        if later[contact] >= 0 and start[later[contact]] == start[contact]:
            counts[contact] = counts[later[contact]]
    return counts
