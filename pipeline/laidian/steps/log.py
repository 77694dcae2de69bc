"""The whole lake -> contacts, customers, reasons, cases and links: rebuilt each night, one snapshot each."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl

from laidian import cases, contacts, identity, promises, store, vault, workspace
from laidian.settings import Calls, Identity, Promises
from laidian.steps import naming
from laidian.steps.guard import stage
from laidian.steps.parts import FEW_VALUES, Parts, coded
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
    Moved,
    Promise,
    Reason,
    Recording,
    Row,
    Spoken,
    Ticket,
    Utterance,
    among,
    beside,
    empty,
    repeated,
    schema,
    those_in,
)
from laidian.workers import at_once, side_by_side

_LINKED = ("contact_id", "started_at", "ended_at", "call_ids", "previous_contact_id", "status", "excluded", "in_population")
_UNMERGED = ("contact_phone_key", "service_key", "name_masked", "agent_channel", "source")  # what no contact tells of its legs
_JOINED = ("contact_id", "basis")
_ABOUT = ("call_id", "leg_no", "contact_id", "started_at", "service_key")


@stage
def group(root: Path) -> None:
    """Contacts (legs and redials merged), whose they are, and their reasons."""
    settings = workspace.load(root)
    merged = _merge(root, settings.calls)
    at_once(partial(_find_customers, root, merged, settings.identity), partial(_find_reasons, root, merged))


def _find_reasons(root: Path, merged: pl.DataFrame) -> None:
    """Publishes into which contacts others moved, and the reasons under the contacts in which they stand."""
    store.publish(root, contacts.moved(store.read(root, Leg, columns=("call_id", "contact_id")), merged), Moved)
    store.publish(root, strongest(by_contact(root, CallReason, merged)), Reason)


def _find_customers(root: Path, merged: pl.DataFrame, asked: Identity) -> None:
    """Publishes whose the contacts are, and what became of the keys of the night before."""
    last_day = merged.select(pl.col("day").max()).item() or date.min
    known = identity.read(merged, _identifiers(root), asked)
    before = store.read(root, Customer, columns=("contact_id", "customer_key"))
    legs = store.read(root, Leg, columns=("call_id", "leg_no", "started_at"))
    after = identity.of_known(known, merged, legs, vault.secret(root), asked, before)
    del known, legs
    now = beside(before, after.select("contact_id", now="customer_key"), how="inner")
    parted = now.filter(pl.col("customer_key") != pl.col("now")).select("customer_key")  # few: most keys are what they were
    del before, now
    concerned = store.read_among(root, Customer, list(schema(Customer)), parted)
    _tell_changes(root, identity.key_changes(concerned, after, last_day))
    store.publish(root, after, Customer)


def _identifiers(root: Path) -> pl.DataFrame:
    """`Identifier`, what customers are found by as codes: an identifier is said many times."""
    codes = pl.Categorical(pl.Categories.random("laidian"))  # forgotten with the last column of it
    return store.read_coded(root, Identifier, list(schema(Identifier)), identity.FIELDS, codes)


def _merge(root: Path, calls: Calls) -> pl.DataFrame:
    """Publishes the contacts; gives what grouping looks at, by contact_id. The legs are read a day at a time."""
    wide = [name for name in schema(Leg) if name not in _UNMERGED]

    days = [partial(store.read, root, Leg, [day], wide) for day in store.days(root, Leg)]
    if not days:
        store.publish(root, empty(Contact), Contact)
        return empty(Contact)
    few = [pl.col(name).cast(pl.Categorical) for name in schema(Contact) if name in FEW_VALUES]
    parts = [part.with_columns(few) for part in contacts.in_parts(days, store.read(root, Recording), calls)]
    rows = contacts.with_call_backs(_joined(parts))
    order = rows["contact_id"].arg_sort()

    def cut(begin: int) -> pl.DataFrame:
        return rows[order.slice(begin, store.ROW_GROUP)].cast(schema(Contact))

    store.publish_parts(root, side_by_side(cut, range(0, rows.height, store.ROW_GROUP)), Contact)
    return rows.select("contact_id", "started_at", "call_ids", "day")[order]


def _joined(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """The parts one below the other, joined a column at a time: no more than one column stands in memory twice."""
    return pl.DataFrame([
        pl.concat([part.drop_in_place(name) for part in parts], rechunk=True) for name in list(parts[0].columns)
    ])  # fmt: skip


def _tell_changes(root: Path, changes: pl.DataFrame) -> None:
    """Adds to the changes of earlier nights. Published BEFORE the keys: a run killed between the two tells them again."""
    told = pl.concat([store.read(root, KeyChange), changes])
    store.publish(root, told.unique(KeyChange.KEY, keep="last", maintain_order=True), KeyChange)


def strongest(told: pl.DataFrame) -> pl.DataFrame:
    """Reasons of merged calls: the higher score of each reason, and one primary, the highest. Most contacts have one reason."""
    several = repeated(told["contact_id"])
    best = (
        told.filter(several)
        .sort("contact_id", "reason", "primary", "score", descending=[False, False, True, True])
        .unique(["contact_id", "reason"], keep="first", maintain_order=True)
    )
    ranked = best.sort("contact_id", "primary", "score", "reason", descending=[False, True, True, False])
    ranked = ranked.with_columns(primary=pl.int_range(pl.len()).over("contact_id") == 0)
    return pl.concat([told.filter(~several).with_columns(primary=pl.lit(True)), ranked])


@stage
def link(root: Path) -> None:
    """Cases, and the later contacts joined to the earlier ones."""
    settings = workspace.load(root)
    policy = {name: cases.ReasonPolicy(r.case_gap_days, r.periodic) for name, r in naming.taxonomy(root).reasons.items()}
    tickets, secret = records(root), vault.secret(root)

    def linked(
        merged: pl.DataFrame, customers: pl.DataFrame, reasons: pl.DataFrame, cues: pl.DataFrame, texts: pl.DataFrame,
        services: pl.DataFrame,
    ) -> cases.Linked:  # fmt: skip
        return cases.link(merged, customers, reasons, cues, texts, tickets, policy, settings.cases, secret, services)

    made = list(_by_customer(root, linked))
    cut = [part.links for part in made], [part.cases for part in made]
    del made
    links, found = at_once(partial(_sorted, cut[0], "contact_id"), partial(_sorted, cut[1], "case_key"))
    links = _kept(root, links, found, tickets, settings.promises)
    before = store.read(root, Case, columns=("case_key", "contact_ids")), store.read(root, Link, columns=_JOINED)
    last_day = store.read(root, Contact, columns=("started_at",))["started_at"].dt.date().max()
    if isinstance(last_day, date):
        was, now = _changed(before[0], found)
        was, now = case_of(was, before[1]), case_of(now, links)
        _tell_changes(root, identity.key_changes(was, now, last_day, "case"))
        del was, now
    del before
    at_once(partial(store.publish, root, links, Link), partial(store.publish, root, found, Case))


def _sorted(parts: list[pl.DataFrame], by: str) -> pl.DataFrame:
    """The rows of the parts in that order. The parts are gone then: no more than one table stands in memory twice."""
    table = pl.concat(parts, rechunk=True)
    parts.clear()
    return table.sort(by)


def _kept(root: Path, links: pl.DataFrame, found: pl.DataFrame, tickets: pl.DataFrame, hours: Promises) -> pl.DataFrame:
    """The links with whether the customer came within the promised time; publishes the promises."""
    named = coded(root, Cue, ("contact_id", "speaker", "kind", "when"), {*FEW_VALUES, "when"})
    named = named.filter(pl.col("kind") == "promise")
    told = empty(Promise)
    if not (named.is_empty() and tickets.is_empty()):  # who named no time costs a large log nothing
        merged = store.read(root, Contact, columns=("contact_id", "started_at", "ended_at"))
        told = promises.promises(merged, now_in(root, named, merged), tickets, hours)
        links = links.with_columns(in_promise=promises.in_promise(links, found, merged, told))
    store.publish(root, told, Promise)
    return links


def _by_customer(root: Path, work: Callable[..., cases.Linked]) -> Iterator[cases.Linked]:
    """What `work` makes of what linking looks at, in parts of some customers each, since a link never leaves its customer."""
    whose = store.read(root, Customer, columns=("contact_id", "customer_key"))
    parts, merged = Parts(whose), coded(root, Contact, _LINKED)
    services = contacts.services(store.read(root, Leg, columns=_ABOUT), merged)
    texts = _customer_texts(root, whose)
    log = [
        *map(parts.by_contact, (merged.drop("call_ids"), whose)),
        parts.by_contact(coded(root, Reason, ("contact_id", "reason", "issue", "score", "primary"))),
        parts.by_contact(now_in(root, coded(root, Cue, ("contact_id", "speaker", "kind")), whose)),
        *map(parts.by_contact, (texts, services)),
    ]
    return side_by_side(lambda part: work(*(cut.taken(part) for cut in log)), range(parts.count))


def _changed(was: pl.DataFrame, now: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cases of two nights, by case_key, without those that have the same contacts in both: nearly all."""
    both = beside(was, now.select("case_key", now="contact_ids"), "case_key", "inner")
    same = both.filter(pl.col("contact_ids") == pl.col("now"))["case_key"]
    return was.filter(~among(was["case_key"], same)), now.filter(~among(now["case_key"], same))


def case_of(listed: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Contact -> the key of its case and what linked it, under the names that `identity.key_changes` reads."""
    members = listed.select(customer_key="case_key", contact_id="contact_ids").explode("contact_id")
    told = members.join(links.select("contact_id", "basis"), on="contact_id", how="left")
    return told.with_columns(pl.col("basis").fill_null([]))


def _customer_texts(root: Path, merged: pl.DataFrame) -> pl.DataFrame:
    """What the customer (or a speaker nobody could name) said, a row a contact; read day by day, since it is most of the lake."""
    columns = ("contact_id", "recording_no", "turn", "speaker", "text")
    days = [
        now_in(root, store.read(root, Spoken, [day], columns).filter(pl.col("speaker").is_in(["customer", "unknown"])), merged)
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
    """A table by logged contact_ids under the contacts they were merged into; rows of contacts not in `merged` are left out.

    Args:
        root: the workspace.
        table: with a contact_id.
        merged: `Contact`, or the contact_id of those that are asked about.
    """
    if table.is_empty():
        return table
    return those_in(_regrouped(root, table), merged.select("contact_id"))


def _regrouped(root: Path, table: pl.DataFrame) -> pl.DataFrame:
    """A table by logged contact_ids under the contacts they were merged into, in its order."""
    moved = _moved(root).rename({"contact_id": "into"})
    if moved.is_empty():
        return table
    told = table.join(moved, left_on="contact_id", right_on="logged_id", how="left", maintain_order="left")
    return told.with_columns(contact_id=pl.coalesce("into", "contact_id")).drop("into")


def said_in(root: Path, ids: pl.DataFrame, days: Iterable[date]) -> pl.DataFrame:
    """What was said, redacted, in some contacts (their contact_id) on some days; read day by day, for it is most of the lake.

    Columns contact_id, recording_no, turn, speaker, text.
    """
    columns = ("contact_id", "recording_no", "turn", "speaker", "text")
    parts = [now_in(root, store.read(root, Utterance, [day], columns), ids) for day in days]
    return pl.concat(parts) if parts else store.read(root, Utterance, [], columns)


def owners(root: Path, ids: pl.DataFrame) -> pl.DataFrame:
    """`logged_id` -> `into`: every id of the log that stands in these contacts (their contact_id), their own with them."""
    own = ids.select(logged_id="contact_id", into="contact_id")
    moved = _moved(root).select("logged_id", into="contact_id").join(own, on="into", how="semi")
    return pl.concat([own, moved.select(own.columns)])


def _moved(root: Path) -> pl.DataFrame:
    """`Moved`; where an older version grouped the log, it is found out anew."""
    if store.part(root, Moved, None).exists():
        return store.read(root, Moved)
    legs = store.read(root, Leg, columns=("call_id", "contact_id"))
    return contacts.moved(legs, store.read(root, Contact, columns=("contact_id", "call_ids")))


def records(root: Path) -> pl.DataFrame:
    """Every ticket under the contact that it is the record of: the one it was opened in, or, of self-service, its own."""
    own = pl.format(Ticket.OWN_CONTACT, "ticket_id")
    return _regrouped(root, store.read(root, Ticket).with_columns(contact_id=pl.coalesce("contact_id", own)))


def tickets_of(root: Path, merged: pl.DataFrame) -> pl.DataFrame:
    """The tickets that were opened in a contact, under the contact it was merged into."""
    return now_in(root, store.read(root, Ticket).filter(pl.col("contact_id").is_not_null()), merged)
