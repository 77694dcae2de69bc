"""P(first), P(resolved) for every contact, learnt from the audit; and the same from what the customer did alone, for scorecards.

An audited contact is old when it is judged, tonight's contacts are not: a model of the old ones would take a customer who has
had no hour to come back for one who stayed away. So each audited contact teaches at several ages, as the log stood then, and a
contact is guessed at the age it has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from laidian.outcome.features import AGENTS_OWN, DAY, seen_by
from laidian.outcome.quality import Target, calibration
from laidian.tables import Calibration, empty
from laidian.workers import side_by_side, single_threaded

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
AGES = (0, DAY, 3 * DAY, 7 * DAY, 15 * DAY, 1000 * DAY)
"""How old an audited contact is made, in microseconds; the last: as old as it is."""

FOLDS, PENALTY, CHUNK = 5, 0.3, 50_000
_NOW = pl.col("covered_after")
GRADES = ("at_hangup", "in_promise")
TARGETS = ("first", "resolved", "first_resolved")
_AGENTS_CODE = ("same_", "away.same_", "linked", "reason.", "no_reason", "next_")


@dataclass(frozen=True, slots=True)
class Chances:
    """`table`: contact_id, `first`, `resolved`, `first_resolved` (both), and each once more as `card_…` from what the customer
    did alone; probabilities, one row a contact of the population, by contact_id; null where too few are audited. `judged`:
    `Calibration` of `first` and `resolved` on the audited contacts, each guessed by a model that has not seen its customer.
    """

    table: pl.DataFrame
    judged: pl.DataFrame


def chances(flags: pl.DataFrame, came: pl.DataFrame, audits: pl.DataFrame, customers: pl.DataFrame, least: int) -> Chances:
    """What each contact came to, as far as an audit of some lets guess. «Unknown» teaches nothing about resolved.

    Args:
        flags: from `laidian.outcome.at_end`.
        came: from `laidian.outcome.since`, of the same contacts.
        audits: `Audit`, by the same contact_ids; those of other contacts are left aside.
        customers: `contact_id`, `customer_key`: a customer's contacts are guessed by models that have seen none of them.
        least: audited contacts without which nothing is guessed.
    """
    names = [f"{card}{target}" for card in ("", "card_") for target in TARGETS]
    judged = flags.select("contact_id").with_row_index("place").join(audits, on="contact_id").sort("place")
    if judged.height < least:
        null = [pl.lit(None, pl.Float64).alias(name) for name in names]
        return Chances(flags.select("contact_id", *null), empty(Calibration))
    told, place = _answers(judged), judged["place"].to_numpy().astype(np.int64)
    keys = judged.select("contact_id").join(customers, on="contact_id", how="left", maintain_order="left")
    fold = np.array([crc32((k or c).encode()) % FOLDS for c, k in keys.select("contact_id", "customer_key").iter_rows()])
    made: dict[str, Floats] = {}
    with single_threaded():
        for card in (False, True):
            taught = _taught(flags[place], came[place], card)
            models = {target: _models(taught, *told[target], fold) for target in TARGETS}
            for target, guessed in _guessed(flags, came, models, card).items():
                guessed[place] = _unseen(models[target], _numbers(flags[place], came[place], _NOW, card), fold)
                made[f"card_{target}" if card else target] = guessed
    table = flags.select("contact_id", *(pl.Series(name, made[name]) for name in names))
    return Chances(
        table,
        pl.concat(
            [
                _judged("first", made["first"][place], *told["first"]),
                _judged("resolved", made["resolved"][place], *told["resolved"]),
            ]
        ),
    )


def _judged(target: Target, guessed: Floats, wanted: Flags, usable: Flags) -> pl.DataFrame:
    return calibration(target, guessed[usable], wanted[usable], float(wanted[usable].mean()))


def _answers(judged: pl.DataFrame) -> dict[str, tuple[Flags, Flags]]:
    """What to learn -> (what the audit says, which answers can be learnt from)."""
    first = judged["is_first"].to_numpy().astype(bool)
    settled = judged["resolved"].is_in(GRADES).to_numpy().astype(bool)
    known = (judged["resolved"] != "unknown").to_numpy().astype(bool)
    return {
        "first": (first, np.ones_like(first)), "resolved": (settled, known), "first_resolved": (first & settled, known | ~first)
    }  # fmt: skip


def _chosen(names: Sequence[str], card: bool) -> list[str]:
    return [n for n in names if n != "contact_id" and not (card and (n in AGENTS_OWN or n.startswith(_AGENTS_CODE)))]


def _numbers(flags: pl.DataFrame, came: pl.DataFrame, age: pl.Expr, card: bool) -> Floats:
    seen = seen_by(came, age)
    parts = (flags.select(_chosen(flags.columns, card)), seen.select(_chosen(seen.columns, card)))
    return pl.concat(parts, how="horizontal").to_numpy().astype(np.float64)


def _taught(flags: pl.DataFrame, came: pl.DataFrame, card: bool) -> tuple[Floats, Ints]:
    """The audited contacts at each age they have reached, and which of them each row is."""
    parts, owners = [], []
    reached = came["covered_after"].to_numpy()
    for age in AGES:
        old = np.flatnonzero((reached >= age) | (age == AGES[-1]))
        parts.append(_numbers(flags[old], came[old], pl.lit(age), card))
        owners.append(old)
    return np.concatenate(parts), np.concatenate(owners)


@dataclass(frozen=True, slots=True)
class _Models:
    """The model of all audited contacts, and those without each fold."""

    whole: "_Model"
    without: "tuple[_Model, ...]"


@dataclass(frozen=True, slots=True)
class _Model:
    """Log odds are `x @ weight + bias`."""

    weight: Floats
    bias: float

    def __call__(self, x: Floats) -> Floats:
        return np.asarray(1 / (1 + np.exp(-(x @ self.weight + self.bias))))


def _models(taught: tuple[Floats, Ints], wanted: Flags, usable: Flags, fold: Ints) -> _Models:
    return _Models(_learnt(taught, wanted, usable), tuple(_learnt(taught, wanted, usable & (fold != k)) for k in range(FOLDS)))


def _learnt(taught: tuple[Floats, Ints], wanted: Flags, rows: Flags) -> _Model:
    """A model of some audited contacts; each weighs the same, at however many ages it teaches."""
    x, owner = taught
    kept, weight = rows[owner], 1 / np.bincount(owner, minlength=wanted.size)[owner]
    if wanted[rows].all() or not wanted[rows].any():
        share = float((wanted[rows].sum() + 0.5) / (rows.sum() + 1))
        return _Model(np.zeros(x.shape[1]), float(np.log(share / (1 - share))))
    model = LogisticRegression(C=PENALTY, solver="newton-cholesky", max_iter=200)
    model.fit(x[kept], wanted[owner][kept], sample_weight=weight[kept])
    return _Model(model.coef_[0], float(model.intercept_[0]))


def _guessed(flags: pl.DataFrame, came: pl.DataFrame, models: Mapping[str, _Models], card: bool) -> dict[str, Floats]:
    """Every contact, by the models of all audited ones; as numbers a slice at a time."""

    def guessed(at: int) -> list[Floats]:
        x = _numbers(flags[at : at + CHUNK], came[at : at + CHUNK], _NOW, card)
        return [model.whole(x) for model in models.values()]

    parts = zip(*side_by_side(guessed, range(0, flags.height, CHUNK)), strict=True)
    return {target: np.concatenate(part) for target, part in zip(models, parts, strict=True)}


def _unseen(models: _Models, x: Floats, fold: Ints) -> Floats:
    """Audited contacts, each by the model that has not seen its customer."""
    by_fold = np.stack([model(x) for model in models.without])
    return np.asarray(by_fold[fold, np.arange(len(fold))])
