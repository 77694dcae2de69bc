"""Random small contact logs: `contacts` against its slow twin, and laws that hold whatever the log."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from laidian.contacts import contact_of, contacts, in_parts, moved, with_call_backs
from laidian.settings import Calls
from laidian.tables import Contact, Leg, Recording, empty, from_rows

from tests.drawn_legs import leg
from tests.reference_contacts import slow_contacts

MONDAY = datetime(2025, 3, 3)

# Minutes on a coarse grid, so that equal times, overlaps and gaps of exactly the redial bound are common.
rows = st.lists(
    st.fixed_dictionaries({
        "call": st.sampled_from("abcdefgh"),
        "logged": st.sampled_from([None, None, None, "x"]),
        "start": st.one_of(st.integers(0, 6), st.sampled_from([24 * 6, 24 * 6 + 1])).map(lambda n: timedelta(minutes=10 * n)),
        "lasts": st.sampled_from([None, -5, 0, 5, 10]),
        "status": st.sampled_from(["answered", "answered", "abandoned", "abandoned", "ivr_only", "test"]),
        "direction": st.sampled_from(["inbound", "inbound", "inbound", "outbound"]),
        "medium": st.sampled_from(["voice", "voice", "voice", "ivr", "chat"]),
        "phone": st.sampled_from(["p", "p", "q", None]),
        "account": st.sampled_from([None, None, "1", "2"]),
        "agent_id": st.sampled_from([None, "wang", "li"]),
        "end_reason": st.sampled_from([None, None, "断线", "客户挂机"]),
        "previous": st.sampled_from([None, None, "a1", "b1", "gone"]),
        "talk_s": st.sampled_from([None, 30.0, 600.0]),
        "queue_s": st.sampled_from([None, 300.0]),
    }),
    max_size=10,
)  # fmt: skip


def build(drawn: list[dict[str, Any]]) -> list[Leg]:
    legs, calls = [], dict[str, int]()
    for row in drawn:
        number = calls[row["call"]] = calls.get(row["call"], 0) + 1
        at = MONDAY + row["start"]
        legs.append(leg(
            row["logged"] or f"{row['call']}{number}", at, call_id=row["call"], leg_no=number, status=row["status"],
            ended_at=None if row["lasts"] is None else at + timedelta(minutes=row["lasts"]), direction=row["direction"],
            medium=row["medium"], phone=row["phone"], account=row["account"], agent_id=row["agent_id"],
            end_reason=row["end_reason"], previous_contact_id=row["previous"], talk_s=row["talk_s"], queue_s=row["queue_s"],
        )[0])  # fmt: skip
    return legs


logs = rows.map(build)


def merged(legs: list[Leg]) -> pl.DataFrame:
    return contacts(from_rows(legs, Leg), empty(Recording), Calls())


@settings(max_examples=250, deadline=None)
@given(logs)
def test_contacts_agree_with_the_slow_twin(legs: list[Leg]) -> None:
    expected = slow_contacts(legs, Calls().redial_minutes)
    found = merged(legs)
    assert [{name: row[name] for name in (expected[0] if expected else ())} for row in found.rows(named=True)] == expected


@settings(max_examples=60, deadline=None)
@given(logs, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(legs: list[Leg], shuffle: Any) -> None:
    mixed = list(legs)
    shuffle.shuffle(mixed)
    assert merged(mixed).equals(merged(legs))


@settings(max_examples=60, deadline=None)
@given(logs)
def test_every_leg_is_in_one_contact_and_every_logged_id_finds_one(legs: list[Leg]) -> None:
    found = merged(legs)
    calls = found["call_ids"].explode(empty_as_null=False).to_list()
    assert sorted(calls) == sorted({one.call_id for one in legs})
    assert found["legs"].sum() == len(legs)
    owners = contact_of(from_rows(legs, Leg), found)
    assert owners["logged_id"].to_list() == sorted({one.contact_id for one in legs})
    assert set(owners["contact_id"]) <= set(found["contact_id"])


@settings(max_examples=60, deadline=None)
@given(logs, st.integers(1, 4))
def test_a_log_read_in_parts_has_the_same_contacts(legs: list[Leg], size: int) -> None:
    table = from_rows(legs, Leg)
    made = (
        pl.concat(in_parts([partial(pl.DataFrame, part) for part in table.iter_slices(size)], empty(Recording), Calls()))
        if legs
        else empty(Contact)
    )
    whole = merged(legs)
    assert with_call_backs(made).sort("started_at", "contact_id").equals(whole)
    elsewhere = contact_of(table, whole).filter(pl.col("logged_id") != pl.col("contact_id"))
    assert moved(table, whole).equals(elsewhere)
