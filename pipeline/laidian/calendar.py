"""Report periods and time windows. Every period is (first day, last day), both inclusive, business days."""

import re
from datetime import date, timedelta

from laidian.errors import SettingsError

Period = tuple[date, date]

_WINDOW = re.compile(r"([1-9]\d{0,3})([hd])")


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


def parse_window(text: str) -> timedelta:
    """A window of hours (`2h`) or of natural days of 24 hours each (`7d`).

    Raises:
        SettingsError: anything else, zero, or more than four digits.
    """
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise SettingsError("laidian.toml [fcr.windows]", repr(text), "hours (24h) or natural days (7d)", "correct that window")
    number = int(found[1])
    return timedelta(hours=number) if found[2] == "h" else timedelta(days=number)
