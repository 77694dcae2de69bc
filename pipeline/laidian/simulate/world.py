"""The truth behind a simulated log: customers, their problems, and each visit about a problem with what it came to.

Visits are made round by round: round 0 is every problem's first visit; whoever was not settled comes back, chases, asks once
more, or gives up. All arrays of a class have one entry a customer or visit and share its index.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from laidian.simulate.scenarios import FAULTS, PERIODIC, REASONS, Scenario

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BEFORE_DAYS = 60.0
"""Days simulated before the log opens, so that its first contacts are as often repeats as later ones."""

AGENTS, TEAM_SIZE = 60, 10
ROUNDS = 7
AT_HANGUP, IN_PROMISE, NO = 0, 1, 2
GRADES = ("at_hangup", "in_promise", "no")
OPENING, RETRY, CHASING, FOLLOW_UP, RELAPSE = range(5)

_SHARE, _SETTLE, _PROMISE, _RETURNS = (
    np.array([getattr(r, name) for r in REASONS]) for name in ("share", "settle", "promise", "returns")
)
_PERIODIC = np.array([r.code == PERIODIC for r in REASONS])
IS_FAULT = np.array([r.code in FAULTS for r in REASONS])
"""By number of reason."""

_HOURS = np.array([1, 1, 1, 1, 1, 1, 2, 5, 12, 18, 19, 16, 12, 13, 16, 17, 16, 14, 12, 12, 11, 9, 5, 2], dtype=float)


@dataclass(frozen=True, slots=True)
class Visits:
    """One approach of a customer about a problem, seen by the log or not, in no particular order.

    `at`: days from the log's opening (negative: before). `round`: 0 = the first about its problem, whatever the medium.
    `why`: OPENING .. RELAPSE. `grade`: AT_HANGUP, IN_PROMISE or NO. `prior`: earlier visits of the problem. `promised`: days
    told to the customer (nan: none). `gives_up`: not settled, and nobody comes back. `seen`: the log's media hold it.
    """

    customer: Ints
    problem: Ints
    reason: Ints
    at: Floats
    round: Ints
    why: Ints
    grade: Ints
    promised: Floats
    agent: Ints
    transferred: Flags
    gives_up: Flags
    seen: Flags

    @property
    def size(self) -> int:
        """How many visits there are."""
        return len(self.at)

    def __getitem__(self, chosen: Flags | Ints) -> "Visits":
        return Visits(*(getattr(self, name)[chosen] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Crew:
    """The agents. `skill`: added to the chance that a contact settles its problem; `defers`: sends unsettled customers away."""

    skill: Floats
    defers: Flags


def crew(scenario: Scenario, rng: np.random.Generator) -> Crew:
    """The agents of a scenario, in order of number."""
    return Crew(rng.normal(0.0, 0.05, AGENTS), rng.random(AGENTS) < scenario.deferring)


def visits(scenario: Scenario, agents: Crew, rng: np.random.Generator) -> Visits:
    """Every visit of every problem, those before the log opens and after it closes included."""
    opened = _first_problems(scenario, rng)
    parts: list[Visits] = []
    problems = 0
    for generation in range(3):  # problems, what they bring back, and what that brings back
        numbers = problems + np.arange(opened[0].size)
        problems += opened[0].size
        why = OPENING if generation == 0 else RELAPSE
        made = list(_rounds(scenario, rng, (*opened, numbers), why, agents))
        parts += made
        opened = _relapses(made, rng)
    joined = Visits(*(np.concatenate([getattr(p, name) for p in parts]) for name in Visits.__slots__))
    return joined[(joined.at >= -BEFORE_DAYS) & (joined.at < scenario.days)]


def _first_problems(scenario: Scenario, rng: np.random.Generator) -> tuple[Ints, Ints, Floats]:
    """Customer, reason and day of each problem; few customers have many, and each has a reason of its own liking."""
    span = BEFORE_DAYS + scenario.days
    count = rng.poisson(scenario.customers * scenario.problems * span / 30)
    weight = rng.gamma(0.8, 1.0, scenario.customers)
    customer = rng.choice(scenario.customers, count, p=weight / weight.sum())
    liking = rng.choice(_SHARE.size, scenario.customers, p=_SHARE)
    reason = np.where(rng.random(count) < 0.15, liking[customer], rng.choice(_SHARE.size, count, p=_SHARE))
    return customer, reason, _at_hours(np.floor(rng.uniform(-BEFORE_DAYS, scenario.days, count)), rng)


def _at_hours(day: Floats, rng: np.random.Generator) -> Floats:
    """The days with a time in them at which people call."""
    hour = rng.choice(24, day.size, p=_HOURS / _HOURS.sum())
    return np.asarray(day + (hour + rng.random(day.size)) / 24)


Opened = tuple[Ints, Ints, Floats, Ints]


def _rounds(scenario: Scenario, rng: np.random.Generator, opened: Opened, why_first: int, agents: Crew) -> "list[Visits]":
    customer, reason, at, problem = opened
    why = np.full(at.size, why_first)
    settled_as = np.full(at.size, NO)  # what an earlier visit has settled already: a chaser or asker changes nothing
    made = []
    for number in range(ROUNDS):
        size = at.size
        agent = _routed(scenario, rng, reason)
        grade = np.where(settled_as != NO, settled_as, _grades(scenario, rng, reason, agents.skill[agent]))
        no = grade == NO
        told = (grade == IN_PROMISE) | (no & (rng.random(size) < 0.4))
        promised = np.where(told, rng.choice([1.0, 2.0, 3.0], size, p=[0.5, 0.3, 0.2]), np.nan)
        gives_up = no & (rng.random(size) < scenario.give_up)
        chases = (grade == IN_PROMISE) & (settled_as == NO) & (rng.random(size) < 0.13)
        asks = (grade == AT_HANGUP) & (settled_as == NO) & (rng.random(size) < 0.05)
        made.append(
            Visits(
                customer, problem, reason, at, np.full(size, number), why, grade, promised, agent,
                rng.random(size) < np.where(no, 0.18, 0.08), gives_up, rng.random(size) >= scenario.outside,
            )
        )  # fmt: skip
        again = (no & ~gives_up) | chases | asks
        delay = np.select(
            [chases, asks], [promised * rng.uniform(0.1, 0.9, size), rng.exponential(0.2, size)],
            _delays(rng, promised, agents.defers[agent]),
        )  # fmt: skip
        why = np.select([chases | (no & told), asks], [CHASING, FOLLOW_UP], RETRY)[again]
        settled_as = np.where(chases | asks, grade, NO)[again]
        customer, problem, reason, at = customer[again], problem[again], reason[again], (at + delay)[again]
    return made


def _routed(scenario: Scenario, rng: np.random.Generator, reason: Ints) -> Ints:
    """The agent of each visit: anybody, or one of the half that serves its queue."""
    anybody = rng.integers(0, AGENTS, reason.size)
    if not scenario.specialised:
        return anybody
    desk = np.where(IS_FAULT[reason], 0, AGENTS // 2) + anybody // 2
    return np.where(rng.random(reason.size) < scenario.specialised, desk, anybody)


def _grades(scenario: Scenario, rng: np.random.Generator, reason: Ints, skill: Floats) -> Ints:
    settle = np.clip(_SETTLE[reason] + scenario.easier + skill, 0.05, 0.97)
    promise = np.minimum(_PROMISE[reason], 0.98 - settle)
    draw = rng.random(reason.size)
    return np.select([draw < settle, draw < settle + promise], [AT_HANGUP, IN_PROMISE], NO)


def _delays(rng: np.random.Generator, promised: Floats, deferred: Flags) -> Floats:
    """Days until an unsettled customer comes back: soon, in days, in weeks; after a promise when it has run out."""
    size = promised.size
    kind = rng.random(size)
    days = np.select(
        [kind < 0.22, kind < 0.72],
        [rng.exponential(0.35, size), 2.8 * np.exp(rng.normal(0.0, 0.8, size))],
        10.0 * np.exp(rng.normal(0.0, 0.6, size)),
    )
    days = np.where(np.isnan(promised), days, np.nan_to_num(promised) + rng.exponential(1.5, size))
    sent_away = deferred & (rng.random(size) < 0.8)
    return np.where(sent_away, 7.3 + rng.exponential(4.0, size), days) + 0.02


def _relapses(made: list[Visits], rng: np.random.Generator) -> tuple[Ints, Ints, Floats]:
    """New problems that follow settled ones: a fault that returns after its repair, an enquiry by the calendar."""
    last = Visits(*(np.concatenate([getattr(p, name) for p in made]) for name in Visits.__slots__))
    settled = (last.grade != NO) & (last.why != CHASING) & (last.why != FOLLOW_UP)
    chosen = last[settled & (rng.random(last.size) < _RETURNS[last.reason])]
    periodic = _PERIODIC[chosen.reason]
    wait = np.where(periodic, rng.normal(30.0, 3.0, chosen.size), 3.0 + rng.exponential(14.0, chosen.size))
    day = np.floor(chosen.at + np.nan_to_num(chosen.promised) + wait)
    return chosen.customer, chosen.reason, _at_hours(day, rng)
