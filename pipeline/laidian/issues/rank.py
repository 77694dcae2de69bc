"""The two TOP lists: 常见 by contacts, 未解决 by contacts that were followed by a repeat, each line with its evidence."""

import duckdb
import polars as pl

from laidian.calendar import Period
from laidian.issues.evidence import common_quotes, unresolved_quotes
from laidian.settings import Report
from laidian.tables import REPEAT_CUE_KINDS, Issue, check, schema

_KINDS = ", ".join(f"'{kind}'" for kind in REPEAT_CUE_KINDS)

# One row a contact in the population that has a reason. A repeat is a later contact of the same case that a repeat link
# joined to it; a link into another case (the fault came back after a repair) does not make this one unresolved.
_TALLIED = f"""
WITH listed AS (
    SELECT case_key, unnest(contact_ids) AS contact_id, generate_subscripts(contact_ids, 1) AS place FROM cases
), repeats AS (
    SELECT listed.case_key, listed.place
    FROM listed JOIN links ON links.contact_id = listed.contact_id AND links.repeat
    JOIN listed AS earlier ON earlier.contact_id = links.earlier_contact_id AND earlier.case_key = listed.case_key
), last_repeat AS (
    SELECT case_key, max(place) AS place FROM repeats GROUP BY case_key
), cued AS (
    SELECT DISTINCT contact_id FROM cues WHERE speaker = 'customer' AND kind IN ({_KINDS})
)
SELECT contacts.contact_id, reasons.reason, coalesce(reasons.issue, reasons.reason || '.other') AS issue, listed.case_key,
       customers.customer_key, listed.place, coalesce(listed.place < last_repeat.place, false) AS followed,
       cued.contact_id IS NOT NULL AS cued
FROM contacts
JOIN reasons ON reasons.contact_id = contacts.contact_id AND reasons."primary"
LEFT JOIN customers ON customers.contact_id = contacts.contact_id
LEFT JOIN listed ON listed.contact_id = contacts.contact_id
LEFT JOIN last_repeat ON last_repeat.case_key = listed.case_key
LEFT JOIN cued ON cued.contact_id = contacts.contact_id
WHERE contacts.in_population AND contacts.day BETWEEN (SELECT from_day FROM asked) AND (SELECT to_day FROM asked)
ORDER BY contacts.contact_id
"""


def rank(
    contacts: pl.DataFrame,
    customers: pl.DataFrame,
    links: pl.DataFrame,
    cases: pl.DataFrame,
    reasons: pl.DataFrame,
    cues: pl.DataFrame,
    spoken_meta: pl.DataFrame,
    period: Period,
    settings: Report,
) -> pl.DataFrame:
    """Both TOP lists of one period, each `settings.top` lines long at most.

    Grain of a line: the issue of the contact's primary reason, or `<reason>.other` where none is sure; contacts without a
    reason are in no list. `share` = the line's part of all contacts with a reason (common) or of all contacts followed by a
    repeat (unresolved), also those beyond the list. Ties: common by name; unresolved by cases, then name. An issue without a
    repeat is not in `unresolved`. The tables hold the whole log: a repeat may come after the period.

    Args:
        spoken_meta: the turns that exist (contact_id, recording_no, turn; other columns are not read), so that evidence
            never points at nothing.
    """
    asked = pl.DataFrame({"from_day": [period[0]], "to_day": [period[1]]})
    tables = {
        "contacts": contacts, "customers": customers, "links": links, "cases": cases,
        "reasons": reasons, "cues": cues, "asked": asked,
    }  # fmt: skip
    with duckdb.connect(":memory:") as db:
        for name, table in tables.items():
            db.register(name, table)
        tallied = db.sql(_TALLIED).pl()
    lines = _lines(tallied)
    turns = spoken_meta.select("contact_id", "recording_no", "turn").unique()
    common = _ranked(lines, "common", "contacts", ["issue"], settings.top)
    unresolved = _ranked(lines.filter(pl.col("repeats") > 0), "unresolved", "repeats", ["cases", "issue"], settings.top)
    both = pl.concat([
        _with(common, common_quotes(tallied, reasons, turns, settings.quotes)),
        _with(unresolved, unresolved_quotes(tallied, links, cases, reasons, cues, turns, settings.quotes)),
    ])  # fmt: skip
    dated = both.with_columns(pl.lit(period[0]).alias("from_day"), pl.lit(period[1]).alias("to_day"))
    return check(dated.select(pl.col(name).cast(dtype) for name, dtype in schema(Issue).items()), Issue)


def _lines(tallied: pl.DataFrame) -> pl.DataFrame:
    """One row an issue, with its counts."""
    return tallied.group_by("reason", "issue").agg(
        pl.len().alias("contacts"),
        pl.col("case_key").drop_nulls().n_unique().alias("cases"),
        pl.col("customer_key").drop_nulls().n_unique().alias("customers"),
        pl.col("followed").sum().alias("repeats"),
        pl.col("cued").sum().alias("cue_contacts"),
        pl.col("followed").mean().alias("repeat_rate"),
    )


def _ranked(lines: pl.DataFrame, ranking: str, by: str, ties: list[str], top: int) -> pl.DataFrame:
    """Ranked from 1; larger counts first, names in order."""
    order = [by, *ties]
    total = int(lines[by].sum())
    return (
        lines.sort(order, descending=[name != "issue" for name in order])
        .with_columns(
            pl.lit(ranking).alias("ranking"),
            pl.int_range(1, pl.len() + 1).alias("rank"),
            (pl.col(by) / total).alias("share"),
            (pl.col(by).cum_sum() / total).alias("cumulative_share"),
        )
        .head(top)
    )


def _with(ranked: pl.DataFrame, quotes: pl.DataFrame) -> pl.DataFrame:
    nothing = pl.lit([], pl.List(pl.String))
    return ranked.join(quotes, on="issue", how="left", maintain_order="left").with_columns(pl.col("evidence").fill_null(nothing))
