"""Period against period (环比): how far a figure moved, and whether more than chance moved it.

The same customers bring several contacts, within a period and in both. So the interval is not that of two independent shares:
each customer's influence on the difference is summed first, and the spread over customers counts (the cluster sandwich). Source:
C.-E. Särndal, B. Swensson, J. Wretman, Model Assisted Survey Sampling (1992), ch. 4.2 and 5.5. An estimate moves by its audit's
error as well; what customers add to it is that of a share of its first contacts, as much wider as customers make the window
figure of the same days.
"""

from collections.abc import Iterator, Sequence
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from laidian.calendar import Period
from laidian.fcr.figures import Figure
from laidian.fcr.measures import why
from laidian.querying import in_memory
from laidian.stats import Z95
from laidian.tables import Change, check, from_rows

ESTIMATED = ("estimate_promise", "estimate_strict", "estimate_promise_net", "estimate_strict_net", "contact_resolution")
_WIDER_BY = "window_fcr.7d.same"
_AT_ONCE = 32  # figures that one query tells of: each is a byte a contact
LEFT_OUT = -1

Codes = npt.NDArray[np.int64]
Hits = npt.NDArray[np.int8]


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
    who = _customers(facts)
    shares = [figure for figure in figures if figure.count is None]
    for some in range(0, len(shares), _AT_ONCE):
        chosen = shares[some : some + _AT_ONCE]
        for figure, *hits in zip(chosen, *(_hits(table, chosen) for table in facts), strict=True):
            if moved := _moved(who, hits):
                value, before, error, plain = moved
                rows.append(_change(figure.definition, periods, value, before, error))
                if figure.definition == _WIDER_BY and plain > 0:
                    wider = max(1.0, error / plain)
    rows += _estimated(measures, periods, wider)
    return check(from_rows(rows, Change), Change)


def _customers(facts: tuple[pl.DataFrame, pl.DataFrame]) -> tuple[Codes, Codes]:
    """A number for each contact's customer, from 0, the same in both periods; of nobody known, for the contact alone."""
    named = [table.select(pl.coalesce("customer_key", "contact_id")).to_series().rename("who") for table in facts]
    code = pl.concat(named).rank("dense").to_numpy().astype(np.int64) - 1
    return code[: len(named[0])], code[len(named[0]) :]


def _hits(facts: pl.DataFrame, figures: Sequence[Figure]) -> list[Hits]:
    """For each figure 1 where a contact is in the numerator, 0 where it is counted and is not, LEFT_OUT where it is left out."""
    asked = ", ".join(
        f"CASE WHEN ({why(f)}) IS NOT NULL THEN {LEFT_OUT} WHEN {f.hit} THEN 1 ELSE 0 END::TINYINT AS f{n}"
        for n, f in enumerate(figures)
    )
    with in_memory() as db:
        db.register("facts", facts)
        return [column.to_numpy() for column in db.sql(f"SELECT {asked} FROM facts").pl().get_columns()]


def _moved(who: tuple[Codes, Codes], hits: Sequence[Hits]) -> tuple[float, float, float, float] | None:
    """The share now and before, the error of the difference by customers, and that of as many customers of one contact each."""
    counted = [hit != LEFT_OUT for hit in hits]
    n = [int(c.sum()) for c in counted]
    if 0 in n:
        return None
    share = [int((hit == 1).sum()) / m for hit, m in zip(hits, n, strict=True)]
    influence = np.zeros(1 + max(int(w.max()) for w in who))
    for side, sign in enumerate((1.0, -1.0)):
        off = np.where(counted[side], hits[side] - share[side], 0.0)
        influence += sign * np.bincount(who[side], off, minlength=len(influence)) / n[side]
    error = sqrt(float((influence**2).sum()))
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
