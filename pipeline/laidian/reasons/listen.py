"""One contact's utterances -> evidence, each weighed by who said it and when, and votes for a trade."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from laidian.reasons.evidence import Evidence, Matcher, read

LIKENESS = 0.8
"""Weight of a likeness of 1 (likeness.py), where a two-character keyword weighs 1."""

_SPEAKER = {"customer": 1.0, "unknown": 0.7, "agent": 0.4, "ivr": 0.0}
_RESTATED = 0.6  # an agent's first answer repeats what the customer wants
_CALLING = 0.9  # the centre that calls says itself what it calls about
_TRADE_SPEAKER = {"customer": 1.0, "unknown": 1.0, "agent": 1.0, "ivr": 0.6}
_GREETING = 3.0  # the first words of an agent or a menu name the house
_FADE = 150.0  # characters of customer speech after which a word counts about 60 %
_LATE = 0.4  # and never less than this


class Line(NamedTuple):
    """One utterance."""

    recording_no: int
    turn: int
    speaker: str
    text: str


class Piece(NamedTuple):
    """Evidence with its weight after speaker and time, and the utterance it stands in."""

    evidence: Evidence
    weight: float
    line: Line


class Alike(NamedTuple):
    """What one utterance sounds like: reason -> likeness, and the weight of a likeness of 1 after speaker and time."""

    line: Line
    weight: float
    reasons: dict[str, float]


@dataclass(slots=True)
class Heard:
    """What one contact's speech says: evidence and likeness in the order of speech, votes for trades."""

    pieces: list[Piece] = field(default_factory=list)
    alike: list[Alike] = field(default_factory=list)
    votes: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    outbound: bool = False


def greeting(lines: Sequence[Line]) -> str:
    """What the agent or the menu said before the customer spoke; empty if the customer began."""
    said = []
    for line in lines:
        if line.speaker in ("customer", "unknown"):
            break
        said.append(line.text)
    return "，".join(said)


def listen(matcher: Matcher, lines: Sequence[Line], outbound: bool) -> Heard:
    """All evidence of one contact.

    Args:
        matcher: the taxonomy's.
        lines: in order of speech.
        outbound: the centre called.
    """
    heard, said, answers = Heard(outbound=outbound), 0, 0
    for speaker, run in groupby(lines, key=lambda line: line.speaker):
        stretch = list(run)
        text = "，".join(line.text for line in stretch)
        own = speaker in ("customer", "unknown")
        evidence, votes = read(matcher, text)
        opening = _GREETING if not own and not answers else 1.0
        for trade, vote in votes.items():
            heard.votes[trade] += vote * _TRADE_SPEAKER[speaker] * opening
        trust = _SPEAKER[speaker] if speaker != "agent" else _agent(answers, outbound)
        answers += not own
        if trust:
            heard.alike += _alike(matcher, stretch, trust, said if own else None)
            for piece in evidence:
                weight = piece.weight * trust * _early(said + (piece.at if own else 0))
                heard.pieces.append(Piece(piece, weight, _line_at(stretch, piece.at)))
        said += len(text) if own else 0
    return heard


def _agent(answers: int, outbound: bool) -> float:
    """How much an agent's words count, by how often he spoke before."""
    if outbound and answers < 2:
        return _CALLING
    return _RESTATED if answers == 1 else _SPEAKER["agent"]


def _early(said: int) -> float:
    """Customers open with what they want: how much a word counts after so many characters of customer speech."""
    return _LATE + (1 - _LATE) * math.exp(-said / _FADE)


def _alike(matcher: Matcher, stretch: Sequence[Line], trust: float, said: int | None) -> Iterator[Alike]:
    """What each utterance sounds like. `said`: customer's characters before the stretch (None: it is the agent's)."""
    at = said or 0
    for line in stretch:
        yield Alike(line, LIKENESS * trust * _early(at), matcher.likeness.of(line.text))
        at += len(line.text) + 1 if said is not None else 0


def _line_at(stretch: Sequence[Line], at: int) -> Line:
    """The utterance that holds a character of the joined stretch."""
    for line in stretch:
        at -= len(line.text) + 1
        if at < 0:
            return line
    return stretch[-1]
