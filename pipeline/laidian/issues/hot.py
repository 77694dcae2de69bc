"""热点: issues with more new cases than the weeks before let expect, or rising for weeks."""

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.optimize import minimize
from scipy.special import digamma, gammainc, gammaln
from scipy.stats import norm

from laidian.calendar import Period

Floats = npt.NDArray[np.float64]
LEAST_NEW, HOT_RATIO, HOT_Q = 5, 2.0, 0.10
BASE_DAYS = 28
BUCKETS, LEAST_BUCKETS = 26, 8
_START = np.log([0.2, 0.1, 2.0, 4.0]), 1 / 3
_LEAST_CELLS = 10


def hot(history: pl.DataFrame, period: Period) -> pl.DataFrame:
    """issue -> hot_ratio, hot_low (EBGM, EB05; null: no weeks before), trend, trend_q (null: too few buckets), hot.

    Args:
        history: issue, day, begun: cases begun, from the log's first day to the period's last.
        period: first and last day, inclusive.
    """
    issues = history["issue"].unique().sort()
    new, expected = _new_and_expected(history, period, issues)
    ratio, low = ebgm(new, expected) if expected is not None else (np.full(len(issues), np.nan),) * 2
    shares = _shares(history, period, issues)
    tau, q = rising(shares) if shares is not None else (np.full(len(issues), np.nan),) * 2
    known = np.nan_to_num(low, nan=0.0), np.nan_to_num(q, nan=1.0)
    is_hot = (new >= LEAST_NEW) & ((known[0] >= HOT_RATIO) | (known[1] < HOT_Q))
    made = pl.DataFrame({"issue": issues, "hot_ratio": ratio, "hot_low": low, "trend": tau, "trend_q": q, "hot": is_hot})
    return made.with_columns(pl.col("hot_ratio", "hot_low", "trend", "trend_q").fill_nan(None))


def _between(history: pl.DataFrame, period: Period, issues: pl.Series) -> Floats:
    found = history.filter(pl.col("day").is_between(*period)).group_by("issue").agg(pl.col("begun").sum())
    every = pl.DataFrame({"issue": issues}).join(found, on="issue", how="left", maintain_order="left")
    return every["begun"].fill_null(0).to_numpy().astype(np.float64)


def _new_and_expected(history: pl.DataFrame, period: Period, issues: pl.Series) -> tuple[Floats, Floats | None]:
    """Cases begun in the period, and how many of the weeks before it would make of so many in all.

    One case more than was seen is taken as the weeks' own, so that what they never saw has an expectation. None: the log
    does not reach back as far as the period is long, or nothing begun in the period.
    """
    new = _between(history, period, issues)
    days = max(BASE_DAYS, 4 * ((period[1] - period[0]).days + 1))
    last = period[0] - timedelta(1)
    first = history["day"].min()
    length = (period[1] - period[0]).days + 1
    if not isinstance(first, date) or first > period[0] - timedelta(min(length, BASE_DAYS)) or not new.any():
        return new, None
    before = _between(history, (last - timedelta(days - 1), last), issues)
    return new, (before + 1) * new.sum() / max(before.sum(), 1.0)


def ebgm(n: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """DuMouchel's gamma-Poisson shrinker: geometric mean and 5 % quantile of n / expected, shrunk by what all cells show.

    Source: W. DuMouchel, The American Statistician 53 (1999), 177-190. The prior, a mixture of two gammas, is fitted by maximum
    likelihood to the cells; with fewer than ten it is DuMouchel's starting value.
    """
    logs, part = _START
    if len(n) >= _LEAST_CELLS:
        start = np.append(logs, np.log(part / (1 - part)))
        fitted = minimize(_surprise, start, args=(n, expected), method="L-BFGS-B", bounds=[(-5.0, 5.0)] * 5)
        logs, part = fitted.x[:4], float(1 / (1 + np.exp(-fitted.x[4])))
    a1, b1, a2, b2 = np.exp(logs)
    one, two = _log_chance(n, expected, a1, b1) + np.log(part), _log_chance(n, expected, a2, b2) + np.log(1 - part)
    first = 1 / (1 + np.exp(np.clip(two - one, -700, 700)))
    shapes, rates = (a1 + n, a2 + n), (b1 + expected, b2 + expected)
    mean = first * (digamma(shapes[0]) - np.log(rates[0])) + (1 - first) * (digamma(shapes[1]) - np.log(rates[1]))
    return np.exp(mean), _quantile(0.05, first, shapes, rates)


def _log_chance(n: Floats, expected: Floats, a: float, b: float) -> Floats:
    """Log of the negative binomial chance of n when its ratio to `expected` is gamma distributed with shape a, rate b."""
    share = np.log(expected) - np.log(b + expected)
    return np.asarray(gammaln(a + n) - gammaln(a) - gammaln(n + 1) + a * (np.log(b) - np.log(b + expected)) + n * share)


def _surprise(x: Floats, n: Floats, expected: Floats) -> float:
    a1, b1, a2, b2 = np.exp(x[:4])
    part = 1 / (1 + np.exp(-x[4]))
    both = np.logaddexp(np.log(part) + _log_chance(n, expected, a1, b1), np.log1p(-part) + _log_chance(n, expected, a2, b2))
    return float(-both.sum())


def _quantile(wanted: float, first: Floats, shapes: tuple[Floats, Floats], rates: tuple[Floats, Floats]) -> Floats:
    """Where the mixed posterior reaches `wanted`, by bisection."""
    low = np.zeros_like(first)
    high = np.maximum(shapes[0] / rates[0], shapes[1] / rates[1]) * 10 + 10
    for _ in range(80):
        middle = (low + high) / 2
        below = first * gammainc(shapes[0], middle * rates[0]) + (1 - first) * gammainc(shapes[1], middle * rates[1])
        low, high = np.where(below < wanted, middle, low), np.where(below < wanted, high, middle)
    return np.asarray((low + high) / 2)


def _shares(history: pl.DataFrame, period: Period, issues: pl.Series) -> Floats | None:
    """[issues, buckets]: each issue's share of the cases begun, by whole weeks up to the period's end, or else by days.

    None: fewer than eight of either. Shares, so that a busy week is not a rising issue.
    """
    first = history["day"].min()
    if not isinstance(first, date):
        return None
    covered = (period[1] - first).days + 1
    size = 7 if covered >= 7 * LEAST_BUCKETS and (period[1] - period[0]).days >= 6 else 1
    count = min(BUCKETS, covered // size)
    if count < LEAST_BUCKETS:
        return None
    last = pl.lit(period[1])
    bucketed = (
        history.with_columns(bucket=(count - 1) - ((last - pl.col("day")).dt.total_days() // size))
        .filter(pl.col("bucket") >= 0)
        .join(pl.DataFrame({"issue": issues}).with_row_index("place"), on="issue")
    )
    counts = np.zeros((len(issues), count))
    np.add.at(counts, (bucketed["place"].to_numpy(), bucketed["bucket"].to_numpy()), bucketed["begun"].to_numpy())
    return np.asarray(counts / np.maximum(counts.sum(axis=0), 1.0))


def rising(series: Floats) -> tuple[Floats, Floats]:
    """Kendall's tau of each row against time, and the false discovery rate at which it counts as rising (one-sided).

    Source: H. Mann, Econometrica 13 (1945), 245-259; ties as M. Kendall, Rank Correlation Methods (1975); Y. Benjamini,
    Y. Hochberg, Journal of the Royal Statistical Society B 57 (1995), 289-300, over the rows that move at all.
    """
    rows, size = series.shape
    sums = np.zeros(rows)
    for step in range(1, size):
        sums += np.sign(series[:, step:] - series[:, :-step]).sum(axis=1)
    ties = np.zeros(rows)
    for row in range(rows):
        _, count = np.unique(series[row], return_counts=True)
        ties[row] = (count * (count - 1) * (2 * count + 5)).sum()
    variance = (size * (size - 1) * (2 * size + 5) - ties) / 18
    moves = variance > 0
    score = np.where(moves, (sums - np.sign(sums)) / np.sqrt(np.where(moves, variance, 1.0)), 0.0)
    chance = np.where(moves, norm.sf(score), np.nan)
    return sums / (size * (size - 1) / 2), false_discovery(chance)


def false_discovery(chances: Floats) -> Floats:
    """Benjamini and Hochberg's q of each chance; nan is left out and stays nan."""
    found = np.full_like(chances, np.nan)
    known = np.flatnonzero(~np.isnan(chances))
    order = known[np.argsort(chances[known], kind="stable")]
    scaled = chances[order] * len(order) / np.arange(1, len(order) + 1)
    found[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return found
