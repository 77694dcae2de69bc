"""When it was promised to be done (承诺时限): the times that agents name, on the clock they run on, and those of tickets.

A time named to the customer runs on the wall's clock, day and night (7×24). Workdays, and every time promised by a department
that keeps service hours (setting `promises.departments`), run on those: workdays only, public holidays left out (5×8).
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import polars as pl

from laidian.calendar import is_workday
from laidian.settings import Promises
from laidian.tables import Promise, check
from laidian.zh.numerals import parse

_NUMERAL = r"[零一二两三四五六七八九十百\d]"
_AMOUNT = re.compile(
    rf"(?P<low>半|{_NUMERAL}+)个?(?:到|至)?(?P<high>{_NUMERAL}*)个?(?P<half>半)?(?P<unit>分钟|小时|钟头|工作日|工作天|天|星期|礼拜|周)"
)
_UNIT = {"分钟": timedelta(minutes=1), "小时": timedelta(hours=1), "钟头": timedelta(hours=1), "天": timedelta(days=1)}
_WORKDAYS = ("工作日", "工作天")
_DAYS = {"今": 0, "当天": 0, "下班": 0, "明": 1, "后天": 2, "这两天": 2}
_CLOCK = re.compile(rf"({_NUMERAL}+)点(半)?")
_PARTS = {"早": 12, "上午": 12, "中午": 13, "下午": 18, "晚": 24}
_LONGEST = timedelta(days=366)


def due(said: str, told_at: datetime, hours: Promises, served: bool = False) -> datetime | None:
    """When what was promised had to be done; None = the words name no such time, or one more than a year off.

    Args:
        said: the time as spoken, in simplified characters; of two bounds the later counts.
        told_at: when it was promised, on the workspace's wall clock; the time that comes out is on it too.
        hours: the service hours.
        served: the time runs in service hours only, whatever its unit.

    >>> friday = datetime(2025, 3, 7, 16, 0)
    >>> [str(due(said, friday, Promises())) for said in ("二十四小时", "三到五个工作日", "明天上午", "下班", "尽快")]
    ['2025-03-08 16:00:00', '2025-03-14 18:00:00', '2025-03-08 12:00:00', '2025-03-07 18:00:00', 'None']
    >>> str(due("四小时", friday, Promises(), served=True))
    '2025-03-10 11:00:00'
    """
    if found := _AMOUNT.search(said):
        return _after(found, told_at, hours, served)
    for word, days in _DAYS.items():
        if said.startswith(word):
            day = told_at.date() + timedelta(days)
            return datetime.combine(day, hours.closes) if word == "下班" else _on(day, said)
    if said == "本周" or said == "下周":
        sunday = told_at.date() + timedelta(6 - told_at.weekday() + 7 * (said == "下周"))
        return _on(sunday, "")
    if said == "月底":
        following = (told_at.date().replace(day=1) + timedelta(32)).replace(day=1)
        return _on(following - timedelta(1), "")
    return None


def _after(found: re.Match[str], told_at: datetime, hours: Promises, served: bool) -> datetime | None:
    """The moment after an amount of time."""
    half = found["low"] == "半"
    number = None if half else parse(found["high"] or found["low"])
    if number is None and not half:
        return None
    amount = 0.5 if number is None else float(number.high or number.low) + (0.5 if found["half"] else 0)
    unit = _UNIT.get(found["unit"], timedelta(days=7))
    if amount * (timedelta(days=1) if found["unit"] in _WORKDAYS else unit) > _LONGEST:
        return None
    if found["unit"] in _WORKDAYS or (served and unit >= timedelta(days=1)):
        return _workdays(told_at, amount * (1 if found["unit"] in _WORKDAYS else unit / timedelta(days=1)), hours)
    return _served(told_at, amount * unit, hours) if served else told_at + amount * unit


def _on(day: date, said: str) -> datetime:
    """The end of the day, of its named part or of the named hour."""
    midnight = datetime.combine(day, time())
    part = next((word for word in _PARTS if word in said), "")
    clock = _CLOCK.search(said)
    number = parse(clock[1]) if clock else None
    if clock and number and number.low <= 24:
        afternoon = part in ("下午", "晚") and number.low < 12
        return midnight + timedelta(hours=number.low + 12 * afternoon, minutes=30 if clock[2] else 0)
    return midnight + timedelta(hours=_PARTS.get(part, 24))


def _open_days(from_day: date) -> Iterator[date]:
    """The workdays from that day on."""
    day = from_day
    while True:
        if is_workday(day):
            yield day
        day += timedelta(1)


def _workdays(told_at: datetime, amount: float, hours: Promises) -> datetime:
    """The end of service on the last of so many workdays; the day on which it was promised is none of them."""
    days = _open_days(told_at.date() + timedelta(1))
    last = next(day for n, day in enumerate(days, start=1) if n >= amount)
    return datetime.combine(last, hours.closes)


def _served(told_at: datetime, amount: timedelta, hours: Promises) -> datetime:
    """The moment at which so much time of service has passed."""
    left = amount
    for day in _open_days(told_at.date()):
        opens, closes = (datetime.combine(day, moment) for moment in (hours.opens, hours.closes))
        begins = max(opens, told_at)
        if begins < closes and left <= closes - begins:
            return begins + left
        left -= max(closes - begins, timedelta())
    raise AssertionError("there is always another workday")


def promises(contacts: pl.DataFrame, cues: pl.DataFrame, tickets: pl.DataFrame, hours: Promises) -> pl.DataFrame:
    """What was promised in each contact that names a time: `Promise`, by contact_id.

    Where speech and ticket name different times, the time told to the customer wins; of several, the latest.

    Args:
        contacts: contact_id, ended_at: from when spoken times run.
        cues: contact_id, speaker, kind, when, under the contacts that their calls were merged into.
        tickets: `Ticket`, likewise.
        hours: the service hours, and the departments that keep them.
    """
    keeps = tickets.filter(pl.col("department").is_in(list(hours.departments))).select("contact_id", served=True).unique()
    named = (
        cues.filter((pl.col("speaker") == "agent") & (pl.col("kind") == "promise") & pl.col("when").is_not_null())
        .select("contact_id", pl.col("when").cast(pl.String))
        .join(contacts.select("contact_id", "ended_at"), on="contact_id")
        .join(keeps, on="contact_id", how="left")
    )
    times = [due(said, at, hours, bool(served)) for _, said, at, served in named.iter_rows()]
    spoken = named.select("contact_id", due_at=pl.Series(times, dtype=pl.Datetime("us")), source=pl.lit("spoken"), said="when")
    written = tickets.filter(pl.col("contact_id").is_not_null()).select(
        "contact_id", due_at=pl.col("promised_by").cast(pl.Datetime("us")), source=pl.lit("ticket"), said=pl.lit(None, pl.String)
    )
    both = pl.concat([spoken, written.join(contacts.select("contact_id"), on="contact_id", how="semi")])
    latest = both.drop_nulls("due_at").sort("contact_id", "source", "due_at", "said", descending=[False, False, True, False])
    return check(latest.unique("contact_id", keep="first", maintain_order=True), Promise)


def in_promise(links: pl.DataFrame, cases: pl.DataFrame, contacts: pl.DataFrame, told: pl.DataFrame) -> pl.Series:
    """Whether each link's later contact began within the time promised in the earlier one, or, if that names none, in the
    latest contact of its case before it that does; null: none does.

    Args:
        links: `Link`.
        cases: `Case`.
        contacts: contact_id, started_at.
        told: `Promise`.
    """
    if told.is_empty():
        return pl.Series("in_promise", [None] * links.height, pl.Boolean)
    listed = cases.select(case=pl.int_range(pl.len()), contact_id="contact_ids").explode("contact_id")
    named = listed.with_row_index("place").join(told.select("contact_id", "due_at"), on="contact_id", how="left")
    concerned = named.filter(pl.col("due_at").is_not_null().any().over("case")).sort("place")
    standing = concerned.select(earlier_contact_id="contact_id", due_at=pl.col("due_at").forward_fill().over("case"))
    begun = links.select("contact_id", "earlier_contact_id").join(
        contacts.select("contact_id", "started_at"), on="contact_id", how="left", maintain_order="left"
    )
    joined = begun.join(standing, on="earlier_contact_id", how="left", maintain_order="left")
    return joined.select(in_promise=pl.col("started_at") <= pl.col("due_at")).to_series()
