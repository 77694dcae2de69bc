"""What a customer's words say about the case: how alike two texts are, and what the customer wants this time."""

import re
from collections.abc import Iterable, Set

import numpy as np

from laidian.cases.known import Characters
from laidian.cases.rules import gram_room, likeness
from laidian.tables.results import LinkKind

_CHASING = re.compile(r"催|还没(人|给)|怎么还(没|不)")
_CONFIRM = re.compile(
    r"撤单|撤诉|(取消|撤销|撤掉|撤了)[^，。！？]{0,4}(报修|工单|投诉|预约|申请|单子)|不用(修|上门|过来|派人|来人)|确认一下"
)
_PROGRESS = re.compile(
    r"进度|进展|(处理|办理|解决|核实|修|弄|查)(得|的|到)?(怎么样|怎样|咋样|哪一步|什么程度)|有没有结果|有结果(了|吗|没)"
)
_FOLLOW_UP = re.compile(r"(还|再|又)(想|要)?(问|请教|咨询)(一?下|个|一个|一句|你)|忘了问|补充(问|一)|还有(个|一个)问题|刚才忘")
_NOT_TEXT = re.compile(r"[\W_■]+")


def similarity(one: str, other: str) -> float:
    """Cosine of the counts of character pairs and triples, punctuation and ■ left out; 0 where a text has none.

    >>> similarity("宽带断网", "宽带断网了") > 0.8, similarity("宽带断网", "") == 0.0
    (True, True)
    """
    left, right = points([bare(one)]), points([bare(other)])
    return float(likeness(left, right, gram_room(max(len(left), len(right)))))


def points(words: Iterable[str]) -> Characters:
    """The code points of texts from `bare`, one text after the other."""
    return np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)


def bare(text: str) -> str:
    """What counts of a text when it is compared."""
    return _NOT_TEXT.sub("", text.lower())


def kind_of(cues: Set[str], text: str) -> LinkKind:
    """What the customer wants this time, by cues and words; chasing before all, since who chases also asks for progress."""
    if cues & {"pending_followup", "broken_promise"} or _CHASING.search(text):
        return "chasing"
    if _PROGRESS.search(text):
        return "progress"
    if "recurrence" in cues:
        return "recurrence"
    if _CONFIRM.search(text):
        return "confirm_or_cancel"
    return "follow_up_question" if _FOLLOW_UP.search(text) else "same_problem"
