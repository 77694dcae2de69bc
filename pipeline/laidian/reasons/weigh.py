"""One contact's utterances -> its reasons: each piece of evidence weighed by who said it and when (order: classify.py)."""

import itertools
from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from laidian.reasons.compile import Floats, Ints, Matcher
from laidian.reasons.conditions import Scene
from laidian.reasons.read import gather, with_conditions
from laidian.reasons.sound import likeness

THRESHOLD = 0.6
"""Weight a reason must reach: a little less than one two-character keyword, said by the customer at the beginning."""

AGENT_MOST = 1.5
BATCH = 2048
SECOND = 0.5
SCALE = 4.0
LEARNED = 2.0
"""Weight of a learned score 1 above the floor, where a two-character keyword weighs 1; on folds over training 2 to 4 do alike."""

CUSTOMER, UNKNOWN, AGENT, MENU = 0, 1, 2, 3
SPEAKERS = {"customer": CUSTOMER, "unknown": UNKNOWN, "agent": AGENT, "ivr": MENU}

_REPEATED = 0.25  # a word said again adds a quarter of the time before
_GENERAL_LEARNED = 0.5
_GENERAL = 0.6  # anger about the service stands beside what it is about
_TRUST = (1.0, 0.7, 0.4, 0.0)  # by speaker
_RESTATED = 0.6  # an agent's first answer repeats what the customer wants
_CALLING = 0.9  # the centre that calls says itself what it calls about
_MENU_VOTE = 0.6
_GREETING = 3.0  # the first words of an agent or a menu name the house
_FADE = 150.0  # characters of customer speech after which a word counts about 60 %
_LATE = 0.4  # and never less than this


class Talk(NamedTuple):
    """Utterances of contacts one after another.

    `text`: the lines in lower case, a comma behind each; line n is `text[begins[n]:begins[n + 1] - 1]`. `speaker` by line. Lines
    of a contact: `lines[contact]` to before `lines[contact + 1]`. `outbound` by contact: the centre called. `votes` by contact
    and trade: what the line it came in on says. `clock` by line: seconds since its recording began and until it ends (NaN: not
    known), for rules that ask.
    """

    text: npt.NDArray[np.uint16]
    begins: npt.NDArray[np.int64]
    speaker: npt.NDArray[np.int8]
    lines: npt.NDArray[np.int64]
    outbound: npt.NDArray[np.bool_]
    votes: Floats
    clock: Floats


class Told(NamedTuple):
    """Reasons of contacts, primary first: their numbers, weight, issue (-1: none sure), and the line that weighed most."""

    contact: npt.NDArray[np.int64]
    reason: npt.NDArray[np.int64]
    issue: Ints
    weight: Floats
    line: npt.NDArray[np.int64]


class Heard(NamedTuple):
    """Evidence weighed by speaker and time. Pieces as in `read.Pieces`, with their `line`; those of a contact lie between
    `first[contact]` and `first[contact + 1]`. `alike`: lines x reasons. `votes`: contacts x trades."""

    first: npt.NDArray[np.int64]
    reason: Ints
    issue: Ints
    label: Ints
    at: Ints
    line: npt.NDArray[np.int64]
    weight: Floats
    alike: Floats
    votes: Floats


def weigh(talk: Talk, matcher: Matcher) -> Told:
    """The reasons of every contact that reaches one, contacts in order; so many at a time that they fit in a core's cache."""
    batch = talk.lines[:-1] // BATCH
    cuts = np.append(np.flatnonzero(np.diff(batch, prepend=-1)), len(talk.outbound))
    told = [_weigh(_part(talk, int(first), int(behind)), matcher) for first, behind in itertools.pairwise(cuts)]
    if not told:
        return _weigh(talk, matcher)
    return Told(
        np.concatenate([part.contact + first for part, first in zip(told, cuts, strict=False)]),
        np.concatenate([part.reason for part in told]),
        np.concatenate([part.issue for part in told]),
        np.concatenate([part.weight for part in told]),
        np.concatenate([part.line + talk.lines[first] for part, first in zip(told, cuts, strict=False)]),
    )


def _part(talk: Talk, first: int, behind: int) -> Talk:
    """Some of the contacts, numbered anew."""
    begin, end = talk.lines[first], talk.lines[behind]
    places = talk.begins[begin : end + 1]
    return Talk(
        talk.text[places[0] : places[-1]], places - places[0], talk.speaker[begin:end],
        talk.lines[first : behind + 1] - begin, talk.outbound[first:behind], talk.votes[first:behind],
        talk.clock[begin:end],
    )  # fmt: skip


def _weigh(talk: Talk, matcher: Matcher) -> Told:
    heard = listen(talk, matcher)
    own, agent = _sum(
        talk.lines, talk.speaker, heard.first, heard.reason, heard.label, heard.at, heard.line, heard.weight, heard.alike,
        matcher.labels,
    )  # fmt: skip
    # Who calls says himself what about.
    weights = own + np.where(talk.outbound[:, None], agent, np.minimum(agent, AGENT_MOST))
    weights *= _shares(weights, heard.votes, matcher)
    least = np.maximum(THRESHOLD, SECOND * weights.max(axis=1))
    contact, reason = np.nonzero(weights >= least[:, None])
    order = np.lexsort((reason, -weights[contact, reason], contact))
    contact, reason = contact[order], reason[order]
    issue, line = _details(
        contact, reason, talk.lines, heard.first, heard.reason, heard.issue, heard.line, heard.weight, heard.alike,
        len(matcher.issues),
    )  # fmt: skip
    return Told(contact, reason, issue, weights[contact, reason], line)


def listen(talk: Talk, matcher: Matcher) -> Heard:
    """All evidence. Utterances of one speaker in a row are a stretch and read together."""
    sizes = np.diff(talk.lines)
    contact_of = np.repeat(np.arange(len(sizes)), sizes)
    opens = np.ones(len(talk.speaker), np.bool_)
    opens[1:] = (talk.speaker[1:] != talk.speaker[:-1]) | (contact_of[1:] != contact_of[:-1])
    starts = np.flatnonzero(opens)
    pieces, stretch_votes = gather(talk.text, talk.begins[np.append(starts[1:], len(opens))] - 1, matcher)
    stretch_of = np.cumsum(opens) - 1
    pieces = with_conditions(pieces, Scene(talk.text, talk.begins, stretch_of, contact_of, talk.speaker, talk.clock), matcher)
    speaker, contact = talk.speaker[starts], contact_of[starts]
    own = speaker <= UNKNOWN
    lengths = np.diff(np.append(talk.begins[starts], talk.begins[-1])) - 1
    said, answers = _before(contact, np.where(own, lengths, 0)), _before(contact, (~own).astype(np.int64))
    factor = np.where(~own & (answers == 0), _GREETING, 1.0) * np.where(speaker == MENU, _MENU_VOTE, 1.0)
    votes = np.zeros((len(sizes), len(matcher.trades)))
    np.add.at(votes, contact, stretch_votes * factor[:, None])
    trust: Floats = np.array(_TRUST)[speaker]
    agents = np.where(talk.outbound[contact] & (answers < 2), _CALLING, np.where(answers == 1, _RESTATED, trust))
    trust = np.where(speaker == AGENT, agents, trust)

    def weight_at(stretch: npt.NDArray[np.int64], at: npt.NDArray[np.integer[Any]]) -> Floats:
        early = said[stretch] + np.where(own[stretch], at - talk.begins[starts[stretch]], 0)
        weight: Floats = trust[stretch] * (_LATE + (1 - _LATE) * np.exp(-early / _FADE))
        return weight

    line = np.searchsorted(talk.begins, pieces.at, side="right") - 1
    kept = np.flatnonzero(trust[stretch_of[line]] > 0)
    line, at = line[kept], pieces.at[kept]
    alike = likeness(talk.text, talk.begins, matcher.plan.sounds, matcher.plan.letters)
    alike *= LEARNED * weight_at(stretch_of, talk.begins[:-1])[:, None]
    alike[:, matcher.plan.trade == matcher.plan.general] *= _GENERAL_LEARNED  # thanks and anger sound alike in every trade
    return Heard(
        np.searchsorted(line, talk.lines), pieces.reason[kept], pieces.issue[kept], pieces.label[kept], at, line,
        pieces.weight[kept] * weight_at(stretch_of[line], at), alike, votes + talk.votes,
    )  # fmt: skip


def _before(contact: npt.NDArray[np.int64], count: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """By stretch: the sum of the counts of its contact's earlier stretches."""
    total = np.cumsum(count) - count
    first = np.searchsorted(contact, contact)
    earlier: npt.NDArray[np.int64] = total - total[first]
    return earlier


def _shares(weights: Floats, votes: Floats, matcher: Matcher) -> Floats:
    """Contacts x reasons: how far each is damped, for reasons of trades that few voted for."""
    trade, general = matcher.plan.trade, matcher.plan.general
    votes = votes + np.column_stack([weights[:, trade == n].max(axis=1) for n in range(len(matcher.trades))]) / 3
    top = np.delete(votes, general, axis=1).max(axis=1, initial=0.0)
    share: Floats = (((votes + 0.5) / (top + 0.5)[:, None]) ** 2)[:, trade]
    share[:, trade == general] = _GENERAL
    return share


@numba.njit(cache=True, nogil=True)
def _sum(lines, speaker, first, reason, label, at, line, weight, alike, labels):  # type: ignore[no-untyped-def]
    """Contacts x reasons: weights by the customer, by the agent. A word of several issues of one reason counts once for it."""
    own, agent = np.zeros((len(lines) - 1, alike.shape[1])), np.zeros((len(lines) - 1, alike.shape[1]))
    last, before = np.full((labels, 2), -1, np.int64), np.full(len(reason), -1, np.int64)
    most = 1
    for contact in range(len(lines) - 1):
        most = max(most, first[contact + 1] - first[contact])
    times, places = np.zeros(most), np.zeros(most, np.int64)
    for contact in range(len(lines) - 1):
        for n in range(first[contact], first[contact + 1]):
            side = int(speaker[line[n]] == AGENT)
            before[n] = last[label[n], side]
            last[label[n], side] = n
        for n in range(first[contact], first[contact + 1]):
            side = int(speaker[line[n]] == AGENT)
            if last[label[n], side] >= 0:
                total = _repeated(last[label[n], side], before, at, weight, times, places)
                last[label[n], side] = -1
                if side:
                    agent[contact, reason[n]] += total
                else:
                    own[contact, reason[n]] += total
        for n in range(lines[contact], lines[contact + 1]):
            if speaker[n] == AGENT:
                agent[contact] += alike[n]
            else:
                own[contact] += alike[n]
    return own, agent


@numba.njit(cache=True)
def _repeated(piece, before, at, weight, times, places):  # type: ignore[no-untyped-def]
    """The sum over a chain of pieces, the heaviest of each place, each time a quarter of the one before."""
    size = 0
    while piece >= 0:
        heavy, place, n = weight[piece], at[piece], 0
        while n < size and places[n] != place:
            n += 1
        if n < size:
            heavy = max(heavy, times[n])
        else:
            size += 1
        while n > 0 and times[n - 1] < heavy:
            times[n], places[n] = times[n - 1], places[n - 1]
            n -= 1
        times[n], places[n] = heavy, place
        piece = before[piece]
    total, share = 0.0, 1.0
    for n in range(size):
        total += times[n] * share
        share *= _REPEATED
    return total


@numba.njit(cache=True, nogil=True)
def _details(contacts, reasons, lines, first, reason, issue, line, weight, alike, issues):  # type: ignore[no-untyped-def]
    """By told reason: the issue whose words weigh most (-1: none named, or two alike), and the line, the earliest of equals."""
    chosen, heaviest = np.full(len(contacts), -1, np.int32), np.zeros(len(contacts), np.int64)
    by_issue, by_line = np.zeros(issues), np.zeros(1)
    for told in range(len(contacts)):
        contact, begin = contacts[told], lines[contacts[told]]
        by_line = alike[begin : lines[contact + 1], reasons[told]].copy()
        for n in range(first[contact], first[contact + 1]):
            if reason[n] == reasons[told]:
                by_line[line[n] - begin] += weight[n]
                if issue[n] >= 0:
                    by_issue[issue[n]] += weight[n]
        best, alone = THRESHOLD / 2, False
        for n in range(first[contact], first[contact + 1]):
            if reason[n] == reasons[told] and issue[n] >= 0:
                if by_issue[issue[n]] > best:
                    best, alone, chosen[told] = by_issue[issue[n]], True, issue[n]
                elif by_issue[issue[n]] == best:
                    alone = False
                by_issue[issue[n]] = 0.0
        if not alone:
            chosen[told] = -1
        heaviest[told] = begin + np.argmax(by_line)
    return chosen, heaviest
