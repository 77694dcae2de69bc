"""What a text sounds like, one element a character: what recognisers confuse is not spelling but sound.

`syllables` forgets tone; `near` also forgets the contrasts that speakers of many regions and recognisers on telephone
speech do not keep (n/l, zh/z, -ng/-n, f/h ...). The near class is a function of the syllable and the syllable of the
character, so a match of characters is always a match of syllables, and a match of syllables always a near match.
"""

import os
import re
import unicodedata
from functools import cache

os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # its own switch: the phrases cost 0.35 s, and only characters are asked for

from pypinyin.constants import PINYIN_DICT

_DIGITS = dict(zip("0123456789", ("ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu"), strict=True))

# Readings that the dictionary lists second but that speech in a contact centre nearly always means.
_SPOKEN = {"长": "chang", "幺": "yao", "么": "me", "觉": "jue", "还": "hai", "〇": "ling", "两": "liang", "俩": "lia", "仨": "sa"}

# Applied in this order. Each is a contrast that is lost, written as (what is heard, what it is counted as).
_NEAR = tuple(
    (re.compile(heard), counted)
    for heard, counted in (
        (r"^([zcs])h", r"\1"),  # zh ch sh = z c s
        (r"^[nr](?=.)", "l"),  # n r = l
        (r"^(?:hong|feng)$", "fen"),
        (r"^(?:hui|fei)$", "fi"),
        (r"^hu(?=[ao])", "f"),  # hua = fa, huo = fo
        (r"^hu$", "fu"),
        (r"([aei])ng$", r"\1n"),  # ang eng ing = an en in
        (r"v", "u"),  # lü = lu
    )
)


def _tidy(reading: str) -> str:
    """Toneless, ü as v: the way it is typed."""
    marks = unicodedata.normalize("NFD", reading)
    umlaut = marks.replace("u\u0308", "v")
    return "".join(c for c in umlaut if not unicodedata.combining(c))


class _Syllable(dict[str, str]):
    """Character -> syllable, filled as characters are met."""

    def __missing__(self, char: str) -> str:
        folded = unicodedata.normalize("NFKC", char)
        folded = folded if len(folded) == 1 and folded.isalnum() else char  # full-width digits and letters, not punctuation
        readings = PINYIN_DICT.get(ord(folded))
        if folded in _DIGITS:
            syllable = _DIGITS[folded]
        elif folded in _SPOKEN:
            syllable = _SPOKEN[folded]
        elif readings is not None:
            syllable = _tidy(readings.split(",")[0])
        else:
            syllable = folded.lower() if len(folded.lower()) == 1 else folded
        self[char] = syllable
        return syllable


class _Near(dict[str, str]):
    """Character -> near class, filled as characters are met."""

    def __missing__(self, char: str) -> str:
        syllable = _table()[char]
        self[char] = fold(syllable) if len(syllable) > 1 or char != syllable else syllable
        return self[char]


@cache
def _table() -> _Syllable:
    return _Syllable()


@cache
def _near_table() -> _Near:
    return _Near()


@cache
def fold(syllable: str) -> str:
    """The near class of one toneless syllable.

    >>> fold("zhang") == fold("zan"), fold("nian") == fold("lian"), fold("hui") == fold("fei")
    (True, True, True)
    """
    for pattern, counted in _NEAR:
        syllable = pattern.sub(counted, syllable)
    return syllable


def syllables(text: str) -> tuple[str, ...]:
    """The toneless pinyin of each character in its most common reading: exactly one element a character.

    Digits are read as Chinese, Latin letters lowered, anything else stands for itself.

    >>> syllables("打2次App！")
    ('da', 'er', 'ci', 'a', 'p', 'p', '！')
    """
    return tuple(map(_table().__getitem__, text))


def near(text: str) -> tuple[str, ...]:
    """The near-syllable class of each character: exactly one element a character.

    >>> near("来电") == near("奈店"), near("打") == near("大")
    (True, True)
    """
    return tuple(map(_near_table().__getitem__, text))
