"""Report periods, time windows and workdays. Every period is (first day, last day), both inclusive, business days."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import chinese_calendar
import numpy as np
from numpy.typing import NDArray

from laidian.errors import SettingsError
from laidian.settings import WINDOW

Period = tuple[date, date]
Micros = NDArray[np.int64]
DAY = 86400 * 1_000_000
_EPOCH = date(1970, 1, 1)
_ANNOUNCED = range(min(chinese_calendar.holidays).year, max(chinese_calendar.holidays).year + 1)


def day_period(day: date) -> Period:
    """The one day."""
    return day, day


def week_period(day: date) -> Period:
    """The week that holds this day, Monday to Sunday.

    >>> [str(d) for d in week_period(date(2025, 3, 9))]
    ['2025-03-03', '2025-03-09']
    """
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def end_of(day: date) -> datetime:
    """The moment at which a business day ends: midnight.

    >>> str(end_of(date(2025, 3, 9)))
    '2025-03-10 00:00:00'
    """
    return datetime.combine(day + timedelta(days=1), time())


def month_period(day: date) -> Period:
    """The calendar month that holds this day.

    >>> [str(d) for d in month_period(date(2024, 2, 11))]
    ['2024-02-01', '2024-02-29']
    """
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def before(period: Period) -> Period:
    """The period before, for 环比: last month for a whole month, else as many days as this one has.

    >>> [str(d) for d in before((date(2025, 3, 1), date(2025, 3, 31)))]
    ['2025-02-01', '2025-02-28']
    """
    from_day, to_day = period
    last = from_day - timedelta(1)
    if period == month_period(from_day):
        return month_period(last)
    return last - (to_day - from_day), last


def year_before(period: Period) -> Period:
    """The same days a year before, for 同比: the same month for a whole month, else the same weekdays 52 weeks before.

    >>> [str(d) for d in year_before((date(2025, 2, 1), date(2025, 2, 28)))]
    ['2024-02-01', '2024-02-29']
    """
    from_day, to_day = period
    if period == month_period(from_day):
        return month_period(from_day.replace(year=from_day.year - 1))
    return from_day - timedelta(364), to_day - timedelta(364)


@dataclass(frozen=True, slots=True)
class Window:
    """How long before and after a contact is looked at, in microseconds; `before` null: not at all, every contact is first.

    `before_workdays`, `after_workdays`: the time is counted on the clock of `WorkdayClock` and not on the wall's.
    """

    before: int | None
    before_workdays: bool
    after: int
    after_workdays: bool


def parse_window(text: str) -> Window:
    """One window for both sides, or `before:after`: hours (`2h`), natural days of 24 hours (`7d`) or workdays (`5wd`).

    Raises:
        SettingsError: anything else, zero, or more than four digits.

    >>> parse_window("30d:5wd").after // DAY, parse_window("none:7d").before
    (5, None)
    """
    first, colon, second = text.rpartition(":")
    after, after_workdays = _length(second, text)
    if first == "none":
        return Window(None, False, after, after_workdays)
    return Window(*(_length(first, text) if colon else (after, after_workdays)), after, after_workdays)


def _length(part: str, text: str) -> tuple[int, bool]:
    found = WINDOW.fullmatch(part)
    if found is None:
        expected = "hours (24h), natural days (7d) or workdays (5wd), or two of them (30d:7d)"
        raise SettingsError("laidian.toml [fcr.windows]", repr(text), expected, "correct that window")
    return int(found[1]) * (DAY // 24 if found[2] == "h" else DAY), found[2] == "wd"


def is_workday(day: date) -> bool:
    """Whether China works on that day: weekends, public holidays and the days worked in exchange for them.

    For years whose holidays the installed chinesecalendar does not know yet, Monday to Friday.

    >>> is_workday(date(2025, 10, 1)), is_workday(date(2025, 9, 28)), is_workday(date(2099, 1, 5))
    (False, True, True)
    """
    return bool(chinese_calendar.is_workday(day)) if day.year in _ANNOUNCED else day.weekday() < 5


class WorkdayClock:
    """A clock that runs 24 hours on every workday and stands still on the others.

    >>> clock = WorkdayClock(date(2025, 3, 7), date(2025, 3, 10))  # Friday to Monday
    >>> friday, monday = ((date(2025, 3, n) - _EPOCH).days * DAY for n in (7, 10))
    >>> [int(t) / DAY for t in clock(np.array([friday, friday + DAY // 2, monday, monday + DAY // 2]))]
    [0.0, 0.5, 1.0, 1.5]
    """

    def __init__(self, first: date, last: date) -> None:
        """Args: first and last day the clock is asked for, inclusive."""
        self._first = (first - _EPOCH).days
        days = [first + timedelta(n) for n in range((last - first).days + 1)]
        self._works = np.array([is_workday(day) for day in days], dtype=np.int64)
        self._before = np.concatenate([[0], np.cumsum(self._works)[:-1]])

    def __call__(self, moments: Micros) -> Micros:
        """Microseconds of workdays since the first day, for wall times in microseconds since 1970 within the clock's days."""
        day = moments // DAY - self._first
        told: Micros = self._before[day] * DAY + self._works[day] * (moments % DAY)
        return told
