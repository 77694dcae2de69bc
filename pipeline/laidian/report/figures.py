"""Measures as a reader meets them: a figure with its title, interval, exclusions, definition and the period before."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import polars as pl

from laidian.report.words import EXCLUSIONS, window_words

SMALL = 30
"""Below this denominator a rate is shown as a hint only (n too small for its interval to be of use)."""

ESTIMATED = ("estimate_promise", "estimate_strict", "contact_resolution")
"""Figures that need an audit; without a value they are no headline."""

HEADLINE = (
    "population", *ESTIMATED, "linked_fcr", "window_fcr.7d.same", "repeat_share.7d.same",
    "followed_by_repeat.7d.same", "same_number_24h", "cue_contacts", "cue_without_earlier",
)  # fmt: skip
GROUP_FIGURES = ("window_fcr.7d.same", "followed_by_repeat.7d.same", "repeat_share.7d.same")
GROUPS = {"team": "班组", "queue": "技能组", "agent": "座席（工号）"}
UNKNOWN = "unknown"
"""The group of contacts for which the log does not say, as Measure writes it."""

_ORDER = (
    "contacts", "population", "customers", "cases", *ESTIMATED, "estimate_promise_net", "estimate_strict_net", "fcr_bounds",
    "audited", "audit_unknown", "audit_disagreement", "linked_fcr", "linked_fcr_net", "window_fcr", "followed_by_repeat",
    "repeat_share", "same_number_24h", "bridge", "kaplan_meier", "same_number_2h_repeat", "same_number_fcr", "heavy_caller",
    "cue_contacts", "cue_without_earlier", "link_recall", "two_witness_recall", "cue_recall",
    "survey_answered", "survey_fcr", "survey_fcr_weighted",
    "survey_response_bias", "survey_answer_bias", "survey_resolved", "survey_first_contact", "survey_yes_followed",
    "ticket_fcr", "ticket_closed", "visit_resolved", "transfer_rate", "wrap_code_reason",
)  # fmt: skip
_WINDOW = re.compile(r"\.(none:|\d+(?:h|d|wd):)?(\d+)(h|d|wd)(?:\.|$)")


class Meaning(Protocol):
    """What a definition means, in words."""

    @property
    def name_zh(self) -> str:
        """The Chinese title."""

    @property
    def name_en(self) -> str:
        """The English title."""

    @property
    def text_zh(self) -> str:
        """The definition in one or two Chinese sentences."""

    @property
    def numerator_zh(self) -> str:
        """What is counted above the line."""

    @property
    def denominator_zh(self) -> str:
        """What is counted below the line; empty for a bare count."""


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Where words for codes come from.

    `definition`: a measure's name -> its meaning; raises KeyError for a name it does not know. `exclusions`: a code in
    `Measure.excluded` -> words. `name`: a reason's or issue's id -> Chinese name, the id itself where nobody knows it.
    """

    definition: Callable[[str], Meaning]
    exclusions: Mapping[str, str]
    name: Callable[[str], str]

    def exclusion(self, code: str) -> str:
        """Why contacts were left out, in words; the code itself where nobody gave words."""
        return self.exclusions.get(code, EXCLUSIONS.get(code, code))


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the period for one group, ready to be shown.

    `over`: what is divided by what, in words. `value` null = nothing to divide by. `denominator` null = a bare count.
    `excluded`: (reason in words, contacts left out). `before`: the same figure of the period before (null: not computed).
    `change_low`, `change_high`: 95 % interval of the change, which counts that one customer brings several contacts (null: no
    rate, or nothing to compare).
    """

    name: str
    title: str
    english: str
    text: str
    over: str
    group: str
    value: float | None
    low: float | None
    high: float | None
    numerator: int
    denominator: int | None
    excluded: tuple[tuple[str, int], ...]
    before: float | None
    change_low: float | None
    change_high: float | None

    @property
    def moved(self) -> bool | None:
        """Whether the change is more than chance; null: nobody can say."""
        return None if self.change_low is None or self.change_high is None else self.change_low > 0 or self.change_high < 0

    @property
    def is_rate(self) -> bool:
        """False for a bare count."""
        return self.denominator is not None

    @property
    def small(self) -> bool:
        """A rate over so few contacts that it is a hint only."""
        return self.denominator is not None and self.denominator < SMALL

    @property
    def change(self) -> float | None:
        """This period's value less the one before: a difference of shares for a rate, of numbers for a count."""
        return None if self.value is None or self.before is None else self.value - self.before


@dataclass(frozen=True, slots=True)
class Window:
    """One length of the follow-up window: first-call resolution with any reason and with the same reason."""

    label: str
    any: Figure | None
    same: Figure | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the bridge (口径差异表). `change`: its value less the step before's; null for the first or without a value."""

    figure: Figure
    change: float | None


@dataclass(frozen=True, slots=True)
class Grouped:
    """One team, queue or agent with its figures, in the order of `GROUP_FIGURES` (null: not computed)."""

    group: str
    contacts: int
    figures: tuple[Figure | None, ...]


def window_hours(definition: str) -> float:
    """Hours of the window in a definition's name; 0 where it names none."""
    match = _WINDOW.search(definition)
    return 0.0 if match is None else float(match[2]) * (1 if match[3] == "h" else 24)


def family(definition: str) -> str:
    """The definition without its window: `window_fcr.24h.any` -> `window_fcr.any`, of two windows `window_fcr.B:any`."""
    return _WINDOW.sub(lambda m: f".{'none:' if m[1] == 'none:' else 'B:' if m[1] else ''}", definition)


def figures_of(
    measures: pl.DataFrame,
    period: tuple[date, date],
    words: Dictionary,
    group_by: str = "all",
    changes: pl.DataFrame | None = None,
) -> tuple[Figure, ...]:
    """The figures of a period for one grouping, in reading order (family, window, reason, group).

    Args:
        measures: Measure rows; those of other periods serve only as the period before: the latest one that ends before.
        period: first and last business day, inclusive.
        words: meanings of words and codes.
        group_by: `all`, `team`, `queue`, `agent`, `day`, `reason` ...
        changes: Change rows of the period; they are of the whole only.
    """
    rows = measures.filter((pl.col("group_by") == group_by) & (pl.col("definition") != "best_window"))  # those are days
    now = rows.filter((pl.col("from_day") == period[0]) & (pl.col("to_day") == period[1]))
    past = rows.filter(pl.col("to_day") < period[0]).sort("to_day", "from_day")
    before = {(row["definition"], row["group"]): row for row in past.iter_rows(named=True)}
    moved = {} if changes is None else {row["definition"]: row for row in changes.iter_rows(named=True)}
    made = [
        _figure(row, before.get((row["definition"], row["group"])), moved.get(row["definition"], {}), words)
        for row in now.iter_rows(named=True)
    ]
    return tuple(sorted(made, key=_reading_order))


def _figure(row: Mapping[str, Any], before: Mapping[str, Any] | None, moved: Mapping[str, float], words: Dictionary) -> Figure:
    name = row["definition"]
    counts = sorted(json.loads(row["excluded"] or "{}").items(), key=lambda item: (-item[1], item[0]))
    value = row["value"]
    if value is None and row["denominator"] is None:
        value = float(row["numerator"])
    past = None if before is None else before["value"]
    if before is not None and past is None and before["denominator"] is None:
        past = float(before["numerator"])
    title, english, text, over = _meaning(name, words)
    return Figure(
        name, title, english, text, over, row["group"], value, row["low"], row["high"], row["numerator"], row["denominator"],
        tuple((words.exclusion(k), n) for k, n in counts if n), past, moved.get("low"), moved.get("high"),
    )  # fmt: skip


def _meaning(name: str, words: Dictionary) -> tuple[str, str, str, str]:
    try:
        meaning = words.definition(name)
    except KeyError:
        return name, name, "", ""
    over = f"{meaning.numerator_zh} / {meaning.denominator_zh}" if meaning.denominator_zh else meaning.numerator_zh
    return meaning.name_zh, meaning.name_en, meaning.text_zh, over


def _reading_order(figure: Figure) -> tuple[int, float, str, str]:
    family = figure.name.split(".")[0]
    return (_ORDER.index(family) if family in _ORDER else len(_ORDER), window_hours(figure.name), figure.name, figure.group)


def representatives(figures: tuple[Figure, ...]) -> tuple[Figure, ...]:
    """One figure for each definition: of a family that differs in the window only, the 7-day one or else the first."""
    chosen: dict[str, Figure] = {}
    for figure in figures:
        if family(figure.name) not in chosen or ".7d." in figure.name:
            chosen[family(figure.name)] = figure
    return tuple(chosen.values())


def windows_of(figures: tuple[Figure, ...]) -> tuple[Window, ...]:
    """Window FCR by length of window, shortest first: hours and natural days, then workdays, then two windows."""
    by_name = {f.name: f for f in figures if f.name.startswith("window_fcr.")}
    by_length = sorted(
        {name.split(".")[1] for name in by_name}, key=lambda w: (":" in w, w.endswith("wd"), window_hours(f".{w}."), w)
    )
    return tuple(
        Window(window_words(w), by_name.get(f"window_fcr.{w}.any"), by_name.get(f"window_fcr.{w}.same")) for w in by_length
    )


def bridge_of(figures: tuple[Figure, ...]) -> tuple[Step, ...]:
    """The walk from the switch's number, in the order of the steps' names."""
    steps: list[Step] = []
    last: float | None = None
    for figure in (f for f in figures if f.name.startswith("bridge.")):
        change = None if last is None or figure.value is None else figure.value - last
        steps.append(Step(figure, change))
        last = figure.value if figure.value is not None else last
    return tuple(steps)


def groups_of(
    contacts: pl.DataFrame, measures: pl.DataFrame, period: tuple[date, date], words: Dictionary
) -> dict[str, tuple[Grouped, ...]]:
    """Teams, queues and agents of the period, most contacts first; only contacts of the population are counted.

    Args:
        contacts: Contact rows of the period.
        measures: Measure rows; figures of a group that are not there stay null.
        period: first and last business day, inclusive.
        words: meanings of words and codes.
    """
    served = contacts.filter(pl.col("in_population"))
    tables: dict[str, tuple[Grouped, ...]] = {}
    for group_by in GROUPS:
        column = "agent_id" if group_by == "agent" else group_by
        known = {(f.name, f.group): f for f in figures_of(measures, period, words, group_by)}
        counts = served.group_by(pl.col(column).fill_null(UNKNOWN)).len().sort(["len", column], descending=[True, False])
        tables[group_by] = tuple(
            Grouped(group, n, tuple(known.get((name, group)) for name in GROUP_FIGURES)) for group, n in counts.iter_rows()
        )
    return tables
