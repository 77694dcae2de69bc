"""What is found about issues beyond their ranks: unnamed ones, why customers came back, what agents do, jumps of a day."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from laidian.tables.row import Row

CauseKind = Literal[
    "promise_broken",  # what was promised did not come
    "not_in_time",  # it is still being worked on, or nobody knows
    "passed_on",  # from desk to desk, or told to ring elsewhere
    "fault",  # of a system or of the network, or the same fault again
    "policy",  # the rules forbid what the customer wants
    "not_convinced",  # told, and does not accept it
    "no_guidance",  # not told how, what next, what it means
    "step_missed",  # the agent neither restated nor said what comes next nor confirmed
    "by_nature",  # one contact cannot settle it
    "unclear",
]
Side = Literal["agent", "process", "nature", "unclear"]


@dataclass(frozen=True, slots=True)
class FoundIssue(Row):
    """An issue nobody named: a group of like contacts of one reason that name no issue (`issues.discover`).

    `issue`: its id, the same from night to night while its contacts are; `name`: an analyst's, else of its key phrases.
    `contacts`: how many, `share` of those of the reason without an issue. `stability`, `unnamed`: how surely it is a group, and
    how much rarer contacts with a named issue fall into it. `trend`: Kendall's tau over its weeks (null: too few). `evidence`:
    three typical `contact_id/recording_no/turn`. `decision`: an analyst's (`accept`, `merge_into`); accepted and merged ones
    are part of the workspace's taxonomy and stay as they were; a rejected one is kept, so that it is not found again.
    """

    TABLE: ClassVar[str] = "found_issues"
    KEY: ClassVar[tuple[str, ...]] = ("issue",)
    BY_DAY: ClassVar[bool] = False

    issue: str
    reason: str
    name: str
    phrases: list[str]
    contacts: int
    share: float
    first_day: date
    last_day: date
    stability: float
    unnamed: float
    trend: float | None
    evidence: list[str]
    contact_ids: list[str]
    decision: Literal["new", "accepted", "merged", "rejected"]
    merged_into: str | None


@dataclass(frozen=True, slots=True)
class Cause(Row):
    """Why a customer came back (`about` link: `subject` is the LATER contact), or why a case stays unresolved (case: its key).

    `side`: who could change it; `nature`: one contact cannot settle it, kept apart (gross with it, net without). `basis`: every
    rule that spoke, the decisive one first: what the customer said, then the records, then likeness to known exchanges,
    then what the agent left out. `score`: .9 said, .7 recorded, .5 like, .4 left out, 0 unclear; judgement.
    """

    TABLE: ClassVar[str] = "causes"
    KEY: ClassVar[tuple[str, ...]] = ("about", "subject")
    BY_DAY: ClassVar[bool] = False

    about: Literal["link", "case"]
    subject: str
    cause: CauseKind
    side: Side
    basis: list[str]
    score: float


@dataclass(frozen=True, slots=True)
class Practice(Row):
    """How one agent practice goes with not coming back, for one reason or all (`reason` = all), over a period.

    Contacts that begin a case, have an agent's text and have been watched: with the practice and without it, and those of them
    the customer did not come back after. `difference` of the shares, adjusted for issue, queue and transfer (Mantel and
    Haenszel), with its 95 % interval; `q`: false discovery rate over the table. Association is not cause.
    """

    TABLE: ClassVar[str] = "practices"
    KEY: ClassVar[tuple[str, ...]] = ("from_day", "to_day", "reason", "practice")
    BY_DAY: ClassVar[bool] = False

    from_day: date
    to_day: date
    reason: str
    practice: str
    with_contacts: int
    with_settled: int
    without_contacts: int
    without_settled: int
    difference: float
    low: float
    high: float
    q: float


@dataclass(frozen=True, slots=True)
class PracticeUse(Row):
    """How often a team uses one practice over a period, beside what the mix of its issues lets expect of the whole centre.

    `reason`: all of its contacts (`all`), or those of one reason, where they are enough; null: `all`, of a table made before
    reasons came. `contacts`: with an agent's text; `used`: with the practice; `expected`: share of the whole centre on the same
    issues; `low`, `high`: 95 % Wilson interval of used / contacts.
    """

    TABLE: ClassVar[str] = "practice_use"
    KEY: ClassVar[tuple[str, ...]] = ("from_day", "to_day", "team", "practice", "reason")
    BY_DAY: ClassVar[bool] = False

    from_day: date
    to_day: date
    team: str
    practice: str
    contacts: int
    used: int
    expected: float
    low: float
    high: float
    reason: str | None


@dataclass(frozen=True, slots=True)
class Alert(Row):
    """An issue that jumped on a day: far more cases begun than the four weeks before let expect.

    `expected`: of a day with as many cases in all; `chance` of so many or more, by a negative binomial as restless as the issue
    was in those weeks; `q`: its false discovery rate over the day's issues.
    """

    TABLE: ClassVar[str] = "alerts"
    KEY: ClassVar[tuple[str, ...]] = ("day", "issue")
    BY_DAY: ClassVar[bool] = False

    day: date
    issue: str
    cases: int
    expected: float
    chance: float
    q: float
