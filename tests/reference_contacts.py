"""The slow twin of `contacts`: plain loops over calls, written from its docstring and fcr_method's «Population»."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from laidian.contacts import DROPPED, SELF_SERVICE, STATUSES
from laidian.tables import Leg


def _ends(leg: Leg) -> datetime:
    if leg.ended_at is not None:
        return max(leg.started_at, leg.ended_at)
    spent = (leg.talk_s, leg.hold_s) if leg.status == "answered" else (leg.queue_s, leg.ring_s)
    return leg.started_at + timedelta(seconds=sum(s or 0 for s in spent))


def _first(values: Sequence[Any]) -> Any:
    return next((v for v in values if v is not None), None)


@dataclass
class Approach:
    """Legs that are one approach, in order."""

    legs: list[Leg]

    @property
    def logged(self) -> str:
        return self.legs[0].contact_id

    @property
    def started_at(self) -> datetime:
        return min(leg.started_at for leg in self.legs)

    @property
    def ended_at(self) -> datetime:
        return max(map(_ends, self.legs))

    @property
    def status(self) -> str:
        return min((leg.status for leg in self.legs), key=STATUSES.index)

    @property
    def direction(self) -> str:
        return self.legs[0].direction

    @property
    def medium(self) -> str:
        return next((leg.medium for leg in self.legs if leg.status == "answered"), self.legs[0].medium)

    def said(self, column: str) -> Any:
        return _first([getattr(leg, column) for leg in self.legs])

    @property
    def excluded(self) -> str | None:
        if self.status in ("test", "nuisance"):
            return self.status
        if self.direction == "outbound":
            return "outbound"
        if self.medium in SELF_SERVICE:
            return "self_service"
        return None if self.status == "answered" else self.status


def approaches(legs: Sequence[Leg], redial_minutes: float) -> list[Approach]:
    """Calls with their legs, calls of one logged contact together, redials merged; in order of start."""
    calls: dict[str, list[Leg]] = {}
    for leg in sorted(legs, key=lambda x: (x.call_id, x.leg_no)):
        calls.setdefault(leg.call_id, []).append(leg)
    logged: dict[str, list[list[Leg]]] = {}
    for call in sorted(calls.values(), key=lambda c: (min(x.started_at for x in c), c[0].call_id)):
        logged.setdefault(call[0].contact_id, []).append(call)
    units = [Approach([leg for call in several for leg in call]) for several in logged.values()]
    units.sort(key=lambda u: (u.started_at, u.logged))
    made: list[Approach] = []
    last: dict[str, tuple[Approach, Approach]] = {}  # phone -> its last unit and the approach that took it in
    for unit in units:
        phone = unit.said("phone_key")
        before, into = last.get(phone, (None, None)) if phone else (None, None)
        if before is not None and into is not None and _redial(before, unit, redial_minutes):
            into.legs += unit.legs
        else:
            into = Approach(list(unit.legs))
            made.append(into)
        if phone:
            last[phone] = (unit, into)
    return sorted(made, key=lambda a: (a.started_at, a.logged))


def _redial(before: Approach, unit: Approach, minutes: float) -> bool:
    def demand(one: Approach) -> bool:
        by_phone = all(leg.medium in ("voice", "ivr") for leg in one.legs)
        return one.direction == "inbound" and by_phone and one.status not in ("test", "nuisance")

    reasons = [leg.end_reason for leg in before.legs if leg.end_reason is not None]
    unserved = before.status == "abandoned" or bool(reasons and re.search(DROPPED, reasons[-1]))
    strangers = any(
        before.said(c) is not None and unit.said(c) is not None and before.said(c) != unit.said(c)
        for c in ("account_key", "id_key")
    )
    soon = unit.started_at - before.ended_at <= timedelta(minutes=minutes)
    return demand(before) and demand(unit) and unserved and soon and not strangers


def slow_contacts(legs: Sequence[Leg], redial_minutes: float) -> list[dict[str, Any]]:
    """What `contacts` must say of each, in order of start, without what hangs on recordings."""
    made = approaches(legs, redial_minutes)
    owner = {leg.contact_id: a.logged for a in reversed(made) for leg in reversed(a.legs)}
    return [_row(a, None if _answers(a, made) else a.excluded, owner) for a in made]


def _row(a: Approach, excluded: str | None, owner: dict[str, str]) -> dict[str, Any]:
    served = [leg.agent_id for leg in a.legs if leg.status == "answered" and leg.agent_id is not None]
    named = served or [leg.agent_id for leg in a.legs if leg.agent_id is not None]
    earlier = [owner.get(p, p) for leg in a.legs if (p := leg.previous_contact_id) is not None]
    answered: dict[str, int] = {}
    for leg in a.legs:
        answered[leg.call_id] = answered.get(leg.call_id, 0) + (leg.status == "answered")
    spent = [s for leg in a.legs for s in (leg.talk_s, leg.hold_s, leg.wrap_s) if s is not None]
    return {
        "contact_id": a.logged, "started_at": a.started_at, "ended_at": a.ended_at, "legs": len(a.legs), "status": a.status,
        "call_ids": list(dict.fromkeys(leg.call_id for leg in a.legs)), "medium": a.medium, "direction": a.direction,
        "previous_contact_id": _first([e for e in earlier if e != a.logged]), "phone_key": a.said("phone_key"),
        "agent_id": _first(named), "last_agent_id": _first(named[::-1]), "excluded": excluded, "in_population": excluded is None,
        "transferred": any(n > 1 for n in answered.values()) or any(leg.transferred for leg in a.legs),
        "handled_s": sum(spent) if spent else None,
    }  # fmt: skip


def _answers(call: Approach, made: Sequence[Approach]) -> bool:
    """Is it the centre's answered call, within 24 hours, to a phone whose last demand was abandoned and not served since?"""
    phone = call.said("phone_key")
    if phone is None or call.direction != "outbound" or call.status != "answered":
        return False
    before = [a for a in made if a.said("phone_key") == phone and (a.started_at, a.logged) < (call.started_at, call.logged)]
    told = [a for a in before if a.excluded in (None, "abandoned") or (a.excluded == "outbound" and a.status == "answered")]
    if not told or told[-1].excluded != "abandoned":
        return False
    return call.started_at - told[-1].ended_at <= timedelta(hours=24)
