"""What the survey's first-call resolution is worth: who answers is not everybody, and what they say is not what an audit finds.

Without an audit, answers are weighted by one over the chance to answer, which a model learns from the log; that takes out what
the log can see (those who came back answer less often), not what it cannot (those who gave up). With an audit both errors are
measured: how far those who answer lie above everybody, and how far what they say lies above what an audit finds of the same
customers. Source: C.-E. Särndal, B. Swensson, J. Wretman, Model Assisted Survey Sampling (1992), ch. 15 (nonresponse).
"""

import json
from collections.abc import Iterator
from math import sqrt

import numpy as np
import polars as pl

from laidian.calendar import Period
from laidian.fcr.estimate import Estimate, Floats, Sample, Share, apart, fold_of, guess, ratio, within
from laidian.stats import Z95
from laidian.tables import Measure

LEAST = 30
"""Answers, or audited contacts of those who answered, from which a figure is made."""

_LEARNT = 40_000  # contacts from which the chance to answer is learnt; more teach nothing new
_UNLIKELY = 0.005  # a smaller chance to answer than this counts as this, so that no answer stands for more than 200


def weighted(facts: pl.DataFrame, guessed_by: pl.DataFrame, period: Period) -> Measure:
    """`survey_fcr_weighted`: `survey_fcr` with every answer weighted by one over its contact's chance to be answered.

    Args:
        facts: from `laidian.fcr.facts`, of the period.
        guessed_by: from `laidian.fcr.predictors`.
        period: first and last business day, inclusive.
    """
    served = guessed_by.join(facts, on="contact_id", maintain_order="left")
    names = [c for c in guessed_by.columns[2:] if not c.startswith("said_")]
    answered = (served["said_first"].is_not_null() & served["said_resolved"].is_not_null()).to_numpy()
    counted = answered & (served["said_first"] == "yes").fill_null(False).to_numpy()
    yes = counted & (served["said_resolved"] == "yes").fill_null(False).to_numpy()
    outside = dict(facts["outside"].drop_nulls().value_counts().sort("outside").iter_rows())
    left = {"not_answered": int((~answered).sum()), "not_first": int((answered & ~counted).sum())}
    excluded = json.dumps({**outside, **{why: n for why, n in left.items() if n}}, sort_keys=True)
    n = int(counted.sum())
    value = low = high = None
    if n >= LEAST:
        learnt = np.unique(np.linspace(0, served.height - 1, min(served.height, _LEARNT)).astype(np.int64))
        one_stratum = np.zeros(served.height, dtype=np.int64)
        population = Sample(served.select(names).to_numpy(), fold_of(served["fold_key"]), one_stratum, learnt)
        weight = 1 / np.maximum(guess(population, answered[learnt]), _UNLIKELY)
        found = _hajek(weight[counted], yes[counted].astype(float))
        value, low, high = found.value, found.low, found.high
    return Measure("survey_fcr_weighted", *period, "all", "all", value, low, high, int(yes.sum()), n, excluded)


def _hajek(weight: Floats, yes: Floats) -> Estimate:
    """A weighted share; its error takes the weights for known, which is on the safe side."""
    value = float((weight * yes).sum() / weight.sum())
    error = sqrt(float(((weight * (yes - value)) ** 2).sum())) / float(weight.sum())
    return within(value, error, 1.0, yes.size - 1)


def biases(sample: Sample, everybody: Share, served: pl.DataFrame, period: Period, excluded: dict[str, int]) -> Iterator[Measure]:
    """`survey_response_bias` and `survey_answer_bias`, differences of shares; no values where too few who answered were audited.

    Args:
        sample: the population with its audit.
        everybody: first and settled within the promise / first, of the whole population.
        served: the facts of the population, in the sample's order.
        period: first and last business day, inclusive.
        excluded: why contacts are in no sample.
    """
    both = served.select(pl.col("said_first").is_not_null() & pl.col("said_resolved").is_not_null()).to_series().to_numpy()
    said = served.filter((pl.col("said_first") == "yes") & pl.col("said_resolved").is_not_null())["said_resolved"] == "yes"
    audited, part = int(both[sample.audited].sum()), both.astype(float)
    counts = json.dumps({**excluded, **{w: n for w, n in {"not_answered": int((~both).sum())}.items() if n}}, sort_keys=True)
    known = (*period, "all", "all")
    if audited < LEAST or len(said) < LEAST:
        for name in ("survey_response_bias", "survey_answer_bias"):
            yield Measure(name, *known, None, None, None, audited, int(both.sum()), counts)
        return
    seen = part[sample.audited]
    theirs = Share(everybody.above * seen, everybody.u * part, everybody.below * seen, everybody.q * part)
    response = apart(sample, theirs, everybody)
    yield Measure("survey_response_bias", *known, response.value, response.low, response.high, audited, int(both.sum()), counts)
    true, share = ratio(sample, theirs.above, theirs.u, theirs.below, theirs.q), float(said.sum()) / len(said)
    reach = Z95 * sqrt(true.error**2 + share * (1 - share) / len(said))
    off = share - true.value
    yield Measure("survey_answer_bias", *known, off, off - reach, off + reach, audited, int(both.sum()), counts)
