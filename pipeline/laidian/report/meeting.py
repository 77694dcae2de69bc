"""What the improvement meeting gets beside the lists: jumps, actions and what came of them, causes, unnamed issues, practices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from laidian.report.evidence import Evidence, Quote
from laidian.report.figures import Dictionary

CAUSES = {
    "promise_broken": "承诺没兑现", "not_in_time": "没有及时处理", "passed_on": "部门之间推转", "fault": "系统或网络故障",
    "policy": "政策规定所限", "not_convinced": "客户不认可", "no_guidance": "缺少关键指引", "step_missed": "流程步骤遗漏",
    "by_nature": "本来就要几次", "unclear": "看不出",
}  # fmt: skip
SIDES = {"agent": "人", "process": "流程", "nature": "本来就要几次", "unclear": "看不出"}
BASIS = {
    "said_promise_broken": "客户说答应了没办", "said_passed_on": "客户说被推来推去", "said_fault": "客户说系统或网络出错",
    "said_policy": "客户质疑规定", "said_not_convinced": "客户不认可答复", "said_no_guidance": "客户说没被告知怎么办",
    "said_waiting": "客户在等答复", "ticket_promise_passed": "工单过了承诺时限", "transferred_twice": "上次转接两次以上",
    "told_to_ring_elsewhere": "上次让客户打别处", "agent_refused": "上次座席说办不了", "same_fault_again": "同样的故障又来",
    "ticket_open": "工单未结", "chased": "催办或查进度", "escalated": "客户要求升级", "by_nature": "此类问题一次办不完",
    "asked_more": "补充提问", "no_restating_nor_next_step_nor_confirming": "上次没有复述、没说下一步、没有确认",
    "no_next_step": "上次没说下一步", "said_step_missed": "客户说登记或办理有误、没核对",
    "waits_past_named_time": "过了座席说的时间，客户还在等",
} | {f"like_{cause}": f"与自编对话相像（{told}）" for cause, told in CAUSES.items() if cause != "unclear"}  # fmt: skip
PRACTICES = {
    "restates": "复述问题", "next_step": "说明下一步", "concrete_time": "说准时间", "confirms": "挂机前确认",
    "anything_else": "问还有什么需要",
}  # fmt: skip
VERDICTS = {
    "fewer": "见效",
    "more": "变差",
    "not_told": "看不出变化",
    "too_early": "还早，样本不够",
    "no_others": "没有可比的问题点",
}
DECISIONS = {"new": "待认定", "accepted": "已接受", "merged": "已并入", "rejected": "不接受"}

NOTICED = 0.05
"""False discovery rate below which a practice of one reason is listed."""

COACHED = 5
"""Practices of single reasons that a team's page names on either side."""


@dataclass(frozen=True, slots=True)
class MeetingTables:
    """The tables behind it: `ActionEffect`, `Cause`, `FoundIssue`, `Practice`, `PracticeUse` and `Alert` rows."""

    actions: pl.DataFrame
    causes: pl.DataFrame
    found: pl.DataFrame
    practices: pl.DataFrame
    practice_use: pl.DataFrame
    alerts: pl.DataFrame


@dataclass(frozen=True, slots=True)
class CauseLine:
    """One cause: how many repeats of the period and unresolved cases have it; `issues`: where most, with how many.

    `net`: share of the repeats without those that one contact cannot settle by nature (null for these themselves).
    """

    cause: str
    side: str
    links: int
    share: float
    net: float | None
    cases: int
    basis: tuple[tuple[str, int], ...]
    issues: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class FoundLine:
    """One issue nobody named, with its quotes; `row`: under the columns of `FoundIssue`."""

    name: str
    reason: str
    decision: str
    merged_into: str
    quotes: tuple[Quote, ...]
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Named:
    """A row of one of the tables with the names that belong to it: of the issue, reason, practice or verdict."""

    name: str
    more: str
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CoachLine:
    """One practice of a team in one reason (`reason`: its name, or 全部) and what goes with it in the whole centre.

    `use`: under the columns of `PracticeUse`; `goes_with`: under those of `Practice`, of that reason, or of all where the
    reason has too few contacts to compare (`own` false); null: nothing can be compared. `standing`: 高于, 低于, 相当.
    """

    reason: str
    practice: str
    standing: str
    use: Mapping[str, Any]
    goes_with: Mapping[str, Any] | None
    own: bool


@dataclass(frozen=True, slots=True)
class Coaching:
    """One team's page: its practices over all contacts in a fixed order; `more`: of single reasons, used less than elsewhere
    though not coming back goes with them; `well`: used more than elsewhere, and not coming back goes with them. All: `lines`."""

    team: str
    contacts: int
    practices: tuple[CoachLine, ...]
    lines: tuple[CoachLine, ...]

    @property
    def more(self) -> tuple[CoachLine, ...]:
        """What could be tried first: the widest gaps first."""
        return self._where("低于")

    @property
    def well(self) -> tuple[CoachLine, ...]:
        """What others could listen to: the widest leads first."""
        return self._where("高于")

    def _where(self, standing: str) -> tuple[CoachLine, ...]:
        found = [line for line in self.lines if line.standing == standing and _told(line.goes_with)]
        return tuple(sorted(found, key=lambda line: (-abs(_gap(line.use)), line.reason, line.practice))[:COACHED])


def _told(goes_with: Mapping[str, Any] | None) -> bool:
    return goes_with is not None and goes_with["low"] > 0 and goes_with["q"] < NOTICED


def _gap(use: Mapping[str, Any]) -> float:
    return float(use["used"] / use["contacts"] - use["expected"])


@dataclass(frozen=True, slots=True)
class Meeting:
    """All of it, ready to be shown. `practices`: of all reasons; `noticed`: of single reasons, as far as chance is ruled out."""

    alerts: tuple[Named, ...]
    actions: tuple[Named, ...]
    causes: tuple[CauseLine, ...]
    found: tuple[FoundLine, ...]
    practices: tuple[Named, ...]
    noticed: tuple[Named, ...]
    coaching: tuple[Coaching, ...]


def meeting(
    tables: MeetingTables,
    contacts: pl.DataFrame,
    cases: pl.DataFrame,
    reasons: pl.DataFrame,
    period: tuple[date, date],
    evidence: Evidence,
    words: Dictionary,
) -> Meeting:
    """What the meeting gets of a period.

    Args:
        tables: see there; of other periods too.
        contacts: the period's contacts.
        cases, reasons: of the whole log.
        period: first and last business day, inclusive.
        evidence: the period's quotes.
        words: names of reasons and issues.
    """
    dated = (pl.col("from_day") == period[0]) & (pl.col("to_day") == period[1])
    practices = tables.practices.filter(dated)
    whole = practices.filter(pl.col("reason") == "all")
    noticed = practices.filter((pl.col("reason") != "all") & (pl.col("q") < NOTICED)).sort(
        "difference", "reason", "practice", descending=[True, False, False]
    )
    return Meeting(
        alerts=tuple(
            Named(words.name(row["issue"]), "", row)
            for row in tables.alerts.filter(pl.col("day").is_between(*period))
            .sort("day", "chance", "issue")
            .iter_rows(named=True)
        ),
        actions=tuple(
            Named(words.name(row["issue"]), VERDICTS[row["verdict"]], row)
            for row in tables.actions.filter(pl.col("starts") <= period[1]).sort("starts", "issue").iter_rows(named=True)
        ),
        causes=_causes(tables.causes, contacts, cases, reasons, words),
        found=_found(tables.found, evidence, words),
        practices=tuple(Named(PRACTICES[row["practice"]], "", row) for row in _in_order(whole)),
        noticed=tuple(Named(PRACTICES[row["practice"]], words.name(row["reason"]), row) for row in noticed.iter_rows(named=True)),
        coaching=_coaching(tables.practice_use.filter(dated), practices, words),
    )


def _in_order(rows: pl.DataFrame) -> list[dict[str, Any]]:
    order = list(PRACTICES)
    return sorted(rows.iter_rows(named=True), key=lambda row: order.index(row["practice"]))


def _causes(
    causes: pl.DataFrame, contacts: pl.DataFrame, cases: pl.DataFrame, reasons: pl.DataFrame, words: Dictionary
) -> tuple[CauseLine, ...]:
    links = causes.filter(pl.col("about") == "link").join(contacts.select(subject="contact_id"), on="subject", how="semi")
    touched = cases.select("case_key", contact_id="contact_ids").explode("contact_id").join(contacts, on="contact_id", how="semi")
    open_cases = causes.filter(pl.col("about") == "case").join(
        touched.select(subject=pl.col("case_key").unique()), on="subject", how="semi"
    )
    primary = reasons.filter("primary").select(
        subject="contact_id", issue=pl.coalesce("issue", pl.concat_str("reason", pl.lit(".other")))
    )
    where = links.join(primary, on="subject")
    net = links.filter(pl.col("side") != "nature").height
    lines = []
    for cause in CAUSES:
        own = links.filter(pl.col("cause") == cause)
        held = open_cases.filter(pl.col("cause") == cause)
        if own.height + held.height == 0:
            continue
        side = (own if own.height else held)["side"][0]
        lines.append(CauseLine(
            CAUSES[cause], SIDES[side], own.height, own.height / max(links.height, 1),
            None if side == "nature" or not net else own.height / net, held.height,
            _most(own.select(pl.col("basis").list.first().alias("value")), BASIS.get),
            _most(where.filter(pl.col("cause") == cause).select(value="issue"), words.name),
        ))  # fmt: skip
    return tuple(sorted(lines, key=lambda line: (-line.links, -line.cases, line.cause)))


def _most(values: pl.DataFrame, name: Any, most: int = 3) -> tuple[tuple[str, int], ...]:
    """The commonest values in words, with how many."""
    counts = values.filter(pl.col("value").is_not_null()).group_by("value").len()
    rows = counts.sort("len", "value", descending=[True, False]).head(most).iter_rows()
    return tuple((str(name(value) or value), count) for value, count in rows)


def _found(found: pl.DataFrame, evidence: Evidence, words: Dictionary) -> tuple[FoundLine, ...]:
    """Those to decide on first, larger ones first; rejected ones are not shown."""
    shown = found.filter(pl.col("decision") != "rejected").with_columns(new=pl.col("decision") == "new")
    rows = shown.sort("new", "contacts", "issue", descending=[True, True, False]).iter_rows(named=True)
    return tuple(
        FoundLine(
            row["name"], words.name(row["reason"]), DECISIONS[row["decision"]],
            words.name(row["merged_into"]) if row["merged_into"] else "", evidence.several(row["evidence"], 3), row,
        )
        for row in rows
    )  # fmt: skip


def _coaching(use: pl.DataFrame, practices: pl.DataFrame, words: Dictionary) -> tuple[Coaching, ...]:
    known = {(row["reason"], row["practice"]): row for row in practices.iter_rows(named=True)}

    def line(row: Mapping[str, Any]) -> CoachLine:
        own = known.get((row["reason"], row["practice"]))
        name = "全部" if row["reason"] == "all" else words.name(row["reason"])
        goes_with = own or known.get(("all", row["practice"]))
        return CoachLine(name, PRACTICES[row["practice"]], _standing(row), row, goes_with, own is not None)

    pages = []
    dated = use.with_columns(pl.col("reason").fill_null("all"))
    for (team,), rows in dated.sort("team", "reason").group_by("team", maintain_order=True):
        whole, single = (_in_order(rows.filter((pl.col("reason") == "all") == every)) for every in (True, False))
        pages.append(Coaching(str(team), whole[0]["contacts"], tuple(map(line, whole)), tuple(map(line, single))))
    return tuple(pages)


def _standing(row: Mapping[str, Any]) -> str:
    """Whether the team's interval lies apart from what its issues let expect."""
    return "高于" if row["low"] > row["expected"] else "低于" if row["high"] < row["expected"] else "相当"
