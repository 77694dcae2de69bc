"""What follows from the log and the hearing: contacts, customers, cases, links, measures, issues."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

from laidian.tables.log import Direction, Medium, Status
from laidian.tables.row import Row

LinkKind = Literal["follow_up_question", "chasing", "progress", "recurrence", "confirm_or_cancel", "same_problem"]


@dataclass(frozen=True, slots=True)
class Contact(Row):
    """One approach of one customer (来电/联络): legs merged, dropped-and-redialled calls merged.

    `contact_id` is that of its first leg; `call_ids` are the calls merged into it, in order. `status` is answered if any leg
    was. `agent_id`, `team`, `queue`: the FIRST agent's (whose FCR is it); `last_agent_id` the last one's. `in_population`: a
    demand served by a person (fcr_method.md «Population»); `excluded` says why not (null: it is in). `faulty`: no usable
    text because of its recording. `handled_s`: talk + hold + wrap seconds, null = the log does not say.
    """

    TABLE: ClassVar[str] = "contacts"
    KEY: ClassVar[tuple[str, ...]] = ("contact_id",)
    BY_DAY: ClassVar[bool] = False

    contact_id: str
    day: date
    started_at: datetime
    ended_at: datetime
    call_ids: list[str]
    legs: int
    previous_contact_id: str | None
    medium: Medium
    direction: Direction
    status: Status
    phone_key: str | None
    phone_masked: str | None
    customer_type: str | None
    caller_relation: str | None
    hotline: str | None
    region: str | None
    agent_id: str | None
    last_agent_id: str | None
    team: str | None
    queue: str | None
    transferred: bool
    wrap_code: str | None
    end_reason: str | None
    handled_s: float | None
    recordings: list[str]
    faulty: bool
    in_population: bool
    excluded: str | None


@dataclass(frozen=True, slots=True)
class Moved(Row):
    """A contact_id of the log (`logged_id`) that stands in another contact now: a transfer's second leg, a redial.

    Recordings, utterances, cues, call reasons, surveys and tickets carry the logged id. One that is not here is its own contact.
    """

    TABLE: ClassVar[str] = "moved"
    KEY: ClassVar[tuple[str, ...]] = ("logged_id",)
    BY_DAY: ClassVar[bool] = False

    logged_id: str
    contact_id: str


@dataclass(frozen=True, slots=True)
class Customer(Row):
    """Contact -> customer. `customer_key`: keyed hash of the component's earliest leg (of those known when it was first made).

    `basis`: the identifiers that joined it to others: account, id, service, phone, contact_phone; or a hint: name with
    masked_phone or switchboard.
    `identified` is false where the log gives no usable identifier: such a contact is alone in its component.
    """

    TABLE: ClassVar[str] = "customers"
    KEY: ClassVar[tuple[str, ...]] = ("contact_id",)
    BY_DAY: ClassVar[bool] = False

    contact_id: str
    customer_key: str
    basis: list[str]
    identified: bool


@dataclass(frozen=True, slots=True)
class KeyChange(Row):
    """A key of the night before whose contacts have another key tonight. Keys change for no other reason.

    `merged`: all contacts of `key` went to `other_key`, the older one; `split`: `contacts` of them did and others did not.
    `why`: the identifiers that join them now (merged), or that joined them before and no longer do (split), see `Customer.basis`.
    `day`: the last day of the log that night. Rows of earlier nights are kept.
    """

    TABLE: ClassVar[str] = "key_changes"
    KEY: ClassVar[tuple[str, ...]] = ("kind", "day", "key", "other_key")
    BY_DAY: ClassVar[bool] = False

    kind: Literal["customer", "case"]
    day: date
    key: str
    other_key: str
    change: Literal["merged", "split"]
    contacts: int
    why: list[str]


@dataclass(frozen=True, slots=True)
class Link(Row):
    """One LATER contact joined to the latest earlier one of its case.

    `gap_s`: seconds from the end of the earlier to the start of the later. `basis`: the evidence, e.g. `reason`, `issue`,
    `text`, `cue`, `previous_contact_id`, `ticket`. `probability` in 0..1. `repeat` is false for the centre's own call-back.
    `in_promise`: the later began within the time promised before it (null: no time was promised).
    """

    TABLE: ClassVar[str] = "links"
    KEY: ClassVar[tuple[str, ...]] = ("contact_id",)
    BY_DAY: ClassVar[bool] = False

    contact_id: str
    earlier_contact_id: str
    customer_key: str
    kind: LinkKind
    basis: list[str]
    probability: float
    gap_s: float
    repeat: bool
    in_promise: bool | None = None


@dataclass(frozen=True, slots=True)
class Promise(Row):
    """By when a contact promised that it would be done. Contacts in which nobody named a time have no row.

    `source`: spoken by the agent (which wins), else the contact's ticket. `said`: the time as spoken (null: of a ticket).
    """

    TABLE: ClassVar[str] = "promises"
    KEY: ClassVar[tuple[str, ...]] = ("contact_id",)
    BY_DAY: ClassVar[bool] = False

    contact_id: str
    due_at: datetime
    source: Literal["spoken", "ticket"]
    said: str | None


@dataclass(frozen=True, slots=True)
class Case(Row):
    """One problem of one customer (诉求). `case_key`: keyed hash of its first contact; `contact_ids` in order of start.

    `contacts` counts the customer's own served contacts, `outbound` the centre's. `reason`, `issue`: the first known one.
    `cue_without_earlier`: the customer spoke of an earlier contact that the log does not hold.
    """

    TABLE: ClassVar[str] = "cases"
    KEY: ClassVar[tuple[str, ...]] = ("case_key",)
    BY_DAY: ClassVar[bool] = False

    case_key: str
    customer_key: str
    reason: str | None
    issue: str | None
    first_at: datetime
    last_at: datetime
    contacts: int
    outbound: int
    contact_ids: list[str]
    cue_without_earlier: bool


@dataclass(frozen=True, slots=True)
class Outcome(Row):
    """What one contact of the population is likely to have come to, as the log stood on its last day.

    Probabilities in 0..1. `first`, `resolved` (within the promise), `first_resolved` (both): learnt from the audit; null without
    one. `card_…`: the same from what the customer did alone, nothing an agent can set; scorecards read them. `risk`: that the
    customer comes back about it within seven days, from what was known when it ended; null: nobody known, no reason, or too
    short a log. `why`: up to three flags that raise the risk, strongest first (GLOSSARY.md).
    """

    TABLE: ClassVar[str] = "outcomes"
    KEY: ClassVar[tuple[str, ...]] = ("contact_id",)
    BY_DAY: ClassVar[bool] = False

    contact_id: str
    first: float | None
    resolved: float | None
    first_resolved: float | None
    card_first: float | None
    card_resolved: float | None
    card_first_resolved: float | None
    risk: float | None
    why: list[str]


@dataclass(frozen=True, slots=True)
class Calibration(Row):
    """How good the guesses of `Outcome` are between two levels of the guess, on contacts their model has not seen.

    `target`: `first`, `resolved` (audited contacts, cross-fitted by customer), `risk` (the latest quarter of those watched).
    `contacts` guessed in `low`..`high`, `happened`: of how many it was true, `guessed`: their mean guess. `brier`: mean square of
    guess less outcome, `base`: the same of the plain share; smaller is better. The whole: means weighted by `contacts`.
    """

    TABLE: ClassVar[str] = "calibration"
    KEY: ClassVar[tuple[str, ...]] = ("target", "low")
    BY_DAY: ClassVar[bool] = False

    target: Literal["first", "resolved", "risk"]
    low: float
    high: float
    contacts: int
    happened: int
    guessed: float
    brier: float
    base: float


@dataclass(frozen=True, slots=True)
class Audit(Row):
    """What the audit (抽检复核) says of one contact, all its answers taken together.

    `is_first`: the first contact about its problem, whatever the medium. `resolved`: settled `at_hangup`, `in_promise`, `no`;
    `unknown` is an answer, not a gap. `draw_id`: the draw it came from (null: given without a draw). `answers`: auditors who
    judged it, without who adjudicated. `agreed_*`: whether the first two said the same of first, of settled at all, of settled
    at hang-up (null: one answer, or one of them unknown).
    """

    TABLE: ClassVar[str] = "audits"
    KEY: ClassVar[tuple[str, ...]] = ("contact_id",)
    BY_DAY: ClassVar[bool] = False

    contact_id: str
    draw_id: int | None
    is_first: bool
    resolved: Literal["at_hangup", "in_promise", "no", "unknown"]
    answers: int
    agreed_first: bool | None
    agreed_settled: bool | None
    agreed_at_hangup: bool | None


@dataclass(frozen=True, slots=True)
class Measure(Row):
    """One figure: definition × period × group, with everything it needs to travel.

    `value` = numerator / denominator, null when the denominator is 0 (or the figure is a bare count: denominator null); of the
    two `survey_*_bias` a difference of shares, of `best_window` days.
    `low`, `high`: 95 % Wilson interval, null for counts. `excluded`: JSON object reason -> contacts left out.
    Period bounds inclusive, business days. `group_by` is `all` for the whole.
    """

    TABLE: ClassVar[str] = "measures"
    KEY: ClassVar[tuple[str, ...]] = ("definition", "from_day", "to_day", "group_by", "group")
    BY_DAY: ClassVar[bool] = False

    definition: str
    from_day: date
    to_day: date
    group_by: str
    group: str
    value: float | None
    low: float | None
    high: float | None
    numerator: int
    denominator: int | None
    excluded: str


@dataclass(frozen=True, slots=True)
class Change(Row):
    """How far one share moved from the period before (环比), for the whole. Bounds of periods inclusive, business days.

    `change` = value - before; `low`, `high`: its 95 % interval, which counts that one customer brings several contacts.
    """

    TABLE: ClassVar[str] = "changes"
    KEY: ClassVar[tuple[str, ...]] = ("definition", "from_day", "to_day")
    BY_DAY: ClassVar[bool] = False

    definition: str
    from_day: date
    to_day: date
    before_from: date
    before_to: date
    value: float
    before: float
    change: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CurvePoint(Row):
    """One point of a curve over a period (bounds inclusive, business days): a share after `days`, with its 95 % interval.

    `kaplan_meier`: of first contacts by the log, still away. Of audited first contacts that the log watched for 45 days:
    `window_fcr`: not followed within `days`; `agreement`: what that window says of the contact is what the audit says.
    """

    TABLE: ClassVar[str] = "curve_points"
    KEY: ClassVar[tuple[str, ...]] = ("curve", "from_day", "to_day", "group_by", "group", "days")
    BY_DAY: ClassVar[bool] = False

    curve: Literal["kaplan_meier", "window_fcr", "agreement"]
    from_day: date
    to_day: date
    group_by: str
    group: str
    days: float
    value: float
    low: float
    high: float
