"""What the rules of linking look at, as arrays: contacts, the taxonomy's policies, cases while they are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from laidian.settings import Cases

Codes = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Seconds = npt.NDArray[np.float64]
Characters = npt.NDArray[np.uint32]

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

    customer: Places
    start: Codes
    end: Codes
    own: Flags
    previous: Places
    service: Places
    primary: Places
    cued: Flags
    recurs: Flags
    confirmed: Codes
    reasons: Places
    reason: Places
    issue: Places
    tickets: Places
    ticket: Places
    spoken: Flags
    texts: Codes
    text: Characters


class Policies(NamedTuple):
    """Per reason code: seconds a case stays open, whether it is periodic, its trade. The last entry is of an unknown reason."""

    gap_s: Seconds
    periodic: Flags
    trade: Codes
    longest_s: float
    periodic_gap_s: float
    similarity: float


class Chains(NamedTuple):
    """One customer's cases while they are read, numbered from 0. `before`: per contact the one before it in its case.

    Per case, `newest`: latest contact; `last`: latest demand; `primary`: first known primary reason; `worded`: latest demand
    with words; `confirmed`: latest confirmation. `lively`: cases that may still be joined, `possible`: those by service too.
    `grams`: room to compare words.
    """

    before: Places
    newest: Codes
    last: Codes
    primary: Codes
    worded: Codes
    lively: Codes
    possible: Codes
    confirmed: Codes
    grams: Codes


def policies(reasons: Sequence[str], policy: Mapping[str, ReasonPolicy], settings: Cases) -> Policies:
    """What the rules ask of each of these reasons; a reason the taxonomy does not know has the settings' gap.

    Reasons of `general` (anger, praise) are of no trade: they are said about whatever the customer came for before.
    """
    known = [policy.get(reason, ReasonPolicy(settings.gap_days, False)) for reason in reasons]
    trades: dict[str, int] = {"general": NONE}
    longest = max([settings.gap_days, *(p.case_gap_days for p in policy.values())]) * DAY_S
    return Policies(
        np.array([*(p.case_gap_days for p in known), settings.gap_days]) * DAY_S,
        np.array([*(p.periodic for p in known), False]),
        np.array([*(trades.setdefault(r.partition(".")[0], len(trades)) for r in reasons), NONE], np.int64),
        longest,
        PERIODIC_GAP_S,
        settings.text_similarity,
    )
