"""The curves of a report, the window that agrees best with the audit, and what each witness says of first-call resolution."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from laidian.report.figures import Dictionary

Points = tuple[tuple[float, float, float, float], ...]
"""Days, share, low and high; ascending."""

Curves = Mapping[str, Points]
"""`kaplan_meier`, `window_fcr`, `agreement`; those without a point are left out."""

WITNESSES = (
    "estimate_promise", "survey_fcr", "survey_fcr_weighted", "ticket_fcr", "ticket_closed", "visit_resolved", "linked_fcr",
    "window_fcr.7d.same", "same_number_24h",
)  # fmt: skip
"""Figures that claim to say whether customers were helped, the estimate first."""


@dataclass(frozen=True, slots=True)
class BestWindow:
    """W* of the whole or of a reason, in days, with its interval; how many of how many audited contacts agree with it."""

    name: str
    days: float
    low: float
    high: float
    agreeing: int
    judged: int


def curves_of(points: pl.DataFrame, group: str) -> Curves:
    """The curves of one group."""
    some = points.filter(pl.col("group") == group).sort("curve", "days")
    return {
        str(name): tuple(rows.select("days", "value", "low", "high").iter_rows())
        for (name,), rows in some.group_by("curve", maintain_order=True)
    }


def best_windows(measures: pl.DataFrame, period: tuple[date, date], words: Dictionary) -> tuple[BestWindow, ...]:
    """The whole first, then the reasons with most audited contacts."""
    same = (pl.col("from_day") == period[0]) & (pl.col("to_day") == period[1]) & (pl.col("definition") == "best_window")
    rows = measures.filter(same & pl.col("value").is_not_null())
    ordered = rows.sort(pl.col("group_by") != "all", -pl.col("denominator").cast(pl.Int64), "group")
    return tuple(
        BestWindow(
            "全部原因" if row["group_by"] == "all" else words.name(row["group"]), row["value"], row["low"], row["high"],
            row["numerator"], row["denominator"],
        )
        for row in ordered.iter_rows(named=True)
    )  # fmt: skip
