"""Scorecards: first-call resolution beside contact resolution, without what chance, mix and the agent's own levers make of them.

With an audit a contact counts by `Outcome.card_…`: guesses from what the CUSTOMER did, calibrated on the audit; who defers
callers, closes tickets early or picks a kinder code gains little. Without one it counts by whether the customer came back to
the same queue: 7 days before, 14 days after.

The guesses know of an agent only through his customers. Where a customer's ways depend on the agent only by what was settled, a
group that settles d more moves its guesses by d times their reliability: the variance of the guesses over that of the truth. So
differences of guesses are divided by it, and their variance by its square. Source: W. A. Fuller, Measurement Error Models (1987),
ch. 1 (reliability ratio).
"""

import json
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from laidian.calendar import Period
from laidian.scorecards.served import served
from laidian.scorecards.shrink import Floats, dispersion, limits, shrunk
from laidian.settings import Scorecards as Settings
from laidian.tables import Scorecard, check, schema

GROUPINGS = ("agent", "team", "queue", "department")
Z95, Z998 = 1.959964, 3.090232
"""The funnel's limits: 1 in 20 and 1 in 500 of groups that are like the others lie outside."""

_USUAL = 20.0
"""Contacts of the whole that a kind of contact (`mix`) is mixed with, so that a rare kind does not judge an agent."""

_LEAST_TOLD = 0.05
"""A smaller reliability of the guesses counts as this, so that a model that knows nothing does not divide by nothing."""

_FEWEST = 4
"""Groups with enough returns from which on one can be told to be later than the others."""

Basis = Literal["audit", "returns"]


@dataclass(frozen=True, slots=True)
class _Counted:
    """What one figure counts of each contact: `hit` of `of`, both 0..1; a contact with `of` 0 is left out. `owner`: its group."""

    hit: Floats
    of: Floats
    owner: NDArray[np.object_]


def scorecards(
    contacts: pl.DataFrame, customers: pl.DataFrame, reasons: pl.DataFrame, outcomes: pl.DataFrame,
    period: Period, as_of: date, settings: Settings,
) -> pl.DataFrame:  # fmt: skip
    """`Scorecard` rows of a period: a row an agent, team, queue and (where the settings name them) department.

    Args:
        contacts: `Contact`, the whole log.
        customers: `Customer`, likewise.
        reasons: `Reason`, likewise.
        outcomes: `Outcome`, likewise; without an audit its `card_…` are null and returns count instead.
        period: first and last business day, inclusive.
        as_of: the log's last complete day.
        settings: smallest group, departments, targets.
    """
    known = served(contacts, customers, reasons, outcomes, period, as_of)
    team_of = {team: name for name, teams in settings.departments.items() for team in teams}
    for column, of in (("department", "team"), ("last_department", "last_team")):
        known = known.with_columns(pl.col(of).replace_strict(team_of, default=None, return_dtype=pl.String).alias(column))
    basis: Basis = "audit" if known["card_first"].null_count() < known.height else "returns"
    cards = pl.concat([_cards(known, by, basis, settings) for by in GROUPINGS])
    whole = cards.with_columns(from_day=pl.lit(period[0]), to_day=pl.lit(period[1]), basis=pl.lit(basis))
    return check(whole.select(pl.col(name).cast(dtype) for name, dtype in schema(Scorecard).items()), Scorecard)


def _cards(known: pl.DataFrame, by: str, basis: Basis, settings: Settings) -> pl.DataFrame:
    """The cards of one grouping; contacts whose group the log does not name belong to no card."""
    some = known.filter(pl.col(by).is_not_null()).sort("contact_id")
    kind = pl.col("mix") if by == "queue" else pl.concat_str("mix", pl.col("queue").fill_null("-"), separator="/")
    mix = some.select(kind)["mix"].to_numpy().astype(object)
    first = _compared(_first(some, by, basis), mix, settings.least)
    last = _compared(_resolved(some, by), mix, settings.least).select(
        "group", resolution_of="of", resolution="value", resolution_low="low", resolution_high="high"
    )
    own, usual = settings.targets.get(by, {}), settings.targets.get(by, {}).get("*")
    target = pl.col("group").replace_strict(own, default=usual, return_dtype=pl.Float64)
    return (
        some.group_by(group=pl.col(by)).agg(contacts=pl.len())
        .join(first.rename({"of": "firsts", "hit": "settled", "value": "fcr"}), on="group", how="left")
        .join(last, on="group", how="left")
        .join(_late(some, by, settings.least), on="group", how="left")
        .join(_left_out(some, by, basis), on="group", how="left")
        .with_columns(group_by=pl.lit(by), target=target, suppressed=pl.col("fcr").is_null())
        .with_columns(gap=pl.col("fcr") - pl.col("target"))
    )  # fmt: skip


def _first(some: pl.DataFrame, by: str, basis: Basis) -> _Counted:
    """First-call resolution, on the first agent's side."""
    owner = some[by].to_numpy().astype(object)
    if basis == "audit":
        both, first = (some[f"card_{name}"].fill_null(0.0).to_numpy() for name in ("first_resolved", "first"))
        return _Counted(np.minimum(both, first), first, owner)
    usable = some["watched_before"] & some["watched_after"] & ~some["repeats"]
    return _Counted((usable & ~some["returned"]).to_numpy().astype(float), usable.to_numpy().astype(float), owner)


def _resolved(some: pl.DataFrame, by: str) -> _Counted:
    """Contact resolution, on the last agent's side (a queue has no last agent); counts nothing where nothing was guessed."""
    owner = some[by] if by == "queue" else some.select(pl.coalesce(f"last_{by}", by).alias(by))[by]
    guessed = some["card_resolved"]
    of = guessed.is_not_null().to_numpy().astype(float)
    return _Counted(guessed.fill_null(0.0).to_numpy(), of, owner.to_numpy().astype(object))


def _compared(counted: _Counted, mix: NDArray[np.object_], least: int) -> pl.DataFrame:
    """Every group with at least `least` contacts that count, in the words of `Scorecard`; `of`, `hit` add up guesses."""
    kinds, kind = np.unique(mix, return_inverse=True)
    names, place = np.unique(counted.owner, return_inverse=True)

    def sums(key: NDArray[np.intp], values: Floats, size: int) -> Floats:
        return np.bincount(key, values, minlength=size).astype(np.float64)

    whole = float(counted.hit.sum() / max(counted.of.sum(), 1e-9))
    hit_by, of_by = sums(kind, counted.hit, kinds.size), sums(kind, counted.of, kinds.size)
    share = ((hit_by + _USUAL * whole) / (of_by + _USUAL))[kind]
    usual, used = share * counted.of, counted.of > 0
    seen = float(((counted.hit - usual)[used] ** 2).sum())  # around the kind, of all contacts
    tells = min(1.0, max(_LEAST_TOLD, seen / max(float((counted.of * share * (1 - share)).sum()), 1e-9)))
    of = sums(place, counted.of, names.size)
    kept = of >= least
    hit, expected = (sums(place, v, names.size)[kept] for v in (counted.hit, usual))
    of = of[kept]
    variance = np.maximum(seen / max(counted.of.sum(), 1e-9) / of / tells**2, 1e-9)
    adjusted = whole + (hit - expected) / of / tells
    extra, pulled = dispersion(adjusted, variance, whole), shrunk(adjusted, variance, whole)
    (low95, high95), (low998, high998) = (limits(variance, extra, whole, z) for z in (Z95, Z998))
    columns = {
        "of": of.round(), "hit": hit.round(), "raw": hit / of, "expected": expected / of, "adjusted": np.clip(adjusted, 0, 1),
        "value": pulled.value, "low": pulled.low, "high": pulled.high,
        "limit_low": low95, "limit_high": high95, "outer_low": low998, "outer_high": high998,
    }  # fmt: skip
    outside = np.select([adjusted < low998, adjusted > high998], ["below", "above"], "")
    table = pl.DataFrame({"group": pl.Series(names[kept].tolist(), dtype=pl.String), **columns, "outside": outside})
    return table.with_columns(outside=pl.when(pl.col("outside") != "").then("outside"))


def _late(some: pl.DataFrame, by: str, least: int) -> pl.DataFrame:
    """Customers who came back within 21 days, how many of them after the seventh, and whether that is too many for chance.

    A group is compared with the quarter of groups whose customers come back soonest, for deferring may be the custom of many;
    queues differ by their problems, so what counts is the excess over what each contact's queue makes expected.
    """
    back = some.filter("returned_at_last").select(
        group=pl.col(by), late=pl.col("returned_late").cast(pl.Float64), queue=pl.col("queue").fill_null("-")
    )
    usual = pl.lit(back["late"].mean()) if by == "queue" else pl.col("late").mean().over("queue")
    counted = back.with_columns(usual=usual).group_by("group").agg(
        returned=pl.len().cast(pl.Int64), returned_late=pl.col("late").sum().cast(pl.Int64),
        excess=(pl.col("late") - pl.col("usual")).mean(), usual=pl.col("usual").mean(),
    )  # fmt: skip
    enough = pl.col("returned") >= least
    large = counted.filter(enough)
    lowest = large["excess"].quantile(0.25, "linear") if large.height >= _FEWEST else None
    share = pl.col("usual") + pl.lit(lowest, pl.Float64)
    apart = (pl.col("excess") - pl.lit(lowest, pl.Float64)) / (share * (1 - share) / pl.col("returned")).sqrt()
    told = counted.with_columns(
        late_share=pl.when(enough).then(pl.col("returned_late") / pl.col("returned")),
        defers=pl.when(enough & share.is_between(0, 1, closed="none")).then(apart > Z998),
    )
    groups = some.select(group=pl.col(by)).unique()
    return groups.join(told.drop("excess", "usual"), on="group", how="left").with_columns(
        pl.col("returned", "returned_late").fill_null(0)
    )


def _left_out(some: pl.DataFrame, by: str, basis: Basis) -> pl.DataFrame:
    """Why contacts do not count towards first-call resolution: JSON by group."""
    audited = [("not_guessed", pl.col("card_first").is_null())]
    returned = [
        ("no_identity", ~pl.col("known")), ("immature_before", ~pl.col("watched_before")),
        ("immature_after", ~pl.col("watched_after")), ("not_first", pl.col("repeats")),
    ]  # fmt: skip
    reasons = audited if basis == "audit" else returned
    why = pl.coalesce(*(pl.when(holds).then(pl.lit(name)) for name, holds in reasons))
    counted = some.select(group=pl.col(by), why=why).group_by("group", "why").len().sort("group", "why")
    found: dict[str, dict[str, int]] = {}
    for group, name, n in counted.iter_rows():
        found.setdefault(group, {}).update({} if name is None else {name: n})
    rows = {"group": list(found), "excluded": [json.dumps(left, sort_keys=True) for left in found.values()]}
    return pl.DataFrame(rows, schema={"group": pl.String, "excluded": pl.String})
