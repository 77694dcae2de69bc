"""The whole lake -> what each contact is likely to have come to: rebuilt each night, one snapshot."""

from datetime import date
from pathlib import Path

import polars as pl

from laidian import outcome, procedures, store, workspace
from laidian.steps.guard import stage
from laidian.steps.log import now_in
from laidian.steps.measuring import WHOSE, known_of
from laidian.tables import Calibration, Contact, Customer, Event, Outcome, Reason, StepCheck, schema


@stage
def outcomes(root: Path) -> None:
    """P(first), P(resolved) and risk of every contact of the population, and how good they are, as the log stands tonight."""
    settings, days = workspace.load(root), store.read(root, Contact, columns=("day",))["day"]
    first, last = days.min(), days.max()
    period = (first, last) if isinstance(first, date) and isinstance(last, date) else (date.min, date.min)
    known = known_of(root, period, period[1])
    steps = procedures.load_procedures(settings.procedures.folder)
    events = now_in(root, store.read(root, Event), known.merged)
    checks = procedures.step_checks(events, store.read(root, Reason), steps)
    store.publish(root, checks, StepCheck)
    flags = outcome.at_end(known.facts, known.cues, known.tickets, checks.filter(pl.col("missing").list.len() > 0))
    risks = outcome.risks(flags, known.facts)
    later = outcome.since(known.facts, known.links, known.cues)
    customers = store.read(root, Customer, columns=WHOSE)
    chances = outcome.chances(flags, later, known.verdicts, customers, settings.fcr.least_audits)
    table = chances.table.join(risks.table, on="contact_id", how="left", maintain_order="left").with_columns(
        why=pl.col("why").fill_null([])
    )
    store.publish(root, table.select(pl.col(name).cast(dtype) for name, dtype in schema(Outcome).items()), Outcome)
    store.publish(root, pl.concat([chances.judged, risks.judged]), Calibration)
