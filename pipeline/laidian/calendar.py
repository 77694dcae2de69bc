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
