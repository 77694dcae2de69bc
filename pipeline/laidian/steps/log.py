"""The whole lake -> contacts, customers, reasons, cases and links: rebuilt each night, one snapshot each."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from laidian import cases, contacts, identity, store, vault, workspace
from laidian.steps import naming
from laidian.steps.guard import stage
from laidian.tables import (
    CallReason,
    Case,
    Contact,
    Cue,
    Customer,
    Identifier,
    KeyChange,
    Leg,
    Link,
    Reason,
    Recording,
    Row,
    Spoken,
    Ticket,
    Utterance,
    schema,
)

_LINKED = ("contact_id", "started_at", "ended_at", "call_ids", "previous_contact_id", "status", "excluded", "in_population")
_UNMERGED = ("contact_phone_key", "service_key", "name_masked", "agent_channel", "source")  # what no contact tells of its legs
_ABOUT = ("call_id", "leg_no", "contact_id", "started_at", "service_key")


@stage
def group(root: Path) -> None:
    """Contacts (legs and redials merged), whose they are, and their reasons."""
    settings = workspace.load(root)
    wide = [name for name in schema(Leg) if name not in _UNMERGED]
    merged = contacts.contacts(store.read(root, Leg, columns=wide), store.read(root, Recording), settings.calls)
    store.publish(root, merged, Contact)
    merged = merged.select("contact_id", "started_at", "call_ids", "day")
    before, identifiers = store.read(root, Customer), store.read(root, Identifier)
    legs = store.read(root, Leg, columns=("call_id", "leg_no", "started_at"))
    after = identity.customers(merged, identifiers, legs, vault.secret(root), settings.identity, before)
    del identifiers, legs
    last_day = merged.select(pl.col("day").max()).item() or date.min
    _tell_changes(root, identity.key_changes(before, after, last_day))
    store.publish(root, after, Customer)
    store.publish(root, strongest(by_contact(root, CallReason, merged)), Reason)


def _tell_changes(root: Path, changes: pl.DataFrame) -> None:
    """Adds to the changes of earlier nights. Published BEFORE the keys: a run killed between the two tells them again."""
    told = pl.concat([store.read(root, KeyChange), changes])
    store.publish(root, told.unique(KeyChange.KEY, keep="last", maintain_order=True), KeyChange)


def strongest(told: pl.DataFrame) -> pl.DataFrame:
    """Reasons of merged calls: the higher score of each reason, and one primary, the highest."""
    best = told.sort("contact_id", "reason", "primary", "score", descending=[False, False, True, True]).unique(
        ["contact_id", "reason"], keep="first", maintain_order=True
    )
    ranked = best.sort("contact_id", "primary", "score", "reason", descending=[False, True, True, False])
    return ranked.with_columns(primary=pl.int_range(pl.len()).over("contact_id") == 0)


@stage
def link(root: Path) -> None:
    """Cases, and the later contacts joined to the earlier ones."""
    settings = workspace.load(root)
    merged = store.read(root, Contact, columns=_LINKED)
    policy = {name: cases.ReasonPolicy(r.case_gap_days, r.periodic) for name, r in naming.taxonomy(root).reasons.items()}
    linked = cases.link(
        merged, store.read(root, Customer, columns=("contact_id", "customer_key")),
        store.read(root, Reason, columns=("contact_id", "reason", "issue", "score", "primary")),
        by_contact(root, Cue, merged, ("contact_id", "speaker", "kind")),
        _customer_texts(root, merged), store.read(root, Ticket), policy, settings.cases, vault.secret(root),
        contacts.services(store.read(root, Leg, columns=_ABOUT), merged),
    )  # fmt: skip
    before = case_of(store.read(root, Case, columns=("case_key", "contact_ids")), store.read(root, Link))
    last_day = merged["started_at"].dt.date().max()
    if isinstance(last_day, date):
        _tell_changes(root, identity.key_changes(before, case_of(linked.cases, linked.links), last_day, "case"))
    store.publish(root, linked.links, Link)
    store.publish(root, linked.cases, Case)


def case_of(listed: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Contact -> the key of its case and what linked it, under the names that `identity.key_changes` reads."""
    members = listed.select(customer_key="case_key", contact_id="contact_ids").explode("contact_id")
    told = members.join(links.select("contact_id", "basis"), on="contact_id", how="left")
    return told.with_columns(pl.col("basis").fill_null([]))


def _customer_texts(root: Path, merged: pl.DataFrame) -> pl.DataFrame:
    """What the customer (or a speaker nobody could name) said, a row a contact; read day by day, since it is most of the lake."""
    owner = owners(root, merged)
    columns = ("contact_id", "recording_no", "turn", "speaker", "text")
    days = [
        _under(store.read(root, Spoken, [day], columns).filter(pl.col("speaker").is_in(["customer", "unknown"])), owner)
        for day in store.days(root, Spoken)
    ]
    said = pl.concat(days) if days else store.read(root, Spoken, [], columns)
    return (
        said.sort("contact_id", "recording_no", "turn")
        .group_by("contact_id", maintain_order=True)
        .agg(pl.col("text").str.join(""))
    )


def by_contact(
    root: Path, row: type[Row], merged: pl.DataFrame, columns: Sequence[str] | None = None, days: Iterable[date] | None = None
) -> pl.DataFrame:
    """A day table's rows (of those days, those columns) under the contact that their call was merged into."""
    return now_in(root, store.read(root, row, days, columns), merged)


def now_in(root: Path, table: pl.DataFrame, merged: pl.DataFrame) -> pl.DataFrame:
    """A table by logged contact_ids under the contacts they were merged into; ids that the log does not hold are left out."""
    return table if table.is_empty() else _under(table, owners(root, merged, table))


def said_in(root: Path, merged: pl.DataFrame, contacts: pl.Series, days: Iterable[date]) -> pl.DataFrame:
    """What was said, redacted, in some contacts on some days, by contact_id; read day by day, for it is most of the lake.

    Columns contact_id, recording_no, turn, speaker, text.
    """
    columns = ("contact_id", "recording_no", "turn", "speaker", "text")
    owner = owners(root, merged).filter(pl.col("into").is_in(contacts.implode()))
    parts = [_under(store.read(root, Utterance, [day], columns), owner) for day in days]
    return pl.concat(parts) if parts else store.read(root, Utterance, [], columns)


def tickets_of(root: Path, merged: pl.DataFrame) -> pl.DataFrame:
    """The tickets that were opened in a contact, under the contact it was merged into."""
    return now_in(root, store.read(root, Ticket).filter(pl.col("contact_id").is_not_null()), merged)


def owners(root: Path, merged: pl.DataFrame, asked: pl.DataFrame | None = None) -> pl.DataFrame:
    """`logged_id` -> `into`, the contact it belongs to; only of the contact_ids that `asked` names (None: of all)."""
    legs = store.read(root, Leg, columns=("call_id", "contact_id"))
    if asked is not None:
        legs = legs.join(asked.select("contact_id").unique(), on="contact_id", how="semi", maintain_order="left")
    return contacts.contact_of(legs, merged).rename({"contact_id": "into"})


def _under(table: pl.DataFrame, owner: pl.DataFrame) -> pl.DataFrame:
    joined = table.join(owner, left_on="contact_id", right_on="logged_id", maintain_order="left")
    return joined.with_columns(contact_id="into").drop("into")
