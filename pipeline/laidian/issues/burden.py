"""Excess burden of issues, and how far chance may move their ranks: a bootstrap that resamples customers.

    burden = opened · max(0, shrunk rate - reference rate) · extra contacts · hours of a contact · cost of an hour

Customers, not contacts, are drawn: the contacts of one customer come together. Weights are Poisson (J. Hanley, B. MacGibbon,
Computer Methods and Programs in Biomedicine 83 (2006), 57-62): each customer counts 0, 1, 2 ... times.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from numba import njit
from scipy.stats import rankdata

from laidian.settings import Issues

Floats = npt.NDArray[np.float64]
CONTACTS, HANDLED, OPENED, FOLLOWED, EXTRA, ESCALATED = range(6)
SUMS = ("contacts", "handled_s", "opened", "opened_followed", "extra", "escalated")
"""What is summed by issue: contacts, their seconds, cases opened, those followed, their repeats, escalated contacts."""

PRIOR_CASES = 5.0
"""Followed cases (and contacts) of the whole that an issue's mean extra contacts (and seconds) are drawn towards; judgement."""

CAUTIOUS = 0.10
RANKS_BETWEEN = (0.025, 0.975)
_POISSON = np.searchsorted(np.cumsum([65536 / (np.e * f) for f in (1, 1, 2, 6, 24, 120, 720)]), np.arange(65536)).astype(np.uint8)


@dataclass(frozen=True)
class Resampled:
    """Sums by issue (rows, in order of the names) of the log as it is, and of every resample (last axis)."""

    issues: list[str]
    sums: Floats
    resamples: Floats


@dataclass(frozen=True)
class Burden:
    """The parts of the burden: one value an issue, or one an issue and resample."""

    shrunk: Floats
    reference: Floats
    extra: Floats
    handled: Floats
    excess: Floats
    cost: Floats


def resample(rows: pl.DataFrame, resamples: int) -> Resampled:
    """Draws the customers of a list's contacts again.

    Args:
        rows: a row a contact: issue, customer_key (null: a customer of its own), contact_id, and the columns of SUMS; whole
            numbers, so that the order of the rows cannot change a sum.
        resamples: how many times.
    """
    summed = (
        rows.with_columns(pl.coalesce("customer_key", "contact_id").alias("customer"))
        .group_by("customer", "issue")
        .agg(pl.col(name).cast(pl.Float64).sum() for name in SUMS)
        .sort("customer", "issue")
    )
    names = summed["issue"].unique().sort()
    place = pl.DataFrame({"issue": names}).with_row_index("place")
    coded = summed.join(place, on="issue", maintain_order="left")
    issue = coded["place"].to_numpy().astype(np.int64)
    starts = (coded["customer"] != coded["customer"].shift(1)).fill_null(True).to_numpy()
    values = np.ascontiguousarray(coded.select(SUMS).to_numpy(), dtype=np.float64)
    sums = np.zeros((len(names), len(SUMS)))
    np.add.at(sums, issue, values)
    return Resampled(names.to_list(), sums, _resampled(starts, issue, values, len(names), resamples, _POISSON))


@njit(cache=True)
def _resampled(
    starts: npt.NDArray[np.bool_], issue: npt.NDArray[np.int64], values: Floats, issues: int, resamples: int,
    poisson: npt.NDArray[np.uint8],
) -> Floats:  # fmt: skip
    """[issues, sums, resamples]. The customer's place in order seeds its draws (splitmix64), so they do not hang on row order."""
    total = np.zeros((issues, values.shape[1], resamples))
    weight = np.zeros(resamples)
    customer = np.uint64(0)
    for row in range(len(issue)):
        if starts[row]:
            customer += np.uint64(1)
            state = customer * np.uint64(0x9E3779B97F4A7C15)
            for place in range(0, resamples, 4):
                state += np.uint64(0x9E3779B97F4A7C15)
                z = state
                z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                z = z ^ (z >> np.uint64(31))
                for part in range(min(4, resamples - place)):
                    weight[place + part] = poisson[(z >> np.uint64(16 * part)) & np.uint64(0xFFFF)]
        for column in range(values.shape[1]):
            value = values[row, column]
            if value != 0.0:
                into = total[issue[row], column]
                for place in range(resamples):
                    into[place] += value * weight[place]
    return total


def burden(sums: Floats, policy: Issues) -> Burden:
    """The burden of every issue from its sums [issues, SUMS, ...]."""
    contacts, handled, opened, followed, extra = (sums[:, place] for place in (CONTACTS, HANDLED, OPENED, FOLLOWED, EXTRA))
    shrunk = shrink(followed, opened)
    reference = reachable(shrunk, opened, policy.reference)
    each = _drawn_in(extra, followed)
    seconds = _drawn_in(handled, contacts)
    excess = opened * np.maximum(0.0, shrunk - reference) * each
    return Burden(shrunk, reference, each, seconds, excess, excess * seconds / 3600 * policy.cost_per_hour)


def shrink(k: Floats, n: Floats) -> Floats:
    """Shares k / n drawn towards that of the whole, the more the less n says (beta-binomial, by moments); axis 0 = issues.

    Source: J. Kleinman, Journal of the American Statistical Association 68 (1973), 46-54. Where the shares differ no more than
    chance makes them, all are that of the whole. Without a case there is nothing to draw from: 0.
    """
    whole = np.maximum(n.sum(axis=0), 1e-12)
    mean = k.sum(axis=0) / whole
    chance = np.maximum(mean * (1 - mean), 1e-12)
    some = n > 0
    share = np.divide(k, n, out=np.zeros_like(k), where=some)
    apart = (n * (share - mean) ** 2).sum(axis=0) / chance
    free = np.maximum(some.sum(axis=0) - 1, 0)
    alike = np.clip((apart - free) / np.maximum(whole - (n**2).sum(axis=0) / whole - free, 1e-9), 0.0, 0.99)
    weight = n * alike / (n * alike + 1 - alike)
    return np.asarray(weight * share + (1 - weight) * mean)


def reachable(rates: Floats, weights: Floats, part: float) -> Floats:
    """The rate that `part` of the cases, those of the issues with the lowest rates first, keep to; axis 0 = issues."""
    order = np.argsort(rates, axis=0, kind="stable")
    sorted_rates = np.take_along_axis(rates, order, axis=0)
    upto = np.cumsum(np.take_along_axis(weights, order, axis=0), axis=0)
    place = np.argmax(upto >= part * upto[-1:], axis=0)
    return np.asarray(np.take_along_axis(sorted_rates, place[np.newaxis], axis=0)[0])


def _drawn_in(total: Floats, n: Floats) -> Floats:
    """Means total / n, drawn towards the mean of the whole by PRIOR_CASES."""
    mean = total.sum(axis=0) / np.maximum(n.sum(axis=0), 1e-12)
    return np.asarray((total + PRIOR_CASES * mean) / (n + PRIOR_CASES))


def rank_bounds(values: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Between which ranks the resamples put each issue, largest value first. Equal values share all their places."""
    best = rankdata(-values, method="min", axis=0)
    worst = rankdata(-values, method="max", axis=0)
    low = np.floor(np.quantile(best, RANKS_BETWEEN[0], axis=1)).astype(np.int64)
    high = np.ceil(np.quantile(worst, RANKS_BETWEEN[1], axis=1)).astype(np.int64)
    return low, high


def burden_table(drawn: Resampled, policy: Issues) -> pl.DataFrame:
    """One row an issue: the burden, its cautious value, and the bounds of the ranks in each of the lists.

    The cautious value is shown and not ranked by: shrunk rates are cautious already, and twice puts what is seen little too low.
    """
    now, again = burden(drawn.sums, policy), burden(drawn.resamples, policy)
    bounds = {
        "common": rank_bounds(drawn.resamples[:, CONTACTS]), "unresolved": rank_bounds(again.cost),
        "escalated": rank_bounds(drawn.resamples[:, ESCALATED]),
    }  # fmt: skip
    reference = np.full(len(drawn.issues), float(now.reference))
    columns = {
        "opened": drawn.sums[:, OPENED].astype(np.int64), "shrunk_rate": now.shrunk, "reference_rate": reference,
        "extra_contacts": now.extra, "handled_s": now.handled, "excess_contacts": now.excess, "burden": now.cost,
        "burden_low": np.quantile(again.cost, CAUTIOUS, axis=1),
    }  # fmt: skip
    for name, (low, high) in bounds.items():
        columns |= {f"low_{name}": low, f"high_{name}": high}
    return pl.DataFrame({"issue": pl.Series(drawn.issues, dtype=pl.String), **columns})
