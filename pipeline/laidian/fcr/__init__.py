"""First-call resolution: the figures of a period, every definition side by side, each with what it left out."""

from laidian.fcr.definitions import DEFINITIONS, EXCLUSIONS, Definition, definition
from laidian.fcr.facts import facts
from laidian.fcr.figures import GROUPS, UNKNOWN, Figure, figures
from laidian.fcr.measures import measures

__all__ = ["DEFINITIONS", "EXCLUSIONS", "GROUPS", "UNKNOWN", "Definition", "Figure", "definition", "facts", "figures", "measures"]
