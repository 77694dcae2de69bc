"""Unnamed issues of the last weeks."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl

from laidian import store
from laidian.issues.found import MOST_NAMED, found_issues
from laidian.steps.guard import stage
from laidian.steps.log import by_contact
from laidian.steps.naming import decided
from laidian.tables import Contact, FoundIssue, Reason, Utterance

WEEKS = 9
"""Weeks up to the last day of the log that are looked at."""


@stage
def find_issues(root: Path) -> None:
    """Groups of like contacts that name no issue, with what analysts decided about those of the nights before."""
    merged = store.read(root, Contact, columns=("contact_id", "call_ids", "day", "in_population"))
    last = merged["day"].max()
    since = last - timedelta(7 * WEEKS) if last is not None else None  # type: ignore[operator]
    recent = merged.filter(pl.col("in_population") & (pl.col("day") > since))
    primary = store.read(root, Reason).filter("primary").select("contact_id", "reason", "issue")
    named = recent.select("contact_id", "day").join(primary, on="contact_id").sort("contact_id")
    wanted = pl.concat([named.filter(pl.col("issue").is_null()), _some(named.filter(pl.col("issue").is_not_null()))])
    days = recent["day"].unique().sort().to_list()
    found = found_issues(_said(root, merged, days, wanted), wanted, store.read(root, FoundIssue), decided(root))
    store.publish(root, found, FoundIssue)


def _some(named: pl.DataFrame) -> pl.DataFrame:
    """Named contacts to compare with, spread over all of them: no more than can be looked at."""
    return named.gather_every(max(1, named.height // MOST_NAMED))


def _said(root: Path, merged: pl.DataFrame, days: list[date], wanted: pl.DataFrame) -> pl.DataFrame:
    """What customers of the wanted contacts said, redacted; read day by day, since it is most of the lake."""
    columns = ("contact_id", "recording_no", "turn", "speaker", "text")
    parts = [
        by_contact(root, Utterance, merged, columns, [day])
        .filter(pl.col("speaker").is_in(["customer", "unknown"]))
        .join(wanted, on="contact_id", how="semi")
        for day in days
    ]
    whole = pl.concat(parts) if parts else by_contact(root, Utterance, merged, columns, [])
    return whole.drop("speaker")
