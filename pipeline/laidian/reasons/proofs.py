"""The examples that rules with conditions bring along: each must hold where it should and only there."""

import re
from collections.abc import Sequence

import numpy as np

from laidian.errors import SettingsError
from laidian.lexicons import Taxonomy
from laidian.reasons.compile import Matcher, compile_matcher
from laidian.reasons.conditions import Scene, holdings
from laidian.reasons.scan import coded
from laidian.rules import Rule

CUSTOMER, AGENT = 0, 2
_LINE = re.compile(r"(客户|座席)?(?:@(\d+(?:\.\d+)?))?[:：](.+)", re.DOTALL)
_SPEAKING_S = 2.0  # how long a line of an example is taken to last


def prove(taxonomy: Taxonomy) -> int:
    """Checks every example of every rule with conditions; how many there are.

    An example is a conversation: lines parted by `|`, each a customer's unless it begins with 座席：; `@12` behind the
    speaker says at which second it begins (`客户@12：还是不行|座席：马上处理`).

    Raises:
        SettingsError: a rule holds where it must not, or does not hold where it must; the message names reason, rule, example.
    """
    matcher, count = compile_matcher(taxonomy), 0
    if matcher.special is None:
        return 0
    named = {one.label: one for one in matcher.special.rules}
    for reason in taxonomy.reasons.values():
        for number, rule in enumerate(reason.rules, start=1):
            label = next((n for n, one in named.items() if one.rule is rule), -1)
            for example, expected in _examples(rule):
                count += 1
                if (label in _held(example, matcher)) != expected:
                    found = f"rule {number} {'does not hold in' if expected else 'holds in'} «{example}»"
                    wanted = "it to hold" if expected else "it not to hold"
                    raise SettingsError(f"taxonomy [{reason.id}]", found, wanted, "correct the rule or the example")
    return count


def _examples(rule: Rule) -> list[tuple[str, bool]]:
    if rule.more is None:
        return []
    return [*((e, True) for e in rule.more.matches), *((e, False) for e in rule.more.misses)]


def _held(example: str, matcher: Matcher) -> set[int]:
    """The labels of the rules that hold in a conversation."""
    assert matcher.special is not None
    lines = [_read(line) for line in example.split("|")]
    texts = [text for _, _, text in lines]
    scene = Scene(
        coded(texts, matcher.plan.letters),
        np.cumsum([0, *(len(text) + 1 for text in texts)]).astype(np.int64),
        _stretches([speaker for speaker, _, _ in lines]),
        np.zeros(len(lines), np.int64),
        np.array([speaker for speaker, _, _ in lines], np.int8),
        _clock([begin for _, begin, _ in lines]),
    )
    return {held.label for held in holdings(scene, matcher.special, matcher.plan.letters, matcher.plan.dictionary)}


def _read(line: str) -> tuple[int, float, str]:
    """Speaker, second (NaN: not told) and words of a line."""
    if told := _LINE.fullmatch(line.strip()):
        who, second, text = told.groups()
        return AGENT if who == "座席" else CUSTOMER, float(second) if second else np.nan, text
    return CUSTOMER, np.nan, line.strip()


def _stretches(speakers: Sequence[int]) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    own = np.array(speakers)
    return np.cumsum(np.append(0, own[1:] != own[:-1])).astype(np.int64)


def _clock(begins: Sequence[float]) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    begin = np.array(begins, np.float64)
    end = begin + _SPEAKING_S
    last = np.nan if np.isnan(end).all() else np.nanmax(end)
    return np.column_stack([begin, last - end])
