"""Visits -> the files a contact centre would export (docs: «Files read»), and the truth about every served contact."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from laidian.simulate.people import NOTHING, People
from laidian.simulate.scenarios import OPENS, REASONS, STEPS, Scenario
from laidian.simulate.world import (
    AGENTS,
    AT_HANGUP,
    FOLLOW_UP,
    GRADES,
    IN_PROMISE,
    IS_FAULT,
    NO,
    RELAPSE,
    TEAM_SIZE,
    Floats,
    Visits,
    crew,
    visits,
)

_CODES = np.array([r.code for r in REASONS], dtype=object)
MINUTE = 1 / 1440


@dataclass(frozen=True, slots=True)
class Simulated:
    """A contact log in laidian's own file formats, and its truth.

    `contacts`, `surveys`, `tickets`, `cues`, `events`: columns as the files of those kinds. `truth`: one row a served
    contact of the log: `contact_id` (as logged; redials and transfers merge into it), `customer`, `problem`, `is_first` (over
    all media, the unseen ones too), `resolved` (at_hangup, in_promise, no), `transferred`, `gives_up` (unsettled, and nobody
    comes back). `agents`: one row an agent: `agent_id`, `skill` (added to the chance of settling), `defers` (sends customers
    away).
    """

    contacts: pl.DataFrame
    surveys: pl.DataFrame
    tickets: pl.DataFrame
    cues: pl.DataFrame
    events: pl.DataFrame
    truth: pl.DataFrame
    agents: pl.DataFrame

    def write(self, folder: Path) -> dict[str, Path]:
        """The files as CSV in a folder, which is made: kind -> path; the truth beside them as truth.csv."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = {name: folder / f"{name}.csv" for name in ("contacts", "surveys", "tickets", "cues", "events", "truth")}
        for name, path in paths.items():
            getattr(self, name).write_csv(path)
        return {name: path for name, path in paths.items() if name != "truth"}


def simulate(scenario: Scenario, seed: int) -> Simulated:
    """The log of one scenario; the same seed gives the same log."""
    rng = np.random.default_rng(seed)
    people = People(scenario, rng)
    agents = crew(scenario, rng)
    everything = visits(scenario, agents, rng)
    order = np.lexsort((everything.problem, everything.at))
    everything = everything[order]
    logged = everything[everything.seen & (everything.at >= 0)]
    ids = np.array([f"L{n:07d}" for n in range(logged.size)], dtype=object)
    stated = people.stated(scenario, logged, rng)
    minutes = np.exp(rng.normal(1.6, 0.5, logged.size))
    served = _served(logged, ids, stated, minutes, rng)
    extra = [
        _second_legs(served, logged, rng), _abandoned(served, rng), _redialled(served, rng),
        _call_backs(served, logged, scenario.days, rng), _noise(logged.size // 40, scenario.days, rng),
    ]  # fmt: skip
    return Simulated(
        contacts=_as_file(pl.concat([served, *extra], how="diagonal"), scenario.days),
        surveys=_surveys(ids, logged, rng),
        tickets=_tickets(ids, logged, rng),
        cues=_cues(ids, logged, scenario, rng),
        events=_events(ids, logged, rng),
        truth=_truth(ids, logged),
        agents=_frame({"agent_id": _agent_ids(np.arange(AGENTS)), "skill": agents.skill, "defers": agents.defers}),
    )


def _frame(columns: dict[str, Any]) -> pl.DataFrame:
    """A frame of arrays; an array of objects holds texts and None."""

    def text(values: Any) -> Any:
        return (
            pl.Series(values.tolist(), dtype=pl.String) if isinstance(values, np.ndarray) and values.dtype == object else values
        )

    return pl.DataFrame({name: text(values) for name, values in columns.items()})


def _agent_ids(numbers: Any) -> Any:
    return np.array([f"{1000 + n}" for n in numbers], dtype=object)


def _truth(ids: Any, logged: Visits) -> pl.DataFrame:
    return _frame({
        "contact_id": ids, "customer": logged.customer, "problem": logged.problem, "is_first": logged.round == 0,
        "resolved": [GRADES[g] for g in logged.grade], "transferred": logged.transferred, "gives_up": logged.gives_up,
    })  # fmt: skip


def _served(logged: Visits, ids: Any, stated: dict[str, Any], minutes: Floats, rng: np.random.Generator) -> pl.DataFrame:
    """One row a served contact: its first leg. `at`, `minutes`: days and minutes, times are written last."""
    size = logged.size
    medium = np.where(rng.random(size) < 0.08, rng.choice(["chat", "wechat", "visit", "email"], size), "voice")
    wrong = rng.random(size) < 0.08
    reason = np.where(wrong, rng.integers(0, _CODES.size, size), logged.reason)
    code = np.where(rng.random(size) < 0.03, NOTHING, _CODES[reason])
    columns: dict[str, Any] = {
        "contact_id": ids, "call_id": ids, "leg_no": np.ones(size, dtype=np.int64), "at": logged.at, "minutes": minutes,
        "medium": medium,
        "direction": "inbound", "status": "answered", **stated, "wrap_code": code, "transferred": logged.transferred,
        "agent_id": _agent_ids(logged.agent), "team": [f"班组{a // TEAM_SIZE + 1}" for a in logged.agent],
        "queue": np.where(IS_FAULT[logged.reason], "故障", "综合"), "end_reason": "客户挂机",
        "queue_s": rng.exponential(25, size).round(1), "talk_s": (minutes * 60).round(1),
        "wrap_s": rng.exponential(30, size).round(1),
    }  # fmt: skip
    voice = medium == "voice"
    columns["phone"] = np.where(voice, columns["phone"], NOTHING)  # other media know the account instead
    columns["account_id"] = np.where(voice, columns["account_id"], np.array([f"A{c:07d}" for c in logged.customer], dtype=object))
    return _frame(columns)


def _second_legs(served: pl.DataFrame, logged: Visits, rng: np.random.Generator) -> pl.DataFrame:
    """A transfer's second leg, by another agent."""
    moved = served.filter(pl.col("transferred"))
    other = _agent_ids(rng.integers(0, AGENTS, moved.height))
    return moved.with_columns(
        leg_no=pl.lit(2, pl.Int64), at=pl.col("at") + pl.col("minutes") * MINUTE, minutes=pl.lit(3.0), talk_s=pl.lit(180.0),
        agent_id=pl.Series(other.tolist(), dtype=pl.String), transferred=pl.lit(False), queue_s=pl.lit(0.0),
    )  # fmt: skip


def _by_phone(served: pl.DataFrame, chance: float, rng: np.random.Generator) -> pl.DataFrame:
    """Some of the calls from a number the log shows."""
    able = served.filter(
        (pl.col("medium") == "voice") & pl.col("phone").is_not_null() & ~pl.col("phone").str.contains("*", literal=True)
    )
    return able.filter(pl.Series(rng.random(able.height) < chance))


def _abandoned(served: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Calls given up in the queue, minutes or hours before the customer was served."""
    some = _by_phone(served, 0.06, rng)
    before = np.where(rng.random(some.height) < 0.6, rng.uniform(1.0, 8.0, some.height), rng.uniform(15.0, 240.0, some.height))
    return some.with_columns(
        contact_id="B" + pl.col("contact_id"), call_id="B" + pl.col("contact_id"), status=pl.lit("abandoned"),
        at=pl.col("at") - pl.Series(before) * MINUTE, minutes=pl.lit(0.7), queue_s=pl.lit(42.0), end_reason=pl.lit("客户放弃"),
        agent_id=pl.lit(None, pl.String), team=pl.lit(None, pl.String), talk_s=pl.lit(None, pl.Float64),
        wrap_s=pl.lit(None, pl.Float64), wrap_code=pl.lit(None, pl.String), transferred=pl.lit(False),
        account_id=pl.lit(None, pl.String), customer_name=pl.lit(None, pl.String), id_hash=pl.lit(None, pl.String),
        service_number=pl.lit(None, pl.String),
    )  # fmt: skip


def _redialled(served: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Calls whose line dropped a few minutes before: the customer redialled, and the second call went on."""
    some = _by_phone(served.filter(~pl.col("transferred")), 0.012, rng)
    return some.with_columns(
        contact_id="D" + pl.col("contact_id"), call_id="D" + pl.col("contact_id"),
        at=pl.col("at") - pl.Series(rng.uniform(3.0, 9.0, some.height)) * MINUTE, minutes=pl.lit(1.5), talk_s=pl.lit(90.0),
        end_reason=pl.lit("断线"), transferred=pl.lit(False),
    )  # fmt: skip


def _call_backs(served: pl.DataFrame, logged: Visits, days: int, rng: np.random.Generator) -> pl.DataFrame:
    """The centre calls customers whose problem it promised to settle, settled or not."""
    waiting = served.filter(pl.Series((logged.grade != AT_HANGUP) & (rng.random(logged.size) < 0.25)))
    made = waiting.with_columns(
        contact_id="O" + pl.col("contact_id"), call_id="O" + pl.col("contact_id"), direction=pl.lit("outbound"),
        medium=pl.lit("voice"), at=pl.col("at") + pl.Series(rng.uniform(0.1, 2.5, waiting.height)), transferred=pl.lit(False),
        minutes=pl.lit(2.0), talk_s=pl.lit(120.0), queue_s=pl.lit(None, pl.Float64), end_reason=pl.lit("座席挂机"),
    )  # fmt: skip
    return made.filter(pl.col("at") < days)


def _noise(count: int, days: int, rng: np.random.Generator) -> pl.DataFrame:
    """What is no demand served by a person: the voice menu, test calls, nuisance."""
    return pl.DataFrame({
        "contact_id": [f"N{n:06d}" for n in range(count)], "call_id": [f"N{n:06d}" for n in range(count)],
        "leg_no": np.ones(count, dtype=np.int64), "at": rng.uniform(0, days, count), "minutes": np.full(count, 1.0),
        "medium": ["voice"] * count, "direction": ["inbound"] * count,
        "status": rng.choice(["ivr_only", "test", "nuisance"], count, p=[0.8, 0.1, 0.1]),
        "phone": [f"197{n:08d}" for n in rng.integers(0, 10**8, count)], "transferred": np.zeros(count, dtype=bool),
    })  # fmt: skip


def _as_file(rows: pl.DataFrame, days: int) -> pl.DataFrame:
    """Times instead of days; only what lies within the log."""
    inside = rows.filter(pl.col("at").is_between(0, days, closed="left")).sort("at", "contact_id", "leg_no")
    started = pl.lit(OPENS) + pl.duration(seconds=(pl.col("at") * 86400).round().cast(pl.Int64))
    return inside.select(
        "contact_id", "call_id", "leg_no", started_at=started.dt.cast_time_unit("us"),
        duration_s=(pl.col("minutes") * 60).round(0), **{c: pl.col(c) for c in rows.columns if c not in _OWN},
    )  # fmt: skip


_OWN = ("contact_id", "call_id", "leg_no", "at", "minutes")


def _time(days: Floats) -> pl.Series:
    """Wall times; nan: none."""
    return pl.Series(
        [None if np.isnan(d) else OPENS + timedelta(seconds=round(float(d) * 86400)) for d in days], dtype=pl.Datetime("us")
    )


def _surveys(ids: Any, logged: Visits, rng: np.random.Generator) -> pl.DataFrame:
    """Who was helped answers sooner, who has given up hardly ever; and kinder than the truth."""
    size = logged.size
    settled = logged.grade != NO
    answers = rng.random(size) < np.where(settled, 0.16, np.where(logged.gives_up, 0.03, 0.10))
    says_yes = rng.random(size) < np.where(settled, 0.95, 0.25)
    says_first = rng.random(size) < np.where(logged.round == 0, 0.93, 0.15)
    return _frame({
        "contact_id": ids[answers], "asked_at": _time(logged.at[answers] + 0.01),
        "resolved": np.where(says_yes, "yes", "no")[answers], "first_contact": np.where(says_first, "yes", "no")[answers],
        "prior_contacts": logged.round[answers], "score": np.where(says_yes, 9, 4)[answers],
    })  # fmt: skip


def _tickets(ids: Any, logged: Visits, rng: np.random.Generator) -> pl.DataFrame:
    """Tickets of promises; nearly all are closed as done, whether the problem is gone or not."""
    size = logged.size
    opened = ~np.isnan(logged.promised) & (rng.random(size) < 0.7)
    settled = logged.grade == IN_PROMISE
    closed = logged.at + np.nan_to_num(logged.promised) * np.where(
        settled, rng.uniform(0.2, 1.0, size), rng.uniform(0.6, 1.6, size)
    )
    visited = rng.random(size) < np.where(settled, 0.30, 0.12)
    says_yes = rng.random(size) < np.where(settled, 0.96, 0.45)
    done = settled | (rng.random(size) < 0.8)
    return _frame({
        "ticket_id": [f"T{i}" for i in ids[opened]], "contact_id": ids[opened], "opened_at": _time(logged.at[opened] + 0.003),
        "promised_by": _time((logged.at + logged.promised)[opened]), "closed_at": _time(np.where(done, closed, np.nan)[opened]),
        "status": np.where(done, "已归档", "处理中")[opened], "department": "后台", "reason": _CODES[logged.reason][opened],
        "reopened": np.where(~settled & (rng.random(size) < 0.08), "yes", "no")[opened],
        "visit_result": np.where(visited, np.where(says_yes, "yes", "no").astype(object), NOTHING)[opened],
    })  # fmt: skip


def _cues(ids: Any, logged: Visits, scenario: Scenario, rng: np.random.Generator) -> pl.DataFrame:
    """Who has been here says so sometimes; somebody who has not seems to, rarely; agents ask what they see in their log."""
    size = logged.size
    again = logged.round > 0
    spoken = rng.random(size) < np.where(again, scenario.cue, np.where(logged.why == RELAPSE, 0.15, 0.01))
    asked = rng.random(size) < np.where(again & (logged.why != FOLLOW_UP), 0.15, 0.02)
    kind = np.where(
        logged.why == RELAPSE, "recurrence", rng.choice(["prior_contact", "pending_followup", "broken_promise"], size)
    )
    counted = spoken & again & (rng.random(size) < 0.25)
    kind = np.where(counted, "explicit_count", kind)
    own = _frame({
        "contact_id": ids[spoken], "role": "customer", "kind": kind[spoken],
        "prior_contacts": pl.Series(np.where(counted, logged.round, -1)[spoken]).replace(-1, None),
    })  # fmt: skip
    agents = _frame({"contact_id": ids[asked], "role": "agent", "kind": "prior_contact"})
    return pl.concat([own, agents], how="diagonal").sort("contact_id", "role")


def _events(ids: Any, logged: Visits, rng: np.random.Generator) -> pl.DataFrame:
    """Desktop steps of the reasons that have a procedure; agents skip some, more often where the problem stays unsettled."""
    code, written = _CODES[logged.reason], rng.random(logged.size) < 0.7
    parts = []
    for name, steps in STEPS.items():
        some = np.flatnonzero(written & (code == name))
        skipped = np.where(logged.grade[some] == NO, 0.22, 0.06)
        late = rng.random(some.size) < 0.03  # the first step, after all the others
        for place, step in enumerate(steps):
            done = rng.random(some.size) >= skipped * (place > 0)
            minutes = np.where(late & (place == 0), len(steps) + 0.5, place + 0.5) * 0.6
            at = _time((logged.at[some] + minutes * MINUTE)[done])
            parts.append(_frame({"contact_id": ids[some][done], "at": at, "step": np.full(int(done.sum()), step, dtype=object)}))
    return pl.concat(parts).sort("contact_id", "at", "step")
