"""What came of each action: the issue's rate before and after, against issues without one.

The rate is the share of cases begun in which the customer came back within `issues.window_days`. What an action did is the
change of its issue's rate, as a ratio, less the change that issues without an action show meanwhile (difference in
differences). Three things would claim effects that are none, and are allowed for: issues are chosen because their rate was high
(rates before are drawn towards the whole, as for the lists), rates wander by themselves (the issues without an action show by
how much), and one customer's cases come together (variances by customer).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, sqrt

import numpy as np
import polars as pl
from scipy.stats import chi2, norm

from laidian.actions.register import Action
from laidian.settings import Issues
from laidian.stats import Z95
from laidian.tables import ActionEffect, check, from_rows
from laidian.tables.ranking import Verdict

LEAST_CASES, LEAST_OTHERS = 30, 5
"""Cases before and after below which an issue says nothing, and issues without an action below which there is no comparison."""

USUAL_CUT = 0.2
"""The cut whose detection is promised where the action names no target."""


def effects(actions: Sequence[Action], begun: pl.DataFrame, watched_to: date, policy: Issues) -> pl.DataFrame:
    """What came of each action, as `ActionEffect` rows.

    Args:
        actions: the register.
        begun: a row a case begun that has been watched: issue, day, customer_key (null: a customer of its own), followed_soon.
        watched_to: the last day whose contacts have been watched for `policy.window_days`.
        policy: `action_days` before and, at most, after the start are compared.
    """
    around = {starts: _around(starts, begun, watched_to, policy) for starts in {a.starts for a in actions}}
    return check(from_rows([_effect(a, actions, around[a.starts]) for a in actions], ActionEffect), ActionEffect)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an action on an issue could show. `cases`, `followed`: of the latest `action_days`; `detectable`: the smallest cut
    that as many cases before and after tell with a chance of 80 % (null: too few cases or others)."""

    cases: int
    followed: int
    detectable: float | None


def foreseen(
    issues: Iterable[str], actions: Sequence[Action], begun: pl.DataFrame, watched_to: date, policy: Issues
) -> dict[str, Foreseen]:
    """Of each issue what an action could show, as if one had begun `action_days` ago; other arguments as of `effects`."""
    around = _around(watched_to - timedelta(policy.action_days - 1), begun, watched_to, policy)
    supposed = {issue: _effect(Action(issue, "", "", around.starts, None, ""), actions, around) for issue in issues}
    return {issue: Foreseen(e.cases_after, e.followed_after, e.detectable) for issue, e in supposed.items()}


@dataclass(frozen=True, slots=True)
class _Around:
    """All issues before and after a day: the days looked at, `sides` as `_sides` makes them."""

    starts: date
    first: date
    last: date
    sides: pl.DataFrame


def _around(starts: date, begun: pl.DataFrame, watched_to: date, policy: Issues) -> _Around:
    span = timedelta(policy.action_days)
    first, last = starts - span, min(watched_to, starts + span - timedelta(1))
    return _Around(starts, first, last, _sides(begun.filter(pl.col("day").is_between(first, last)), starts))


def _effect(action: Action, actions: Sequence[Action], around: _Around) -> ActionEffect:
    busy = {a.issue for a in actions if around.first <= a.starts <= around.last and a.issue != action.issue}
    sides = around.sides.filter(~pl.col("issue").is_in(list(busy)))
    own = sides.filter(pl.col("issue") == action.issue).to_dicts()
    n, k = ([int(own[0][f"{name}{side}"]) if own else 0 for side in ("_before", "_after")] for name in ("n", "k"))
    enough = sides.filter((pl.col("n_before") >= LEAST_CASES) & (pl.col("n_after") >= LEAST_CASES))
    others = enough.filter(pl.col("issue") != action.issue).height
    counted = (action.issue, action.what, action.owner, action.starts, action.target, k[0], n[0], k[1], n[1],
               max(0, (around.last - action.starts).days + 1), others)  # fmt: skip
    if min(n) < LEAST_CASES:
        return ActionEffect(*counted, None, None, None, None, None, None, "too_early")
    if others < LEAST_OTHERS:
        return ActionEffect(*counted, None, None, None, None, None, None, "no_others")
    moved, error, usual = _beyond_others(enough, action.issue)
    wanted = USUAL_CUT if not action.target or not k[0] else 1 - action.target / (k[0] / n[0])
    power = float(norm.cdf(-np.log1p(-min(wanted, 0.95)) / error - Z95)) if wanted > 0 else None
    detectable = 1 - exp(-(Z95 + float(norm.ppf(0.8))) * error)
    low, high = exp(moved - Z95 * error) - 1, exp(moved + Z95 * error) - 1
    verdict: Verdict = "fewer" if high < 0 else "more" if low > 0 else "not_told"
    return ActionEffect(*counted, exp(usual) - 1, exp(moved) - 1, low, high, power, detectable, verdict)


def _sides(inside: pl.DataFrame, starts: date) -> pl.DataFrame:
    """Per issue: cases n, followed k and the sum of squares by customer, before and after."""
    side = pl.when(pl.col("day") < starts).then(pl.lit("_before")).otherwise(pl.lit("_after"))
    unknown = pl.concat_str(pl.lit("row "), pl.int_range(pl.len()))  # no customer's key
    who = pl.coalesce(pl.col("customer_key"), unknown)
    told = inside.with_columns(side=side, who=who)
    rate = told.group_by("issue", "side").agg(pl.len().alias("n"), pl.col("followed_soon").sum().alias("k"))
    people = told.group_by("issue", "side", "who").agg(pl.len().alias("m"), pl.col("followed_soon").sum().alias("f"))
    off = people.join(rate, on=["issue", "side"]).with_columns(off=pl.col("f") - pl.col("m") * pl.col("k") / pl.col("n"))
    squares = off.sort("issue", "side", "who").group_by("issue", "side", maintain_order=True).agg((pl.col("off") ** 2).sum())
    wide = rate.join(squares, on=["issue", "side"]).sort("issue", "side")
    return (
        wide.select("issue", pl.lit(0).alias("_")).unique().sort("issue").drop("_")
        .join(_of(wide, "_before"), on="issue", how="left").join(_of(wide, "_after"), on="issue", how="left")
        .with_columns(pl.exclude("issue").fill_null(0)).sort("issue")
    )  # fmt: skip


def _of(wide: pl.DataFrame, side: str) -> pl.DataFrame:
    chosen = wide.filter(pl.col("side") == side).drop("side")
    return chosen.select("issue", *(pl.col(name).alias(f"{name}{side}") for name in ("n", "k", "off")))


def _beyond_others(sides: pl.DataFrame, issue: str) -> tuple[float, float, float]:
    """Log ratio of the issue's change beyond that of the others, its standard error, and the others' own log change."""
    n, k, off = (sides[f"{name}_before"].to_numpy().astype(float) for name in ("n", "k", "off"))
    before, doubt_before = _drawn_to_the_whole(k, n, off)
    n, k, off = (sides[f"{name}_after"].to_numpy().astype(float) for name in ("n", "k", "off"))
    after = (k + 0.5) / (n + 1)
    doubt_after = np.maximum(off / n**2, after * (1 - after) / n)
    change = np.log(after / before)
    variance = doubt_after / after**2 + doubt_before / before**2
    own = sides["issue"].to_numpy() == issue
    wander = _wander(change[~own], variance[~own])
    unchanged = (1 - before) / (n * before) + doubt_before / before**2 + wander
    usual, doubt = _usual((k / n / before)[~own], unchanged[~own])
    return float(change[own][0] - usual), sqrt(float(variance[own][0]) + wander + doubt), usual


def _drawn_to_the_whole(k: np.ndarray, n: np.ndarray, off: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Posterior mean and variance of each rate, normal about the whole's with the spread that chance does not explain."""
    rate = (k + 0.5) / (n + 1)
    chance = np.maximum(off / n**2, rate * (1 - rate) / n)
    mean = k.sum() / n.sum()
    apart = max(0.0, float((((rate - mean) ** 2) - chance).mean()))
    weight = apart / (apart + chance)
    return np.maximum(weight * rate + (1 - weight) * mean, 1e-4), weight * chance


def _wander(change: np.ndarray, variance: np.ndarray) -> float:
    """Variance of an issue's own wandering: the upper end of its 70 % interval over the others.

    By the Q-profile (W. Viechtbauer, Statistics in Medicine 26 (2007), 37-52). The usual estimate of a hundred issues is often
    zero where rates do wander, and claims what is none. Of ends from 40 to 80 % this is the least cautious that kept claims of
    issues without effect below 5 % on logs of four kinds (rates that do not wander, do, do twice as much, and fewer cases).
    """

    def spread(wander: float) -> float:
        weight = 1 / (variance + wander)
        return float((weight * (change - (weight * change).sum() / weight.sum()) ** 2).sum())

    low, high, wanted = 0.0, 4.0, float(chi2.ppf(0.15, len(change) - 1))
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if spread(middle) > wanted else (low, middle)
    return high


def _usual(ratio: np.ndarray, unchanged: np.ndarray) -> tuple[float, float]:
    """The others' log change, and its variance.

    Ratios are averaged, not their logarithms, and weighed by the variance that each would have without a change: a rate that
    fell by chance has fewer repeats, so its own variance would give it less weight, and the others would seem to have risen.
    """
    weight = 1 / unchanged
    weight /= weight.sum()
    return float(np.log(max((weight * ratio).sum(), 1e-4))), float((weight**2 * unchanged).sum())
