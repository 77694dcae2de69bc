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
from numba import njit

from laidian.cases import notes as known
from laidian.cases.matches import REASON, evidence
from laidian.cases.notes import Read
from laidian.cases.rules import (
    NEVER,
    NONE,
    Chains,
    Codes,
    Notes,
    Policies,
    ReasonPolicy,
    Seconds,
    best,
    gap_s,
    policies,
    settled,
)
from laidian.cases.wording import kind_of
from laidian.pseudonym import keyed_hash
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
        tickets: `Ticket`; one without contact_id is the contact of its own name.
        policy: reason -> its policy; a reason not in it has the settings' gap and is not periodic.
        settings: gap and likeness of texts.
        secret: the workspace's key.
        services: contact_id, service_key (业务号码) where known (`contacts.services`).
    """
    read = known.read(contacts, customers, reasons, cues, texts, tickets, services)
    chains, earlier, match, gap, count = follow(read.notes, policies(read.reasons, policy, settings))
    return Linked(_links(read, earlier, match, gap), _cases(read, chains, int(count), secret))


@njit(cache=True)
def follow(notes: Notes, policy: Policies) -> tuple[Chains, Codes, Codes, Seconds, int]:
    """The cases; per contact the one it is linked to, by which match, after how many seconds; and how many cases there are."""
    size = len(notes.start)
    blank = np.full((8, size), NONE)
    chains = Chains(blank[0], blank[1], blank[2], blank[3], blank[4], blank[5], np.full(size, NEVER))
    earlier, match, gap = blank[6], blank[7], np.zeros(size)
    lively = np.empty(size, np.int64)
    count, first, living = 0, 0, 0
    for note in range(size):
        if note == 0 or notes.customer[note] != notes.customer[note - 1]:
            first, living = count, 0
        kept = 0
        for place in range(living):
            if gap_s(notes, chains, lively[place], note) <= policy.longest_s:
                lively[kept] = lively[place]
                kept += 1
        living = kept
        case, how = best(notes, chains, policy, note, (first, count), lively[:living])
        if case != NONE:
            earlier[note], match[note], gap[note] = chains.last[case], how, gap_s(notes, chains, case, note)
            if notes.recurs[note] and notes.own[note] and settled(notes, chains, case, note):
                case = NONE
        elif not notes.own[note]:
            continue
        if case == NONE:
            case = count
            count += 1
        listed = False
        for place in range(living):
            listed = listed or lively[place] == case
        if not listed:
            lively[living] = case
            living += 1
        _take_in(notes, chains, case, note)
    return chains, earlier, match, gap, count


@njit(cache=True)
def _take_in(notes: Notes, chains: Chains, case: int, note: int) -> None:
    """The contact becomes the newest of the case; of the centre's own calls only what they confirm counts."""
    chains.case[note] = case
    chains.before[note] = chains.newest[case]
    chains.newest[case] = note
    chains.confirmed[case] = max(chains.confirmed[case], notes.confirmed[note])
    if notes.own[note]:
        chains.last[case] = note
        if chains.primary[case] == NONE:
            chains.primary[case] = notes.primary[note]
        if notes.spoken[note]:
            chains.worded[case] = note


def _links(read: Read, earlier: Codes, match: Codes, gap: Seconds) -> pl.DataFrame:
    later = np.flatnonzero(earlier != NONE)
    rows = read.rows[later]
    told = [evidence(how) for how in range(REASON + 16)]
    how = match[later]
    kinds = [
        kind_of(set(said), text) if own and (said or text) else "same_problem"
        for said, text, own in rows.select("cues", "text", "own").iter_rows()
    ]
    table = rows.select("contact_id", "customer_key", repeat="own").with_columns(
        earlier_contact_id=read.rows["contact_id"].gather(earlier[later]),
        kind=pl.Series(kinds, dtype=pl.String),
        basis=pl.Series([basis for basis, _ in told], dtype=pl.List(pl.String)).gather(how),
        probability=pl.Series([sure for _, sure in told]).gather(how),
        gap_s=pl.Series(gap[later]),
    )
    return table.select(pl.col(name).cast(dtype) for name, dtype in schema(Link).items()).sort("contact_id")


def _cases(read: Read, chains: Chains, count: int, secret: bytes) -> pl.DataFrame:
    notes = read.notes
    reason, issue = chains.primary[:count], first_issues(notes, chains, count)
    names, issues = (pl.Series([*values, None], dtype=pl.String) for values in (read.reasons, read.issues))
    members = read.rows.with_columns(case=pl.Series(chains.case), cued=pl.Series(notes.cued)).filter(pl.col("case") != NONE)
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
    keys = [keyed_hash(secret, "case", first) for first in table["case_key"]]
    table = table.with_columns(case_key=pl.Series(keys, dtype=pl.String))
    return table.select(pl.col(name).cast(dtype) for name, dtype in schema(Case).items()).sort("case_key")


@njit(cache=True)
def first_issues(notes: Notes, chains: Chains, count: int) -> Codes:
    """Per case the first issue that a demand of it names under the case's reason."""
    found = np.full(count, NONE)
    for note in range(len(notes.start)):
        case = chains.case[note]
        if case == NONE or not notes.own[note] or found[case] != NONE or chains.primary[case] == NONE:
            continue
        for place in range(notes.reasons[note], notes.reasons[note + 1]):
            if notes.reason[place] == chains.primary[case] and found[case] == NONE:
                found[case] = notes.issue[place]
    return found
