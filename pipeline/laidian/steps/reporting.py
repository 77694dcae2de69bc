"""The whole lake -> a period's measures and TOP lists -> the report's files."""

import functools
import importlib.metadata
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from laidian import __version__, fcr, issues, store, workspace
from laidian import report as paper
from laidian.calendar import Period, before
from laidian.steps.acting import acted
from laidian.steps.audits import last_day
from laidian.steps.carding import called, carded, operated, stepped, worded
from laidian.steps.explaining import find_jumps, measure_practices
from laidian.steps.guard import stage
from laidian.steps.hearing import engine_identity
from laidian.steps.intake import reconciliation
from laidian.steps.measuring import compared, publish_audits
from laidian.steps.naming import taxonomy
from laidian.steps.ranking import ranked
from laidian.steps.scoring import scorer_name
from laidian.tables import (
    Calibration,
    Case,
    Cause,
    Change,
    Contact,
    Cue,
    CurvePoint,
    Customer,
    FoundIssue,
    Issue,
    Link,
    Measure,
    Operation,
    Reason,
    Recording,
    Rejected,
    Row,
    Scorecard,
    Utterance,
)  # fmt: skip


@stage
def report(root: Path, from_day: date, to_day: date) -> list[str]:
    """Measures, TOP lists, HTML and workbook of the days from `from_day` to `to_day` (inclusive); the files' paths.

    `as_of` is the last complete day of the log, or `to_day` while that is being completed.
    """
    settings = workspace.load(root)
    period, as_of = (from_day, to_day), last_day(root, to_day)
    publish_audits(root)
    unhappy = _measure(root, period, as_of)
    store.replace_period(root, ranked(root, period, as_of, issues.GROUPS), Issue, period)
    practices, use = measure_practices(root, period, as_of)
    meeting = paper.MeetingTables(
        acted(root, as_of), store.read(root, Cause), store.read(root, FoundIssue), practices, use,
        find_jumps(root, period, as_of),
    )  # fmt: skip
    store.replace_period(root, carded(root, period, as_of), Scorecard, period)
    store.replace_period(root, operated(root, period), Operation, period)
    store.build_views(root)
    words = paper.Dictionary(fcr.definition, fcr.EXCLUSIONS, taxonomy(root).name)
    made = paper.build(
        _sources(root, period, meeting, unhappy), words, period=period, as_of=as_of, settings=settings.report, facts=_facts(root)
    )
    base = root / "reports" / period_name(period) / f"laidian-{period_name(period)}"
    html, xlsx = base.with_name(base.name + ".html"), base.with_name(base.name + ".xlsx")
    with store.replacing(html) as aside:
        aside.write_text(paper.page(made), encoding="utf-8")
    with store.replacing(xlsx) as aside:
        aside.write_bytes(paper.workbook(made))
    return [str(html), str(xlsx)]


def period_name(period: Period) -> str:
    """How a period's folder is called: a day, an ISO week, a month, or both ends.

    >>> period_name((date(2025, 3, 3), date(2025, 3, 9))), period_name((date(2025, 3, 1), date(2025, 3, 31)))
    ('2025-W10', '2025-03')
    """
    from_day, to_day = period
    if from_day == to_day:
        return f"{from_day}"
    if from_day.weekday() == 0 and to_day - from_day == timedelta(6):
        return f"{from_day:%G-W%V}"
    if from_day.day == 1 and (to_day + timedelta(1)).day == 1 and (to_day - from_day).days < 31:
        return f"{from_day:%Y-%m}"
    return f"{from_day}_{to_day}"


def _measure(root: Path, period: Period, as_of: date) -> pl.DataFrame:
    """Publishes figures of the period and of the one before it, and how far they moved; gives who is to be visited again."""
    pair = compared(root, period, as_of)
    if not pair.past.is_empty():
        store.replace_period(root, pair.past, Measure, before(period))
    store.replace_period(root, pair.now, Measure, period)
    store.replace_period(root, pair.changes, Change, period)
    store.replace_period(root, pair.points, CurvePoint, period)
    return pair.unhappy


def _sources(root: Path, period: Period, meeting: paper.MeetingTables, unhappy: pl.DataFrame) -> paper.Sources:
    account = reconciliation(root, *period)
    read = _reader(root)
    measured = read(Measure).filter(_same(period) | _same(before(period)))
    return paper.Sources(
        contacts=read(Contact), customers=read(Customer), links=read(Link), cases=read(Case), reasons=read(Reason),
        cues=read(Cue), utterances=read(Utterance), recordings=read(Recording), rejected=read(Rejected),
        measures=measured, changes=read(Change).filter(_same(period)),
        points=read(CurvePoint).filter(_same(period)), issues=read(Issue),
        meeting=meeting,
        unreconciled={
            "话单指名的录音找不到": account.missing,
            "接通的语音来电没有录音": account.contacts_without_audio,
            "录音找不到对应话单（全部日期）": account.audio_without_contact,
        },
        desk=paper.DeskTables(called(root, period[1]), read(Calibration), read(Scorecard), worded(root, read(Operation)),
                              stepped(root, period), unhappy),
    )  # fmt: skip


def _reader(root: Path) -> Callable[[type[Row]], pl.DataFrame]:
    return functools.partial(store.read, root)


def _same(period: Period) -> pl.Expr:
    return (pl.col("from_day") == period[0]) & (pl.col("to_day") == period[1])


def _facts(root: Path) -> dict[str, str]:
    """What made this report. No times: equal nights report equally."""
    return {
        "version": f"laidian {__version__}",
        "engine": engine_identity(root),
        "faster-whisper": importlib.metadata.version("faster-whisper"),
        "timezone": workspace.load(root).timezone,
        "taxonomy": taxonomy(root).fingerprint,
        "scorer": scorer_name(root),
    }
