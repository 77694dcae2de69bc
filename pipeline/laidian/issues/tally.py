"""Which contacts count for which issue: a row a contact with a reason, and the counts of every day of the log."""

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import polars as pl

from laidian.calendar import Period
from laidian.tables import REPEAT_CUE_KINDS

_KINDS = ", ".join(f"'{kind}'" for kind in REPEAT_CUE_KINDS)

# One row a contact in the population that has a reason. A repeat is a later contact of the same case that a repeat link
# joined to it; a link into another case (the fault came back after a repair) does not make this one unresolved.
_SERVED = f"""
CREATE TEMP TABLE served AS
WITH listed AS (
    SELECT case_key, unnest(contact_ids) AS contact_id, generate_subscripts(contact_ids, 1) AS place FROM cases
), repeats AS (
    SELECT DISTINCT listed.case_key, listed.place
    FROM listed JOIN links ON links.contact_id = listed.contact_id AND links.repeat
    JOIN listed AS earlier ON earlier.contact_id = links.earlier_contact_id AND earlier.case_key = listed.case_key
), marked AS (
    SELECT listed.*, repeats.place IS NOT NULL AS again, contacts.started_at
    FROM listed LEFT JOIN repeats USING (case_key, place) LEFT JOIN contacts USING (contact_id)
), ahead AS (
    SELECT *, count(*) FILTER (again) OVER later AS later_repeats, min(started_at) FILTER (again) OVER later AS next_at
    FROM marked
    WINDOW later AS (PARTITION BY case_key ORDER BY place ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
), cued AS (
    SELECT contact_id, bool_or(kind IN ({_KINDS})) AS cued, bool_or(kind = 'escalation') AS escalated
    FROM cues WHERE speaker = 'customer' GROUP BY contact_id
)
SELECT contacts.contact_id, contacts.day, reasons.reason, coalesce(reasons.issue, reasons.reason || '.other') AS issue,
       ahead.case_key, customers.customer_key, ahead.place, coalesce(ahead.later_repeats, 0) AS later_repeats,
       coalesce(ahead.later_repeats > 0, false) AS followed, coalesce(cued.cued, false) AS cued,
       coalesce(cued.escalated, false) AS escalated, contacts.transferred, contacts.agent_id, contacts.queue,
       contacts.customer_type, contacts.region, split_part(reasons.reason, '.', 1) AS trade,
       round(coalesce(contacts.handled_s, epoch(contacts.ended_at - contacts.started_at))) AS handled_s,
       contacts.ended_at + to_days(window_days) <= watched_until AS watched,
       coalesce(ahead.next_at <= contacts.ended_at + to_days(window_days), false) AS followed_soon,
       row_number() OVER (PARTITION BY coalesce(ahead.case_key, contacts.contact_id) ORDER BY ahead.place) = 1 AS begins
FROM contacts CROSS JOIN asked
JOIN reasons ON reasons.contact_id = contacts.contact_id AND reasons."primary"
LEFT JOIN customers ON customers.contact_id = contacts.contact_id
LEFT JOIN ahead ON ahead.contact_id = contacts.contact_id
LEFT JOIN cued ON cued.contact_id = contacts.contact_id
WHERE contacts.in_population
"""

_PERIOD = "SELECT * FROM served WHERE day BETWEEN (SELECT from_day FROM asked) AND (SELECT to_day FROM asked) ORDER BY contact_id"

_HISTORY = """
SELECT issue, day, count(*) AS contacts, count(*) FILTER (begins) AS begun, count(*) FILTER (watched) AS watched,
       count(*) FILTER (watched AND followed_soon) AS followed_soon
FROM served WHERE day <= (SELECT to_day FROM asked) GROUP BY ALL ORDER BY issue, day
"""

_SERVED_COLUMNS = (
    "contact_id", "day", "started_at", "ended_at", "in_population", "transferred", "agent_id", "queue", "customer_type", "region",
    "handled_s",
)  # fmt: skip


@dataclass(frozen=True)
class Tally:
    """What the lists are made from.

    `period`: a row a contact of the period: reason, issue, case_key, customer_key, `place` in its case, `later_repeats` of the
    case after it (`followed`: any), cued, escalated, groups, `handled_s` (seconds; the contact's length where the log does not
    say), `watched` for `window_days` after it, `followed_soon` within them, `begins` its case. `history`: by issue and day from
    the log's first to the period's last: contacts, cases begun, contacts watched, those followed soon.
    """

    period: pl.DataFrame
    history: pl.DataFrame


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
) -> Tally:
    """Counts the served contacts of the log that have a reason. The tables hold the whole log: a repeat may come later."""
    asked = pl.DataFrame({
        "from_day": [period[0]], "to_day": [period[1]], "window_days": [window_days], "watched_until": [as_of + timedelta(1)],
    })  # fmt: skip
    tables = {
        "contacts": contacts.select(_SERVED_COLUMNS), "customers": customers.select("contact_id", "customer_key"),
        "links": links.select("contact_id", "earlier_contact_id", "repeat"), "cases": cases.select("case_key", "contact_ids"),
        "reasons": reasons.select("contact_id", "reason", "issue", "primary"),
        "cues": cues.select("contact_id", "speaker", "kind"), "asked": asked,
    }  # fmt: skip
    with duckdb.connect(":memory:") as db:
        for name, table in tables.items():
            db.register(name, table.to_arrow())
        db.execute(_SERVED)
        return Tally(db.sql(_PERIOD).pl(), db.sql(_HISTORY).pl())
