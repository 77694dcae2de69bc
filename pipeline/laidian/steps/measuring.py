"""The whole lake -> every figure of a period: traditional, estimated from the audit, and curves."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from laidian import audit, fcr, lexicons, notes, store, workspace
from laidian.calendar import Period
from laidian.errors import InputError
from laidian.stats import student
from laidian.steps import audits as judged
from laidian.steps.guard import stage
from laidian.steps.log import by_contact
from laidian.tables import Audit, Case, Contact, Cue, Customer, Link, Measure, Reason, Survey, Ticket, from_rows


@dataclass(frozen=True, slots=True)
class _Known:
    """What every figure of a period is made from."""

    facts: pl.DataFrame
    links: pl.DataFrame
    cues: pl.DataFrame
    tickets: pl.DataFrame
    verdicts: pl.DataFrame
    merged: pl.DataFrame


def measured(root: Path, period: Period, as_of: date, group_by: str | None = None) -> pl.DataFrame:
    """Every figure of the period that is a share or a count, as `Measure` rows; traditional ones by `group_by` too, if named."""
    return _measures(root, _known(root, period, as_of), period, group_by)


def _measures(root: Path, known: _Known, period: Period, group_by: str | None) -> pl.DataFrame:
    settings = workspace.load(root).fcr
    guessed_by = fcr.predictors(known.facts, known.links, known.cues, known.tickets)
    frames = judged.frames(root, known.merged).select("contact_id", "draw_id")
    curves = fcr.curves(known.facts, period, settings)
    low, high = curves.filter(pl.col("definition") == "fcr_bounds").select("low", "high").row(0)
    return pl.concat([
        fcr.shares(known.facts, period, settings, group_by),
        fcr.estimates(known.facts, guessed_by, known.verdicts, frames, period, settings.least_audits, (low, high),
                      (*fcr.GROUPS, "answered_survey", "nature")),
        from_rows([fcr.weighted(known.facts, guessed_by, period)], Measure),
        curves,
    ])  # fmt: skip


def _known(root: Path, period: Period, as_of: date) -> _Known:
    merged, links = store.read(root, Contact), store.read(root, Link)
    cues = by_contact(root, Cue, merged)
    tickets = judged.now_in(root, store.read(root, Ticket).filter(pl.col("contact_id").is_not_null()), merged)
    facts = fcr.facts(
        merged, store.read(root, Customer), links, store.read(root, Case), store.read(root, Reason), cues,
        judged.now_in(root, store.read(root, Survey), merged), period, as_of, workspace.load(root).fcr.heavy_days,
        _several(), tickets,
    )  # fmt: skip
    return _Known(facts, links, cues, tickets, audit.verdicts(judged.answers(root, merged)), merged)


def _several() -> list[str]:
    """The reasons that one contact cannot settle by their nature."""
    return [name for name, reason in lexicons.load_taxonomy().reasons.items() if reason.by_nature_multi]


def publish_audits(root: Path) -> None:
    """What the audit says of each contact, for analysts' queries."""
    store.publish(root, audit.verdicts(judged.answers(root, store.read(root, Contact))), Audit)


@stage
def figures(root: Path, period: Period, group_by: str = "all") -> list[dict[str, Any]]:
    """Every definition of a period side by side, for one grouping; `best_window` in days beside them. Nothing is written."""
    known = _known(root, period, judged.last_day(root, period[1]))
    table = _measures(root, known, period, None if group_by == "all" else group_by)
    windows = from_rows(fcr.best_windows(known.facts, known.verdicts, period), Measure)
    rows = pl.concat([table, windows]).filter(pl.col("group_by") == group_by)
    columns = ("definition", "group", "value", "low", "high", "numerator", "denominator")
    return [{**{c: r[c] for c in columns}, "excluded": json.loads(r["excluded"])} for r in rows.iter_rows(named=True)]


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
def contacts_behind(root: Path, period: Period, definition: str) -> list[dict[str, Any]]:
    """The contacts a figure counts, each with whether it is in the numerator; of an estimate the audited first contacts.

    Raises:
        InputError: no figure of that name can be traced to contacts.
    """
    known, settings = _known(root, period, judged.last_day(root, period[1])), workspace.load(root).fcr
    traced = {f.definition: f for f in fcr.figures(settings.windows, (settings.heavy_calls, settings.heavy_days))}
    if definition in traced:
        found = fcr.counted_contacts(known.facts, traced[definition])
    elif definition in ("estimate_strict", "estimate_promise"):
        found = _audited(known, definition)
    else:
        raise InputError("laidian fcr --contacts", repr(definition), "a definition that counts contacts", "see: laidian fcr")
    counted = found.filter(pl.col("left_out").is_null())
    return list(counted.select("contact_id", "numerator").sort("contact_id").iter_rows(named=True))


def _audited(known: _Known, definition: str) -> pl.DataFrame:
    grades = ["at_hangup"] if definition == "estimate_strict" else ["at_hangup", "in_promise"]
    served = known.facts.filter(pl.col("outside").is_null()).join(known.verdicts.filter("is_first"), on="contact_id")
    settled = pl.col("resolved").is_in(grades) & (~pl.col("transferred") | (definition == "estimate_promise"))
    return served.select("contact_id", numerator=settled, left_out=pl.lit(None, pl.String))
