"""The contacts a scorecard counts: whose they are, how hard they were, what came of them, and when the customer came back."""

from datetime import date

import polars as pl

from laidian.calendar import Period
from laidian.querying import in_memory

BEFORE_DAYS, AFTER_DAYS = 7, 14
"""Without an audit: first = nobody came so long before, resolved = nobody came so long after. Longer ones leave fewer contacts to
count, shorter ones pay those who send customers away for a week: chosen on 24 simulated logs (bench/scorecards.py)."""

LATE_DAYS, LATEST_DAYS = 7, 21
"""Who sends customers away is told by returns between the two."""

_SERVED = f"""
WITH span AS (SELECT CAST(min(day) AS TIMESTAMP) AS opens, CAST($as_of AS DATE) + INTERVAL 1 DAY AS closes FROM contacts),
heard AS (SELECT contact_id, reason FROM reasons WHERE "primary" AND source <> 'wrap_code'),
log AS (
    SELECT c.*, CASE WHEN identified THEN customer_key END AS person,
           CASE WHEN direction = 'inbound' THEN started_at END AS call_in
    FROM contacts AS c LEFT JOIN customers USING (contact_id) WHERE in_population AND day <= CAST($as_of AS DATE)
),
gaps AS (
    SELECT contact_id, person IS NOT NULL AS known,
           started_at - max(ended_at) OVER (PARTITION BY person, queue ORDER BY started_at, contact_id
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS came_before,
           min(call_in) OVER (PARTITION BY person, queue ORDER BY started_at, contact_id
                              ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) - ended_at AS came_after
    FROM log
)
SELECT log.contact_id, agent_id AS agent, last_agent_id AS last_agent, team, queue,
       concat_ws('/', coalesce(heard.reason, '-'), medium, coalesce(customer_type, '-')) AS mix,
       known, known AND started_at - opens >= INTERVAL {BEFORE_DAYS} DAY AS watched_before,
       known AND closes - ended_at >= INTERVAL {AFTER_DAYS} DAY AS watched_after,
       coalesce(came_before <= INTERVAL {BEFORE_DAYS} DAY, false) AS repeats,
       coalesce(came_after <= INTERVAL {AFTER_DAYS} DAY, false) AS returned,
       known AND closes - ended_at >= INTERVAL {LATEST_DAYS} DAY
           AND coalesce(came_after <= INTERVAL {LATEST_DAYS} DAY, false) AS returned_at_last,
       coalesce(came_after BETWEEN INTERVAL {LATE_DAYS} DAY AND INTERVAL {LATEST_DAYS} DAY, false) AS returned_late,
       card_first, card_resolved, card_first_resolved
FROM log JOIN gaps USING (contact_id) CROSS JOIN span LEFT JOIN heard USING (contact_id) LEFT JOIN outcomes USING (contact_id)
WHERE day BETWEEN CAST($from_day AS DATE) AND CAST($to_day AS DATE)
ORDER BY log.contact_id
"""


def served(
    contacts: pl.DataFrame, customers: pl.DataFrame, reasons: pl.DataFrame, outcomes: pl.DataFrame, period: Period, as_of: date
) -> pl.DataFrame:
    """One row a contact of the population in the period, by contact_id.

    `mix`: what made it easy or hard and no agent chose: the reason in the customer's own words, medium, kind of customer; the
    queue is added where queues are not what is compared. `repeats`, `returned`, `returned_late`: the customer came to the same
    queue (which the customer chooses), whatever the reason code, so that no agent's code matters. `watched_*`: the log covers
    the time that needs. `returned_at_last`: within `LATEST_DAYS`, which the log covers. `last_team`: the team in which the last
    agent is most often the first one.

    Args:
        contacts: `Contact`, the whole log.
        customers: `Customer`, likewise.
        reasons: `Reason`; those of a wrap-up code alone are not read.
        outcomes: `Outcome`; its `card_…` columns only.
        period: first and last business day, inclusive.
        as_of: the log's last complete day; later contacts are not looked at.
    """
    tables = {"contacts": contacts, "customers": customers, "reasons": reasons, "outcomes": outcomes}
    with in_memory() as db:
        for name, table in tables.items():
            db.register(name, table)
        asked = {"as_of": as_of, "from_day": period[0], "to_day": period[1]}
        made: pl.DataFrame = db.sql(_SERVED, params=asked).pl()
    own = (
        contacts.filter(pl.col("agent_id").is_not_null() & pl.col("team").is_not_null())
        .group_by(last_agent="agent_id", last_team="team")
        .len()
        .sort(["last_agent", "len", "last_team"], descending=[False, True, False])
        .unique("last_agent", keep="first", maintain_order=True)
        .select("last_agent", "last_team")
    )
    return made.join(own, on="last_agent", how="left", maintain_order="left").with_columns(
        last_team=pl.coalesce("last_team", "team")
    )
