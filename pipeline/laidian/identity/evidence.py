"""What each contact says of its customer, as codes, and what of it may be shared.

Everything here is an array with a place a contact, in the order of contact_id. A *slot* is a column of an array of three:
the service number, the caller's own phone, another contact phone. A *token* is what contacts may meet on: a service number,
or a phone together with the person who speaks there; its code counts service numbers first, then phones, then pairs of a
phone and one of several persons.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from laidian.identity import names, numbers
from laidian.identity.names import Names, speakers
from laidian.identity.union import NONE, Codes, Flags
from laidian.settings import Identity
from laidian.tables import beside, repeated
from laidian.workers import pair

SLOTS = ("service", "phone", "contact_phone")
FIELDS = ("phone", "contact_phone", "service_number", "account_id", "id_key", "customer_name")


@dataclass(frozen=True, slots=True)
class Known:
    """Codes of what each contact says; NONE: nothing.

    `tokens`: contact × slot. `hints`: contact × (own phone, other phone): what is too weak to meet on alone, a masked number
    with a surname or a switchboard with a full name. `masked`: contact × the same: is the hint a masked number's? `size`: how
    many tokens, `hinted`: how many hints there are.
    """

    contact_id: pl.Series
    account: Codes
    id_key: Codes
    name: Codes
    tokens: Codes
    hints: Codes
    masked: Flags
    size: int
    hinted: int
    names: Names


def read(contacts: pl.DataFrame, identifiers: pl.DataFrame, settings: Identity) -> Known:
    """What the legs of each contact say, the first known value of each column."""
    said = _said(contacts, identifiers)
    proxy = said["proxy"].to_numpy()
    account, _ = numbers.coded(said["account_id"])
    id_key, _ = numbers.coded(said["id_key"])
    service, services = numbers.coded(said["service_number"])
    name, distinct = numbers.coded(said["customer_name"])
    both, phones = numbers.coded(pl.concat([said["phone"], said["contact_phone"]]))
    heard, kind = pair(lambda: names.read(distinct), lambda: numbers.kinds(phones, settings.relay))
    name = np.where(proxy | (heard.of(heard.surname, name) == NONE), NONE, name)
    own, other = np.split(both, 2)
    own, other = np.where(proxy, NONE, own), np.where(other == own, NONE, other)
    crowded = _crowded(own, other, account, heard.of(heard.ear, name), len(phones), settings.crowd)
    usable = np.append(kind.is_in(numbers.USABLE).to_numpy() & ~crowded, False)
    phone = [np.where(usable[p], p, NONE) for p in (own, other)]
    board = np.append((kind == "switchboard").to_numpy() | (kind.is_in(numbers.USABLE).to_numpy() & crowded), False)
    tokens, size = _tokens(service, phone, name, len(services), len(phones), heard, settings)
    hints, masked, hinted = _hints([own, other], numbers.visible(phones, kind), board, name, heard, settings)
    return Known(said["contact_id"], account, id_key, name, tokens, hints, masked, size, hinted, heard)


def _said(contacts: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """One row a contact, by contact_id; only contacts of several legs need to be grouped."""
    calls = contacts.select("contact_id", call_id="call_ids").explode("call_id").with_row_index("place")
    columns = ("contact_id", *FIELDS, "proxy")
    rows = beside(calls, identifiers, "call_id").with_columns(
        proxy=pl.col("caller_relation").cast(pl.String).str.contains("代办", literal=True).fill_null(False)
    )
    several = repeated(rows["contact_id"])
    first = (
        rows.filter(several)
        .sort("place", "leg_no")
        .group_by("contact_id")
        .agg(*(pl.col(c).drop_nulls().first() for c in FIELDS), pl.col("proxy").any())
    )
    return pl.concat([rows.filter(~several).select(columns), first.select(columns)]).sort("contact_id")


def _crowded(own: Codes, other: Codes, account: Codes, ear: Codes, size: int, crowd: int) -> Flags:
    """Phones on which more than `crowd` full names by ear, or accounts, were seen."""
    found = np.zeros(size, np.bool_)
    for said in (ear, account):
        width = int(said.max(initial=0)) + 1
        pairs = [p[(p >= 0) & (said >= 0)] * width + said[(p >= 0) & (said >= 0)] for p in (own, other)]
        found |= np.bincount(np.unique(np.concatenate(pairs)) // width, minlength=size) > crowd
    return found


def _tokens(
    service: Codes, phone: list[Codes], name: Codes, services: int, phones: int, heard: Names, settings: Identity
) -> tuple[Codes, int]:
    """The token of each slot, and how many tokens there are. A phone of several persons is one with a known person only."""
    at, who = np.concatenate(phone), np.concatenate([name, name])
    there = speakers(at, who, phones, heard, settings)
    token, size = _with_person(at, there.person(at, who), there.several, there.width)
    own, other = np.split(np.where(token == NONE, NONE, services + token), 2)
    return np.column_stack([service, own, other]), services + size


def _with_person(place: Codes, person: Codes, several: Flags, width: int) -> tuple[Codes, int]:
    """The code of each place, or of the pair of place and person where several persons are there; NONE: nobody can tell who."""
    size, split = len(several), np.append(several, False)[place]
    pairs, code = np.unique((place * width + person)[split & (person >= 0)], return_inverse=True)
    token = np.where(split, NONE, place)
    token[split & (person >= 0)] = size + code
    return token, size + len(pairs)


def _hints(
    phone: list[Codes], visible: pl.Series, board: Flags, name: Codes, heard: Names, settings: Identity
) -> tuple[Codes, Flags, int]:
    """The hint of the own and the other phone of each contact, whether it is a masked number's, and how many hints there are."""
    at, who = np.concatenate(phone), np.concatenate([name, name])
    shown, patterns = numbers.coded(visible)
    pattern, surname, ear = np.append(shown, NONE)[at], heard.of(heard.spoken, who), heard.of(heard.ear, who)
    width = len(heard.text) + 1
    masked, named = (pattern >= 0) & (surname >= 0), board[at] & (ear >= 0)
    place = np.where(masked, pattern * width + surname, np.where(named, (len(patterns) + at) * width + ear, NONE))
    distinct, code = np.unique(place, return_inverse=True)
    place = np.where(place == NONE, NONE, code)
    there = speakers(place, who, len(distinct), heard, settings)
    hint, size = _with_person(place, there.person(place, who), there.several, there.width)
    return np.column_stack(np.split(hint, 2)), np.column_stack(np.split(masked, 2)), size
