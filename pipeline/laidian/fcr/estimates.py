"""An audit, and guesses for every contact, make the estimates of a period: rows of the table of measures."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from laidian.calendar import Period
from laidian.fcr.estimate import Estimate, Flags, Floats, Ints, Sample, Share, by_fold, fold_of, ratio, restricted, unseen
from laidian.fcr.figures import GROUPS, UNKNOWN
from laidian.fcr.mistakes import NEVER, Mixed, Rates, corrected, rates
from laidian.fcr.surveys import biases
from laidian.stats import wilson
from laidian.tables import Measure, check, from_rows

GRADES: Mapping[str, tuple[str, ...]] = {"strict": ("at_hangup",), "promise": ("at_hangup", "in_promise")}
WEEK = 7 * 86400 * 1_000_000
ESTIMATES = (
    "estimate_strict", "estimate_promise", "contact_resolution", "bridge.7_hidden_failures", "bridge.8_estimate",
    "estimate_strict_net", "estimate_promise_net", "audited", "audit_unknown", "audit_disagreement",
    "survey_response_bias", "survey_answer_bias",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Judged:
    """A population with its audit. `settled`, `open_`: per grade, n flags and N flags (`open_`: an auditor could say settled)."""

    sample: Sample
    first: Flags
    settled: Mapping[str, Flags]
    open_: Mapping[str, Flags]
    unknown: Flags
    once: Flags
    first_rates: Rates
    settled_rates: Mapping[str, Rates]


@dataclass(frozen=True, slots=True)
class _Guesses:
    """For all N contacts: P(first), and per grade P(first and settled) and P(settled)."""

    q: Floats
    u: Mapping[str, Floats]
    v: Mapping[str, Floats]


def estimates(
    facts: pl.DataFrame, guessed_by: pl.DataFrame, audits: pl.DataFrame, frames: pl.DataFrame, period: Period, least: int,
    bounds: tuple[float | None, float | None] = (None, None), groups: Sequence[str] = GROUPS,
) -> pl.DataFrame:  # fmt: skip
    """The estimates of a period from its audit: `Measure` rows, for the whole and for each group.

    A figure of fewer than `least` audited contacts has no value. «Unknown» answers are guessed by the model for `value`;
    `low` takes them all for not settled and `high` for settled. `numerator` and `denominator` are estimated contacts.

    Args:
        facts: from `laidian.fcr.facts`, of the period.
        guessed_by: from `laidian.fcr.predictors`: the population.
        audits: `Audit`, by the contact_ids of `facts`; those of other periods are left aside.
        frames: contact_id, draw_id (int): from which draws' frames contacts could be drawn; the latest one counts. Empty: the
            audits are taken for a simple random sample of the period.
        period: first and last business day, inclusive.
        least: contacts audited that a figure needs.
        bounds: between what the truth must lie while nobody has audited; printed where `estimate_promise` has no value.
        groups: columns of `facts` by which the figures are given as well.
    """
    served = guessed_by.join(facts, on="contact_id", maintain_order="left")
    answers = _answers(served, audits)
    stratum = _strata(served, answers, frames)
    inside = stratum >= 0
    outside = facts.filter(pl.col("outside").is_not_null())
    judged = _judged(served.filter(inside), _answers(served.filter(inside), audits), stratum[inside]) if inside.any() else None
    guesses = _guessed(judged) if judged and judged.first.size >= least else None
    rows = [*_audit_counts(facts, answers, period)]
    everything = ("all", "all", np.ones(served.height, dtype=bool))
    keys = {by: served[by].cast(pl.String).fill_null(UNKNOWN) for by in groups}
    parts = [(by, name, (key == name).to_numpy()) for by, key in keys.items() for name in sorted(key.unique())]
    for group in (everything, *parts):
        found = _figures(judged, guesses, served, inside, outside, period, group, least)
        rows += [_bounded(row, bounds) if group is everything else row for row in found]
    rows += _net(judged, guesses, served, inside, outside, period, least)
    rows += _survey(judged, guesses, served.filter(inside), outside, period)
    return check(from_rows(rows, Measure), Measure)


def _bounded(row: Measure, bounds: tuple[float | None, float | None]) -> Measure:
    nothing = row.definition == "estimate_promise" and row.value is None
    return replace(row, low=bounds[0], high=bounds[1]) if nothing else row


def _answers(served: pl.DataFrame, audits: pl.DataFrame) -> pl.DataFrame:
    """The audits of these contacts with their place among them."""
    places = served.select("contact_id", "transferred").with_row_index("place")
    return places.join(audits, on="contact_id").sort("place")


def _strata(served: pl.DataFrame, answers: pl.DataFrame, frames: pl.DataFrame) -> Ints:
    """For each contact the number of its stratum from 0; -1: no audit could draw it."""
    latest = frames.group_by("contact_id").agg(pl.col("draw_id").max())
    drawn = served.select("contact_id").join(latest, on="contact_id", how="left", maintain_order="left")["draw_id"].fill_null(-1)
    stratum = drawn.to_numpy()
    counts = {s: int((stratum[answers["place"].to_numpy()] == s).sum()) for s in np.unique(stratum)}
    usable = sorted(s for s, n in counts.items() if n >= 2)
    if answers.height == 0:
        return np.zeros(served.height, dtype=np.int64)  # nobody has audited: nothing is outside a frame
    return np.array([usable.index(s) if s in usable else -1 for s in stratum], dtype=np.int64)


def _judged(served: pl.DataFrame, answers: pl.DataFrame, stratum: Ints) -> _Judged:
    columns = served.columns[2 : served.columns.index("day")]  # the predictors stand between the keys and the facts
    first = answers["is_first"].to_numpy().astype(bool)
    sample = Sample(
        served.select(columns).to_numpy(),
        fold_of(served["fold_key"]),
        stratum,
        answers["place"].to_numpy().astype(np.int64),
    )
    # what was handed on, or what the centre called about later, was not settled at hang-up, whatever an auditor says
    stays = ~(served["transferred"] + served["next_called"]).to_numpy().astype(bool)
    open_ = {"strict": stays, "promise": np.ones(served.height, dtype=bool)}
    settled = {
        name: answers["resolved"].is_in(grades).to_numpy() & open_[name][sample.audited] for name, grades in GRADES.items()
    }
    agreed = {"strict": "agreed_at_hangup", "promise": "agreed_settled"}
    return _Judged(
        sample, first, settled, open_, (answers["resolved"] == "unknown").to_numpy(), (answers["answers"] == 1).to_numpy(),
        _rates(answers["agreed_first"], first),
        {name: _rates(answers[column], answers["resolved"].is_in(GRADES[name]).to_numpy()) for name, column in agreed.items()},
    )  # fmt: skip


def _rates(agreed: pl.Series, truth: Flags) -> Rates:
    """Wrong answers to one question; contacts that were not judged twice say nothing."""
    twice = agreed.is_not_null().to_numpy()
    return rates(agreed.to_numpy()[twice].astype(bool), truth[twice])


def _guessed(judged: _Judged) -> _Guesses:
    """Settled is learnt from all that could be, first or not; to be first and settled is guessed as the product of both.

    A product of two guesses of all answers is nearer than one guess from the fewer that are both. What cannot be settled by the
    definition is guessed so, and not learnt from.
    """
    sample, known = judged.sample, ~judged.unknown
    first = by_fold(sample, judged.first, np.ones(judged.first.size, dtype=bool))
    settled = {
        name: by_fold(sample, said, known & judged.open_[name][sample.audited]) * judged.open_[name]
        for name, said in judged.settled.items()
    }
    return _Guesses(
        unseen(sample, first),
        {name: unseen(sample, first * v) for name, v in settled.items()},
        {name: unseen(sample, v) for name, v in settled.items()},
    )


def _figures(
    judged: _Judged | None, guesses: _Guesses | None, served: pl.DataFrame, inside: Flags, outside: pl.DataFrame, period: Period,
    group: tuple[str, str, Flags], least: int,
) -> Iterator[Measure]:  # fmt: skip
    """The estimates of one group, `(group_by, group, flags of the population)`."""
    group_by, name, mask = group
    left = outside if group_by == "all" else outside.filter(pl.col(group_by).cast(pl.String).fill_null(UNKNOWN) == name)
    excluded = dict(left["outside"].value_counts().sort("outside").iter_rows())
    covered = int((mask & inside).sum())
    if late := int(mask.sum()) - covered:
        excluded["not_in_frame"] = late
    part = mask[inside]
    audited = int(part[judged.sample.audited].sum()) if judged else 0
    known = (period, group_by, name, covered, excluded)
    if judged is None or guesses is None or audited < least:
        yield from (_nothing(definition, *known) for definition in ESTIMATES[:3])
        return
    for grade in GRADES:
        yield _row(f"estimate_{grade}", _first_resolution(judged, guesses, grade, part), *known)
    yield _row("contact_resolution", _contact_resolution(judged, guesses, part), *known)
    if group_by == "all":
        week = _first_by_window(served.filter(inside))
        yield _row("bridge.7_hidden_failures", _among(judged, guesses, week), *known)
        yield _row("bridge.8_estimate", _first_resolution(judged, guesses, "promise", part), *known)


def _net(
    judged: _Judged | None, guesses: _Guesses | None, served: pl.DataFrame, inside: Flags, outside: pl.DataFrame, period: Period,
    least: int,
) -> Iterator[Measure]:  # fmt: skip
    """The estimates without the reasons that one contact cannot settle by their nature."""
    net = (served["nature"] == "one").to_numpy()
    excluded = dict(outside["outside"].value_counts().sort("outside").iter_rows())
    counts = {"several_by_nature": int((~net).sum()), "not_in_frame": int((net & ~inside).sum())}
    excluded |= {why: n for why, n in counts.items() if n}
    part, covered = net[inside], int((net & inside).sum())
    audited = int(part[judged.sample.audited].sum()) if judged else 0
    for grade in GRADES:
        known = (period, "all", "all", covered, excluded)
        if judged is None or guesses is None or audited < least:
            yield _nothing(f"estimate_{grade}_net", *known)
        else:
            yield _row(f"estimate_{grade}_net", _first_resolution(judged, guesses, grade, part), *known)


def _survey(
    judged: _Judged | None, guesses: _Guesses | None, served: pl.DataFrame, outside: pl.DataFrame, period: Period
) -> Iterator[Measure]:
    """How far the survey is off, and why; nothing at all while there is no estimate."""
    if judged is None or guesses is None:
        return
    sample, q, u = judged.sample, guesses.q, guesses.u["promise"]
    first, likely = judged.first.astype(float), guesses.v["promise"][sample.audited]
    settled = np.where(judged.unknown, likely, judged.settled["promise"].astype(float))
    excluded = dict(outside["outside"].value_counts().sort("outside").iter_rows())
    yield from biases(sample, Share(first * settled, u, first, q), served, period, excluded)


def _first_resolution(judged: _Judged, guesses: _Guesses, grade: str, part: Flags) -> Estimate:
    sample, kept = restricted(judged.sample, part)
    q, u, v = guesses.q[part], guesses.u[grade][part], guesses.v[grade][part]
    first, open_ = judged.first[kept].astype(float), judged.open_[grade][part]
    unknown = judged.unknown[kept] & judged.first[kept]
    both = first * judged.settled[grade][kept]
    likely = v[sample.audited]

    def with_unknown(values: Floats) -> Estimate:
        above = np.where(unknown, values, both)
        found = ratio(sample, above, u, first, q)
        settled = ratio(sample, np.where(judged.unknown[kept], values, judged.settled[grade][kept].astype(float)), v,
                        np.ones(kept.sum()), np.ones(part.sum()))  # fmt: skip
        mixed = Mixed(found.value * found.base, found.base, settled.value, float(judged.once[kept].mean()), float(open_.mean()))
        return corrected(found, mixed, judged.first_rates, judged.settled_rates[grade], sample.audited.size - 1)

    found = with_unknown(likely)
    if not unknown.any():
        return found
    worst, best = with_unknown(np.zeros(kept.sum())), with_unknown(open_[sample.audited].astype(float))
    return Estimate(found.value, found.error, worst.low, best.high, found.base)


def _contact_resolution(judged: _Judged, guesses: _Guesses, part: Flags) -> Estimate:
    """Settled within the promise / all contacts, first or not."""
    sample, kept = restricted(judged.sample, part)
    v, settled, unknown = guesses.v["promise"][part], judged.settled["promise"][kept], judged.unknown[kept]
    ones, everything = np.ones(int(kept.sum())), np.ones(int(part.sum()))
    wrong, once = judged.settled_rates["promise"], float(judged.once[kept].mean())

    def with_unknown(values: Floats) -> Estimate:
        found = ratio(sample, np.where(unknown, values, settled), v, ones, everything)
        mixed = Mixed(found.value, 1.0, found.value, once, 1.0)
        return corrected(found, mixed, NEVER, wrong, sample.audited.size - 1)

    found = with_unknown(v[sample.audited])
    if not unknown.any():
        return found
    worst, best = with_unknown(0 * ones), with_unknown(ones)
    return Estimate(found.value, found.error, worst.low, best.high, 1.0)


def _first_by_window(served: pl.DataFrame) -> Flags:
    """First by the 7-day window, mature, and nobody came back within it: the bridge's «resolved» before the audit looks."""
    mature = (pl.col("covered_before") >= WEEK) & (pl.col("covered_after") >= WEEK) & pl.col("identified")
    first = mature & pl.col("reason").is_not_null() & ~(pl.col("same_before") <= WEEK).fill_null(False)
    return served.select(first.fill_null(False)).to_series().to_numpy()


def _among(judged: _Judged, guesses: _Guesses, chosen: Flags) -> Estimate:
    """Settled within the promise by audit / contacts that are first by the window, which the log knows of all."""
    sample, v = judged.sample, guesses.v["promise"]
    below = chosen.astype(float)
    settled = np.where(judged.unknown, v[sample.audited], judged.settled["promise"].astype(float))
    return ratio(sample, below[sample.audited] * settled, below * v, below[sample.audited], below)


def _row(
    definition: str, found: Estimate, period: Period, group_by: str, group: str, covered: int, excluded: dict[str, int]
) -> Measure:
    denominator = round(min(1.0, max(0.0, found.base)) * covered)
    left = {"not_first": covered - denominator} if covered > denominator else {}
    return Measure(
        definition, period[0], period[1], group_by, group, found.value, found.low, found.high, round(found.value * denominator),
        denominator, json.dumps({**excluded, **left}, sort_keys=True),
    )  # fmt: skip


def _nothing(definition: str, period: Period, group_by: str, group: str, covered: int, excluded: dict[str, int]) -> Measure:
    left = {"too_few_audits": covered} if covered else {}
    counts = json.dumps({**excluded, **left}, sort_keys=True)
    return Measure(definition, period[0], period[1], group_by, group, None, None, None, 0, 0, counts)


def _audit_counts(facts: pl.DataFrame, answers: pl.DataFrame, period: Period) -> Iterator[Measure]:
    """How many were audited, how many of those nobody could judge, and how many of those judged twice were judged apart."""
    outside = dict(facts.filter(pl.col("outside").is_not_null())["outside"].value_counts().sort("outside").iter_rows())
    served = facts.filter(pl.col("outside").is_null()).height
    twice = answers.filter(pl.col("answers") > 1)
    apart = twice.filter(~pl.col("agreed_first") | ~pl.col("agreed_settled").fill_null(True)).height
    unknown = answers.filter(pl.col("resolved") == "unknown").height
    shares: tuple[tuple[str, int, int, dict[str, Any]], ...] = (
        ("audited", answers.height, served, {}),
        ("audit_unknown", unknown, answers.height, {"not_audited": served - answers.height}),
        ("audit_disagreement", apart, twice.height,
         {"not_audited": served - answers.height, "audited_once": answers.height - twice.height}),
    )  # fmt: skip
    for definition, k, n, left in shares:
        low, high = wilson(k, n)
        counts = json.dumps({**outside, **{why: c for why, c in left.items() if c}}, sort_keys=True)
        yield Measure(definition, period[0], period[1], "all", "all", k / n if n else None, low, high, k, n, counts)
