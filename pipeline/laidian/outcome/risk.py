"""Who is likely to come back within seven days, from what is known when a contact ends: tonight's list of customers to call.

The model is a logistic one, learnt from the log itself: contacts that were watched for seven days, and whether the same customer
came back about the same reason. What it is worth is told by contacts LATER than those it learnt from. No audit is needed, and
none is replaced: a customer who stays away need not have been helped.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from laidian.outcome.features import DAY
from laidian.outcome.quality import calibration
from laidian.outcome.words import WHY
from laidian.tables import Calibration, empty, those_in
from laidian.workers import pair, side_by_side, single_threaded

WEEK = 7 * DAY
LEAST, LEAST_FOLLOWED = 200, 20
"""Contacts watched for seven days, and how many of them were followed, from which anything is learnt."""

MOST = 50_000
"""Of more watched contacts than this the latest are learnt from: more would not move the weights, and cost memory."""

LATER = 0.25
"""Share of the watched contacts, the latest, on which the model is judged."""

CHUNK = 50_000
"""Contacts whose flags a worker holds as numbers at a time."""

_NOTICEABLE = 0.05  # log odds below which a flag is no reason to name
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Risks:
    """`table`: contact_id, risk (0..1), why (up to three flags, strongest first), one row a contact of the population that is
    identified and has a reason, by contact_id; no rows where too little was seen. `judged`: `Calibration`, empty likewise.
    """

    table: pl.DataFrame
    judged: pl.DataFrame


def risks(flags: pl.DataFrame, facts: pl.DataFrame) -> Risks:
    """The risk of each contact to be followed within seven days by the same customer for the same reason.

    Args:
        flags: from `laidian.outcome.at_end`.
        facts: from `laidian.fcr.facts`, of all the days to learn from and to judge.
    """
    known = facts.filter(pl.col("outside").is_null() & pl.col("identified") & pl.col("reason").is_not_null()).select(
        "contact_id", "covered_before", watched=pl.col("covered_after") >= WEEK,
        followed=(pl.col("same_after") <= WEEK).fill_null(False),
    )  # fmt: skip
    names = [c for c in flags.columns if c != "contact_id"]
    learners = known.filter("watched").select("covered_before", "contact_id", "followed").sort("covered_before", "contact_id")
    latest = learners.tail(MOST)
    told = flags.join(latest.select("contact_id"), on="contact_id", how="semi")
    watched = latest.join(told, on="contact_id", how="left", maintain_order="left")
    happened = watched["followed"].to_numpy().astype(bool)
    nothing = pl.DataFrame(schema={"contact_id": pl.String, "risk": pl.Float64, "why": pl.List(pl.String)})
    if watched.height < LEAST or happened.sum() < LEAST_FOLLOWED or happened.all():
        return Risks(nothing, empty(Calibration))
    x = watched.select(names).to_numpy().astype(np.float64)
    asked = those_in(flags, known.select("contact_id"))
    with single_threaded():
        judged, model = pair(lambda: _judged(x, happened), lambda: _learnt(x, happened))
        usual = x.mean(axis=0)
        parts = side_by_side(lambda part: _guessed(part, model, usual, names), asked.iter_slices(CHUNK))
        return Risks(pl.concat([nothing, *parts]), judged)


def _learnt(x: Floats, followed: NDArray[np.bool_]) -> LogisticRegression:
    return LogisticRegression(C=0.3, solver="newton-cholesky", max_iter=200).fit(x, followed)


def _guessed(part: pl.DataFrame, model: LogisticRegression, usual: Floats, names: list[str]) -> pl.DataFrame:
    x = part.select(names).to_numpy().astype(np.float64)
    pull = model.coef_[0] * (1 - usual)  # what a flag that is there adds to the log odds of a contact
    able = np.array([name in WHY or name.startswith("reason.") for name in names]) & (pull > _NOTICEABLE)
    strongest = [names[n] for n in np.argsort(-pull, kind="stable") if able[n]]
    return part.select("contact_id", pl.Series("risk", model.predict_proba(x)[:, 1]), pl.Series("why", _why(part, strongest)))


def _why(part: pl.DataFrame, names: list[str]) -> pl.Series:
    """The first three of these flags that are there; only what is there can be a reason to call."""
    if not names:
        return pl.repeat([], part.height, dtype=pl.List(pl.String), eager=True)
    place, told = _first(part.select(names).to_numpy()), np.array([*names, ""], dtype=object)
    base = len(names) + 1
    code = pl.DataFrame({"code": (place[:, 0] * base + place[:, 1]) * base + place[:, 2]})
    distinct = code["code"].unique()
    lists = [[told[k] for k in (n // base**2, n // base % base, n % base) if told[k]] for n in distinct]
    known = pl.DataFrame({"code": distinct, "why": lists}, schema={"code": pl.Int64, "why": pl.List(pl.String)})
    return code.join(known, on="code", how="left", maintain_order="left")["why"]


@njit(cache=True, nogil=True)
def _first(flags: Flags) -> Places:
    """Places of the first three flags of each row that are there; past the end: no more."""
    rows, none = flags.shape
    places = np.full((rows, 3), none)
    for row in range(rows):
        found = 0
        for flag in range(none):
            if flags[row, flag]:
                places[row, found] = flag
                found += 1
                if found == 3:
                    break
    return places


def _judged(x: Floats, followed: NDArray[np.bool_]) -> pl.DataFrame:
    """The model of the earlier contacts on the later ones; rows are in order of time."""
    cut = int(len(followed) * (1 - LATER))
    early, late = slice(None, cut), slice(cut, None)
    if not followed[early].any() or followed[early].all():
        return empty(Calibration)
    guessed = _learnt(x[early], followed[early]).predict_proba(x[late])[:, 1]
    return calibration("risk", guessed, followed[late], float(followed[early].mean()))
