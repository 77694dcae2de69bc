"""What the window figures mean: contact comes back, or does not, within a time."""

from dataclasses import replace

from laidian.fcr.meaning import GAP, NUMBER, SAME, Definition, net

_ANY_ZH, _SAME_ZH = "同一客户（不论原因）", "同一客户因同一原因"
_ANY_EN, _SAME_EN = "the same customer, whatever the reason,", "the same customer for the same call reason"
_LABELS = {"same": ("同因", "same reason"), "any": ("不论原因", "any reason"), "phone": ("同号", "same number")}


def _windowed(kind: str, who_zh: str, who_en: str, reads: tuple[str, ...]) -> dict[str, Definition]:
    label_zh, label_en = _LABELS[kind]
    both = Definition(
        f"{{w}}一次解决率（{label_zh}）",
        f"first-call resolution within {{w}}, {label_en}",
        f"前{{w}}内{who_zh}没有来过的联络算首次；首次联络之后{{w}}内{who_zh}没有再来，算解决。前后观察期都满的才计算。",
        f"A contact is first if {who_en} had not made contact within {{w}} before it, and resolved if they did not come "
        f"back within {{w}} after it. Only contacts mature on both sides count.",
        f"首次联络中{{w}}内{who_zh}没有再来的",
        "观察期已满的首次联络",
        reads,
    )
    return {
        f"window_fcr.W.{kind}": both,
        f"window_fcr.B:W.{kind}": replace(
            both,
            name_zh=f"前 {{b}}、后 {{w}}一次解决率（{label_zh}）",
            name_en=f"first-call resolution, {{b}} before and {{w}} after, {label_en}",
            text_zh=both.text_zh.replace("前{w}内", "前{b}内"),
            text_en=both.text_en.replace("within {w} before", "within {b} before"),
        ),
        f"window_fcr.none:W.{kind}": Definition(
            f"后 {{w}}未再来率（{label_zh}，不看之前）",
            f"not followed within {{w}}, {label_en}, every contact first",
            f"不看之前，每次联络都算首次；之后{{w}}内{who_zh}没有再来，算解决。后观察期满的才计算。",
            f"Nothing is looked for before: every contact counts as first, and as resolved if {who_en} did not come back within "
            "{w} after it. Only contacts mature after count.",
            f"之后{{w}}内{who_zh}没有再来的",
            "后观察期已满的联络",
            reads,
        ),
        f"followed_by_repeat.W.{kind}": Definition(
            f"{{w}}内又来率（{label_zh}，向后看）",
            f"followed by a repeat within {{w}}, {label_en}",
            f"人工服务的联络中，之后{{w}}内{who_zh}又来的占比，首次与否都算。后观察期满的才计算。",
            f"Share of served contacts after which {who_en} came back within {{w}}, first or not. "
            "Only contacts mature after count.",
            f"之后{{w}}内{who_zh}又来的联络",
            "后观察期已满的联络",
            reads,
        ),
        f"repeat_share.W.{kind}": Definition(
            f"{{w}}重复来电率（{label_zh}，向前看）",
            f"share of repeats within {{w}}, {label_en}",
            f"人工服务的联络中，本身就是重复来电（前{{w}}内{who_zh}来过）的占比；中心主动回呼不算重复。前观察期满的才计算。",
            f"Share of served contacts that ARE repeats: {who_en} had made contact within {{w}} before. The centre's own "
            "call-back is no repeat. Only contacts mature before count.",
            f"前{{w}}内{who_zh}来过的来电",
            "前观察期已满的联络",
            (*reads, "contacts.direction"),
        ),
    }


_GROSS = {
    **_windowed("any", _ANY_ZH, _ANY_EN, GAP),
    **_windowed("same", _SAME_ZH, _SAME_EN, SAME),
    **_windowed("phone", "同一号码", "the same number", NUMBER),
}

WINDOWS: dict[str, Definition] = {
    **_GROSS,
    "window_fcr.W.same_net": net(
        _GROSS["window_fcr.W.same"], "{w}一次解决率（同因，净）", "first-call resolution within {w}, same reason, net",
        ("同因的一次解决率", "window_fcr.W.same"),
    ),
}  # fmt: skip
