"""Promises and tickets through a whole night of a log without audio: who came within the promised time."""

from datetime import date
from pathlib import Path

import pytest
from laidian import steps, store, workspace
from laidian.tables import Case, Link, Promise

FIRST, LAST = date(2025, 3, 3), date(2025, 3, 7)

CONTACTS = """contact_id,started_at,ended_at,phone,wrap_code,call_id,leg_no
A1,2025-03-03T09:00,2025-03-03T09:05,13900000201,宽带断网,A1,1
A2,2025-03-03T15:00,2025-03-03T15:05,13900000201,宽带断网,A2,1
A3,2025-03-05T09:00,2025-03-05T09:05,13900000201,宽带断网,A3,1
B1,2025-03-03T10:00,2025-03-03T10:02,13900000202,,B1,1
B1b,2025-03-03T10:03,2025-03-03T10:09,13900000202,,B1,2
B2,2025-03-06T10:00,2025-03-06T10:05,13900000202,,B2,1
C2,2025-03-06T11:00,2025-03-06T11:05,13900000203,,C2,1
"""
TICKETS = """ticket_id,contact_id,phone,opened_at,promised_by,closed_at,duplicate_of,visit_result
T1,B1b,,2025-03-03T10:08,2025-03-05T18:00,,,
T2,B2,,2025-03-06T10:04,,,T1,
T3,,13900000203,2025-03-04T12:00,2025-03-06T18:00,,,
T4,C2,,2025-03-06T11:04,,,T3,
"""
SAID = (
    '{"contact_id": "A1", "turns": [{"role": "customer", "text": "宽带断网了"}, '
    '{"role": "agent", "text": "二十四小时之内会有专员给您回电"}]}\n'
)


@pytest.fixture
def night(tmp_path: Path) -> Path:
    root, files = tmp_path / "workspace", tmp_path
    workspace.create(root)
    (root / "laidian.toml").write_text('legs = "rows"\n', encoding="utf-8")
    for kind, name, text in (
        ("contacts", "contacts.csv", CONTACTS), ("tickets", "tickets.csv", TICKETS), ("transcripts", "said.jsonl", SAID),
    ):  # fmt: skip
        (files / name).write_text(text, encoding="utf-8")
        taken = steps.take(root, kind, files / name)  # type: ignore[arg-type]
        assert taken.rejected == 0
    for day in steps.days_between(FIRST, LAST):
        for stage in steps.DAY_STAGES:
            stage(root, day)
    steps.group(root)
    steps.link(root)
    return root


def test_links_tell_who_came_within_the_promised_time(night: Path) -> None:
    told = store.read(night, Promise).select("contact_id", "source", "said").rows()
    assert told == [("A1", "spoken", "二十四小时"), ("B1", "ticket", None), ("ticket-T3", "ticket", None)]
    links = store.read(night, Link).select("contact_id", "earlier_contact_id", "in_promise").rows()
    assert links == [
        ("A2", "A1", True),
        ("A3", "A2", False),  # what A1 was told stands for the case
        ("B2", "B1", False),  # the ticket was opened on the second leg
        ("C2", "ticket-T3", True),  # a ticket of self-service is a contact with a promise of its own
    ]


def test_tickets_join_by_the_contact_that_their_leg_is_part_of_and_self_service_by_its_own(night: Path) -> None:
    basis = dict(store.read(night, Link).select("contact_id", "basis").iter_rows())
    assert basis["B2"] == basis["C2"] == ["customer", "ticket"]
    assert store.read(night, Case).height == 3
