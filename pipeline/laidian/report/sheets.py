"""What stands in each sheet of the workbook: columns and rows, before any of it is written."""

from collections.abc import Sequence

from laidian.report.cells import Cell, Share, Sheet, share
from laidian.report.content import Report
from laidian.report.desk_sheets import calls, cards, operations, procedures, rework, sure
from laidian.report.evidence import Quote
from laidian.report.figures import GROUP_FIGURES, GROUPS, UNKNOWN, Figure, representatives
from laidian.report.ranking import TopLine


def sheets(report: Report) -> tuple[Sheet, ...]:
    """All sheets in the order of the workbook."""
    return (
        _overview(report), _bridge(report), _top("常见TOP", report.common), _top("未解决TOP", report.unresolved),
        _top("升级投诉TOP", report.escalated), _grouped_lists(report),
        calls(report.desk), rework(report.desk), sure(report.desk), _groups(report), cards(report.desk), operations(report.desk),
        procedures(report.desk),
        _repeats(report), _orphans(report), _details(report), _faults(report), _refusals(report), _words(report),
    )  # fmt: skip


def _value(figure: Figure) -> Cell:
    return share(figure.value) if figure.is_rate else figure.numerator


def _left_out(figure: Figure) -> str:
    return "；".join(f"{reason} {n}" for reason, n in figure.excluded)


def _past(figure: Figure) -> Cell:
    if figure.before is None:
        return None
    return Share(figure.before) if figure.is_rate else int(figure.before)


def _quote(quote: Quote | None) -> tuple[Cell, Cell, Cell, Cell]:
    """Words, kind, mm:ss, recording."""
    return ("", "", "", "") if quote is None else (quote.text, quote.kind, quote.at, quote.recording)


def _overview(report: Report) -> Sheet:
    period = f"{report.from_day}" if report.from_day == report.to_day else f"{report.from_day} 至 {report.to_day}"
    above = [report.title, f"{report.kind} {period}　数据截至 {report.as_of} 日终"]
    if report.all_contacts == 0:
        above.append("本期没有任何联络，所以没有数字可算。请核对话单是否已导入、日期是否正确。")
    if report.estimate is None:
        above.append(
            "尚无抽检复核结果，因此不给出真实一次解决率的估计值；以下为传统口径，每个数字都带分子、分母、区间、未计入与定义。"
        )
    columns = (("指标", 38), ("值", 10), ("分子", 10), ("分母", 10), ("95% 下限", 10), ("95% 上限", 10), ("上期值", 10),
               ("样本少", 8), ("未计入", 36), ("定义", 64), ("代号", 26))  # fmt: skip
    rows = (
        (
            f.title, _value(f), f.numerator, f.denominator, share(f.low), share(f.high), _past(f),
            "样本少" if f.small else "", _left_out(f), f.text, f.name,
        )
        for f in report.figures
    )  # fmt: skip
    return Sheet("概览", columns, rows, tuple(above), frozen=1)


def _bridge(report: Report) -> Sheet:
    columns = (("口径", 34), ("值", 10), ("变化（百分点）", 12), ("分子", 10), ("分母", 10), ("95% 下限", 10), ("95% 上限", 10),
               ("未计入", 40), ("这一步改了什么", 64))  # fmt: skip
    rows: list[Sequence[Cell]] = [
        (
            s.figure.title, _value(s.figure), None if s.change is None else 100 * s.change, s.figure.numerator,
            s.figure.denominator, share(s.figure.low), share(s.figure.high), _left_out(s.figure), s.figure.text,
        )
        for s in report.bridge
    ]  # fmt: skip
    pending = "没有再来也没有解决的、没有说出来的，只有抽检复核才看得到"
    if report.estimate is None:
        rows.append(("真实一次解决率的估计", "待复核", None, None, None, None, None, "尚无抽检复核", pending))
    return Sheet("口径差异表", columns, rows, frozen=1)


_TOP: tuple[tuple[str, float], ...] = (
    ("名次", 6), ("名次区间", 10), ("问题点（三级原因）", 26), ("来电原因", 18), ("类别", 14), ("来电量", 9), ("上期来电量", 10),
    ("去年同期", 9), ("重复来电", 9), ("重复率", 10), ("目标", 8), ("与目标差（百分点）", 10), ("收缩后重复率", 10),
    ("参照率", 8), ("超出的重复来电", 10), ("超额成本", 10), ("超额成本（谨慎值）", 10), ("关键少数", 8),
    ("本期观察期内重复率", 10), ("上期", 8), ("变化下限（百分点）", 10), ("变化上限（百分点）", 10), ("去年", 8), ("热点倍数", 8),
    ("热点下限", 8), ("趋势", 7), ("趋势错误率", 8), ("难度", 7), ("分散度", 7), ("升级投诉", 8), ("诉求", 8), ("客户", 8),
    ("带线索", 8), ("占比", 9), ("累计占比", 10), ("典型诉求", 18),
)  # fmt: skip


def _top(name: str, lines: Sequence[TopLine]) -> Sheet:
    columns = (*_TOP, ("原话（已脱敏）与出处", 90))
    rows = ((*_top_cells(t), "\n".join(map(_cited, t.quotes))) for t in lines)
    return Sheet(name, columns, rows, frozen=3, shaded=(9, 34))


def _top_cells(t: TopLine) -> tuple[Cell, ...]:
    r = t.row
    between = "" if r["rank_low"] is None else f"{r['rank_low']}–{r['rank_high']}"
    return (
        t.rank, between, t.issue, t.reason, "、".join(t.classes), t.contacts, r["contacts_before"], r["contacts_year"], t.repeats,
        share(t.rate), share(r["target"]), _points(t.over_target), share(r["shrunk_rate"]), share(r["reference_rate"]),
        r["excess_contacts"], r["burden"], r["burden_low"], "是" if r["pareto"] else "", share(r["watched_rate"]),
        share(r["watched_rate_before"]), _points(r["change_low"]), _points(r["change_high"]), share(r["watched_rate_year"]),
        r["hot_ratio"], r["hot_low"], r["trend"], share(r["trend_q"]), r["difficulty"], r["spread"], r["escalated"], t.cases,
        t.customers, t.cue_contacts, Share(t.share), Share(t.cumulative), r["typical_case"],
    )  # fmt: skip


def _points(share: float | None) -> float | None:
    """A difference of shares in percentage points."""
    return None if share is None else 100 * share


def _grouped_lists(report: Report) -> Sheet:
    rows = (
        (found.by, found.group, title, *_top_cells(line))
        for found in report.group_lists
        for title, lines in (("常见", found.common), ("未解决", found.unresolved))
        for line in lines
    )
    return Sheet("分组榜单", (("分组", 10), ("名称", 16), ("榜单", 8), *_TOP), rows, frozen=5)


def _cited(quote: Quote) -> str:
    place = " ".join(part for part in (quote.contact_id, quote.at, quote.recording) if part)
    return f"“{quote.text}”（{quote.speaker}，{place}）"


def _groups(report: Report) -> Sheet:
    titles = {f.name: f.title for f in report.figures}
    columns = [("分组", 14), ("名称", 20), ("服务量", 10)]
    for name in GROUP_FIGURES:
        columns += [(titles.get(name, name), 16), ("分子", 8), ("分母", 8), ("95% 下限", 10), ("95% 上限", 10)]
    rows = []
    for group_by, grouped in report.groups.items():
        for g in grouped:
            row: list[Cell] = [GROUPS[group_by], "（话单未注明）" if g.group == UNKNOWN else g.group, g.contacts]
            for f in g.figures:
                row += [None] * 5 if f is None else [share(f.value), f.numerator, f.denominator, share(f.low), share(f.high)]
            rows.append(row)
    return Sheet("分组", tuple(columns), rows, frozen=2)


def _repeats(report: Report) -> Sheet:
    columns = (("本次时间", 19), ("本次联络", 18), ("前次联络", 18), ("前次时间", 19), ("间隔（小时）", 10), ("掩码号码", 15),
               ("工号", 10), ("来电原因", 26), ("关联类型", 16), ("关联依据", 26), ("把握", 8), ("线索原话", 50),
               ("线索类型", 14), ("线索时刻", 9), ("录音", 26))  # fmt: skip
    rows = (
        (
            r.started_at, r.contact_id, r.earlier_contact_id, r.earlier_started_at, r.gap_s / 3600, r.phone_masked, r.agent_id,
            r.reason, r.kind, "、".join(r.basis), Share(r.probability), *_quote(r.quote),
        )
        for r in report.repeats
    )  # fmt: skip
    return Sheet("重复来电", columns, rows, frozen=2)


def _orphans(report: Report) -> Sheet:
    columns = (("时间", 19), ("联络", 18), ("掩码号码", 15), ("工号", 10), ("班组", 14), ("来电原因", 26), ("线索原话", 60),
               ("线索类型", 14), ("线索时刻", 9), ("录音", 26))  # fmt: skip
    rows = (
        (o.started_at, o.contact_id, o.phone_masked, o.agent_id, o.team, o.reason, *_quote(o.quote)) for o in report.orphans
    )  # fmt: skip
    return Sheet("线索无前次", columns, rows, frozen=2)


_DETAILS: tuple[tuple[str, str, float], ...] = (
    ("started_at", "时间", 19), ("contact_id", "联络", 18), ("phone_masked", "掩码号码", 15), ("agent_id", "工号", 10),
    ("team", "班组", 14), ("queue", "技能组", 14), ("medium", "渠道", 8), ("direction", "方向", 7), ("status", "状态", 10),
    ("reason", "来电原因", 18), ("other_reasons", "其他原因", 20), ("issue", "三级原因", 24), ("cue", "线索原话", 50),
    ("cue_kind", "线索类型", 14), ("cue_at", "线索时刻", 9), ("earlier_contact_id", "前次联络", 18),
    ("link_kind", "关联类型", 16), ("repeat", "是否重复", 9), ("gap_h", "间隔（小时）", 10),
    ("in_7_days", "近7天来电（含本次）", 11), ("in_30_days", "近30天来电（含本次）", 11), ("case_key", "诉求", 18),
    ("recordings", "录音", 26), ("faults", "录音问题", 20), ("population", "计入总体", 9), ("excluded", "未计入原因", 16),
)  # fmt: skip


def _details(report: Report) -> Sheet:
    table = report.details.select([name for name, _, _ in _DETAILS])
    return Sheet("明细", tuple((title, width) for _, title, width in _DETAILS), table.iter_rows(), frozen=2)


def _faults(report: Report) -> Sheet:
    columns = (("联络", 18), ("日期", 12), ("录音", 36), ("时长（秒）", 10), ("问题", 50))
    rows = ((r.contact_id, r.day, r.recording, r.duration_s, "；".join(r.faults)) for r in report.quality.faulty)
    return Sheet("录音问题", columns, rows, frozen=1)


def _refusals(report: Report) -> Sheet:
    found = report.quality
    kinds = (("未计入总体的联络", found.excluded), ("录音问题", found.fault_counts), ("拒收", found.rejected),
             ("话单与录音对账", found.unreconciled))  # fmt: skip
    rows = [(kind, reason, n) for kind, counts in kinds for reason, n in counts]
    return Sheet("拒收与对账", (("类别", 22), ("原因", 70), ("数量", 10)), rows)


def _words(report: Report) -> Sheet:
    chosen = representatives(report.figures)
    rows: list[Sequence[Cell]] = [("定义", f.title, f.text, f.over) for f in chosen]
    rows += [
        (
            "说明",
            "时限",
            "只差时限的口径列一种，其余时限同理；24 小时等按小时算，7 天等按自然日（24 小时的倍数）算，"
            "工作日只在工作日走表（法定节假日停，调休上班日走）。",
            "",
        ),
        ("说明", "95% 区间", "Wilson 区间；分母不足 30 的比率只作提示。", ""),
        ("说明", "近7天/近30天来电", "同一客户呼入的次数，含本次、含未接通人工的；拨测与骚扰不计。", ""),
        ("说明", "■", "隐去的个人信息，长度与原文相同；文字由语音识别得到，可能有错。", ""),
    ]
    rows += [("运行", label, value, "") for label, value in report.facts]
    return Sheet("说明", (("类别", 8), ("名称", 36), ("内容", 90), ("分子 / 分母", 50)), rows)
