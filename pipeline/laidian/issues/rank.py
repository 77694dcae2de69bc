"""The TOP lists of a period: 常见 by contacts, 未解决 by excess burden, and the view from escalated complaints."""

from datetime import date

import polars as pl

from laidian.calendar import Period
from laidian.issues.burden import burden_table, resample
from laidian.issues.classes import with_classes
from laidian.issues.compared import compared
from laidian.issues.evidence import common_quotes, escalated_quotes, unresolved_quotes
from laidian.issues.tally import Tally, tally
from laidian.settings import Issues, Report
from laidian.tables import Issue, check, empty, schema

GROUPS = ("customer_type", "trade", "queue", "region")
PARETO = 0.8

# What a list counts for `share`, what it ranks by (largest first; names in order), and what its Pareto set is made of.
_LISTS: dict[str, tuple[str, list[str], str]] = {
    "common": ("contacts", ["contacts"], "contacts"),
    "unresolved": ("repeats", ["burden", "repeats", "cases"], "burden"),
    "escalated": ("escalated", ["escalated", "contacts"], "escalated"),
}


def rank(
    contacts: pl.DataFrame,
    customers: pl.DataFrame,
    links: pl.DataFrame,
    cases: pl.DataFrame,
    reasons: pl.DataFrame,
    cues: pl.DataFrame,
    spoken_meta: pl.DataFrame,
    period: Period,
    report: Report,
    policy: Issues | None = None,
    as_of: date | None = None,
    group_by: tuple[str, ...] = (),
) -> pl.DataFrame:
    """The TOP lists of one period, each `report.top` lines long at most: of all contacts, and of each group of `group_by`.

    Grain of a line: the issue of the contact's primary reason, or `<reason>.other` where none is sure; contacts without a
    reason are in no list. `share` = the line's part of all contacts with a reason (common), of all contacts followed by a
    repeat (unresolved), of all escalated contacts, also those beyond the list. Ties: common by name; unresolved by burden,
    repeats, cases, then name. An issue without a repeat is not in `unresolved`, nor one without an escalation in `escalated`.
    The tables hold the whole log: a repeat may come after the period. Lists of a group have no classes and evidence.

    Args:
        spoken_meta: the turns that exist (contact_id, recording_no, turn; other columns are not read), so that evidence
            never points at nothing.
        as_of: last complete day of the log; None: its last day.
    """
    policy = policy or Issues()
    last = as_of or _last_day(contacts) or period[1]
    told = tally(contacts, customers, links, cases, reasons, cues, period, last, policy.window_days, group_by)
    if told.period.is_empty():
        return empty(Issue)
    rows = with_sums(told.period)
    turns = spoken_meta.select("contact_id", "recording_no", "turn").unique()
    quotes = {
        "common": common_quotes(rows, reasons, turns, report.quotes),
        "unresolved": unresolved_quotes(rows, links, cases, reasons, cues, turns, report.quotes),
        "escalated": escalated_quotes(rows, cues, turns, report.quotes),
    }
    whole = _compared(rows, told, period, policy)
    lists = [
        _listed(whole, name, report.top).join(quotes[name], on="issue", how="left", maintain_order="left") for name in _LISTS
    ]
    lists += _of_groups(rows, told, report.top, policy, period, group_by)
    return check(_dated(pl.concat(lists, how="diagonal_relaxed"), period, policy), Issue)


def _last_day(contacts: pl.DataFrame) -> date | None:
    last = contacts["day"].max()
    return last if isinstance(last, date) else None


def with_sums(rows: pl.DataFrame) -> pl.DataFrame:
    """The tallied contacts with the columns that the burden sums: the first contact of each case in the period opens it."""
    case = pl.coalesce("case_key", "contact_id")
    first = pl.col("place").fill_null(1) == pl.col("place").fill_null(1).min().over(case)
    return rows.with_columns(opened=first, contacts=pl.lit(1, pl.Int64)).with_columns(
        opened_followed=pl.col("opened") & pl.col("followed"),
        extra=pl.when("opened").then(pl.col("later_repeats")).otherwise(0),
    )


def _compared(rows: pl.DataFrame, told: Tally, period: Period, policy: Issues) -> pl.DataFrame:
    """All lines of the period with burden, classes and comparisons."""
    lines = _with_pareto(lines_of(rows, policy))
    history = compared(told.history, period, _opens(told))
    joined = lines.join(history, on="issue", how="left", maintain_order="left")
    classed = with_classes(joined, rows, told.history, period, "pareto_common")
    return classed.with_columns(group_by=pl.lit("all"), group=pl.lit("all"))


def _opens(told: Tally) -> date | None:
    first = told.history["day"].min()
    return first if isinstance(first, date) else None


def _of_groups(
    rows: pl.DataFrame, told: Tally, top: int, policy: Issues, period: Period, group_by: tuple[str, ...]
) -> list[pl.DataFrame]:
    lists = []
    for by in group_by:
        others = told.compared.partition_by(by, as_dict=True)
        for group, own in sorted(rows.filter(pl.col(by).is_not_null()).partition_by(by, as_dict=True).items()):
            history = compared(others[group], period, _opens(told))
            lines = _with_pareto(lines_of(own, policy)).join(history, on="issue", how="left", maintain_order="left")
            named = lines.with_columns(group_by=pl.lit(by), group=pl.lit(group[0], pl.String))
            lists += [_listed(named, name, top) for name in _LISTS]
    return lists


def lines_of(rows: pl.DataFrame, policy: Issues) -> pl.DataFrame:
    """One row an issue, in order of names: its counts and its burden."""
    counted = rows.group_by("reason", "issue").agg(
        pl.len().cast(pl.Int64).alias("contacts"),
        pl.col("case_key").drop_nulls().n_unique().cast(pl.Int64).alias("cases"),
        pl.col("customer_key").drop_nulls().n_unique().cast(pl.Int64).alias("customers"),
        pl.col("followed").sum().cast(pl.Int64).alias("repeats"),
        pl.col("cued").sum().cast(pl.Int64).alias("cue_contacts"),
        pl.col("escalated").sum().cast(pl.Int64),
        pl.col("followed").mean().alias("repeat_rate"),
        pl.col("transferred").mean().alias("transferred_rate"),
    )
    return counted.sort("issue").join(
        burden_table(resample(rows, policy.bootstrap), policy), on="issue", how="left", maintain_order="left"
    )


def _with_pareto(lines: pl.DataFrame) -> pl.DataFrame:
    """`pareto_<list>`: whether the issue is one of the fewest that hold 80 % of what the list is about."""
    marked = lines
    for name, (_, _, of) in _LISTS.items():
        total = float(lines[of].sum())
        larger_first = lines.select("issue", of).sort([of, "issue"], descending=[True, False])
        before = pl.col(of).cum_sum().shift(1, fill_value=0)
        needed = (before < PARETO * total - 1e-9) & (pl.col(of) > 0)
        marks = larger_first.select("issue", needed.alias(f"pareto_{name}"))
        marked = marked.join(marks, on="issue", how="left", maintain_order="left")
    return marked


def _listed(lines: pl.DataFrame, ranking: str, top: int) -> pl.DataFrame:
    """Ranked from 1; larger values first, names in order."""
    counted, by, _ = _LISTS[ranking]
    order = [*by, "issue"]
    shown = lines if ranking == "common" else lines.filter(pl.col(counted) > 0)
    total = int(shown[counted].sum())
    return (
        shown.sort(order, descending=[name != "issue" for name in order])
        .with_columns(
            pl.lit(ranking).alias("ranking"),
            pl.int_range(1, pl.len() + 1).alias("rank"),
            (pl.col(counted) / total).alias("share"),
            (pl.col(counted).cum_sum() / total).alias("cumulative_share"),
            pl.col(f"low_{ranking}").alias("rank_low"),
            pl.col(f"high_{ranking}").alias("rank_high"),
            pl.col(f"pareto_{ranking}").alias("pareto"),
        )
        .head(top)
    )


def _dated(lists: pl.DataFrame, period: Period, policy: Issues) -> pl.DataFrame:
    """The lists in the columns of `Issue`, with the period and each issue's target."""
    target = pl.col("issue").replace_strict(policy.targets, default=policy.target, return_dtype=pl.Float64)
    dated = lists.with_columns(pl.lit(period[0]).alias("from_day"), pl.lit(period[1]).alias("to_day"), target.alias("target"))
    dated = dated.with_columns(pl.col("evidence").fill_null(pl.lit([], pl.List(pl.String))))
    return dated.select(pl.col(name).cast(dtype) for name, dtype in schema(Issue).items())
