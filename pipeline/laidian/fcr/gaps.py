"""Gaps between the contacts of one customer, in one compiled pass over the log in order of start."""

import numpy as np
import numpy.typing as npt
from numba import njit

Codes = npt.NDArray[np.int64]
NONE = np.iinfo(np.int64).max  # longer than any gap


@njit(cache=True)
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
    size = len(customer)
    back, ahead = np.full(size, NONE), np.full(size, NONE)
    seen = np.full((customers, 3), -1)  # a customer's newest contact, its end, the latest end: side by side in memory
    for contact in range(size):
        who = customer[contact]
        if who < 0:
            continue
        before, latest = seen[who, 0], seen[who, 2]
        if before >= 0:
            back[contact] = start[contact] - latest
            ahead[before] = start[contact] - seen[who, 1]
        seen[who, 0], seen[who, 1] = contact, end[contact]
        seen[who, 2] = max(latest, end[contact]) if before >= 0 else end[contact]
    return back, ahead
