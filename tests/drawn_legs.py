"""Call legs drawn as tables: what a contact log says before legs are merged and customers known.

A column that is not drawn has its usual value, `-` is nothing. `leg` is the contact_id the log gives this row, `call` its
call_id (the leg's name if not drawn); legs of one call are numbered in the order drawn. `at` is month-day and time in 2025,
`s` seconds until the leg ends (60). `id` is an ID number's hash, `relation` 本人 or 代办.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from laidian.tables import Identifier, Leg, from_rows


@dataclass
class Legs:
    """Legs and what they say of the customer, a row each."""

    legs: list[Leg] = field(default_factory=list)
    identifiers: list[Identifier] = field(default_factory=list)

    def frames(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Legs, identifiers."""
        return from_rows(self.legs, Leg), from_rows(self.identifiers, Identifier)


def leg(contact_id: str, at: datetime, **more: Any) -> tuple[Leg, Identifier]:
    """An answered inbound leg of a minute, and its identifiers; `phone`, `account`, `id`, `service` … are of the identifiers."""
    said = {name: more.pop(name, None) for name in ("phone", "contact_phone", "service", "account", "id", "name", "relation")}
    call_id, leg_no = more.get("call_id", contact_id), more.get("leg_no", 1)
    usual: dict[str, Any] = dict.fromkeys((
        "previous_contact_id", "phone_masked", "name_masked", "customer_type", "hotline", "region", "agent_id", "team", "queue",
        "agent_channel", "end_reason", "wrap_code", "transferred", "queue_s", "ring_s", "talk_s", "hold_s", "wrap_s",
    ))  # fmt: skip
    usual |= {
        "call_id": call_id, "leg_no": leg_no, "contact_id": contact_id, "started_at": at, "ended_at": at + timedelta(minutes=1),
        "medium": "voice", "direction": "inbound", "status": "answered", "recordings": [], "source": "drawn",
        "phone_key": said["phone"], "contact_phone_key": said["contact_phone"], "service_key": said["service"],
        "account_key": said["account"], "id_key": said["id"], "caller_relation": said["relation"],
    }  # fmt: skip
    identifier = Identifier(
        call_id, leg_no, said["phone"], said["contact_phone"], said["service"], said["account"], said["id"], said["name"],
        said["relation"],
    )  # fmt: skip
    return Leg(**{**usual, **more}), identifier


def drawn_legs(table: str) -> Legs:
    """The legs of a drawn table. Without `at` the legs follow each other an hour apart, so nothing is a redial."""
    lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines() if line.strip()]
    drawn = Legs()
    calls: dict[str, int] = {}
    for place, cells in enumerate(lines[1:]):
        row = {name: cell for name, cell in zip(lines[0], cells, strict=True) if cell != "-"}
        name, at = row.pop("leg"), datetime(2025, 3, 3) + timedelta(hours=place)
        if "at" in row:
            at = datetime.strptime(f"2025-{row.pop('at')}", "%Y-%m-%d %H:%M")
        more: dict[str, Any] = {"call_id": row.pop("call", name), "ended_at": at + timedelta(seconds=int(row.pop("s", 60)))}
        more["leg_no"] = calls[more["call_id"]] = calls.get(more["call_id"], 0) + 1
        more |= {column: float(row.pop(column)) for column in ("talk_s", "hold_s", "wrap_s") if column in row}
        renamed = {"agent": "agent_id", "previous": "previous_contact_id", "end": "end_reason"}
        more |= {renamed.get(column, column): cell for column, cell in row.items()}
        one, said = leg(name, at, **more)
        drawn.legs.append(one)
        drawn.identifiers.append(said)
    return drawn
