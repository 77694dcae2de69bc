"""What a guessed probability is worth: how often the thing happened at each level of the guess, and the Brier score."""

from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from laidian.tables import Calibration, from_rows

Floats = NDArray[np.float64]
Target = Literal["first", "resolved", "risk"]
LEVELS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Bounds of the guess between which the seen share is told."""


def calibration(target: Target, guessed: Floats, happened: NDArray[np.bool_], base: float) -> pl.DataFrame:
    """Rows of `Calibration`, a row a level that holds a contact.

    Args:
        target: what was guessed: first, resolved, risk.
        guessed: probabilities by a model that has not seen these contacts.
        happened: whether it did.
        base: the plain share known to who made the guesses.
    """
    level = np.clip(np.searchsorted(LEVELS, guessed, side="right") - 1, 0, len(LEVELS) - 2)
    seen = happened.astype(float)
    rows = [
        Calibration(
            target, LEVELS[k], LEVELS[k + 1], int(here.sum()), int(seen[here].sum()), float(guessed[here].mean()),
            float(((guessed - seen)[here] ** 2).mean()), float(((base - seen)[here] ** 2).mean()),
        )
        for k in range(len(LEVELS) - 1)
        if (here := level == k).any()
    ]  # fmt: skip
    return from_rows(rows, Calibration)
