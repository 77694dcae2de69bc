"""Read the evidence out of what was said: keywords, rules, and votes for a trade."""

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from laidian.reasons.compile import Floats, Ints, Matcher
from laidian.reasons.conditions import Scene, holdings
from laidian.reasons.scan import find_words

REACH = 25
"""Characters between the words of one rule, and between a `negative` phrase and what it takes back."""

SURE = 0.7
"""Trust above which a word forbids a rule: a chance hit across two words (手机上|网页) forbids nothing."""

_HIDES = 0.6  # a shaky long hit does not hide a sure short one
_LONG = 32  # no word is longer
_NOT, _IS = ord("不"), ord("是")


class Pieces(NamedTuple):
    """Pieces of evidence: what for (`issue` -1: the reason's own words and rules), what tells repetitions apart, the offset of
    what was heard, and the weight (trust times what the word or rule weighs)."""

    reason: Ints
    issue: Ints
    label: Ints
    at: Ints
    weight: Floats


def gather(text: npt.NDArray[np.uint16], ends: npt.NDArray[np.int64], matcher: Matcher) -> tuple[Pieces, Floats]:
    """The evidence of stretches of speech.

    Args:
        text: the stretches in lower case, one character that is of no word between two.
        ends: offset behind each stretch.
        matcher: the taxonomy's.

    Returns:
        The pieces, stretch by stretch; and the votes, stretches x trades: each distinct word votes once a stretch.
    """
    plan = matcher.plan
    hits, evidence = find_words(text, plan.letters, plan.words, plan.dictionary), plan.evidence
    first = np.concatenate([[0], np.searchsorted(hits.begin, ends)]).astype(np.int64)
    votes = np.zeros((len(ends), len(matcher.trades)))
    _vote(first, hits.word, hits.trust, evidence.trades.first, evidence.trades.value, evidence.vote, votes)
    inside = _inside(hits.begin, hits.end, hits.trust)
    room = 64 + 4 * len(hits.begin)
    while True:  # how much there is is known when all is read
        reason, issue, label, at = (np.zeros(room, np.int32) for _ in range(4))
        pieces = Pieces(reason, issue, label, at, np.zeros(room))
        count = _gather(text, first, hits, inside, evidence, matcher.groups, pieces)
        if count >= 0:
            return Pieces(reason[:count], issue[:count], label[:count], at[:count], pieces.weight[:count]), votes
        room *= 2


def with_conditions(pieces: Pieces, scene: Scene, matcher: Matcher) -> Pieces:
    """The pieces, with those of rules that have conditions behind the others of their stretch."""
    if matcher.special is None:
        return pieces
    more = holdings(scene, matcher.special, matcher.plan.letters, matcher.plan.dictionary)
    whole = Pieces(
        np.append(pieces.reason, np.array([h.reason for h in more], np.int32)),
        np.append(pieces.issue, np.full(len(more), -1, np.int32)),
        np.append(pieces.label, np.array([h.label for h in more], np.int32)),
        np.append(pieces.at, np.array([h.at for h in more], np.int32)),
        np.append(pieces.weight, np.array([h.weight for h in more], np.float64)),
    )
    stretch = scene.stretch[np.searchsorted(scene.begins, whole.at, side="right") - 1]
    order = np.argsort(stretch, kind="stable")
    return Pieces(whole.reason[order], whole.issue[order], whole.label[order], whole.at[order], whole.weight[order])


@numba.njit(cache=True)
def _inside(begin, end, trust):  # type: ignore[no-untyped-def]
    """Which hits lie in a longer hit: 装宽带 is no 宽带."""
    found = np.zeros(len(begin), np.bool_)
    for n in range(len(begin)):
        other = n - 1
        while other >= 0 and begin[n] - begin[other] <= _LONG and not found[n]:
            longer = end[other] - begin[other] > end[n] - begin[n]
            found[n] = longer and end[other] >= end[n] and trust[other] >= _HIDES
            other -= 1
        other = n + 1
        while other < len(begin) and begin[other] == begin[n] and not found[n]:
            found[n] = end[other] > end[n] and trust[other] >= _HIDES
            other += 1
    return found


@numba.njit(cache=True)
def _vote(first, word, trust, listed, trade, weight, votes):  # type: ignore[no-untyped-def]
    """A word said twice in a stretch is trusted as it was heard last."""
    last = np.full(len(weight), -1, np.int64)
    for stretch in range(len(first) - 1):
        for n in range(first[stretch], first[stretch + 1]):
            if listed[word[n]] < listed[word[n] + 1]:
                last[word[n]] = n
        for n in range(first[stretch], first[stretch + 1]):
            if last[word[n]] == n:
                for at in range(listed[word[n]], listed[word[n] + 1]):
                    votes[stretch, trade[at]] += trust[n] * weight[word[n]]


@numba.njit(cache=True)
def _gather(text, first, hits, inside, evidence, groups, pieces):  # type: ignore[no-untyped-def]
    begin, word, trust = hits.begin, hits.word, hits.trust
    denies, denied = evidence.denies.first, evidence.denies.value
    ruled = np.full(len(evidence.rule_weight), -1, np.int64)
    seen = np.full(groups, -1, np.int64)
    count = 0
    for stretch in range(len(first) - 1):
        low, high = first[stretch], first[stretch + 1]
        begun, count = count, _claim(text, low, high, begin, word, trust, inside, evidence.claims.first, evidence, pieces, count)
        if count >= 0:
            count = _rule(low, high, begin, word, trust, evidence, ruled, seen, pieces, count)
        if count < 0:
            return -1
        taken_back = False
        for n in range(low, high):
            taken_back |= denies[word[n]] < denies[word[n] + 1]
        if taken_back:
            count = _take_back(low, high, begin, word, denies, denied, begun, count, pieces)
    return count


@numba.njit(cache=True)
def _claim(text, low, high, begin, word, trust, inside, listed, evidence, pieces, count):  # type: ignore[no-untyped-def]
    """Words' own claims; none where the speaker says that it is NOT that."""
    for n in range(low, high):
        if listed[word[n]] == listed[word[n] + 1] or inside[n]:
            continue
        if begin[n] >= 2 and text[begin[n] - 2] == _NOT and text[begin[n] - 1] == _IS:
            continue
        for at in range(listed[word[n]], listed[word[n] + 1]):
            claim = evidence.claims.value[at]
            if count == len(pieces.at):
                return -1
            pieces.reason[count], pieces.issue[count] = evidence.reason[claim], evidence.issue[claim]
            pieces.label[count], pieces.at[count] = evidence.label[claim], begin[n]
            pieces.weight[count] = evidence.weight[claim] * trust[n]
            count += 1
    return count


@numba.njit(cache=True)
def _rule(low, high, begin, word, trust, evidence, ruled, seen, pieces, count):  # type: ignore[no-untyped-def]
    """Rules whose words stand together. A rule counts where its first word is surest; its trust is that word's."""
    listed, rules, begun = evidence.triggers.first, evidence.triggers.value, count
    left, right, window = low, low, -1
    for n in range(low, high):
        if listed[word[n]] == listed[word[n] + 1]:
            continue
        moved = window < 0
        while begin[left] < begin[n] - REACH:
            left, moved = left + 1, True
        while right < high and begin[right] <= begin[n] + REACH:
            right, moved = right + 1, True
        if moved:
            window = n
            _stamp(left, right, n, word, trust, evidence.demands, evidence.forbids, seen)
        for at in range(listed[word[n]], listed[word[n] + 1]):
            rule = rules[at]
            weight, known = evidence.rule_weight[rule] * trust[n], ruled[rule] >= begun
            if known and pieces.weight[ruled[rule]] >= weight:
                continue
            if not _holds(rule, window, evidence.demand.first, evidence.demand.value, evidence.forbid, seen):
                continue
            if count == len(pieces.at):
                return -1
            place = ruled[rule] if known else count
            pieces.reason[place], pieces.issue[place] = evidence.rule_reason[rule], -1
            pieces.label[place], pieces.at[place], pieces.weight[place] = evidence.rule_label[rule], begin[n], weight
            ruled[rule] = place
            count += not known
    for n in range(begun, count):
        ruled[pieces.label[n] - evidence.rule_label[0]] = -1
    return count


@numba.njit(cache=True)
def _stamp(left, right, window, word, trust, demands, forbids, seen):  # type: ignore[no-untyped-def]
    """Marks the groups of which a word stands in the window; what forbids must be surely there."""
    for n in range(left, right):
        for at in range(demands.first[word[n]], demands.first[word[n] + 1]):
            seen[demands.value[at]] = window
        if trust[n] > SURE:
            for at in range(forbids.first[word[n]], forbids.first[word[n] + 1]):
                seen[forbids.value[at]] = window


@numba.njit(cache=True)
def _holds(rule, window, listed, demand, forbid, seen):  # type: ignore[no-untyped-def]
    for at in range(listed[rule], listed[rule + 1]):
        if seen[demand[at]] != window:
            return False
    return forbid[rule] < 0 or seen[forbid[rule]] != window


@numba.njit(cache=True)
def _take_back(low, high, begin, word, denies, denied, begun, count, pieces):  # type: ignore[no-untyped-def]
    """Drops the stretch's pieces near a phrase that takes their reason back."""
    kept = begun
    for n in range(begun, count):
        stands = True
        for hit in range(low, high):
            if abs(pieces.at[n] - begin[hit]) <= REACH:
                for at in range(denies[word[hit]], denies[word[hit] + 1]):
                    stands &= denied[at] != pieces.reason[n]
        if stands:
            pieces.reason[kept], pieces.issue[kept], pieces.label[kept] = pieces.reason[n], pieces.issue[n], pieces.label[n]
            pieces.at[kept], pieces.weight[kept] = pieces.at[n], pieces.weight[n]
            kept += 1
    return kept
