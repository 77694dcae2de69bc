"""A seeded recogniser that mishears: what base models do to telephone Chinese, without any audio.

Every character is, with chance `rate`, replaced by another of the same syllable (half the time), by one that shares the
initial or the final of its syllable, or dropped. Replacements are among the eight commonest characters
of the syllable in jieba's dictionary. Nothing of the sample calls is in it.
"""

import random
import re
from collections import defaultdict
from functools import cache

from laidian.reasons.tokens import tokenizer
from laidian.zh.syllables import syllables

_HEAD = re.compile(r"^(zh|ch|sh|[^aeiouv])?(.*)$")
_HAN = re.compile(r"[\u4e00-\u9fff]")


@cache
def _sounds() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Syllable -> its characters, and half a syllable (`zh-`, `-ang`) -> syllables; both the commonest first."""
    counts: dict[str, int] = defaultdict(int)
    for word, count in tokenizer([])[0].FREQ.items():
        for char in word:
            if _HAN.match(char):
                counts[char] += count
    chars: dict[str, list[str]] = defaultdict(list)
    halves: dict[str, list[str]] = defaultdict(list)
    for char in sorted(counts, key=lambda c: (-counts[c], c))[:3500]:
        syllable = syllables(char)[0]
        if syllable not in chars:
            head, tail = _split(syllable)
            halves[f"{head}-"].append(syllable)
            halves[f"-{tail}"].append(syllable)
        chars[syllable].append(char)
    return chars, halves


def _split(syllable: str) -> tuple[str, str]:
    found = _HEAD.match(syllable)
    assert found is not None
    return found[1] or "", found[2]


def misheard(text: str, rate: float, dice: random.Random) -> str:
    """The text as a recogniser with this share of wrong characters might write it."""
    return "".join(_one(char, dice) if _HAN.match(char) and dice.random() < rate else char for char in text)


def _one(char: str, dice: random.Random) -> str:
    chars, halves = _sounds()
    syllable = syllables(char)[0]
    kind = dice.choices(("same", "head", "tail", "gone"), (50, 20, 20, 10))[0]
    if kind == "gone":
        return ""
    if kind != "same":
        head, tail = _split(syllable)
        alike = halves[f"{head}-" if kind == "head" else f"-{tail}"]
        syllable = dice.choice(alike) if alike else syllable
    return dice.choice(chars.get(syllable, [char])[:8])
