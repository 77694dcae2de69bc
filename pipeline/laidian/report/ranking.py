"""The TOP lists as a reader meets them: named lines with their quotes, and the lists of single groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from laidian.report.evidence import Evidence, Quote
from laidian.report.figures import Dictionary
from laidian.report.words import CLASSES

GROUP_LISTS = {"customer_type": "客户类型", "trade": "行业", "queue": "技能组", "region": "地区"}
GROUP_LINES = 5
"""Lines of a group's list on the page; the workbook has all of them."""


@dataclass(frozen=True, slots=True)
class TopLine:
    """One line of a TOP list, named; what else the list knows of it stands in `row`, under the columns of `Issue`.

    `share`, `cumulative`: of what the list counts. `classes`: 共性, 热点, 难点 in words. `quotes`: redacted.
    """

    rank: int
    reason: str
    issue: str
    contacts: int
    cases: int
    customers: int
    repeats: int
    rate: float | None
    cue_contacts: int
    share: float
    cumulative: float
    classes: tuple[str, ...]
    quotes: tuple[Quote, ...]
    row: Mapping[str, Any]

    @property
    def change(self) -> float | None:
        """The rate of those watched long enough less that of the period before."""
        now, before = self.row["watched_rate"], self.row["watched_rate_before"]
        return None if now is None or before is None else float(now - before)

    @property
    def moved(self) -> bool:
        """Whether the interval of that change leaves out zero."""
        low, high = self.row["change_low"], self.row["change_high"]
        return low is not None and high is not None and (low > 0 or high < 0)

    @property
    def over_target(self) -> float | None:
        """The repeat rate less its target; null: no target, no rate."""
        target = self.row["target"]
        return None if target is None or self.rate is None else float(self.rate - target)

    @property
    def growth(self) -> float | None:
        """Contacts against those of the period before, as a ratio less one; null: nothing to compare with."""
        before = self.row["contacts_before"]
        return None if not before else self.contacts / before - 1

    @property
    def year_growth(self) -> float | None:
        """The same against a year before."""
        year = self.row["contacts_year"]
        return None if not year else self.contacts / year - 1


@dataclass(frozen=True, slots=True)
class GroupList:
    """The two lists of one group: `by` in words, e.g. 客户类型; its name; both lists."""

    by: str
    group: str
    common: tuple[TopLine, ...]
    unresolved: tuple[TopLine, ...]


def top_lines(
    issues: pl.DataFrame, ranking: str, period: tuple[date, date], most: tuple[int, int], evidence: Evidence, words: Dictionary
) -> tuple[TopLine, ...]:
    """The lines of one list of all contacts; `most`: lines, and quotes of a line. A list made before groups came has none."""
    wanted = (pl.col("ranking") == ranking) & (pl.col("from_day") == period[0]) & (pl.col("to_day") == period[1])
    whole = pl.col("group_by").fill_null("all") == "all"
    lines = issues.filter(wanted & whole & (pl.col("rank") <= most[0])).sort("rank")
    return tuple(_line(row, evidence, most[1], words) for row in lines.iter_rows(named=True))


def group_lists(issues: pl.DataFrame, period: tuple[date, date], evidence: Evidence, words: Dictionary) -> tuple[GroupList, ...]:
    """The lists of every group, groupings in the order of `GROUP_LISTS`, groups with more contacts first."""
    dated = issues.filter((pl.col("from_day") == period[0]) & (pl.col("to_day") == period[1]))
    made = []
    for by, title in GROUP_LISTS.items():
        own = dated.filter(pl.col("group_by") == by).sort("rank")
        sizes = own.filter(pl.col("ranking") == "common").group_by("group").agg(pl.col("contacts").sum())
        for group in sizes.sort(["contacts", "group"], descending=[True, False])["group"]:
            lists = {
                ranking: tuple(
                    _line(row, evidence, 0, words)
                    for row in own.filter((pl.col("group") == group) & (pl.col("ranking") == ranking)).iter_rows(named=True)
                )
                for ranking in ("common", "unresolved")
            }
            name = words.name(group) if by == "trade" else group
            made.append(GroupList(title, name, lists["common"], lists["unresolved"]))
    return tuple(made)


def _line(row: Mapping[str, Any], evidence: Evidence, quotes: int, words: Dictionary) -> TopLine:
    return TopLine(
        row["rank"], words.name(row["reason"]), words.name(row["issue"]), row["contacts"], row["cases"], row["customers"],
        row["repeats"], row["repeat_rate"], row["cue_contacts"], row["share"], row["cumulative_share"],
        tuple(CLASSES[name] for name in row["classes"] or ()), evidence.several(row["evidence"], quotes), dict(row),
    )  # fmt: skip
