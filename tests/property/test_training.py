"""Champion against challenger: the counts against scikit-learn's, and laws of the interval and of the verdict."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laidian.reasons.training import RESAMPLES, _curve, _interval, _judged
from sklearn.metrics import accuracy_score, f1_score

NAMES = ["a", "b", "c", "d"]
ANSWERS = st.lists(st.tuples(*(st.sampled_from(NAMES) for _ in range(3)), st.integers(0, 5)), min_size=1, max_size=30)


@settings(max_examples=100, deadline=None)
@given(ANSWERS)
def test_judgements_are_scikit_learns(rows: list[tuple[str, str, str, int]]) -> None:
    truth, told = (np.array([row[n] for row in rows]) for n in (0, 1))
    mine = _judged(truth, told)
    theirs = f1_score(truth, told, average="macro", labels=sorted(set(truth.tolist())), zero_division=0)
    assert mine.macro_f1 == pytest.approx(theirs, abs=1e-4)
    assert mine.accuracy == pytest.approx(accuracy_score(truth, told), abs=1e-4)


@settings(max_examples=15, deadline=None)
@given(ANSWERS)
def test_the_interval_turns_with_the_sides_and_is_nothing_between_equals(rows: list[tuple[str, str, str, int]]) -> None:
    truth, old, new = (np.array([row[n] for row in rows]) for n in range(3))
    customer = np.unique([row[3] for row in rows], return_inverse=True)[1]
    named = sorted(set(truth.tolist()))
    low, high = _interval(truth, old, new, customer, named)
    assert -1 <= low <= high <= 1
    assert _interval(truth, new, old, customer, named) == pytest.approx((-high, -low), abs=2e-4)
    assert _interval(truth, old, old, customer, named) == (0.0, 0.0)


def test_the_interval_is_that_of_whole_customers_drawn_again() -> None:
    """Against a bootstrap written contact by contact, another stream of chance: equal to what chance leaves."""
    dice = np.random.default_rng(5)
    customer = np.repeat(np.arange(40), 3)
    truth = dice.choice(NAMES, 120)
    old, new = (np.where(dice.random(120) < right, truth, dice.choice(NAMES, 120)) for right in (0.4, 0.6))
    moved = []
    for _ in range(RESAMPLES // 4):
        again = np.concatenate([np.flatnonzero(customer == c) for c in dice.integers(0, 40, 40)])
        before, after = (_judged(truth[again], told[again]).macro_f1 for told in (old, new))
        moved.append(after - before)
    assert _interval(truth, old, new, customer, NAMES) == pytest.approx(tuple(np.quantile(moved, [0.025, 0.975])), abs=0.03)


def test_a_heavier_reason_is_never_the_less_sure_one() -> None:
    scores = np.array([0.2, 0.3, 0.6, 0.9] * 10)
    for right in (scores > 0.5, scores < 0.5, scores > 2, scores < 2):
        assert _curve(scores, right)[0] > 0
