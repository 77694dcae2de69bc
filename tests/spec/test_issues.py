"""What the two TOP lists rank, drawn as tables."""

from typing import Any

import polars as pl
from laidian.issues import rank
from laidian.settings import Report

from tests.drawn_contacts import Log, cue, day, drawn, reason

PERIOD = (day("03-10"), day("03-16"))
TURNS = pl.DataFrame([{"contact_id": name, "recording_no": 1, "turn": turn} for name in "abcdefg" for turn in range(4)])

WEEK = """
    contact | at          | customer | reason | issue | link | outside   | cue
    a       | 03-10 09:00 | zhou     | fault  | modem | -    | -         | -
    b       | 03-11 09:00 | zhou     | fault  | modem | a    | -         | prior_contact
    c       | 03-12 09:00 | anna     | fault  | -     | -    | -         | -
    d       | 03-12 10:00 | bert     | bill   | extra | -    | -         | -
    e       | 03-20 09:00 | bert     | bill   | extra | d    | -         | explicit_count
    f       | 03-13 09:00 | carl     | bill   | extra | -    | -         | -
    g       | 03-13 10:00 | dora     | -      | -     | -    | -         | -
    h       | 03-14 10:00 | emil     | bill   | extra | -    | abandoned | -
"""


def lines(log: Log, ranking: str, turns: pl.DataFrame = TURNS, **settings: Any) -> list[dict[str, Any]]:
    table = rank(*log.frames()[:6], turns, PERIOD, Report(**settings))
    return table.filter(ranking=ranking).sort("rank").rows(named=True)


def columns(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def test_common_ranks_by_contacts_of_the_period_and_ties_by_name() -> None:
    """g has no reason, h nobody served, e lies after the period: none of them counts."""
    rows = lines(drawn(WEEK), "common")
    assert columns(rows, "rank", "issue", "contacts", "cases", "customers", "cue_contacts", "share", "cumulative_share") == [
        (1, "bill.extra", 2, 2, 2, 0, 0.4, 0.4),
        (2, "fault.modem", 2, 1, 1, 1, 0.4, 0.8),
        (3, "fault.other", 1, 1, 1, 0, 0.2, 1.0),
    ]


def test_unresolved_ranks_by_repeats_wherever_in_the_log_they_came() -> None:
    """d came back on 03-20, after the period; f and c never did, so fault.other is not in the list."""
    rows = lines(drawn(WEEK), "unresolved")
    assert columns(rows, "rank", "issue", "repeats", "repeat_rate", "cases", "share", "cumulative_share") == [
        (1, "bill.extra", 1, 0.5, 2, 0.5, 0.5),  # two cases against one break the tie
        (2, "fault.modem", 1, 0.5, 1, 0.5, 1.0),
    ]


def test_the_list_is_cut_but_shares_are_of_everything() -> None:
    assert columns(lines(drawn(WEEK), "common", top=1), "issue", "share") == [("bill.extra", 0.4)]


def test_a_call_back_or_a_new_case_leaves_nothing_unresolved() -> None:
    log = drawn("""
        contact | at          | customer | reason | link | direction | outside
        a       | 03-10 09:00 | zhou     | fault  | -    | inbound   | -
        back    | 03-11 09:00 | zhou     | fault  | (a)  | outbound  | outbound
        c       | 03-10 09:00 | anna     | fault  | -    | inbound   | -
        d       | 03-15 09:00 | anna     | fault  | !c   | inbound   | -
    """)
    assert lines(log, "unresolved") == []
    assert columns(lines(log, "common"), "contacts", "repeats", "repeat_rate") == [(3, 0, 0.0)]


def test_common_shows_the_turns_that_weighed_most_one_a_contact() -> None:
    log = drawn(WEEK)
    log.reasons = [
        reason("a", "fault", score=0.5, recording_no=1, turn=2),
        reason("b", "fault", score=0.9, recording_no=1, turn=1),
        reason("c", "fault", score=0.9, recording_no=1, turn=3),
        reason("d", "fault", score=0.7, recording_no=None, turn=None, source="wrap_code"),
    ]
    assert columns(lines(log, "common"), "evidence") == [(["b/1/1", "c/1/3", "a/1/2"],)]
    assert columns(lines(log, "common", quotes=1), "evidence") == [(["b/1/1"],)]
    assert columns(lines(log, "common", quotes=0), "evidence") == [([],)]


def test_unresolved_shows_first_what_customers_said_when_they_came_back() -> None:
    log = drawn(WEEK)
    log.cues = [
        cue("b", "prior_contact", turn=1, score=0.6),
        cue("b", "broken_promise", turn=2, score=0.9),
        cue("b", "explicit_count", turn=3, score=1.0, speaker="agent"),
        cue("b", "escalation", turn=3, score=1.0),
        cue("a", "prior_contact", turn=0, score=1.0),  # said BEFORE the repeat, about something earlier
    ]
    log.reasons = [
        reason("a", "fault", recording_no=1, turn=3),
        reason("b", "fault", recording_no=1, turn=0),  # the last of its case: nothing followed
    ]
    rows = lines(log, "unresolved")
    assert columns(rows, "issue", "evidence") == [("fault.other", ["b/1/2", "a/1/3", "b/1/1"])]


def test_evidence_never_points_at_a_turn_that_does_not_exist() -> None:
    """A cue found by another system belongs to no turn of ours."""
    log = drawn(WEEK)
    log.cues = [cue("b", "prior_contact", recording_no=0, turn=0), cue("e", "explicit_count", turn=9)]
    assert columns(lines(log, "unresolved"), "evidence") == [([],), ([],)]


def test_an_empty_period_has_no_lines() -> None:
    assert lines(drawn("contact | at | customer | reason\n a | 04-10 09:00 | zhou | fault"), "common") == []
