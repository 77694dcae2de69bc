"""Numbers as people say them: 十二, 两三, 十几, 好几, 俩; and as recognisers write them: 3."""

import re
from typing import NamedTuple

_DIGIT = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "幺": 1, "两": 2, "俩": 2, "仨": 3}
_UNIT = {"十": 10, "百": 100, "千": 1000, "万": 10_000}

# Quantities without a number in them; low is what they surely mean.
_VAGUE = {
    "几": (2, 9), "数": (3, 9), "好几": (3, None), "多": (3, None), "多少": (3, None), "好多": (3, None), "很多": (3, None),
    "许多": (3, None), "无数": (3, None), "若干": (3, None), "好些": (3, None), "n": (3, None), "半": (1, 1),
    "三番五次": (3, None), "三番两次": (3, None), "三番四次": (3, None), "一次次": (3, None), "一次又一次": (3, None),
    "一遍遍": (3, None), "一遍又一遍": (3, None), "一回回": (3, None), "隔三差五": (3, None), "三天两头": (3, None),
    "反反复复": (3, None), "再三": (3, None), "屡次": (3, None), "多番": (3, None), "一再": (3, None), "几次三番": (3, None),
    "反复": (3, None), "数度": (3, None), "频繁": (3, None), "一而再再而三": (3, None), "一而再，再而三": (3, None),
    "接二连三": (3, None), "三五": (3, 5), "三两": (2, 3), "不知多少": (3, None), "不知道多少": (3, None), "数不清": (3, None),
    "数不清的": (3, None), "数不过来": (3, None), "记不清多少": (3, None), "说不清多少": (3, None), "几百": (200, 999),
    "上百": (100, None), "上千": (1000, None),
}  # fmt: skip

_RANGE = re.compile(
    r"^(?P<tens>[二三四五六七八九]?十)?(?P<low>[一二两三四五六七八])(?P<high>[二两三四五六七八九])(?P<unit>[十百千万])?$"
)
_OPEN = re.compile(r"^(?P<head>[一二两三四五六七八九]?[十百千万]|\d+0)(?P<more>几|来|多|余|好几)$")


class Numeral(NamedTuple):
    """A spoken number: both bounds inclusive, equal when it is exact; high None = open (好几, 多)."""

    low: int
    high: int | None


def parse(text: str) -> Numeral | None:
    """The number a phrase says, or None when it is no number. Only the numeral itself, without 第 and without a measure word.

    >>> parse("十二"), parse("三四"), parse("十几"), parse("好几")
    (Numeral(low=12, high=12), Numeral(low=3, high=4), Numeral(low=11, high=19), Numeral(low=3, high=None))
    """
    text = text.strip().lower()
    if text in _VAGUE:
        return Numeral(*_VAGUE[text])
    if text.isascii() and text.isdigit():
        return Numeral(int(text[:9]), int(text[:9]))
    if text[:1] in ("几", "好") and text[-1:] in _UNIT and text[:-1] in ("几", "好几"):  # 几十, 好几百
        unit = _UNIT[text[-1]]
        return Numeral(2 * unit, 10 * unit - 1)
    if found := _OPEN.match(text):
        head = parse(found["head"])
        return None if head is None else Numeral(head.low + (found["more"] != "来"), head.low + _last_unit(found["head"]) - 1)
    if (found := _RANGE.match(text)) and _DIGIT[found["high"]] == _DIGIT[found["low"]] + 1:
        return _spoken_range(found)
    exact = _exact(text)
    return None if exact is None else Numeral(exact, exact)


def _last_unit(head: str) -> int:
    """The step that 几 counts within: 二十几 runs to 29, 一百多 to 199."""
    return _UNIT.get(head[-1], 10 ** (len(head) - len(head.rstrip("0"))) if head.isdigit() else 1)


def _spoken_range(found: re.Match[str]) -> Numeral:
    """三四 is 3 to 4, 十七八 17 to 18, 三四十 30 to 40."""
    tens = _exact(found["tens"]) if found["tens"] else 0
    unit = _UNIT[found["unit"]] if found["unit"] else 1
    low, high = _DIGIT[found["low"]] * unit, _DIGIT[found["high"]] * unit
    return Numeral((tens or 0) + low, (tens or 0) + high)


def _exact(text: str) -> int | None:
    """A number in Chinese digits and units (一百二十三), or digits read one by one (二零二五); None when it is neither."""
    if not text or any(c not in _DIGIT and c not in _UNIT for c in text):
        return None
    if not any(c in _UNIT for c in text):
        return int("".join(str(_DIGIT[c]) for c in text[:9]))
    total, section, digit = 0, 0, None
    for c in text:
        if c in _DIGIT:
            digit = _DIGIT[c]
        elif _UNIT[c] == 10_000:
            total, section, digit = (total + section + (digit or 0) or 1) * 10_000, 0, None
        else:
            section, digit = section + (1 if digit is None else digit) * _UNIT[c], None
    return total + section + (digit or 0)
