"""Which issues jumped on a day."""

from datetime import date, timedelta

import numpy as np
import polars as pl
from laidian.issues.jumps import jumps

DAY = date(2025, 5, 1)


def history(counts: dict[str, list[int]]) -> pl.DataFrame:
    """Cases begun by issue on the days up to DAY."""
    rows = [
        (issue, DAY - timedelta(len(days) - 1 - n), k) for issue, days in counts.items() for n, k in enumerate(days) if k
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=["issue", "day", "begun"], orient="row")


def quiet(seed: int = 0, issues: int = 20, mean: float = 6.0) -> dict[str, list[int]]:
    rng = np.random.default_rng(seed)
    return {f"i{n:02d}": rng.poisson(mean, 29).tolist() for n in range(issues)}


def test_a_jump_is_told_with_what_was_expected() -> None:
    counts = quiet()
    counts["i03"][-1] = 40
    found = jumps(history(counts), DAY)
    assert found["issue"].to_list() == ["i03"]
    row = found.row(0, named=True)
    assert row["cases"] == 40 and 4 < row["expected"] < 12 and row["q"] < 0.01


def test_a_new_issue_can_jump() -> None:
    assert jumps(history(quiet() | {"new": [0] * 28 + [9]}), DAY)["issue"].to_list() == ["new"]


def test_a_day_on_which_everything_doubles_is_no_jump() -> None:
    counts = {name: [*days[:-1], days[-1] * 2] for name, days in quiet().items()}
    assert jumps(history(counts), DAY).is_empty()


def test_an_issue_that_swings_anyway_does_not_jump() -> None:
    counts = quiet() | {"bill": ([30] + [2] * 6) * 4 + [30]}
    assert jumps(history(counts), DAY).is_empty()


def test_fewer_than_five_cases_are_no_jump() -> None:
    assert jumps(history(quiet() | {"rare": [0] * 28 + [4]}), DAY).is_empty()


def test_a_log_of_less_than_two_weeks_tells_no_jump() -> None:
    counts = {name: days[-14:] for name, days in quiet().items()}
    counts["i03"][-1] = 90
    assert jumps(history(counts), DAY).is_empty()
