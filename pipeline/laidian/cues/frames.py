"""The frames of what is said: who does what to whom and when, whatever the very words, as features of the learned scorer.

A text becomes a row of groups of words (`models/scorer/words.toml`: when, hotline, say, not, answer ...), found by near
syllable, the longest word first: «昨天打热线说没资源» and «上周致电客服让我等» hold the same frame. What stands between is left
out, so a frame learned from one sentence holds for others that it shares few words with.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources

from laidian.cues.forms import STOPS
from laidian.zh.script import simplify
from laidian.zh.syllables import near

COUNTED, LASTED = "count", "lasted"  # 三次, 三个月
STOP = "."
_ANY: tuple[str, ...] = ("", "")  # a number and its measure
_NONE: tuple[tuple[str, ...], str | None] = (("",), None)
NUMBERS = frozenset("一二三四五六七八九十两几百好多半0123456789")
MEASURES = frozenset(near("次遍回趟"))
SPANS = tuple(map(near, ("天", "周", "年", "小时", "个月", "星期", "礼拜")))

_OUTSIDE = re.compile("[\x00\U00010000-\U0010ffff]")

LONGEST, APART = 4, 4  # groups in a row in one feature; steps between two that are taken as a pair


@cache
def grouped() -> dict[tuple[str, ...], str]:
    """Near syllables of a word -> its group; of words that sound alike the first."""
    text = (resources.files("laidian.models") / "scorer" / "words.toml").read_text("utf-8")
    known: dict[tuple[str, ...], str] = {}
    for group, words in tomllib.loads(text).items():
        for word in words:
            known.setdefault(near(word), group)
    return known


@cache
def _by_first() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """First near syllable -> (near syllables, group) of its words, longest first."""
    by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for sounds, group in sorted(grouped().items(), key=lambda k: (-len(k[0]), k[0])):
        by_first.setdefault(sounds[0], []).append((sounds, group))
    return by_first


def common(text: str) -> str:
    """The text with what nothing is learned of (NUL, and all outside the basic plane) as one that sounds like nothing."""
    return _OUTSIDE.sub("\uffff", text)


def groups(text: str) -> list[list[str]]:
    """The groups of words in each sentence, in their order; a sentence without any gives an empty list.

    >>> groups("昨天打10010说查不到。第三次了")
    [['when', 'number', 'say', 'told'], ['count']]
    """
    text = common(simplify(text))
    heard, known = near(text), _by_first()
    found: list[list[str]] = [[]]
    at = 0
    while at < len(heard):
        kind = _measured(heard[at + 1 : at + 3]) if text[at] in NUMBERS else None
        word, group = (
            (_ANY, kind) if kind else next((w for w in known.get(heard[at], ()) if heard[at : at + len(w[0])] == w[0]), _NONE)
        )
        if group:
            found[-1].append(group)
        elif text[at] in STOPS or text[at] == STOP:
            found.append([])
        at += len(word)
    return found


def _measured(behind: tuple[str, ...]) -> str | None:
    """What the syllables behind a number make of it."""
    if behind[:1] and behind[0] in MEASURES:
        return COUNTED
    return LASTED if any(behind[: len(span)] == span for span in SPANS) else None


def frames(text: str) -> Iterator[str]:
    """The features: every one to four groups in a row within a sentence, and every two with one to three others between."""
    for said in groups(text):
        for length in range(1, LONGEST + 1):
            yield from ("-".join(said[at : at + length]) for at in range(len(said) - length + 1))
        for first in range(len(said)):
            yield from (f"{said[first]}~{said[last]}" for last in range(first + 2, min(first + 1 + APART, len(said))))
