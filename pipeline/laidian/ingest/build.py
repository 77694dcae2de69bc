"""Understood rows of every kind but contacts -> tables and answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from laidian.ingest.answers import AuditAnswer, Label
from laidian.ingest.cells import Refused, Understood
from laidian.ingest.columns import Kind
from laidian.ingest.legs import build_legs, frames, key_of, leg_of
from laidian.tables import Event, ForeignCue, Identifier, Leg, Row, Survey, Ticket, Turn, schema


@dataclass(frozen=True, slots=True)
class Built:
    """What the rows of one file came to. Tables are sorted by their key, so the order of the rows does not matter."""

    tables: dict[type[Row], pl.DataFrame] = field(default_factory=dict)
    audits: tuple[AuditAnswer, ...] = ()
    labels: tuple[Label, ...] = ()
    refused: list[Refused] = field(default_factory=list)
    duplicates: int = 0


@dataclass(frozen=True, slots=True)
class Context:
    """What building needs beside the rows: the file's name, how rows make legs, the workspace's key."""

    name: str
    legs: Literal["contacts", "rows"]
    secret: bytes


def build(kind: Kind, rows: Sequence[Understood], context: Context) -> Built:
    """The tables of one file's rows."""
    return _BUILDERS[kind](rows, context)


@dataclass(frozen=True, slots=True)
class _Distinct:
    rows: list[Understood]
    refused: list[Refused]
    duplicates: int


def _distinct(rows: Sequence[Understood], key: Callable[[dict[str, Any]], object], what: str) -> _Distinct:
    """The first row of each key; a later one is a duplicate if it says the same, else refused as `what`."""
    first: dict[object, Understood] = {}
    refused: list[Refused] = []
    duplicates = 0
    for row in rows:
        earlier = first.setdefault(key(row.values), row)
        if earlier is row:
            continue
        if earlier.values == row.values:
            duplicates += 1
        else:
            refused.append(Refused(row.line, f"{what}: differs from line {earlier.line}", row.cells))
    return _Distinct(list(first.values()), refused, duplicates)


def _table(rows: Sequence[Mapping[str, Any]], row: type[Row]) -> pl.DataFrame:
    names = schema(row).names()
    return pl.DataFrame([tuple(r.get(n) for n in names) for r in rows], schema=schema(row), orient="row").sort(row.KEY)


def _contacts(rows: Sequence[Understood], context: Context) -> Built:
    built = build_legs(rows, context.name, context.legs, context.secret)
    return Built({Leg: built.legs, Identifier: built.identifiers}, refused=built.refused, duplicates=built.duplicates)


def _surveys(rows: Sequence[Understood], _: Context) -> Built:
    kept = _distinct(rows, lambda r: r["contact_id"], "second answer about a contact")
    return Built({Survey: _table([r.values for r in kept.rows], Survey)}, refused=kept.refused, duplicates=kept.duplicates)


def _events(rows: Sequence[Understood], _: Context) -> Built:
    kept = _distinct(rows, lambda r: (r["contact_id"], r["at"], r["step"]), "second row of a step")
    return Built({Event: _table([r.values for r in kept.rows], Event)}, duplicates=kept.duplicates)


def _tickets(rows: Sequence[Understood], context: Context) -> Built:
    """A ticket without contact_id is a contact of its own: it also becomes a leg, `ticket-<ticket_id>`."""
    kept = _distinct(rows, lambda r: r["ticket_id"], "second row of a ticket")
    tickets, pairs = [], []
    for row in kept.rows:
        ticket = row.values
        phone_key = key_of(context.secret, "phone", ticket.get("phone"))
        tickets.append(
            ticket | {"phone_key": phone_key, "account_key": key_of(context.secret, "account", ticket.get("account_id"))}
        )
        if ticket.get("contact_id") is None:
            contact = {
                "contact_id": Ticket.OWN_CONTACT.format(ticket["ticket_id"]),
                "started_at": ticket["opened_at"],
                "medium": "ticket",
            }
            leg, identifier = leg_of(contact | {n: ticket.get(n) for n in ("phone", "account_id")}, 1, context.secret)
            pairs.append((leg | {"source": f"{context.name}:{row.line}"}, identifier))
    legs, identifiers = frames(pairs)
    return Built(
        {Ticket: _table(tickets, Ticket), Leg: legs, Identifier: identifiers}, refused=kept.refused, duplicates=kept.duplicates
    )


def _transcripts(rows: Sequence[Understood], _: Context) -> Built:
    kept = _distinct(rows, lambda r: r["contact_id"], "second transcript of a contact")
    turns = [
        {"contact_id": row.values["contact_id"], "turn": number, **turn}
        for row in kept.rows
        for number, turn in enumerate(row.values["turns"])
    ]
    return Built({Turn: _table(turns, Turn)}, refused=kept.refused, duplicates=kept.duplicates)


def _cues(rows: Sequence[Understood], _: Context) -> Built:
    """Equal rows are several cues, not duplicates; the numbers within a contact follow the content, not the file's order."""
    numbered: list[dict[str, Any]] = []
    position: dict[str, int] = {}
    for cue in sorted((row.values for row in rows), key=_cue_order):
        position[cue["contact_id"]] = position.get(cue["contact_id"], 0) + 1
        numbered.append(cue | {"position": position[cue["contact_id"]]})
    return Built({ForeignCue: _table(numbered, ForeignCue)})


def _cue_order(cue: dict[str, Any]) -> tuple[str, str, str, int]:
    prior = cue.get("prior_contacts")
    return cue["contact_id"], cue["role"], cue.get("kind") or "", -1 if prior is None else prior


def _audits(rows: Sequence[Understood], _: Context) -> Built:
    """Several auditors may judge one contact; one auditor answers once."""
    kept = _distinct(rows, lambda r: (r["contact_id"], r.get("auditor")), "second answer of one auditor about a contact")
    answers = [
        AuditAnswer(v["contact_id"], v["is_first"], v["resolved"], v.get("method"), v.get("auditor"), v.get("audited_at"))
        for v in (row.values for row in kept.rows)
    ]
    return Built(
        audits=tuple(sorted(answers, key=lambda a: (a.contact_id, a.auditor or ""))),
        refused=kept.refused,
        duplicates=kept.duplicates,
    )


def _labels(rows: Sequence[Understood], _: Context) -> Built:
    about = ("contact_id", "case_id", "issue_id")
    named = [row for row in rows if any(row.values.get(n) for n in about)]
    refused = [
        Refused(row.line, f"{', '.join(about)}: all empty", row.cells)
        for row in rows
        if not any(row.values.get(n) for n in about)
    ]
    kept = _distinct(named, lambda r: tuple(sorted(r.items(), key=lambda item: item[0])), "second row of a label")
    labels = [
        Label(v.get("contact_id"), v.get("case_id"), v.get("issue_id"), v["field"], v["value"], v.get("by"), v.get("at"))
        for v in (row.values for row in kept.rows)
    ]
    return Built(labels=tuple(sorted(labels, key=repr)), refused=refused, duplicates=kept.duplicates)


_BUILDERS: dict[Kind, Callable[[Sequence[Understood], Context], Built]] = {
    "contacts": _contacts, "surveys": _surveys, "tickets": _tickets, "transcripts": _transcripts, "cues": _cues,
    "events": _events, "audits": _audits, "labels": _labels,
}  # fmt: skip
