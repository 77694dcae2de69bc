"""How long customers stay away: curves over the gap to the next contact, and the window that agrees best with an audit.

A contact is watched until the log ends; one that nobody followed by then is censored, not settled. Contacts about something
else do not end the watch. Source: O. Aalen, R. Gill via J. P. Klein, M. L. Moeschberger, Survival Analysis (2003), ch. 4.
"""

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from laidian.stats import Z95

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SETTLES, LASTS = 34.0, 45.0
"""Days after which a repeat is taken for a new problem, and how long new problems are then watched."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Times (days, ascending) at which customers came back, and after each: share still away, cumulative hazard, variance.

    `variance`: Greenwood's sum, so that `away` has the variance away² · variance. `watched`: contacts at the start.
    """

    at: Floats
    away: Floats
    hazard: Floats
    variance: Floats
    watched: int

    def __call__(self, values: Floats, days: float, start: float) -> float:
        """The value of a step curve after `days`; `start` before the first step."""
        place = int(np.searchsorted(self.at, days, side="right")) - 1
        return float(values[place]) if place >= 0 else start


def curve(gap: Floats, watched: Floats) -> Curve:
    """Kaplan-Meier and Nelson-Aalen over the gaps.

    Args:
        gap: days to the next contact; nan: none came.
        watched: days from each contact to the end of the log; a gap beyond it cannot be.
    """
    came = ~np.isnan(gap)
    until = np.where(came, gap, watched)
    at, place = np.unique(until, return_inverse=True)
    events = np.bincount(place, weights=came.astype(float), minlength=at.size)
    leaving = np.bincount(place, minlength=at.size)
    at_risk = until.size - np.concatenate([[0], np.cumsum(leaving)[:-1]]) if at.size else np.zeros(0)
    kept = events > 0
    at, events, at_risk = at[kept], events[kept], at_risk[kept].astype(float)
    survived = np.maximum(at_risk - events, 0)
    with np.errstate(divide="ignore"):
        greenwood = np.cumsum(np.where(survived > 0, events / (at_risk * np.maximum(survived, 1)), np.inf))
    away, hazard = (np.asarray(f, dtype=np.float64) for f in (np.cumprod(survived / at_risk), np.cumsum(events / at_risk)))
    return Curve(np.asarray(at, dtype=np.float64), away, hazard, np.asarray(greenwood, dtype=np.float64), until.size)


def away_after(found: Curve, days: float) -> tuple[float, float, float]:
    """Share still away after `days`, with its 95 % interval (log-log, so within 0..1)."""
    share = found(found.away, days, 1.0)
    spread = sqrt(found(found.variance, days, 0.0))
    if not 0 < share < 1 or spread == float("inf"):
        return share, share, share
    reach = Z95 * spread / abs(log(share))
    return share, share ** exp(reach), share ** exp(-reach)


@dataclass(frozen=True, slots=True)
class BestWindow:
    """The window (days) that agrees most often with the audit, its 95 % bootstrap interval, and the agreement by window."""

    days: float
    low: float
    high: float
    agreement: Floats


GRID = np.arange(0.5, 45.01, 0.5)
"""Windows tried, in days."""

_DRAWS = 400


def best_window(gap: Floats, settled: Flags, seed: int = 0) -> BestWindow:
    """W* = the window for which «nobody came back within W» is most often what the audit says.

    Args:
        gap: days to the next contact about the same reason, of audited first contacts that the log watched for 45 days; nan:
            none came.
        settled: what the audit says.
        seed: of the bootstrap over contacts.
    """
    stays = ~(gap[:, None] <= GRID[None, :])
    agrees = (stays == settled[:, None]).astype(np.float64)
    chosen = np.random.default_rng(seed).multinomial(gap.size, np.full(gap.size, 1 / gap.size), _DRAWS)
    windows = GRID[np.argmax(chosen @ agrees, axis=1)]
    total = agrees.mean(axis=0)
    low, high = np.quantile(windows, [0.025, 0.975])
    return BestWindow(float(GRID[np.argmax(total)]), float(low), float(high), total)
