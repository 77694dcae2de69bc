"""Auditors err. What two of them say about the same contacts tells how often, and takes the bias of it out of the estimate.

Two auditors who each give the wrong answer at rate e disagree on a share d = 2e(1 - e) of the contacts; so d, seen on the
contacts judged twice, gives e. With wrong answers that do not depend on the truth, first (F, at rate e1) and settled (R, at
e2) turn the true shares A = F·R, B = F, C = R of the contacts judged once into known mixtures, which `unmix` solves.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from laidian.fcr.estimate import Estimate, within

LEAST = 30
"""Contacts judged twice from which the rate of wrong answers is estimated."""

_MOST = 0.4  # a disagreement above this is no longer an error rate but two auditors with two rules


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of wrong answers and the variance of its estimate; 0 and 0: none seen, or too few contacts judged twice."""

    value: float
    variance: float


def rate(agreed: NDArray[np.bool_]) -> Rate:
    """The rate at which one auditor errs, from whether two agreed, contact by contact.

    >>> rate(np.array([True] * 96 + [False] * 4)).value.__round__(4)
    0.0204
    """
    seen = agreed.size
    if seen < LEAST or agreed.all():
        return Rate(0.0, 0.0)
    apart = min(_MOST, float((~agreed).mean()))
    left = 1 - 2 * apart
    return Rate((1 - sqrt(left)) / 2, apart * (1 - apart) / seen / (4 * left))


@dataclass(frozen=True, slots=True)
class Mixed:
    """What the answers as given come to, shares of the population: first and settled, first, settled; and of what.

    `once`: share of the audited contacts that were judged once. `open_`: share of the contacts that an auditor could call
    settled at all (a transfer breaks the strict definition whatever the auditor says).
    """

    both: float
    first: float
    settled: float
    once: float
    open_: float


def unmix(mixed: Mixed, e1: float, e2: float) -> tuple[float, float]:
    """First and settled / first, and settled / all, without the wrong answers."""
    w, keeps = mixed.once, (1 - 2 * e1) * (1 - 2 * e2)
    first = (mixed.first - w * e1) / (1 - 2 * w * e1)
    settled = (mixed.settled - w * e2 * mixed.open_) / (1 - 2 * w * e2)
    added = (1 - 2 * e1) * e2 * mixed.open_ * first + e1 * (1 - 2 * e2) * settled + e1 * e2 * mixed.open_
    return (mixed.both - w * added) / ((1 - w) + w * keeps) / first, settled


def corrected(found: Estimate, mixed: Mixed, first: Rate, settled: Rate, degrees: int) -> Estimate:
    """The estimate of first and settled / first without the wrong answers; its interval knows that their rates are guesses."""
    if first.value == settled.value == 0.0:
        return found
    value, _ = unmix(mixed, first.value, settled.value)
    keeps = (1 - mixed.once) + mixed.once * (1 - 2 * first.value) * (1 - 2 * settled.value)
    step = 1e-4
    slopes = (
        (unmix(mixed, first.value + step, settled.value)[0] - value) / step,
        (unmix(mixed, first.value, settled.value + step)[0] - value) / step,
    )
    variance = (found.error / keeps) ** 2 + slopes[0] ** 2 * first.variance + slopes[1] ** 2 * settled.variance
    return within(value, sqrt(variance), found.base, degrees)
