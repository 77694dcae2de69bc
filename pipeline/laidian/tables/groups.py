"""What is told of groups of contacts: scorecards of agents, teams, queues and departments."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from laidian.tables.row import Row


@dataclass(frozen=True, slots=True)
class Scorecard(Row):
    """One agent, team, queue or department in one period (bounds inclusive, business days).

    `basis`: `audit` (what the customer did, calibrated on the audit) or `returns` (no audit: whether the customer came back).
    `contacts`: of the population, whose FIRST agent is here. First-call resolution: `firsts` contacts that count (guessed ones
    add up to a number), `settled` of them; `raw` = settled / firsts; `expected`: what the whole makes of the same mix of
    contacts; `adjusted` = whole + (raw - expected) / reliability of the guesses, within 0..1, the funnel's dot; `fcr`, `low`,
    `high`: shrunk, with a 95 % interval for the group's own level, which knows chance and how little guesses tell, not how sure
    the whole's own level is (see `estimate_promise`).
    `limit_*`, `outer_*`: the funnel's 95 % and 99.8 % limits at this size; `outside`: the dot lies beyond the outer one.
    Contact resolution (`resolution…`, of `resolution_of` contacts whose LAST agent is here): adjusted and shrunk likewise; null
    without an audit. `returned`: customers who came back to the same queue within 21 days, `returned_late`: after the seventh;
    `defers`: far more of them (3.09 standard deviations) than the quarter of groups whose customers come back soonest; null: too
    few came back, or too few groups. `target` from the settings, `gap` = fcr - target.
    `suppressed`: too few contacts; its figures are null. `excluded`: JSON object why -> contacts that do not count.
    """

    TABLE: ClassVar[str] = "scorecards"
    KEY: ClassVar[tuple[str, ...]] = ("from_day", "to_day", "group_by", "group")
    BY_DAY: ClassVar[bool] = False

    from_day: date
    to_day: date
    group_by: Literal["agent", "team", "queue", "department"]
    group: str
    basis: Literal["audit", "returns"]
    contacts: int
    firsts: int | None
    settled: int | None
    raw: float | None
    expected: float | None
    adjusted: float | None
    fcr: float | None
    low: float | None
    high: float | None
    limit_low: float | None
    limit_high: float | None
    outer_low: float | None
    outer_high: float | None
    outside: Literal["below", "above"] | None
    resolution_of: int | None
    resolution: float | None
    resolution_low: float | None
    resolution_high: float | None
    returned: int
    returned_late: int
    late_share: float | None
    defers: bool | None
    target: float | None
    gap: float | None
    suppressed: bool
    excluded: str


@dataclass(frozen=True, slots=True)
class Operation(Row):
    """One operational figure of one group in one period (bounds inclusive, business days); `group_by` is `all` for the whole.

    `value` = numerator / denominator: a share, mean seconds, or mean contacts, as `unit` says; null: nothing to count, or the log
    has no such column. `denominator`: calls (cases for `contacts_per_case`). `low`, `high`: 95 % interval (Wilson's of a
    share). `excluded`: JSON object: `abandoned_early` within the setting's seconds, `not_logged` the log does not say.
    """

    TABLE: ClassVar[str] = "operations"
    KEY: ClassVar[tuple[str, ...]] = ("definition", "from_day", "to_day", "group_by", "group")
    BY_DAY: ClassVar[bool] = False

    definition: str
    from_day: date
    to_day: date
    group_by: Literal["all", "queue", "team", "agent"]
    group: str
    unit: Literal["share", "seconds", "contacts"]
    value: float | None
    low: float | None
    high: float | None
    numerator: float
    denominator: int
    excluded: str


@dataclass(frozen=True, slots=True)
class StepCheck(Row):
    """The desktop steps of one contact against the procedure of its primary reason; contacts without any event have no row.

    `required`: steps of the procedure. `missing`: those without an event, `misplaced`: those done after a step that must follow
    them; ids in the procedure's order.
    """

    TABLE: ClassVar[str] = "step_checks"
    KEY: ClassVar[tuple[str, ...]] = ("contact_id",)
    BY_DAY: ClassVar[bool] = False

    contact_id: str
    reason: str
    required: int
    missing: list[str]
    misplaced: list[str]
