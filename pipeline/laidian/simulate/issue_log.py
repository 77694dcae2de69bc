"""A seeded log of many issues whose true volume, repeat rate and handling are known: for ranking, actions and alerts.

Unlike `simulate`, it makes laidian's own tables, not the files of a centre: what is tested with it comes after linking.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from laidian.simulate.scenarios import OPENS
from laidian.simulate.world import Floats, Ints

AGENTS, QUEUES, REGIONS, TYPES = 200, 8, 9, ("普通", "企业", "老年")
_WEEK = np.array([1.15, 1.1, 1.0, 1.0, 1.0, 0.8, 0.7])


@dataclass(frozen=True, slots=True)
class IssueLog:
    """What a log of many issues is like. Every number is a judgement.

    `issues`: how many. `cases`: opened in all, `days`: over so many days, the repeats of the last ones come after them.
    `customers`: few have many cases. `skew`: of the volumes (standard deviation of their logarithm). `rate`: mean share of cases
    that anybody comes back about; `apart`: how alike the issues are in it (beta distribution's a + b). `repeats`: extra repeats
    of a case that has one, at most on average. `clinging`: how customers differ in coming back, `drift`: how an issue's rate
    wanders from week to week (standard deviations of the logarithm).
    """

    issues: int = 150
    cases: int = 50_000
    days: int = 30
    customers: int = 40_000
    skew: float = 1.1
    rate: float = 0.16
    apart: float = 10.0
    repeats: float = 0.8
    clinging: float = 0.4
    drift: float = 0.0
    cuts: Mapping[int, tuple[int, float]] = field(default_factory=dict)
    """Issue -> day of an action, and the part by which it cuts the rate of the cases opened from then on."""
    bursts: Mapping[int, tuple[int, float]] = field(default_factory=dict)
    """Issue -> a day, and how many times its usual number of cases are opened on it."""


@dataclass(frozen=True)
class IssueTables:
    """The log in laidian's tables. `truth`: a row an issue: its name, `volume` (cases expected), `rate`, `extra`, `handled_s`."""

    contacts: pl.DataFrame
    customers: pl.DataFrame
    links: pl.DataFrame
    cases: pl.DataFrame
    reasons: pl.DataFrame
    cues: pl.DataFrame
    truth: pl.DataFrame

    def tables(self) -> tuple[pl.DataFrame, ...]:
        """In the order in which the ranking takes them."""
        return self.contacts, self.customers, self.links, self.cases, self.reasons, self.cues


@dataclass(frozen=True)
class OpenedCases:
    """The log's cases, an entry each: numbers of issue, day and customer, and how many repeats come after its first contact.

    `truth`: as in `IssueTables`; issues are numbered by its rows.
    """

    truth: pl.DataFrame
    issue: Ints
    day: Ints
    customer: Ints
    repeats: Ints


def issue_log(spec: IssueLog, seed: int) -> IssueTables:
    """The log; the same seed gives the same one."""
    rng = np.random.default_rng(seed)
    return _tables(spec, opened_cases(spec, rng), rng)


def opened_cases(spec: IssueLog, rng: np.random.Generator) -> OpenedCases:
    """The cases alone: what a log is about, a tenth of its cost."""
    truth = _truth(spec, rng)
    issue, day = _opened(spec, truth, rng)
    activity = rng.gamma(0.8, 1.0, spec.customers)
    customer = rng.choice(spec.customers, issue.size, p=activity / activity.sum())
    clings = np.exp(rng.normal(0.0, spec.clinging, spec.customers))
    clings /= (clings * activity).sum() / activity.sum()
    chance = truth["rate"].to_numpy()[issue] * clings[customer] * _changes(spec, issue, day, rng)
    followed = rng.random(issue.size) < np.minimum(chance, 0.97)
    more = rng.poisson(truth["extra"].to_numpy()[issue] - 1)
    return OpenedCases(truth, issue, day, customer, np.where(followed, 1 + more, 0))


def _truth(spec: IssueLog, rng: np.random.Generator) -> pl.DataFrame:
    volume = np.exp(rng.normal(0.0, spec.skew, spec.issues))
    return pl.DataFrame({
        "issue": [f"telecom.r{n // 10:02d}.i{n:03d}" for n in range(spec.issues)],
        "volume": volume / volume.sum() * spec.cases,
        "rate": rng.beta(spec.rate * spec.apart, (1 - spec.rate) * spec.apart, spec.issues),
        "extra": 1 + rng.uniform(0.0, 2 * spec.repeats, spec.issues),
        "handled_s": np.exp(rng.normal(5.9, 0.35, spec.issues)),
    })  # fmt: skip


def _opened(spec: IssueLog, truth: pl.DataFrame, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Issue and day of each case."""
    weekday = _WEEK[np.arange(spec.days) % 7]
    expected = np.outer(truth["volume"].to_numpy(), weekday / weekday.sum())
    for which, (on, times) in spec.bursts.items():
        expected[which, on] *= times
    counts = rng.poisson(expected)
    issue, day = np.nonzero(counts)
    repeated = counts[issue, day]
    return np.repeat(issue, repeated), np.repeat(day, repeated)


def _changes(spec: IssueLog, issue: Ints, day: Ints, rng: np.random.Generator) -> Floats:
    """What an action and the weeks do to the chance of coming back."""
    weeks = spec.days // 7 + 1
    wander = np.exp(np.cumsum(rng.normal(0.0, spec.drift, (spec.issues, weeks)), axis=1))
    change = wander[issue, day // 7]
    for which, (since, cut) in spec.cuts.items():
        change = np.where((issue == which) & (day >= since), change * (1 - cut), change)
    return change


def _tables(spec: IssueLog, cases: OpenedCases, rng: np.random.Generator) -> IssueTables:
    truth, issue, day, customer, repeats = cases.truth, cases.issue, cases.day, cases.customer, cases.repeats
    case = np.repeat(np.arange(issue.size), 1 + repeats)
    first = np.r_[True, case[1:] != case[:-1]]
    size = case.size
    wait = np.where(first, (day[case] + rng.uniform(8, 21, size) / 24), 0.05 + rng.exponential(2.0, size))
    total = np.cumsum(wait)
    at = total - np.repeat(total[first] - wait[first], 1 + repeats)
    started = np.datetime64(OPENS, "us") + (at * 86_400_000_000).astype("timedelta64[us]")
    handled = rng.exponential(truth["handled_s"].to_numpy()[issue[case]]).round() + 5
    ids = pl.Series([f"c{n:08d}" for n in range(size)])
    keys = pl.Series([f"case{n:08d}" for n in range(issue.size)])
    people = pl.Series([f"p{n:07d}" for n in range(spec.customers)])
    flat = pl.DataFrame({
        "contact_id": ids, "started_at": started, "handled_s": handled, "case": case,
        "customer_key": people.gather(customer[case]),
        "agent_id": pl.Series(rng.integers(0, AGENTS, size)).cast(pl.String),
        "queue": pl.Series([f"q{n}" for n in range(QUEUES)]).gather(rng.integers(0, QUEUES, size)),
        "region": pl.Series([f"区{n}" for n in range(REGIONS)]).gather(customer[case] % REGIONS),
        "customer_type": pl.Series(TYPES).gather(customer[case] % len(TYPES)), "transferred": rng.random(size) < 0.1,
        "issue": truth["issue"].gather(issue[case]), "first": first,
    })  # fmt: skip
    return IssueTables(
        _contacts(flat), _customers(flat), _links(flat), _cases(flat, keys), _reasons(flat), _cues(flat, rng), truth
    )


def _contacts(flat: pl.DataFrame) -> pl.DataFrame:
    given = flat.select("contact_id", "started_at", "handled_s", "agent_id", "queue", "region", "customer_type", "transferred")
    return given.with_columns(
        day=pl.col("started_at").dt.date(), in_population=pl.lit(True),
        ended_at=pl.col("started_at") + pl.duration(seconds=pl.col("handled_s").cast(pl.Int64)),
    )  # fmt: skip


def _customers(flat: pl.DataFrame) -> pl.DataFrame:
    return flat.select("contact_id", "customer_key")


def _links(flat: pl.DataFrame) -> pl.DataFrame:
    earlier = flat.with_columns(earlier_contact_id=pl.col("contact_id").shift(1))
    return earlier.filter(~pl.col("first")).select("contact_id", "earlier_contact_id", repeat=pl.lit(True))


def _cases(flat: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
    grouped = flat.group_by("case", maintain_order=True).agg(pl.col("contact_id").alias("contact_ids"))
    return grouped.select(keys.gather(grouped["case"]).alias("case_key"), "contact_ids")


def _reasons(flat: pl.DataFrame) -> pl.DataFrame:
    return flat.select(
        "contact_id", reason=pl.col("issue").str.head(-5), issue="issue", primary=pl.lit(True), score=pl.lit(0.9),
        recording_no=pl.lit(None, pl.Int64), turn=pl.lit(None, pl.Int64),
    )  # fmt: skip


def _cues(flat: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """A third of those who come back say so; some want it taken higher."""
    draw = pl.Series("draw", rng.random(flat.height))
    said = flat.with_columns(draw).filter(~pl.col("first") & (pl.col("draw") < 0.35))
    columns: dict[str, Any] = {
        "speaker": pl.lit("customer"),
        "kind": pl.when(pl.col("draw") < 0.03).then(pl.lit("escalation")).otherwise(pl.lit("prior_contact")),
        "score": pl.lit(0.8), "recording_no": pl.lit(1, pl.Int64), "turn": pl.lit(0, pl.Int64),
    }  # fmt: skip
    return said.select("contact_id", **columns)


def day_of(number: int) -> datetime:
    """Day `number` of the log, from 0, at midnight."""
    return OPENS + timedelta(days=number)
