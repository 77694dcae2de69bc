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

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from laidian.cases import notes as contacts_known
from laidian.cases.known import NONE, Places, ReasonPolicy, policies
from laidian.cases.matches import evidence
from laidian.cases.notes import Read
from laidian.cases.rules import REASON, Matches, follow, reasons_of
from laidian.cases.wording import kind_of
from laidian.pseudonym import keyed_hashes
from laidian.settings import Cases
from laidian.tables import Case, Link, schema


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
        tickets: `Ticket`; one of self-service under the contact that it is (`Ticket.OWN_CONTACT`).
        policy: reason -> its policy; a reason not in it has the settings' gap and is not periodic.
        settings: gap and likeness of texts.
        secret: the workspace's key.
        services: contact_id, service_key (业务号码) where known (`contacts.services`).
    """
    read = contacts_known.read(contacts, customers, reasons, cues, texts, tickets, services)
    case, earlier, match, count = follow(read.notes, policies(read.reasons, policy, settings))
    return Linked(_links(read, earlier, match), _cases(read, case, int(count), secret))


def _links(read: Read, earlier: Places, match: Matches) -> pl.DataFrame:
    later = np.flatnonzero(earlier != NONE)
    rows = read.rows[later]
    told = [evidence(how) for how in range(REASON + 16)]
    how = match[later]
    gap = np.maximum(0, read.notes.start[later] - read.notes.end[earlier[later]])
    telling = rows.select(pl.col("own") & ((pl.col("cues").list.len() > 0) | (pl.col("text") != ""))).to_series()
    told_kinds = [kind_of(set(said), text) for said, text in rows.filter(telling).select("cues", "text").iter_rows()]
    kinds = pl.repeat("same_problem", rows.height, eager=True).scatter(telling.arg_true(), told_kinds)
    table = rows.select("contact_id", "customer_key", repeat="own").with_columns(
        earlier_contact_id=read.rows["contact_id"].gather(earlier[later]),
        kind=kinds,
        basis=pl.Series([basis for basis, _ in told], dtype=pl.List(pl.String)).gather(how),
        probability=pl.Series([sure for _, sure in told]).gather(how),
        gap_s=pl.Series(gap / 1_000_000),
        in_promise=pl.lit(None, pl.Boolean),  # which needs the whole case: see `promises.in_promise`
    )
    return table.select(pl.col(name).cast(dtype) for name, dtype in schema(Link).items()).sort("contact_id")


def _cases(read: Read, case: Places, count: int, secret: bytes) -> pl.DataFrame:
    notes = read.notes
    reason, issue = reasons_of(notes, case, count)
    names, issues = (pl.Series([*values, None], dtype=pl.String) for values in (read.reasons, read.issues))
    members = read.rows.with_columns(case=pl.Series(case), cued=pl.Series(notes.cued)).filter(pl.col("case") != NONE)
    table = (
        members.group_by("case", maintain_order=True)
        .agg(
            pl.col("customer_key").first(),
            pl.col("started_at").first().alias("first_at"),
            pl.col("started_at").last().alias("last_at"),
            pl.col("in_population").sum().alias("contacts"),
            pl.col("own").not_().sum().alias("outbound"),
            pl.col("contact_id").alias("contact_ids"),
            pl.col("cued").first().alias("cue_without_earlier"),
        )
        .sort("case")
        .with_columns(
            case_key=pl.col("contact_ids").list.first(),
            reason=names.gather(np.where(reason == NONE, len(read.reasons), reason)),
            issue=issues.gather(np.where(issue == NONE, len(read.issues), issue)),
        )
    )
    keys = keyed_hashes(secret, "case", table["case_key"])
    table = table.with_columns(case_key=pl.Series(keys, dtype=pl.String))
    return table.select(pl.col(name).cast(dtype) for name, dtype in schema(Case).items()).sort("case_key")
