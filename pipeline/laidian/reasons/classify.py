"""From what was said to call reasons: every piece of evidence is weighed by who said it and when, and the trade votes first.

1. Utterances of one speaker in a row are read together (a recogniser cuts at pauses, not at thoughts).
2. A customer's word counts whole, one of an unknown speaker nearly so, an agent's about half and at most AGENT_MOST a reason,
   the voice menu's not at all: closing formulas and menus name every service there is. Early words count more than late.
3. Hotline, queue, greetings, brands and the reasons' own words vote for a trade; reasons of other trades are damped by their
   share.
4. The heaviest reason is primary, others stand beside it from half its weight; below THRESHOLD it is `general.other`.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

import polars as pl

from laidian.lexicons import OTHER, Taxonomy
from laidian.reasons.evidence import compile_matcher
from laidian.reasons.house import trades_of_lines
from laidian.reasons.listen import Heard, Line, Piece, greeting, listen
from laidian.tables import Reason, check, from_rows

THRESHOLD = 0.6
"""Weight a reason must reach: a little less than one two-character keyword, said by the customer at the beginning."""

AGENT_MOST = 1.5
SECOND = 0.5
SCALE = 4.0
_REPEATED = 0.25  # a word said again adds a quarter of the time before
_GENERAL_LIKENESS = 0.5  # thanks and anger sound alike in every trade
_GENERAL = 0.6  # anger about the service stands beside what it is about


def classify(spoken: pl.DataFrame, taxonomy: Taxonomy, lines: pl.DataFrame | None = None) -> pl.DataFrame:
    """The call reasons of every contact that has text: one or more rows a contact, exactly one of them primary.

    Args:
        spoken: `Spoken` rows, before redaction, in any order. Contacts whose text is blank give no row.
        taxonomy: from `load_taxonomy`.
        lines: `contact_id` (unique), `hotline`, `queue`, `direction` as the log gives them (null: it does not say); None: no log.

    Returns:
        `Reason` rows with source `rules`. A contact whose words reach no reason has `general.other` with score 0.
    """
    matcher = compile_matcher(taxonomy)
    contacts = _contacts(spoken)
    votes: Mapping[str, Mapping[str, float]] = {}
    outbound: set[str] = set()
    if lines is not None:
        votes = trades_of_lines(lines, {contact: greeting(said) for contact, said in contacts.items()}, matcher)
        outbound = set(lines.filter(pl.col("direction") == "outbound")["contact_id"])
    rows: list[Reason] = []
    for contact, said in contacts.items():
        heard = listen(matcher, said, contact in outbound)
        for trade, vote in votes.get(contact, {}).items():
            heard.votes[trade] += vote
        rows += _reasons(heard, taxonomy, contact)
    return check(from_rows(rows, Reason), Reason)


def _contacts(spoken: pl.DataFrame) -> dict[str, list[Line]]:
    """Contact -> its utterances in order of speech; both in order."""
    columns = ("contact_id", "recording_no", "turn", "speaker", "text")
    ordered = spoken.filter(pl.col("text").str.strip_chars() != "").select(columns).sort(columns[:3])
    by_contact = groupby(ordered.iter_rows(), key=lambda row: str(row[0]))
    return {contact: [Line(*row[1:]) for row in rows] for contact, rows in by_contact}


def _reasons(heard: Heard, taxonomy: Taxonomy, contact_id: str) -> list[Reason]:
    weights = _weigh(heard, taxonomy)
    ranked = sorted(weights, key=lambda reason: (-weights[reason], reason))
    if not ranked or weights[ranked[0]] < THRESHOLD:
        return [Reason(contact_id, OTHER, None, 0.0, True, "rules", None, None)]
    least = max(THRESHOLD, SECOND * weights[ranked[0]])
    reasons = []
    for reason in (r for r in ranked if weights[r] >= least):
        line = _heaviest_line(heard, reason)
        score = round(1 - math.exp(-weights[reason] / SCALE), 4)
        issue = _issue(heard, reason)
        reasons.append(Reason(contact_id, reason, issue, score, reason == ranked[0], "rules", line.recording_no, line.turn))
    return reasons


def _weigh(heard: Heard, taxonomy: Taxonomy) -> dict[str, float]:
    """Reason -> weight, after the agent's cap and the vote for a trade."""
    own: dict[str, float] = defaultdict(float)
    agent: dict[str, float] = defaultdict(float)
    for (reason, _, is_agent), weight in _summed(heard.pieces):
        if is_agent:
            agent[reason] += weight
        else:
            own[reason] += weight
    for line, weight, reasons in heard.alike:
        side = agent if line.speaker == "agent" else own
        for reason, like in reasons.items():
            side[reason] += weight * like * (_GENERAL_LIKENESS if taxonomy.reason(reason).trade == "general" else 1.0)
    most = math.inf if heard.outbound else AGENT_MOST  # who calls says himself what about
    weights = {reason: own[reason] + min(agent[reason], most) for reason in sorted(own.keys() | agent.keys())}
    votes, best = defaultdict(float, heard.votes), defaultdict[str, float](float)
    for reason, weight in weights.items():
        trade = taxonomy.reason(reason).trade
        best[trade] = max(best[trade], weight)
    for trade, weight in best.items():
        votes[trade] += weight / 3
    top = max((votes[trade] for trade in votes if trade != "general"), default=0.0)
    for reason in weights:
        trade = taxonomy.reason(reason).trade
        weights[reason] *= _GENERAL if trade == "general" else ((votes[trade] + 0.5) / (top + 0.5)) ** 2
    return weights


def _summed(pieces: Iterable[Piece]) -> Iterator[tuple[tuple[str, str, bool], float]]:
    """(reason, word, said by the agent) -> weight; a word of several issues of one reason counts once for the reason."""
    said: dict[tuple[str, str, bool], dict[tuple[int, int, int], float]] = defaultdict(dict)
    for evidence, weight, line in pieces:
        place = (line.recording_no, line.turn, evidence.at)
        times = said[evidence.reason, evidence.label, line.speaker == "agent"]
        times[place] = max(weight, times.get(place, 0.0))
    for key, times in said.items():
        yield key, sum(w * _REPEATED**n for n, w in enumerate(sorted(times.values(), reverse=True)))


def _heaviest_line(heard: Heard, reason: str) -> Line:
    """The utterance that weighs most for the reason; the earliest of equals."""
    weights: dict[tuple[int, int], float] = defaultdict(float)
    lines = {}
    for evidence, weight, line in heard.pieces:
        if evidence.reason == reason:
            weights[line.recording_no, line.turn] += weight
            lines[line.recording_no, line.turn] = line
    for line, weight, reasons in heard.alike:
        if reason in reasons:
            weights[line.recording_no, line.turn] += weight * reasons[reason]
            lines[line.recording_no, line.turn] = line
    return lines[max(sorted(weights), key=lambda place: weights[place])]


def _issue(heard: Heard, reason: str) -> str | None:
    """The issue whose own words weigh most; null where none was named or two weigh the same."""
    weights: dict[str, float] = defaultdict(float)
    for evidence, weight, _ in heard.pieces:
        if evidence.reason == reason and evidence.issue:
            weights[evidence.issue] += weight
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    if not ranked or ranked[0][1] < THRESHOLD / 2 or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]
