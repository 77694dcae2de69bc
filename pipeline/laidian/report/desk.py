"""What the desk is told: whom to call back or visit again, how sure the guesses are, scorecards, the switch's own figures."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl

from laidian.report.words import EXCLUSIONS, LEFT_OUT
from laidian.tables import Calibration, Scorecard, empty

CARD_GROUPS = {"team": "班组", "department": "部门", "queue": "技能组", "agent": "座席（工号）"}
CAUSES = {"agent": "座席", "process": "流程", "both": "两者都有", "unclear": "看不出"}
TARGETS = {"first": "是否首次", "resolved": "是否解决", "risk": "七天内再来"}


@dataclass(frozen=True, slots=True)
class CallLine:
    """One customer to call back before he calls again; words and counts as in the step's `CallBack`."""

    contact_id: str
    risk: float
    resolved: float | None
    why: tuple[str, ...]
    reason: str
    phone_masked: str
    agent_id: str
    started_at: datetime
    promised: tuple[str, ...]
    promised_by: datetime | None


@dataclass(frozen=True, slots=True)
class ReworkLine:
    """One customer who said that he was not helped, to be visited again; words and causes as in `laidian.fcr.rework`.

    `first`: whether it was the first contact, as the log has it and as the customer says (null: not told).
    """

    contact_id: str
    day: date
    agent_id: str
    team: str
    phone_masked: str
    reason: str
    first: tuple[bool | None, str | None]
    said_prior: int | None
    said_reason: str | None
    cause: str
    evidence_agent: tuple[str, ...]
    evidence_process: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sure:
    """How good one guess is on contacts its model has not seen; `levels`: (from, to, contacts, mean guess, share true)."""

    title: str
    contacts: int
    brier: float
    base: float
    levels: tuple[tuple[float, float, int, float, float], ...]


@dataclass(frozen=True, slots=True)
class Operated:
    """One operational figure of one group; `excluded`: (why in words, calls left out)."""

    name: str
    title: str
    english: str
    text: str
    group_by: str
    group: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    numerator: float
    denominator: int
    excluded: tuple[tuple[str, int], ...]
    target: float | None


@dataclass(frozen=True, slots=True)
class StepLine:
    """One required desktop step of one reason: contacts checked, lacking it, doing it too late, and who came back of either."""

    reason: str
    step: str
    checked: int
    missing: int
    misplaced: int
    missing_back: int
    done_back: int

    @property
    def done(self) -> int:
        """Contacts that have the step."""
        return self.checked - self.missing


@dataclass(frozen=True, slots=True)
class Desk:
    """`call_day`: the day whose contacts are listed. `cards`: by grouping, the best first, those too small at the end."""

    call_day: date
    calls: tuple[CallLine, ...]
    sure: tuple[Sure, ...]
    cards: Mapping[str, tuple[Mapping[str, Any], ...]]
    operations: tuple[Operated, ...]
    steps: tuple[StepLine, ...]
    rework: tuple[ReworkLine, ...]

    @property
    def causes(self) -> Mapping[str, int]:
        """Customers to be visited again, by what the evidence names: agent, process, both, unclear."""
        return {cause: sum(line.cause == cause for line in self.rework) for cause in CAUSES}

    @property
    def basis(self) -> str | None:
        """`audit` or `returns`; null: no group has a card."""
        return next((row["basis"] for rows in self.cards.values() for row in rows), None)

    @property
    def shown(self) -> int:
        """Cards with figures."""
        return sum(not row["suppressed"] for rows in self.cards.values() for row in rows)


@dataclass(frozen=True, slots=True)
class DeskTables:
    """What the desk's part is made from.

    `calls`: columns of `CallLine`. `cards`: `Scorecard`. `operations`: `Operation` with title, english, text, target. `steps`:
    columns of `StepLine`, reasons by id. `rework`: from `laidian.fcr.rework`, with phone_masked.
    A table without rows may have no columns.
    """

    calls: pl.DataFrame = field(default_factory=pl.DataFrame)
    calibration: pl.DataFrame = field(default_factory=lambda: empty(Calibration))
    cards: pl.DataFrame = field(default_factory=lambda: empty(Scorecard))
    operations: pl.DataFrame = field(default_factory=pl.DataFrame)
    steps: pl.DataFrame = field(default_factory=pl.DataFrame)
    rework: pl.DataFrame = field(default_factory=pl.DataFrame)


def desk_of(tables: DeskTables, period: tuple[date, date], name: Callable[[str], str]) -> Desk:
    """The desk's part of the report of a period; `name`: a reason's name."""
    calibration, operations = tables.calibration, tables.operations
    own = (pl.col("from_day") == period[0]) & (pl.col("to_day") == period[1])
    return Desk(
        period[1],
        tuple(_call(row) for row in tables.calls.iter_rows(named=True)),
        tuple(_sure(target, title, calibration) for target, title in TARGETS.items() if target in calibration["target"]),
        {by: _cards(tables.cards.filter(own & (pl.col("group_by") == by))) for by in CARD_GROUPS},
        tuple(_operated(row) for row in operations.filter(own).sort("order", "group").iter_rows(named=True))
        if operations.height
        else (),
        tuple(StepLine(**{**row, "reason": name(row["reason"])}) for row in tables.steps.iter_rows(named=True)),
        tuple(_rework(row, name) for row in tables.rework.iter_rows(named=True)),
    )


def _rework(row: Mapping[str, Any], name: Callable[[str], str]) -> ReworkLine:
    return ReworkLine(
        row["contact_id"], row["day"], row["agent"] or "", row["team"] or "", row["phone_masked"] or "",
        name(row["reason"]) if row["reason"] else "", (row["was_first"], row["said_first"]), row["said_prior"],
        row["said_reason"], row["cause"], tuple(row["evidence_agent"]), tuple(row["evidence_process"]),
    )  # fmt: skip


def _call(row: Mapping[str, Any]) -> CallLine:
    words = {name: tuple(row[name]) for name in ("why", "promised")}
    return CallLine(**{**row, **words, "phone_masked": row["phone_masked"] or "", "agent_id": row["agent_id"] or ""})


def _sure(target: str, title: str, calibration: pl.DataFrame) -> Sure:
    rows = calibration.filter(pl.col("target") == target).sort("low")
    n, total = rows["contacts"], int(rows["contacts"].sum())
    brier, base = (float((rows[column] * n).sum() / total) for column in ("brier", "base"))
    levels = rows.select("low", "high", "contacts", "guessed", share=pl.col("happened") / pl.col("contacts")).iter_rows()
    return Sure(title, total, brier, base, tuple(levels))


def _cards(some: pl.DataFrame) -> tuple[Mapping[str, Any], ...]:
    order = some.sort(["fcr", "contacts", "group"], descending=[True, True, False], nulls_last=True)
    return tuple({**row, "excluded": _left_out(row["excluded"])} for row in order.iter_rows(named=True))


def _operated(row: Mapping[str, Any]) -> Operated:
    shown = ("title", "english", "text", "group_by", "group", "unit", "value", "low", "high", "numerator", "denominator")
    told = {name: row[name] for name in shown}
    return Operated(name=row["definition"], excluded=_left_out(row["excluded"]), target=row["target"], **told)


def _left_out(told: str) -> tuple[tuple[str, int], ...]:
    words = EXCLUSIONS | LEFT_OUT
    return tuple(sorted(((words.get(why, why), n) for why, n in json.loads(told).items()), key=lambda item: (-item[1], item[0])))
