"""The action register (整改登记) and what came of each action: the issue's rate before and after, against issues without one.

The rate is the share of cases begun in which the customer came back within `issues.window_days`. What an action did is the
change of its issue's rate, as a ratio, less the change that issues without an action show meanwhile (difference in
differences). Three things would claim effects that are none, and are allowed for: issues are chosen because their rate was high
(rates before are drawn towards the whole, as for the lists), rates wander by themselves (the issues without an action show by
how much), and one customer's cases come together (variances by customer).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, sqrt

import numpy as np
import polars as pl
from scipy.stats import chi2, norm

from laidian.settings import Issues
from laidian.stats import Z95
from laidian.tables import ActionEffect, check, from_rows
from laidian.tables.ranking import Verdict

LEAST_CASES, LEAST_OTHERS = 30, 5
"""Cases before and after below which an issue says nothing, and issues without an action below which there is no comparison."""

USUAL_CUT = 0.2
"""The cut whose detection is promised where the action names no target."""


@dataclass(frozen=True, slots=True)
class Action:
    """One line of the register. `target`: the rate to be reached (null: none named). `by`: who registered it."""

    issue: str
    what: str
    owner: str
    starts: date
    target: float | None
    by: str


_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?!\d)|(\d{4})(\d{2})(\d{2})(?!\d)")

Line = tuple[str, str, str, str, str]
"""issue, field, value, by, at: one label."""


def register(labels: Iterable[Line]) -> tuple[tuple[Action, ...], tuple[str, ...]]:
    """The actions that labels make, by start and issue; and the issues of those that cannot be used, with why.

    Labels of one issue, person and time are one action: `action` (what is done), `starts` (see `_day`), `owner`, `target` (see
    `_share`). A later action of the same start replaces the earlier, and one that can be used makes good one that could not.
    """
    grouped: dict[tuple[str, str, str], dict[str, str]] = {}
    for issue, field, value, by, at in labels:
        grouped.setdefault((issue, at, by), {})[field] = value.strip()
    made: dict[tuple[date, str], Action] = {}
    wrong: dict[str, str] = {}
    for (issue, _, by), given in sorted(grouped.items()):
        if "action" not in given:
            continue
        try:
            starts = _day(given["starts"])
            target = _share(given["target"]) if given.get("target") else None
        except KeyError:
            wrong[issue] = f"{issue}: no starts"
        except ValueError:
            wrong[issue] = f"{issue}: starts or target cannot be read"
        else:
            made[starts, issue] = Action(issue, given["action"], given.get("owner", ""), starts, target, by)
            wrong.pop(issue, None)
    return tuple(made[key] for key in sorted(made)), tuple(wrong.values())


def _day(text: str) -> date:
    """A day as people write it: 2025-04-03, 2025/4/3, 2025.4.3, 2025年4月3日, 20250403; a time after it does not matter."""
    if found := _DAY.match(text):
        return date(*(int(part) for part in found.groups() if part))
    raise ValueError(text)


def _share(text: str) -> float:
    """0.2, 20%, 20 (no share is above one, so it can only be meant as a percentage)."""
    number = float(text.rstrip("%％"))
    share = number / 100 if text[-1] in "%％" or number > 1 else number
    if not 0 <= share <= 1:
        raise ValueError(text)
    return share


def effects(actions: Sequence[Action], begun: pl.DataFrame, watched_to: date, policy: Issues) -> pl.DataFrame:
    """What came of each action, as `ActionEffect` rows.

    Args:
        actions: the register.
        begun: a row a case begun that has been watched: issue, day, customer_key (null: a customer of its own), followed_soon.
        watched_to: the last day whose contacts have been watched for `policy.window_days`.
        policy: `action_days` before and, at most, after the start are compared.
    """
    return check(from_rows([_effect(a, actions, begun, watched_to, policy) for a in actions], ActionEffect), ActionEffect)


def _effect(action: Action, actions: Sequence[Action], begun: pl.DataFrame, watched_to: date, policy: Issues) -> ActionEffect:
    span = timedelta(policy.action_days)
    first, last = action.starts - span, min(watched_to, action.starts + span - timedelta(1))
    busy = {a.issue for a in actions if first <= a.starts <= last and a.issue != action.issue}
    inside = begun.filter(pl.col("day").is_between(first, last) & ~pl.col("issue").is_in(list(busy)))
    sides = _sides(inside, action.starts)
    own = sides.filter(pl.col("issue") == action.issue).to_dicts()
    n, k = ([int(own[0][f"{name}{side}"]) if own else 0 for side in ("_before", "_after")] for name in ("n", "k"))
    enough = sides.filter((pl.col("n_before") >= LEAST_CASES) & (pl.col("n_after") >= LEAST_CASES))
    others = enough.filter(pl.col("issue") != action.issue).height
    counted = (action.issue, action.what, action.owner, action.starts, action.target, k[0], n[0], k[1], n[1],
               max(0, (last - action.starts).days + 1), others)  # fmt: skip
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
    who = pl.coalesce(pl.col("customer_key"), pl.int_range(pl.len()).cast(pl.String))
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
    usual, wander, doubt = _pooled(change[~own], variance[~own])
    return float(change[own][0] - usual), sqrt(float(variance[own][0]) + wander + doubt), usual


def _drawn_to_the_whole(k: np.ndarray, n: np.ndarray, off: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Posterior mean and variance of each rate, normal about the whole's with the spread that chance does not explain."""
    rate = (k + 0.5) / (n + 1)
    chance = np.maximum(off / n**2, rate * (1 - rate) / n)
    mean = k.sum() / n.sum()
    apart = max(0.0, float((((rate - mean) ** 2) - chance).mean()))
    weight = apart / (apart + chance)
    return np.maximum(weight * rate + (1 - weight) * mean, 1e-4), weight * chance


def _pooled(change: np.ndarray, variance: np.ndarray) -> tuple[float, float, float]:
    """Mean change of the others, variance of an issue's own wandering, variance of the mean.

    The wandering is the upper end of its 60 % interval (Q-profile; W. Viechtbauer, Statistics in Medicine 26 (2007), 37-52): of
    a hundred issues its middle is often zero where rates do wander, and claims what is none in one of eight; the end of its
    80 % interval claims fewer than it may and finds less.
    """

    def spread(wander: float) -> float:
        weight = 1 / (variance + wander)
        return float((weight * (change - (weight * change).sum() / weight.sum()) ** 2).sum())

    low, high, wanted = 0.0, 4.0, float(chi2.ppf(0.2, len(change) - 1))
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if spread(middle) > wanted else (low, middle)
    weight = 1 / (variance + high)
    return float((weight * change).sum() / weight.sum()), high, float(1 / weight.sum())
