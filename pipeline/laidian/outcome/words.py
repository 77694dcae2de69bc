"""What counts of a contact, in the words of the report."""

from collections.abc import Callable, Iterable, Mapping

WHY: Mapping[str, str] = {
    "cued": "客户说以前来过",
    "counted": "客户说出来过几次",
    "recurrence": "客户说又坏了",
    "waiting": "在等答复，或答应的没兑现",
    "unresolved": "客户说还没解决",
    "escalation": "要升级投诉",
    "said_no": "满意度调查答没解决",
    "said_again": "满意度调查答不是首次",
    "any_within_1d": "一天内来过",
    "any_within_7d": "一周内来过",
    "any_within_30d": "三十天内来过",
    "queue_within_1d": "一天内来过同一技能组",
    "queue_within_7d": "一周内来过同一技能组",
    "queue_within_30d": "三十天内来过同一技能组",
    "linked": "本身就是重复来电",
    "same_within_1d": "一天内为同一原因来过",
    "same_within_7d": "一周内为同一原因来过",
    "same_within_30d": "三十天内为同一原因来过",
    "promised": "答应了时限，等着办",
    "ticketed": "开了工单，等着办",
    "transferred": "转接过",
    "steps_missing": "桌面步骤没做全",
    "deferral": "座席让过后再来",
    "refusal": "座席说办不了",
    "elsewhere": "座席让打别的号码",
    "unresolved_by_agent": "座席说还没解决",
}
"""Flags that can be a reason to call a customer back; a reason (`reason.`) counts as well and goes by its name."""


def why_words(why: Iterable[str], name: Callable[[str], str | None]) -> list[str]:
    """Flags in words; a reason by its name in the taxonomy."""
    return [WHY.get(flag) or name(flag.removeprefix("reason.")) or flag.removeprefix("reason.") for flag in why]
