"""The whole lake -> every figure of a period: traditional, estimated from the audit, and curves."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from laidian import audit, fcr, notes, store, workspace
from laidian.calendar import Period, before
from laidian.errors import InputError
from laidian.stats import student
from laidian.steps import audits as judged
from laidian.steps import naming
from laidian.steps.guard import stage
from laidian.steps.log import by_contact, now_in, tickets_of
from laidian.steps.parts import Parts, coded
from laidian.tables import Audit, Case, Change, Contact, Cue, Customer, Link, Measure, Promise, Reason, Survey, empty, from_rows
from laidian.workers import at_once, side_by_side

# The columns that facts look at: a log of months is wide.
SEEN = (
    "contact_id", "day", "started_at", "ended_at", "call_ids", "medium", "direction", "phone_key", "customer_type", "agent_id",
    "team", "queue", "transferred", "recordings", "faulty", "in_population", "excluded",
)  # fmt: skip
WHOSE = ("contact_id", "customer_key", "identified")
CASES = ("case_key", "contact_ids")
WHY = ("contact_id", "reason", "source", "primary")
LINKED = ("contact_id", "earlier_contact_id", "kind", "gap_s", "repeat")
DUE = ("contact_id", "due_at")
TOLD = ("contact_id", "speaker", "kind", "prior_contacts")

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Known:
    """What every figure of a period, and every guess about its contacts, is made from. `log`: what the facts were made from."""

    facts: pl.DataFrame
    log: "Log"


@dataclass(frozen=True, slots=True)
class Log:
    """Some contacts (the columns `SEEN`) with all that the log says of them, by their contact_id. `opens`: the log's first day.

    What is told of a contact of a period is the same as by the whole log: whoever made contact then is here with all contacts,
    and so is every contact of the numbers they called from.
    """

    contacts: pl.DataFrame
    customers: pl.DataFrame
    links: pl.DataFrame
    cases: pl.DataFrame
    reasons: pl.DataFrame
    cues: pl.DataFrame
    tickets: pl.DataFrame
    promises: pl.DataFrame
    surveys: pl.DataFrame
    verdicts: pl.DataFrame
    opens: date | None


def measured(root: Path, period: Period, as_of: date, group_by: str | None = None) -> pl.DataFrame:
    """Every figure of the period that is a share or a count, as `Measure` rows; traditional ones by `group_by` too, if named."""
    return _measures(root, known_of(root, period, as_of), period, group_by)


@dataclass(frozen=True, slots=True)
class Compared:
    """A period's `Measure` rows, those of the period before and the `Change` rows; no rows where the log does not reach back.

    `points`: the period's curves, `CurvePoint`. `unhappy`: the period's list to be visited again.
    """

    now: pl.DataFrame
    past: pl.DataFrame
    changes: pl.DataFrame
    points: pl.DataFrame
    unhappy: pl.DataFrame


def compared(root: Path, period: Period, as_of: date) -> Compared:
    """Every figure of the period and of the one before it, and how far each share moved.

    A period that the log only touches would show a rise that never was, so it is no period to compare with.
    """
    past = before(period)
    log = _log_of(root, (past[0], period[1]))  # it also holds what is to be known of the period before

    def told(of: Period) -> tuple[Known, pl.DataFrame]:
        known = _known(root, log, of, as_of)
        return known, _measures(root, known, of, None)

    (known, now), *earlier = map(told, (period, past) if _reaches(log, past) else (period,))  # two beside each other: 3.7 GB
    points, unhappy = fcr.points(known.facts, log.verdicts, period), _rework(root, known)
    if not earlier:
        return Compared(now, empty(Measure), empty(Change), points, unhappy)
    known_past, then = earlier[0]
    return Compared(now, then, _changes(root, (known, known_past), (now, then), (period, past)), points, unhappy)


def _reaches(log: Log, period: Period) -> bool:
    return log.opens is not None and log.opens <= period[0]


def _changes(
    root: Path, known: tuple[Known, Known], measures: tuple[pl.DataFrame, pl.DataFrame], periods: tuple[Period, Period]
) -> pl.DataFrame:
    settings = workspace.load(root).fcr
    counted = fcr.figures(settings.windows, (settings.heavy_calls, settings.heavy_days))
    return fcr.changes((known[0].facts, known[1].facts), measures, periods, counted)


def _measures(root: Path, known: Known, period: Period, group_by: str | None) -> pl.DataFrame:
    settings = workspace.load(root).fcr
    log = known.log
    guessed_by = fcr.predictors(known.facts, log.links, log.cues)
    frames = judged.frames(root, log.contacts).select("contact_id", "draw_id")
    curves = fcr.curves(known.facts, period, settings)
    low, high = curves.filter(pl.col("definition") == "fcr_bounds").select("low", "high").row(0)
    return pl.concat([
        fcr.shares(known.facts, period, settings, group_by),
        fcr.estimates(known.facts, guessed_by, log.verdicts, frames, period, settings.least_audits, (low, high),
                      (*fcr.GROUPS, "answered_survey", "nature")),
        from_rows([fcr.weighted(known.facts, guessed_by, period)], Measure),
        from_rows(fcr.best_windows(known.facts, log.verdicts, period), Measure),
        curves,
    ])  # fmt: skip


def known_of(root: Path, period: Period, as_of: date) -> Known:
    """Reads what is known by `as_of` of the contacts of a period."""
    return _known(root, _log_of(root, period), period, as_of)


def _known(root: Path, log: Log, period: Period, as_of: date) -> Known:
    settings, several = workspace.load(root).fcr, naming.taxonomy(root).several
    opens = log.opens if log.opens is not None and log.opens <= as_of else None
    facts = fcr.facts(
        log.contacts, log.customers, log.links, log.cases, log.reasons, log.cues, log.surveys, period, as_of, settings.heavy_days,
        several, log.tickets, log.promises, opens,
    )  # fmt: skip
    return Known(facts, log)


def _log_of(root: Path, period: Period) -> Log:
    """Reads of the log what has to do with the contacts of a period."""
    every = store.read(root, Contact, columns=("contact_id", "day", "phone_key"))
    opens, whose = every["day"].min(), store.read(root, Customer, columns=WHOSE)
    ids = fcr.near(every, whose, period).select("contact_id")
    del every
    customers = whose.join(ids, on="contact_id", how="semi", maintain_order="left")
    keys = customers.select("customer_key")
    merged, reasons, links, cases, cues = at_once(
        partial(store.read_among, root, Contact, SEEN, ids), partial(store.read_among, root, Reason, WHY, ids),
        partial(store.read_among, root, Link, LINKED, ids), partial(store.read_among, root, Case, ("customer_key", *CASES), keys),
        partial(by_contact, root, Cue, ids, TOLD),
    )  # fmt: skip
    return Log(
        merged, customers, links, cases, reasons, cues, tickets_of(root, ids),
        store.read_among(root, Promise, DUE, ids), now_in(root, store.read(root, Survey), ids),
        audit.verdicts(judged.answers(root, ids)), opens if isinstance(opens, date) else None,
    )  # fmt: skip


def known_by_customer(root: Path, period: Period, work: Callable[[Known], Made]) -> Iterator[Made]:
    """What `work` makes of `known_of` all of a period up to its end, in parts of some customers each: memory has a bound then.

    A customer's contacts are in one part, those of one number need not be: the facts hold nothing that was told by number.
    """
    whose = store.read(root, Customer, columns=WHOSE)
    parts, ids = Parts(whose), whose.select("contact_id")
    surveys, verdicts = now_in(root, store.read(root, Survey), ids), audit.verdicts(judged.answers(root, ids))
    contacts = coded(root, Contact, SEEN).with_columns(phone_key=pl.lit(None, pl.String))  # numbers would be cut
    opens = contacts["day"].min()
    first = opens if isinstance(opens, date) else None
    if surveys.is_empty():  # nothing looks for a call then
        contacts = contacts.with_columns(call_ids=pl.lit([], pl.List(pl.String)))
    log = [
        *(parts.by_contact(coded(root, row, some)) for row, some in ((Reason, WHY), (Link, LINKED))),
        *map(parts.by_contact, (now_in(root, coded(root, Cue, TOLD), ids), tickets_of(root, ids), surveys, verdicts, contacts)),
        parts.by_contact(store.read(root, Promise, columns=DUE)),
        *map(parts.by_customer, (store.read(root, Case, columns=("customer_key", *CASES)), whose)),
    ]
    del whose, ids, contacts, surveys, verdicts

    def made(part: int) -> Made:
        reasons, links, cues, tickets, surveys, verdicts, contacts, promises, cases, customers = (cut.taken(part) for cut in log)
        here = Log(contacts, customers, links, cases, reasons, cues, tickets, promises, surveys, verdicts, first)
        known = _known(root, here, period, period[1])
        return work(Known(known.facts.select(pl.exclude("^(has_)?phone.*$")), here))

    return side_by_side(made, range(parts.count))


def publish_audits(root: Path) -> None:
    """What the audit says of each contact, for analysts' queries."""
    store.publish(root, audit.verdicts(judged.answers(root, store.read(root, Contact))), Audit)


@stage
def figures(root: Path, period: Period, group_by: str = "all") -> list[dict[str, Any]]:
    """Every definition of a period side by side, for one grouping; `best_window` is in days. Nothing is written.

    `before` (of the whole; null for a group, a count, or where the log does not reach back): the same figure of the period
    before, how far it moved and that change's 95 % interval.
    """
    as_of = judged.last_day(root, period[1])
    if group_by == "all":
        pair = compared(root, period, as_of)
        table, moved = pair.now, {row["definition"]: row for row in pair.changes.iter_rows(named=True)}
    else:
        table, moved = measured(root, period, as_of, group_by), {}
    rows = table.filter(pl.col("group_by") == group_by)
    columns = ("definition", "group", "value", "low", "high", "numerator", "denominator")
    return [
        {**{c: r[c] for c in columns}, "excluded": json.loads(r["excluded"]), "before": _before(moved.get(r["definition"]))}
        for r in rows.iter_rows(named=True)
    ]


def _before(row: dict[str, Any] | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {"from": row["before_from"], "to": row["before_to"], "value": row["before"], "change": row["change"],
            "low": row["low"], "high": row["high"]}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """How sure the audit makes the estimate of its days now (points; null: no estimate yet), and what more would buy."""

    audited: int
    half_points: float | None
    expected: list[audit.Expected]


@stage
def audit_plan(root: Path) -> AuditPlan | None:
    """Half the interval's width of `estimate_promise` over all complete days, now and at more audits; None without a run."""
    days = notes.complete_days(root)
    if not days:
        return None
    table = measured(root, (days[0], days[-1]), days[-1]).filter(pl.col("group_by") == "all")
    found = {row["definition"]: row for row in table.iter_rows(named=True)}
    estimate, audited = found["estimate_promise"], found["audited"]["numerator"]
    half = (estimate["high"] - estimate["low"]) / 2 if estimate["value"] is not None else None
    error = None if half is None else half / student(audited - 1)
    plan = audit.expected(found["audited"]["denominator"], workspace.load(root).audit, audited, error)
    return AuditPlan(audited, None if half is None else round(100 * half, 1), plan)


@stage
def rework_list(root: Path, period: Period) -> list[dict[str, Any]]:
    """The customers of a period who said that they were not helped, most evidence first, reasons by their Chinese names."""
    found, name = _rework(root, known_of(root, period, judged.last_day(root, period[1]))), naming.taxonomy(root).name
    return [{**row, "reason": name(row["reason"] or "") or row["reason"]} for row in found.iter_rows(named=True)]


def _rework(root: Path, known: Known) -> pl.DataFrame:
    found = fcr.rework(known.facts, known.log.surveys, known.log.cues)
    shown = store.read_among(root, Contact, ("contact_id", "phone_masked"), found.select("contact_id"))
    return found.join(shown, on="contact_id", how="left", maintain_order="left")


@stage
def contacts_behind(root: Path, period: Period, definition: str) -> list[dict[str, Any]]:
    """The contacts a figure counts, each with whether it is in the numerator; of an estimate the audited first contacts.

    Raises:
        InputError: no figure of that name can be traced to contacts.
    """
    known, settings = known_of(root, period, judged.last_day(root, period[1])), workspace.load(root).fcr
    traced = {f.definition: f for f in fcr.figures(settings.windows, (settings.heavy_calls, settings.heavy_days))}
    if definition in traced:
        found = fcr.counted_contacts(known.facts, traced[definition])
    elif definition in ("estimate_strict", "estimate_promise"):
        found = _audited(known, definition)
    else:
        raise InputError("laidian fcr --contacts", repr(definition), "a definition that counts contacts", "see: laidian fcr")
    counted = found.filter(pl.col("left_out").is_null())
    return list(counted.select("contact_id", "numerator").sort("contact_id").iter_rows(named=True))


def _audited(known: Known, definition: str) -> pl.DataFrame:
    grades = ["at_hangup"] if definition == "estimate_strict" else ["at_hangup", "in_promise"]
    served = known.facts.filter(pl.col("outside").is_null()).join(known.log.verdicts.filter("is_first"), on="contact_id")
    called = known.log.links.filter(~pl.col("repeat"))["earlier_contact_id"]  # by the centre
    handed_on = pl.col("transferred") | pl.col("contact_id").is_in(called.implode())
    settled = pl.col("resolved").is_in(grades) & (~handed_on | (definition == "estimate_promise"))
    return served.select("contact_id", numerator=settled, left_out=pl.lit(None, pl.String))
