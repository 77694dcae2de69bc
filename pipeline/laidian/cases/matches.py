"""Why a contact joins a case, as one number: which rule, what stood beside it, and how sure that is."""

from collections.abc import Iterable

from laidian.cases.rules import CUE_TEXT, CUED, ISSUE, REASON, SECONDARY, TEXT

# How sure a link is by what joined it; judgement until audits calibrate them.
P_NAMED, P_TICKET, P_OUTBOUND = 0.99, 0.97, 0.90
P_REASON, P_SECONDARY, P_CUE = 0.75, 0.65, 0.60
P_MORE = {"issue": 0.10, "cue": 0.12, "text": 0.15}  # added to the rule's own by evidence beside it
P_MOST = 0.97


def evidence(match: int) -> tuple[list[str], float]:
    """The basis of a match and how sure it is."""
    if match < REASON:
        own = (P_NAMED, P_TICKET, P_OUTBOUND, P_OUTBOUND, P_CUE, P_CUE)[match]
        basis = (["previous_contact_id"], ["ticket"], ["outbound", "reason"], ["outbound"], ["cue", "text"], ["cue"])[match]
        return ["customer", *basis], _sure(own, ["text"]) if match == CUE_TEXT else own
    beside = [word for bit, word in ((ISSUE, "issue"), (TEXT, "text"), (CUED, "cue")) if match - REASON & bit]
    return ["customer", "reason", *beside], _sure(P_SECONDARY if match - REASON & SECONDARY else P_REASON, beside)


def _sure(own: float, beside: Iterable[str]) -> float:
    return round(min(P_MOST, own + sum(P_MORE[word] for word in beside)), 2)
