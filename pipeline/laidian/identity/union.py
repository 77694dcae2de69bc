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


def only_on(places: Codes, groups: Codes, size: int) -> Codes:
    """Place -> the one group seen on it; NONE: no group, SEVERAL: more than one."""
    first, other = seen_on(places, groups, size)
    return np.where(other == NONE, first, SEVERAL)
