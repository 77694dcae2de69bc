"""What one contact is, drawn as call legs an analyst can check by hand."""

import polars as pl
import pytest
from laidian.contacts import contact_of, contacts, services
from laidian.settings import Calls
from laidian.tables import Contact, Leg, Recording, check, empty

from tests.drawn_legs import drawn_legs


def merged(table: str, recordings: pl.DataFrame | None = None) -> pl.DataFrame:
    legs, _ = drawn_legs(table).frames()
    return check(contacts(legs, empty(Recording) if recordings is None else recordings, Calls()), Contact)


def column(table: pl.DataFrame, name: str) -> dict[str, object]:
    return dict(table.select("contact_id", name).iter_rows())


# --- legs and redials ----------------------------------------------------------------------------------------------------


def test_the_legs_of_one_call_are_one_contact_and_its_first_agent_answers_for_it() -> None:
    found = merged("""
        leg | call | at          | agent
        a   | a    | 03-03 09:00 | wang
        a2  | a    | 03-03 09:02 | li
        b   | b    | 03-03 10:00 | li
    """)
    assert column(found, "legs") == {"a": 2, "b": 1}
    assert column(found, "agent_id") == {"a": "wang", "b": "li"}
    assert column(found, "last_agent_id") == {"a": "li", "b": "li"}
    assert column(found, "transferred") == {"a": True, "b": False}


@pytest.mark.parametrize(
    ("status", "end", "again", "one"),
    [
        ("abandoned", "-", "03-03 09:11", True),  # rang off at 09:01, ten minutes later to the minute
        ("abandoned", "-", "03-03 09:12", False),
        ("answered", "断线", "03-03 09:02", True),
        ("answered", "Call Dropped", "03-03 09:02", True),
        ("answered", "客户挂机", "03-03 09:02", False),  # served and rung off: calling again is another contact
        ("test", "断线", "03-03 09:02", False),
    ],
)
def test_a_redial_within_ten_minutes_of_a_drop_is_the_same_contact(status: str, end: str, again: str, one: bool) -> None:
    found = merged(f"""
        leg | at          | phone       | status   | end
        a   | 03-03 09:00 | 13800138000 | {status} | {end}
        b   | {again}     | 13800138000 | answered | -
    """)
    assert column(found, "call_ids") == ({"a": ["a", "b"]} if one else {"a": ["a"], "b": ["b"]})


def test_a_chain_of_redials_is_one_contact_from_the_first_try_to_the_last_word() -> None:
    found = merged("""
        leg | at          | s   | phone       | status
        a   | 03-03 09:00 | 60  | 13800138000 | abandoned
        b   | 03-03 09:09 | 60  | 13800138000 | abandoned
        c   | 03-03 09:19 | 300 | 13800138000 | answered
    """)
    row = found.row(0, named=True)
    assert (found.height, row["contact_id"], row["status"], row["in_population"]) == (1, "a", "answered", True)
    assert f"{row['started_at']:%H:%M}" == "09:00" and f"{row['ended_at']:%H:%M}" == "09:24"


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [("A1", "A1", True), ("A1", "A2", False), ("A1", "-", True), ("-", "A2", True)],
)
def test_a_redial_on_another_account_is_another_customer(first: str, second: str, one: bool) -> None:
    found = merged(f"""
        leg | at          | phone       | status    | account
        a   | 03-03 09:00 | 057181234567 | abandoned | {first}
        b   | 03-03 09:03 | 057181234567 | answered  | {second}
    """)
    assert found.height == (1 if one else 2)


def test_only_calls_by_phone_are_redials_and_no_number_no_redial() -> None:
    found = merged("""
        leg | at          | phone       | status    | medium | direction
        a   | 03-03 09:00 | 13800138000 | abandoned | voice  | inbound
        b   | 03-03 09:03 | 13800138000 | answered  | chat   | inbound
        c   | 03-03 10:00 | -           | abandoned | voice  | inbound
        d   | 03-03 10:03 | -           | answered  | voice  | inbound
        e   | 03-03 11:00 | 13900139000 | abandoned | voice  | inbound
        f   | 03-03 11:03 | 13900139000 | answered  | voice  | outbound
    """)
    assert sorted(found["contact_id"]) == list("abcdef")


def test_what_hangs_on_a_logged_id_finds_its_contact() -> None:
    legs, _ = drawn_legs("""
        leg | call | at          | phone       | status    | service
        a   | a    | 03-03 09:00 | 13800138000 | abandoned | -
        b   | b    | 03-03 09:02 | 13800138000 | answered  | ad001
        b2  | b    | 03-03 09:04 | 13800138000 | answered  | ad002
        c   | c    | 03-03 12:00 | 13800138000 | answered  | -
    """).frames()
    found = contacts(legs, empty(Recording), Calls())
    assert dict(contact_of(legs, found).iter_rows()) == {"a": "a", "b": "a", "b2": "a", "c": "c"}
    assert dict(services(legs, found).iter_rows()) == {"a": "ad001"}


def test_a_previous_contact_that_was_merged_is_named_by_its_contact() -> None:
    found = merged("""
        leg | at          | phone       | status    | previous
        a   | 03-03 09:00 | 13800138000 | abandoned | -
        b   | 03-03 09:02 | 13800138000 | answered  | a
        c   | 03-05 09:00 | 13800138000 | answered  | b
    """)
    assert column(found, "previous_contact_id") == {"a": None, "c": "a"}


# --- who is counted ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "direction", "medium", "why"),
    [
        ("answered", "inbound", "voice", None),
        ("answered", "inbound", "chat", None),
        ("answered", "inbound", "bot", "self_service"),
        ("answered", "inbound", "app", "self_service"),
        ("abandoned", "inbound", "voice", "abandoned"),
        ("ivr_only", "inbound", "ivr", "self_service"),
        ("ivr_only", "inbound", "voice", "ivr_only"),
        ("test", "inbound", "voice", "test"),
        ("nuisance", "outbound", "voice", "nuisance"),
        ("answered", "outbound", "voice", "outbound"),
    ],
)
def test_the_population_is_demands_served_by_a_person(status: str, direction: str, medium: str, why: str | None) -> None:
    found = merged(f"""
        leg | phone       | status   | direction   | medium
        a   | 13800138000 | {status} | {direction} | {medium}
    """)
    assert (found["excluded"][0], found["in_population"][0]) == (why, why is None)


@pytest.mark.parametrize(
    ("called", "between", "counted"),
    [
        ("03-04 09:01", "-", True),  # rang off at 09:01: a day later to the minute
        ("03-04 09:02", "-", False),
        ("03-03 12:00", "answered", False),  # the customer was served in the meantime: the demand is no longer open
        ("03-03 12:00", "ivr_only", True),
    ],
)
def test_a_call_back_that_answers_an_abandoned_call_is_that_demands_first(called: str, between: str, counted: bool) -> None:
    again = "" if between == "-" else f"b | 03-03 10:00 | 13800138000 | {between} | inbound"
    found = merged(f"""
        leg | at          | phone       | status    | direction
        a   | 03-03 09:00 | 13800138000 | abandoned | inbound
        {again}
        c   | {called}    | 13800138000 | answered  | outbound
    """)
    assert column(found, "in_population")["c"] is counted


def test_only_the_first_call_back_answers_and_only_if_somebody_picks_up() -> None:
    found = merged("""
        leg | at          | phone       | status    | direction
        a   | 03-03 09:00 | 13800138000 | abandoned | inbound
        b   | 03-03 10:00 | 13800138000 | abandoned | outbound
        c   | 03-03 11:00 | 13800138000 | answered  | outbound
        d   | 03-03 12:00 | 13800138000 | answered  | outbound
        e   | 03-03 11:00 | 13900139000 | answered  | outbound
    """)
    assert [c for c, inside in column(found, "in_population").items() if inside] == ["c"]


def test_no_legs_no_contacts() -> None:
    assert contacts(empty(Leg), empty(Recording), Calls()).equals(empty(Contact))
