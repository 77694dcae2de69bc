"""The whole lake -> what each contact is likely to have come to: rebuilt each night, one snapshot."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from laidian import outcome, procedures, store, workspace
from laidian.steps.guard import stage
from laidian.steps.log import now_in
from laidian.steps.measuring import WHOSE, Known, known_by_customer
from laidian.tables import Calibration, Contact, Customer, Event, Outcome, Reason, StepCheck, beside, schema

_RISKED = ("contact_id", "outside", "identified", "reason", "covered_before", "covered_after", "same_after")


@dataclass(frozen=True, slots=True)
class _Shown:
    """What models learn from and guess by, of the whole population by contact_id. `facts`: the columns `_RISKED`."""

    flags: pl.DataFrame
    later: pl.DataFrame
    facts: pl.DataFrame
    verdicts: pl.DataFrame


@stage
def outcomes(root: Path) -> None:
    """P(first), P(resolved) and risk of every contact of the population, and how good they are, as the log stands tonight."""
    settings = workspace.load(root)
    checks = _step_checks(root)
    store.publish(root, checks, StepCheck)
    shown = _shown(root, checks.filter(pl.col("missing").list.len() > 0))
    risks = outcome.risks(shown.flags, shown.facts)
    customers = store.read(root, Customer, columns=WHOSE)
    chances = outcome.chances(shown.flags, shown.later, shown.verdicts, customers, settings.fcr.least_audits)
    del shown, customers
    table = beside(chances.table, risks.table).with_columns(why=pl.col("why").fill_null([]))
    store.publish(root, table.select(pl.col(name).cast(dtype) for name, dtype in schema(Outcome).items()), Outcome)
    store.publish(root, pl.concat([chances.judged, risks.judged]), Calibration)


def _step_checks(root: Path) -> pl.DataFrame:
    """`StepCheck`: which of the required steps each contact lacks."""
    log = store.read(root, Contact, columns=("contact_id", "call_ids"))
    steps = procedures.load_procedures(workspace.load(root).procedures.folder)
    return procedures.step_checks(now_in(root, store.read(root, Event), log), store.read(root, Reason), steps)


def _shown(root: Path, missing: pl.DataFrame) -> _Shown:
    log = store.read(root, Contact, columns=("contact_id", "day", "in_population"))
    first, last = log["day"].min(), log["day"].max()
    period = (first, last) if isinstance(first, date) and isinstance(last, date) else (date.min, date.min)
    main = store.read(root, Reason, columns=("contact_id", "reason", "source", "primary")).filter("primary")
    apart = outcome.told_apart(beside(log.filter("in_population").select("contact_id"), main.rename({"source": "reason_source"})))
    del log, main
    codes = pl.Categorical()

    def shown(known: Known) -> _Shown:
        served = known.facts.filter(pl.col("outside").is_null())
        return _Shown(
            outcome.at_end(known.facts, known.log.cues, known.log.tickets, missing, apart),
            outcome.since(known.facts, known.log.links, known.log.cues).drop("contact_id"),
            served.select(_RISKED[1:]).with_columns(pl.col("reason").cast(codes)),
            known.log.verdicts,
        )

    made = list(known_by_customer(root, period, shown))
    flags, later, facts = [part.flags for part in made], [part.later for part in made], [part.facts for part in made]
    verdicts = pl.concat([part.verdicts for part in made]).sort("contact_id")
    del made
    order = pl.concat([part["contact_id"] for part in flags]).arg_sort()
    told = _gathered(flags, order)  # the three hold the same contacts in the same order, whose ids stand in memory once
    ids = told["contact_id"]
    came, served = (_gathered(parts, order).insert_column(0, ids) for parts in (later, facts))
    return _Shown(told, came, served, verdicts)


def _gathered(parts: list[pl.DataFrame], order: pl.Series) -> pl.DataFrame:
    """The rows of the parts in that order. The parts are gone then: no more than one table stands in memory twice."""
    table = pl.concat(parts, rechunk=True)
    parts.clear()
    return table[order]
