"""One contact's utterances -> its reasons: each piece of evidence weighed by who said it and when (order: classify.py)."""

import itertools
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from laidian.reasons.compile import Floats, Ints, Matcher
from laidian.reasons.conditions import Scene
from laidian.reasons.read import gather, with_conditions
from laidian.reasons.sound import Likeness, likeness

THRESHOLD = 0.6
"""Weight a reason must reach: a little less than one two-character keyword, said by the customer at the beginning."""

ALONE = 1.0
"""Weight a reason must reach in a contact in which no word or rule speaks for any: what it sounds like is all there is."""

NAMED = 0.3
"""Weight an issue's own words must reach."""

AGENT_MOST = 1.5
BATCH = 32768
"""Utterances weighed at a time: what is said again is read once, and the tables of a pass stay in a core's cache."""

SECOND = 0.5
SCALE = 4.0
LEARNED = 4.0
"""Weight of a learned score 1 above the floor, where a two-character keyword weighs 1. Chosen on sentences that neither rules nor
scorer had seen (macro-F1 at 2: .569, 4: .573, 8: .572)."""

CUSTOMER, UNKNOWN, AGENT, MENU = 0, 1, 2, 3
SPEAKERS = {"customer": CUSTOMER, "unknown": UNKNOWN, "agent": AGENT, "ivr": MENU}

_REPEATED = 0.25  # a word said again adds a quarter of the time before
_GENERAL_LEARNED = 0.5  # thanks and anger sound alike in every trade
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
    `first[contact]` and `first[contact + 1]`. `alike`: what each line sounds like. `votes`: contacts x trades."""

    first: npt.NDArray[np.int64]
    reason: Ints
    issue: Ints
    label: Ints
    at: Ints
    line: npt.NDArray[np.int64]
    weight: Floats
    alike: Likeness
    votes: Floats


def weigh(talk: Talk, matcher: Matcher) -> Told:
    """The reasons of every contact that reaches one, contacts in order; BATCH utterances at a time."""
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
    """Pass by pass over all contacts: a compiled function that is handed arrays for each contact spends its time on being handed
    them."""
    heard = listen(talk, matcher)
    alike, plan = heard.alike, matcher.plan
    behind, reason, weight = _sum(
        talk.lines, talk.speaker, talk.outbound, heard.first, heard.reason, heard.label, heard.at, heard.line, heard.weight,
        alike.first, alike.reason, alike.above, len(plan.trade), matcher.labels,
    )  # fmt: skip
    _damp(behind, reason, weight, heard.votes, plan.trade, plan.general)
    contact, reason, weight = _rank(behind, reason, weight, heard.first, ALONE)
    issue = _issues(contact, reason, heard.first, heard.reason, heard.issue, heard.weight, len(matcher.issues))
    line = _lines(
        contact, reason, talk.lines, heard.first, heard.reason, heard.line, heard.weight, alike.first, alike.reason, alike.above
    )
    return Told(contact, reason, issue, weight, line)


def listen(talk: Talk, matcher: Matcher) -> Heard:
    """All evidence. Utterances of one speaker in a row are a stretch and read together."""
    stretches = _stretches(talk.text, talk.begins, talk.speaker, talk.lines, talk.outbound)
    starts, contact, trust, said, vote, stretch_of, factor = stretches
    pieces, voted = gather(talk.text, talk.begins[np.append(starts[1:], len(talk.speaker))] - 1, matcher)
    if matcher.special is not None:
        scene = Scene(talk.text, talk.begins, stretch_of, contact[stretch_of], talk.speaker, talk.clock)
        pieces = with_conditions(pieces, scene, matcher.special, matcher.plan)
    line = np.empty(len(pieces.at), np.int64)
    first = np.zeros(len(talk.lines), np.int64)
    kept = _place(
        talk.begins, talk.speaker, talk.lines, starts, trust, said, stretch_of, pieces.reason, pieces.issue, pieces.label,
        pieces.at, pieces.weight, line, first,
    )  # fmt: skip
    votes = talk.votes.copy()
    _cast(contact, vote, voted, votes)
    share = np.where(matcher.plan.trade == matcher.plan.general, _GENERAL_LEARNED, 1.0)
    alike = likeness(talk.text, talk.begins, matcher.plan.sounds, matcher.plan.letters, factor, share)
    return Heard(
        first, pieces.reason[:kept], pieces.issue[:kept], pieces.label[:kept], pieces.at[:kept], line[:kept],
        pieces.weight[:kept], alike, votes,
    )  # fmt: skip


@numba.njit(cache=True)
def _early(said):  # type: ignore[no-untyped-def]
    return _LATE + (1 - _LATE) * np.exp(-said / _FADE)


@numba.njit(cache=True)
def _stretches(text, begins, speaker, lines, outbound):  # type: ignore[no-untyped-def]
    """By stretch: its first line, contact, trust, the characters its customer had said before, the factor of its votes; by line:
    its stretch, and the factor of what it sounds like."""
    size = len(speaker)
    starts, contacts, said_before = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    trust, vote = np.empty(size), np.empty(size)
    of, factor = np.empty(size, np.int64), np.zeros(size)
    count = 0
    for contact in range(len(lines) - 1):
        said, answers, sounding = 0, 0, 0.0
        for line in range(lines[contact], lines[contact + 1]):
            who = speaker[line]
            own = who <= UNKNOWN
            if line == lines[contact] or speaker[line - 1] != who:
                if line > lines[contact] and speaker[line - 1] <= UNKNOWN:
                    said += begins[line] - begins[starts[count - 1]] - 1
                starts[count], contacts[count], said_before[count] = line, contact, said
                trust[count] = _TRUST[who]
                if who == AGENT and outbound[contact] and answers < 2:
                    trust[count] = _CALLING
                elif who == AGENT and answers == 1:
                    trust[count] = _RESTATED
                vote[count] = (_MENU_VOTE if who == MENU else 1.0) * (_GREETING if not own and answers == 0 else 1.0)
                # A greeting names the house, never a wish; the scorer need not listen to it.
                sounding = 0.0 if who == AGENT and answers == 0 and not outbound[contact] else LEARNED * trust[count]
                answers += not own
                count += 1
            of[line] = count - 1
            if sounding:
                factor[line] = sounding * _early(said + (begins[line] - begins[starts[count - 1]] if own else 0))
    return starts[:count], contacts[:count], trust[:count], said_before[:count], vote[:count], of, factor


@numba.njit(cache=True)
def _place(begins, speaker, lines, starts, trust, said, of, reason, issue, label, at, weight, line, first):  # type: ignore[no-untyped-def]
    """Weighs the pieces by who said them and when, and finds their lines; how many count for anything, which come first."""
    kept, here, contact = 0, 0, 0
    for n in range(len(at)):
        while here > 0 and at[n] < begins[here]:
            here -= 1
        while at[n] >= begins[here + 1]:
            here += 1
        stretch = of[here]
        if trust[stretch] <= 0:
            continue
        while here >= lines[contact + 1]:
            contact += 1
            first[contact] = kept
        early = said[stretch]
        if speaker[here] <= UNKNOWN:
            early += at[n] - begins[starts[stretch]]
        reason[kept], issue[kept], label[kept], at[kept] = reason[n], issue[n], label[n], at[n]
        weight[kept], line[kept] = weight[n] * trust[stretch] * _early(early), here
        kept += 1
    first[contact + 1 :] = kept
    return kept


@numba.njit(cache=True)
def _cast(contact, factor, voted, votes):  # type: ignore[no-untyped-def]
    for stretch in range(len(contact)):
        for trade in range(votes.shape[1]):
            votes[contact[stretch], trade] += voted[stretch, trade] * factor[stretch]


@numba.njit(cache=True)
def _sum(  # type: ignore[no-untyped-def]
    lines, speaker, outbound, first, reason, label, at, line, weight, sound_first, sound, above, reasons, labels
):
    """By contact the reasons with any weight, in order, and it: those of a contact lie from `behind[contact]` to before
    `behind[contact + 1]`. A word of several issues of one reason counts once for it; what a side says again counts less."""
    contacts, most = len(lines) - 1, 1
    for contact in range(contacts):
        most = max(most, first[contact + 1] - first[contact])
    behind, count = np.zeros(contacts + 1, np.int64), 0
    named, own = np.empty(len(reason) + len(sound), np.int64), np.empty(len(reason) + len(sound))
    weights, agent, met = np.zeros(reasons), np.zeros(reasons), np.zeros(reasons, np.bool_)
    last, before = np.empty((labels, 2), np.int64), np.empty(len(reason), np.int64)
    for label_no in range(labels):
        last[label_no, 0] = last[label_no, 1] = -1
    times, places = np.zeros(most), np.zeros(most, np.int64)
    for contact in range(contacts):
        low, high = first[contact], first[contact + 1]
        for n in range(low, high):
            side = int(speaker[line[n]] == AGENT)
            before[n] = last[label[n], side]
            last[label[n], side] = n
        for n in range(low, high):
            side = int(speaker[line[n]] == AGENT)
            piece = last[label[n], side]
            if piece >= 0:
                total = weight[piece] if before[piece] < 0 else _repeated(piece, before, at, weight, times, places)
                last[label[n], side] = -1
                met[reason[n]] = True
                if side:
                    agent[reason[n]] += total
                else:
                    weights[reason[n]] += total
        for n in range(lines[contact], lines[contact + 1]):
            for place in range(sound_first[n], sound_first[n + 1]):
                met[sound[place]] = True
                if speaker[n] == AGENT:
                    agent[sound[place]] += above[place]
                else:
                    weights[sound[place]] += above[place]
        if low < high or sound_first[lines[contact]] < sound_first[lines[contact + 1]]:
            agents_most = np.inf if outbound[contact] else AGENT_MOST
            for n in range(reasons):
                if met[n]:
                    whole = weights[n] + min(agent[n], agents_most)
                    weights[n] = agent[n] = 0.0
                    met[n] = False
                    if whole > 0:
                        named[count], own[count] = n, whole
                        count += 1
        behind[contact + 1] = count
    return behind, named[:count], own[:count]


@numba.njit(cache=True)
def _damp(behind, named, own, votes, trades, general):  # type: ignore[no-untyped-def]
    """Damps reasons of trades that few voted for."""
    best = np.zeros(votes.shape[1])
    for contact in range(len(behind) - 1):
        best[:] = 0.0
        for n in range(behind[contact], behind[contact + 1]):
            best[trades[named[n]]] = max(best[trades[named[n]]], own[n])
        top = 0.0
        for trade in range(len(best)):
            best[trade] = votes[contact, trade] + best[trade] / 3
            if trade != general:
                top = max(top, best[trade])
        for n in range(behind[contact], behind[contact + 1]):
            trade = trades[named[n]]
            own[n] *= _GENERAL if trade == general else ((best[trade] + 0.5) / (top + 0.5)) ** 2


@numba.njit(cache=True)
def _rank(behind, named, own, first, alone):  # type: ignore[no-untyped-def]
    """The reasons that count: a contact's heaviest first, of equals the one with the lower number."""
    contact_of, told, weight, count = np.empty(len(named), np.int64), np.empty(len(named), np.int64), np.empty(len(named)), 0
    for contact in range(len(behind) - 1):
        heaviest = 0.0
        for n in range(behind[contact], behind[contact + 1]):
            heaviest = max(heaviest, own[n])
        begun, least = count, max(alone if first[contact] == first[contact + 1] else THRESHOLD, SECOND * heaviest)
        for n in range(behind[contact], behind[contact + 1]):
            if own[n] >= least:
                at = count
                while at > begun and weight[at - 1] < own[n]:
                    told[at], weight[at] = told[at - 1], weight[at - 1]
                    at -= 1
                told[at], weight[at], contact_of[count] = named[n], own[n], contact
                count += 1
    return contact_of[:count], told[:count], weight[:count]


@numba.njit(cache=True)
def _issues(contact_of, told, first, reason, issue, weight, issues):  # type: ignore[no-untyped-def]
    """The issue of each told reason whose words weigh most (-1: none named, or two alike)."""
    by_issue, chosen = np.zeros(issues), np.full(len(told), -1, np.int32)
    for row in range(len(told)):
        low, high, best = first[contact_of[row]], first[contact_of[row] + 1], NAMED
        for n in range(low, high):
            if reason[n] == told[row] and issue[n] >= 0:
                by_issue[issue[n]] += weight[n]
        for n in range(low, high):
            if reason[n] == told[row] and issue[n] >= 0:
                if by_issue[issue[n]] > best:
                    best, chosen[row] = by_issue[issue[n]], issue[n]
                elif by_issue[issue[n]] == best:
                    chosen[row] = -1
                by_issue[issue[n]] = 0.0
    return chosen


@numba.njit(cache=True)
def _lines(contact_of, told, lines, first, reason, line, weight, sound_first, sound, above):  # type: ignore[no-untyped-def]
    """The line that weighed most for each told reason, the earliest of equals."""
    by_line, chosen = np.zeros(lines[-1]), np.empty(len(told), np.int64)
    for row in range(len(told)):
        contact = contact_of[row]
        begin, end = lines[contact], lines[contact + 1]
        for n in range(begin, end):
            by_line[n] = 0.0
            for place in range(sound_first[n], sound_first[n + 1]):
                if sound[place] == told[row]:
                    by_line[n] = above[place]
        for n in range(first[contact], first[contact + 1]):
            if reason[n] == told[row]:
                by_line[line[n]] += weight[n]
        heaviest = begin
        for n in range(begin + 1, end):
            if by_line[n] > by_line[heaviest]:
                heaviest = n
        chosen[row] = heaviest
    return chosen


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
