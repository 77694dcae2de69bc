"""Understood rows of a contact log, and tickets of self-service -> legs and their identifiers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import polars as pl

from laidian.ingest.cells import Refused, Understood
from laidian.ingest.values import masked_name, masked_phone
from laidian.pseudonym import keyed_hash
from laidian.tables import Identifier, Leg, schema

_LEG_COLUMNS = tuple(schema(Leg).names())
_IDENTIFIER_COLUMNS = tuple(schema(Identifier).names())
_PLAIN = tuple(
    name
    for name in _LEG_COLUMNS
    if name not in {"call_id", "leg_no", "ended_at", "recordings", "source", "phone_masked", "name_masked"}
    and not name.endswith("_key")
)
"""Columns of a leg that are taken over as read."""


@dataclass(frozen=True, slots=True)
class Legs:
    """Legs and their identifiers (as many, same keys), the rows refused, and how many repeated another row exactly."""

    legs: pl.DataFrame
    identifiers: pl.DataFrame
    refused: list[Refused]
    duplicates: int


def build_legs(rows: Sequence[Understood], name: str, mode: Literal["contacts", "rows"], secret: bytes) -> Legs:
    """Legs of one contact log.

    Args:
        rows: of kind contacts, in any order.
        name: the file's name, for `source`.
        mode: `rows` numbers the legs of a call by start where the log does not; `contacts` takes each for leg 1.
        secret: the workspace's key.
    """
    refused: list[Refused] = []
    kept: dict[tuple[str, int], tuple[dict[str, Any], dict[str, Any]]] = {}
    first_line: dict[tuple[str, int], int] = {}
    duplicates = 0
    usable = []
    for row in rows:
        if reason := _impossible(row.values):
            refused.append(Refused(row.line, reason, row.cells))
        else:
            usable.append(row)
    numbered, duplicates = _numbered(usable, mode)
    for row, leg_no in numbered:
        leg, identifier = leg_of(row.values, leg_no, secret)
        key = (leg["call_id"], leg_no)
        if key not in kept:
            kept[key], first_line[key] = (leg, identifier), row.line
        elif kept[key] == (leg, identifier):
            duplicates += 1
        else:
            hint = (
                '; if rows are legs, set legs = "rows" in laidian.toml'
                if mode == "contacts" and row.values.get("leg_no") is None
                else ""
            )
            refused.append(
                Refused(row.line, f"duplicate leg: differs from line {first_line[key]} of the same call and leg{hint}", row.cells)
            )
    for key, (leg, _) in kept.items():
        leg["source"] = f"{name}:{first_line[key]}"
    return Legs(*frames(kept.values()), refused, duplicates)


def frames(pairs: Iterable[tuple[dict[str, Any], dict[str, Any]]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Legs and identifiers as tables, sorted by key."""
    legs, identifiers = [], []
    for leg, identifier in pairs:
        legs.append(tuple(map(leg.__getitem__, _LEG_COLUMNS)))
        identifiers.append(tuple(map(identifier.__getitem__, _IDENTIFIER_COLUMNS)))
    return (
        pl.DataFrame(legs, schema=schema(Leg), orient="row").sort(Leg.KEY),
        pl.DataFrame(identifiers, schema=schema(Identifier), orient="row").sort(Identifier.KEY),
    )


def _impossible(row: dict[str, Any]) -> str | None:
    if row.get("ended_at") is not None and row["ended_at"] < row["started_at"]:
        return "ended_at: before started_at"
    return None


def _numbered(rows: Sequence[Understood], mode: Literal["contacts", "rows"]) -> tuple[list[tuple[Understood, int]], int]:
    """Every row with its leg number, in order of line; and how many rows without a number repeated another one exactly."""
    if mode == "contacts":
        return [(row, 1 if row.values.get("leg_no") is None else row.values["leg_no"]) for row in rows], 0
    numbered: list[tuple[Understood, int]] = []
    waiting: dict[str, dict[str, Understood]] = {}
    taken: dict[str, set[int]] = {}
    duplicates = 0
    for row in rows:
        call_id = row.values.get("call_id") or row.values["contact_id"]
        if (leg_no := row.values.get("leg_no")) is not None:
            numbered.append((row, leg_no))
            taken.setdefault(call_id, set()).add(leg_no)
        else:
            same_call = waiting.setdefault(call_id, {})
            fingerprint = repr(sorted(row.values.items()))
            duplicates += fingerprint in same_call
            same_call.setdefault(fingerprint, row)
    for call_id, same_call in waiting.items():
        used = taken.get(call_id, set())
        free = (n for n in range(1, len(same_call) + len(used) + 1) if n not in used)
        by_start = sorted(same_call.items(), key=lambda item: (item[1].values["started_at"], item[0]))
        numbered += [(row, n) for (_, row), n in zip(by_start, free, strict=False)]
    return sorted(numbered, key=lambda pair: pair[0].line), duplicates


def leg_of(row: dict[str, Any], leg_no: int, secret: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """One row as the columns of Leg (without `source`) and of Identifier."""
    call_id = row.get("call_id") or row["contact_id"]
    phone, name = _customer_phone(row), row.get("customer_name")
    id_key = row.get("id_number") or key_of(secret, "id_hash", row.get("id_hash"))
    ended_at = row.get("ended_at")
    if ended_at is None and row.get("duration_s") is not None:
        ended_at = row["started_at"] + timedelta(seconds=row["duration_s"])
    leg = {column: row.get(column) for column in _PLAIN}
    leg |= {
        "call_id": call_id, "leg_no": leg_no, "ended_at": ended_at, "recordings": row.get("recording") or [], "id_key": id_key,
        "phone_key": key_of(secret, "phone", phone), "phone_masked": masked_phone(phone) if phone else None,
        "contact_phone_key": key_of(secret, "phone", row.get("contact_phone")),
        "service_key": key_of(secret, "service", row.get("service_number")),
        "account_key": key_of(secret, "account", row.get("account_id")), "name_masked": masked_name(name) if name else None,
    }  # fmt: skip
    leg["medium"] = leg["medium"] or "voice"
    leg["direction"] = leg["direction"] or "inbound"
    leg["status"] = leg["status"] or "answered"
    identifier = {
        "call_id": call_id, "leg_no": leg_no, "phone": phone, "contact_phone": row.get("contact_phone"),
        "service_number": row.get("service_number"), "account_id": row.get("account_id"), "id_key": id_key,
        "customer_name": name, "caller_relation": row.get("caller_relation"),
    }  # fmt: skip
    return leg, identifier


def _customer_phone(row: dict[str, Any]) -> str | None:
    """`phone` where the log gives it; else the far end: the caller of an inbound, the callee of an outbound contact."""
    if row.get("phone") is not None:
        return str(row["phone"])
    number = row.get("callee" if row.get("direction") == "outbound" else "caller")
    return None if number is None else str(number)


def key_of(secret: bytes, kind: str, value: str | None) -> str | None:
    """The keyed hash of a normalised identifier; None for none, and for a masked number, which many people share."""
    return keyed_hash(secret, kind, value) if value and "*" not in value else None
