"""A random draw that anybody can repeat, and how wide the interval will be after how many hours of auditing."""

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
import polars as pl

from laidian.errors import InputError
from laidian.settings import Audit
from laidian.stats import student

SIZES = (100, 200, 500, 1000)
PLANNED_SPREAD = 0.39
"""Standard deviation of what the guesses leave to the audit, before there is one: that of laidian's simulated logs."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The drawn contacts in random order: `contact_id`, `twice` (a second auditor judges it too); and the frame, by id."""

    contacts: pl.DataFrame
    frame: list[str]

    @property
    def probability(self) -> float:
        """Chance of every contact of the frame to be drawn."""
        return self.contacts.height / len(self.frame)


def draw(contacts: pl.DataFrame, n: int, seed: int, settings: Audit) -> Drawn:
    """A simple random sample without replacement from the population among these contacts (`Contact`).

    The same contacts, n and seed give the same draw, in whatever order they come.

    Raises:
        InputError: there are fewer than n contacts to draw from.
    """
    frame = sorted(contacts.filter("in_population")["contact_id"])
    if n > len(frame):
        raise InputError(
            "laidian audit draw", f"{len(frame)} contacts in the frame", f"at least {n}", "draw fewer or from more days"
        )
    chosen = np.random.default_rng(seed).permutation(len(frame))[:n]
    twice = np.arange(n) < ceil(n * settings.twice)
    return Drawn(pl.DataFrame({"contact_id": [frame[i] for i in chosen], "twice": twice}), frame)


@dataclass(frozen=True, slots=True)
class Expected:
    """Half the width of the interval of the estimate, in points, after `audits`, and the auditors' hours they cost."""

    audits: int
    half_points: float
    hours: float


def expected(population: int, settings: Audit, audited: int = 0, error: float | None = None) -> list[Expected]:
    """What 100, 200, 500 and 1,000 audits will buy.

    Args:
        population: contacts of the frame.
        settings: minutes for one contact, share judged twice.
        audited: contacts audited so far.
        error: the estimate's standard error with them, 0..1 (None: no estimate yet; laidian's simulated logs stand in).
    """
    spread = PLANNED_SPREAD
    if error is not None and 0 < audited < population:
        spread = error / sqrt((1 - audited / population) / audited)
    return [
        Expected(n, round(100 * student(n - 1) * spread * sqrt((1 - n / population) / n), 1), hours(n, settings))
        for n in SIZES
        if n < population
    ]


def hours(audits: int, settings: Audit) -> float:
    """The auditors' hours for so many contacts, those judged twice included."""
    return round((audits + ceil(audits * settings.twice)) * settings.minutes / 60, 1)
