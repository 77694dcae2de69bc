"""What every figure means, in plain language, as data: the report prints it beside the figure, the glossary holds it."""

import re
from dataclasses import replace

from laidian.fcr.meaning import Definition
from laidian.fcr.meaning_of_audit import BRIDGE, ESTIMATED
from laidian.fcr.meaning_of_log import SINGLE
from laidian.fcr.meaning_of_windows import WINDOWS

_WINDOWED = re.compile(r"(\w+)\.(?:(none|\d+(?:h|d|wd)):)?(\d+(?:h|d|wd))(\.\w+)?")
_UNITS = {"h": ("小时", "hours"), "d": ("天", "days"), "wd": ("个工作日", "workdays")}

DEFINITIONS: dict[str, Definition] = {**WINDOWS, **BRIDGE, **ESTIMATED, **SINGLE}


# Why a contact is left out of a figure, in the report's words.
EXCLUSIONS: dict[str, str] = {
    "no_identity": "认不出客户",
    "faulty_recording": "录音故障",
    "no_reason": "原因不明",
    "no_text": "没有文本",
    "no_cue": "没有线索",
    "no_case": "没有诉求",
    "not_first": "不是首次",
    "not_answered": "没有回答",
    "immature_before": "前观察期不满",
    "immature_after": "后观察期不满",
    "no_number": "没有号码",
    "not_linked": "没有关联",
    "too_few_audits": "复核太少",
    "not_audited": "没有复核",
    "audited_once": "只判过一次",
    "not_in_frame": "未在抽样框",
    "said_no": "答没解决",
    "no_ticket": "没有工单",
    "ticket_not_due": "工单未到期",
    "not_visited": "没有回访",
    "several_by_nature": "一次办不完的业务",
    "self_service": "自助渠道",
    "out_of_population": "不在统计范围",
}


def definition(name: str) -> Definition:
    """The definition of a measure's name; `window_fcr.7d.same` is that of `window_fcr.W.same`, with 7 天 and 7 days filled in.

    Raises:
        KeyError: no measure has that name.

    >>> definition("repeat_share.24h.any").name_zh
    '24 小时重复来电率（不论原因，向前看）'
    """
    found = _WINDOWED.fullmatch(name)
    if found is None:
        return DEFINITIONS[name]
    family, before, window, kind = found.groups()
    place = "W" if before is None else "none:W" if before == "none" else "B:W"
    general = DEFINITIONS[f"{family}.{place}{kind or ''}"]
    (w_zh, w_en), (b_zh, b_en) = _words(window), _words(window if before in (None, "none") else before)
    return replace(
        general,
        name_zh=general.name_zh.format(w=w_zh, b=b_zh),
        name_en=general.name_en.format(w=w_en, b=b_en),
        text_zh=general.text_zh.format(w=f" {w_zh}", b=f" {b_zh}"),
        text_en=general.text_en.format(w=w_en, b=b_en),
        numerator_zh=general.numerator_zh.format(w=f" {w_zh}").strip(),
        denominator_zh=general.denominator_zh.format(w=w_zh),
    )


def _words(window: str) -> tuple[str, str]:
    """`7d` -> 7 天, 7 days."""
    number, unit = re.split(r"(?<=\d)(?=[a-z])", window)
    zh, en = _UNITS[unit]
    return f"{number} {zh}", f"{number} {en}"
