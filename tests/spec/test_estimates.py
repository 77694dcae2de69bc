"""What the estimates count and what they never leave out, drawn as tables an analyst can check by hand.

Where EVERY contact is audited, guesses cancel out and the estimate is the plain share; that is how its definition is tested here.
"""

import json
from dataclasses import fields
from datetime import datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from laidian.calendar import Period
from laidian.fcr import best_windows, curves, estimates, facts, predictors, weighted
from laidian.fcr.bounds import Believed, Followed, Looked, bounds
from laidian.fcr.curves import points
from laidian.fcr.estimate import Sample, ratio
from laidian.settings import Fcr
from laidian.tables import Audit, Link, Ticket, empty, from_rows

from tests.drawn_contacts import Log, day, drawn

PERIOD: Period = (day("03-01"), day("03-31"))
NO_FRAMES = pl.DataFrame(schema={"contact_id": pl.String, "draw_id": pl.Int64})


def rows(
    log: Log, audits: dict[str, tuple[str, str]], least: int = 2, frames: pl.DataFrame = NO_FRAMES, **more: Any
) -> dict[tuple[str, str, str], dict[str, Any]]:
    """`audits`: contact -> (is first yes or no, settled)."""
    known = facts(*log.frames(), PERIOD, PERIOD[1])
    verdicts = [Audit(c, None, f == "yes", r, 1, None, None, None) for c, (f, r) in audits.items()]  # type: ignore[arg-type]
    guessed_by = predictors(known, log.frames()[2], log.frames()[5])
    table = estimates(known, guessed_by, from_rows(verdicts, Audit), frames, PERIOD, least, **more)
    return {(r["definition"], r["group_by"], r["group"]): r for r in table.rows(named=True)}


def figure(log: Log, audits: dict[str, tuple[str, str]], name: str) -> tuple[float, int, int, dict[str, int]]:
    row = rows(log, audits)[name, "all", "all"]
    return round(row["value"], 6), row["numerator"], row["denominator"], json.loads(row["excluded"])


CENTRE = drawn("""
    contact | at          | customer | reason | team | transferred | outside
    a       | 03-10 09:00 | zhou     | fault  | one  | no          | -
    b       | 03-12 09:00 | zhou     | fault  | one  | no          | -
    c       | 03-10 10:00 | anna     | bill   | one  | yes         | -
    d       | 03-10 11:00 | bert     | bill   | two  | no          | -
    e       | 03-10 12:00 | -        | -      | two  | no          | -
    f       | 03-10 13:00 | carl     | fault  | two  | no          | -
    g       | 03-11 09:00 | dora     | fault  | two  | no          | abandoned
""")
JUDGED = {
    "a": ("yes", "no"), "b": ("no", "at_hangup"), "c": ("yes", "at_hangup"), "d": ("yes", "in_promise"),
    "e": ("yes", "no"), "f": ("no", "no"),
}  # fmt: skip


def test_promise_counts_what_was_settled_in_time_and_strict_only_what_was_settled_at_hang_up_without_a_transfer() -> None:
    out = {"abandoned": 1, "not_first": 2, "opens": 0}
    out.pop("opens")
    assert figure(CENTRE, JUDGED, "estimate_promise") == (0.5, 2, 4, out)  # c and d of a, c, d, e
    assert figure(CENTRE, JUDGED, "estimate_strict") == (0.0, 0, 4, out)  # c was handed on, d settled later


def test_what_the_centre_had_to_call_back_about_is_not_settled_at_hang_up() -> None:
    """The call-back is no repeat, so the promise may have been kept; but the line had closed on something left to do."""
    log = drawn("""
        contact | at          | customer | reason | direction | outside  | link
        a       | 03-10 09:00 | zhou     | fault  | inbound   | -        | -
        back    | 03-10 15:00 | zhou     | fault  | outbound  | outbound | (a)
        b       | 03-10 10:00 | anna     | bill   | inbound   | -        | -
    """)
    judged = {"a": ("yes", "at_hangup"), "b": ("yes", "at_hangup")}
    assert figure(log, judged, "estimate_promise") == (1.0, 2, 2, {"outbound": 1})
    assert figure(log, judged, "estimate_strict") == (0.5, 1, 2, {"outbound": 1})


def test_what_the_definition_decides_is_not_left_to_the_audit() -> None:
    """Half of the first contacts were handed on: strict can be nothing but a half, nearly without an interval."""
    lines = ["contact | at | customer | reason | transferred"]
    lines += [
        f"{c}{n:03d} | 03-10 09:00 | {c}{n} | fault | {moved}" for n in range(100) for c, moved in (("a", "no"), ("b", "yes"))
    ]
    judged = {f"{c}{n:03d}": ("yes", "at_hangup") for n in range(40) for c in "ab"}
    row = rows(drawn("\n".join(lines)), judged)["estimate_strict", "all", "all"]
    assert row["value"] == pytest.approx(0.5, abs=0.002)
    assert row["high"] - row["low"] < 0.005


def test_guesses_know_a_kept_ticket_from_a_broken_and_an_open_one() -> None:
    """a was done in time, b a day late, c is not done and not due, d has none. Of b the log of 03-11 does not know it yet."""
    log = drawn("contact | at | customer | reason\n" + "\n".join(f"{c} | 03-10 09:00 | {c} | fault" for c in "abcd"))
    opened, due = (datetime.combine(day(d), time(9)) for d in ("03-10", "03-12"))
    nothing: dict[str, Any] = dict.fromkeys(t.name for t in fields(Ticket))
    made = {"a": (due, due), "b": (due, due + timedelta(1)), "c": (due + timedelta(90), None)}
    tickets = from_rows([
        Ticket(**nothing | {"ticket_id": c, "contact_id": c, "opened_at": opened, "promised_by": until, "closed_at": closed})
        for c, (until, closed) in made.items()
    ], Ticket)  # fmt: skip

    def told(as_of: str) -> dict[str, set[str]]:
        guessed_by = predictors(facts(*log.frames(), PERIOD, day(as_of), tickets=tickets), log.frames()[2], log.frames()[5])
        names = ("ticketed", "ticket_open", "ticket_kept", "ticket_broken")
        return {row["contact_id"]: {n for n in names if row[n]} for row in guessed_by.rows(named=True)}

    later = {"a": {"ticketed", "ticket_kept"}, "b": {"ticketed", "ticket_broken"}, "c": {"ticketed", "ticket_open"}, "d": set()}
    assert told("03-31") == later
    assert told("03-11") == {c: {"ticketed", "ticket_open"} if c != "d" else set() for c in "abcd"}


def test_contact_resolution_counts_repeats_too() -> None:
    assert figure(CENTRE, JUDGED, "contact_resolution") == (0.5, 3, 6, {"abandoned": 1})  # b, c, d of all six


def test_contacts_of_nobody_known_stay_in_the_estimate() -> None:
    """e has no identity and no reason: it is one of the four first contacts. Left out, the figure would be 2 of 3."""
    better = {**JUDGED, "e": ("yes", "at_hangup")}
    assert figure(CENTRE, better, "estimate_promise")[0] == 0.75


def test_the_bridge_ends_at_the_estimate() -> None:
    found = rows(CENTRE, JUDGED)
    last, estimate = found["bridge.8_estimate", "all", "all"], found["estimate_promise", "all", "all"]
    assert {k: v for k, v in last.items() if k != "definition"} == {k: v for k, v in estimate.items() if k != "definition"}


def test_hidden_failures_are_first_contacts_of_the_window_that_the_audit_calls_unsettled() -> None:
    log = drawn("""
        contact | at          | customer | reason
        a       | 03-10 09:00 | zhou     | fault
        b       | 03-10 09:00 | anna     | fault
        c       | 03-10 09:00 | bert     | fault
        d       | 03-12 09:00 | bert     | fault
        e       | 03-29 09:00 | carl     | fault
    """)
    judged = {"a": ("yes", "no"), "b": ("yes", "at_hangup"), "c": ("yes", "at_hangup"), "d": ("no", "no"), "e": ("yes", "no")}
    # a gave up and never came back; c was settled, though bert asked once more; d is no first contact, e is not mature
    assert figure(log, judged, "bridge.7_hidden_failures") == (0.666667, 2, 3, {"not_first": 2})


def test_figures_of_a_group_count_its_contacts_only() -> None:
    found = rows(CENTRE, JUDGED)
    one, two = (found["estimate_promise", "team", team] for team in ("one", "two"))
    assert (one["numerator"], one["denominator"], json.loads(one["excluded"])) == (1, 2, {"not_first": 1})
    assert (two["numerator"], two["denominator"], json.loads(two["excluded"])) == (1, 2, {"abandoned": 1, "not_first": 1})


@pytest.mark.parametrize("audits", [{}, {"a": ("yes", "no"), "c": ("yes", "no")}])
def test_without_an_audit_or_with_too_few_there_is_no_number_but_bounds(audits: dict[str, tuple[str, str]]) -> None:
    row = rows(CENTRE, audits, least=30, bounds=(0.5, 0.7))["estimate_promise", "all", "all"]
    assert (row["value"], row["low"], row["high"]) == (None, 0.5, 0.7)
    assert json.loads(row["excluded"]) == {"abandoned": 1, "too_few_audits": 6}


def test_what_came_after_the_draw_is_no_part_of_the_estimate_and_is_counted() -> None:
    frame = pl.DataFrame(
        {"contact_id": ["a", "b", "c", "d"], "draw_id": [1] * 4}, schema={"contact_id": pl.String, "draw_id": pl.Int64}
    )
    judged = {c: JUDGED[c] for c in "abcd"}
    row = rows(CENTRE, judged, frames=frame)["contact_resolution", "all", "all"]
    assert (row["value"], row["denominator"]) == (pytest.approx(0.75), 4)
    assert json.loads(row["excluded"]) == {"abandoned": 1, "not_in_frame": 2}


def test_two_draws_are_two_strata_weighted_by_their_frames() -> None:
    """Of draw 1 (four contacts) two are judged, both settled; of draw 2 (two contacts) two, neither: 4 of 6, not 2 of 4."""
    sample = Sample(np.zeros((6, 1)), np.zeros(6, dtype=np.int64), np.array([0, 0, 0, 0, 1, 1]), np.array([0, 2, 4, 5]))
    same = np.full(6, 0.5)
    found = ratio(sample, np.array([1.0, 1.0, 0.0, 0.0]), same, np.ones(4), np.ones(6))
    assert found.value == pytest.approx(4 / 6)
    assert found.error == 0.0  # within each draw all were alike


def test_unknown_is_counted_and_opens_the_interval_to_both_sides() -> None:
    judged = {**JUDGED, "a": ("yes", "unknown")}
    row = rows(CENTRE, judged)["estimate_promise", "all", "all"]
    assert row["low"] <= 0.5 + 1e-9 and row["high"] >= 0.75 - 1e-9  # a not settled: 2 of 4; settled: 3 of 4
    unknown = rows(CENTRE, judged)["audit_unknown", "all", "all"]
    assert (unknown["numerator"], unknown["denominator"]) == (1, 6)


def test_a_repeat_that_is_known_not_to_be_first_cannot_be_unknown() -> None:
    """b is no first contact; whether it settled anything does not matter to first-call resolution."""
    certain = rows(CENTRE, JUDGED)["estimate_promise", "all", "all"]
    row = rows(CENTRE, {**JUDGED, "b": ("no", "unknown")})["estimate_promise", "all", "all"]
    assert (row["low"], row["value"], row["high"]) == (certain["low"], certain["value"], certain["high"])


# --- the survey against the audit ------------------------------------------------------------------------------------------

ANSWERS = drawn(
    "contact | at | customer | reason | resolved | first\n"
    + "\n".join(f"c{n:03d} | 03-10 09:00 | k{n} | fault | {'yes' if n < 45 else 'no'} | yes" for n in range(50))
    + "\n"
    + "\n".join(f"q{n:03d} | 03-10 09:00 | q{n} | fault | - | -" for n in range(50))
)


def test_the_surveys_bias_is_split_into_who_answers_and_what_they_say() -> None:
    """Of the fifty who answer 45 say yes, the audit calls 40 settled; of the fifty who do not, 20: so 60 of 100 are settled."""
    judged = {f"c{n:03d}": ("yes", "at_hangup" if n < 40 else "no") for n in range(50)}
    judged |= {f"q{n:03d}": ("yes", "at_hangup" if n < 20 else "no") for n in range(50)}
    found = rows(ANSWERS, judged)
    assert found["estimate_promise", "all", "all"]["value"] == pytest.approx(0.6)
    assert found["survey_response_bias", "all", "all"]["value"] == pytest.approx(0.8 - 0.6)
    answer = found["survey_answer_bias", "all", "all"]
    assert answer["value"] == pytest.approx(0.9 - 0.8)
    assert answer["low"] < 0.1 < answer["high"]


def test_answers_of_contacts_that_answer_seldom_count_more() -> None:
    """Of 400 contacts one in two answers and calls it resolved; of 400 that were transferred one in eight, and does not."""
    lines = ["contact | at | customer | reason | transferred | resolved | first"]
    for n in range(400):
        lines.append(f"a{n:03d} | 03-10 09:00 | a{n} | fault | no | {'yes | yes' if n % 2 else '- | -'}")
        lines.append(f"b{n:03d} | 03-10 09:00 | b{n} | fault | yes | {'no | yes' if n % 8 == 0 else '- | -'}")
    log = drawn("\n".join(lines))
    known = facts(*log.frames(), PERIOD, PERIOD[1])
    found = weighted(known, predictors(known, empty(Link), log.frames()[5]), PERIOD)
    assert (found.numerator, found.denominator) == (200, 250)  # as they stand: 80 %
    assert found.value is not None and found.low is not None and found.high is not None
    assert found.value == pytest.approx(0.5, abs=0.05)  # the penalty pulls the chances a little together
    assert found.low < 0.5 < found.high


# --- curves ---------------------------------------------------------------------------------------------------------------


def test_the_curve_uses_contacts_that_were_not_watched_long_enough_as_far_as_they_go() -> None:
    log = drawn("""
        contact | at          | customer | reason
        a       | 03-10 09:00 | zhou     | fault
        b       | 03-12 09:00 | zhou     | fault
        c       | 03-10 09:00 | anna     | fault
        d       | 03-31 12:00 | bert     | fault
        e       | 03-10 09:00 | -        | fault
    """)
    table = curves(facts(*log.frames(), PERIOD, PERIOD[1]), PERIOD, Fcr(windows=("24h", "7d")))
    found = {r["definition"]: r for r in table.rows(named=True)}
    # after 24 hours nobody came back; zhou did after two days, when two of the three were still watched
    assert found["kaplan_meier.24h"]["value"] == 1.0
    assert found["kaplan_meier.7d"]["value"] == 0.5
    assert json.loads(found["kaplan_meier.7d"]["excluded"]) == {"no_identity": 1, "not_first": 1}
    assert found["fcr_bounds"]["low"] is None  # the log is too short for them


def test_the_curve_is_drawn_as_long_as_a_tenth_of_the_contacts_is_watched() -> None:
    lines = ["contact | at | customer | reason", "old | 03-01 09:00 | old | fault"]
    lines += [f"c{n} | 03-{26 if n < 3 else 30} 09:00 | c{n} | fault" for n in range(19)]
    log = drawn("\n".join(lines))
    drawn_days = points(facts(*log.frames(), PERIOD, PERIOD[1]), empty(Audit), PERIOD)["days"]
    assert 5 <= drawn_days.max() < 7  # type: ignore[operator]  # not the 30 days of one contact in twenty


def test_the_best_window_is_the_one_that_says_most_often_what_the_audit_says() -> None:
    """Sixty customers who were not helped come back after 3 days; sixty who were, come with something new after 10."""
    lines = ["contact | at | customer | reason"]
    for n in range(120):
        lines += [f"a{n:03d} | 01-02 09:00 | k{n} | fault", f"b{n:03d} | {'01-05' if n < 60 else '01-12'} 09:00 | k{n} | fault"]
    log = drawn("\n".join(lines))
    period = (day("01-01"), day("03-31"))
    audits = from_rows(
        [Audit(f"a{n:03d}", None, True, "no" if n < 60 else "at_hangup", 1, None, None, None) for n in range(120)], Audit
    )
    best = best_windows(facts(*log.frames(), period, period[1]), audits, period)[0]
    assert 3.0 <= (best.value or 0) < 10.0
    assert (best.numerator, best.denominator) == (120, 120)


# --- bounds without an audit ------------------------------------------------------------------------------------------------


def followed(**parts: tuple[int, float, float]) -> tuple[Followed, Looked]:
    """First contacts of 90 days: how many, the day they were followed on (0: never), the share of followers that says so.

    Each customer has one. Every tenth contact that speaks of an earlier one has none in the log.
    """
    gap = np.concatenate([np.full(n, at or np.nan) for n, at, _ in parts.values()])
    says = np.concatenate([np.arange(n) < round(n * share) for n, _, share in parts.values()])
    first = Followed(gap, np.full(gap.size, 90.0), says & ~np.isnan(gap), np.arange(gap.size))
    spoke = np.arange(400) < 100
    return first, Looked(spoke, np.arange(400) % 10 != 0, np.arange(400))


SOON, STAY = (200, 0.5, 0.5), (1800, 0.0, 0.0)  # a tenth came back within a day, half of them said that they had been here
NOTHING = Believed(0.0, 0.0)


def between(believed: Believed = NOTHING, **parts: tuple[int, float, float]) -> tuple[float, float]:
    found = bounds(*followed(**parts), believed)
    assert found is not None
    return found


def test_who_comes_back_and_says_so_stands_for_those_who_do_not_say_so() -> None:
    """A tenth came back, and links find nine tenths of what is spoken of: 1 / 9 was followed."""
    low, high = between(soon=SOON, stay=STAY)
    assert low < 1 - 0.1 / 0.9 < high
    assert high - low < 0.06


def test_new_problems_that_nobody_calls_old_move_no_bound() -> None:
    before, after = between(soon=SOON, stay=STAY), between(soon=SOON, new=(600, 12.0, 0.0), stay=(1200, 0.0, 0.0))
    assert after == pytest.approx(before, abs=0.02)


def test_late_repeats_count_by_those_who_say_so() -> None:
    """A hundred more came on day 9, half of whom say so as the early ones do: they count in full, and nobody on day 40."""
    low, high = between(soon=SOON, late=(100, 9.0, 0.5), much_later=(100, 40.0, 0.0), stay=(1600, 0.0, 0.0))
    assert low < 1 - 0.15 / 0.9 < high


def test_who_gives_up_lowers_the_low_end_and_who_asks_again_raises_the_high_end() -> None:
    plain = between(soon=SOON, stay=STAY)
    give_up, ask = between(Believed(0.3, 0.0), soon=SOON, stay=STAY), between(Believed(0.0, 0.05), soon=SOON, stay=STAY)
    assert give_up[0] < plain[0] - 0.03 and give_up[1] == plain[1]
    assert ask[1] > plain[1] + 0.03 and ask[0] == plain[0]


def test_without_enough_spoken_cues_or_with_a_short_log_there_are_no_bounds() -> None:
    first, looked = followed(soon=(200, 0.5, 0.05), stay=STAY)
    assert bounds(first, looked, NOTHING) is None
    first, looked = followed(soon=SOON, stay=STAY)
    short = Followed(first.gap, np.full(first.gap.size, 30.0), first.spoke, first.customer)
    assert bounds(short, looked, NOTHING) is None


def test_two_witnesses_tell_what_links_miss() -> None:
    """Links found 40 repeats, customers spoke of 50, 20 are the same: Chapman says 41 · 51 / 21 - 1 = 98.6 repeats."""
    lines = ["contact | at | customer | link | recorded | cue"]
    for n in range(120):
        lines.append(f"a{n:03d} | 03-02 09:00 | k{n} | - | no | -")
        cue = "prior_contact" if n < 20 or 40 <= n < 70 else "-"
        lines.append(f"b{n:03d} | 03-05 09:00 | k{n} | {f'a{n:03d}' if n < 40 else '-'} | yes | {cue}")
    log = drawn("\n".join(lines))
    table = curves(facts(*log.frames(), PERIOD, PERIOD[1]), PERIOD, Fcr(windows=("7d",)))
    row = table.row(by_predicate=pl.col("definition") == "two_witness_recall", named=True)
    assert (row["numerator"], row["denominator"]) == (40, 99)
    assert row["value"] == pytest.approx(40 / (41 * 51 / 21 - 1))
    assert row["low"] < 0.4 < row["high"]
    assert json.loads(row["excluded"]) == {"no_text": 120}
