"""The cross-fitted difference estimator: what an audit of few contacts says about all of them.

A model guesses for EVERY contact of the population whether it was first (q) and first and settled (u); the audit says how far
the guesses are off. With N contacts, n of them audited, F and R as audited:

    A = mean_N(u) + mean_n(F·R - u)      B = mean_N(q) + mean_n(F - q)      estimate = A / B

A bad model widens the interval and biases nothing, because each audited contact is guessed by models that have not seen its
customer. Sources: C.-E. Särndal, B. Swensson, J. Wretman, Model Assisted Survey Sampling (1992), ch. 6 (difference estimator);
A. N. Angelopoulos et al., PPI++ (arXiv 2311.01453); A. Fisch et al., stratified PPI (arXiv 2406.04291).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from laidian.stats import student

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

FOLDS = 5
PENALTY = 0.3
"""Inverse strength of the L2 penalty on the weights of predictors that lie in 0..1 (fcr_method.md «Estimate»)."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A population of N contacts and what the audit says of some of them. Arrays of `n` stand in the order of `audited`.

    `predictors`: N x p, in 0..1, none missing. `fold`: N numbers in 0..FOLDS-1, equal for a customer's contacts. `stratum`: N
    numbers from 0; within one, every contact was equally likely to be drawn. A stratum with fewer than two audited contacts
    must not occur. `audited`: n places in 0..N-1, each once.
    """

    predictors: Floats
    fold: Ints
    stratum: Ints
    audited: Ints


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share, its standard error and 95 % interval within 0..1; `base`: the estimated share it is divided by."""

    value: float
    error: float
    low: float
    high: float
    base: float


def restricted(sample: Sample, part: Flags) -> tuple[Sample, Flags]:
    """The sample of some of the contacts (N flags), and which of the audited ones are among them (n flags).

    A whole population keeps its strata; a part of it may have strata without audits, so it becomes one.
    """
    if part.all():
        return sample, np.ones(sample.audited.size, dtype=bool)
    kept = part[sample.audited]
    place = np.cumsum(part) - 1
    stratum = np.zeros(int(part.sum()), dtype=np.int64)
    return Sample(sample.predictors[part], sample.fold[part], stratum, place[sample.audited[kept]]), kept


def fold_of(customer_keys: Iterable[str]) -> Ints:
    """The fold of each contact, by its customer: the same in every run and on every machine."""
    return np.array([crc32(key.encode()) % FOLDS for key in customer_keys], dtype=np.int64)


def guess(sample: Sample, target: Flags, usable: Flags | None = None) -> Floats:
    """P(target) for all N contacts: an audited contact by the model without its fold, the others by the mean of all models.

    Args:
        sample: the population.
        target: n flags.
        usable: n flags, which of them a model may learn from (None: all).
    """
    return unseen(sample, by_fold(sample, target, np.ones(target.size, dtype=bool) if usable is None else usable))


def by_fold(sample: Sample, target: Flags, usable: Flags) -> Floats:
    """FOLDS x N: P(target) for all contacts by the models without each fold; arguments as of `guess`."""
    fold = sample.fold[sample.audited]
    return np.stack([
        _learnt(sample.predictors, sample.audited[usable & (fold != k)], target[usable & (fold != k)]) for k in range(FOLDS)
    ])  # fmt: skip


def unseen(sample: Sample, guesses: Floats) -> Floats:
    """Of what the models without each fold guess (FOLDS x N): an audited contact by the one without its own, else their mean."""
    guessed: Floats = guesses.mean(axis=0)
    guessed[sample.audited] = guesses[sample.fold[sample.audited], sample.audited]
    return guessed


def _learnt(predictors: Floats, rows: Ints, target: Flags) -> Floats:
    """Probabilities for all N by a model of these rows; their share where there is nothing to tell apart."""
    if target.all() or not target.any() or predictors.shape[1] == 0:
        share = (target.sum() + 0.5) / (target.size + 1)
        return np.full(predictors.shape[0], share)
    model = LogisticRegression(C=PENALTY, solver="newton-cholesky", max_iter=200).fit(predictors[rows], target)
    return np.asarray(1 / (1 + np.exp(-(predictors @ model.coef_[0] + model.intercept_[0]))))


@dataclass(frozen=True, slots=True)
class Share:
    """What is divided by what: n audited values and N guesses of the numerator, and of the denominator, all 0..1.

    The denominator is 1 (and its guess 1) for a plain share of the population. A share of a part of the population has all four
    0 outside the part.
    """

    above: Floats
    u: Floats
    below: Floats
    q: Floats


def ratio(sample: Sample, above: Floats, u: Floats, below: Floats, q: Floats) -> Estimate:
    """Sum of `above` / sum of `below` over the population; see `Share`."""
    value, base, influence = _linear(sample, Share(above, u, below, q))
    return within(value, _error(sample, influence), base, _degrees(sample))


def apart(sample: Sample, one: Share, other: Share) -> Estimate:
    """How far the first share lies above the second on the same audit: a difference, so within -1..1 and not within 0..1."""
    (a, _, of_a), (b, base, of_b) = _linear(sample, one), _linear(sample, other)
    error = _error(sample, of_a - of_b)
    half = student(_degrees(sample)) * error
    return Estimate(a - b, error, a - b - half, a - b + half, base)


def _linear(sample: Sample, share: Share) -> tuple[float, float, Floats]:
    """The share, its base, and the influence of each audited contact on it."""
    stratum, size, drawn = _strata(sample)
    weight = np.where(drawn > 0, size, 0.0)
    weight /= weight.sum()
    covered = np.isin(sample.stratum, np.flatnonzero(drawn))

    def total(seen: Floats, guessed: Floats) -> float:
        off = np.bincount(stratum, seen - guessed[sample.audited], minlength=size.size) / np.maximum(drawn, 1)
        return float(guessed[covered].mean() + weight @ off)

    a, b = total(share.above, share.u), max(total(share.below, share.q), 1e-9)
    value = a / b
    residual = (share.above - value * share.below) - (share.u - value * share.q)[sample.audited]
    return value, b, residual / b


def _error(sample: Sample, influence: Floats) -> float:
    stratum, size, drawn = _strata(sample)
    weight = np.where(drawn > 0, size, 0.0)
    weight /= weight.sum()
    centred = influence - (np.bincount(stratum, influence, minlength=size.size) / np.maximum(drawn, 1))[stratum]
    spread = np.bincount(stratum, centred**2, minlength=size.size) / np.maximum(drawn - 1, 1)
    return sqrt(max(float((weight**2 * (1 - drawn / np.maximum(size, 1)) * spread / np.maximum(drawn, 1)).sum()), 0.0))


def _strata(sample: Sample) -> tuple[Ints, Floats, Floats]:
    """The stratum of each audited contact; contacts and audited ones of each stratum."""
    stratum, size = sample.stratum[sample.audited], np.bincount(sample.stratum).astype(float)
    return stratum, size, np.bincount(stratum, minlength=size.size).astype(float)


def _degrees(sample: Sample) -> int:
    """Degrees of freedom: audited contacts less strata."""
    return len(sample.audited) - int(np.unique(sample.stratum[sample.audited]).size)


def within(value: float, error: float, base: float, degrees: int) -> Estimate:
    """An estimate with its 95 % interval, both kept within 0..1; `degrees` of freedom of the error."""
    half, clipped = student(degrees) * error, min(1.0, max(0.0, value))
    return Estimate(clipped, error, max(0.0, min(clipped, value - half)), min(1.0, max(clipped, value + half)), base)
