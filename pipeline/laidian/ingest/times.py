"""Times and durations as logs write them -> wall time of the workspace's zone, and seconds."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from laidian.ingest.values import BadCellError, Cell

_CLOCK = r"(?P<h>\d{1,2})[:时](?P<mi>\d{1,2})(?:[:分](?P<s>\d{1,2})(?:[.,](?P<f>\d{1,9}))?秒?)?分?"
_SPELLED = re.compile(
    rf"(?P<y>\d{{4}})[-/.年](?P<mo>\d{{1,2}})[-/.月](?P<d>\d{{1,2}})日?(?:[T\s]\s*{_CLOCK})?\s*(?P<z>Z|[+-]\d\d(?::?\d\d)?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(
    r"(?P<y>\d{4})(?P<mo>\d\d)(?P<d>\d\d)(?:[T\s]?(?P<h>\d\d):?(?P<mi>\d\d)(?::?(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?)?\s*(?P<z>Z|[+-]\d\d(?::?\d\d)?)?)?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_DURATION = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2}(?:\.\d+)?)")
_EXCEL_DAY_0 = datetime(1899, 12, 30)  # a serial is wall time
_YEARS = range(1990, 2100)
_EXPECTED = "not a time such as 2025-03-03 09:12:00"


def as_time(cell: Cell, zone: ZoneInfo) -> datetime:
    """A wall time of the zone, without offset. A time that names its own zone, and an epoch, are converted; a date is midnight.

    >>> as_time("2025/3/3 9:12", ZoneInfo("Asia/Shanghai"))
    datetime.datetime(2025, 3, 3, 9, 12)
    >>> as_time(1740964320, ZoneInfo("Asia/Shanghai"))
    datetime.datetime(2025, 3, 3, 9, 12)
    """
    match cell:
        case datetime():
            at = _wall(cell, zone)
        case date():
            at = datetime.combine(cell, time())
        case bool():
            raise BadCellError(_EXPECTED)
        case int() | float():
            at = _from_number(float(cell), zone)
        case str():
            at = _from_text(cell, zone)
        case _:
            raise BadCellError(_EXPECTED)
    if at.year not in _YEARS:
        raise BadCellError(f"a time outside the years {_YEARS.start} to {_YEARS.stop - 1}")
    return at


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at if at.tzinfo is None else at.astimezone(zone).replace(tzinfo=None)


def _from_text(text: str, zone: ZoneInfo) -> datetime:
    if found := _SPELLED.fullmatch(text):
        return _from_parts(found, zone)
    if len(text) not in (10, 13) and (found := _COMPACT.fullmatch(text)):  # 10 and 13 digits are epochs
        return _from_parts(found, zone)
    if _DIGITS.fullmatch(text):
        return _from_number(float(text), zone)
    raise BadCellError(_EXPECTED)


def _from_parts(found: re.Match[str], zone: ZoneInfo) -> datetime:
    part = found.groupdict()
    try:
        at = datetime(
            int(part["y"]), int(part["mo"]), int(part["d"]),
            int(part["h"] or 0), int(part["mi"] or 0), int(part["s"] or 0), int((part["f"] or "0").ljust(6, "0")[:6]),
            tzinfo=_offset(part["z"]),
        )  # fmt: skip
        return _wall(at, zone)
    except (ValueError, OverflowError):
        raise BadCellError("a day or an hour that does not exist") from None


def _offset(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text in "Zz":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-shift if text[0] == "-" else shift)


def _from_number(number: float, zone: ZoneInfo) -> datetime:
    """Epoch seconds (9-10 digits), milliseconds (12-13), yyyyMMdd (8), yyyyMMddHHmmss (14), Excel's days since 1899-12-30 (5)."""
    digits = len(str(int(number))) if 0 <= number < 1e15 else 0
    if digits in (8, 14) and number.is_integer() and (found := _COMPACT.fullmatch(str(int(number)))):
        return _from_parts(found, zone)
    if digits == 5:
        return _EXCEL_DAY_0 + timedelta(seconds=round(number * 86_400))
    if digits in (9, 10):
        return _wall(datetime.fromtimestamp(number, UTC), zone)
    if digits in (12, 13):
        return _wall(datetime.fromtimestamp(number / 1000, UTC), zone)
    raise BadCellError(_EXPECTED)


def as_seconds(cell: Cell) -> float:
    """A duration in seconds: 95, 0:01:35, 01:35 (minutes:seconds), or a duration cell of a workbook.

    >>> as_seconds("95"), as_seconds("0:01:35"), as_seconds("01:35"), as_seconds(time(0, 1, 35))
    (95.0, 95.0, 95.0, 95.0)
    """
    match cell:
        case timedelta():
            seconds = cell.total_seconds()
        case time():
            seconds = cell.hour * 3600.0 + cell.minute * 60 + cell.second + cell.microsecond / 1e6
        case bool():
            seconds = -1.0
        case int() | float():
            seconds = float(cell)
        case str():
            seconds = _seconds_of_text(cell)
        case _:
            seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise BadCellError("not a duration such as 95 or 0:01:35")
    return seconds


def _seconds_of_text(text: str) -> float:
    if _DIGITS.fullmatch(text):
        return float(text)
    if found := _DURATION.fullmatch(text):
        hours, minutes, seconds = found.groups()
        if float(seconds) < 60 and (hours is None or int(minutes) < 60):
            return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)
    return -1.0
