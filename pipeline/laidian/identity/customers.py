"""Contacts -> customers. Groups form in five steps, strongest evidence first, so that no chain of weak pairs can close:

1. ID numbers and accounts. One person with several accounts is one customer, and so is one account on which several persons
   speak. Where a group would hold two IDs AND two accounts it falls apart: each account for itself, an ID without account
   with the only account it was ever stated with, or for itself. Contacts of this step are *anchored*.
2. Two anchored groups meet on a service number or phone only if one knows no ID, the other no account, and neither has a
   second such partner. So anchored groups never chain.
3. A contact without ID and account joins the anchored group that leads on its service number.
4. The rest cluster by service number and phone. A cluster joins the one anchored group its phones lead to, if any. A cluster
   that leads to two, or holds two persons' names of which none leads, is *contested*: each of its contacts keeps its single
   best identifier (service number, else own phone), so that only stars are left.
5. A contact that still has nothing joins the one group to which a *hint* points: the digits a masked number (138****5678)
   shows with the surname by ear, or a switchboard with the full name by ear. Two groups: it joins none. Contacts of one hint
   that points nowhere are one customer.

A phone counts only if it is a customer's own kind (no hotline, no privacy relay number, no switchboard without extension) and
not that of a person acting for another (代办). Where persons of different names share it (a family), a contact meets others
on it only by phone AND name. Of several groups or persons on one identifier one *leads* if it has at least the part `most` of
the contacts that name one; contacts that name none join it. Where none leads, the identifier leads nowhere.

Near-linear: each step is a compiled pass over the contacts; names are compared only within one phone or cluster.
"""

import numpy as np
import polars as pl

from laidian.identity import evidence, groups
from laidian.identity.evidence import SLOTS, Known
from laidian.identity.keys import customer_keys
from laidian.identity.union import NONE, Codes, Flags
from laidian.settings import Identity
from laidian.tables import Customer, empty, schema
from laidian.workers import pair

KINDS = ("account", "contact_phone", "id", "masked_phone", "name", "phone", "service", "switchboard")  # bits of a basis, in order


def customers(
    contacts: pl.DataFrame,
    identifiers: pl.DataFrame,
    legs: pl.DataFrame,
    secret: bytes,
    settings: Identity | None = None,
    before: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row a contact (`Customer`), by contact_id.

    Args:
        contacts: `Contact`; excluded ones are grouped too.
        identifiers: `Identifier`; a contact without a row is alone and not identified.
        legs: `Leg`; the earliest leg of a customer makes the key.
        secret: the workspace's key.
        settings: when names are alike and a phone is a switchboard; None: the defaults.
        before: `Customer` of the night before: legs that came late do not change a known key; None: the first night.
    """
    settings = settings or Identity()
    return of_known(evidence.read(contacts, identifiers, settings), contacts, legs, secret, settings, before)


def of_known(
    known: Known, contacts: pl.DataFrame, legs: pl.DataFrame, secret: bytes, settings: Identity, before: pl.DataFrame | None
) -> pl.DataFrame:
    """`customers` from what `evidence.read` made of the identifiers, which need not stand in memory any more."""
    if contacts.is_empty():
        return empty(Customer)
    anchors, size = groups.strong(known)
    anchors = groups.complement(known, anchors, size, known.tokens[:, :1])
    anchors = groups.by_service(known, anchors, settings.most)
    anchors = groups.complement(known, anchors, size, known.tokens[:, 1:])
    tokens = groups.clear(known, anchors, settings.most)
    group = groups.free(known, anchors, size, tokens, settings)
    lonely = (anchors == NONE) & (tokens == NONE).all(axis=1)
    group, hint = groups.hinted(known, group, lonely, size + known.size + len(group))
    grouped = pl.DataFrame({"contact_id": known.contact_id, "group": group})
    basis, keys = pair(
        lambda: _basis(known, group, tokens, hint),
        lambda: customer_keys(grouped, contacts, legs, secret, before),
    )
    identified = (known.account != NONE) | (known.id_key != NONE) | ~lonely | (hint != NONE)
    table = keys.with_columns(basis=basis, identified=pl.Series(identified))
    return table.select(pl.col(name).cast(dtype) for name, dtype in schema(Customer).items())


def _basis(known: Known, group: Codes, tokens: Codes, hint: Codes) -> pl.Series:
    """The kinds of evidence that each contact shares with another of its group, in alphabetical order."""
    bits = np.zeros(len(group), np.int64)
    for kind, said in (("account", known.account), ("id", known.id_key)):
        bits |= _bit(kind) * _shared(group, said[:, None])[:, 0]
    for kind, shared in zip(SLOTS, _shared(group, tokens).T, strict=True):
        bits |= _bit(kind) * shared
    bits |= _by_hint(known, group, hint)
    lists = pl.Series([[kind for n, kind in enumerate(KINDS) if code >> n & 1] for code in range(1 << len(KINDS))])
    return lists.gather(bits)


def _bit(kind: str) -> int:
    return 1 << KINDS.index(kind)


def _shared(group: Codes, said: Codes) -> Flags:
    """Contact × slot: does another contact of its group say the same, in whatever slot?"""
    there = said != NONE
    key = (group[:, None] * (int(said.max(initial=NONE)) + 1) + said)[there]
    order = np.argsort(key)
    twice = np.flatnonzero(key[order[1:]] == key[order[:-1]])
    among = np.zeros(len(key), np.bool_)
    among[order[twice]] = among[order[twice + 1]] = True
    shared = np.zeros(said.shape, np.bool_)
    shared[there] = among
    return shared


def _by_hint(known: Known, group: Codes, hint: Codes) -> Codes:
    """The bits of the contacts that a hint joined and of those it pointed to; none where a contact is alone with its hint."""
    led = np.full(known.hinted + 1, NONE)  # hint -> the group to which it led
    led[hint] = group
    led[NONE] = NONE
    pointed = (led[known.hints] == group[:, None]) & (known.hints != NONE)
    used = np.where((hint != NONE)[:, None], known.hints == hint[:, None], pointed) & (known.hints != NONE)
    crowd = np.bincount(known.hints[used], minlength=known.hinted + 1)  # a contact may hold a hint twice; it is then alone
    twice = used[:, 0] & used[:, 1] & (known.hints[:, 0] == known.hints[:, 1])
    np.subtract.at(crowd, known.hints[twice, 0], 1)
    used &= crowd[known.hints] > 1
    kind = np.where(known.masked, _bit("masked_phone"), _bit("switchboard")) | _bit("name")
    bits: Codes = np.where(used, kind, 0)
    return bits[:, 0] | bits[:, 1]
