"""The whole lake -> what each contact is likely to have come to: rebuilt each night, one snapshot."""

from datetime import date
from pathlib import Path

import polars as pl

from laidian import audit, fcr, outcome, procedures, store, workspace
from laidian.steps import audits as judged
from laidian.steps.guard import stage
from laidian.steps.log import by_contact
from laidian.steps.measuring import CASES, SEEN, TOLD, WHOSE, WHY
from laidian.tables import (
    Calibration,
    Case,
    Contact,
    Cue,
    Customer,
    Event,
    Link,
    Outcome,
    Reason,
    StepCheck,
    Survey,
    Ticket,
    schema,
)


@stage
def outcomes(root: Path) -> None:
    """P(first), P(resolved) and risk of every contact of the population, and how good they are, as the log stands tonight."""
    settings, merged = workspace.load(root), store.read(root, Contact, columns=SEEN)
    customers, links = store.read(root, Customer, columns=WHOSE), store.read(root, Link)
    cues = by_contact(root, Cue, merged, TOLD)
    days = merged.select(first=pl.col("day").min(), last=pl.col("day").max()).row(0)
    period = (days[0] or date.min, days[1] or date.min)
    facts = fcr.facts(
        merged, customers, links, store.read(root, Case, columns=CASES), store.read(root, Reason, columns=WHY), cues,
        judged.now_in(root, store.read(root, Survey), merged), period, period[1], settings.fcr.heavy_days,
    )  # fmt: skip
    tickets = judged.now_in(root, store.read(root, Ticket).filter(pl.col("contact_id").is_not_null()), merged)
    verdicts = audit.verdicts(judged.answers(root, merged))
    steps = procedures.load_procedures(settings.procedures.folder)
    events = judged.now_in(root, store.read(root, Event), merged)
    checks = procedures.step_checks(events, store.read(root, Reason), steps)
    store.publish(root, checks, StepCheck)
    del merged  # a log of months is wide
    flags = outcome.at_end(facts, cues, tickets, checks.filter(pl.col("missing").list.len() > 0))
    risks = outcome.risks(flags, facts)
    chances = outcome.chances(flags, outcome.since(facts, links, cues), verdicts, customers, settings.fcr.least_audits)
    table = chances.table.join(risks.table, on="contact_id", how="left", maintain_order="left").with_columns(
        why=pl.col("why").fill_null([])
    )
    store.publish(root, table.select(pl.col(name).cast(dtype) for name, dtype in schema(Outcome).items()), Outcome)
    store.publish(root, pl.concat([chances.judged, risks.judged]), Calibration)
