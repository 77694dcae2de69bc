"""What every figure counts, drawn as tables an analyst can check by hand."""

import json
import re
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from laidian.errors import SettingsError
from laidian.fcr import DEFINITIONS, ESTIMATES, EXCLUSIONS, GROUPS, definition, facts, figures, measures, shares
from laidian.settings import Fcr
from laidian.tables import REPEAT_CUE_KINDS, ROWS, Promise, Ticket, from_rows

from tests.drawn_contacts import Log, day, drawn

PERIOD = (day("03-10"), day("03-16"))  # Monday to Sunday
NATURAL = ("2h", "24h", "48h", "72h", "7d", "30d")  # the windows that have a point on the curve
GLOSSARY = Path(__file__).parents[2] / "GLOSSARY.md"


def rows(log: Log, as_of: str = "05-31") -> dict[tuple[str, str, str], dict[str, Any]]:
    table = measures(*log.frames(), PERIOD, day(as_of), Fcr(), from_rows(log.promises, Promise))
    return {(row["definition"], row["group_by"], row["group"]): row for row in table.rows(named=True)}


def figure(log: Log, name: str, as_of: str = "05-31") -> tuple[int, int | None, dict[str, int]]:
    """Numerator, denominator and what was left out, in the week 03-10 to 03-16. `opens`, the drawing's own call, lies outside."""
    row = rows(log, as_of)[name, "all", "all"]
    return row["numerator"], row["denominator"], json.loads(row["excluded"])


# --- windows -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comes_back", "resolved"),
    [
        ("03-17 09:04", 0),  # within 7 days of the END of the first contact (09:05)
        ("03-17 09:05", 0),  # exactly at 7 days counts as coming back
        ("03-17 09:06", 1),  # a minute later is the eighth day
        ("03-18 09:00", 1),
    ],
)
def test_a_contact_on_day_8_does_not_count_with_a_7_day_window(comes_back: str, resolved: int) -> None:
    log = drawn(f"""
        contact | at           | minutes | customer | reason
        a       | 03-10 09:00  | 5       | zhou     | fault
        b       | {comes_back} | 5       | zhou     | fault
    """)
    assert figure(log, "window_fcr.7d.same") == (resolved, 1, {})
    assert figure(log, "followed_by_repeat.7d.same") == (1 - resolved, 1, {})


@pytest.mark.parametrize(
    ("came_before", "first"),
    [("03-03 08:55", 0), ("03-03 08:54", 1)],  # ends at 09:00, seven days before to the minute; and a minute earlier
)
def test_first_means_nothing_within_the_window_before(came_before: str, first: int) -> None:
    log = drawn(f"""
        contact | at            | minutes | customer | reason
        z       | {came_before} | 5       | zhou     | fault
        a       | 03-10 09:00   | 5       | zhou     | fault
    """)
    assert figure(log, "window_fcr.7d.same") == (first, first, {} if first else {"not_first": 1})
    assert figure(log, "repeat_share.7d.same") == (1 - first, 1, {})


def test_another_reason_counts_for_any_but_not_for_same() -> None:
    log = drawn("""
        contact | at          | customer | reason
        a       | 03-10 09:00 | zhou     | fault
        b       | 03-17 08:00 | zhou     | bill
    """)
    assert figure(log, "window_fcr.7d.any") == (0, 1, {})
    assert figure(log, "window_fcr.7d.same") == (1, 1, {})


def test_a_contact_between_about_something_else_does_not_hide_the_repeat() -> None:
    log = drawn("""
        contact | at          | customer | reason
        a       | 03-10 09:00 | zhou     | fault
        x       | 03-17 07:00 | zhou     | bill
        b       | 03-17 08:00 | zhou     | fault
    """)
    assert figure(log, "window_fcr.7d.same") == (0, 1, {})


def test_a_long_contact_that_ends_late_is_still_before() -> None:
    """The chat of two hours started first and ended last: the gap to c runs from ITS end, not from the short call's."""
    log = drawn("""
        contact | at          | minutes | customer | reason
        chat    | 03-09 08:00 | 120     | zhou     | fault
        call    | 03-09 08:10 | 5       | zhou     | fault
        c       | 03-10 09:30 | 5       | zhou     | fault
    """)
    assert figure(log, "repeat_share.24h.same") == (1, 1, {})


def test_equal_starts_are_ordered_by_contact_id() -> None:
    log = drawn("""
        contact | at          | customer | reason
        a       | 03-10 09:00 | zhou     | fault
        b       | 03-10 09:00 | zhou     | fault
    """)
    assert figure(log, "window_fcr.2h.same") == (0, 1, {"not_first": 1})


@pytest.mark.parametrize(
    ("comes_back", "resolved"),
    [
        ("03-17 09:05", 0),  # Monday to Monday: five workdays to the minute, for Saturday and Sunday stand still
        ("03-17 09:06", 1),
        ("03-15 23:00", 0),  # Saturday night is still Friday midnight on the clock of workdays
    ],
)
def test_a_window_of_workdays_stands_still_over_the_weekend(comes_back: str, resolved: int) -> None:
    log = drawn(f"""
        contact | at           | minutes | customer | reason
        a       | 03-10 09:00  | 5       | zhou     | fault
        b       | {comes_back} | 5       | zhou     | fault
    """)
    in_the_week = {"not_first": 1} if comes_back < "03-17" else {}  # b itself is a contact of the week then
    assert figure(log, "window_fcr.5wd.same") == (resolved, 1, in_the_week)
    assert figure(log, "followed_by_repeat.5wd.same")[0] == 1 - resolved


@pytest.mark.parametrize(
    ("as_of", "mature"),
    [("03-14", False), ("03-16", False), ("03-17", True)],  # Monday 09:05 and five workdays: Monday 09:05
)
def test_a_window_of_workdays_matures_in_workdays(as_of: str, mature: bool) -> None:
    log = drawn("contact | at | customer | reason\n a | 03-10 09:00 | zhou | fault")
    assert figure(log, "window_fcr.5wd.same", as_of) == ((1, 1, {}) if mature else (0, 0, {"immature_after": 1}))


TWO_WINDOWS = """
    contact | at          | customer | reason
    z       | 02-20 09:00 | zhou     | fault
    a       | 03-10 09:00 | zhou     | fault
    b       | 03-20 09:00 | zhou     | fault
    c       | 03-10 09:00 | anna     | fault
    d       | 03-12 09:00 | anna     | fault
"""


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ("7d", (1, 2, {"not_first": 1})),  # a and c; a is followed on the tenth day only; d came two days after c
        ("30d", (0, 1, {"not_first": 2})),  # z makes a no first contact
        ("30d:7d", (0, 1, {"not_first": 2})),  # first by 30 days: c alone, and it was followed within 7
        ("none:7d", (2, 3, {})),  # nothing is looked for before: a, c and d, of which c was followed within 7 days
    ],
)
def test_the_window_before_decides_first_and_the_window_after_decides_resolved(window: str, expected: tuple[Any, ...]) -> None:
    assert figure(drawn(TWO_WINDOWS), f"window_fcr.{window}.same") == expected


def test_each_window_of_a_pair_matures_on_its_own_side() -> None:
    log = drawn("contact | at | customer | reason\n a | 03-12 09:00 | zhou | fault", opens="03-01")
    assert figure(log, "window_fcr.30d:7d.same") == (0, 0, {"immature_before": 1})
    assert figure(log, "window_fcr.none:7d.same") == (1, 1, {})
    assert figure(log, "window_fcr.none:7d.same", as_of="03-18") == (0, 0, {"immature_after": 1})


# --- maturity ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("due", "counted"), [("03-19 00:00", (1, 1, {})), ("03-19 09:00", (0, 0, {"immature_after": 1}))])
def test_a_contact_is_immature_while_the_promised_time_runs(due: str, counted: tuple[Any, ...]) -> None:
    """The log ends with 03-18."""
    log = drawn("contact | at | customer | reason\n a | 03-10 09:00 | zhou | fault")
    log.promises.append(Promise("a", datetime.fromisoformat(f"2025-{due}"), "spoken", None))
    assert figure(log, "window_fcr.none:7d.same", as_of="03-18") == counted
    assert figure(log, "linked_fcr", as_of="03-18") == counted
    assert figure(log, "repeat_share.7d.same", as_of="03-18") == (0, 1, {})  # looks back only


@pytest.mark.parametrize(
    ("opens", "as_of", "expected"),
    [
        ("03-05", "03-18", (1, 1, {})),  # the log covers 7 days on both sides: 03-05 00:00 to 03-19 00:00
        ("03-06", "03-18", (0, 0, {"immature_before": 1})),
        ("03-05", "03-17", (0, 0, {"immature_after": 1})),
        ("03-06", "03-17", (0, 0, {"immature_before": 1})),
    ],
)
def test_an_immature_contact_is_in_neither_numerator_nor_denominator(opens: str, as_of: str, expected: tuple[Any, ...]) -> None:
    log = drawn("contact | at | minutes | customer | reason\n a | 03-12 00:00 | 0 | zhou | fault", opens=opens)
    assert figure(log, "window_fcr.7d.same", as_of) == expected


def test_each_side_matures_on_its_own() -> None:
    log = drawn("contact | at | customer | reason\n a | 03-12 09:00 | zhou | fault", opens="03-09")
    assert figure(log, "followed_by_repeat.7d.same") == (0, 1, {})
    assert figure(log, "repeat_share.7d.same") == (0, 0, {"immature_before": 1})


def test_what_comes_after_as_of_is_not_looked_at() -> None:
    log = drawn("""
        contact | at          | customer | reason | phone
        a       | 03-12 23:00 | zhou     | fault  | p1
        b       | 03-13 08:00 | zhou     | fault  | p1
    """)
    assert figure(log, "same_number_24h", as_of="03-12") == (1, 1, {})
    assert figure(log, "same_number_24h", as_of="03-13") == (1, 2, {})


# --- who and what counts -------------------------------------------------------------------------------------------------


def test_the_centres_call_back_is_no_repeat() -> None:
    log = drawn("""
        contact | at          | customer | reason | direction | outside
        a       | 03-10 09:00 | zhou     | fault  | inbound   | -
        back    | 03-10 15:00 | zhou     | fault  | outbound  | outbound
    """)
    assert figure(log, "window_fcr.7d.same") == (1, 1, {"outbound": 1})
    assert figure(log, "repeat_share.7d.same") == (0, 1, {"outbound": 1})


def test_a_call_back_that_answers_an_abandoned_call_is_a_first_contact_but_never_a_repeat() -> None:
    log = drawn("""
        contact | at          | customer | reason | direction | outside
        lost    | 03-10 09:00 | zhou     | -      | inbound   | abandoned
        back    | 03-10 15:00 | zhou     | fault  | outbound  | -
        again   | 03-11 10:00 | zhou     | fault  | inbound   | -
        lost2   | 03-12 09:00 | zhou     | -      | inbound   | abandoned
        back2   | 03-12 15:00 | zhou     | fault  | outbound  | -
    """)
    assert figure(log, "window_fcr.7d.same") == (0, 1, {"abandoned": 2, "not_first": 2})
    assert figure(log, "followed_by_repeat.7d.same") == (1, 3, {"abandoned": 2})  # back -> again; again -> back2 does not count
    assert figure(log, "repeat_share.7d.same") == (1, 3, {"abandoned": 2})


def test_a_redialled_contact_counts_once() -> None:
    """Two calls, one contact: ingest has merged them, and the figures see one row with two call ids."""
    log = drawn("""
        contact | at          | customer | reason | calls
        a       | 03-10 09:00 | zhou     | fault  | k1 k2
    """)
    assert figure(log, "population") == (1, None, {})
    assert figure(log, "window_fcr.2h.any") == (1, 1, {})


def test_every_contact_left_out_is_counted_once_under_the_first_reason_that_holds() -> None:
    log = drawn("""
        contact | at          | customer | reason | faulty | outside
        a       | 03-10 09:00 | zhou     | fault  | no     | -
        b       | 03-10 10:00 | -        | fault  | no     | -
        c       | 03-10 11:00 | anna     | -      | yes    | -
        d       | 03-10 12:00 | bert     | -      | no     | -
        e       | 03-10 13:00 | -        | -      | yes    | ivr_only
        f       | 03-11 09:00 | zhou     | fault  | no     | -
    """)
    out = {"no_identity": 1, "faulty_recording": 1, "no_reason": 1, "ivr_only": 1, "not_first": 1}
    assert figure(log, "window_fcr.7d.same") == (0, 1, out)
    assert figure(log, "window_fcr.7d.any") == (2, 3, {"no_identity": 1, "ivr_only": 1, "not_first": 1})


def test_a_faulty_recording_with_a_known_reason_stays() -> None:
    log = drawn("""
        contact | at          | customer | reason | faulty | source
        a       | 03-10 09:00 | zhou     | fault  | yes    | wrap_code
        b       | 03-10 09:00 | anna     | fault  | no     | rules
    """)
    assert figure(log, "window_fcr.7d.same") == (2, 2, {})
    assert figure(log, "wrap_code_reason") == (1, 2, {})  # … and the report says how often the wrap-up code alone told it


# --- the switch's number and the bridge ----------------------------------------------------------------------------------

BRIDGE = """
    contact | at          | customer | reason | phone
    a       | 03-10 09:00 | zhou     | fault  | p1
    b       | 03-10 20:00 | zhou     | fault  | p2
    c       | 03-11 09:00 | anna     | fault  | p3
    d       | 03-11 10:00 | anna     | bill   | p3
    e       | 03-12 09:00 | bert     | fault  | p4
    f       | 03-16 09:00 | bert     | fault  | p4
    g       | 03-16 10:00 | -        | fault  | -
"""


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("bridge.1_same_number_24h", (6, 7, {})),  # the switch sees c -> d only; g has no number and cannot come back
        ("bridge.2_identity", (4, 6, {"no_identity": 1})),  # a -> b by another phone, c -> d
        ("bridge.3_same_reason", (5, 6, {"no_identity": 1})),  # d was about the bill
        ("bridge.4_both_windows", (4, 5, {"no_identity": 1, "not_first": 1})),  # b is no first contact
        ("bridge.5_mature", (3, 4, {"no_identity": 1, "not_first": 1, "immature_after": 1})),  # f: the log ends on 03-16
        ("bridge.6_window_7d", (0, 0, {"no_identity": 1, "immature_after": 6})),
    ],
)
def test_the_bridge_walks_from_the_switchs_number_to_the_window_figure(step: str, expected: tuple[Any, ...]) -> None:
    assert figure(drawn(BRIDGE), step, as_of="03-16") == expected


def test_the_bridge_starts_at_the_switchs_figure_and_ends_at_the_window_figures() -> None:
    for as_of in ("03-16", "03-20", "05-31"):
        log = drawn(BRIDGE)
        assert figure(log, "bridge.1_same_number_24h", as_of) == figure(log, "same_number_24h", as_of)
        assert figure(log, "bridge.5_mature", as_of) == figure(log, "window_fcr.24h.same", as_of)
        assert figure(log, "bridge.6_window_7d", as_of) == figure(log, "window_fcr.7d.same", as_of)


def test_by_number_alone_an_operators_own_report_can_be_met() -> None:
    log = drawn("""
        contact | at          | customer | reason | phone
        a       | 03-10 09:00 | zhou     | fault  | p1
        b       | 03-10 10:30 | wife     | bill   | p1
        c       | 03-10 09:00 | anna     | fault  | p2
        d       | 03-10 10:00 | anna     | fault  | p3
        e       | 03-11 09:00 | -        | -      | p1
        f       | 03-12 09:00 | bert     | fault  | -
    """)
    # the switch sees p1 three times, whoever speaks; anna's two numbers are two callers to it; f shows no number
    assert figure(log, "repeat_share.2h.phone") == (1, 5, {"no_number": 1})
    assert figure(log, "followed_by_repeat.24h.phone") == (2, 5, {"no_number": 1})
    assert figure(log, "window_fcr.24h.phone") == (2, 3, {"no_number": 1, "not_first": 2})
    assert figure(log, "heavy_caller") == (1, 5, {"no_number": 1})  # e is the third call of p1 within seven days


def test_the_operators_two_hour_repeats_are_of_all_served_contacts() -> None:
    log = drawn("""
        contact | at          | phone | outside   | direction
        a       | 03-10 09:00 | p1    | -         | inbound
        b       | 03-10 11:05 | p1    | -         | inbound
        c       | 03-10 13:11 | p1    | -         | inbound
        d       | 03-10 09:00 | -     | -         | inbound
        e       | 03-16 23:00 | p2    | -         | inbound
        f       | 03-16 23:30 | p2    | outbound  | outbound
        g       | 03-16 23:40 | p2    | abandoned | inbound
    """)
    # b came exactly two hours after a's end and counts, c a minute too late; f is the centre's call, g did not reach an agent
    assert figure(log, "same_number_2h_repeat", as_of="03-16") == (1, 5, {"outbound": 1, "abandoned": 1})


def test_first_and_resolved_by_number_only() -> None:
    log = drawn("""
        contact | at          | customer | reason | phone
        a       | 03-10 09:00 | zhou     | fault  | p1
        b       | 03-12 09:00 | wife     | bill   | p1
        c       | 03-10 09:00 | anna     | fault  | p2
        d       | 03-11 09:00 | anna     | fault  | p3
        e       | 03-10 09:00 | bert     | fault  | -
    """)
    # p1 came back, whoever spoke and whatever about; anna's second number is somebody else to the switch
    assert figure(log, "same_number_fcr") == (2, 3, {"no_number": 1, "not_first": 1})


def test_net_leaves_out_what_one_contact_cannot_settle_by_its_nature() -> None:
    log = drawn("""
        contact | at          | customer | reason  | link
        a       | 03-10 09:00 | zhou     | install | -
        b       | 03-11 09:00 | zhou     | install | a
        c       | 03-10 09:00 | anna     | fault   | -
        d       | 03-10 09:00 | bert     | -       | -
    """)
    known = facts(*log.frames(), PERIOD, day("05-31"), several=["install"])
    table = shares(known, PERIOD, Fcr(windows=("7d",))).filter(group_by="all")
    found = {r["definition"]: (r["numerator"], r["denominator"], json.loads(r["excluded"])) for r in table.rows(named=True)}
    assert found["window_fcr.7d.same"] == (1, 2, {"no_reason": 1, "not_first": 1})
    assert found["window_fcr.7d.same_net"] == (1, 1, {"no_reason": 1, "not_first": 1, "several_by_nature": 1})
    assert found["linked_fcr"] == (2, 3, {"not_first": 1})
    assert found["linked_fcr_net"] == (2, 2, {"not_first": 1, "several_by_nature": 1})  # an unknown reason stays


def test_the_surveys_first_call_resolution_needs_both_answers() -> None:
    log = drawn("""
        contact | at          | customer | resolved | first
        a       | 03-10 09:00 | zhou     | yes      | yes
        b       | 03-10 09:00 | anna     | no       | yes
        c       | 03-10 09:00 | bert     | yes      | no
        d       | 03-10 09:00 | carl     | yes      | -
    """)
    assert figure(log, "survey_fcr") == (1, 2, {"not_answered": 1, "not_first": 1})


# --- cases, cues, surveys, counts ----------------------------------------------------------------------------------------


def test_linked_fcr_asks_whether_the_case_went_on() -> None:
    log = drawn("""
        contact | at          | customer | reason | link | direction | outside
        a       | 03-10 09:00 | zhou     | fault  | -    | inbound   | -
        back    | 03-11 09:00 | zhou     | fault  | (a)  | outbound  | outbound
        b       | 03-12 09:00 | zhou     | fault  | back | inbound   | -
        c       | 03-10 09:00 | anna     | bill   | -    | inbound   | -
        d       | 03-11 09:00 | anna     | bill   | (c)  | outbound  | outbound
        e       | 03-10 09:00 | bert     | fault  | -    | inbound   | -
        f       | 03-14 09:00 | bert     | fault  | !e   | inbound   | -
        g       | 03-16 09:00 | carl     | fault  | -    | inbound   | -
    """)
    # a: b came back, though linked through the call-back. c: only called back. e: repaired, f is a new case. g: too young.
    assert figure(log, "linked_fcr", as_of="03-21") == (3, 4, {"outbound": 2, "not_first": 1, "immature_after": 1})


def test_an_abandoned_call_is_not_the_first_contact_of_its_case() -> None:
    log = drawn("""
        contact | at          | customer | reason | link | outside
        lost    | 03-10 09:00 | zhou     | fault  | -    | abandoned
        a       | 03-10 12:00 | zhou     | fault  | lost | -
    """)
    assert figure(log, "linked_fcr") == (1, 1, {"abandoned": 1})


def test_only_the_customers_own_words_are_cues() -> None:
    log = drawn("""
        contact | at          | customer | link | recorded | faulty | medium | cue
        a       | 03-10 09:00 | zhou     | -    | yes      | no     | voice  | prior_contact
        b       | 03-11 09:00 | zhou     | a    | yes      | no     | voice  | explicit_count
        c       | 03-10 09:00 | anna     | -    | yes      | no     | voice  | agent:prior_contact
        d       | 03-10 09:00 | bert     | -    | yes      | no     | voice  | escalation
        e       | 03-10 09:00 | carl     | -    | yes      | yes    | voice  | -
        f       | 03-10 09:00 | dora     | -    | no       | no     | voice  | -
        g       | 03-10 09:00 | emil     | -    | no       | no     | chat   | -
        h       | 03-10 09:00 | finn     | -    | no       | no     | chat   | agent:prior_contact
        i       | 03-10 09:00 | gina     | -    | no       | no     | email  | -
    """)
    # the log holds words of chats (h), so g was read and told nothing; it holds none of e-mails
    assert figure(log, "cue_contacts") == (2, 6, {"faulty_recording": 1, "no_text": 2})
    assert figure(log, "cue_without_earlier") == (1, 2, {"faulty_recording": 1, "no_text": 2, "no_cue": 4})


def test_survey_answers_are_shares_of_those_who_answered() -> None:
    log = drawn("""
        contact | at          | customer | resolved | first | calls | survey_of
        a       | 03-10 09:00 | zhou     | yes      | no    | a     | a
        b       | 03-10 09:00 | anna     | no       | -     | b     | b
        c       | 03-10 09:00 | bert     | -        | -     | c     | c
        d       | 03-10 09:00 | carl     | yes      | yes   | d k9  | k9
    """)
    assert figure(log, "survey_resolved") == (2, 3, {"not_answered": 1})
    assert figure(log, "survey_first_contact") == (1, 2, {"not_answered": 2})


def ticketed(log: Log, table: str, name: str, as_of: str = "05-31") -> tuple[int, int, dict[str, int]]:
    """A figure with these tickets: `of` the contact; a column that is not drawn or `-` is nothing."""
    lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    tickets = []
    for n, cells in enumerate(lines[1:]):
        row = {k: v for k, v in zip(lines[0], cells, strict=True) if v != "-"}
        opened, promised, closed = (
            datetime.strptime(f"2025-{row[k]}", "%Y-%m-%d %H:%M") if k in row else None for k in ("opened", "promised", "closed")
        )
        assert opened
        tickets.append(
            Ticket(f"T{n}", row["of"], None, None, opened, promised, closed, row.get("status"), None, None, "reopened" in row,
                   int(row.get("urged", 0)), row.get("duplicate"), row.get("visit"), None)  # type: ignore[arg-type]
        )  # fmt: skip
    known = facts(*log.frames(), PERIOD, day(as_of), tickets=from_rows(tickets, Ticket))
    found = shares(known, PERIOD, Fcr(windows=("7d",))).row(
        by_predicate=(pl.col("definition") == name) & (pl.col("group_by") == "all"), named=True
    )
    return found["numerator"], found["denominator"], json.loads(found["excluded"])


SEVEN = drawn("contact | at\n" + "\n".join(f"{c} | 03-10 09:00" for c in "abcdefgh"))
TICKETS = """
    of | opened      | promised    | closed      | status | reopened | urged | duplicate | visit
    a  | 03-10 09:10 | 03-12 18:00 | 03-11 10:00 | 已归档 | -        | -     | -         | yes
    b  | 03-10 09:10 | 03-12 18:00 | 03-13 10:00 | 已归档 | -        | -     | -         | yes
    c  | 03-10 09:10 | 03-12 18:00 | 03-11 10:00 | 已归档 | yes      | -     | -         | no
    d  | 03-10 09:10 | 03-12 18:00 | 03-11 10:00 | 已归档 | -        | 2     | -         | -
    e  | 03-10 09:10 | 03-12 18:00 | 03-11 10:00 | 退单   | -        | -     | -         | -
    f  | 03-10 09:10 | 03-12 18:00 | 03-11 10:00 | 已归档 | -        | -     | T0        | -
    g  | 03-10 09:10 | -           | -           | 处理中 | -        | -     | -         | -
"""


def test_a_ticket_is_settled_once_if_it_was_closed_in_time_and_never_touched_again() -> None:
    # a alone; b was late, c reopened, d urged, e sent back; f repeats a's ticket; g is neither closed nor a week old; h has none
    left = {"no_ticket": 1, "not_first": 1, "ticket_not_due": 1}
    assert ticketed(SEVEN, TICKETS, "ticket_fcr", as_of="03-16") == (1, 5, left)
    assert ticketed(SEVEN, TICKETS, "ticket_fcr", as_of="03-17") == (1, 6, {"no_ticket": 1, "not_first": 1})  # g is overdue now


def test_a_closed_ticket_need_not_mean_solved() -> None:
    assert ticketed(SEVEN, TICKETS, "ticket_closed") == (6, 7, {"no_ticket": 1})
    assert ticketed(SEVEN, TICKETS, "ticket_closed", as_of="03-12") == (5, 7, {"no_ticket": 1})  # b is closed the day after
    assert ticketed(SEVEN, TICKETS, "visit_resolved") == (2, 3, {"no_ticket": 1, "not_visited": 4})


def test_a_yes_in_the_survey_is_set_against_who_came_back() -> None:
    log = drawn("""
        contact | at          | customer | reason | resolved
        a       | 03-10 09:00 | zhou     | fault  | yes
        b       | 03-12 09:00 | zhou     | fault  | no
        c       | 03-10 09:00 | anna     | fault  | yes
        d       | 03-11 09:00 | anna     | bill   | -
    """)
    assert figure(log, "survey_yes_followed") == (1, 2, {"said_no": 1, "not_answered": 1})
    assert figure(log, "survey_answered") == (3, 4, {})


def test_counts_have_no_denominator_and_no_interval() -> None:
    log = drawn("""
        contact | at          | customer | link | transferred | outside
        a       | 03-10 09:00 | zhou     | -    | yes         | -
        b       | 03-11 09:00 | zhou     | a    | no          | -
        c       | 03-11 09:00 | -        | -    | no          | -
        d       | 03-11 09:00 | anna     | -    | no          | abandoned
    """)
    assert figure(log, "contacts") == (4, None, {})
    assert figure(log, "population") == (3, None, {"abandoned": 1})
    assert figure(log, "customers") == (1, None, {"abandoned": 1, "no_identity": 1})
    assert figure(log, "cases") == (2, None, {"abandoned": 1})
    assert figure(log, "transfer_rate") == (1, 3, {"abandoned": 1})
    count = rows(log)["population", "all", "all"]
    assert (count["value"], count["low"], count["high"]) == (None, None, None)


def test_a_share_of_nothing_has_no_value() -> None:
    log = drawn("contact | at | customer\n a | 04-10 09:00 | zhou")
    row = rows(log)["window_fcr.7d.any", "all", "all"]
    assert (row["value"], row["low"], row["high"]) == (None, None, None)
    assert figure(log, "window_fcr.7d.any") == (0, 0, {})


def test_groups_are_the_first_agents_and_those_without_one_are_unknown() -> None:
    log = drawn("""
        contact | at          | customer | reason | team | outside
        a       | 03-10 09:00 | zhou     | fault  | one  | -
        b       | 03-11 09:00 | zhou     | fault  | two  | -
        c       | 03-12 09:00 | anna     | fault  | -    | -
        d       | 03-12 09:00 | bert     | -      | -    | abandoned
        e       | 03-12 09:00 | bert     | -      | six  | test
    """)
    by_team = {group: row for (name, by, group), row in rows(log).items() if (name, by) == ("followed_by_repeat.7d.same", "team")}
    assert {group: (row["numerator"], row["denominator"]) for group, row in by_team.items()} == {
        "one": (1, 1), "two": (0, 1), "unknown": (0, 1),
    }  # fmt: skip
    assert {by for (_, by, _) in rows(log)} == {"all", *GROUPS}
    assert ("population", "day", "2025-03-10") in rows(log)


def test_an_unreadable_window_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"fcr\.windows.*'7 days'.*natural days"):
        figures(["24h", "7 days"])


# --- words ---------------------------------------------------------------------------------------------------------------


def test_every_figure_of_a_report_has_a_definition_and_every_definition_a_figure() -> None:
    others = [
        *ESTIMATES,
        "fcr_bounds",
        "best_window",
        "survey_fcr_weighted",
        "two_witness_recall",
        *(f"kaplan_meier.{w}" for w in NATURAL),
    ]
    names = [*(f.definition for f in figures(Fcr().windows)), *others]
    assert len(names) == len(set(names))
    assert all("{" not in definition(name).text_zh + definition(name).name_en for name in names)
    assert {_general(name) for name in names} == set(DEFINITIONS)


def _general(name: str) -> str:
    """`window_fcr.30d:7d.same` -> `window_fcr.B:W.same`."""
    one = re.sub(r"(?<=[.:])\d+(?:h|d|wd)(?=\.|$)", "W", name)
    return re.sub(r"\.\d+(?:h|d|wd):", ".B:", one)


def test_every_reason_for_leaving_out_has_words() -> None:
    assert {reason for f in figures(Fcr().windows) for reason, _ in f.out} <= set(EXCLUSIONS)


def test_an_unknown_measure_has_no_definition() -> None:
    for name in ("fcr", "window_fcr.7d.other", "window_fcr.7d", "a.b.c.d"):
        with pytest.raises(KeyError):
            definition(name)


def test_the_glossary_names_every_definition_every_table_and_every_column_that_decides() -> None:
    glossary = GLOSSARY.read_text(encoding="utf-8")
    columns = {f"{row.TABLE}.{f.name}" for row in ROWS for f in fields(row)}  # type: ignore[arg-type]
    read = {name for d in DEFINITIONS.values() for name in d.reads}
    assert read <= columns
    names = (*DEFINITIONS, *sorted(read), *EXCLUSIONS, *REPEAT_CUE_KINDS, *(row.TABLE for row in ROWS))
    missing = [name for name in names if f"`{name}`" not in glossary]
    assert missing == []
