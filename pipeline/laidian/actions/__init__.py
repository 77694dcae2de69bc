"""What the meeting decided to change: the register (整改登记), its workbook, and what came of each action."""

from laidian.actions.effects import Foreseen, effects, foreseen
from laidian.actions.register import FIELDS, Action, Decision, Filled, decided, register
from laidian.actions.workbook import COLUMNS, Row, workbook

__all__ = [
    "COLUMNS", "FIELDS", "Action", "Decision", "Filled", "Foreseen", "Row",
    "decided", "effects", "foreseen", "register", "workbook",
]  # fmt: skip
