"""What a contact is likely to have come to: P(first), P(resolved), and the risk that its customer comes back within a week."""

from laidian.outcome.chances import Chances, chances
from laidian.outcome.features import AGENTS_OWN, at_end, since, told_apart
from laidian.outcome.risk import Risks, risks
from laidian.outcome.words import WHY, why_words

__all__ = ["AGENTS_OWN", "WHY", "Chances", "Risks", "at_end", "chances", "risks", "since", "told_apart", "why_words"]
