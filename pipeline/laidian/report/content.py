"""What a report shows, worked out from the tables; page and workbook only lay it out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from laidian.report import figures as fig
from laidian.report.curves import WITNESSES, BestWindow, Curves, best_windows, curves_of
from laidian.report.desk import Desk, DeskTables, desk_of
from laidian.report.details import counts_of, details_of, reasons_of
from laidian.report.evidence import Evidence, Quote
from laidian.report.figures import Dictionary, Figure, Grouped, Step, Window
from laidian.report.meeting import Meeting, MeetingTables, meeting
from laidian.report.quality import Quality, quality_of
from laidian.report.ranking import GroupList, TopLine, group_lists, top_lines
from laidian.report.words import BASES, FACTS, link_kind
from laidian.settings import Report as ReportSettings

TREND_DAYS = 14
"""A trend shows at least this many business days up to the period's last, so that a day's report has one too."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The tables behind a report. Log-wide ones hold the whole log; the period is cut from them here.

    `recordings`, `utterances`, `cues`, `reasons`: at least the days of the period. `measures`: this period's and, if there,
    the period before's. `changes`, `points`, `issues`: of this period. `unreconciled`: reason in words -> how
    many contacts or recordings.
    """

    contacts: pl.DataFrame
    customers: pl.DataFrame
    links: pl.DataFrame
    cases: pl.DataFrame
    reasons: pl.DataFrame
    cues: pl.DataFrame
    utterances: pl.DataFrame
    recordings: pl.DataFrame
    rejected: pl.DataFrame
    measures: pl.DataFrame
    changes: pl.DataFrame
    points: pl.DataFrame
    issues: pl.DataFrame
    unreconciled: Mapping[str, int]
    meeting: MeetingTables
    desk: DeskTables = field(default_factory=DeskTables)


@dataclass(frozen=True, slots=True)
class Repeat:
    """One repeat contact of the period and why it was joined to an earlier one. `gap_s`: earlier end to later start."""

    contact_id: str
    started_at: datetime
    earlier_contact_id: str
    earlier_started_at: datetime | None
    phone_masked: str
    agent_id: str
    reason: str
    kind: str
    basis: tuple[str, ...]
    probability: float
    gap_s: float
    quote: Quote | None


@dataclass(frozen=True, slots=True)
class Orphan:
    """A contact whose customer spoke of an earlier one that the log does not hold."""

    contact_id: str
    started_at: datetime
    phone_masked: str
    agent_id: str
    team: str
    reason: str
    quote: Quote | None


@dataclass(frozen=True, slots=True)
class Day:
    """One business day: contacts of the population, and how many of them are repeats (by links)."""

    day: date
    contacts: int
    repeats: int

    @property
    def share(self) -> float | None:
        """Repeats among the day's contacts; null for a day without any."""
        return self.repeats / self.contacts if self.contacts else None


@dataclass(frozen=True, slots=True)
class Report:
    """A report of the business days `from_day`..`to_day` (inclusive) as the log stood at the end of `as_of`.

    `kind`: 日报, 周报, 月报 or 区间报告. `all_contacts`: contacts of the period whether counted or not. `facts`: (label,
    value) of the run that made the tables; nothing in them changes between equal runs.
    """

    title: str
    kind: str
    from_day: date
    to_day: date
    as_of: date
    all_contacts: int
    figures: tuple[Figure, ...]
    headline: tuple[Figure, ...]
    windows: tuple[Window, ...]
    curves: Curves
    best_windows: tuple[BestWindow, ...]
    witnesses: tuple[Figure, ...]
    bridge: tuple[Step, ...]
    common: tuple[TopLine, ...]
    unresolved: tuple[TopLine, ...]
    escalated: tuple[TopLine, ...]
    group_lists: tuple[GroupList, ...]
    meeting: Meeting
    repeats: tuple[Repeat, ...]
    orphans: tuple[Orphan, ...]
    days: tuple[Day, ...]
    groups: Mapping[str, tuple[Grouped, ...]]
    desk: Desk
    quality: Quality
    details: pl.DataFrame
    facts: tuple[tuple[str, str], ...]

    @property
    def estimate(self) -> Figure | None:
        """The true first-call resolution as estimated from the audit; null: there is no audit, or too small a one."""
        return next((f for f in self.figures if f.name == "estimate_promise" and f.value is not None), None)


def kind_of(from_day: date, to_day: date) -> str:
    """日报 for one day, 周报 for Monday to Sunday, 月报 for a whole calendar month, else 区间报告.

    >>> kind_of(date(2025, 2, 1), date(2025, 2, 28))
    '月报'
    """
    if from_day == to_day:
        return "日报"
    if from_day.weekday() == 0 and to_day - from_day == timedelta(days=6):
        return "周报"
    if from_day.day == 1 and (to_day + timedelta(days=1)).day == 1 and to_day - from_day < timedelta(days=31):
        return "月报"
    return "区间报告"


def build(
    sources: Sources,
    words: Dictionary,
    *,
    period: tuple[date, date],
    as_of: date,
    settings: ReportSettings,
    facts: Mapping[str, str],
) -> Report:
    """The report of a period. Pure: equal tables give an equal report.

    Args:
        sources: the tables.
        words: meanings of definitions, codes and taxonomy ids.
        period: first and last business day, inclusive.
        as_of: the last complete day of the log; what came later is not in the tables.
        settings: title, lines of a TOP list, quotes for a line.
        facts: engine, model, hash, versions of the run; no times and no seconds, so that equal runs report equally.
    """
    contacts = sources.contacts.filter(pl.col("day").is_between(*period)).sort("started_at", "contact_id")
    owner = _owners(sources.contacts)
    evidence = Evidence(sources.utterances, sources.recordings, sources.cues, owner)
    reasons = reasons_of(sources.reasons, owner, words)
    figures = fig.figures_of(sources.measures, period, words, changes=sources.changes)
    by_name = {f.name: f for f in figures}
    counts = counts_of(sources.contacts, sources.customers)
    most = (settings.top, settings.quotes)
    return Report(
        title=settings.title,
        kind=kind_of(*period),
        from_day=period[0],
        to_day=period[1],
        as_of=as_of,
        all_contacts=contacts.height,
        figures=figures,
        headline=tuple(f for n in fig.HEADLINE if (f := by_name.get(n)) and not (n in fig.ESTIMATED and f.value is None)),
        windows=fig.windows_of(figures),
        curves=curves_of(sources.points, "all"),
        best_windows=best_windows(sources.measures, period, words),
        witnesses=tuple(f for name in WITNESSES if (f := by_name.get(name)) and f.value is not None),
        bridge=fig.bridge_of(figures),
        common=top_lines(sources.issues, "common", period, most, evidence, words),
        unresolved=top_lines(sources.issues, "unresolved", period, most, evidence, words),
        escalated=top_lines(sources.issues, "escalated", period, most, evidence, words),
        group_lists=group_lists(sources.issues, period, evidence, words),
        meeting=meeting(sources.meeting, contacts, sources.cases, sources.reasons, period, evidence, words),
        repeats=_repeats(contacts, sources.contacts, sources.links, reasons, evidence),
        orphans=_orphans(contacts, sources.links, reasons, evidence),
        days=_days(sources.contacts, sources.links, period),
        groups=fig.groups_of(contacts, sources.measures, period, words),
        desk=desk_of(sources.desk, period, words.name),
        quality=quality_of(contacts, owner, sources.recordings, sources.rejected, sources.unreconciled, words),
        details=details_of(
            contacts, counts, sources.links, sources.cases, sources.reasons, sources.recordings, evidence, owner, words
        ),
        facts=tuple((FACTS.get(label, label), str(value)) for label, value in facts.items()),
    )


def _owners(contacts: pl.DataFrame) -> dict[str, str]:
    """Every name a contact goes by (its own, and those of the calls merged into it) -> contact_id."""
    called = {call: row["contact_id"] for row in contacts.iter_rows(named=True) for call in row["call_ids"]}
    return called | {contact_id: contact_id for contact_id in contacts["contact_id"]}


def _repeats(
    contacts: pl.DataFrame,
    log: pl.DataFrame,
    links: pl.DataFrame,
    reasons: Mapping[str, tuple[str, str, str]],
    evidence: Evidence,
) -> tuple[Repeat, ...]:
    earlier = log.select(earlier_contact_id="contact_id", earlier_started_at="started_at")
    joined = contacts.join(links.filter("repeat"), on="contact_id").join(earlier, on="earlier_contact_id", how="left")
    return tuple(
        Repeat(
            row["contact_id"], row["started_at"], row["earlier_contact_id"], row["earlier_started_at"], row["phone_masked"] or "",
            row["agent_id"] or "", _reason_words(reasons, row["contact_id"]), link_kind(row["kind"], row["in_promise"]),
            tuple(BASES.get(b, b) for b in row["basis"]), row["probability"], row["gap_s"], evidence.cue(row["contact_id"]),
        )
        for row in joined.sort("started_at", "contact_id").iter_rows(named=True)
    )  # fmt: skip


def _orphans(
    contacts: pl.DataFrame, links: pl.DataFrame, reasons: Mapping[str, tuple[str, str, str]], evidence: Evidence
) -> tuple[Orphan, ...]:
    """The contacts behind the figure `cue_without_earlier`: served, readable, a customer's cue, no link."""
    readable = contacts.filter(pl.col("in_population") & ~pl.col("faulty"))
    alone = readable.join(links, on="contact_id", how="anti").sort("started_at", "contact_id")
    return tuple(
        Orphan(
            row["contact_id"], row["started_at"], row["phone_masked"] or "", row["agent_id"] or "", row["team"] or "",
            _reason_words(reasons, row["contact_id"]), evidence.cue(row["contact_id"]),
        )
        for row in alone.iter_rows(named=True)
        if row["contact_id"] in evidence.cue_contacts
    )  # fmt: skip


def _reason_words(reasons: Mapping[str, tuple[str, str, str]], contact_id: str) -> str:
    """The third level where one is known, else the reason; empty where there is none."""
    reason, _, issue = reasons.get(contact_id, ("", "", ""))
    return f"{reason}·{issue}" if issue and issue != reason else reason


def _days(log: pl.DataFrame, links: pl.DataFrame, period: tuple[date, date]) -> tuple[Day, ...]:
    """Every day of the trend, also those without a contact; none before the log opens."""
    if log.is_empty():
        return ()
    first: Any = log["day"].min()
    opens = max(first, min(period[0], period[1] - timedelta(days=TREND_DAYS - 1)))
    repeat = pl.col("contact_id").is_in(links.filter("repeat")["contact_id"].implode()).alias("repeat")
    served = log.filter(pl.col("in_population")).with_columns(repeat)
    known = {day: (n, k) for day, n, k in served.group_by("day").agg(pl.len(), pl.col("repeat").sum()).iter_rows()}
    days = (opens + timedelta(days=n) for n in range((period[1] - opens).days + 1))
    return tuple(Day(day, *known.get(day, (0, 0))) for day in days)
