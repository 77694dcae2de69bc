"""Which issues are common, and which stay unresolved: the TOP lists of a period."""

from laidian.issues.rank import rank

__all__ = ["rank"]
