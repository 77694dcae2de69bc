"""How long first contacts stay without a repeat, what that bounds, and which window the audit likes best: rows of measures."""

import json
from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl

from laidian.calendar import DAY, Period, parse_window
from laidian.fcr import survival
from laidian.fcr.bounds import Believed, Followed, Looked, bounds
from laidian.settings import Fcr
from laidian.tables import Measure, check, from_rows

_FEW = 50  # audited first contacts of a reason from which its own best window is looked for


def curves(facts: pl.DataFrame, period: Period, settings: Fcr) -> pl.DataFrame:
    """`kaplan_meier.W` for each window of hours or natural days, and `fcr_bounds`: `Measure` rows for the whole.

    Args:
        facts: from `laidian.fcr.facts`, of the period.
        period: first and last business day, inclusive.
        settings: windows, and what is believed of customers who give up or ask again.
    """
    watched, left = _watched(facts)
    gap, until = (watched[c].to_numpy().astype(float) / DAY for c in ("same_after", "covered_after"))
    found = survival.curve(gap, np.maximum(until, 0.0))
    natural = [w for w in dict.fromkeys(settings.windows) if ":" not in w and not parse_window(w).after_workdays]
    rows = [_km(found, window, gap, left, period) for window in natural]
    return check(from_rows([*rows, _bounds(facts, watched, left, period, settings)], Measure), Measure)


def _watched(facts: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, int]]:
    """First contacts by the log, and how many are left out for what."""
    why = (
        pl.when(pl.col("outside").is_not_null())
        .then("outside")
        .when(~pl.col("identified"))
        .then(pl.lit("no_identity"))
        .when(pl.col("reason").is_null() & pl.col("faulty"))
        .then(pl.lit("faulty_recording"))
        .when(pl.col("reason").is_null())
        .then(pl.lit("no_reason"))
        .when((pl.col("same_before") <= survival.SETTLES * DAY).fill_null(False))
        .then(pl.lit("not_first"))
    )
    told = facts.with_columns(why=why)
    left = told.filter(pl.col("why").is_not_null())["why"].value_counts().sort("why")
    return told.filter(pl.col("why").is_null()), dict(left.iter_rows())


def _km(found: survival.Curve, window: str, gap: survival.Floats, left: dict[str, int], period: Period) -> Measure:
    days = parse_window(window).after / DAY
    value, low, high = survival.away_after(found, days) if found.watched else (None, None, None)
    stayed = found.watched - int((gap <= days).sum())
    excluded = json.dumps(left, sort_keys=True)
    return Measure(f"kaplan_meier.{window}", *period, "all", "all", value, low, high, stayed, found.watched, excluded)


def _bounds(facts: pl.DataFrame, watched: pl.DataFrame, left: dict[str, int], period: Period, settings: Fcr) -> Measure:
    """No value, only bounds; none where the log is shorter than they need or hardly any customer spoke of an earlier contact."""
    served = facts.filter(pl.col("outside").is_null() & pl.col("identified") & ~pl.col("faulty"))
    looked = served.filter((pl.col("covered_before") >= survival.SETTLES * DAY) & pl.col("reason").is_not_null())
    keys = pl.concat([watched["customer_key"], looked["customer_key"]]).rank("dense").to_numpy().astype(np.int64) - 1
    found = bounds(
        Followed(
            watched["same_after"].to_numpy().astype(float) / DAY,
            np.maximum(watched["covered_after"].to_numpy().astype(float) / DAY, 0.0),
            watched["next_spoke"].to_numpy(), keys[: watched.height],
        ),
        Looked(
            looked["spoke"].to_numpy(), (looked["same_before"] <= survival.SETTLES * DAY).fill_null(False).to_numpy(),
            keys[watched.height :],
        ),
        Believed(settings.most_give_up, settings.most_ask_again),
    )  # fmt: skip
    low, high = found or (None, None)
    excluded = json.dumps(left, sort_keys=True)
    return Measure("fcr_bounds", *period, "all", "all", None, low, high, watched.height, watched.height, excluded)


def best_windows(facts: pl.DataFrame, audits: pl.DataFrame, period: Period) -> list[Measure]:
    """`best_window`: W* in DAYS with its bootstrap interval, for the whole and for each reason with enough audited contacts.

    Only audited first contacts count of which it is known whether they were settled, and which the log watches long enough.
    """
    told = facts.join(audits.select("contact_id", "is_first", "resolved"), on="contact_id", how="left")
    return [row for part in _parts(told) for row in _best(*part, period)]


def _parts(told: pl.DataFrame) -> Iterable[tuple[str, str, pl.DataFrame]]:
    yield "all", "all", told
    for reason in sorted(told["reason"].drop_nulls().unique()):
        yield "reason", reason, told.filter(pl.col("reason") == reason)


def _best(group_by: str, group: str, told: pl.DataFrame, period: Period) -> Iterator[Measure]:
    usable = (
        pl.col("outside").is_null() & pl.col("identified") & pl.col("reason").is_not_null() & pl.col("is_first")
        & (pl.col("resolved") != "unknown") & (pl.col("covered_after") >= survival.LASTS * DAY)
    )  # fmt: skip
    judged = told.filter(usable.fill_null(False)).sort("contact_id")
    if judged.height < _FEW:
        return
    gap = judged["same_after"].to_numpy().astype(float) / DAY
    found = survival.best_window(gap, (judged["resolved"] != "no").to_numpy())
    excluded = json.dumps({"not_audited": told.height - judged.height}, sort_keys=True)
    agreeing = round(float(found.agreement.max()) * judged.height)
    yield Measure("best_window", *period, group_by, group, found.days, found.low, found.high, agreeing, judged.height, excluded)
