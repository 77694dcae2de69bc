"""环比 and 同比: an issue in the period before and a year before, by contacts and by the rate of those watched long enough."""

from datetime import date

import numpy as np
import polars as pl

from laidian.calendar import Period, before, year_before
from laidian.stats import wilson


def compared(history: pl.DataFrame, period: Period, opens: date | None) -> pl.DataFrame:
    """issue -> watched, watched_rate, contacts_* and watched_rate_* (before, year), change_low, change_high.

    An issue that the period lacks is left out. A period that the log does not cover from its first day on gives nulls.

    Args:
        history: issue, day, contacts, watched, followed_soon: counts, of the whole or of one group.
        period: first and last day, inclusive.
        opens: the log's first day; null: it has none.
    """
    now = _of(history, period, "").drop("contacts")
    joined = now
    for name, other in (("_before", before(period)), ("_year", year_before(period))):
        found = _of(history, other, name)
        joined = joined.join(found, on="issue", how="left", maintain_order="left")
        if opens is not None and opens <= other[0]:
            joined = joined.with_columns(pl.col(f"contacts{name}").fill_null(0))
        else:
            joined = joined.with_columns(
                pl.lit(None, pl.Int64).alias(f"contacts{name}"),
                pl.lit(None, pl.Float64).alias(f"watched_rate{name}"),
                pl.lit(None, pl.Int64).alias(f"watched{name}"),
            )
    bounds = [
        _change(*row) for row in joined.select("watched", "watched_rate", "watched_before", "watched_rate_before").iter_rows()
    ]
    low, high = zip(*bounds, strict=True) if bounds else ((), ())
    return joined.with_columns(pl.Series("change_low", low, pl.Float64), pl.Series("change_high", high, pl.Float64)).drop(
        "watched_before", "watched_year"
    )


def _of(history: pl.DataFrame, period: Period, name: str) -> pl.DataFrame:
    rate = pl.when(pl.col("watched").sum() > 0).then(pl.col("followed_soon").sum() / pl.col("watched").sum())
    return (
        history.filter(pl.col("day").is_between(*period))
        .group_by("issue")
        .agg(
            pl.col("contacts").sum().alias(f"contacts{name}"), pl.col("watched").sum().alias(f"watched{name}"),
            rate.alias(f"watched_rate{name}"),
        )
    )  # fmt: skip


def _change(n: int, rate: float | None, n_before: int | None, rate_before: float | None) -> tuple[float | None, float | None]:
    """95 % interval of the difference of two shares (R. Newcombe, Statistics in Medicine 17 (1998), 873-890, method 10)."""
    if rate is None or rate_before is None or not n_before:
        return None, None
    low, high = wilson(round(rate * n), n)
    low_before, high_before = wilson(round(rate_before * n_before), n_before)
    assert low is not None and high is not None and low_before is not None and high_before is not None
    difference = rate - rate_before
    down = np.hypot(rate - low, high_before - rate_before)
    up = np.hypot(high - rate, rate_before - low_before)
    return float(difference - down), float(difference + up)
