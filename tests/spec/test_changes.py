"""How far a figure moved from the period before, and that one customer's many contacts are no many customers."""

from math import sqrt

import numpy as np
import polars as pl
import pytest
from laidian.fcr import changes, facts, figures, shares
from laidian.settings import Fcr
from laidian.stats import Z95
from laidian.tables import Change, Measure, empty, from_rows

from tests.drawn_contacts import Log, day, drawn

NOW, BEFORE = (day("03-10"), day("03-16")), (day("03-03"), day("03-09"))
SETTINGS = Fcr(windows=("24h",))


def moved(log: Log, *more: tuple[Measure, Measure]) -> dict[str, Change]:
    known = tuple(facts(*log.frames(), period, day("05-31")) for period in (NOW, BEFORE))
    tables = [shares(table, period, SETTINGS) for table, period in zip(known, (NOW, BEFORE), strict=True)]
    both = tuple(pl.concat([table, from_rows([pair[n] for pair in more], Measure)]) for n, table in enumerate(tables))
    found = changes(known, both, (NOW, BEFORE), figures(SETTINGS.windows))  # type: ignore[arg-type]
    return {row["definition"]: Change(**row) for row in found.iter_rows(named=True)}


def transfers(now: int, before: int, of: int, a_customer: int) -> Log:
    """`of` contacts in each week, of which `now` and `before` were transferred; each customer has `a_customer` in a row."""
    lines = ["contact | at | customer | transferred"]
    for week, start, k in (("n", 10, now), ("b", 3, before)):
        for i in range(of):
            who = f"{week}{i // a_customer}"
            lines.append(f"{week}{i:03d} | 03-{start + i % 7:02d} 09:00 | {who} | {'yes' if i < k else 'no'}")
    return drawn("\n".join(lines))


def test_customers_of_one_contact_each_give_the_interval_of_two_shares() -> None:
    found = moved(transfers(60, 40, of=200, a_customer=1))["transfer_rate"]
    assert (found.value, found.before, found.change) == pytest.approx((0.3, 0.2, 0.1))
    half = Z95 * sqrt(0.3 * 0.7 / 200 + 0.2 * 0.8 / 200)
    assert (found.low, found.high) == pytest.approx((0.1 - half, 0.1 + half))


def test_a_customer_who_brings_ten_contacts_counts_as_one() -> None:
    """The same shares; but a customer is transferred each time or never: there are twenty to learn from, not two hundred."""
    one, ten = (moved(transfers(60, 40, of=200, a_customer=n))["transfer_rate"] for n in (1, 10))
    assert ten.change == one.change
    assert ten.high - ten.low == pytest.approx(sqrt(10) * (one.high - one.low))


def test_customers_who_come_in_both_weeks_make_the_change_surer() -> None:
    lines = ["contact | at | customer | transferred"]
    for i in range(200):
        lines.append(f"b{i:03d} | 03-03 09:00 | k{i} | {'yes' if i < 40 else 'no'}")
        lines.append(f"n{i:03d} | 03-10 09:00 | k{i} | {'yes' if i < 60 else 'no'}")
    same, other = moved(drawn("\n".join(lines)))["transfer_rate"], moved(transfers(60, 40, of=200, a_customer=1))["transfer_rate"]
    assert same.change == other.change
    assert same.high - same.low < 0.6 * (other.high - other.low)


def test_a_share_without_a_value_on_either_side_has_not_moved_and_a_count_is_no_share() -> None:
    log = drawn("contact | at | customer | transferred\n a | 03-10 09:00 | zhou | yes")
    assert moved(log) == {}
    assert "population" not in moved(transfers(60, 40, of=200, a_customer=1))


def test_an_estimate_moves_by_its_audits_error_and_by_the_customers_who_came() -> None:
    def estimate(value: float, half: float, period: tuple[object, object]) -> Measure:
        return Measure("estimate_promise", *period, "all", "all", value, value - half, value + half, 70, 100, "{}")  # type: ignore[arg-type]

    found = moved(transfers(60, 40, of=200, a_customer=1), (estimate(0.7, 0.04, NOW), estimate(0.6, 0.03, BEFORE)))
    half = Z95 * sqrt((0.04 / Z95) ** 2 + (0.03 / Z95) ** 2 + 0.7 * 0.3 / 100 + 0.6 * 0.4 / 100)
    assert found["estimate_promise"].change == pytest.approx(0.1)
    assert (found["estimate_promise"].low, found["estimate_promise"].high) == pytest.approx((0.1 - half, 0.1 + half))


def test_the_interval_covers_where_nothing_has_changed() -> None:
    """Eighty customers a week, each with one to five contacts and a habit of its own: 95 of 100 intervals should hold 0."""
    rng, holds = np.random.default_rng(3), 0
    for _ in range(60):
        lines = ["contact | at | customer | transferred"]
        for week, start in (("n", 10), ("b", 3)):
            for who in range(80):
                habit = rng.beta(1, 2)
                for i in range(rng.integers(1, 6)):
                    yes = "yes" if rng.random() < habit else "no"
                    lines.append(f"{week}{who}-{i} | 03-{start + i:02d} 09:00 | {week}{who} | {yes}")
        log = drawn("\n".join(lines))
        known = tuple(facts(*log.frames(), period, day("05-31")) for period in (NOW, BEFORE))
        only = tuple(f for f in figures(SETTINGS.windows) if f.definition == "transfer_rate")
        row = changes(known, (empty(Measure), empty(Measure)), (NOW, BEFORE), only).row(0, named=True)  # type: ignore[arg-type]
        holds += row["low"] <= 0 <= row["high"]
    assert holds >= 52  # of 60; below it with a chance under one in a hundred at 95 %
