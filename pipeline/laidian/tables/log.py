"""What the contact log says: legs as read, their identifiers, surveys, tickets, text turns, desktop events."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from laidian.tables.row import Room, Row

Medium = Literal["voice", "chat", "email", "ticket", "visit", "ivr", "bot", "app", "wechat", "sms"]
Direction = Literal["inbound", "outbound"]
Status = Literal["answered", "abandoned", "ivr_only", "test", "nuisance"]
Speaker = Literal["agent", "customer", "ivr", "unknown"]


@dataclass(frozen=True, slots=True)
class Leg(Row):
    """One call leg (通话段) as read from a contact log, or one text contact. Identifiers are keyed hashes and masks only.

    Origin: `laidian ingest --contacts`. `call_id` is never null: where the log gives none it is the contact_id. Legs of one
    call share it. Times are wall times of the workspace's zone; durations in seconds, >= 0; null = the log does not say.
    """

    TABLE: ClassVar[str] = "legs"
    KEY: ClassVar[tuple[str, ...]] = ("call_id", "leg_no")

    call_id: str
    leg_no: int
    contact_id: str
    previous_contact_id: str | None
    started_at: datetime
    ended_at: datetime | None
    medium: Medium
    direction: Direction
    status: Status
    phone_key: str | None
    phone_masked: str | None
    contact_phone_key: str | None
    service_key: str | None
    account_key: str | None
    id_key: str | None
    name_masked: str | None
    customer_type: str | None
    caller_relation: str | None
    hotline: str | None
    region: str | None
    agent_id: str | None
    team: str | None
    queue: str | None
    recordings: list[str]
    agent_channel: Literal["0", "1", "none"] | None
    end_reason: str | None
    wrap_code: str | None
    transferred: bool | None
    queue_s: float | None
    ring_s: float | None
    talk_s: float | None
    hold_s: float | None
    wrap_s: float | None
    source: str


@dataclass(frozen=True, slots=True)
class Identifier(Row):
    """The original identifiers of one leg, normalised (+86 and the leading 0 of mobiles stripped; null = none or unknown).

    Origin: `laidian ingest --contacts`. Lives in the vault. `id_key` is already a keyed hash: the number is never stored.
    """

    TABLE: ClassVar[str] = "identifiers"
    KEY: ClassVar[tuple[str, ...]] = ("call_id", "leg_no")
    ROOM: ClassVar[Room] = "vault"

    call_id: str
    leg_no: int
    phone: str | None
    contact_phone: str | None
    service_number: str | None
    account_id: str | None
    id_key: str | None
    customer_name: str | None
    caller_relation: str | None


@dataclass(frozen=True, slots=True)
class Turn(Row):
    """One turn of a text contact or of speech recognised elsewhere, before redaction.

    Origin: `laidian ingest --transcripts`. Partition: the contact's business day. `start` and `end` in seconds from the
    contact's start; null = the source gives none.
    """

    TABLE: ClassVar[str] = "turns"
    KEY: ClassVar[tuple[str, ...]] = ("contact_id", "turn")
    ROOM: ClassVar[Room] = "vault"

    contact_id: str
    turn: int
    role: Speaker
    text: str
    start: float | None
    end: float | None


@dataclass(frozen=True, slots=True)
class Survey(Row):
    """One survey answer about a contact. Null = not asked or not answered. Origin: `laidian ingest --surveys`."""

    TABLE: ClassVar[str] = "surveys"
    KEY: ClassVar[tuple[str, ...]] = ("contact_id",)
    BY_DAY: ClassVar[bool] = False

    contact_id: str
    asked_at: datetime | None
    resolved: Literal["yes", "no"] | None
    first_contact: Literal["yes", "no"] | None
    prior_contacts: int | None
    reason: str | None
    score: float | None


@dataclass(frozen=True, slots=True)
class Ticket(Row):
    """One help-desk row (工单). With contact_id: the record of that contact; without: a contact of its own (self-service), whose
    contact_id is `OWN_CONTACT`.

    Origin: `laidian ingest --tickets`. `phone_key`, `account_key`: keyed hashes. `visit_result`: what the return visit said
    about the problem being solved.
    """

    TABLE: ClassVar[str] = "tickets"
    KEY: ClassVar[tuple[str, ...]] = ("ticket_id",)
    BY_DAY: ClassVar[bool] = False
    OWN_CONTACT: ClassVar[str] = "ticket-{}"

    ticket_id: str
    contact_id: str | None
    phone_key: str | None
    account_key: str | None
    opened_at: datetime
    promised_by: datetime | None
    closed_at: datetime | None
    status: str | None
    department: str | None
    reason: str | None
    reopened: bool | None
    urged: int | None
    duplicate_of: str | None
    visit_result: Literal["yes", "no"] | None
    level: str | None


@dataclass(frozen=True, slots=True)
class ForeignCue(Row):
    """One cue found by another system. Origin: `laidian ingest --cues`. `position` tells several of one contact apart, from 1."""

    TABLE: ClassVar[str] = "foreign_cues"
    KEY: ClassVar[tuple[str, ...]] = ("contact_id", "position")
    BY_DAY: ClassVar[bool] = False

    contact_id: str
    position: int
    role: Speaker
    kind: str | None
    prior_contacts: int | None


@dataclass(frozen=True, slots=True)
class Event(Row):
    """One step on the agent's desktop. Origin: `laidian ingest --events`."""

    TABLE: ClassVar[str] = "events"
    KEY: ClassVar[tuple[str, ...]] = ("contact_id", "at", "step")
    BY_DAY: ClassVar[bool] = False

    contact_id: str
    at: datetime
    step: str


@dataclass(frozen=True, slots=True)
class Rejected(Row):
    """One row or recording that was refused, with its reason; the raw row lies in `rejected/` of the workspace.

    `source` is the file's name, `line` its line from 1 (the header is line 1; null for a recording), `reason` never holds a
    customer's words, name or number.
    """

    TABLE: ClassVar[str] = "rejected"
    KEY: ClassVar[tuple[str, ...]] = ("source", "line", "reason")
    BY_DAY: ClassVar[bool] = False

    source: str
    line: int | None
    kind: Literal["row", "recording"]
    contact_id: str | None
    reason: str
