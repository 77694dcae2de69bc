"""Linking drawn as tables: the logs of `drawn_contacts`, with what only linking looks at in further columns.

`service`: 业务号码. `previous`: the earlier contact the log names. `ticket`: the contact's ticket, `t2=t1` = it duplicates t1,
`t1 yes 03-11 10:00` = a return visit found the problem solved, and it was closed then. `second`: a secondary
reason, `reason/issue` with its issue. `says`: the customer's words. `link`, `kind` and `basis` are what is expected.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl
from laidian.cases import Linked, ReasonPolicy, link
from laidian.settings import Cases
from laidian.tables import Ticket, from_rows

from tests.drawn_contacts import Log, drawn, reason

POLICY = {
    "net.fault": ReasonPolicy(14, False),
    "net.move": ReasonPolicy(21, False),
    "net.balance": ReasonPolicy(30, True),
    "bank.card": ReasonPolicy(7, False),
}
SECRET = b"a secret of the tests"


def ticket(ticket_id: str, contact_id: str | None, **more: Any) -> Ticket:
    """A closed or open ticket; what is not said is unknown."""
    usual = {
        "phone_key": None, "account_key": None, "opened_at": datetime(2025, 1, 1), "promised_by": None, "closed_at": None,
        "status": None, "department": None, "reason": None, "reopened": None, "urged": None, "duplicate_of": None,
        "visit_result": None, "level": None,
    }  # fmt: skip
    return Ticket(**{"ticket_id": ticket_id, "contact_id": contact_id, **usual, **more})


def cells(table: str) -> list[dict[str, str]]:
    """The rows of a drawn table without the cells that say nothing."""
    lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines() if line.strip()]
    return [{k: v for k, v in zip(lines[0], row, strict=True) if v != "-"} for row in lines[1:]]


def linked(table: str, **settings: float) -> tuple[Linked, Log]:
    """What linking makes of a drawn log, and the log with what was drawn as expected."""
    rows, log = cells(table), drawn(table)
    tickets = [t for row in rows if "ticket" in row for t in _tickets(row)]
    before = {row["contact"]: row.get("previous") for row in rows}
    log.contacts = [
        replace(c, previous_contact_id=before.get(c.contact_id), status="answered" if c.excluded == "outbound" else c.status)
        for c in log.contacts
    ]
    for row in rows:
        if "second" in row:
            name, _, issue = row["second"].partition("/")
            more = {"issue": f"{name}.{issue}" if issue else None, "primary": False, "score": 0.5}
            log.reasons.append(reason(row["contact"], name, **more))
    contacts, customers, _, _, reasons, cues, _ = log.frames()
    return link(
        contacts, customers, reasons, cues, frame({r["contact"]: r["says"] for r in rows if "says" in r}, "text"),
        from_rows(tickets, Ticket), POLICY, Cases(**settings), SECRET,
        frame({r["contact"]: r["service"] for r in rows if "service" in r}, "service_key"),
    ), log  # fmt: skip


def frame(values: dict[str, str], column: str) -> pl.DataFrame:
    """contact_id and one column of text."""
    return pl.DataFrame(
        {"contact_id": list(values), column: list(values.values())}, schema={"contact_id": pl.String, column: pl.String}
    )


def _tickets(row: dict[str, str]) -> list[Ticket]:
    name, _, rest = row["ticket"].partition(" ")
    own, _, of = name.partition("=")
    visit, _, closed = rest.partition(" ")
    more: dict[str, Any] = {"duplicate_of": of or None, "visit_result": visit or None}
    if closed:
        more["closed_at"] = datetime.strptime(f"2025-{closed}", "%Y-%m-%d %H:%M")
    return [ticket(own, row["contact"], **more)]
