"""Period against period (环比): how far a figure moved, and whether more than chance moved it.

The same customers bring several contacts, within a period and in both. So the interval is not that of two independent shares:
each customer's influence on the difference is summed first, and the spread over customers counts (the cluster sandwich). Source:
C.-E. Särndal, B. Swensson, J. Wretman, Model Assisted Survey Sampling (1992), ch. 4.2 and 5.5. An estimate moves by its audit's
error as well; what customers add to it is that of a share of its first contacts, as much wider as customers make the window
figure of the same days.
"""

from collections.abc import Iterator
from math import sqrt
from typing import Any

import duckdb
import numpy as np
import polars as pl

from laidian.calendar import Period
from laidian.fcr.figures import Figure
from laidian.fcr.measures import why
from laidian.stats import Z95
from laidian.tables import Change, check, from_rows

ESTIMATED = ("estimate_promise", "estimate_strict", "estimate_promise_net", "estimate_strict_net", "contact_resolution")
_WIDER_BY = "window_fcr.7d.same"


def changes(
    facts: tuple[pl.DataFrame, pl.DataFrame], measures: tuple[pl.DataFrame, pl.DataFrame], periods: tuple[Period, Period],
    figures: tuple[Figure, ...],
) -> pl.DataFrame:  # fmt: skip
    """`Change` rows of every share that has a value in both periods; each pair in the order (now, before).

    Args:
        facts: from `laidian.fcr.facts`, as of the same day.
        measures: `Measure` rows of the whole and of any groups, of which the whole counts.
        periods: first and last business day, inclusive; the periods do not overlap.
        figures: the figures counted from facts.
    """
    rows: list[Change] = []
    wider = 1.0
    with duckdb.connect(":memory:") as db:
        db.execute("SET enable_progress_bar = false")
        for name, table in zip(("now", "past"), facts, strict=True):
            db.register(name, table)
        for figure in figures:
            if figure.count is None and (moved := _moved(db, figure)):
                value, before, error, plain = moved
                rows.append(_change(figure.definition, periods, value, before, error))
                if figure.definition == _WIDER_BY and plain > 0:
                    wider = max(1.0, error / plain)
    rows += _estimated(measures, periods, wider)
    return check(from_rows(rows, Change), Change)


def _moved(db: duckdb.DuckDBPyConnection, figure: Figure) -> tuple[float, float, float, float] | None:
    """The share now and before, the error of the difference by customers, and that of as many customers of one contact each."""
    parts = " UNION ALL ".join(
        f"SELECT coalesce(customer_key, contact_id) AS who, {n} AS side, CAST({figure.hit} AS INTEGER) AS hit "
        f"FROM {table} WHERE ({why(figure)}) IS NULL"
        for n, table in enumerate(("now", "past"))
    )
    told = db.sql(f"SELECT who, side, sum(hit) AS hits, count(*) AS n FROM ({parts}) GROUP BY ALL").pl()
    hits, n = ([float(told.filter(side=side)[column].sum()) for side in (0, 1)] for column in ("hits", "n"))
    if 0 in n:
        return None
    share = [h / m for h, m in zip(hits, n, strict=True)]
    side = told["side"].to_numpy()
    off = told["hits"].to_numpy().astype(float) - np.array(share)[side] * told["n"].to_numpy()
    influence = np.where(side == 0, 1.0, -1.0) * off / np.array(n)[side]
    by_customer = told.select("who", influence=pl.Series(influence)).group_by("who").agg(pl.col("influence").sum())["influence"]
    error = sqrt(float((by_customer.to_numpy() ** 2).sum()))
    return share[0], share[1], error, sqrt(sum(p * (1 - p) / m for p, m in zip(share, n, strict=True)))


def _change(name: str, periods: tuple[Period, Period], value: float, before: float, error: float) -> Change:
    moved = value - before
    low, high = max(-1.0, moved - Z95 * error), min(1.0, moved + Z95 * error)
    return Change(name, *periods[0], *periods[1], value, before, moved, low, high)


def _estimated(measures: tuple[pl.DataFrame, pl.DataFrame], periods: tuple[Period, Period], wider: float) -> Iterator[Change]:
    now, past = ({row["definition"]: row for row in table.filter(group_by="all").iter_rows(named=True)} for table in measures)
    for name in ESTIMATED:
        pair = now.get(name), past.get(name)
        if pair[0] is None or pair[1] is None or pair[0]["value"] is None or pair[1]["value"] is None:
            continue
        error = sqrt(sum(_variance(row, wider) for row in pair if row is not None))
        yield _change(name, periods, pair[0]["value"], pair[1]["value"], error)


def _variance(row: dict[str, Any], wider: float) -> float:
    """Of one period's estimate: its audit's error, and that of the customers who happened to come."""
    half, value = (row["high"] - row["low"]) / 2, row["value"]
    return float((half / Z95) ** 2 + wider**2 * value * (1 - value) / max(row["denominator"], 1))
