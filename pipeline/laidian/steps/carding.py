"""The desk's part of a report: whom to call back, scorecards, the switch's figures."""

from datetime import date
from pathlib import Path

import polars as pl

from laidian import operations, procedures, scorecards, store, workspace
from laidian.calendar import Period
from laidian.steps.calling import CallBack, call_backs
from laidian.tables import Case, Contact, Customer, Leg, Link, Outcome, Reason, StepCheck


def carded(root: Path, period: Period, as_of: date) -> pl.DataFrame:
    """`Scorecard` rows of a period."""
    outcomes = store.read(root, Outcome)
    return scorecards.scorecards(
        store.read(root, Contact), store.read(root, Customer), store.read(root, Reason), outcomes, period, as_of,
        workspace.load(root).scorecards,
    )  # fmt: skip


def operated(root: Path, period: Period) -> pl.DataFrame:
    """`Operation` rows of a period."""
    days = [day for day in store.days(root, Leg) if period[0] <= day <= period[1]]
    legs, settings = store.read(root, Leg, days), workspace.load(root).operations
    return operations.operations(legs, store.read(root, Case), store.read(root, Contact), period, settings)


def worded(root: Path, table: pl.DataFrame) -> pl.DataFrame:
    """Operations with their words (`title`, `english`, `text`), reading order (`order`) and target (null: none is set)."""
    known = {**operations.DEFINITIONS, "contacts_per_case": operations.CONTACTS_PER_CASE}
    words = pl.DataFrame(
        [(name, d.name_zh, d.name_en, d.text_zh, place) for place, (name, d) in enumerate(known.items())],
        schema={"definition": pl.String, "title": pl.String, "english": pl.String, "text": pl.String, "order": pl.Int64},
        orient="row",
    )
    settings = workspace.load(root).operations
    title = pl.when(pl.col("definition") == "service_level").then(
        pl.format("{}（{} 秒内）", "title", pl.lit(f"{settings.answer_within_s:g}"))
    ).otherwise("title")  # fmt: skip
    target = pl.when(pl.col("definition") == "service_level").then(pl.lit(settings.service_level))
    return table.join(words, on="definition").with_columns(title=title, target=target)


def stepped(root: Path, period: Period) -> pl.DataFrame:
    """The procedure check of a period, a row a reason and required step, in words."""
    known = procedures.load_procedures(workspace.load(root).procedures.folder)
    inside = store.read(root, Contact).filter(pl.col("day").is_between(*period)).select("contact_id")
    checks = store.read(root, StepCheck).join(inside, on="contact_id", how="semi")
    return procedures.summary(checks, store.read(root, Link), known)


def called(root: Path, day: date) -> pl.DataFrame:
    """The list of `laidian callbacks`, as long as the settings say; no columns where it is empty."""
    most = workspace.load(root).report.call_backs
    found = call_backs(root, day, most).contacts if most else []
    return pl.DataFrame([{name: getattr(one, name) for name in CallBack.__slots__} for one in found], infer_schema_length=None)
