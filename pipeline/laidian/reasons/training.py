"""A centre's own labels: a scorer that learned them (the challenger) against the one in use (the champion).

Each labelled contact is judged by scorers that learned from no contact of its customer: folds are whole customers. A champion
that came out of earlier labels is made anew in the same way, or it would be judged on what it was taught. The interval of the
difference resamples customers, both scorers on the same ones (paired bootstrap). A scorer gains already by knowing which reasons
are labelled how often, whoever they belong to; so the challenger must also beat one that learned the same labels dealt at random
among the contacts, and where analysts label at random nothing is promoted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from laidian.lexicons import OTHER, Taxonomy
from laidian.reasons.fit import Example, fit, sentences, words_of
from laidian.reasons.learned import Learned, chance
from laidian.reasons.weigh import SCALE

FOLDS, RESAMPLES = 5, 2000
TIMES = 3
"""What a centre's own contact weighs beside a sentence of ours; chosen by folds on a tuning half (decision 0010)."""

_LEAST_SLOPE = 0.05  # a heavier reason is never the less sure one
_LEAST_RIGHT = 1e-4


class Labelled(NamedTuple):
    """One contact with an analyst's reason. `text`: what its customer said, redacted. `random`: it was drawn at random."""

    contact_id: str
    customer_key: str
    reason: str
    text: str
    random: bool


Told = Mapping[str, tuple[str, float]]
"""Contact -> its primary reason and the score."""

Tell = Callable[[Learned | None], Told]
"""Tags all labelled contacts by a scorer (None: the bundled one), as a night does."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One scorer on the labelled contacts, or on those drawn at random: shares in 0..1; `macro_f1` over the reasons labelled."""

    macro_f1: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of the challenger's answers between two scores: how many, the mean score, the share that is right."""

    low: float
    high: float
    contacts: int
    said: float
    right: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Champion against challenger on `contacts` labelled contacts of `customers` customers, `reasons` different reasons.

    `low`, `high`: 95 % interval of the challenger's macro-F1 less the champion's; `over_mix`: the same, less that of a scorer
    that learned the labels dealt at random (null: not looked at, the challenger being no better than the champion). `random`: the
    same pair of judgements on the `random_contacts` that were drawn at random, as a whole night looks (null: none were). `other`:
    contacts labelled
    `general.other`, and of them those that champion and challenger call so; `other_told`: contacts that each calls so.
    `calibration`: how sure the challenger says it is, by folds. `why`: the verdict in words.
    """

    contacts: int
    customers: int
    reasons: int
    champion: Judged
    challenger: Judged
    low: float
    high: float
    over_mix: tuple[float, float] | None
    random_contacts: int
    random: tuple[Judged, Judged] | None
    other: tuple[int, int, int]
    other_told: tuple[int, int]
    calibration: tuple[Calibration, ...]
    promoted: bool
    why: str


def fold_of(customer_key: str) -> int:
    """Which fold a customer's contacts belong to; the same in every run."""
    return int(sha256(customer_key.encode()).hexdigest(), 16) % FOLDS


def learn(taxonomy: Taxonomy, labelled: Sequence[Labelled]) -> Learned:
    """The bundled sentences and the taxonomy's words, with the labelled contacts beside them, each TIMES times."""
    own = [Example(x.reason, x.text) for x in labelled]
    return fit([*sentences(), *words_of(taxonomy), *own * TIMES])


def compare(
    labelled: Sequence[Labelled], taxonomy: Taxonomy, tell: Tell, champion: Learned | None, taught: Mapping[str, str]
) -> tuple[Comparison, Learned]:
    """The comparison, and the challenger that learned from all labels; whoever calls decides by `promoted`.

    Args:
        labelled: the contacts, each once, sorted.
        taxonomy: the workspace's.
        tell: tags the contacts by a scorer.
        champion: the scorer in use; None = the bundled one.
        taught: contact -> reason that the champion learned from; empty: none of these.
    """
    before = [x._replace(reason=taught[x.contact_id]) for x in labelled if x.contact_id in taught]
    old = _by_folds(labelled, before, taxonomy, tell) if before else tell(champion)
    new = _by_folds(labelled, labelled, taxonomy, tell)
    truth, told_old, told_new = (np.array(names) for names in zip(*(_row(x, old, new) for x in labelled), strict=True))
    customer = np.unique([x.customer_key for x in labelled], return_inverse=True)[1]
    named = sorted(set(truth.tolist()))
    low, high = _interval(truth, told_old, told_new, customer, named)
    over_mix = None
    if low > 0:
        mix = _by_folds(labelled, _dealt(labelled), taxonomy, tell)
        told_mix = np.array([_row(x, mix, new)[1] for x in labelled])
        over_mix = _interval(truth, told_mix, told_new, customer, named)
    drawn = np.array([x.random for x in labelled])
    scores = np.array([new[x.contact_id][1] if x.contact_id in new else 0.0 for x in labelled])
    folds = np.array([fold_of(x.customer_key) for x in labelled])
    right = told_new == truth
    sure, other = told_new != OTHER, truth == OTHER
    pair = (_judged(truth[drawn], told_old[drawn]), _judged(truth[drawn], told_new[drawn])) if drawn.any() else None
    found = Comparison(
        len(labelled), int(customer.max()) + 1, len(named), _judged(truth, told_old), _judged(truth, told_new), low, high,
        over_mix,
        int(drawn.sum()), pair,
        (int(other.sum()), int((other & (told_old == OTHER)).sum()), int((other & (told_new == OTHER)).sum())),
        (int((told_old == OTHER).sum()), int((told_new == OTHER).sum())),
        _calibration(scores[sure], right[sure], folds[sure]), False, "",
    )  # fmt: skip
    found = replace(found, promoted=not (against := _against(found)), why=against or "the challenger is better: promoted")
    return found, replace(learn(taxonomy, labelled), sureness=_curve(scores[sure], right[sure]))


def _by_folds(labelled: Sequence[Labelled], known: Sequence[Labelled], taxonomy: Taxonomy, tell: Tell) -> Told:
    """What scorers say of contacts whose customers they do not know; they learned `known` but for those customers."""
    told: dict[str, tuple[str, float]] = {}
    for fold in range(FOLDS):
        asked = {x.contact_id for x in labelled if fold_of(x.customer_key) == fold}
        if asked:
            answers = tell(learn(taxonomy, [x for x in known if fold_of(x.customer_key) != fold]))
            told |= {contact: answer for contact, answer in answers.items() if contact in asked}
    return told


def _dealt(labelled: Sequence[Labelled]) -> list[Labelled]:
    """The same contacts with their labels dealt at random among them."""
    order = np.random.default_rng(0).permutation(len(labelled))
    return [x._replace(reason=labelled[int(at)].reason) for x, at in zip(labelled, order, strict=True)]


def _row(one: Labelled, old: Told, new: Told) -> tuple[str, str, str]:
    nothing = (OTHER, 0.0)
    return one.reason, old.get(one.contact_id, nothing)[0], new.get(one.contact_id, nothing)[0]


def _against(found: Comparison) -> str:
    """Why the challenger is not promoted; empty: it is."""
    if found.low <= 0:
        return "the challenger is not surely better: the champion stays"
    if found.over_mix and found.over_mix[0] <= 0:
        return "the labels tell how often a reason is, not which contact has it: the champion stays"
    if found.random and found.random[1].accuracy < found.random[0].accuracy:
        return "the challenger is worse on the contacts drawn at random: the champion stays"
    return ""


Names = npt.NDArray[np.str_]


def _judged(truth: Names, told: Names) -> Judged:
    named = sorted(set(truth.tolist()))
    counts = _counts(truth, told, np.zeros(len(truth), np.int64), named)
    return Judged(round(float(_macro_f1(counts)[0]), 4), round(float((truth == told).mean()), 4))


def _counts(truth: Names, told: Names, group: npt.NDArray[np.int64], named: Sequence[str]) -> npt.NDArray[np.float64]:
    """(right, told, true) x groups x reasons."""
    place = {name: n for n, name in enumerate(named)}
    counts = np.zeros((3, int(group.max()) + 1, len(named) + 1))
    at_true = np.array([place[name] for name in truth.tolist()])
    at_told = np.array([place.get(name, len(named)) for name in told.tolist()])
    np.add.at(counts[0], (group[truth == told], at_true[truth == told]), 1)
    np.add.at(counts[1], (group, at_told), 1)
    np.add.at(counts[2], (group, at_true), 1)
    return counts[:, :, :-1]


def _macro_f1(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """By group: the mean F1 of the reasons that are labelled in it."""
    right, told, true = counts
    f1 = 2 * right / np.maximum(told + true, 1)
    mean: npt.NDArray[np.float64] = np.where(true > 0, f1, 0).sum(axis=1) / np.maximum((true > 0).sum(axis=1), 1)
    return mean


def _interval(truth: Names, old: Names, new: Names, customer: npt.NDArray[np.int64], named: Sequence[str]) -> tuple[float, float]:
    both = [_counts(truth, told, customer, named) for told in (old, new)]
    dice, size = np.random.default_rng(0), both[0].shape[1]
    moved = []
    for _ in range(RESAMPLES // 100):
        times = dice.multinomial(size, np.full(size, 1 / size), 100).astype(float)
        before, after = (_macro_f1(np.array([times @ part for part in counts])) for counts in both)
        moved.append(after - before)
    low, high = np.quantile(np.concatenate(moved), [0.025, 0.975])
    return round(float(low), 4), round(float(high), 4)


def _curve(scores: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Slope and height of the logistic curve over log weight (Platt's way, on answers of scorers that did not see them)."""
    if len(set(right.tolist())) < 2:
        share = (right.sum() + 1) / (len(right) + 2)
        return np.array([_LEAST_SLOPE, float(np.log(share / (1 - share)))])
    fitted = LogisticRegression().fit(np.log(_weight(scores))[:, None], right)
    return np.array([max(_LEAST_SLOPE, float(fitted.coef_[0, 0])), float(fitted.intercept_[0])])


def _weight(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The weight behind a score that is no probability."""
    weight: npt.NDArray[np.float64] = -SCALE * np.log(np.clip(1 - scores, _LEAST_RIGHT, 1 - _LEAST_RIGHT))
    return weight


def _calibration(
    scores: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], folds: npt.NDArray[np.int64]
) -> tuple[Calibration, ...]:
    """Each fold's answers by the curve of the other folds."""
    said = np.zeros(len(scores))
    for fold in sorted(set(folds.tolist())):
        inside = folds == fold
        if not inside.all():
            said[inside] = chance(_weight(scores[inside]), _curve(scores[~inside], right[~inside]))
    bounds = (0.0, 0.5, 0.7, 0.9, 1.0)
    parts = [(low, high, (said >= low) & ((said < high) | (high == 1))) for low, high in pairwise(bounds)]
    return tuple(
        Calibration(low, high, int(inside.sum()), round(float(said[inside].mean()), 3), round(float(right[inside].mean()), 3))
        for low, high, inside in parts
        if inside.any()
    )
