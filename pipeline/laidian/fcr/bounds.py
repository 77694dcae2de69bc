"""Between what the true first-call resolution must lie while nobody has audited.

Not every contact that follows for the same reason is a repeat: some are new problems, the more the longer the gap. Customers
tell: of those who come back within a day nearly all are repeats, and a share `says` of them speaks of the earlier contact. A
contact that follows later and speaks of one therefore stands for 1 / says repeats, whatever the rate of new problems, which
needs no guess. Links miss repeats; of the contacts that speak of an earlier one, a share `found` has it in the log. Some of
those never were here before: as many as speak of an earlier contact when only a new problem can have brought them, so `found`
lies between two values. With F the share of first contacts that were followed about the same problem, as found:

    low  = 1 - F / found / (1 - give_up)                 unsettled customers come back unless they give up
    high = 1 - (F / found' - ask_again) / (1 - ask_again)   some settled customers ask again or chase within the promise

Both are widened by the sampling error: the customers are drawn again, and the outer 95 % are kept.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from laidian.fcr.survival import LASTS, SETTLES, Flags, Floats

FEW = 20
"""Customers who came back within a day and spoke of it, from which a share is taken."""

_SOON = 1.0  # days
_DRAWS = 200
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Followed:
    """First contacts by the log: days to the next contact for the same reason (nan: none) and to the end of the log; whether
    the customer of the next one speaks of an earlier contact; the customer as a number from 0.
    """

    gap: Floats
    watched: Floats
    spoke: Flags
    customer: Ints


@dataclass(frozen=True, slots=True)
class Looked:
    """Identified contacts with a log long enough before them: whether their customer speaks of an earlier contact, whether the
    log holds one for the same reason within `SETTLES` days, and the customer as a number of the same list as in `Followed`.
    """

    spoke: Flags
    found: Flags
    customer: Ints


@dataclass(frozen=True, slots=True)
class Believed:
    """The largest share of unsettled customers that never comes back, and of settled ones that asks again or chases; below 1."""

    give_up: float
    ask_again: float


def bounds(followed: Followed, looked: Looked, believed: Believed, seed: int = 0) -> tuple[float, float] | None:
    """Low and high; None where too few customers speak of an earlier contact, or the log is shorter than `LASTS` days."""
    soon = followed.spoke & (followed.gap <= _SOON)
    if soon.sum() < FEW or followed.watched.max(initial=0.0) < LASTS or not (looked.spoke & looked.found).any():
        return None
    order = np.argsort(np.where(np.isnan(followed.gap), followed.watched, followed.gap), kind="stable")
    sorted_ = Followed(*(getattr(followed, name)[order] for name in Followed.__slots__))
    customers = int(max(followed.customer.max(), looked.customer.max())) + 1
    rng = np.random.default_rng(seed)
    drawn = [_both(sorted_, looked, believed, rng.poisson(1.0, customers).astype(np.float64)) for _ in range(_DRAWS)]
    low, high = np.array(drawn).T
    return float(max(0.0, np.quantile(low, 0.025))), float(min(1.0, np.quantile(high, 0.975)))


def _both(followed: Followed, looked: Looked, believed: Believed, weight: Floats) -> tuple[float, float]:
    """Low and high where each customer counts `weight` times; `followed` in order of the time until it ends."""
    w, came, gap = weight[followed.customer], ~np.isnan(followed.gap), np.nan_to_num(followed.gap, nan=np.inf)
    soon, late = gap <= _SOON, came & (gap > SETTLES) & (gap <= LASTS)
    says = float(w[soon & followed.spoke].sum() / max(w[soon].sum(), 1.0))
    at_risk = np.cumsum(w[::-1])[::-1]
    repeats = followed.spoke & (gap <= SETTLES)
    hazard = float((w[repeats] / np.maximum(at_risk[repeats], 1.0)).sum()) / max(says, 1e-9)
    share = 1 - float(np.exp(-hazard))
    v = weight[looked.customer]
    found, spoke = float(v[looked.spoke & looked.found].sum()), float(v[looked.spoke].sum())
    mistaken = float(w[late & followed.spoke].sum() / max(w[late].sum(), 1.0)) * float(v[~looked.found].sum())
    least, most = found / max(spoke, 1.0), min(1.0, found / max(found, spoke - mistaken, 1.0))
    low = 1 - share / max(least, 1e-9) / (1 - believed.give_up)
    high = 1 - max(0.0, share / max(most, 1e-9) - believed.ask_again) / (1 - believed.ask_again)
    return low, high
