"""How much of the differences between groups is more than chance, and what is left of each group's own.

Beta-binomial: the groups' true shares are drawn from a Beta distribution, whose mean is the whole's share and whose spread is
found by moments; a group's share is pulled towards the mean the more, the fewer contacts it has. Sources: R. DerSimonian,
N. Laird, Controlled Clinical Trials 7 (1986), 177-188 (spread by moments); D. J. Spiegelhalter, Statistics in Medicine 24
(2005), 1185-1202 (funnel plots, over-dispersion by winsorised z).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from laidian.stats import Z95

Floats = NDArray[np.float64]
WINSORISED = 0.1
"""Part of the groups at either end whose z counts no more than the next one's, so that a few bad ones do not widen the funnel."""

_EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Shrunk:
    """Shares pulled towards the whole's, with 95 % intervals within 0..1; one entry a group."""

    value: Floats
    low: Floats
    high: Floats


def between(share: Floats, variance: Floats, whole: float) -> float:
    """Variance of the groups' true shares around the whole's, by moments; 0: no more than chance.

    >>> between(np.array([0.6, 0.8]), np.array([0.001, 0.001]), 0.7).__round__(4)
    0.009
    """
    if share.size < 2:
        return 0.0
    weight = 1 / variance
    apart = float((weight * (share - whole) ** 2).sum())
    return max(0.0, (apart - share.size) / float(weight.sum()))


def shrunk(share: Floats, variance: Floats, whole: float) -> Shrunk:
    """Each group's posterior mean and interval; the interval knows that the spread between groups is itself a guess.

    Args:
        share: observed shares.
        variance: of each by chance, above 0.
        whole: the share of all groups together, 0..1.
    """
    whole = min(1 - _EDGE, max(_EDGE, whole))
    open_, most = whole * (1 - whole), whole * (1 - whole) * 0.99
    spread, own = min(between(share, variance, whole), most), open_ / variance
    wide = min(spread + _unsure(variance, spread), most)
    value = np.full_like(share, whole)
    if spread > 0:
        prior = open_ / spread - 1
        value = np.clip((prior * whole + own * share) / (prior + own), 0, 1)
    half = Z95 * np.sqrt(value * (1 - value) / (open_ / max(wide, 1e-12) + own))
    return Shrunk(value, np.clip(value - half, 0, 1), np.clip(value + half, 0, 1))


def _unsure(variance: Floats, spread: float) -> float:
    """Standard error of `between`, each group's distance being normal."""
    weight = 1 / variance
    return float(np.sqrt(2 * ((1 + spread * weight) ** 2).sum()) / weight.sum()) if weight.size else 0.0


def dispersion(share: Floats, variance: Floats, whole: float) -> float:
    """Variance to be added to that of chance for the funnel's limits: differences that most groups have, from winsorised z."""
    if share.size < 2:
        return 0.0
    z = np.sort((share - whole) / np.sqrt(variance))
    cut = int(WINSORISED * z.size)
    z = np.clip(z, z[cut], z[z.size - 1 - cut])
    return max(0.0, (float((z**2).sum()) - z.size) / float((1 / variance).sum()))


def limits(variance: Floats, extra: float, whole: float, z: float) -> tuple[Floats, Floats]:
    """The funnel's lower and upper limit at each group's own variance, within 0..1."""
    half = z * np.sqrt(variance + extra)
    return np.clip(whole - half, 0, 1), np.clip(whole + half, 0, 1)
