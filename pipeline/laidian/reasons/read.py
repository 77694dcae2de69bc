"""Read the evidence out of what was said: keywords, rules, and votes for a trade."""

import math
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from laidian.reasons.compile import Floats, Ints, Matcher, Plan
from laidian.reasons.conditions import Scene, Special, holdings
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
    text, ends, begins, same = _once(text, np.ascontiguousarray(ends))
    plan = matcher.plan
    hits, evidence = find_words(text, plan.letters, plan.words, plan.dictionary), plan.evidence
    first, votes = np.zeros(len(ends) + 1, np.int64), np.zeros((len(ends), len(matcher.trades)))
    _vote(ends, hits.begin, hits.word, hits.trust, evidence.trades.first, evidence.trades.value, evidence.vote, first, votes)
    room, behind = 64 + 4 * len(hits.begin), np.zeros(len(ends) + 1, np.int64)
    while True:  # how much there is is known when all is read
        reason, issue, label, at = (np.zeros(room, np.int32) for _ in range(4))
        pieces = Pieces(reason, issue, label, at, np.zeros(room))
        if _gather(text, first, hits, evidence, pieces, behind) >= 0:
            return Pieces(*_again(*pieces, behind, np.append(-1, ends[:-1]) + 1, begins, same)), votes[same]
        room *= 2


def with_conditions(pieces: Pieces, scene: Scene, special: Special, plan: Plan) -> Pieces:
    """The pieces, with those of rules that have conditions behind the others of their stretch."""
    more = holdings(scene, special, plan.letters, plan.dictionary)
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
def _once(text, ends):  # type: ignore[no-untyped-def]
    """The stretches without those said before, letter by letter: half of what a centre says are greetings and «good, thank you».

    The text, and the ends, of those left; by stretch as it was: where it began, and which of those left it is.
    """
    size = 16
    while size < 2 * len(ends):
        size *= 2
    table, begins, same = np.full(size, -1, np.int64), np.zeros(len(ends), np.int64), np.zeros(len(ends), np.int64)
    kept, left, count, length = np.empty_like(text), np.empty_like(ends), 0, 0
    for stretch in range(len(ends)):
        begin, end = 0 if stretch == 0 else ends[stretch - 1] + 1, ends[stretch]
        code = np.uint64(0)
        for at in range(begin, end):
            code = (code ^ np.uint64(text[at])) * np.uint64(0x9E3779B97F4A7C15)
            code ^= code >> np.uint64(29)
        slot = np.int64(code & np.uint64(size - 1))
        while table[slot] >= 0 and not _alike(text, begin, end, kept, left, table[slot]):
            slot = (slot + 1) & (size - 1)
        begins[stretch] = begin
        if table[slot] < 0:
            for at in range(begin, end + 1):
                kept[length + at - begin] = text[at]
            table[slot], left[count] = count, length + end - begin
            length, count = length + end - begin + 1, count + 1
        same[stretch] = table[slot]
    return kept[:length], left[:count], begins, same


@numba.njit(cache=True)
def _alike(text, begin, end, kept, left, one):  # type: ignore[no-untyped-def]
    start = 0 if one == 0 else left[one - 1] + 1
    same, n = left[one] - start == end - begin, 0
    while same and n < end - begin:
        same = text[begin + n] == kept[start + n]
        n += 1
    return same


@numba.njit(cache=True)
def _again(reason, issue, label, at, weight, behind, starts, begins, same):  # type: ignore[no-untyped-def]
    """The pieces of every stretch from those of the stretches said once."""
    total = 0
    for one in same:
        total += behind[one + 1] - behind[one]
    reasons, issues, labels = np.empty(total, np.int32), np.empty(total, np.int32), np.empty(total, np.int32)
    places, weights, count = np.empty(total, np.int32), np.empty(total), 0
    for stretch in range(len(same)):
        one = same[stretch]
        for n in range(behind[one], behind[one + 1]):
            reasons[count], issues[count], labels[count], weights[count] = reason[n], issue[n], label[n], weight[n]
            places[count] = at[n] - starts[one] + begins[stretch]
            count += 1
    return reasons, issues, labels, places, weights


@numba.njit(cache=True)
def _inside(n, begin, end, trust):  # type: ignore[no-untyped-def]
    """Whether a hit lies in a longer hit: 装宽带 is no 宽带."""
    b, e, other = begin[n], end[n], n - 1
    while other >= 0 and b - begin[other] <= _LONG:
        if end[other] >= e and end[other] - begin[other] > e - b and trust[other] >= _HIDES:
            return True
        other -= 1
    other = n + 1
    while other < len(begin) and begin[other] == b:
        if end[other] > e and trust[other] >= _HIDES:
            return True
        other += 1
    return False


@numba.njit(cache=True)
def _vote(ends, begin, word, trust, listed, trade, weight, first, votes):  # type: ignore[no-untyped-def]
    """The votes by stretch, and its first hit. A word said twice in a stretch is trusted as it was heard last."""
    last, high = np.full(len(weight), -1, np.int64), 0
    for stretch in range(len(ends)):
        low = high
        while high < len(begin) and begin[high] < ends[stretch]:
            if listed[word[high]] < listed[word[high] + 1]:
                last[word[high]] = high
            high += 1
        first[stretch + 1] = high
        for n in range(low, high):
            if last[word[n]] == n:
                for at in range(listed[word[n]], listed[word[n] + 1]):
                    votes[stretch, trade[at]] += trust[n] * weight[word[n]]


@numba.njit(cache=True)
def _gather(text, first, hits, evidence, pieces, behind):  # type: ignore[no-untyped-def]
    # Arrays are taken out of their tuples once: taking one out inside the loops costs more than what is then done with it.
    begin, end, word, trust = hits.begin, hits.end, hits.word, hits.trust
    reason, issue, label, at, weight = pieces.reason, pieces.issue, pieces.label, pieces.at, pieces.weight
    claimed, claims = evidence.claims.first, evidence.claims.value
    claim_reason, claim_issue, claim_label, claim_weight = evidence.reason, evidence.issue, evidence.label, evidence.weight
    denies, denied = evidence.denies.first, evidence.denies.value
    triggers, begins, parts, free = evidence.triggers, evidence.begins, evidence.parts, evidence.free
    rule_reason, rule_label, rule_weight = evidence.rule_reason, evidence.rule_label, evidence.rule_weight
    ruled, width, forbidden = np.full(len(rule_weight), -1, np.int64), begins.shape[1], len(free)
    near = np.empty(width, np.uint64)
    count, room = 0, len(at)
    for stretch in range(len(first) - 1):
        low, high, begun, taken_back = first[stretch], first[stretch + 1], count, False
        for n in range(low, high):  # words' own claims; none where the speaker says that it is NOT that
            taken_back |= denies[word[n]] < denies[word[n] + 1]
            if claimed[word[n]] == claimed[word[n] + 1] or _inside(n, begin, end, trust):
                continue
            if begin[n] >= 2 and text[begin[n] - 2] == _NOT and text[begin[n] - 1] == _IS:
                continue
            for place in range(claimed[word[n]], claimed[word[n] + 1]):
                claim = claims[place]
                if count == room:
                    return -1
                reason[count], issue[count], label[count] = claim_reason[claim], claim_issue[claim], claim_label[claim]
                at[count], weight[count] = begin[n], claim_weight[claim] * trust[n]
                count += 1
        # Rules whose words stand together. A rule counts where its first word is surest; its trust is that word's. Most rules
        # fail at their second group. `near`: those that do not, by the words from `left` to before `right`.
        by_rule, left, right = count, low, low
        for n in range(low, high):
            if not triggers[word[n]]:
                continue
            if right == low or begin[left] < begin[n] - REACH:
                while begin[left] < begin[n] - REACH:
                    left += 1
                right = left
                for block in range(width):
                    near[block] = free[block]
            while right < high and begin[right] <= begin[n] + REACH:
                for block in range(width):
                    near[block] |= parts[word[right], block]
                right += 1
            for block in range(width):
                holding = begins[word[n], block] & near[block]
                if not holding:
                    continue
                for place in range(width + block, forbidden, width):
                    heard = free[place]
                    for other in range(left, right):
                        heard |= parts[word[other], place]
                    holding &= heard
                for other in range(left, right):
                    if trust[other] > SURE:
                        holding &= ~parts[word[other], forbidden + block]
                while holding:
                    rest = holding & (holding - np.uint64(1))
                    rule, holding = 64 * block + math.frexp(np.float64(holding ^ rest))[1] - 1, rest
                    heavy, known = rule_weight[rule] * trust[n], ruled[rule] >= by_rule
                    if not known or weight[ruled[rule]] < heavy:
                        if count == room:
                            return -1
                        to = ruled[rule] if known else count
                        reason[to], issue[to], label[to], at[to] = rule_reason[rule], -1, rule_label[rule], begin[n]
                        weight[to], ruled[rule] = heavy, to
                        count += not known
        for n in range(by_rule, count):
            ruled[label[n] - rule_label[0]] = -1
        if taken_back:
            count = _take_back(low, high, begin, word, denies, denied, begun, count, pieces)
        behind[stretch + 1] = count
    return count


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
