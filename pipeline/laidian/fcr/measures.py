"""Facts and the list of figures make the table of measures."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

import duckdb
import polars as pl

from laidian.calendar import Period
from laidian.fcr.facts import facts
from laidian.fcr.figures import GROUPS, UNKNOWN, Figure, figures
from laidian.querying import in_memory
from laidian.settings import Fcr
from laidian.stats import wilson
from laidian.tables import Measure, check, from_rows


def measures(
    contacts: pl.DataFrame,
    customers: pl.DataFrame,
    links: pl.DataFrame,
    cases: pl.DataFrame,
    reasons: pl.DataFrame,
    cues: pl.DataFrame,
    surveys: pl.DataFrame,
    period: Period,
    as_of: date,
    settings: Fcr,
    promises: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """All figures of one period: a row a definition and group.

    The tables hold the WHOLE log, not only the period: repeats and first contacts are looked for in all of it up to
    `as_of` (the last complete day, inclusive). For every share, denominator + all of `excluded` = contacts of the group.
    Groups by GROUPS hold only groups with a contact in the population; a contact without that attribute is in UNKNOWN.

    Raises:
        SettingsError: a window of the settings cannot be read.
    """
    heavy = settings.heavy_days
    known = facts(contacts, customers, links, cases, reasons, cues, surveys, period, as_of, heavy, promises=promises)
    return shares(known, period, settings)


def shares(known: pl.DataFrame, period: Period, settings: Fcr, group_by: str | None = None) -> pl.DataFrame:
    """The same figures from `facts` of the period that are there already; every figure also by `group_by`, if one is named.

    Raises:
        SettingsError: a window of the settings cannot be read.
    """
    with in_memory() as db:
        db.register("known", known)
        db.execute("CREATE TEMP TABLE facts AS FROM known")  # a hundred questions are asked of it
        served = {by: _served(db, by) for by in GROUPS}
        rows = [
            row
            for figure in figures(settings.windows, (settings.heavy_calls, settings.heavy_days))
            for row in _rows(db, figure, served, period, group_by)
        ]
    return check(from_rows(rows, Measure), Measure)


def counted_contacts(known: pl.DataFrame, figure: Figure) -> pl.DataFrame:
    """The contacts behind a share: `contact_id`, `numerator` (a flag; null: left out), `left_out` (why; null: counted)."""
    with in_memory() as db:
        db.register("facts", known)
        query = (
            f"SELECT contact_id, {why(figure)} AS left_out, {figure.hit if figure.count is None else 'true'} AS hit FROM facts"
        )
        found: pl.DataFrame = db.sql(query).pl()
    numerator = pl.when(pl.col("left_out").is_null()).then(pl.col("hit"))
    return found.select("contact_id", "left_out", numerator=numerator).sort("contact_id")


def _rows(
    db: duckdb.DuckDBPyConnection, figure: Figure, served: dict[str, list[str]], period: Period, asked: str | None
) -> Iterator[Measure]:
    yield _measure(figure, period, "all", "all", _counted(db, figure, "'all'").get("all", []))
    for group_by, groups in served.items():
        if not figure.grouped and group_by != asked:
            continue
        counted = _counted(db, figure, _group(group_by))
        for group in groups:
            yield _measure(figure, period, group_by, group, counted[group])


def _served(db: duckdb.DuckDBPyConnection, group_by: str) -> list[str]:
    """The groups with a contact in the population, in order."""
    return sorted(group for (group,) in db.sql(f"SELECT DISTINCT {_group(group_by)} FROM facts WHERE outside IS NULL").fetchall())


def _group(column: str) -> str:
    return f"coalesce(CAST({column} AS VARCHAR), '{UNKNOWN}')"


Counted = tuple[str | None, int, int]  # why left out (None: counted), contacts, numerator


def _counted(db: duckdb.DuckDBPyConnection, figure: Figure, group: str) -> dict[str, list[Counted]]:
    """Group -> its contacts by the reason they were left out for."""
    case = why(figure)
    hits = figure.count or f"count(*) FILTER (WHERE {figure.hit})"
    counted = defaultdict(list)
    query = f'SELECT {group} AS "group", {case} AS why, count(*) AS n, {hits} AS hits FROM facts GROUP BY ALL'
    for name, reason, n, hit in db.sql(query).fetchall():
        counted[name].append((reason, n, hit))
    return counted


def why(figure: Figure) -> str:
    """SQL: why a contact is left out of the figure; null: it is counted."""
    outside = [("outside IS NOT NULL", "outside")] if figure.population else []
    when = [*outside, *((condition, f"'{reason}'") for reason, condition in figure.out)]
    cases = " ".join(f"WHEN {condition} THEN {reason}" for condition, reason in when)
    return f"CASE {cases} END" if cases else "NULL"


def _measure(figure: Figure, period: Period, group_by: str, group: str, counts: Iterable[Counted]) -> Measure:
    excluded = {reason: n for reason, n, _ in counts if reason is not None}
    denominator, numerator = next(((n, hits) for reason, n, hits in counts if reason is None), (0, 0))
    share = figure.count is None
    low, high = wilson(numerator, denominator) if share else (None, None)
    return Measure(
        definition=figure.definition,
        from_day=period[0],
        to_day=period[1],
        group_by=group_by,
        group=group,
        value=numerator / denominator if share and denominator else None,
        low=low,
        high=high,
        numerator=numerator,
        denominator=denominator if share else None,
        excluded=json.dumps(excluded, sort_keys=True),
    )
