"""Auditors err. What two of them say about the same contacts tells how often, and takes the bias of it out of the estimate.

Two auditors who each give the wrong answer at rate e disagree on a share d = 2e(1 - e) of the contacts; so d, seen on the
contacts judged twice, gives e. Auditors need not err as often in both directions (kind ones call settled what is not), so the
rate is told apart by what was adjudicated. With wrong answers that do not depend on each other, first (F) and settled (R) turn
the true shares A = F·R, B = F, C = R of the contacts judged once into known mixtures, which `unmix` solves. Source: W. J. Rogan,
B. Gladen, American Journal of Epidemiology 107 (1978), 71-76 (a share seen through two rates of error).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from laidian.fcr.estimate import Estimate, within

LEAST = 30
"""Contacts judged twice from which rates of wrong answers are estimated."""

_COMMON = 10.0
"""Contacts judged twice, at the rate of both directions together, that each direction is mixed with: a few cannot tell them
apart. Judgement; without any the interval is wider, with many a one-sided auditor is corrected the wrong way."""

_MOST = 0.4  # a disagreement above this is no longer an error rate but two auditors with two rules


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of wrong answers and the variance of its estimate; 0 and 0: none seen, or too few contacts judged twice."""

    value: float
    variance: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Of one question: how often one auditor says yes where the truth is no, and no where it is yes."""

    yes: Rate
    no: Rate

    @property
    def keeps(self) -> float:
        """What is left of a difference between yes and no after the wrong answers."""
        return 1 - self.yes.value - self.no.value


NEVER = Rates(Rate(0.0, 0.0), Rate(0.0, 0.0))


def rates(agreed: NDArray[np.bool_], truth: NDArray[np.bool_]) -> Rates:
    """How often one auditor errs, from whether two agreed and what holds in the end (agreed or adjudicated), by contact.

    >>> found = rates(np.array([True] * 96 + [False] * 4), np.array([True] * 80 + [False] * 20))  # all four: yes instead of no
    >>> round(found.yes.value, 3), round(found.no.value, 3)
    (0.08, 0.002)
    """
    if agreed.size < LEAST or agreed.all():
        return NEVER
    common = float((~agreed).mean())
    return Rates(_rate(agreed[~truth], common), _rate(agreed[truth], common))


def _rate(agreed: NDArray[np.bool_], common: float) -> Rate:
    seen = agreed.size + _COMMON
    apart = min(_MOST, (float((~agreed).sum()) + _COMMON * common) / seen)
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


def unmix(mixed: Mixed, first: Rates, settled: Rates) -> tuple[float, float]:
    """First and settled / first, and settled / all, without the wrong answers."""
    w, keeps = mixed.once, first.keeps * settled.keeps
    yes1, yes2 = first.yes.value, settled.yes.value
    truly_first = (mixed.first - w * yes1) / (1 - w * (1 - first.keeps))
    truly_settled = (mixed.settled - w * yes2 * mixed.open_) / (1 - w * (1 - settled.keeps))
    added = first.keeps * yes2 * mixed.open_ * truly_first + yes1 * settled.keeps * truly_settled + yes1 * yes2 * mixed.open_
    return (mixed.both - w * added) / ((1 - w) + w * keeps) / truly_first, truly_settled


def corrected(found: Estimate, mixed: Mixed, first: Rates, settled: Rates, degrees: int) -> Estimate:
    """The estimate of first and settled / first without the wrong answers; its interval knows that their rates are guesses."""
    if first == settled == NEVER:
        return found
    guessed = (first.yes, first.no, settled.yes, settled.no)

    def value(at: Sequence[Rate]) -> float:
        return unmix(mixed, Rates(at[0], at[1]), Rates(at[2], at[3]))[0]

    step, middle = 1e-4, value(guessed)
    keeps = (1 - mixed.once) + mixed.once * first.keeps * settled.keeps
    variance = (found.error / keeps) ** 2
    for place, one in enumerate(guessed):
        moved = (*guessed[:place], Rate(one.value + step, one.variance), *guessed[place + 1 :])
        variance += ((value(moved) - middle) / step) ** 2 * one.variance
    return within(middle, sqrt(variance), found.base, degrees)
