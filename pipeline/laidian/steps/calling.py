"""Whom to call back before they call again."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from laidian import outcome, store
from laidian.steps import naming
from laidian.steps.guard import stage
from laidian.steps.log import by_contact
from laidian.tables import Calibration, Contact, Cue, Customer, Link, Outcome, Promise, Reason


@dataclass(frozen=True, slots=True)
class CallBack:
    """One contact of the day whose customer is likely to come back.

    `why`: what raises the risk, in words. `promised`: what the agent said would be done, redacted (empty: nothing was heard).
    `promised_by`: by when, as told to the customer or on its ticket (null: nobody named a time). `resolved`: P(resolved),
    null without an audit.
    """

    contact_id: str
    risk: float
    resolved: float | None
    why: list[str]
    reason: str
    phone_masked: str | None
    agent_id: str | None
    started_at: datetime
    promised: list[str]
    promised_by: datetime | None


@dataclass(frozen=True, slots=True)
class Quality:
    """What the risks are worth on contacts later than those they were learnt from: Brier score, that of the plain share."""

    contacts: int
    followed: int
    brier: float
    base: float
    levels: tuple[tuple[float, int, float, float], ...]


@dataclass(frozen=True, slots=True)
class CallBacks:
    """The list of a day, most likely first; `quality` null: the log is too short to learn from, and the list empty."""

    day: date
    quality: Quality | None
    contacts: list[CallBack]


@stage
def call_backs(root: Path, day: date, top: int) -> CallBacks:
    """The day's contacts by their risk of being followed within seven days, as the last night's table of outcomes has them.

    Left out are contacts that the customer followed already by the end of that day, for the same reason, and those after which
    the centre has called. Contacts without a risk (nobody known, no reason, too short a log) are not listed.
    """
    merged = store.read(root, Contact).filter(pl.col("day") == day)
    listed = (
        merged.select("contact_id", "phone_masked", "agent_id", "started_at")
        .join(store.read(root, Outcome, columns=("contact_id", "risk", "resolved", "why")), on="contact_id")
        .filter(pl.col("risk").is_not_null())
        .join(_answered(root, merged), on="contact_id", how="anti")
        .sort("risk", "contact_id", descending=[True, False])
        .head(top)
    )
    main = store.read(root, Reason).filter("primary").select("contact_id", "reason")
    told = listed.join(main, on="contact_id", how="left").join(_promised(root, listed), on="contact_id", how="left")
    rows = told.sort("risk", "contact_id", descending=[True, False]).select(CallBack.__slots__).iter_rows(named=True)
    return CallBacks(day, quality(store.read(root, Calibration)), [CallBack(**_named(root, row)) for row in rows])


def quality(judged_by: pl.DataFrame) -> Quality | None:
    """What the risks are worth; None: there are none."""
    rows = judged_by.filter(pl.col("target") == "risk").sort("low")
    if rows.is_empty():
        return None
    n, total = rows["contacts"], int(rows["contacts"].sum())
    levels = rows.select("low", "contacts", "guessed", share=pl.col("happened") / pl.col("contacts")).iter_rows()
    brier, base = (float((rows[column] * n).sum() / total) for column in ("brier", "base"))
    return Quality(total, int(rows["happened"].sum()), brier, base, tuple(levels))


def _answered(root: Path, merged: pl.DataFrame) -> pl.DataFrame:
    """Contacts of one day after which the customer came back that day for the same reason, or the centre called."""
    keys = store.read(root, Customer).filter("identified").select("contact_id", "customer_key")
    main = store.read(root, Reason).filter("primary").select("contact_id", "reason")
    served = merged.filter(pl.col("in_population") & (pl.col("direction") == "inbound")).select("contact_id", "started_at")
    known = served.join(keys, on="contact_id").join(main, on="contact_id")
    followed = known.filter(pl.col("started_at") < pl.col("started_at").max().over("customer_key", "reason"))
    called = store.read(root, Link).join(merged.select("contact_id"), on="contact_id", how="semi")
    return pl.concat([followed.select("contact_id"), called.select(contact_id="earlier_contact_id")]).unique()


def _promised(root: Path, listed: pl.DataFrame) -> pl.DataFrame:
    """What the agent said would be done (`promised`, in the order spoken) and by when (`promised_by`)."""
    cues = by_contact(root, Cue, store.read(root, Contact)).join(listed.select("contact_id"), on="contact_id", how="semi")
    said = cues.filter((pl.col("speaker") == "agent") & (pl.col("kind") == "promise")).sort(
        "contact_id", "recording_no", "turn", "begin"
    )
    spans = said.group_by("contact_id", maintain_order=True).agg(promised="span")
    due = store.read(root, Promise).select("contact_id", promised_by="due_at")
    both = listed.select("contact_id").join(spans, on="contact_id", how="left").join(due, on="contact_id", how="left")
    return both.with_columns(pl.col("promised").fill_null([]))


def _named(root: Path, row: dict[str, Any]) -> dict[str, Any]:
    """Reasons and flags in Chinese words, as an agent knows them."""
    name = naming.taxonomy(root).name
    return {**row, "reason": name(row["reason"]) or row["reason"], "why": outcome.why_words(row["why"], name)}
