"""Which issues are common, which stay unresolved, which are escalated: the TOP lists of a period."""

from laidian.issues.rank import GROUPS, rank
from laidian.issues.tally import COUNTED, begun

__all__ = ["COUNTED", "GROUPS", "begun", "rank"]
