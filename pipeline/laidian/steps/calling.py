"""Whom to call back before they call again."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl

from laidian import fcr, outcome, store, workspace
from laidian.steps import audits as judged
from laidian.steps.guard import stage
from laidian.steps.log import by_contact
from laidian.tables import Case, Contact, Cue, Customer, Link, Reason, Survey, Ticket


@dataclass(frozen=True, slots=True)
class CallBack:
    """One contact of the day whose customer is likely to come back; `promised_by`: what its ticket promised (null: nothing)."""

    contact_id: str
    risk: float
    why: list[str]
    reason: str
    phone_masked: str | None
    agent_id: str | None
    started_at: datetime
    promised_by: datetime | None


@dataclass(frozen=True, slots=True)
class CallBacks:
    """The list of a day, most likely first; `quality` null: the log is too short to learn from, and the list empty."""

    day: date
    quality: outcome.Quality | None
    contacts: list[CallBack]


@stage
def call_backs(root: Path, day: date, top: int) -> CallBacks:
    """The day's contacts by their risk of being followed within seven days, as the log stood at its end.

    Left out are contacts that the customer followed already, and those after which the centre has called.
    """
    merged, links = store.read(root, Contact).filter(pl.col("day") <= day), store.read(root, Link)
    first = merged["day"].min()
    if not isinstance(first, date):
        return CallBacks(day, None, [])
    cues = by_contact(root, Cue, store.read(root, Contact))
    facts = fcr.facts(
        merged, store.read(root, Customer), links, store.read(root, Case), store.read(root, Reason), cues,
        store.read(root, Survey), (first, day), day, workspace.load(root).fcr.heavy_days,
    )  # fmt: skip
    tickets = judged.now_in(root, store.read(root, Ticket).filter(pl.col("contact_id").is_not_null()), store.read(root, Contact))
    found = outcome.outcomes(facts, cues, tickets)
    later = links.join(merged.select("contact_id"), on="contact_id", how="semi").select(contact_id="earlier_contact_id")
    waiting = facts.filter((pl.col("day") == day) & pl.col("same_after").is_null()).join(later, on="contact_id", how="anti")
    due = tickets.group_by("contact_id").agg(pl.col("promised_by").min())
    shown = merged.select("contact_id", "phone_masked", "agent_id", "started_at")
    listed = (
        found.risks.join(waiting.select("contact_id", "reason"), on="contact_id")
        .join(shown, on="contact_id")
        .join(due, on="contact_id", how="left")
        .sort("risk", "contact_id", descending=[True, False])
        .head(top)
    )
    columns = ("contact_id", "risk", "why", "reason", "phone_masked", "agent_id", "started_at", "promised_by")
    return CallBacks(day, found.quality, [CallBack(*row) for row in listed.select(columns).iter_rows()])
