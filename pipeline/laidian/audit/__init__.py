"""The audit (抽检复核): which contacts are drawn, what the auditors' answers come to, and what more of them would buy."""

from laidian.audit.drawing import Drawn, Expected, draw, expected, hours
from laidian.audit.verdicts import ADJUDICATED, disputed, verdicts
from laidian.audit.workbook import SHOWN, lines, workbook

__all__ = [
    "ADJUDICATED", "SHOWN", "Drawn", "Expected", "disputed", "draw", "expected", "hours", "lines", "verdicts", "workbook",
]  # fmt: skip
