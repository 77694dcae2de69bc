from datetime import date, timedelta

import pytest
from laidian.calendar import day_period, month_period, parse_window, week_period
from laidian.errors import SettingsError


def test_a_day_is_its_own_period() -> None:
    assert day_period(date(2025, 3, 3)) == (date(2025, 3, 3), date(2025, 3, 3))


@pytest.mark.parametrize("day", [date(2024, 12, 30), date(2025, 1, 1), date(2025, 1, 5)])
def test_a_week_runs_from_monday_to_sunday_across_the_year(day: date) -> None:
    assert week_period(day) == (date(2024, 12, 30), date(2025, 1, 5))


@pytest.mark.parametrize(
    ("day", "last"),
    [(date(2025, 2, 1), 28), (date(2024, 2, 29), 29), (date(2025, 12, 31), 31), (date(2025, 4, 30), 30), (date(2025, 1, 31), 31)],
)
def test_a_month_ends_on_its_last_day(day: date, last: int) -> None:
    assert month_period(day) == (day.replace(day=1), day.replace(day=last))


@pytest.mark.parametrize(("text", "window"), [("2h", timedelta(hours=2)), ("24h", timedelta(days=1)), ("7d", timedelta(days=7))])
def test_windows_are_hours_or_days_of_24_hours(text: str, window: timedelta) -> None:
    assert parse_window(text) == window


@pytest.mark.parametrize("text", ["", "7", "d", "0d", "07d", "1.5h", "7D", "-1d", " 7d", "7d\n", "12345h"])
def test_other_windows_are_refused_and_the_message_says_what_to_write(text: str) -> None:
    with pytest.raises(SettingsError, match=r"expected hours \(24h\) or natural days \(7d\)"):
        parse_window(text)
