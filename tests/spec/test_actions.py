"""What came of an action: the register as labels make it, and changes against issues without one."""

from datetime import date, timedelta

import polars as pl
import pytest
from laidian.actions import Action, effects, foreseen, register
from laidian.settings import Issues

STARTS = date(2025, 5, 1)
FIRST, LAST = STARTS - timedelta(56), STARTS + timedelta(55)


def action(issue: str, starts: date = STARTS, target: float | None = None) -> Action:
    return Action(issue, "新口径", "李工", starts, target, "")


def begun(rates: dict[str, tuple[float, float]], cases: int = 400) -> pl.DataFrame:
    """For each issue so many cases before and after the start, exactly these shares of them followed."""
    rows = []
    for issue, sides in rates.items():
        for side, rate in enumerate(sides):
            for n in range(cases):
                day = (FIRST if side == 0 else STARTS) + timedelta(n % 56)
                rows.append((issue, day, f"{issue}{side}{n}", n < rate * cases))
    return pl.DataFrame(rows, schema=["issue", "day", "customer_key", "followed_soon"], orient="row")


OTHERS = {f"other{n}": (0.18 + 0.01 * n, 0.18 + 0.01 * n) for n in range(8)}


def told(rates: dict[str, tuple[float, float]], actions: list[Action], cases: int = 400, watched: date = LAST) -> dict[str, dict]:
    found = effects(actions, begun(rates, cases), watched, Issues())
    return {row["issue"]: row for row in found.iter_rows(named=True)}


def test_labels_of_one_issue_person_and_time_are_one_action() -> None:
    made, wrong = register([
        ("i.a", "action", "改口径", "甲", "2025-05-01"), ("i.a", "starts", "2025-05-03", "甲", "2025-05-01"),
        ("i.a", "owner", "李工", "甲", "2025-05-01"), ("i.a", "target", "10%", "甲", "2025-05-01"),
        ("i.b", "action", "派单提速", "甲", "2025-05-01"),
        ("i.c", "action", "换光猫", "乙", "2025-05-02"), ("i.c", "starts", "五月初", "乙", "2025-05-02"),
        ("i.d", "owner", "无措施", "乙", "2025-05-02"),
    ])  # fmt: skip
    assert made == (Action("i.a", "改口径", "李工", date(2025, 5, 3), 0.1, "甲"),)
    assert wrong == ("i.b: no starts", "i.c: starts or target cannot be read")


# what stands in the cells of starts and target -> how they are read
WRITTEN: dict[tuple[str, str], tuple[date, float] | None] = {
    ("2025-05-03", "10%"): (date(2025, 5, 3), 0.1),
    ("2025-05-03 00:00:00", "0.1"): (date(2025, 5, 3), 0.1),
    ("2025/5/3", "10"): (date(2025, 5, 3), 0.1),
    ("2025.5.3", "10％"): (date(2025, 5, 3), 0.1),
    ("2025年5月3日", "1"): (date(2025, 5, 3), 1.0),
    ("20250503", "0"): (date(2025, 5, 3), 0.0),
    ("5月3日", "10%"): None,
    ("2025-13-03", "10%"): None,
    ("2025-05-03", "110%"): None,
    ("2025-05-03", "少一点"): None,
}


@pytest.mark.parametrize("cells", WRITTEN)
def test_days_and_shares_are_read_as_people_write_them(cells: tuple[str, str]) -> None:
    at = ("甲", "2025-05-01")
    made, wrong = register([("i.a", "action", "改口径", *at), ("i.a", "starts", cells[0], *at), ("i.a", "target", cells[1], *at)])
    assert [(a.starts, a.target) for a in made] == [WRITTEN[cells]] if WRITTEN[cells] else (not made and len(wrong) == 1)


def test_an_action_that_can_be_used_makes_good_an_earlier_one_that_could_not() -> None:
    bad = [("i.a", "action", "改口径", "甲", "2025-05-01"), ("i.a", "starts", "五月初", "甲", "2025-05-01")]
    good = [("i.a", "action", "改口径", "甲", "2025-05-02"), ("i.a", "starts", "2025-05-03", "甲", "2025-05-02")]
    made, wrong = register([*bad, *good])
    assert len(made) == 1 and wrong == ()


def test_a_cut_that_the_others_do_not_have_is_told() -> None:
    found = told(OTHERS | {"a": (0.30, 0.12)}, [action("a")])["a"]
    assert (found["verdict"], found["cases_before"], found["followed_after"]) == ("fewer", 400, 48)
    assert -0.7 < found["low"] < found["change"] < found["high"] < 0
    assert found["others"] == 8 and found["others_change"] == pytest.approx(0.0, abs=0.02)


def test_a_fall_that_all_issues_have_is_no_effect() -> None:
    halved = {name: (before, before / 2) for name, (before, _) in OTHERS.items()}
    found = told(halved | {"a": (0.24, 0.12)}, [action("a")])["a"]
    assert found["verdict"] == "not_told" and found["others_change"] == pytest.approx(-0.5, abs=0.03)


def test_a_rise_beyond_the_others_is_told_as_more() -> None:
    assert told(OTHERS | {"a": (0.12, 0.30)}, [action("a")])["a"]["verdict"] == "more"


def test_others_that_rose_and_fell_by_as_much_have_not_changed() -> None:
    """A rate that fell has fewer repeats behind it; weighed by those, the others would seem to have risen."""
    both_ways = {f"other{n}": (0.2, (0.1, 0.3)[n % 2]) for n in range(40)}
    found = told(both_ways | {"a": (0.2, 0.2)}, [action("a")], cases=60)["a"]
    assert found["others_change"] == pytest.approx(0.0, abs=0.02) and found["change"] == pytest.approx(0.0, abs=0.03)


def test_what_an_action_could_show_is_what_as_many_cases_would_have_shown() -> None:
    rows = begun(OTHERS | {"a": (0.3, 0.3), "rare": (0.3, 0.3)})
    rows = rows.filter((pl.col("issue") != "rare") | pl.col("customer_key").str.ends_with("00"))
    seen = foreseen(["a", "rare"], [], rows, LAST, Issues())
    assert (seen["a"].cases, seen["a"].followed) == (400, 120)
    assert seen["a"].detectable == told(OTHERS | {"a": (0.3, 0.3)}, [action("a")])["a"]["detectable"]
    assert seen["rare"].detectable is None


def test_issues_whose_rates_wander_make_claims_harder() -> None:
    """The same change among issues that swing by a half either way is nothing special."""
    swings = {f"other{n}": ((0.3, 0.15), (0.15, 0.3))[n % 2] for n in range(8)}
    assert told(OTHERS | {"a": (0.26, 0.16)}, [action("a")])["a"]["verdict"] == "fewer"
    assert told(swings | {"a": (0.26, 0.16)}, [action("a")])["a"]["verdict"] == "not_told"


def test_a_high_rate_of_few_cases_is_expected_to_fall_by_itself() -> None:
    """40 cases at 40 % among issues at 20 % that never move: most of the fall is what chance had added before."""
    even = {f"other{n}": (0.2, 0.2) for n in range(12)}
    found = told(even | {"a": (0.40, 0.20)}, [action("a")], cases=40)["a"]
    assert found["verdict"] == "not_told"


def test_too_few_cases_or_others_are_said() -> None:
    assert told(OTHERS | {"a": (0.3, 0.1)}, [action("a")], cases=20)["a"]["verdict"] == "too_early"
    assert told({"b": (0.2, 0.2), "a": (0.3, 0.1)}, [action("a")])["a"]["verdict"] == "no_others"
    early = told(OTHERS | {"a": (0.3, 0.1)}, [action("a")], watched=STARTS + timedelta(1))["a"]
    assert (early["verdict"], early["days"]) == ("too_early", 2)


def test_an_issue_with_an_action_of_its_own_is_nobodys_comparison() -> None:
    found = told(OTHERS | {"a": (0.3, 0.12), "b": (0.3, 0.1)}, [action("a"), action("b", STARTS + timedelta(3))])
    assert found["a"]["others"] == 8


def test_power_grows_with_the_cases_and_with_the_cut_wanted() -> None:
    few, many = (told(OTHERS | {"a": (0.3, 0.3)}, [action("a")], cases=n)["a"] for n in (100, 2000))
    assert few["power"] < many["power"] and few["detectable"] > many["detectable"]
    assert told(OTHERS | {"a": (0.3, 0.3)}, [action("a", target=0.1)], cases=100)["a"]["power"] > few["power"]


def test_one_customers_cases_count_for_less_than_those_of_many() -> None:
    rates = OTHERS | {"a": (0.30, 0.18)}
    apart = begun(rates)
    two = pl.col("issue") + pl.col("followed_soon").cast(pl.String)
    clustered = apart.with_columns(customer_key=pl.when(pl.col("issue") == "a").then(two).otherwise("customer_key"))  # fmt: skip
    wide, narrow = (effects([action("a")], rows, LAST, Issues()).row(0, named=True) for rows in (clustered, apart))
    assert wide["high"] - wide["low"] > 2 * (narrow["high"] - narrow["low"])
