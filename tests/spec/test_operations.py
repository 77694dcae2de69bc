"""Operational figures an analyst can check by hand: which calls count, what they are divided by, and what is left out."""

import json
from datetime import date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laidian.operations import CONTACTS_PER_CASE, DEFINITIONS, operations
from laidian.settings import Operations
from laidian.tables import Case, Contact, Leg, empty, from_rows, schema

from tests.drawn_contacts import drawn

DAY = date(2025, 3, 3)
NUMBERS = ("queue_s", "ring_s", "talk_s", "hold_s", "wrap_s")

# within 20 s: answered c1, c2 (20 exactly); late: c3; abandoned: c4; too early: c5; second leg of c2: transferred
CALLS = """
call | leg | status    | direction | queue | agent | queue_s | ring_s | talk_s | hold_s | wrap_s
c1   | 1   | answered  | inbound   | fault | a1    | 5       | 3      | 100    | 20     | 30
c2   | 1   | answered  | inbound   | fault | a1    | 18      | 2      | 200    | -      | -
c2   | 2   | answered  | inbound   | fault | a2    | 60      | 1      | 60     | -      | 40
c3   | 1   | answered  | inbound   | bills | a2    | 30      | -      | 90     | 0      | 10
c4   | 1   | abandoned | inbound   | bills | -     | 45      | -      | -      | -      | -
c5   | 1   | abandoned | inbound   | bills | -     | 2       | -      | -      | -      | -
c6   | 1   | answered  | outbound  | -     | a1    | -       | -      | 60     | -      | 0
c7   | 1   | ivr_only  | inbound   | -     | -     | -       | -      | -      | -      | -
c8   | 1   | test      | inbound   | fault | a1    | 0       | 0      | 5      | -      | -
"""


def legs(table: str, **changed: Any) -> list[dict[str, Any]]:
    lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    made = []
    for cells in lines[1:]:
        row = {name: None if cell == "-" else cell for name, cell in zip(lines[0], cells, strict=True)}
        numbers = {name: None if row[name] is None else float(row[name]) for name in NUMBERS}
        usual = dict.fromkeys(schema(Leg).names()) | {
            "medium": "voice",
            "recordings": [],
            "source": "drawn",
            "transferred": False,
        }
        made.append(usual | {
            "call_id": row["call"], "contact_id": row["call"], "leg_no": int(row["leg"] or 1), "status": row["status"],
            "direction": row["direction"], "queue": row["queue"], "agent_id": row["agent"], "started_at": datetime(2025, 3, 3, 9),
        } | numbers | changed)  # fmt: skip
    return made


def found(
    rows: list[dict[str, Any]], settings: Operations | None = None, by: str = "all"
) -> dict[tuple[str, str], dict[str, Any]]:
    table = from_rows([Leg(**row) for row in rows], Leg)
    made = operations(table, from_rows([], Case), from_rows([], Contact), (DAY, DAY), settings or Operations())
    return {(r["definition"], r["group"]): r for r in made.iter_rows(named=True) if r["group_by"] == by}


@pytest.mark.parametrize(
    ("definition", "numerator", "denominator", "excluded"),
    [
        ("answer_rate", 3, 4, {"abandoned_early": 1}),
        ("service_level", 2, 4, {"abandoned_early": 1}),
        ("abandonment", 1, 4, {"abandoned_early": 1}),
        ("speed_of_answer", 8 + 20 + 30, 3, {}),  # the first leg's waiting: what happens in a transfer is no queue
        ("handle_time", 150 + 300 + 100 + 60, 4, {}),  # c6, a call-back, is handled too
        ("talk_time", 100 + 260 + 90 + 60, 4, {}),
        ("hold_time", 20 + 0, 2, {"not_logged": 2}),
        ("wrap_time", 30 + 40 + 10 + 0, 4, {}),
        ("transferred_calls", 1, 4, {}),
    ],
)
def test_a_figure_is_what_is_counted_by_hand(
    definition: str, numerator: float, denominator: int, excluded: dict[str, int]
) -> None:
    row = found(legs(CALLS))[definition, "all"]
    assert (row["numerator"], row["denominator"], json.loads(row["excluded"])) == (numerator, denominator, excluded)
    assert row["value"] == pytest.approx(numerator / denominator)
    assert row["low"] <= row["value"] <= row["high"]


def test_the_seconds_are_the_settings() -> None:
    rows = found(legs(CALLS), Operations(answer_within_s=7, early_abandon_s=0))
    assert (rows["service_level", "all"]["numerator"], rows["service_level", "all"]["denominator"]) == (0, 5)
    assert rows["abandonment", "all"]["numerator"] == 2


def test_a_log_without_the_columns_has_no_value_and_says_so() -> None:
    rows = found(legs(CALLS, **dict.fromkeys(NUMBERS)))
    for name in ("service_level", "speed_of_answer", "handle_time", "talk_time", "hold_time", "wrap_time"):
        row = rows[name, "all"]
        if name != "service_level":  # abandoned calls are not in time, whatever the clock says
            assert (row["value"], row["denominator"]) == (None, 0)
        assert json.loads(row["excluded"])["not_logged"] >= 3
    assert rows["answer_rate", "all"]["value"] == pytest.approx(3 / 5)


def test_queues_answer_for_waiting_and_agents_for_handling() -> None:
    queues, agents = found(legs(CALLS), by="queue"), found(legs(CALLS), by="agent")
    assert queues["answer_rate", "bills"]["value"] == pytest.approx(1 / 2)
    assert queues["answer_rate", "fault"]["value"] == pytest.approx(1.0)
    assert {group for _, group in agents} == {"a1", "a2"}
    assert not any(name == "answer_rate" for name, _ in agents)
    assert agents["talk_time", "a1"]["denominator"] == 3


def test_other_media_and_other_days_are_no_calls() -> None:
    assert found(legs(CALLS, medium="chat")) == {("contacts_per_case", "all"): found([])["contacts_per_case", "all"]}
    assert ("answer_rate", "all") not in found(legs(CALLS, started_at=datetime(2025, 3, 4, 0)))


def test_contacts_per_case_counts_the_customers_own_of_cases_begun_in_the_period() -> None:
    log = drawn("""
        contact | at          | customer | link | outside
        a1      | 03-03 09:00 | k        | -    | -
        a2      | 03-05 09:00 | k        | a1   | -
        a3      | 03-06 09:00 | k        | (a1) | outbound
        b1      | 03-03 10:00 | m        | -    | -
        c1      | 03-02 10:00 | n        | -    | -
        c2      | 03-03 10:00 | n        | c1   | -
    """)
    made = operations(from_rows([], Leg), from_rows(log.cases, Case), from_rows(log.contacts, Contact), (DAY, DAY), Operations())
    row = made.row(0, named=True)
    assert (row["definition"], row["numerator"], row["denominator"], row["value"]) == ("contacts_per_case", 3, 2, 1.5)


def test_equal_nights_give_equal_bytes() -> None:
    usual = legs(CALLS)[0]
    many = [usual | {"call_id": f"c{n}", "agent_id": f"a{n % 7}", "talk_s": 0.1 * (n % 977)} for n in range(300_000)]
    log = pl.DataFrame(many, schema=schema(Leg))
    nothing = (empty(Case), empty(Contact), (DAY, DAY), Operations())
    first = operations(log, *nothing)
    assert all(operations(log, *nothing).equals(first) for _ in range(3))


def test_every_figure_has_its_words() -> None:
    for defined in (*DEFINITIONS.values(), CONTACTS_PER_CASE):
        assert all((defined.name_zh, defined.name_en, defined.text_zh, defined.text_en))


WAITS = st.lists(st.tuples(st.sampled_from(["answered", "abandoned"]), st.none() | st.integers(0, 60)), max_size=20)


@given(WAITS)
def test_the_figures_of_waiting_are_those_of_a_plain_loop(calls: list[tuple[str, int | None]]) -> None:
    lines = ["call | leg | status | direction | queue | agent | queue_s | ring_s | talk_s | hold_s | wrap_s"]
    for n, (status, wait) in enumerate(calls):
        lines.append(f"c{n} | 1 | {status} | inbound | q | - | {'-' if wait is None else wait} | - | - | - | -")
    rows = found(legs("\n".join(lines)))
    kept = [(s, w) for s, w in calls if not (s == "abandoned" and w is not None and w < 5)]
    level = [(s, w) for s, w in kept if not (s == "answered" and w is None)]
    if calls:
        assert rows["answer_rate", "all"]["denominator"] == len(kept)
        assert rows["abandonment", "all"]["numerator"] == sum(s == "abandoned" for s, _ in kept)
        assert rows["service_level", "all"]["denominator"] == len(level)
        assert rows["service_level", "all"]["numerator"] == sum(s == "answered" and (w or 0) <= 20 for s, w in level)
    waits = [w for s, w in calls if s == "answered" and w is not None]
    if any(s == "answered" for s, _ in calls):
        assert rows["speed_of_answer", "all"]["numerator"] == sum(waits)
