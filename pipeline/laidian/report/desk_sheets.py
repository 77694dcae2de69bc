"""The sheets of the desk: call-backs, visits, how sure the guesses are, scorecards, operational figures."""

from laidian.report.cells import Cell, Share, Sheet, share
from laidian.report.desk import CARD_GROUPS, CAUSES, Desk, Operated

_GROUPS = {"all": "整体", **CARD_GROUPS}


def calls(desk: Desk) -> Sheet:
    """Whom to call back before they call again."""
    columns = (("时间", 19), ("联络", 18), ("掩码号码", 15), ("工号", 10), ("再来风险", 10), ("解决的可能", 10), ("来电原因", 24),
               ("为什么", 44), ("答应过什么（已脱敏）", 44), ("答应的时限", 19))  # fmt: skip
    rows = (
        (
            c.started_at, c.contact_id, c.phone_masked, c.agent_id, Share(c.risk), share(c.resolved), c.reason, "；".join(c.why),
            "；".join(c.promised), c.promised_by,
        )
        for c in desk.calls
    )  # fmt: skip
    return Sheet("回呼名单", columns, rows, frozen=2, shaded=(4,))


def rework(desk: Desk) -> Sheet:
    """Whom to visit again, and what the evidence points to."""
    columns = (("营业日", 12), ("联络", 18), ("掩码号码", 15), ("工号", 10), ("班组", 12), ("来电原因", 24), ("指向", 10),
               ("座席方面", 36), ("流程方面", 44), ("日志里是首次", 12), ("客户说是首次", 12), ("客户说来过几次", 12),
               ("客户说的原因", 24))  # fmt: skip
    told = {True: "是", False: "否", "yes": "是", "no": "否", None: ""}
    rows = (
        (
            r.day, r.contact_id, r.phone_masked, r.agent_id, r.team, r.reason, CAUSES[r.cause], "；".join(r.evidence_agent),
            "；".join(r.evidence_process), told[r.first[0]], told[r.first[1]], r.said_prior, r.said_reason,
        )
        for r in desk.rework
    )  # fmt: skip
    return Sheet("再回访名单", columns, rows, frozen=2)


def sure(desk: Desk) -> Sheet:
    """How good the guesses are, level by level."""
    columns = (("推算", 14), ("从", 8), ("到", 8), ("联络", 10), ("平均推算", 10), ("实际占比", 10), ("Brier 分", 10),
               ("只报平均数的 Brier 分", 14))  # fmt: skip
    rows = (
        (s.title, Share(low), Share(high), n, Share(guessed), Share(seen), f"{s.brier:.4f}", f"{s.base:.4f}")
        for s in desk.sure
        for low, high, n, guessed, seen in s.levels
    )
    return Sheet("推算准不准", columns, rows, frozen=1)


def cards(desk: Desk) -> Sheet:
    """Scorecards of every grouping, with all that the funnel needs."""
    shares = ("fcr", "low", "high", "adjusted", "raw", "expected", "limit_low", "limit_high", "outer_low", "outer_high",
              "resolution", "resolution_low", "resolution_high")  # fmt: skip
    titles = ("一次解决率（收缩后）", "95% 下限", "95% 上限", "校正后", "原始", "同样构成的整体", "漏斗 95% 下", "漏斗 95% 上",
              "漏斗 99.8% 下", "漏斗 99.8% 上", "来电解决率", "95% 下限", "95% 上限")  # fmt: skip
    columns = (
        ("分组", 12), ("名称", 18), ("依据", 10), ("服务量", 10), ("首次联络", 10), ("其中解决", 10), *((t, 10) for t in titles),
        ("漏斗", 8), ("再来客户", 9), ("其中七天后", 9), ("拖延信号", 9), ("目标", 8), ("差距（百分点）", 10), ("未计入", 36),
    )  # fmt: skip
    words = {"below": "低于", "above": "高于", "audit": "抽检复核", "returns": "是否再来"}

    def row(by: str, c: dict[str, Cell], left: str) -> tuple[Cell, ...]:
        gap = c["gap"]
        return (
            CARD_GROUPS[by], c["group"], words[str(c["basis"])], c["contacts"], c["firsts"], c["settled"],
            *(share(c[name]) for name in shares), words.get(str(c["outside"]), ""),  # type: ignore[arg-type]
            c["returned"], c["returned_late"], "是" if c["defers"] else "", share(c["target"]),  # type: ignore[arg-type]
            100 * gap if isinstance(gap, float) else None, "样本太少，不显示；" * bool(c["suppressed"]) + left,
        )  # fmt: skip

    rows = (row(by, dict(c), "；".join(f"{w} {n}" for w, n in c["excluded"])) for by, some in desk.cards.items() for c in some)
    return Sheet("记分卡", columns, rows, frozen=2)


def operations(desk: Desk) -> Sheet:
    """Operational figures of the whole and of each group."""
    columns = (("指标", 22), ("分组", 12), ("名称", 16), ("值", 10), ("单位", 8), ("95% 下限", 10), ("95% 上限", 10),
               ("分子", 12), ("分母", 10), ("目标", 8), ("未计入", 28), ("定义", 60))  # fmt: skip
    rows = (
        (
            f.title, _GROUPS[f.group_by], "整体" if f.group_by == "all" else f.group, _value(f, f.value), _UNITS[f.unit],
            _value(f, f.low), _value(f, f.high), f.numerator, f.denominator, share(f.target),
            "；".join(f"{why} {n}" for why, n in f.excluded), f.text,
        )
        for f in desk.operations
    )  # fmt: skip
    return Sheet("运营指标", columns, rows, frozen=3)


def procedures(desk: Desk) -> Sheet:
    """Required desktop steps: who lacks them, and who came back."""
    columns = (("来电原因", 20), ("步骤", 20), ("核查的联络", 12), ("缺这一步", 10), ("占比", 10), ("次序不对", 10),
               ("缺的之中又来", 12), ("占比", 10), ("做了的之中又来", 14), ("占比", 10))  # fmt: skip
    rows = (
        (
            s.reason, s.step, s.checked, s.missing, share(s.missing / s.checked), s.misplaced, s.missing_back,
            share(s.missing_back / s.missing if s.missing else None), s.done_back,
            share(s.done_back / s.done if s.done else None),
        )
        for s in desk.steps
    )  # fmt: skip
    return Sheet("流程核查", columns, rows, frozen=2, shaded=(4,))


_UNITS = {"share": "占比", "seconds": "秒", "contacts": "次"}


def _value(figure: Operated, value: float | None) -> Cell:
    return share(value) if figure.unit == "share" else value
