"""Sets of codes that meet, and what is seen on a code: the two passes grouping is made of, each linear and compiled.

A code is a number from 0 that stands for an identifier, a group or a contact; NONE stands for nothing.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
NONE = -1
SEVERAL = -2


@njit(cache=True)
def components(size: int, one: Codes, other: Codes) -> Codes:
    """For each code from 0 to `size` the least code of its set, when each `one` and the `other` beside it are in one set."""
    root = np.arange(size)
    for edge in range(len(one)):
        a, b = one[edge], other[edge]
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        while root[b] != b:
            root[b] = root[root[b]]
            b = root[b]
        if a < b:
            root[b] = a
        else:
            root[a] = b
    for code in range(size):  # a root is never above its member, so it is final when its turn has passed
        root[code] = root[root[code]]
    return root


@njit(cache=True)
def seen_on(places: Codes, groups: Codes, size: int) -> tuple[Codes, Codes]:
    """For each place from 0 to `size` the first group seen on it and another one.

    NONE: no first, no other. SEVERAL as the other: there are more than two. Entries with NONE as place or group are skipped.
    """
    first = np.full(size, NONE)
    other = np.full(size, NONE)
    for entry in range(len(places)):
        place, group = places[entry], groups[entry]
        if place < 0 or group < 0 or first[place] == group or other[place] == group:
            continue
        if first[place] == NONE:
            first[place] = group
        elif other[place] == NONE:
            other[place] = group
        else:
            other[place] = SEVERAL
    return first, other


@njit(cache=True)
def lead_on(places: Codes, groups: Codes, size: int, part: float) -> Codes:
    """Place -> the group of at least `part` of its entries; NONE: no group was seen, SEVERAL: none has so many.

    Args:
        places: from 0 to `size`; an entry with NONE as place or group is skipped.
        groups: the group of each entry.
        size: how many places there are.
        part: above .5 and at most 1, so that at most one group can have it.
    """
    lead = np.full(size, NONE)
    balance = np.zeros(size, np.int64)
    for entry in range(len(places)):  # Boyer and Moore's vote: a group with more than half of the entries is left over
        place, group = places[entry], groups[entry]
        if place < 0 or group < 0:
            continue
        if balance[place] == 0:
            lead[place] = group
        balance[place] += 1 if lead[place] == group else -1
    seen = np.zeros(size, np.int64)
    held = np.zeros(size, np.int64)
    for entry in range(len(places)):
        place, group = places[entry], groups[entry]
        if place >= 0 and group >= 0:
            seen[place] += 1
            held[place] += lead[place] == group
    for place in range(size):
        if held[place] < part * seen[place]:
            lead[place] = SEVERAL
    return lead


def only_on(places: Codes, groups: Codes, size: int) -> Codes:
    """Place -> the one group seen on it; NONE: no group, SEVERAL: more than one."""
    found: Codes = lead_on(places, groups, size, 1.0)
    return found
