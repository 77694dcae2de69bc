"""Which contacts count for which issue: a row a contact with a reason, and the counts of every day of the log.

Contacts, cases, customers and issues are numbered before they are counted, so that a million of them fit into little memory;
names come back at the end, and only to the period's contacts.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import polars as pl

from laidian.calendar import Period, before, year_before
from laidian.querying import in_memory
from laidian.tables import REPEAT_CUE_KINDS

# One row a contact in the population that has a reason. A repeat is a later contact of the same case that a repeat link
# joined to it; a link into another case (the fault came back after a repair) does not make this one unresolved.
_SERVED = """
CREATE TEMP TABLE served AS
WITH repeats AS (
    SELECT DISTINCT listed.case_no, listed.place
    FROM listed JOIN repeated ON repeated.contact = listed.contact
    JOIN listed AS earlier ON earlier.contact = repeated.earlier AND earlier.case_no = listed.case_no
), marked AS (
    SELECT listed.*, repeats.place IS NOT NULL AS again, contacts.started_at
    FROM listed LEFT JOIN repeats USING (case_no, place) LEFT JOIN contacts USING (contact)
), ahead AS (
    SELECT *, count(*) FILTER (again) OVER later AS later_repeats, min(started_at) FILTER (again) OVER later AS next_at
    FROM marked
    WINDOW later AS (PARTITION BY case_no ORDER BY place ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
)
SELECT contacts.contact, contacts.day, reasons.issue_no, ahead.case_no, owners.customer, ahead.place,
       coalesce(ahead.later_repeats, 0) AS later_repeats,
       contacts.ended_at + to_days(window_days) <= watched_until AS watched,
       coalesce(ahead.next_at <= contacts.ended_at + to_days(window_days), false) AS followed_soon,
       row_number() OVER (PARTITION BY coalesce(ahead.case_no, -1 - contacts.contact) ORDER BY ahead.place) = 1 AS begins
FROM contacts CROSS JOIN asked
JOIN reasons USING (contact)
LEFT JOIN owners USING (contact)
LEFT JOIN ahead USING (contact)
WHERE contacts.in_population
"""

_PERIOD = """
SELECT * FROM served WHERE day BETWEEN (SELECT from_day FROM asked) AND (SELECT to_day FROM asked) ORDER BY contact
"""

_HISTORY = """
SELECT issue_no, day, count(*) AS contacts, count(*) FILTER (begins) AS begun, count(*) FILTER (watched) AS watched,
       count(*) FILTER (watched AND followed_soon) AS followed_soon
FROM served WHERE day <= (SELECT to_day FROM asked) GROUP BY ALL ORDER BY issue_no, day
"""

_COMPARED = """
SELECT contact, issue_no, day, watched, watched AND followed_soon AS followed_soon FROM served CROSS JOIN asked
WHERE day BETWEEN from_day AND to_day OR day BETWEEN before_from AND before_to OR day BETWEEN year_from AND year_to
ORDER BY contact
"""

_BEGUN = """
SELECT issue_no, day, customer AS customer_key, followed_soon FROM served
WHERE begins AND watched AND day >= (SELECT from_day FROM asked) ORDER BY contact
"""

_TIMES = ("day", "started_at", "ended_at", "in_population")
_ABOUT = ("contact_id", "transferred", "agent_id", "queue", "customer_type", "region")
COUNTED = (*_ABOUT, *_TIMES, "handled_s")
"""What the lists look at of `Contact`: a log of months is wide."""


@dataclass(frozen=True)
class Tally:
    """What the lists are made from.

    `period`: a row a contact of the period: reason, issue, case_key, customer_key, `place` in its case, `later_repeats` of the
    case after it (`followed`: any), cued, escalated, groups, `handled_s` (seconds; the contact's length where the log does not
    say), `watched` for `window_days` after it, `followed_soon` within them, `begins` its case. `history`: by issue and day from
    the log's first to the period's last: contacts, cases begun, contacts watched, those followed soon.
    `compared`: a row a contact of the period, the one before and a year before: issue, day, contacts (1), watched,
    followed_soon and the groups asked for; no rows where none is.
    """

    period: pl.DataFrame
    history: pl.DataFrame
    compared: pl.DataFrame


@dataclass(frozen=True)
class _Numbered:
    """The tables with numbers for names: what DuckDB counts, and the names to come back."""

    tables: dict[str, pl.DataFrame]
    reasons: pl.DataFrame
    customers: pl.DataFrame


def tally(
    contacts: pl.DataFrame,
    customers: pl.DataFrame,
    links: pl.DataFrame,
    cases: pl.DataFrame,
    reasons: pl.DataFrame,
    cues: pl.DataFrame,
    period: Period,
    as_of: date,
    window_days: int,
    groups: tuple[str, ...] = (),
) -> Tally:
    """Counts the served contacts of the log that have a reason. The tables hold the whole log: a repeat may come later.

    Args:
        groups: columns of the contacts, and `trade`, by which periods will be compared.
    """
    numbered = _numbered(contacts, customers, links, cases, reasons)
    with in_memory() as db:
        _count(db, numbered, period, as_of, window_days)
        rows, history = db.sql(_PERIOD).pl(), db.sql(_HISTORY).pl()
        compared = db.sql(_COMPARED if groups else f"{_COMPARED} LIMIT 0").pl()
    named = history.join(numbered.reasons, on="issue_no", maintain_order="left").drop("issue_no", "reason")
    grouped = _grouped(compared, numbered, contacts, groups)
    return Tally(_named(rows, numbered, contacts, cases, cues), named.sort("issue", "day"), grouped)


def begun(
    contacts: pl.DataFrame,
    customers: pl.DataFrame,
    links: pl.DataFrame,
    cases: pl.DataFrame,
    reasons: pl.DataFrame,
    since: date,
    as_of: date,
    window_days: int,
) -> pl.DataFrame:
    """A row a case begun since that day whose first contact has been watched for `window_days`, for the effects of actions.

    Columns: issue, day, customer_key (a number that stands for the customer; null: nobody known), followed_soon.
    """
    numbered = _numbered(contacts, customers, links, cases, reasons)
    with in_memory() as db:
        _count(db, numbered, (since, as_of), as_of, window_days)
        rows = db.sql(_BEGUN).pl()
    named: pl.DataFrame = rows.join(numbered.reasons, on="issue_no", maintain_order="left")
    return named.select("issue", "day", pl.col("customer_key").cast(pl.String), "followed_soon")


def _count(db: duckdb.DuckDBPyConnection, numbered: _Numbered, period: Period, as_of: date, window_days: int) -> None:
    """Makes the table `served` there."""
    days = {"before": before(period), "year": year_before(period)}
    asked = pl.DataFrame({
        "from_day": [period[0]], "to_day": [period[1]], "window_days": [window_days], "watched_until": [as_of + timedelta(1)],
        **{f"{name}_{end}": [day] for name, both in days.items() for end, day in zip(("from", "to"), both, strict=True)},
    })  # fmt: skip
    for name, table in (numbered.tables | {"asked": asked}).items():
        db.register(name, table.to_arrow())
    db.execute(_SERVED)


def _numbered(
    contacts: pl.DataFrame, customers: pl.DataFrame, links: pl.DataFrame, cases: pl.DataFrame, reasons: pl.DataFrame
) -> _Numbered:
    places = contacts.select("contact_id").with_row_index("contact").with_columns(pl.col("contact").cast(pl.Int64))
    joined = links.filter("repeat").select("contact_id", "earlier_contact_id")
    repeated = (
        joined.join(places, on="contact_id")
        .join(places.rename({"contact": "earlier", "contact_id": "earlier_contact_id"}), on="earlier_contact_id")
        .select("contact", "earlier")
    )
    listed = (
        cases.select("contact_ids")
        .with_row_index("case_no")
        .with_columns(pl.col("case_no").cast(pl.Int64), place=pl.int_ranges(1, pl.col("contact_ids").list.len() + 1))
        .explode("contact_ids", "place")
        .join(places, left_on="contact_ids", right_on="contact_id")
        .select("contact", "case_no", "place")
    )
    primary = reasons.filter("primary").select(
        "contact_id", "reason", issue=pl.coalesce("issue", pl.concat_str("reason", pl.lit(".other")))
    )
    kinds = primary.select("reason", "issue").unique().sort("issue", "reason").with_row_index("issue_no")
    people = customers.select("customer_key").unique().sort("customer_key").with_row_index("customer")
    tables = {
        "contacts": contacts.select(pl.int_range(pl.len()).alias("contact"), *_TIMES),
        "repeated": repeated,
        "listed": listed,
        "reasons": primary.join(places, on="contact_id").join(kinds, on=["reason", "issue"]).select("contact", "issue_no"),
        "owners": customers.join(places, on="contact_id").join(people, on="customer_key").select("contact", "customer"),
    }
    return _Numbered(tables, kinds, people)


def _grouped(rows: pl.DataFrame, numbered: _Numbered, contacts: pl.DataFrame, groups: tuple[str, ...]) -> pl.DataFrame:
    """The rows of `_COMPARED` with the names of their issues and the groups."""
    kinds = numbered.reasons.select("issue", trade=pl.col("reason").str.split(".").list.first())[rows["issue_no"]]
    about = contacts.select(name for name in groups if name != "trade")[rows["contact"]]
    counted = rows.select("day", pl.col("watched", "followed_soon").cast(pl.Int64), contacts=pl.lit(1, pl.Int64))
    return pl.concat([counted, kinds, about], how="horizontal")


def _named(
    rows: pl.DataFrame, numbered: _Numbered, contacts: pl.DataFrame, cases: pl.DataFrame, cues: pl.DataFrame
) -> pl.DataFrame:
    """The period's contacts with their names, groups and cues, by contact_id."""
    about = contacts.select(
        *_ABOUT, handled_s=pl.coalesce("handled_s", (pl.col("ended_at") - pl.col("started_at")).dt.total_seconds()).round()
    )[rows["contact"]]
    kinds = numbered.reasons.select("reason", "issue")[rows["issue_no"]]
    known = rows.with_columns(
        numbered.customers["customer_key"].gather(rows["customer"]).alias("customer_key"),
        cases["case_key"].gather(rows["case_no"]).alias("case_key"),
    )
    said = cues.filter(pl.col("speaker") == "customer").group_by("contact_id").agg(
        cued=pl.col("kind").is_in(REPEAT_CUE_KINDS).any(), escalated=(pl.col("kind") == "escalation").any()
    )  # fmt: skip
    named = pl.concat([known.drop("contact", "issue_no", "case_no", "customer"), about, kinds], how="horizontal")
    return (
        named.join(said, on="contact_id", how="left")
        .with_columns(
            pl.col("cued", "escalated").fill_null(False), followed=pl.col("later_repeats") > 0,
            trade=pl.col("reason").str.split(".").list.first(),
        )
        .sort("contact_id")
    )  # fmt: skip
