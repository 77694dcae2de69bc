"""Time expressions of speech as dates, seen from the day of the contact: 昨天, 上周三, 前天下午, 三天前, 三月五号."""

import re
from datetime import date, timedelta

from laidian.cues.forms import COMMAS, STOPS
from laidian.zh.numerals import parse

_NUMBER = r"[零一二两三四五六七八九十\d]{1,3}"
_HALF = "(?:早上|上午|中午|下午|晚上)?"

_AGO = re.compile(rf"(?P<number>{_NUMBER})个?(?P<unit>天|星期|礼拜|周)(?:以前|之前|前)")
_WEEK = re.compile(r"(?P<back>上上个?|上个?)?(?:周|星期|礼拜)(?P<day>[一二三四五六日天])")
_DATE = re.compile(rf"(?P<month>{_NUMBER})[月.](?P<day>{_NUMBER})")
_DAY = re.compile(rf"(?P<day>{_NUMBER})[号日]")
_NAMED = (  # the first that stands in the expression counts; one that only says the time of day means the day itself
    ("大前", 3), ("前天", 2), ("前儿", 2), ("昨", 1), ("今", 0), ("刚", 0),
    ("早上", 0), ("清早", 0), ("上午", 0), ("中午", 0), ("下午", 0),
)  # fmt: skip
_VAGUE = ("几", "段", "些", "阵")

_WORD = re.compile(
    rf"(?:大?前天|前儿个?|昨天|昨日|昨儿个?|今天){_HALF}|昨晚上?|今早上?|{_NUMBER}个?(?:天|星期|礼拜|周)(?:以前|之前|前)"
    rf"|(?:上上个?|上个?|这个?)?(?:周|星期|礼拜)[一二三四五六日天]{_HALF}|{_NUMBER}月{_NUMBER}[号日]{_HALF}"
)
_NEAR = 30  # characters before a cue in which its time is looked for
_ENDS = re.compile(f"[{re.escape(STOPS + COMMAS)}]")


def said_before(text: str, begin: int) -> str | None:
    """The last time expression that can be dated before `begin` in the same clause; None: there is none.

    `text` in simplified characters.
    """
    clause = _ENDS.split(text[max(begin - _NEAR, 0) : begin])[-1]
    return next((hit[0] for hit in reversed(list(_WORD.finditer(clause)))), None)


def day_of(when: str | None, day: date) -> date | None:
    """The day that an expression means in a contact of `day`: never a later one, a year back at most.

    None where it names no single day: 上次, 之前, 上周, 前几天.
    """
    if not when:
        return None
    if ago := _AGO.search(when):
        number = parse(ago["number"])
        steps = number.low * (1 if ago["unit"] == "天" else 7) if number and number.low == number.high else None
        return None if steps is None or steps > 366 else day - timedelta(days=steps)
    if week := _WEEK.search(when):
        monday = day - timedelta(days=day.weekday() + 7 * (week["back"] or "").count("上"))
        said = monday + timedelta(days=min("一二三四五六日天".index(week["day"]), 6))
        return said if said <= day else said - timedelta(days=7)
    if full := _DATE.search(when):
        return _latest(day, full["day"], full["month"])
    if any(word in when for word in _VAGUE):
        return None
    if only := _DAY.search(when):
        return _latest(day, only["day"])
    back = next((days for word, days in _NAMED if word in when), None)
    return None if back is None else day - timedelta(days=back)


def _latest(day: date, number: str, month: str | None = None) -> date | None:
    """The last day of that number (and month) that is not after `day`; None: the calendar has none in the year before."""
    wanted, of = parse(number), parse(month) if month else None
    if wanted is None or (month and of is None):
        return None
    back = (day - timedelta(days=n) for n in range(366))
    return next((d for d in back if d.day == wanted.low and (of is None or d.month == of.low)), None)
