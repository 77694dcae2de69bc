"""The weekly meeting's four classes: 共性 common, 热点 hot, 难点 difficult; 典型 typical is a case, the issue's middle one."""

from functools import reduce

import polars as pl

from laidian.calendar import Period
from laidian.issues.hot import hot

SPREAD_WIDE = 0.7
DIFFICULT, LEAST_OPENED = 0.75, 5
"""Mean place among the issues (0..1) from which one is difficult, and cases below which nobody can tell; judgement."""

HARD = ("shrunk_rate", "extra_contacts", "handled_s", "transferred_rate")


def spread(rows: pl.DataFrame) -> pl.DataFrame:
    """issue -> spread: entropy of its contacts over agents and queues, 1 = as even as can be; null: one contact, or one desk."""
    known = rows.filter(pl.col("agent_id").is_not_null())
    desks = known.select("agent_id", "queue").n_unique()
    share = pl.col("len") / pl.col("len").sum()
    most = pl.min_horizontal(pl.col("len").sum(), pl.lit(desks)).log()
    return (
        known.group_by("issue", "agent_id", "queue")
        .len()
        .sort("issue", "len", "agent_id", "queue")
        .group_by("issue", maintain_order=True)
        .agg(pl.when(most > 0).then(-(share * share.log()).sum() / most).clip(0.0, 1.0).alias("spread"))
    )


def difficulty(lines: pl.DataFrame) -> pl.DataFrame:
    """issue -> difficulty: its mean place among the issues by repeats, extra contacts, seconds and transfers, 0 = easiest."""
    enough = lines.filter(pl.col("opened") >= LEAST_OPENED)
    places = [pl.col(name).rank("average").sub(1) / max(enough.height - 1, 1) for name in HARD]
    return enough.select("issue", difficulty=pl.mean_horizontal(places))


def typical(rows: pl.DataFrame) -> pl.DataFrame:
    """issue -> typical_case: of the cases opened in the period the one nearest to the middle.

    The middle is the median of repeats that came after, seconds and transfer, each measured in its own mean distance from the
    median; of equally near ones the first by key.
    """
    opened = rows.filter(pl.col("opened") & pl.col("case_key").is_not_null()).select(
        "issue", "case_key", pl.col("later_repeats").cast(pl.Float64).alias("a"), (pl.col("handled_s") + 1).log().alias("b"),
        pl.col("transferred").cast(pl.Float64).alias("c"),
    )  # fmt: skip
    off = [(pl.col(name) - pl.col(name).median().over("issue")).abs().alias(name) for name in ("a", "b", "c")]
    scaled = opened.with_columns(off)
    width = [max(float(scaled[name].mean() or 0.0), 1e-9) for name in ("a", "b", "c")]  # type: ignore[arg-type]
    far = reduce(lambda x, y: x + y, (pl.col(n) / w for n, w in zip("abc", width, strict=True)))
    return (
        scaled.select("issue", pl.col("case_key").alias("typical_case"), far.round(9).alias("far"))
        .sort("issue", "far", "typical_case")
        .unique("issue", keep="first", maintain_order=True)
        .drop("far")
    )


def with_classes(lines: pl.DataFrame, rows: pl.DataFrame, history: pl.DataFrame, period: Period, pareto: str) -> pl.DataFrame:
    """The lines with spread, hot_*, trend*, difficulty, typical_case and `classes`; `pareto`: the column that 共性 needs.

    `<reason>.other` is what is left of a reason, not one issue: it may well be large, but it is of no class.
    """
    joined = reduce(
        lambda table, more: table.join(more, on="issue", how="left", maintain_order="left"),
        (spread(rows), hot(history, period), difficulty(lines), typical(rows)), lines,
    )  # fmt: skip
    flags = {
        "common": pl.col(pareto) & (pl.col("spread") >= SPREAD_WIDE),
        "hot": pl.col("hot").fill_null(False),
        "difficult": pl.col("difficulty") >= DIFFICULT,
    }
    rest = pl.col("issue").str.ends_with(".other")
    named = [pl.when(flag.fill_null(False) & ~rest).then(pl.lit(name)) for name, flag in flags.items()]
    return joined.with_columns(classes=pl.concat_list(named).list.drop_nulls()).drop("hot")
