"""The gaps of facts on the clock of workdays. The nearest neighbour is the same: the clock never runs backwards."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from laidian.calendar import Micros, WorkdayClock

GAPS = tuple(f"{kind}_{side}" for kind in ("phone", "any", "same") for side in ("before", "after"))
_MARGIN = timedelta(days=1)


def on_workdays(facts: pl.DataFrame) -> pl.DataFrame:
    """The facts with a column more for each gap and each side's cover: `same_after_workdays` and so on, in microseconds."""
    if facts.is_empty():
        return facts.with_columns(pl.col(name).alias(f"{name}_workdays") for name in (*GAPS, "covered_before", "covered_after"))
    moments = {name: facts[name].cast(pl.Datetime("us")).to_physical().to_numpy() for name in ("started_at", "ended_at")}
    told = {
        **{name: facts[name] for name in GAPS},
        "covered_before": facts["covered_before"],
        "covered_after": facts["covered_after"],
    }
    other = {name: _other(name, gap, moments) for name, gap in told.items()}
    first, last = min(int(m.min()) for m in other.values()), max(int(m.max()) for m in other.values())
    clock = WorkdayClock(_day(min(first, int(moments["started_at"].min()))), _day(max(last, int(moments["ended_at"].max()))))
    own = {name: clock(moment) for name, moment in moments.items()}
    columns = []
    for name, gap in told.items():
        there = clock(other[name])
        run = own["started_at"] - there if name.endswith("before") else there - own["ended_at"]
        columns.append(pl.Series(f"{name}_workdays", run).set(gap.is_null(), None))
    return facts.with_columns(columns)


def _other(name: str, gap: pl.Series, moments: dict[str, Any]) -> Micros:
    """The moment at the other end of each gap; the contact's own where there is none."""
    wide: Micros = gap.fill_null(0).to_numpy().astype(np.int64)
    there: Micros = moments["started_at"] - wide if name.endswith("before") else moments["ended_at"] + wide
    return there


def _day(micros: int) -> date:
    return date(1970, 1, 1) + timedelta(microseconds=micros)
