"""Contacts of one customer -> cases (诉求) and links: each later contact about a problem points to the latest earlier one.

A customer's contacts are read once, in order of start. A contact joins the case for which the evidence is strongest, then the
one last touched; else it opens a case. The rules, strongest first:

    previous_contact_id  the log names an earlier contact of the case
    ticket               both contacts' tickets were declared duplicates of one ticket
    reason               same primary reason, or a shared secondary reason with the same issue, within that reason's gap
    cue                  the customer speaks of an earlier contact, within the gap, and the words are alike or no other case
                         could be meant

`reason` and `cue` never join two different known services (业务号码). `reason` needs a cue as well where the reason is
periodic (bill enquiries) and more than two days have passed, and where the third-level issues differ and the words do too.
A fault that comes back after its repair was confirmed is linked (同障复发) but opens a case of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import polars as pl

from laidian.cases.rules import Match, Note, Open, ReasonPolicy, Rules, best, gap_s
from laidian.cases.wording import kind_of
from laidian.pseudonym import keyed_hash
from laidian.settings import Cases
from laidian.tables import Case, Link, from_rows


@dataclass(frozen=True, slots=True)
class Linked:
    """`links`: `Link`, by contact_id. `cases`: `Case`, by case_key."""

    links: pl.DataFrame
    cases: pl.DataFrame


def link(
    contacts: pl.DataFrame,
    customers: pl.DataFrame,
    reasons: pl.DataFrame,
    cues: pl.DataFrame,
    texts: pl.DataFrame,
    tickets: pl.DataFrame,
    policy: Mapping[str, ReasonPolicy],
    settings: Cases,
    secret: bytes,
    services: pl.DataFrame | None = None,
) -> Linked:
    """Links and cases of the whole log.

    Abandoned, IVR-only, test and nuisance contacts take no part; self-service (bot, app) does: the demand was made there
    first. An answered outbound contact joins a case but opens none, and is no repeat.

    Args:
        contacts: `Contact`; all tables below carry its contact_id (see `contacts.contact_of`).
        customers: `Customer`.
        reasons: `Reason`; `*.other` counts as unknown.
        cues: `Cue`; only those of the customer count.
        texts: contact_id, text: the customer's words before redaction; a contact may be absent.
        tickets: `Ticket`; one without contact_id is the contact of its own name.
        policy: reason -> its policy; a reason not in it has the settings' gap and is not periodic.
        settings: gap and likeness of texts.
        secret: the workspace's key.
        services: contact_id, service_key (业务号码) where known (`contacts.services`).
    """
    rules = Rules(policy, settings)
    links: list[Link] = []
    cases: list[Case] = []
    rows = _joined(contacts, customers, reasons, cues, texts, services)
    duplicates, visits = _duplicates(tickets), _visits(tickets)
    for customer, own_rows in groupby(rows.iter_rows(named=True), key=lambda row: str(row["customer_key"])):
        found, opened = _of_customer(customer, [_note(row, duplicates, visits) for row in own_rows], rules)
        links += found
        cases += [_closed(case, customer, secret) for case in opened]
    return Linked(from_rows(links, Link).sort("contact_id"), from_rows(cases, Case).sort("case_key"))


def _joined(
    contacts: pl.DataFrame,
    customers: pl.DataFrame,
    reasons: pl.DataFrame,
    cues: pl.DataFrame,
    texts: pl.DataFrame,
    services: pl.DataFrame | None,
) -> pl.DataFrame:
    """One row a contact that takes part, in order of customer, start, contact_id."""
    excluded = pl.col("excluded")
    called = (excluded == "outbound") & (pl.col("status") == "answered")
    known = reasons.filter(~pl.col("reason").str.ends_with(".other"))
    said = known.sort("contact_id", pl.col("primary").not_(), -pl.col("score"), "reason")
    named = said.group_by("contact_id").agg(
        pl.col("reason").filter("primary").first().alias("primary_reason"), pl.struct("reason", "issue").alias("reasons")
    )
    heard = cues.filter(pl.col("speaker") == "customer").group_by("contact_id").agg(pl.col("kind").unique().sort().alias("cues"))
    about = pl.DataFrame(schema={"contact_id": pl.String, "service_key": pl.String}) if services is None else services
    return (
        contacts.filter(excluded.is_null() | (excluded == "self_service") | called)
        .with_columns(own=~called.fill_null(False))
        .join(customers.select("contact_id", "customer_key"), on="contact_id")
        .join(named, on="contact_id", how="left")
        .join(heard, on="contact_id", how="left")
        .join(texts.select("contact_id", "text"), on="contact_id", how="left")
        .join(about, on="contact_id", how="left")
        .sort("customer_key", "started_at", "contact_id")
    )


def _note(row: Mapping[str, Any], duplicates: Mapping[str, frozenset[str]], visits: Mapping[str, datetime]) -> Note:
    said = row["cues"] or ()
    solved = row["ended_at"] if "resolved" in said and "unresolved" not in said else None
    return Note(
        contact_id=row["contact_id"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        own=row["own"],
        counted=row["in_population"],
        previous=row["previous_contact_id"],
        service=row["service_key"],
        tickets=duplicates.get(row["contact_id"], frozenset()),
        primary=row["primary_reason"],
        issues={r["reason"]: r["issue"] for r in reversed(row["reasons"] or [])},
        cues=frozenset(said),
        text=row["text"] or "",
        confirmed_at=visits.get(row["contact_id"], solved),
    )


def _visits(tickets: pl.DataFrame) -> dict[str, datetime]:
    """Contact -> when its ticket was closed, if the return visit found the problem solved."""
    solved = tickets.filter((pl.col("visit_result") == "yes") & pl.col("closed_at").is_not_null()).sort("closed_at", "ticket_id")
    return {r["contact_id"] or r["ticket_id"]: r["closed_at"] for r in solved.iter_rows(named=True)}


def _duplicates(tickets: pl.DataFrame) -> dict[str, frozenset[str]]:
    """Contact -> the first tickets of its duplicated tickets. A ticket that duplicates none and has no duplicate says nothing."""
    parent = {r["ticket_id"]: r["duplicate_of"] for r in tickets.iter_rows(named=True) if r["duplicate_of"]}

    def root(ticket: str) -> str:
        path = [ticket]
        while (above := parent.get(path[-1])) is not None and above not in path:
            path.append(above)
        return min(path) if above is not None else path[-1]

    concerned = set(parent) | set(parent.values())
    roots: dict[str, set[str]] = {}
    for row in tickets.filter(pl.col("ticket_id").is_in(sorted(concerned))).iter_rows(named=True):
        roots.setdefault(row["contact_id"] or row["ticket_id"], set()).add(root(row["ticket_id"]))
    return {contact: frozenset(found) for contact, found in roots.items()}


def _of_customer(customer: str, notes: Sequence[Note], rules: Rules) -> tuple[list[Link], list[Open]]:
    """Links and cases of one customer, from the contacts in order of start."""
    links: list[Link] = []
    cases: list[Open] = []
    home: dict[str, Open] = {}
    lively: list[Open] = []
    for note in notes:
        lively = [case for case in lively if gap_s(case, note) <= rules.longest_s]
        named = [case for case in cases if note.tickets & case.tickets] if note.tickets else []
        if note.previous in home:
            named.append(home[note.previous])
        case, match = best(note, lively, named, rules)
        if case is not None and match is not None:
            found = _link(customer, case, note, match)
            links.append(found)
            case = None if found.kind == "recurrence" and case.settled(note) else case
        elif not note.own:
            continue
        if case is None:
            case = Open([note], note)
            cases.append(case)
        lively = [other for other in lively if other is not case] + [case]
        case.add(note)
        home[note.contact_id] = case
    return links, cases


def _link(customer: str, case: Open, note: Note, match: Match) -> Link:
    return Link(
        contact_id=note.contact_id,
        earlier_contact_id=case.last.contact_id,
        customer_key=customer,
        kind=kind_of(note.cues, note.text) if note.own else "same_problem",
        basis=["customer", *match.basis],
        probability=match.probability,
        gap_s=gap_s(case, note),
        repeat=note.own,
    )


def _closed(case: Open, customer: str, secret: bytes) -> Case:
    first, last = case.notes[0], case.notes[-1]
    reason = next(iter(case.primaries), None)
    issue = next((i for n in case.notes if n.own and (i := n.issues.get(reason or ""))), None)
    return Case(
        case_key=keyed_hash(secret, "case", first.contact_id),
        customer_key=customer,
        reason=reason,
        issue=issue,
        first_at=first.started_at,
        last_at=last.started_at,
        contacts=sum(n.counted for n in case.notes),
        outbound=sum(not n.own for n in case.notes),
        contact_ids=[n.contact_id for n in case.notes],
        cue_without_earlier=first.cued,
    )
