"""Operational figures of the switch (运营指标): it counts calls, so that one redialled counts as often as it rang.

Each is a share or a mean with its numerator and denominator; a figure whose columns the log does not have has no value and says
how many calls it could not count.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import duckdb
import polars as pl

from laidian.calendar import Period
from laidian.querying import in_memory
from laidian.settings import Operations as Settings
from laidian.stats import Z95, wilson
from laidian.tables import Operation, check, from_rows

Unit = Literal["share", "seconds", "contacts"]
Grouping = Literal["all", "queue", "team", "agent"]


@dataclass(frozen=True, slots=True)
class Defined:
    """One figure in words. `counts`: SQL over `calls`, which rows it is about; `value`: what is summed over them; `needs`: null
    where the log does not say it, and the row is left out as `not_logged`; `brief`: whether short abandons are left out.
    """

    name_zh: str
    name_en: str
    text_zh: str
    text_en: str
    unit: Unit
    counts: str
    value: str
    needs: str
    brief: bool = False


DEFINITIONS: Mapping[str, Defined] = {
    "answer_rate": Defined(
        "接通率", "answer rate", "呼入人工的电话中接通的占比；排队不满设定秒数就放弃的不计。",
        "Share of the calls offered to agents that were answered; calls abandoned within a few seconds (setting) are left out.",
        "share", "offered", "CAST(answered AS INTEGER)", "1", brief=True,
    ),
    "service_level": Defined(
        "服务水平", "service level", "呼入人工的电话中，等待不超过设定秒数即接通的占比（X% / Y 秒的 Y）；过早放弃的不计。",
        "Share of the calls offered to agents that were answered within the setting's seconds; early abandons are left out.",
        "share", "offered", "CAST(answered AND waited <= $within AS INTEGER)",
        "CASE WHEN answered THEN waited ELSE 0 END", brief=True,
    ),
    "abandonment": Defined(
        "放弃率", "abandonment", "呼入人工的电话中，客户在接通前挂断的占比；过早放弃的不计。",
        "Share of the calls offered to agents that the customer ended before an answer; calls abandoned early are left out.",
        "share", "offered", "CAST(NOT answered AS INTEGER)", "1", brief=True,
    ),
    "speed_of_answer": Defined(
        "平均应答速度（秒）", "speed of answer", "接通的呼入电话从进入排队到座席接起的平均秒数（排队加振铃）。",
        "Mean seconds from entering the queue until an agent answered (queue and ringing), of answered inbound calls.",
        "seconds", "offered AND answered", "waited", "waited",
    ),
    "handle_time": Defined(
        "平均处理时长（秒）", "handle time", "接通的电话通话、保持与话后处理时长之和的平均；各段相加。",
        "Mean of talk, hold and wrap seconds of answered calls, all legs together.", "seconds", "answered", "handled", "handled",
    ),
    "talk_time": Defined(
        "平均通话时长（秒）", "talk time", "接通的电话平均通话秒数。", "Mean talk seconds of answered calls.",
        "seconds", "answered", "talked", "talked",
    ),
    "hold_time": Defined(
        "平均保持时长（秒）", "hold time", "接通的电话平均保持秒数。", "Mean seconds on hold of answered calls.",
        "seconds", "answered", "held", "held",
    ),
    "wrap_time": Defined(
        "平均话后时长（秒）", "wrap time", "接通的电话平均话后处理秒数。", "Mean wrap-up seconds of answered calls.",
        "seconds", "answered", "wrapped", "wrapped",
    ),
    "transferred_calls": Defined(
        "转接率（按电话）", "transfer rate of calls", "接通的电话中转给另一位座席的占比。",
        "Share of answered calls handed to another agent.", "share", "answered", "CAST(moved AS INTEGER)", "moved",
    ),
}  # fmt: skip
CONTACTS_PER_CASE = Defined(
    "每件诉求的联络次数", "contacts per case", "期内开始的诉求，到截至日为止客户平均来过几次；还没完的诉求只算到那天。",
    "Mean number of the customer's served contacts of the cases that began in the period, up to the last complete day.",
    "contacts", "", "", "",
)  # fmt: skip

# A call is its legs; waiting is that of the first leg. A medium without a line has no queue of this kind.
_CALLS = """
SELECT call_id, bool_or(status = 'answered') AS answered,
       bool_and(direction = 'inbound') AND bool_or(status IN ('answered', 'abandoned')) AS offered,
       first(queue_s ORDER BY leg_no) AS queued, first(ring_s ORDER BY leg_no) AS rang,
       CASE WHEN queued IS NOT NULL OR rang IS NOT NULL THEN coalesce(queued, 0) + coalesce(rang, 0) END AS waited,
       sum(talk_s) AS talked, sum(hold_s) AS held, sum(wrap_s) AS wrapped,
       CASE WHEN talked IS NOT NULL OR held IS NOT NULL OR wrapped IS NOT NULL
            THEN coalesce(talked, 0) + coalesce(held, 0) + coalesce(wrapped, 0) END AS handled,
       CASE WHEN count(*) FILTER (WHERE status = 'answered') > 1 THEN true ELSE bool_or(transferred) END AS moved,
       first(agent_id ORDER BY leg_no) AS agent, first(team ORDER BY leg_no) AS team, first(queue ORDER BY leg_no) AS queue
FROM legs WHERE medium = 'voice' AND status NOT IN ('test', 'nuisance')
          AND CAST(started_at AS DATE) BETWEEN CAST($from_day AS DATE) AND CAST($to_day AS DATE)
GROUP BY call_id
"""
GROUPS: tuple[Grouping, ...] = ("all", "queue", "team", "agent")
_OF_QUEUES = ("answer_rate", "service_level", "abandonment", "speed_of_answer")
"""Figures about waiting: nobody but the queue answers for them, and who abandoned has no team or agent."""


def operations(
    legs: pl.DataFrame, cases: pl.DataFrame, contacts: pl.DataFrame, period: Period, settings: Settings
) -> pl.DataFrame:
    """`Operation` rows of a period, for the whole and by queue, team and (the first leg's) agent.

    Args:
        legs: `Leg`, at least the days of the period.
        cases: `Case`.
        contacts: `Contact`; which of the cases' contacts are in the population, and when.
        period: first and last business day, inclusive.
        settings: seconds of the service level, and within which an abandoned call counts for nothing.
    """
    with in_memory() as db:
        db.execute("SET threads = 1")  # sums of fractions in one order, so that equal nights give equal bytes
        db.register("legs", legs)
        calls: pl.DataFrame = db.sql(_CALLS, params={"from_day": period[0], "to_day": period[1]}).pl()
        db.register("calls", calls)
        rows = [
            _row(name, period, group_by, counted)
            for name, defined in DEFINITIONS.items()
            for group_by in (GROUPS[:2] if name in _OF_QUEUES else GROUPS)
            for counted in _counted(db, defined, group_by, settings)
        ]
    return check(from_rows([*rows, *_per_case(cases, contacts, period)], Operation), Operation)


@dataclass(frozen=True, slots=True)
class _Counted:
    """One group's sums: rows that count, sum and sum of squares of the value, rows left out and why."""

    group: str
    n: int
    total: float
    squares: float
    left: Mapping[str, int]


def _counted(db: duckdb.DuckDBPyConnection, defined: Defined, group_by: Grouping, settings: Settings) -> Iterator[_Counted]:
    group = "'all'" if group_by == "all" else group_by
    early = "NOT answered AND waited < $brief" if defined.brief else "false"
    query = f"""
        WITH counted AS (
            SELECT {group} AS name, CAST({defined.value} AS DOUBLE) AS value, coalesce({early}, false) AS early,
                   ({defined.needs}) IS NULL AS unlogged
            FROM calls WHERE {defined.counts}
        ), kept AS (SELECT *, CASE WHEN NOT early AND NOT unlogged THEN value END AS used FROM counted)
        SELECT name, count(used), coalesce(sum(used), 0), coalesce(sum(used * used), 0),
               count(*) FILTER (WHERE early), count(*) FILTER (WHERE NOT early AND unlogged)
        FROM kept WHERE name IS NOT NULL GROUP BY name ORDER BY name"""
    asked = {"within": settings.answer_within_s, "brief": settings.early_abandon_s}
    used = {name: value for name, value in asked.items() if f"${name}" in query}
    for name, n, total, squares, early_ones, unlogged in db.sql(query, params=used).fetchall():
        left = {"abandoned_early": early_ones, "not_logged": unlogged}
        yield _Counted(name, n, total, squares, {why: k for why, k in left.items() if k})


def _row(name: str, period: Period, group_by: Grouping, counted: _Counted) -> Operation:
    """A share with Wilson's interval, a mean with that of its own spread; without anything to count neither has a value."""
    unit = (DEFINITIONS.get(name) or CONTACTS_PER_CASE).unit
    n, mean = counted.n, counted.total / counted.n if counted.n else None
    low: float | None = None
    high: float | None = None
    if unit == "share":
        low, high = wilson(round(counted.total), n)
    elif mean is not None and n > 1:
        half = Z95 * sqrt(max(0.0, counted.squares / n - mean**2) / (n - 1))
        low, high = max(0.0, mean - half), mean + half
    excluded = json.dumps(dict(counted.left), sort_keys=True)
    return Operation(name, *period, group_by, counted.group, unit, mean, low, high, round(counted.total, 3), n, excluded)


def _per_case(cases: pl.DataFrame, contacts: pl.DataFrame, period: Period) -> Iterator[Operation]:
    """Served contacts of the cases whose first served contact lies in the period."""
    listed = cases.select("case_key", contact_id="contact_ids").explode("contact_id")
    known = listed.join(contacts.filter("in_population").select("contact_id", "day"), on="contact_id")
    sizes = known.group_by("case_key").agg(n=pl.len(), day=pl.col("day").min()).filter(pl.col("day").is_between(*period))
    n = sizes["n"].cast(pl.Float64)
    yield _row("contacts_per_case", period, "all", _Counted("all", sizes.height, float(n.sum()), float((n**2).sum()), {}))
