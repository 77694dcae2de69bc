"""How well a stretch of text that was matched by sound fits a form: 1 = as written, less the more characters only sound so."""

from functools import lru_cache

from laidian.cues.expressions import FORGIVING
from laidian.cues.forms import COMMAS, STOPS, Choice, Comma, Edge, Gap, Maybe, Node, Sequence, Word
from laidian.zh.syllables import near, syllables

SAME_SYLLABLE, NEAR_SYLLABLE, ANOTHER = 0.15, 0.4, 0.8
"""What a character costs that sounds the same but for its tone, that sounds nearly so, and that is another one."""

Ways = dict[int, tuple[float, int]]  # where a node may end -> the least cost, and the characters weighed


def likeness(tree: Node, text: str, begin: int, finish: int) -> float:
    """From 0 to 1: one minus the mean cost of the characters that the form asks for, on the cheapest reading of the span.

    `text` is simplified and lower case. 0 where the form does not fit the span at all.
    """
    cost, weighed = _ends(tree, text, begin, finish).get(finish, (1.0, 1))
    return max(0.0, 1.0 - cost / max(weighed, 1))


def _ends(node: Node, text: str, begin: int, finish: int) -> Ways:
    """Where the node may end when it begins there, never after `finish`."""
    match node:
        case Word():
            cost = _word(node, text[begin : begin + len(node.text)]) if begin + len(node.text) <= finish else None
            return {} if cost is None else {begin + len(node.text): (cost, len(node.text))}
        case Gap(most, _, without):
            last = min(begin + most, finish)
            last = next((at for at in range(begin, last) if text[at] in without), last)
            return dict.fromkeys(range(begin, last + 1), (0.0, 0))
        case Comma(stop):
            marks, most = (COMMAS + STOPS, 3) if stop else (COMMAS, 1)
            length = next((n for n in range(most) if begin + n >= finish or text[begin + n] not in marks), most)
            return {begin + n: (0.0, 0) for n in range(length + 1)}
        case Edge(end):
            beside = text[begin : begin + 1] if end else text[begin - 1 : begin] if begin else ""
            return {begin: (0.0, 0)} if beside in STOPS + COMMAS else {}
        case Maybe(inner):
            return _cheaper({begin: (0.0, 0)}, _ends(inner, text, begin, finish))
        case Choice(branches, _):
            found: Ways = {}
            for branch in branches:
                found = _cheaper(found, _ends(branch, text, begin, finish))
            return found
        case Sequence(parts):
            return _in_a_row(parts, text, begin, finish)


def _in_a_row(parts: tuple[Node, ...], text: str, begin: int, finish: int) -> Ways:
    ways: Ways = {begin: (0.0, 0)}
    for part in parts:
        following: Ways = {}
        for at, (cost, weighed) in ways.items():
            more = _ends(part, text, at, finish)
            following = _cheaper(following, {end: (cost + c, weighed + w) for end, (c, w) in more.items()})
        ways = following
    return ways


def _cheaper(one: Ways, other: Ways) -> Ways:
    """The cheaper way to each end; of equal ones that which weighs more characters."""
    for end, (cost, weighed) in other.items():
        known = one.get(end)
        if known is None or (cost, -weighed) < (known[0], -known[1]):
            one[end] = (cost, weighed)
    return one


@lru_cache(maxsize=65536)
def _word(word: Word, heard: str) -> float | None:
    """The cost of hearing these characters for that word; None where they are too far from it."""
    if word.how != "sound":
        return (SAME_SYLLABLE * len(heard) if word.how == "heard" else 0.0) if heard == word.text else None
    costs = [_character(wanted, got) for wanted, got in zip(word.text, heard, strict=True)]
    slips = costs.count(ANOTHER)
    return None if slips > (len(costs) >= FORGIVING) else sum(costs)


def _character(wanted: str, got: str) -> float:
    if wanted == got:
        return 0.0
    if syllables(wanted) == syllables(got):
        return SAME_SYLLABLE
    return NEAR_SYLLABLE if near(wanted) == near(got) else ANOTHER
