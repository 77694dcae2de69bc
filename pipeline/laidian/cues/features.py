"""The features of a text that the learned scorer weighs, in four blocks; what each is, plainly. `weights` reads them compiled.

Strings of characters hold the very words, near syllables what is left of them when a recogniser slips, chains of words what
belongs together, frames (`frames`) who does what to whom, whatever the words.
"""

import re
from collections.abc import Collection, Iterator
from itertools import pairwise

from laidian.cues.forms import COMMAS, STOPS
from laidian.cues.frames import STOP, common, frames
from laidian.zh.script import simplify
from laidian.zh.syllables import near

LONGEST_WORD = 4
SHORTEST = 7
"""Characters below which a text, or a stretch of it, says too little to be judged by its letters."""

Feature = str | tuple[str, ...]

MOST_CLAUSES, LONGEST_STRETCH = 3, 45
"""What a stretch of a text is: so many whole clauses in a row at most, of so many characters at most."""

_CLAUSE = re.compile(f"[^{re.escape(STOPS + STOP + COMMAS)}]+")


def normal(text: str) -> str:
    """Simplified, lower case, numbers as one zero, ends marked."""
    return f"^{re.sub(r'[0-9]+', '0', common(simplify(text).lower()))}$"


def stretches(text: str) -> list[str]:
    """The stretches of a text, whole clauses in a row, that are long enough to be judged and not too long."""
    clauses = [hit.span() for hit in _CLAUSE.finditer(text)]
    runs = ((begin, end) for at, (begin, _) in enumerate(clauses) for _, end in clauses[at : at + MOST_CLAUSES])
    return [text[begin:end] for begin, end in runs if SHORTEST <= end - begin <= LONGEST_STRETCH]


def strings(text: str) -> Iterator[str]:
    """The features of spelling: every string of one to four characters."""
    plain = normal(text)
    return (plain[at : at + n] for n in (1, 2, 3, 4) for at in range(len(plain) - n + 1))


def sounds(text: str) -> Iterator[tuple[str, ...]]:
    """The features of sound: every two and three near syllables in a row."""
    heard = near(normal(text))
    return (heard[at : at + n] for n in (2, 3) for at in range(len(heard) - n + 1))


def cut(text: str, known: Collection[str]) -> list[str]:
    """The text in words: at each place the longest known one, else a character; commas and blanks are left out.

    >>> cut("昨天打电话，没人接", {"昨天", "打电话", "电话", "没人"})
    ['^', '昨天', '打电话', '没人', '接', '$']
    """
    plain, found, at = normal(text), [], 0
    while at < len(plain):
        long = (plain[at : at + n] for n in range(LONGEST_WORD, 1, -1))
        word = next((w for w in long if w in known), plain[at])
        at += len(word)
        if word not in COMMAS:
            found.append(word)
    return found


def chains(text: str, known: Collection[str]) -> Iterator[tuple[str, ...]]:
    """The features of words: each, and every two in a row."""
    words = cut(text, known)
    yield from ((word,) for word in words)
    yield from pairwise(words)


def blocks(text: str, known: Collection[str]) -> tuple[Iterator[Feature], ...]:
    """All features of a text, block by block. `known`: the words that `chains` knows."""
    return strings(text), sounds(text), chains(text, known), frames(text)
