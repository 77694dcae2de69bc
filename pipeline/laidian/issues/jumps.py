"""突增提醒: issues that jumped on a day, against the four weeks before it."""

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import nbinom

from laidian.issues.hot import false_discovery
from laidian.tables import Alert, check, empty

BASE_DAYS, LEAST_DAYS = 28, 14
LEAST_CASES, TIMES = 5, 2.0
"""An alert has at least so many cases, and so many times those expected."""

DISCOVERY = 0.01
"""False discovery rate over the day's issues below which a jump is told."""

Floats = npt.NDArray[np.float64]


def jumps(history: pl.DataFrame, day: date) -> pl.DataFrame:
    """The issues that jumped on that day, as `Alert` rows; none where the log has fewer than two weeks before it.

    Args:
        history: issue, day, begun: cases begun.
        day: the day that is asked about.
    """
    first = history["day"].min()
    if not isinstance(first, date) or first > day - timedelta(LEAST_DAYS):
        return empty(Alert)
    names, counts = _counts(history, max(first, day - timedelta(BASE_DAYS)), day)
    before, today = counts[:, :-1], counts[:, -1]
    expected, chance = _surprise(before, today)
    q = false_discovery(chance)
    told = (today >= LEAST_CASES) & (today >= TIMES * expected) & (q < DISCOVERY)
    table = pl.DataFrame({
        "day": pl.Series([day] * len(names), dtype=pl.Date), "issue": names, "cases": today.astype(np.int64),
        "expected": expected, "chance": chance, "q": q,
    })  # fmt: skip
    return check(table.filter(pl.Series(told)), Alert)


def _counts(history: pl.DataFrame, since: date, day: date) -> tuple[pl.Series, Floats]:
    """Issues, and their cases begun by day from `since` to `day`."""
    inside = history.filter(pl.col("day").is_between(since, day))
    names = inside["issue"].unique().sort()
    placed = inside.join(pl.DataFrame({"issue": names}).with_row_index("place"), on="issue")
    counts = np.zeros((len(names), (day - since).days + 1))
    at = (placed["day"] - pl.Series([since] * placed.height, dtype=pl.Date)).dt.total_days().to_numpy()
    np.add.at(counts, (placed["place"].to_numpy(), at), placed["begun"].to_numpy())
    return names, counts


def _surprise(before: Floats, today: Floats) -> tuple[Floats, Floats]:
    """Cases expected of a day with as many in all, and the chance of so many as today or more.

    An issue has one case more than was seen in those weeks, so that a new one has an expectation. How restless it was: its
    days' variance beyond Poisson's, by moments, and at least that of the median issue, since four weeks tell little of one.
    """
    totals = np.maximum(before.sum(axis=0), 1.0)
    share = (before.sum(axis=1) + 1) / totals.sum()
    usual = share[:, np.newaxis] * totals
    beyond = (((before - usual) ** 2 - usual).sum(axis=1)) / (usual**2).sum(axis=1)
    often = before.sum(axis=1) >= BASE_DAYS
    common = max(float(np.median(beyond[often])) if often.any() else 0.0, 0.0)
    restless = np.maximum(np.maximum(beyond, common), 1e-4)
    expected = share * today.sum()
    size = 1 / restless
    return expected, np.asarray(nbinom.sf(today - 1, size, size / (size + expected)))
