"""First-call resolution: the figures of a period, every definition side by side, each with what it left out."""

from laidian.fcr.changes import changes
from laidian.fcr.curves import best_windows, curves, points
from laidian.fcr.definitions import DEFINITIONS, EXCLUSIONS, definition
from laidian.fcr.estimates import ESTIMATES, estimates
from laidian.fcr.facts import facts, near
from laidian.fcr.figures import GROUPS, UNKNOWN, Figure, figures
from laidian.fcr.meaning import Definition
from laidian.fcr.measures import counted_contacts, measures, shares
from laidian.fcr.predictors import predictors
from laidian.fcr.rework import rework
from laidian.fcr.surveys import weighted

__all__ = [
    "DEFINITIONS", "ESTIMATES", "EXCLUSIONS", "GROUPS", "UNKNOWN", "Definition", "Figure", "best_windows", "changes",
    "counted_contacts", "curves", "definition",
    "estimates", "facts", "figures", "measures", "near", "points", "predictors", "rework", "shares", "weighted",
]  # fmt: skip
