"""Why people called: the call reasons of each contact, from what was said or, without text, from the wrap-up code."""

from laidian.reasons.classify import classify
from laidian.reasons.wrap_code import reasons_from_wrap_code, unnamed_codes

__all__ = ["classify", "reasons_from_wrap_code", "unnamed_codes"]
