"""Contact logs drawn as tables, so that an analyst can read a test.

A column that is not drawn has its usual value. `at` is month-day and time in 2025, `minutes` the length (5), `-` is nothing.
`link`: `a` = a repeat of a, in its case; `(a)` = in a's case but no repeat (the centre's call-back); `!a` = linked to a as a
repeat but a case of its own (the fault came back after a repair). `cue`: kind of a cue the customer speaks, `agent:kind` =
the agent speaks it. `outside`: why the contact is not in the population.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from laidian.tables import Case, Contact, Cue, Customer, Link, Promise, Reason, Row, Survey, from_rows


@dataclass
class Log:
    """All tables a figure reads, as lists of rows."""

    contacts: list[Contact] = field(default_factory=list)
    customers: list[Customer] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    cues: list[Cue] = field(default_factory=list)
    surveys: list[Survey] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)

    def frames(self) -> tuple[pl.DataFrame, ...]:
        """In the order in which `measures` takes them; the promises go by name."""
        kinds: tuple[tuple[list[Any], type[Row]], ...] = (
            (self.contacts, Contact), (self.customers, Customer), (self.links, Link), (self.cases, Case),
            (self.reasons, Reason), (self.cues, Cue), (self.surveys, Survey),
        )  # fmt: skip
        return tuple(from_rows(rows, kind) for rows, kind in kinds)


def contact(contact_id: str, at: datetime, ended_at: datetime, **more: Any) -> Contact:
    """A contact in the population unless `excluded` says why not."""
    usual = {
        "contact_id": contact_id, "day": at.date(), "started_at": at, "ended_at": ended_at, "call_ids": [contact_id], "legs": 1,
        "previous_contact_id": None, "medium": "voice", "direction": "inbound", "status": "answered", "phone_key": None,
        "phone_masked": None, "customer_type": None, "caller_relation": None, "hotline": None, "region": None, "agent_id": None,
        "last_agent_id": None, "team": None, "queue": None, "transferred": False, "wrap_code": None, "end_reason": None,
        "handled_s": None, "recordings": [], "faulty": False, "excluded": None,
    }  # fmt: skip
    return Contact(**{**usual, "in_population": more.get("excluded") is None, **more})


def reason(contact_id: str, name: str, **more: Any) -> Reason:
    """The primary reason of a contact."""
    usual = {"issue": None, "score": 0.9, "primary": True, "source": "rules", "recording_no": None, "turn": None}
    return Reason(**{"contact_id": contact_id, "reason": name, **usual, **more})


def cue(contact_id: str, kind: str, **more: Any) -> Cue:
    """A cue the customer speaks in the first turn of the first recording."""
    usual = {
        "recording_no": 1, "turn": 0, "begin": 0, "finish": 2, "speaker": "customer", "start": 0.0, "span": "■■",
        "prior_contacts": None, "when": None, "score": 0.8, "basis": "drawn",
    }  # fmt: skip
    return Cue(**{"contact_id": contact_id, "kind": kind, **usual, **more})


def drawn(table: str, opens: str = "01-01") -> Log:
    """The log of a drawn table. It opens on the day `opens`, when a test call of nobody's came in."""
    lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines() if line.strip()]
    rows = [dict(zip(lines[0], cells, strict=True)) for cells in lines[1:]]
    first = datetime.strptime(f"2025-{opens}", "%Y-%m-%d")
    log = Log(contacts=[contact("opens", first, first, excluded="test", status="test")])
    cases: dict[str, list[str]] = {}
    for row in rows:
        _add(log, {name: cell for name, cell in row.items() if cell != "-"}, cases)
    log.cases = [_case(log, ids) for ids in {id(ids): ids for ids in cases.values()}.values()]
    return log


def _add(log: Log, row: dict[str, str], cases: dict[str, list[str]]) -> None:
    name = row["contact"]
    at = datetime.strptime(f"2025-{row['at']}", "%Y-%m-%d %H:%M")
    plain = {
        "direction": "direction", "phone": "phone_key", "outside": "excluded", "team": "team", "medium": "medium",
        "customer_type": "customer_type", "agent": "agent_id", "queue": "queue",
    }  # fmt: skip
    more: dict[str, Any] = {column: row[drawn] for drawn, column in plain.items() if drawn in row}
    more |= {flag: row.get(flag) == "yes" for flag in ("faulty", "transferred")}
    more |= {"recordings": [f"{name}.wav"] if row.get("recorded") == "yes" else []}
    more |= {"call_ids": row.get("calls", name).split()}
    log.contacts.append(contact(name, at, at + timedelta(minutes=int(row.get("minutes", 5))), **more))
    key = row.get("customer")
    log.customers.append(Customer(name, key or f"nobody-{name}", ["phone"] if key else [], key is not None))
    if "reason" in row:
        issue = f"{row['reason']}.{row['issue']}" if "issue" in row else None
        log.reasons.append(reason(name, row["reason"], issue=issue, source=row.get("source", "rules")))
    if "cue" in row:
        speaker, _, kind = row["cue"].rpartition(":")
        log.cues.append(cue(name, kind, speaker=speaker or "customer"))
    if "resolved" in row or "first" in row:
        log.surveys.append(Survey(row.get("survey_of", name), at, row.get("resolved"), row.get("first"), None, None, None))
    _link(log, name, row.get("link"), cases)


def _link(log: Log, name: str, link: str | None, cases: dict[str, list[str]]) -> None:
    earlier = link.strip("()!") if link else None
    if link is None or link.startswith("!"):
        cases[name] = [name]
    else:
        cases[name] = cases[str(earlier)]
        cases[name].append(name)
    if earlier is not None:
        key = log.customers[-1].customer_key
        log.links.append(Link(name, earlier, key, "same_problem", ["reason"], 0.9, 0.0, not str(link).startswith("(")))


def _case(log: Log, ids: list[str]) -> Case:
    by_id = {c.contact_id: c for c in log.contacts}
    key = next(c.customer_key for c in log.customers if c.contact_id == ids[0])
    first, last = by_id[ids[0]].started_at, by_id[ids[-1]].started_at
    return Case(f"case-{ids[0]}", key, None, None, first, last, len(ids), 0, ids, False)


def day(text: str) -> date:
    """`03-10` -> that day of 2025."""
    return datetime.strptime(f"2025-{text}", "%Y-%m-%d").date()
