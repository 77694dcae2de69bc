"""The evidence in one short text, with names: for a queue's name, a greeting, a wrap-up code."""

from typing import NamedTuple

import numpy as np

from laidian.reasons.compile import Floats, Matcher
from laidian.reasons.read import gather
from laidian.reasons.scan import coded


class Piece(NamedTuple):
    """One piece of evidence; `issue` is empty for the reason's own words and rules."""

    reason: str
    issue: str
    weight: float


def read(matcher: Matcher, text: str) -> tuple[list[Piece], Floats]:
    """The pieces of evidence, and the votes by trade."""
    codes = coded([text], matcher.plan.letters)
    pieces, votes = gather(codes, np.array([len(codes) - 1]), matcher)
    issues = (*matcher.issues, "")
    found = zip(pieces.reason, pieces.issue, pieces.weight, strict=True)
    return [Piece(matcher.reasons[reason], issues[issue], float(weight)) for reason, issue, weight in found], votes[0]
