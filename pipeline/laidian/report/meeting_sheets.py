"""The meeting's sheets of the workbook."""

from collections.abc import Sequence

from laidian.report.cells import Cell, Share, Sheet
from laidian.report.evidence import Quote
from laidian.report.meeting import CoachLine, Meeting


def meeting_sheets(told: Meeting) -> tuple[Sheet, ...]:
    """Jumps, actions, causes, unnamed issues, practices and teams, in that order."""
    return (_alerts(told), _actions(told), _causes(told), _found(told), _practices(told), _teams(told))


def _share(value: float | None) -> Share | None:
    return None if value is None else Share(value)


def _alerts(told: Meeting) -> Sheet:
    columns = (("日期", 12), ("问题点", 30), ("新诉求", 9), ("应有", 9), ("错误发现率", 10), ("编号", 40))
    rows = ((a.row["day"], a.name, a.row["cases"], a.row["expected"], _share(a.row["q"]), a.row["issue"]) for a in told.alerts)
    return Sheet("突增提醒", columns, rows, frozen=2)


def _actions(told: Meeting) -> Sheet:
    columns = (("问题点", 28), ("措施", 36), ("责任人", 12), ("开始", 12), ("目标", 8), ("结论", 14),
               ("变化（相对同期其他问题点）", 12),
               ("95% 下限", 10), ("95% 上限", 10), ("之前重复率", 10), ("之前诉求", 9), ("之后重复率", 10), ("之后诉求", 9),
               ("观察天数", 9), ("可比问题点", 9), ("它们的变化", 10), ("能看出目标降幅的把握", 12), ("八成把握能看出的降幅", 12),
               ("编号", 40))  # fmt: skip
    rows = (
        (
            a.name, r["what"], r["owner"], r["starts"], _share(r["target"]), a.more, _share(r["change"]), _share(r["low"]),
            _share(r["high"]), _rate(r["followed_before"], r["cases_before"]), r["cases_before"],
            _rate(r["followed_after"], r["cases_after"]), r["cases_after"], r["days"], r["others"], _share(r["others_change"]),
            _share(r["power"]), _share(r["detectable"]), r["issue"],
        )
        for a in told.actions
        for r in (a.row,)
    )  # fmt: skip
    return Sheet("整改跟踪", columns, rows, frozen=1)


def _rate(k: int, n: int) -> Share | None:
    return Share(k / n) if n else None


def _causes(told: Meeting) -> Sheet:
    columns = (("原因", 18), ("人还是流程", 12), ("重复来电", 9), ("占比（毛）", 9), ("占比（净）", 9), ("未解决诉求", 10),
               ("主要依据", 60), ("主要问题点", 60))  # fmt: skip
    rows = (
        (c.cause, c.side, c.links, Share(c.share), _share(c.net), c.cases, _counted(c.basis), _counted(c.issues))
        for c in told.causes
    )
    return Sheet("再来原因", columns, rows, ("从话里和记录里推断，是听录音核实的线索，不是定论：相关不是因果。",), frozen=1)


def _counted(values: Sequence[tuple[str, int]]) -> str:
    return "；".join(f"{name} {n}" for name, n in values)


def _found(told: Meeting) -> Sheet:
    columns = (("名称", 22), ("来电原因", 20), ("认定", 10), ("联络", 8), ("占该原因未命名的", 10), ("趋势", 8), ("最早", 12),
               ("最近", 12),
               ("关键词", 40), ("稳定度", 8), ("原话（已脱敏）与出处", 90), ("编号", 44))  # fmt: skip
    rows = (
        (
            f.name, f.reason, f.decision + (f"：{f.merged_into}" if f.merged_into else ""), f.row["contacts"],
            Share(f.row["share"]), f.row["trend"], f.row["first_day"], f.row["last_day"], "、".join(f.row["phrases"]),
            f.row["stability"],
            "\n".join(map(_cited, f.quotes)), f.row["issue"],
        )
        for f in told.found
    )  # fmt: skip
    above = (
        "认定：laidian labels issues 给出一张表，逐项选 accept（是否单列）、rename（改名）或 merge_into（并入哪个问题点），",
        "填好后 laidian labels import，再 laidian rules retag。",
    )
    return Sheet("新发现问题点", columns, rows, above, frozen=1)


def _cited(quote: Quote) -> str:
    return f"“{quote.text}”（{quote.speaker}，{quote.contact_id} {quote.at}）"


def _practices(told: Meeting) -> Sheet:
    columns = (("来电原因", 22), ("做法", 16), ("做了的联络", 10), ("其中没再来", 10), ("没做的联络", 10), ("其中没再来", 10),
               ("校正后差（百分点）", 10), ("95% 下限", 10), ("95% 上限", 10), ("错误发现率", 10))  # fmt: skip
    rows: list[Sequence[Cell]] = [
        (
            p.more or "全部", p.name, r["with_contacts"], r["with_settled"], r["without_contacts"], r["without_settled"],
            100 * r["difference"], 100 * r["low"], 100 * r["high"], _share(r["q"]),
        )
        for p in (*told.practices, *told.noticed)
        for r in (p.row,)
    ]  # fmt: skip
    return Sheet("座席做法", columns, rows, ("相关不是因果：做法与没再来同时出现，不等于前者带来后者。",), frozen=2)


def _teams(told: Meeting) -> Sheet:
    columns = (("班组", 16), ("来电原因", 22), ("做法", 16), ("有座席文字的联络", 10), ("做了", 8), ("占比", 8), ("95% 下限", 9),
               ("95% 上限", 9), ("同样问题全中心", 10), ("比全中心", 9), ("全中心：做了的没再来多（百分点）", 14),
               ("95% 下限", 9), ("95% 上限", 9), ("错误发现率", 9), ("差取自", 10))  # fmt: skip
    rows = (
        (
            page.team, line.reason, line.practice, r["contacts"], r["used"], _rate(r["used"], r["contacts"]), Share(r["low"]),
            Share(r["high"]), Share(r["expected"]), line.standing, *_goes_with(line),
        )
        for page in told.coaching
        for line in (*page.practices, *page.lines)
        for r in (line.use,)
    )  # fmt: skip
    return Sheet("班组做法", columns, rows, ("相关不是因果：用得多的班组未必因此更少再来。",), frozen=3)


def _goes_with(line: CoachLine) -> tuple[Cell, ...]:
    found = line.goes_with
    if found is None:
        return (None,) * 5
    points = (100 * found[name] for name in ("difference", "low", "high"))
    return (*points, _share(found["q"]), "本原因" if line.own else "全部原因")
