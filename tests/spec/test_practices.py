"""What agents' practices go with, and how often teams use them."""

from typing import Any

import polars as pl
import pytest
from laidian.issues.practices import practice_use, practices, practised

from tests.drawn_contacts import day

WEEK = (day("03-10"), day("03-16"))


def rows(groups: dict[tuple[str, bool], tuple[int, int]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(issue, with the practice) -> contacts, settled."""
    contacts: list[dict[str, Any]] = []
    shown = []
    for (issue, used), (count, settled) in groups.items():
        for n in range(count):
            name = f"{issue}{used}{n}"
            contacts.append({
                "contact_id": name, "reason": "r", "issue": issue, "queue": "q", "transferred": False,
                "followed_soon": n >= settled,
                "team": "一班" if n % 2 else "二班",
            })  # fmt: skip
            if used:
                shown.append((name, "confirms"))
    return pl.DataFrame(contacts), pl.DataFrame(shown, schema=["contact_id", "practice"], orient="row")


def test_a_practice_is_an_agents_cue_and_a_concrete_time_is_a_promise_that_names_it() -> None:
    cues = pl.DataFrame(
        [("a", "agent", "restates", None), ("a", "agent", "restates", None), ("a", "customer", "confirms", None),
         ("b", "agent", "promise", "二十四小时"), ("c", "agent", "promise", None), ("c", "agent", "greeting", None)],
        schema=["contact_id", "speaker", "kind", "when"], orient="row",
    )  # fmt: skip
    assert practised(cues).rows() == [("a", "restates"), ("b", "concrete_time")]


def test_the_difference_is_that_within_issues_not_of_the_mix() -> None:
    """Confirming is common where cases are easy; within each issue it goes with 10 points more."""
    table = practices(*rows({
        ("easy", True): (400, 360), ("easy", False): (100, 80), ("hard", True): (100, 50), ("hard", False): (400, 160),
    }), WEEK).filter(reason="all")  # fmt: skip
    found = table.row(0, named=True)
    assert found["difference"] == pytest.approx(0.1)
    assert found["low"] < 0.1 < found["high"] and found["q"] < 0.05
    crude = found["with_settled"] / found["with_contacts"] - found["without_settled"] / found["without_contacts"]
    assert crude > 0.3


def test_an_issue_where_everybody_does_it_compares_nothing() -> None:
    found = practices(*rows({("x", True): (100, 90), ("y", False): (100, 10)}), WEEK)
    assert found.is_empty()


def test_fewer_than_thirty_with_or_without_are_not_compared() -> None:
    assert practices(*rows({("x", True): (29, 20), ("x", False): (300, 100)}), WEEK).is_empty()


def test_no_association_is_told_where_there_is_none() -> None:
    found = practices(*rows({("x", True): (200, 100), ("x", False): (200, 100)}), WEEK).filter(reason="all").row(0, named=True)
    assert found["difference"] == 0.0 and found["q"] == 1.0


def test_a_teams_use_stands_beside_what_its_issues_let_expect() -> None:
    contacts, shown = rows({("x", True): (60, 0), ("x", False): (40, 0)})
    north = contacts.with_columns(
        team=pl.when(pl.col("contact_id").str.contains("True")).then(pl.lit("一班")).otherwise(pl.lit("二班"))
    )
    use = practice_use(north, shown, WEEK).filter(practice="confirms", reason="all").sort("team")
    assert use.select("team", "contacts", "used", pl.col("expected").round(9)).rows() == [
        ("一班", 60, 60, 0.6),
        ("二班", 40, 0, 0.6),
    ]


def test_a_reason_of_a_team_has_its_own_use_where_its_contacts_are_enough() -> None:
    contacts, shown = rows({("x", True): (50, 0), ("x", False): (50, 0), ("y", True): (20, 0)})
    told = contacts.with_columns(reason=pl.col("issue"), team=pl.lit("一班"))
    use = practice_use(told, shown, WEEK).filter(practice="confirms").sort("reason")
    assert use.select("reason", "contacts", "used").rows() == [("all", 120, 70), ("x", 100, 50)]
    assert use["expected"].to_list() == pytest.approx([70 / 120, 0.5])
