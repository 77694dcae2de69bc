"""The Chinese words a report uses for laidian's codes, and how figures are written out."""

import re
from datetime import timedelta

CUES: dict[str, str] = {
    "explicit_count": "说出次数",
    "prior_contact": "提到以前来电",
    "pending_followup": "等待跟进",
    "broken_promise": "承诺未兑现",
    "recurrence": "问题复发",
    "escalation": "升级投诉",
}

LINK_KINDS: dict[str, str] = {
    "follow_up_question": "补充提问",
    "chasing": "催办",
    "progress": "进度查询",
    "recurrence": "同障复发",
    "confirm_or_cancel": "确认或撤单",
    "same_problem": "同一问题再次来电",
}

KEPT: dict[bool, str] = {True: "承诺时限内", False: "已过承诺时限"}


def link_kind(kind: str, in_promise: bool | None) -> str:
    """A link's kind, and of chasing and asking for progress whether the promised time had run out.

    >>> link_kind("chasing", False), link_kind("chasing", None)
    ('催办（已过承诺时限）', '催办')
    """
    told = kind in ("chasing", "progress") and in_promise is not None
    return f"{LINK_KINDS[kind]}（{KEPT[bool(in_promise)]}）" if told else LINK_KINDS[kind]


BASES: dict[str, str] = {
    "customer": "同一客户",
    "reason": "来电原因相同",
    "issue": "三级原因相同",
    "text": "文本相近",
    "cue": "客户说出的线索",
    "previous_contact_id": "话单注明前次来电",
    "ticket": "同一工单",
    "outbound": "回呼",
}

FAULTS: dict[str, str] = {
    "missing": "找不到录音文件",
    "corrupt": "文件损坏，无法解码",
    "silent": "全程静音",
    "no_voice": "有声响而无人说话（音乐、铃声、噪声）",
    "one_sided": "只有一方声音",
    "identical_channels": "两声道相同",
    "crosstalk": "双方串音，两声道都有两人",
    "swapped_roles": "座席与客户声道记反（已按内容纠正）",
    "clipped": "削波失真",
    "wrong_rate": "采样率有误",
    "dropouts": "丢包断续",
    "truncated": "文件被截断，不完整",
    "mono": "单声道（提示，不影响使用）",
    "speech_without_text": "有语音而无文本",
    "partly_without_text": "部分语音无文本",
    "talked_over": "双方长时间同时说话（单声道）",
    "text_without_speech": "文本多于语音",
    "recogniser_failed": "识别失败",
}

EXCLUSIONS: dict[str, str] = {
    "abandoned": "放弃（未接通人工）",
    "ivr_only": "仅自助语音",
    "test": "拨测",
    "nuisance": "静音或骚扰",
    "outbound": "呼出",
    "out_of_population": "不在统计范围",
}
"""Why a contact is not in the population; why a figure leaves one out is the business of the figure's definition."""

LEFT_OUT: dict[str, str] = {
    "no_identity": "认不出客户",
    "immature_before": "前观察期不满",
    "immature_after": "后观察期不满",
    "not_first": "不是首次",
    "not_guessed": "没有推算",
    "abandoned_early": "过早放弃",
    "not_logged": "话单未记录",
}
"""Why a scorecard or an operational figure leaves contacts or calls out."""

CODES: dict[str, str] = {
    "voice": "语音", "chat": "在线", "email": "邮件", "ticket": "工单", "visit": "上门", "ivr": "自助语音", "bot": "机器人",
    "app": "应用", "wechat": "微信", "sms": "短信",
    "inbound": "呼入", "outbound": "呼出",
    "answered": "人工接通", "abandoned": "放弃", "ivr_only": "仅自助语音", "test": "拨测", "nuisance": "骚扰",
    "agent": "座席", "customer": "客户", "unknown": "不明",
    "yes": "是", "no": "否",
}  # fmt: skip

CLASSES: dict[str, str] = {"common": "共性", "hot": "热点", "difficult": "难点"}
"""The classes of the weekly meeting that an issue can have; 典型 is a case of it."""

FACTS: dict[str, str] = {
    "version": "laidian 版本",
    "engine": "识别引擎",
    "model": "识别模型",
    "hash": "模型指纹",
    "model_hash": "模型指纹",
    "model_sha256": "模型指纹",
    "taxonomy": "原因分类版本",
    "scorer": "原因打分器",
    "lexicon": "线索词典版本",
    "settings": "设置指纹",
    "days": "完整的业务日",
    "timezone": "时区",
}


def window_words(window: str) -> str:
    """A window for a reader.

    >>> window_words("24h"), window_words("5wd"), window_words("30d:7d"), window_words("none:7d")
    ('24 小时', '5 个工作日', '前 30 天后 7 天', '后 7 天')
    """
    before, colon, after = window.rpartition(":")
    number, unit = re.split(r"(?<=\d)(?=[a-z])", after)
    words = f"{number} {_UNITS[unit]}"
    return words if not colon else f"后 {words}" if before == "none" else f"前 {window_words(before)}后 {words}"


_UNITS = {"h": "小时", "d": "天", "wd": "个工作日"}


def percent(value: float | None) -> str:
    """0.7154 -> `71.5%`; null -> `—`."""
    return "—" if value is None else f"{100 * value:.1f}%"


def measured(value: float | None, unit: str) -> str:
    """An operational figure in its unit; null -> `—`.

    >>> measured(0.8123, "share"), measured(23.44, "seconds"), measured(1.256, "contacts")
    ('81.2%', '23.4 秒', '1.26')
    """
    if value is None:
        return "—"
    return percent(value) if unit == "share" else f"{value:,.1f} 秒" if unit == "seconds" else f"{value:.2f}"


def signed(number: float) -> str:
    """A change with one decimal and its sign; the minus is as wide as the plus.

    >>> signed(-7.66), signed(0.04)
    ('−7.7', '±0.0')
    """
    text = f"{number:+.1f}"
    return "±0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def clock(seconds: float | None) -> str:
    """Seconds from a recording's start as `mm:ss`; null -> empty. Minutes go on beyond 59.

    >>> clock(75.9)
    '01:15'
    """
    if seconds is None:
        return ""
    whole = int(seconds)
    return f"{whole // 60:02d}:{whole % 60:02d}"


def gap_words(seconds: float) -> str:
    """A gap between two contacts, in the largest unit a reader would use.

    >>> gap_words(5400.0), gap_words(266400.0)
    ('1 小时 30 分', '3 天 2 小时')
    """
    gap = timedelta(seconds=max(0.0, seconds))
    hours, minutes = gap.seconds // 3600, gap.seconds % 3600 // 60
    if gap.days:
        return f"{gap.days} 天 {hours} 小时"
    return f"{hours} 小时 {minutes} 分" if hours else f"{minutes} 分"


_TELEPHONE = re.compile(r"(?<!\d)(?:(?:0086|86|0)?1[3-9]\d{9}|0\d{9,11})(?!\d)")


def masked_name(path: str) -> str:
    """The recording's file name without its folder; telephone numbers in it keep their first three and last four digits.

    Recorders often put the caller's number into the name; a report must not carry it.

    >>> masked_name("2025/20250303_091200_19900000101_3061.wav")
    '20250303_091200_199****0101_3061.wav'
    """
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    return _TELEPHONE.sub(lambda m: m[0][:3] + "*" * (len(m[0]) - 7) + m[0][-4:], name)
