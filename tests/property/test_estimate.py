"""The estimator against its slow twin, and laws that hold whatever the log and the audit."""

import json
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from laidian.fcr import facts, predictors
from laidian.fcr.estimate import FOLDS, Sample, fold_of, guess, ratio, within
from laidian.fcr.estimates import estimates
from laidian.fcr.mistakes import Mixed, Rate, Rates, corrected, rates, unmix
from laidian.fcr.survival import away_after, curve
from laidian.tables import Audit, Link, empty, from_rows

from tests import reference_estimate as twin
from tests.drawn_contacts import drawn


@st.composite
def samples(draw: Any) -> tuple[Sample, list[bool], list[bool]]:
    """A small population with three predictors, some of it audited: first and settled."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    population = draw(st.integers(30, 80))
    audited = np.sort(rng.choice(population, draw(st.integers(12, 28)), replace=False))
    x = rng.integers(0, 5, (population, 3)) / 4
    stratum = np.zeros(population, dtype=np.int64)
    sample = Sample(x, rng.integers(0, FOLDS, population), stratum, audited)
    first = rng.random(audited.size) < 0.2 + 0.7 * x[audited, 0]
    settled = rng.random(audited.size) < 0.1 + 0.8 * x[audited, 1]
    return sample, first.tolist(), settled.tolist()


@settings(max_examples=25, deadline=None)
@given(samples())
def test_guesses_and_estimate_agree_with_the_slow_twin(drawn: tuple[Sample, list[bool], list[bool]]) -> None:
    sample, first, settled = drawn
    assume(any(first))
    both = [f and r for f, r in zip(first, settled, strict=True)]
    q, u = guess(sample, np.array(first)), guess(sample, np.array(both))
    x, fold, audited = sample.predictors.tolist(), sample.fold.tolist(), sample.audited.tolist()
    slow_q, slow_u = twin.guess(x, fold, audited, first), twin.guess(x, fold, audited, both)
    assert q == pytest.approx(slow_q, abs=1e-3)
    assert u == pytest.approx(slow_u, abs=1e-3)
    found = ratio(sample, np.array(both, dtype=float), u, np.array(first, dtype=float), q)
    theta, error = twin.ratio(len(x), audited, [float(b) for b in both], u.tolist(), [float(f) for f in first], q.tolist())
    assert found.value == pytest.approx(min(1.0, max(0.0, theta)))
    assert found.error == pytest.approx(error)
    assert 0 <= found.low <= found.value <= found.high <= 1


@settings(max_examples=25, deadline=None)
@given(samples())
def test_an_audit_of_everybody_leaves_nothing_to_estimate(drawn: tuple[Sample, list[bool], list[bool]]) -> None:
    sample, _, _ = drawn
    rng = np.random.default_rng(len(sample.audited))
    everybody = Sample(sample.predictors, sample.fold, sample.stratum, np.arange(len(sample.fold)))
    first = rng.random(len(sample.fold)) < 0.7
    both = first & (rng.random(len(sample.fold)) < 0.6)
    assume(first.any())
    found = ratio(everybody, both.astype(float), guess(everybody, both), first.astype(float), guess(everybody, first))
    assert found.value == pytest.approx(both.sum() / first.sum())
    assert found.error == pytest.approx(0.0)


@given(st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 30)), st.integers(0, 40)), min_size=1, max_size=30),
       st.integers(0, 35))  # fmt: skip
def test_the_curve_agrees_with_the_slow_twin(contacts: list[tuple[int | None, int]], days: int) -> None:
    gaps = [float(g) if g is not None and g <= w else None for g, w in contacts]
    watched = [float(w) for _, w in contacts]
    found = curve(np.array([np.nan if g is None else g for g in gaps]), np.array(watched))
    share, low, high = away_after(found, days)
    assert share == pytest.approx(twin.away(gaps, watched, days))
    assert 0 <= low <= share <= high <= 1


ERRORS = st.builds(lambda yes, no: Rates(Rate(yes, 0.0), Rate(no, 0.0)), st.floats(0, 0.2), st.floats(0, 0.2))


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.floats(0.05, 0.95), ERRORS, ERRORS, st.floats(0, 1))
def test_unmixing_undoes_what_wrong_answers_did(
    first: float, settled: float, share: float, on_first: Rates, on_settled: Rates, once: float
) -> None:
    """The four kinds of contact are answered wrongly at their own rates, and what was true comes back."""
    both = max(first + settled - 1, share * min(first, settled))
    kinds = {
        (True, True): both, (True, False): first - both, (False, True): settled - both, (False, False): 1 - first - settled + both
    }  # fmt: skip

    def says_yes(rates: Rates, truth: bool) -> float:
        return 1 - rates.no.value if truth else rates.yes.value

    said_first = sum(n * says_yes(on_first, f) for (f, _), n in kinds.items())
    said_settled = sum(n * says_yes(on_settled, r) for (_, r), n in kinds.items())
    said_both = sum(n * says_yes(on_first, f) * says_yes(on_settled, r) for (f, r), n in kinds.items())

    def mixed(truth: float, said: float) -> float:
        return truth + once * (said - truth)

    told = Mixed(mixed(both, said_both), mixed(first, said_first), mixed(settled, said_settled), once, 1.0)
    assert unmix(told, on_first, on_settled) == pytest.approx((both / first, settled))


def _audit_with_mistakes(rng: np.random.Generator, wrong: float) -> tuple[Any, Any, bool]:
    """Of 500 contacts, 100 judged twice, each answer wrong at the same rate: corrected, corrected as if rates were known, covers.

    Three quarters are first, of which three quarters are settled; of the others half.
    """
    first, twice = rng.random(500) < 0.75, np.arange(500) < 100
    settled = rng.random(500) < np.where(first, 0.75, 0.5)
    said = [(first ^ (rng.random(500) < wrong), settled ^ (rng.random(500) < wrong)) for _ in range(2)]
    same = [a == b for a, b in zip(*said, strict=True)]
    disputed = twice & ~(same[0] & same[1])
    f, r = (np.where(disputed, truth, one) for truth, one in zip((first, settled), said[0], strict=True))
    on_first, on_settled = rates(same[0][twice], f[twice]), rates(same[1][twice], r[twice])
    value = (f & r).sum() / f.sum()
    error = np.std((f & r) - value * f, ddof=1) / f.mean() / np.sqrt(500)
    mixed = Mixed(float((f & r).mean()), float(f.mean()), float(r.mean()), 0.8, 1.0)
    found = within(float(value), float(error), float(f.mean()), 499)
    sure = [Rates(Rate(q.yes.value, 0.0), Rate(q.no.value, 0.0)) for q in (on_first, on_settled)]
    return (
        corrected(found, mixed, on_first, on_settled, 499),
        corrected(found, mixed, *sure, 499),
        found.low <= 0.75 <= found.high,
    )


@pytest.mark.parametrize("wrong", [0.03, 0.06])
def test_corrected_intervals_cover_the_truth_as_often_as_they_say(wrong: float) -> None:
    """The rates of wrong answers are guesses from few contacts: intervals that take them for known are too narrow."""
    rng = np.random.default_rng(11)
    made = [_audit_with_mistakes(rng, wrong) for _ in range(2000)]

    def covers(place: int) -> float:
        return float(np.mean([one[place].low <= 0.75 <= one[place].high for one in made]))

    assert np.mean([one[0].value for one in made]) == pytest.approx(0.75, abs=0.003)
    assert 0.94 <= covers(0) <= 0.98
    assert covers(1) < covers(0) - 0.01
    assert np.mean([one[2] for one in made]) < 0.94, "as given, the answers do not cover"


def _log(rows: int) -> Any:
    """Many customers, each with a contact and some with a second one three days later."""
    lines = ["contact | at | customer | reason | team | transferred"]
    for n in range(rows):
        at = date(2025, 2, 1) + timedelta(n % 50)
        lines.append(f"a{n:03d} | {at:%m-%d} 09:00 | {'-' if n % 11 == 0 else f'k{n}'} | fault | t{n % 2} | no")
        if n % 3 == 0:
            lines.append(f"b{n:03d} | {at + timedelta(3):%m-%d} 09:00 | k{n} | fault | t{n % 2} | no")
    return drawn("\n".join(lines))


LOG = _log(120)
PERIOD = (date(2025, 2, 1), date(2025, 3, 31))
KNOWN = facts(*LOG.frames(), PERIOD, PERIOD[1])
GUESSED_BY = predictors(KNOWN, empty(Link), LOG.frames()[5])
NO_FRAMES = pl.DataFrame(schema={"contact_id": pl.String, "draw_id": pl.Int64})


def verdicts(answers: dict[str, tuple[bool, str]], draw_id: int | None = None) -> pl.DataFrame:
    return from_rows([Audit(c, draw_id, f, r, 1, None, None, None) for c, (f, r) in answers.items()], Audit)  # type: ignore[arg-type]


audits = st.integers(0, 10_000).map(
    lambda seed: {
        c: (bool(f < 0.8), g)
        for c, f, g in zip(
            np.random.default_rng(seed).permutation(GUESSED_BY["contact_id"].to_list())[:60].tolist(),
            np.random.default_rng(seed + 1).random(60),
            np.random.default_rng(seed + 2).choice(["at_hangup", "in_promise", "no", "unknown"], 60, p=[0.5, 0.2, 0.25, 0.05]),
            strict=True,
        )
    }
)


@settings(max_examples=12, deadline=None)
@given(audits)
def test_no_contact_is_lost_and_strict_is_never_above_promise(answers: dict[str, tuple[bool, str]]) -> None:
    table = estimates(KNOWN, GUESSED_BY, verdicts(answers), NO_FRAMES, PERIOD, 30)
    for row in table.filter(pl.col("group_by") == "all").iter_rows(named=True):
        if not row["definition"].endswith("_bias"):  # those are differences
            assert row["denominator"] + sum(json.loads(row["excluded"]).values()) == KNOWN.height, row["definition"]
        assert 0 <= row["numerator"] <= row["denominator"]
    value = dict(table.filter(pl.col("group_by") == "all").select("definition", "value").iter_rows())
    assert value["estimate_strict"] <= value["estimate_promise"] + 0.03  # two models, so not to the digit
    assert value["bridge.8_estimate"] == value["estimate_promise"]
    shares = table.filter(pl.col("value").is_not_null() & ~pl.col("definition").str.ends_with("_bias"))
    for row in shares.iter_rows(named=True):
        assert 0 <= row["low"] <= row["value"] <= row["high"] <= 1


@settings(max_examples=8, deadline=None)
@given(audits, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(answers: dict[str, tuple[bool, str]], shuffle: Any) -> None:
    given_ = verdicts(answers)
    mixed = [t.sample(fraction=1, shuffle=True, seed=shuffle.randrange(1000)) for t in (KNOWN, given_)]
    again = predictors(mixed[0], empty(Link), LOG.frames()[5])
    assert estimates(KNOWN, GUESSED_BY, given_, NO_FRAMES, PERIOD, 30).equals(
        estimates(mixed[0], again, mixed[1], NO_FRAMES, PERIOD, 30)
    )


@settings(max_examples=8, deadline=None)
@given(audits)
def test_unknown_answers_widen_the_interval_to_the_worst_and_the_best_case(answers: dict[str, tuple[bool, str]]) -> None:
    def bounds(resolved: str | None) -> tuple[float, float]:
        given_ = {c: (f, resolved if resolved and r == "unknown" else r) for c, (f, r) in answers.items()}
        table = estimates(KNOWN, GUESSED_BY, verdicts(given_), NO_FRAMES, PERIOD, 30, groups=())
        row = table.row(by_predicate=pl.col("definition") == "estimate_promise", named=True)
        return row["low"], row["high"]

    low, high = bounds(None)
    assert low <= bounds("no")[0] + 0.03  # the models learn from fewer answers, so not to the digit
    assert high >= bounds("in_promise")[1] - 0.03


def test_a_customers_contacts_are_in_one_fold_and_folds_are_the_same_everywhere() -> None:
    assert fold_of(["zhou", "anna", "zhou"]).tolist() == [fold_of(["zhou"])[0], fold_of(["anna"])[0], fold_of(["zhou"])[0]]
    assert fold_of(["zhou", "anna", "bert", "carl"]).tolist() == [3, 3, 2, 2]
