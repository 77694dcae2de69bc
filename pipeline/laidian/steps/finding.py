"""Unnamed issues of the last weeks, and the workspace's taxonomy: the bundled one with the issues that analysts accepted."""

from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import polars as pl

from laidian import lexicons, store
from laidian.issues.found import MOST_NAMED, Decision, found_issues
from laidian.lexicons import CallIssue, Taxonomy
from laidian.steps.deciding import decisions
from laidian.steps.guard import stage
from laidian.steps.log import by_contact
from laidian.tables import Contact, FoundIssue, Reason, Utterance

WEEKS = 9
"""Weeks up to the last day of the log that are looked at."""

_YES, _NO = ("yes", "y", "1", "是", "接受", "accept"), ("no", "n", "0", "否", "不接受", "reject")


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


def decided(root: Path) -> dict[str, Decision]:
    """The latest labels about found issues: accept (yes, no), rename, merge_into."""
    told: dict[str, dict[str, str]] = {}
    for field in ("accept", "rename", "merge_into"):
        for row in decisions(root, field).filter(pl.col("about") == "issue").iter_rows(named=True):
            told.setdefault(row["subject"], {})[field] = row["value"].strip()
    return {
        issue: Decision(_accepted(given.get("accept", "")), given.get("rename"), given.get("merge_into"))
        for issue, given in told.items()
    }


def _accepted(answer: str) -> bool | None:
    return True if answer.lower() in _YES else False if answer.lower() in _NO else None


def taxonomy(root: Path) -> Taxonomy:
    """The bundled taxonomy with the workspace's own issues: accepted ones by their names, merged ones as more words."""
    decisions, own = decided(root), []
    for row in store.read(root, FoundIssue).iter_rows(named=True):
        told = decisions.get(row["issue"])
        phrases = tuple(row["phrases"])
        if told and told.merge_into:
            own.append(CallIssue(told.merge_into, "", "", phrases, "", "", "", None))
        elif told and told.accepted:
            own.append(CallIssue(row["issue"], told.name or row["name"], row["issue"], phrases, "", "", "", None))
    return _with(tuple(own)) if own else lexicons.load_taxonomy()


@lru_cache(maxsize=4)
def _with(own: tuple[CallIssue, ...]) -> Taxonomy:
    """Kept, since what is compiled from a taxonomy is kept by the object."""
    return lexicons.load_taxonomy().with_issues(own)
