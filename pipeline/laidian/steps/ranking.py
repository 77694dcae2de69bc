"""The whole lake -> the TOP lists of a period."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from laidian import issues, store, workspace
from laidian.calendar import Period
from laidian.steps.audits import last_day
from laidian.steps.guard import stage
from laidian.steps.log import by_contact
from laidian.steps.naming import taxonomy
from laidian.steps.parts import coded
from laidian.tables import Case, Contact, Cue, Customer, Link, Reason, Spoken

_WEIGHED = ("contact_id", "reason", "issue", "score", "primary", "recording_no", "turn")


def ranked(root: Path, period: Period, as_of: date, group_by: tuple[str, ...] = (), top: int | None = None) -> pl.DataFrame:
    """The TOP lists of a period as `Issue` rows: of all contacts, and of each group of `group_by`."""
    settings = workspace.load(root)
    report = settings.report if top is None else settings.report.model_copy(update={"top": top})
    merged = coded(root, Contact, issues.COUNTED)
    cues, turns = (
        by_contact(root, row, merged, columns, [day for day in store.days(root, row) if day >= period[0]])
        for row, columns in ((Cue, None), (Spoken, ("contact_id", "recording_no", "turn")))
    )
    return issues.rank(
        merged,
        store.read(root, Customer, columns=("contact_id", "customer_key")),
        store.read(root, Link, columns=("contact_id", "earlier_contact_id", "repeat")),
        store.read(root, Case, columns=("case_key", "contact_ids")),
        store.read(root, Reason, columns=_WEIGHED),
        cues,
        turns,
        period,
        report,
        settings.issues,
        as_of,
        group_by,
    )


@stage
def top_lists(root: Path, period: Period, top: int, by: str | None = None) -> list[dict[str, Any]]:
    """The TOP lists of a period, a row a line with its names, of all contacts or of each group of `by`. Nothing is written."""
    as_of = last_day(root, period[1])
    table = ranked(root, period, as_of, (by,) if by else (), top).filter(pl.col("group_by") == (by or "all"))
    name = taxonomy(root).name
    lists = table.sort("ranking", "group", "rank")
    return [{**row, "reason_name": name(row["reason"]), "issue_name": name(row["issue"])} for row in lists.iter_rows(named=True)]
