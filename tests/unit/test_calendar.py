import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laidian.calendar import DAY, Window, WorkdayClock, day_period, month_period, parse_window, week_period
from laidian.errors import SettingsError
from laidian.settings import load


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


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("2h", Window(DAY // 12, False, DAY // 12, False)),
        ("7d", Window(7 * DAY, False, 7 * DAY, False)),
        ("5wd", Window(5 * DAY, True, 5 * DAY, True)),
        ("30d:5wd", Window(30 * DAY, False, 5 * DAY, True)),
        ("none:7d", Window(None, False, 7 * DAY, False)),
    ],
)
def test_windows_are_hours_natural_days_or_workdays_one_for_both_sides_or_two(text: str, window: Window) -> None:
    assert parse_window(text) == window


BAD = ["", "7", "d", "0d", "07d", "1.5h", "7D", "-1d", " 7d", "7d\n", "12345h", "7w", ":7d", "7d:", "7d:none", "none", "1d:2d:3d"]


@pytest.mark.parametrize("text", BAD)
def test_other_windows_are_refused_and_the_message_says_what_to_write(text: str) -> None:
    with pytest.raises(SettingsError, match=r"expected hours \(24h\), natural days \(7d\) or workdays \(5wd\)"):
        parse_window(text)


@pytest.mark.parametrize("text", BAD)
def test_the_settings_refuse_them_when_they_are_read(text: str, tmp_path: Path) -> None:
    (tmp_path / "laidian.toml").write_text(f"[fcr]\nwindows = [{json.dumps(text)}]\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"laidian\.toml \[fcr\.windows\.0\].*is no window"):
        load(tmp_path / "laidian.toml")


# March and October 2025: 10-01 to 10-08 is holiday, 09-28 and 10-11 (Sunday, Saturday) are worked in exchange.
@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2025-03-10 12:00", "2025-03-11 12:00", 1.0),
        ("2025-03-07 12:00", "2025-03-10 12:00", 1.0),  # Friday noon to Monday noon
        ("2025-03-08 08:00", "2025-03-09 20:00", 0.0),  # the weekend stands still
        ("2025-09-27 00:00", "2025-09-29 00:00", 1.0),  # the Sunday before the holiday is worked
        ("2025-09-30 18:00", "2025-10-09 06:00", 0.5),  # eight days of holiday between
    ],
)
def test_the_clock_of_workdays_runs_on_workdays_only(start: str, end: str, days: float) -> None:
    clock = WorkdayClock(date(2025, 3, 1), date(2025, 12, 31))
    moments = np.array([start, end], dtype="datetime64[us]").astype(np.int64)
    one, other = clock(moments)
    assert (other - one) / DAY == days


@given(st.lists(st.integers(0, 400 * 24), min_size=2, max_size=30))
def test_the_clock_of_workdays_never_runs_backwards_nor_faster_than_the_wall(hours: list[int]) -> None:
    clock = WorkdayClock(date(2025, 1, 1), date(2026, 2, 28))
    opens = (date(2025, 1, 1) - date(1970, 1, 1)).days * DAY
    moments = np.array(sorted(hours), dtype=np.int64) * (DAY // 24) + opens
    steps, natural = np.diff(clock(moments)), np.diff(moments)
    assert ((steps >= 0) & (steps <= natural)).all()
