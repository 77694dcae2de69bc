"""Contacts -> customers. Groups form in four steps, strongest evidence first, so that no chain of weak pairs can close:

1. ID numbers and accounts. One person with several accounts is one customer, and so is one account on which several persons
   speak. Where a group would hold two IDs AND two accounts it falls apart: each account for itself, an ID without account
   with the only account it was ever stated with, or for itself. Contacts of this step are *anchored*.
2. Two anchored groups meet on a service number or phone only if one knows no ID, the other no account, and neither has a
   second such partner. So anchored groups never chain.
3. A contact without ID and account joins the one anchored group of its service number; two such groups: it joins none.
4. The rest cluster by service number and phone. A cluster joins the one anchored group its phones lead to, if any. A cluster
   that leads to two, or holds two names, is *contested*: each of its contacts keeps its single best identifier (service
   number, else own phone), so that only stars are left.

A phone counts only if it is not masked, belongs to no switchboard, and is not that of a person acting for another (代办); where
different full names share it, only equal names meet on it, and where two anchored groups share it, nobody does.

Near-linear: each step passes over the contacts once; names are compared only within one phone, at most `CROWD` of them.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import polars as pl

from laidian.identity import evidence, groups
from laidian.identity.evidence import Known
from laidian.identity.union import Token
from laidian.pseudonym import keyed_hash
from laidian.tables import Customer, empty, from_rows


def customers(contacts: pl.DataFrame, identifiers: pl.DataFrame, legs: pl.DataFrame, secret: bytes) -> pl.DataFrame:
    """One row a contact (`Customer`).

    Args:
        contacts: `Contact`; excluded ones are grouped too.
        identifiers: `Identifier`; a contact without a row is alone and not identified.
        legs: `Leg`; the earliest leg of a customer makes the key.
        secret: the workspace's key.
    """
    if contacts.is_empty():
        return empty(Customer)
    known = evidence.uncrowded(evidence.read(contacts, identifiers))
    services = [k.services for k in known]
    anchors = groups.complement(known, groups.strong(known), services)
    anchors = groups.by_service(anchors, services)
    named, phones = evidence.phone_tokens(known), [[("phone", p) for p in k.phones] for k in known]
    anchors = groups.complement(known, anchors, groups.clear(anchors, named, phones, most=2))
    tokens = [
        [*service, *phone]
        for service, phone in zip(groups.clear(anchors, services, services), groups.clear(anchors, named, phones), strict=True)
    ]
    return _as_table(known, groups.free(known, anchors, tokens), tokens, _first_legs(contacts, legs), secret)


def _first_legs(contacts: pl.DataFrame, legs: pl.DataFrame) -> dict[str, tuple[datetime, str, int]]:
    """Contact -> start, call_id and leg_no of its earliest leg."""
    calls = contacts.select("contact_id", call_id="call_ids").explode("call_id")
    rows = calls.join(legs.select("call_id", "leg_no", "started_at"), on="call_id").sort("started_at", "call_id", "leg_no")
    rows = rows.unique("contact_id", keep="first", maintain_order=True)
    return {r["contact_id"]: (r["started_at"], r["call_id"], r["leg_no"]) for r in rows.iter_rows(named=True)}


def _as_table(
    known: Sequence[Known],
    group_of: Sequence[Token],
    tokens: Sequence[Sequence[Token]],
    first_legs: dict[str, tuple[datetime, str, int]],
    secret: bytes,
) -> pl.DataFrame:
    evident = [_evident(k, held) for k, held in zip(known, tokens, strict=True)]
    shared: Counter[tuple[Token, Token]] = Counter()
    first: dict[Token, tuple[datetime, str, int]] = {}
    for k, group, kinds in zip(known, group_of, evident, strict=True):
        shared.update((group, token) for token in kinds.values())
        leg = first_legs[k.contact_id]
        first[group] = min(first.get(group, leg), leg)
    keys = {group: keyed_hash(secret, "leg", f"{call_id}/{leg_no}") for group, (_, call_id, leg_no) in first.items()}
    rows = (
        Customer(
            contact_id=k.contact_id,
            customer_key=keys[group],
            basis=sorted(kind for kind, token in kinds.items() if shared[group, token] > 1),
            identified=bool(kinds),
        )
        for k, group, kinds in zip(known, group_of, evident, strict=True)
    )
    return from_rows(rows, Customer)


def _evident(k: Known, tokens: Sequence[Token]) -> dict[str, Token]:
    """Kind of identifier -> what another contact may share by it; no two kinds hold the same token."""
    found: dict[str, Token] = {kind: (kind, value) for kind, value in (("account", k.account), ("id", k.id_key)) if value}
    for token in tokens:
        kind = "service" if token[0] == "service" else "phone" if token[1] == k.own_phone else "contact_phone"
        found[kind] = token
    return found
