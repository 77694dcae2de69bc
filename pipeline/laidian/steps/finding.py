"""Unnamed issues of the last weeks."""

from datetime import timedelta
from pathlib import Path

import polars as pl

from laidian import store
from laidian.issues.found import MOST_NAMED, found_issues
from laidian.steps.guard import stage
from laidian.steps.log import said_in
from laidian.steps.naming import decided
from laidian.tables import Contact, FoundIssue, Reason

WEEKS = 9
"""Weeks up to the last day of the log that are looked at."""


@stage
def find_issues(root: Path) -> None:
    """Groups of like contacts that name no issue, with what analysts decided about those of the nights before."""
    merged = store.read(root, Contact, columns=("contact_id", "day", "in_population"))
    recent = merged.filter(pl.col("in_population") & (pl.col("day") > pl.col("day").max() - timedelta(7 * WEEKS)))
    primary = store.read(root, Reason).filter("primary").select("contact_id", "reason", "issue")
    named = recent.select("contact_id", "day").join(primary, on="contact_id").sort("contact_id")
    wanted = pl.concat([named.filter(pl.col("issue").is_null()), _some(named.filter(pl.col("issue").is_not_null()))])
    days = recent["day"].unique().sort().to_list()
    said = said_in(root, wanted.select("contact_id"), days).filter(pl.col("speaker").is_in(["customer", "unknown"]))
    found = found_issues(said.drop("speaker"), wanted, store.read(root, FoundIssue), decided(root))
    store.publish(root, found, FoundIssue)


def _some(named: pl.DataFrame) -> pl.DataFrame:
    """Named contacts to compare with, spread over all of them: no more than can be looked at."""
    return named.gather_every(max(1, named.height // MOST_NAMED))
