"""What each contact of a period shows: one row a contact, everything a figure needs to count it or to leave it out.

A gap runs from the end of the earlier contact to the start of the later one, so that a long call does not eat its own
window. Contacts are ordered by start, then contact_id. The nearest neighbour on each side settles every window at once:
a contact is followed within W exactly if the gap to the next one is at most W. Before it, the LATEST END counts, not the
latest start, for a long contact may end after a short one that started later.
"""

from collections.abc import Collection
from datetime import date, timedelta

import numpy as np
import polars as pl

from laidian.calendar import Period
from laidian.fcr.gaps import NONE, Codes, calls_within, gaps, gaps_to_calls
from laidian.fcr.tickets import with_tickets
from laidian.fcr.witness import with_witness
from laidian.fcr.workdays import on_workdays
from laidian.querying import in_memory
from laidian.tables import REPEAT_CUE_KINDS, Ticket, empty

_KINDS = ", ".join(f"'{kind}'" for kind in REPEAT_CUE_KINDS)

# Named steps, in order; every one may read those above it and the registered tables.
_STEPS: tuple[tuple[str, str], ...] = (
    ("log", "SELECT * FROM contacts"),
    (
        "span",  # what the log covers: whole days
        "SELECT CAST(opens AS TIMESTAMP) AS opens, as_of + INTERVAL 1 DAY AS closes FROM asked",
    ),
    (
        "main_reason",
        'SELECT contact_id, reason, source AS reason_source FROM reasons WHERE "primary"',
    ),
    (
        "listed",  # contacts of cases with their place in them
        """SELECT listed.* FROM (
               SELECT case_key, unnest(contact_ids) AS contact_id, generate_subscripts(contact_ids, 1) AS place FROM cases
           ) AS listed JOIN log USING (contact_id)""",
    ),
    (
        "members",  # a link into another case (the fault came back after a repair) does not reopen this one
        """SELECT listed.case_key, listed.contact_id, listed.place, in_population, earlier.contact_id IS NOT NULL AS is_repeat
           FROM listed JOIN log USING (contact_id)
           LEFT JOIN links ON links.contact_id = listed.contact_id AND links.repeat
           LEFT JOIN listed AS earlier ON earlier.contact_id = links.earlier_contact_id AND earlier.case_key = listed.case_key""",
    ),
    (
        "in_case",
        """SELECT contact_id, case_key,
                  place IS NOT DISTINCT FROM min(place) FILTER (WHERE in_population) OVER (PARTITION BY case_key) AS case_first,
                  coalesce(place < max(place) FILTER (WHERE is_repeat) OVER (PARTITION BY case_key), false) AS case_followed
           FROM members""",
    ),
    (
        "cued",
        f"SELECT DISTINCT contact_id FROM cues WHERE speaker = 'customer' AND kind IN ({_KINDS})",
    ),
    (
        "words",  # proof that words were read
        "SELECT contact_id FROM cues UNION SELECT contact_id FROM reasons WHERE source = 'rules'",
    ),
    (
        "texted",  # a recording that was heard, proof, or a text medium of which the log holds words at all
        """SELECT contact_id FROM log WHERE len(recordings) > 0 OR (medium IN ('chat', 'email', 'app', 'wechat', 'sms')
               AND medium IN (SELECT medium FROM log JOIN words USING (contact_id)))
           UNION SELECT contact_id FROM words""",
    ),
    (
        "asked_about",  # a survey may name any call that was merged into the contact
        "SELECT contact_id, contact_id AS name FROM log UNION SELECT contact_id, unnest(call_ids) FROM log",
    ),
    (
        "answered",  # the last answer holds
        """SELECT a.contact_id,
                  last(s.resolved ORDER BY s.asked_at NULLS FIRST, s.contact_id)
                      FILTER (WHERE s.resolved IS NOT NULL) AS said_resolved,
                  last(s.first_contact ORDER BY s.asked_at NULLS FIRST, s.contact_id)
                      FILTER (WHERE s.first_contact IS NOT NULL) AS said_first
           FROM asked_about AS a JOIN surveys AS s ON s.contact_id = a.name GROUP BY a.contact_id""",
    ),
)

_FACTS = """
SELECT log.contact_id, log.day, log.agent_id AS agent, log.team, log.queue, main_reason.reason, log.customer_type,
       CASE WHEN NOT log.in_population THEN coalesce(log.excluded, 'out_of_population') END AS outside,
       coalesce(customers.identified, false) AS identified, customers.customer_key, main_reason.reason_source, log.faulty,
       log.transferred, log.started_at, log.ended_at, date_diff('microsecond', opens, log.started_at) AS covered_before,
       date_diff('microsecond', log.ended_at, closes) AS covered_after,
       log.phone_key IS NOT NULL AS has_phone, phone_before, phone_after, phone_calls,
       any_before, any_after, same_before, same_after, log.direction = 'inbound' AS inbound,
       case_key, case_first, case_followed, texted.contact_id IS NOT NULL AND NOT log.faulty AS has_text,
       cued.contact_id IS NOT NULL AS cued, links.contact_id IS NOT NULL AS linked, said_resolved, said_first,
       CASE WHEN coalesce(said_resolved, said_first) IS NULL THEN 'no' ELSE 'yes' END AS answered_survey
FROM log CROSS JOIN span
LEFT JOIN customers USING (contact_id)
LEFT JOIN main_reason USING (contact_id)
LEFT JOIN gaps USING (contact_id)
LEFT JOIN in_case USING (contact_id)
LEFT JOIN texted USING (contact_id)
LEFT JOIN cued USING (contact_id)
LEFT JOIN links USING (contact_id)
LEFT JOIN answered USING (contact_id)
WHERE log.day BETWEEN (SELECT from_day FROM asked) AND (SELECT to_day FROM asked)
ORDER BY log.contact_id
"""


def facts(
    contacts: pl.DataFrame,
    customers: pl.DataFrame,
    links: pl.DataFrame,
    cases: pl.DataFrame,
    reasons: pl.DataFrame,
    cues: pl.DataFrame,
    surveys: pl.DataFrame,
    period: Period,
    as_of: date,
    heavy_days: int = 7,
    several: Collection[str] = (),
    tickets: pl.DataFrame | None = None,
    opens: date | None = None,
) -> pl.DataFrame:
    """One row a contact of the period, in order of contact_id; the log after `as_of` is not looked at.

    Gaps (`*_before`, `*_after`) and the log's cover (`covered_*`) in microseconds. Gaps look at contacts in the population
    only; ahead of a contact only at inbound ones, because a call-back of the centre is no repeat. Null gap: no such
    contact, or nothing to compare by. `outside`: why it is not in the population (null: it is). `has_text`: its words
    could be read. `case_first`: the first contact of its case in the population. `case_followed`: a repeat comes later
    in its case. `phone_calls`: served calls of its number in the `heavy_days` days up to its own start, itself included
    (null: no number). `answered_survey`: yes or no. `nature`: `several` where one contact cannot settle the reason by its
    nature (the reasons named by `several`), else `one`. `*_workdays`: the same on the clock of workdays (`WorkdayClock`).
    `spoke`, `next_spoke`: see `laidian.fcr.witness`; `ticket*`, `visited`: see `laidian.fcr.tickets`.
    `opens` is the log's first day where the tables hold only a part of it: some customers, each with all contacts.
    """
    log = contacts.filter(pl.col("day") <= as_of)
    first = pl.Series([opens or log["day"].min()], dtype=pl.Date)
    asked = pl.DataFrame({"from_day": [period[0]], "to_day": [period[1]], "as_of": [as_of], "opens": first})
    log = _near(log, customers, period)
    customers, links, reasons, cues = (t.join(log, on="contact_id", how="semi") for t in (customers, links, reasons, cues))
    cases = cases.join(log, left_on=pl.col("contact_ids").list.first(), right_on="contact_id", how="semi")  # all its contacts are
    tables = {
        "contacts": log, "customers": customers, "links": links, "cases": cases,
        "reasons": reasons, "cues": cues, "surveys": surveys, "asked": asked,
        "gaps": _gaps(log, customers, reasons, timedelta(heavy_days)),
    }  # fmt: skip
    steps = ",\n".join(f"{name} AS ({query})" for name, query in _STEPS)
    with in_memory() as db:
        for name, table in tables.items():
            db.register(name, table)
        made: pl.DataFrame = db.sql(f"WITH {steps}\n{_FACTS}").pl()
    nature = pl.when(pl.col("reason").is_in(list(several))).then(pl.lit("several")).otherwise(pl.lit("one"))
    told = with_witness(on_workdays(made).with_columns(nature=nature), log, customers, reasons, cues)
    return with_tickets(told, empty(Ticket) if tickets is None else tickets, as_of)


def _near(log: pl.DataFrame, customers: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The contacts of whoever made contact in the period, and of the numbers they called from: all that its facts look at."""
    inside = log.filter(pl.col("day").is_between(*period))
    if inside.height == log.height:
        return log
    theirs = customers.join(inside, on="contact_id", how="semi").select("customer_key").unique()
    known = customers.join(theirs, on="customer_key", how="semi").select("contact_id", known=True)
    phones = inside.select("phone_key").drop_nulls().unique().with_columns(called=True)
    near = log.join(known, on="contact_id", how="left").join(phones, on="phone_key", how="left")
    mine = pl.col("day").is_between(*period) | pl.col("known").is_not_null() | pl.col("called").is_not_null()
    return near.filter(mine).drop("known", "called")


def _gaps(log: pl.DataFrame, customers: pl.DataFrame, reasons: pl.DataFrame, heavy: timedelta) -> pl.DataFrame:
    """A row a contact in the population: contact_id, its gaps and `phone_calls`."""
    served = (
        log.filter("in_population")
        .join(customers.filter("identified").select("contact_id", person="customer_key"), on="contact_id", how="left")
        .join(reasons.filter("primary").select("contact_id", "reason"), on="contact_id", how="left")
        .sort("started_at", "contact_id")
        .select("contact_id", "started_at", "ended_at", "phone_key", "person", "reason", call=pl.col("direction") == "inbound")
    )
    start, end = (served[name].dt.timestamp("us").to_numpy() for name in ("started_at", "ended_at"))
    call = served["call"].to_numpy()
    phone, person, reason = (_coded(served[name]) for name in ("phone_key", "person", "reason"))
    reasons_there = int(reason.max(initial=0)) + 1
    pairs, same = np.unique(np.where((person < 0) | (reason < 0), -1, person * reasons_there + reason), return_inverse=True)
    same = same - 1 if len(pairs) and pairs[0] < 0 else same
    told: dict[str, Codes] = {}
    for kind, who in (("phone", phone), ("any", person), ("same", same)):
        size = int(who.max(initial=-1)) + 1
        told[f"{kind}_before"], _ = gaps(who, start, end, size)
        told[f"{kind}_after"] = gaps_to_calls(who, start, end, call, size)
    calls = calls_within(phone, start, call, int(phone.max(initial=-1)) + 1, heavy // timedelta(microseconds=1))
    told["phone_calls"] = np.where(phone < 0, NONE, calls)
    return served.select("contact_id", **{name: pl.Series(gap).replace(NONE, None) for name, gap in told.items()})


def _coded(values: pl.Series) -> Codes:
    """A number from 0 for each distinct value, -1 for null."""
    distinct = pl.DataFrame({"value": values.drop_nulls().unique()}).with_row_index("code")
    found = pl.DataFrame({"value": values}).join(distinct, on="value", how="left", maintain_order="left")["code"]
    return found.cast(pl.Int64).fill_null(-1).to_numpy()
