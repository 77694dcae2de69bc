"""Excess burden, the four classes and the comparison with earlier periods, each worked out by hand on a drawn log."""

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from laidian.issues import rank
from laidian.issues.burden import burden, rank_bounds, reachable, resample, shrink
from laidian.issues.classes import difficulty, spread, typical
from laidian.issues.compared import compared
from laidian.issues.hot import ebgm, false_discovery, hot, rising
from laidian.settings import Issues, Report
from laidian.tables import Utterance, empty
from scipy.integrate import quad

from tests.drawn_contacts import cue, day, drawn

WEEK = (day("03-10"), day("03-16"))


def log_of(rows: list[str]) -> Any:
    return drawn("contact | at | customer | reason | issue | link | queue | agent\n" + "\n".join(rows))


def lists(log: Any, **more: Any) -> pl.DataFrame:
    return rank(*log.frames()[:6], empty(Utterance), WEEK, Report(), **more)


def many(issue: str, cases: int, followed: int, queue: str = "-") -> list[str]:
    """`cases` cases of one customer each, the first `followed` of them with one repeat the day after."""
    rows = []
    for n in range(cases):
        name = f"{issue}{n}"
        rows.append(f"{name} | 03-10 09:00 | {name} | fault | {issue} | - | {queue} | a{n % 4}")
        if n < followed:
            rows.append(f"{name}again | 03-11 09:00 | {name} | fault | {issue} | {name} | {queue} | a{n % 4}")
    return rows


# --- burden ----------------------------------------------------------------------------------------------------------------


def test_the_burden_is_what_its_formula_says() -> None:
    """Rates far apart and many cases: nothing is shrunk to speak of, and the easy issue sets what can be reached."""
    #                 contacts, seconds, opened, followed, extra, escalated
    sums = np.array([[4000.0, 400_000.0, 3000.0, 1500.0, 3000.0, 0.0], [4000.0, 800_000.0, 4000.0, 40.0, 40.0, 0.0]])
    found = burden(sums, Issues(cost_per_hour=90.0))
    assert found.reference == pytest.approx(0.01, abs=1e-3)
    assert found.excess[0] == pytest.approx(3000 * (0.5 - 0.01) * 2, rel=0.01)
    assert found.cost[0] == pytest.approx(found.excess[0] * 100 / 3600 * 90, rel=0.01)
    assert found.cost[1] == 0.0


def test_a_rate_of_few_cases_is_drawn_to_the_whole_and_one_of_many_is_not() -> None:
    k, n = np.array([2.0, 400.0, 20.0, 150.0]), np.array([2.0, 1000.0, 200.0, 1000.0])
    few, many_, *_ = shrink(k, n)
    assert few < 0.75 and many_ == pytest.approx(0.4, abs=0.01)


def test_rates_that_differ_by_chance_only_are_all_that_of_the_whole() -> None:
    assert shrink(np.array([1.0, 0.0, 1.0]), np.array([4.0, 3.0, 5.0])) == pytest.approx([1 / 6] * 3)


def test_what_can_be_reached_is_the_rate_of_the_best_part_of_the_cases() -> None:
    rates, weights = np.array([[0.4], [0.1], [0.2]]), np.array([[50.0], [20.0], [30.0]])
    assert [float(reachable(rates, weights, part)[0]) for part in (0.1, 0.25, 0.5, 0.9)] == [0.1, 0.2, 0.2, 0.4]


def test_nothing_that_chance_explains_has_a_burden_and_repeats_rank_then() -> None:
    found = lists(log_of([*many("x", 3, 1), *many("y", 3, 0), *many("z", 6, 2)])).filter(ranking="unresolved")
    assert found["burden"].to_list() == [0.0, 0.0]
    assert found["issue"].to_list() == ["fault.z", "fault.x"]


def test_the_unresolved_list_ranks_by_burden_not_by_repeats() -> None:
    """easy has more repeats, because it is so common; hard has a rate far above what can be reached."""
    found = lists(log_of([*many("easy", 300, 30), *many("hard", 60, 24), *many("other", 100, 10)]))
    unresolved = found.filter(ranking="unresolved").sort("rank")
    assert unresolved["issue"].to_list()[0] == "fault.hard"
    assert dict(unresolved.select("issue", "repeats").rows())["fault.easy"] == 30 > unresolved["repeats"][0]
    first = unresolved.row(0, named=True)
    assert first["pareto"] and first["burden_low"] > 0 and (first["rank_low"], first["rank_high"]) == (1, 1)
    assert first["opened"] == 60 and first["excess_contacts"] < 24


def test_the_unresolved_list_is_in_order_of_the_burden_it_shows() -> None:
    """common is little above what can be reached, so chance moves its burden far; it is not put behind rare for that."""
    found = lists(log_of([*many("rare", 24, 14), *many("common", 1000, 70), *many("other", 400, 20)]))
    unresolved = found.filter(ranking="unresolved").sort("rank")
    assert unresolved["issue"].to_list()[:2] == ["fault.common", "fault.rare"]
    assert unresolved["burden"][0] > unresolved["burden"][1] and unresolved["burden_low"][0] < unresolved["burden_low"][1]


def test_the_first_contact_of_a_case_in_the_period_opens_it() -> None:
    """a lies before the week: b opens the case there, and only c came after it."""
    found = lists(log_of([
        "a | 03-07 09:00 | zhou | fault | x | - | - | -",
        "b | 03-10 09:00 | zhou | fault | y | a | - | -",
        "c | 03-11 09:00 | zhou | fault | y | b | - | -",
    ])).filter(ranking="common")  # fmt: skip
    assert found.select("issue", "contacts", "opened", "repeats").rows() == [("fault.y", 2, 1, 1)]


def test_customers_are_resampled_whole() -> None:
    """One customer with both contacts of an issue: a resample counts 0, 2, 4 ... contacts, never one."""
    rows = pl.DataFrame({
        "issue": ["x", "x", "y"], "customer_key": ["a", "a", "b"], "contact_id": ["1", "2", "3"], "contacts": [1, 1, 1],
        "handled_s": [60, 60, 60], "opened": [1, 0, 1], "opened_followed": [1, 0, 0], "extra": [1, 0, 0], "escalated": [0, 0, 0],
    })  # fmt: skip
    drawn_again = resample(rows, 4000).resamples[:, 0]
    assert set(drawn_again[0]) <= {2.0 * n for n in range(9)}
    assert drawn_again.mean(axis=1) == pytest.approx([2.0, 1.0], abs=0.1)
    assert drawn_again[1].var() == pytest.approx(1.0, abs=0.1)
    assert abs(np.corrcoef(drawn_again)[0, 1]) < 0.06
    assert resample(rows.reverse(), 100).resamples.tolist() == resample(rows, 100).resamples.tolist()


def test_equal_issues_share_all_their_ranks() -> None:
    low, high = rank_bounds(np.array([[3.0] * 50, [1.0] * 50, [1.0] * 50]))
    assert (low.tolist(), high.tolist()) == ([1, 2, 2], [1, 3, 3])


def test_the_pareto_set_is_the_fewest_issues_with_four_fifths() -> None:
    found = lists(log_of([*many("a", 6, 0), *many("b", 3, 0), *many("c", 1, 0)])).filter(ranking="common").sort("rank")
    assert found["pareto"].to_list() == [True, True, False]


def test_a_group_has_lists_of_its_own() -> None:
    found = lists(log_of([*many("a", 4, 1, "north"), *many("b", 3, 2, "south")]), group_by=("queue", "trade"))
    north = found.filter(group_by="queue", group="north", ranking="common")
    assert north.select("issue", "contacts", "rank").rows() == [("fault.a", 5, 1)]
    assert found.filter(group_by="trade").select("group").unique().to_series().to_list() == ["fault"]


def test_the_escalated_list_counts_the_customers_who_wanted_it_taken_higher() -> None:
    log = log_of([*many("a", 3, 0), *many("b", 2, 0)])
    log.cues = [cue("b0", "escalation"), cue("b1", "escalation"), cue("a0", "escalation", speaker="agent")]
    assert lists(log).filter(ranking="escalated").select("issue", "escalated", "share").rows() == [("fault.b", 2, 1.0)]


def test_a_target_is_the_issues_own_or_that_of_all() -> None:
    policy = Issues(target=0.2, targets={"fault.a": 0.1})
    found = lists(log_of([*many("a", 3, 1), *many("b", 3, 1)]), policy=policy).filter(ranking="common").sort("issue")
    assert found["target"].to_list() == [0.1, 0.2]


# --- classes ---------------------------------------------------------------------------------------------------------------


def test_spread_is_one_over_all_desks_and_zero_at_one() -> None:
    rows = pl.DataFrame({
        "issue": ["even"] * 4 + ["one"] * 4 + ["alone"], "agent_id": ["a", "b", "c", "d", "a", "a", "a", "a", "b"],
        "queue": ["q"] * 9,
    })  # fmt: skip
    assert dict(spread(rows).rows()) == {"even": 1.0, "one": 0.0, "alone": None}


def test_difficulty_is_the_mean_place_among_issues_with_enough_cases() -> None:
    lines = pl.DataFrame({
        "issue": ["hard", "easy", "rare"], "opened": [9, 9, 2], "shrunk_rate": [0.5, 0.1, 0.9], "extra_contacts": [2.0, 1.0, 9.0],
        "handled_s": [900.0, 90.0, 1.0], "transferred_rate": [0.1, 0.1, 0.9],
    })  # fmt: skip
    assert dict(difficulty(lines).rows()) == {"hard": 0.875, "easy": 0.125}


def test_what_is_left_of_a_reason_is_of_no_class() -> None:
    """Both are large and spread alike over the desks."""
    found = lists(log_of([*many("x", 60, 20), *many("other", 60, 20)])).filter(ranking="common")
    assert dict(found.select("issue", "classes").rows()) == {"fault.x": ["common"], "fault.other": []}


def test_the_typical_case_is_the_one_in_the_middle() -> None:
    rows = pl.DataFrame({
        "issue": ["x"] * 5, "case_key": list("abcde"), "opened": [True] * 5, "later_repeats": [0, 1, 1, 2, 9],
        "handled_s": [10.0, 300.0, 310.0, 320.0, 9000.0], "transferred": [False, True, False, False, True],
    })  # fmt: skip
    assert typical(rows).rows() == [("x", "c")]


def test_eb05_is_the_fifth_percentile_of_dumouchels_posterior() -> None:
    """Against the posterior integrated by hand, with the prior's starting values (fewer than ten cells are not fitted)."""
    n, expected = np.array([12.0, 0.0]), np.array([3.0, 2.0])
    ratio, low = ebgm(n, expected)

    def prior(x: float) -> float:
        def gamma(a: float, b: float) -> float:
            return float(b**a * x ** (a - 1) * math.exp(-b * x) / math.gamma(a))

        return gamma(0.2, 0.1) / 3 + gamma(2.0, 4.0) * 2 / 3

    def likely(x: float) -> float:
        return float(prior(x) * (x * 3.0) ** 12 * np.exp(-x * 3.0))

    whole = quad(likely, 0, 30)[0]
    assert quad(likely, 0, low[0])[0] / whole == pytest.approx(0.05, abs=1e-4)
    assert np.log(ratio[0]) == pytest.approx(quad(lambda x: np.log(x) * likely(x), 1e-9, 30)[0] / whole, abs=1e-4)
    assert ratio[1] < 1


def test_mann_kendall_tells_a_rise_and_not_its_mirror() -> None:
    rises = np.arange(12.0)
    tau, q = rising(np.array([rises, rises[::-1], np.zeros(12), [1, 2] * 6]))
    assert tau[:2].tolist() == [1.0, -1.0] and q[0] < 0.001 and q[1] > 0.9
    assert np.isnan(q[2]) and q[3] > 0.1


def test_the_false_discovery_rate_is_benjamini_and_hochbergs() -> None:
    assert false_discovery(np.array([0.01, np.nan, 0.04, 0.03, 0.5])) == pytest.approx(
        [0.04, np.nan, 0.16 / 3, 0.16 / 3, 0.5], nan_ok=True
    )


def _history(begun: dict[str, list[int]], first: date) -> pl.DataFrame:
    return pl.DataFrame([
        {"issue": issue, "day": first + timedelta(n), "begun": k, "contacts": k, "watched": k, "followed_soon": k // 4}
        for issue, counts in begun.items() for n, k in enumerate(counts)
    ])  # fmt: skip


def test_an_issue_is_hot_when_it_has_far_more_cases_than_before_and_not_when_everything_has() -> None:
    first = WEEK[0] - timedelta(28)
    quiet = {f"i{n}": [4] * 35 for n in range(12)}
    found = hot(_history(quiet | {"new": [0] * 28 + [5] * 7}, first), WEEK)
    assert found.filter("hot")["issue"].to_list() == ["new"]
    busy = {name: [*counts[:28], *[12] * 7] for name, counts in quiet.items()}
    assert not hot(_history(busy, first), WEEK)["hot"].any()


def test_without_weeks_before_nothing_is_hot() -> None:
    found = hot(_history({"a": [9] * 7, "b": [1] * 7}, WEEK[0]), WEEK)
    assert found.select("hot_low", "trend", "hot").rows() == [(None, None, False)] * 2


# --- compared --------------------------------------------------------------------------------------------------------------


def test_an_issue_is_compared_with_the_period_before_as_far_as_the_log_goes() -> None:
    first = WEEK[0] - timedelta(7)
    found = compared(_history({"a": [4] * 7 + [8] * 7, "b": [0] * 7 + [4] * 7}, first), WEEK, first).sort("issue")
    columns = ("issue", "watched", "watched_rate", "contacts_before", "watched_rate_before", "contacts_year")
    assert found.select(columns).rows() == [("a", 56, 0.25, 28, 0.25, None), ("b", 28, 0.25, 0, None, None)]
    low, high = found.select("change_low", "change_high").row(0)
    assert low < 0 < high
    assert found["change_low"][1] is None


def test_a_period_the_log_only_touches_is_not_compared_with() -> None:
    first = WEEK[0] - timedelta(6)
    found = compared(_history({"a": [4] * 13}, first), WEEK, first)
    assert found["contacts_before"].to_list() == [None]


def test_each_group_is_compared_with_its_own_period_before() -> None:
    """The log opens on the 3rd with a contact of another queue; the south had two of issue a the week before, the north none."""
    log = log_of([
        "o | 03-03 09:00 | otto | fault | b | - | east | -",
        "p | 03-04 09:00 | paul | fault | a | - | south | -",
        "q | 03-05 09:00 | quin | fault | a | - | south | -",
        "r | 03-06 09:00 | quin | fault | a | q | south | -",
        "a | 03-11 09:00 | zhou | fault | a | - | north | -",
        "c | 03-12 09:00 | anna | fault | a | - | south | -",
    ])  # fmt: skip
    found = lists(log, group_by=("queue",), as_of=day("03-31")).filter(ranking="common", group_by="queue").sort("group")
    columns = ("group", "contacts", "contacts_before", "watched_rate", "watched_rate_before", "contacts_year")
    assert found.select(columns).rows() == [("north", 1, 0, 0.0, None, None), ("south", 1, 3, 0.0, 1 / 3, None)]


def test_only_contacts_watched_for_the_window_are_compared() -> None:
    """As of the 18th, those up to the 11th have been watched for seven days; the repeat of the 20th came too late."""
    log = log_of([
        "a | 03-11 09:00 | zhou | fault | x | - | - | -",
        "b | 03-20 09:00 | zhou | fault | x | a | - | -",
        "c | 03-12 09:00 | anna | fault | x | - | - | -",
        "d | 03-10 09:00 | carl | fault | x | - | - | -",
        "e | 03-12 10:00 | carl | fault | x | d | - | -",
    ])  # fmt: skip
    found = lists(log, as_of=day("03-18")).filter(ranking="common").row(0, named=True)
    assert (found["contacts"], found["repeats"], found["watched"], found["watched_rate"]) == (4, 2, 2, 0.5)
