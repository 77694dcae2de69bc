"""What every figure means, in plain language, as data: the report prints it beside the figure, the glossary holds it."""

import re
from dataclasses import dataclass, replace

_WINDOWED = re.compile(r"(\w+)\.(\d+)([hd])(\.\w+)?")
_UNITS = {"h": ("小时", "hours"), "d": ("天", "days")}


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition. `reads`: the `table.column`s that decide it. `{w}` stands for the window, in each language's words."""

    name_zh: str
    name_en: str
    text_zh: str
    text_en: str
    numerator_zh: str
    denominator_zh: str
    reads: tuple[str, ...] = ()


_GAP = ("contacts.started_at", "contacts.ended_at", "contacts.in_population", "customers.customer_key")
_SAME = (*_GAP, "reasons.reason", "reasons.primary")
_ANY_ZH, _SAME_ZH = "同一客户（不论原因）", "同一客户因同一原因"
_ANY_EN, _SAME_EN = "the same customer, whatever the reason,", "the same customer for the same call reason"


_NUMBER = ("contacts.started_at", "contacts.ended_at", "contacts.in_population", "contacts.phone_key")
_LABELS = {"same": ("同因", "same reason"), "any": ("不论原因", "any reason"), "phone": ("同号", "same number")}


def _windowed(kind: str, who_zh: str, who_en: str, reads: tuple[str, ...]) -> dict[str, Definition]:
    label_zh, label_en = _LABELS[kind]
    return {
        f"window_fcr.W.{kind}": Definition(
            f"{{w}}一次解决率（{label_zh}）",
            f"first-call resolution within {{w}}, {label_en}",
            f"前{{w}}内{who_zh}没有来过的联络算首次；首次联络之后{{w}}内{who_zh}没有再来，算解决。前后观察期都满的才计算。",
            f"A contact is first if {who_en} had not made contact within {{w}} before it, and resolved if they did not come "
            "back within {w} after it. Only contacts mature on both sides count.",
            f"首次联络中{{w}}内{who_zh}没有再来的",
            "观察期已满的首次联络",
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


_BRIDGE = {
    "bridge.1_same_number_24h": Definition(
        "口径差异 1：交换机口径", "bridge 1: the switch's number",
        "同一号码 24 小时内没有再呼入人工 / 全部人工接通的联络，不看观察期；没有号码的按没有再来计，交换机正是这样算的。",
        "Same number not calling agents again within 24 hours / all served contacts, mature or not; contacts without a number "
        "count as not calling again, as a switch counts them.",
        "24 小时内同一号码没有再来的联络", "全部人工服务的联络", ("contacts.phone_key", "contacts.in_population"),
    ),
    "bridge.2_identity": Definition(
        "口径差异 2：换成客户", "bridge 2: + identity",
        "同上，但认客户（换号码也认得）不认号码；认不出客户的不计。",
        "As before, with the customer in place of the number; contacts of nobody known are left out.",
        "24 小时内同一客户没有再来的联络", "认得出客户的联络", _GAP,
    ),
    "bridge.3_same_reason": Definition(
        "口径差异 3：加同一原因", "bridge 3: + same reason",
        "同上，且再来须为同一来电原因；原因不明的不计。",
        "As before, and only a contact for the same call reason is a repeat; contacts of unknown reason are left out.",
        "24 小时内同一客户同一原因没有再来的联络", "原因已知的联络", _SAME,
    ),
    "bridge.4_both_windows": Definition(
        "口径差异 4：加前后两个时限", "bridge 4: + both windows",
        "同上，且只算首次联络：前 24 小时内同一客户没有为同一原因来过。",
        "As before, first contacts only: no contact of that customer for that reason within 24 hours before.",
        "首次联络中 24 小时内没有再来的", "首次联络", _SAME,
    ),
    "bridge.5_mature": Definition(
        "口径差异 5：加观察期已满", "bridge 5: + maturity",
        "同上，且日志盖得住前后各 24 小时的联络才计算；等于 24 小时一次解决率（同因）。",
        "As before, only where the log covers 24 hours on both sides; equals window_fcr.24h.same.",
        "首次联络中 24 小时内没有再来的", "观察期已满的首次联络", _SAME,
    ),
    "bridge.6_window_7d": Definition(
        "口径差异 6：时限改为 7 天", "bridge 6: window of 7 days",
        "同上，前后时限都改为 7 天；等于 7 天一次解决率（同因）。",
        "As before with 7 days on both sides; equals window_fcr.7d.same.",
        "首次联络中 7 天内没有再来的", "观察期已满的首次联络", _SAME,
    ),
    "bridge.7_hidden_failures": Definition(
        "口径差异 7：减去没有再来也没有解决的", "bridge 7: - hidden failures",
        "同样是上一步的首次联络，但是否解决改由抽检复核说了算：没有再来的里面有放弃的，再来的里面有早已解决的。",
        "The same first contacts as before, but whether they were settled is what the audit says: some who stayed away gave up, "
        "some who came back had been helped.",
        "首次联络中经复核推算为解决的", "观察期已满的首次联络", ("audits.resolved", *_SAME),
    ),
    "bridge.8_estimate": Definition(
        "口径差异 8：真实一次解决率的估计", "bridge 8: the estimate",
        "是否首次也由抽检复核说了算（不同渠道、不同号码来过的都算来过），没有身份的联络也在其中；等于承诺口径的估计。",
        "Whether it was first is what the audit says as well, and contacts of nobody known are part; equals estimate_promise.",
        "首次联络中解决了的（推算）", "首次联络（推算）", ("audits.is_first", "audits.resolved"),
    ),
}  # fmt: skip

_AUDIT = ("audits.is_first", "audits.resolved")
_HOW_ZH = "用随机抽检复核校正对每个联络的推算得出，不是数出来的；分子、分母是推算的联络数。没有身份或录音坏了的联络也在其中。"
_HOW_EN = (
    "Guesses for every contact, put right by a random audit (cross-fitted difference estimator); numerator and denominator are "
    "estimated contacts. Contacts without identity or with a faulty recording are part of it."
)
_SETTLED_EN = "settled when the line closed or within the time told to the customer, no further contact needed"

_ESTIMATED = {
    "estimate_promise": Definition(
        "真实一次解决率的估计（承诺口径）", "estimated first-call resolution (promise)",
        "首次联络中，挂机时就解决、或在答应客户的时限内解决且客户不用再联系的占比，不论哪个渠道、家里谁来的。" + _HOW_ZH,
        f"Share of first contacts, over all media, that were {_SETTLED_EN}. {_HOW_EN}",
        "首次联络中解决了的（推算）", "首次联络（推算）", _AUDIT,
    ),
    "estimate_strict": Definition(
        "真实一次解决率的估计（严格口径）", "estimated first-call resolution (strict)",
        "首次联络中，挂机时就解决、没有转接、没有后续工作的占比。" + _HOW_ZH,
        f"Share of first contacts settled when the line closed, without a transfer or later work. {_HOW_EN}",
        "首次联络中当场解决的（推算）", "首次联络（推算）", (*_AUDIT, "contacts.transferred"),
    ),
    "contact_resolution": Definition(
        "来电解决率的估计", "estimated contact-resolution rate",
        "全部人工服务的联络（首次与否都算）中解决了的占比，按承诺口径；与一次解决率并看，只顾首次联络就骗不了人。" + _HOW_ZH,
        f"Share of all served contacts, first or not, that were {_SETTLED_EN}; read beside first-call resolution. {_HOW_EN}",
        "解决了的联络（推算）", "全部人工服务的联络", _AUDIT,
    ),
    "audited": Definition(
        "抽检复核的联络占比", "contacts audited", "人工服务的联络中有复核结果的占比。",
        "Share of served contacts that were audited.", "复核过的联络", "全部人工服务的联络", _AUDIT,
    ),
    "audit_unknown": Definition(
        "复核“无法判断”的占比", "audit answers «unknown»",
        "复核过的联络中，无法判断是否解决的占比。它们不剔除：估计值按推算补，区间的下限全当没解决、上限全当解决。",
        "Share of the audited contacts of which nobody could say whether they were settled. None is dropped: the interval's low "
        "end takes them all for not settled, the high end for settled.",
        "无法判断的", "复核过的联络", _AUDIT,
    ),
    "audit_disagreement": Definition(
        "两位复核人意见不一的占比", "audit disagreement",
        "由两位复核人各判一次的联络中，是否首次或是否解决判得不一样的占比。据此推出判错的比例，并从估计中扣除其影响。",
        "Share of the contacts judged by two auditors on which they differ in first or settled; from it follows how often one "
        "errs, and the estimate is corrected for it.",
        "判得不一样的", "判过两次的联络", ("audits.agreed_first", "audits.agreed_settled"),
    ),
    "fcr_bounds": Definition(
        "没有复核时的上下界", "bounds without an audit",
        "只看重复来电能说到哪里：同因重复的累积风险扣除新问题的背景，除以关联的查全率，得上界；再假定未解决的客户中至多有设定的"
        "比例不再来电，得下界。没有值，只有界；分子、分母是看着的首次联络。前提是新问题匀速到来：几周内就复发的故障会被当成重复，"
        "上下界都偏低。",
        "What repeats alone can tell: the cumulative hazard of same-reason repeats less that of new problems, over the recall of "
        "links, gives the upper bound; with the largest believable share of give-ups, the lower. No value, only bounds. New "
        "problems are taken to come at a steady rate: faults that come back within weeks look like repeats and make both bounds "
        "too low.",
        "首次联络（按日志）", "首次联络（按日志）", ("reasons.reason", "customers.customer_key", "links.contact_id", "cues.kind"),
    ),
    "kaplan_meier.W": Definition(
        "{w}内没有再来的占比（生存曲线）", "still away after {w} (Kaplan-Meier)",
        "按日志是首次的联络，之后{w}内同一客户没有因同一原因再来的占比；日志没看满{w}的也用上（右删失）。值由曲线得出，不等于分子除以分母。",
        "Share of first contacts (by the log) that the same customer did not follow for the same reason within {w}; contacts "
        "watched for less are used as far as they go (right-censored). The value is the curve's, not numerator / denominator.",
        "看着的时间里没有再来的", "首次联络（按日志）", _SAME,
    ),
    "best_window": Definition(
        "与复核最一致的时限（天）", "window that agrees best with the audit (days)",
        "“这么多天内没有再来就算解决”与复核结果一致得最多的天数，区间由自助法得出。值与区间的单位是天，不是比率。",
        "The number of days W for which «nobody came back within W» is most often what the audit says, with a bootstrap "
        "interval. Value and interval are DAYS, no share.",
        "与复核一致的首次联络", "复核过且看满 45 天的首次联络", (*_SAME, *_AUDIT),
    ),
}  # fmt: skip

_SINGLE = {
    "same_number_24h": replace(
        _BRIDGE["bridge.1_same_number_24h"],
        name_zh="24 小时同号未再来率（交换机口径）",
        name_en="same number within 24 hours (the switch's)",
    ),
    "heavy_caller": Definition(
        "短期多次来电的占比", "calls of heavy callers",
        "人工服务的联络中，同一号码在此前几天内（连同本次）已来电若干次的占比；天数与次数见设置 fcr.heavy_days、fcr.heavy_calls"
        "（缺省 7 天 3 次）。没有号码的不计。",
        "Share of served contacts that are at least the n-th call of their number within d days, this one included; d and n are "
        "the settings fcr.heavy_days and fcr.heavy_calls (7 and 3). Contacts without a number are left out.",
        "短期多次来电", "有号码、前观察期已满的联络", (*_NUMBER, "contacts.direction"),
    ),
    "linked_fcr": Definition(
        "关联一次解决率", "linked first-call resolution",
        "按诉求（事件）算：诉求的首次联络之后，同一诉求再没有重复来电的占比；之后 7 天观察期满的才计算。",
        "By case: share of the cases' first contacts after which no repeat contact of the case came; mature for 7 days after.",
        "之后没有重复来电的首次联络", "各诉求的首次联络（后 7 天已满）",
        ("cases.contact_ids", "links.repeat", "links.earlier_contact_id"),
    ),
    "cue_contacts": Definition(
        "客户提到来过的联络占比", "contacts with a spoken repeat cue",
        "有文本的联络中，客户亲口说出来过、等过、被答应过或又坏了的占比；座席的话不算。",
        "Share of contacts with text in which the CUSTOMER speaks of an earlier contact, a wait, a promise or a relapse.",
        "客户说出重复来电线索的联络", "有文本的联络", ("cues.kind", "cues.speaker", "contacts.faulty"),
    ),
    "cue_without_earlier": Definition(
        "有线索但没找到上次联络的占比", "cues without an earlier contact",
        "客户说来过，日志里却没有关联上更早联络的占比：要么上次不在日志里，要么漏关联。",
        "Share of the contacts with a spoken cue that are linked to no earlier one: it lies outside the log, or the "
        "link was missed.",
        "没有关联上更早联络的", "客户说出重复来电线索的联络", ("cues.kind", "links.contact_id"),
    ),
    "link_recall": Definition(
        "线索查证关联：查全率", "link recall, by cues",
        "客户亲口说来过的联络里，关联找到了上次的占比：用一个证人查另一个证人漏了多少。上次在日志之外的也算漏。",
        "Of the contacts in which the customer speaks of an earlier one, the share for which links found it: one witness tells "
        "what the other misses. An earlier contact outside the log counts as missed.",
        "关联上更早联络的", "客户说出重复来电线索的联络", ("cues.kind", "links.contact_id"),
    ),
    "cue_recall": Definition(
        "关联查证线索：查全率", "cue recall, by links",
        "关联上更早联络的联络里，客户亲口说来过的占比：不说的人有多少，只靠听就漏多少。",
        "Of the contacts linked to an earlier one, the share in which the customer speaks of it.",
        "客户说出重复来电线索的", "有文本、关联上更早联络的联络", ("cues.kind", "links.contact_id"),
    ),
    "survey_resolved": Definition(
        "满意度调查：已解决", "survey: resolved",
        "回答了“问题是否解决”的联络中答“是”的占比；愿意回答的客户不代表全部客户。",
        "Share of yes among the contacts whose customer answered whether it was resolved; those who answer are not everybody.",
        "答“已解决”的", "回答了的联络", ("surveys.resolved",),
    ),
    "survey_fcr": Definition(
        "满意度调查：一次解决率", "survey: first-call resolution",
        "两个问题都回答了、且答“首次”的联络中，答“已解决”的占比。愿意回答的客户往往是解决了的：看“按是否回答了调查”分组的估计，"
        "就知道偏了多少。",
        "Of the contacts whose customer answered both questions and called it the first, the share of yes to resolved. Who "
        "answers was helped more often: the estimate grouped by whether the survey was answered tells by how much.",
        "答“已解决”的", "答了两问且答“首次”的联络", ("surveys.resolved", "surveys.first_contact"),
    ),
    "survey_first_contact": Definition(
        "满意度调查：首次来电", "survey: first contact",
        "回答了“是否第一次来电”的联络中答“是”的占比。",
        "Share of yes among the contacts whose customer answered whether it was the first contact.",
        "答“首次”的", "回答了的联络", ("surveys.first_contact",),
    ),
    "transfer_rate": Definition(
        "转接率", "transfer rate",
        "人工服务的联络中转给过另一位座席的占比。", "Share of served contacts handed to another agent.",
        "转接过的联络", "全部人工服务的联络", ("contacts.transferred",),
    ),
    "wrap_code_reason": Definition(
        "原因只来自话后小结的占比", "reason from the wrap-up code alone",
        "原因已知的联络中，原因不是听客户说的，只是座席小结记的占比；同因的数字要连着它一起看。",
        "Share of contacts of known reason for which only the agent's wrap-up code tells it; read it beside every same-reason "
        "figure.",
        "原因只来自话后小结的联络", "原因已知的联络", ("reasons.source", "reasons.primary"),
    ),
    "contacts": Definition(
        "联络数", "contacts", "期间内的全部联络，一次联络含其转接与断线重拨。",
        "All contacts of the period, transfers and redials merged.",
        "全部联络", "", ("contacts.contact_id", "contacts.day"),
    ),
    "population": Definition(
        "人工服务的联络数", "population",
        "由人服务的诉求：人工接通的来电，以及回应放弃来电的去电。",
        "Demands served by a person: answered inbound contacts, and call-backs answering abandoned ones.",
        "人工服务的联络", "", ("contacts.in_population", "contacts.excluded"),
    ),
    "customers": Definition(
        "客户数", "customers", "人工服务的联络背后认得出的不同客户。", "Distinct known customers behind the population.",
        "不同客户", "", ("customers.customer_key", "customers.identified"),
    ),
    "cases": Definition(
        "诉求数", "cases", "人工服务的联络所属的不同诉求（事件）。", "Distinct cases to which the population belongs.",
        "不同诉求", "", ("cases.case_key",),
    ),
}  # fmt: skip

DEFINITIONS: dict[str, Definition] = {
    **_windowed("any", _ANY_ZH, _ANY_EN, _GAP),
    **_windowed("same", _SAME_ZH, _SAME_EN, _SAME),
    **_windowed("phone", "同一号码", "the same number", _NUMBER),
    **_BRIDGE,
    **_ESTIMATED,
    **_SINGLE,
}

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
    family, length, unit, kind = found.groups()
    zh, en = (f"{length} {word}" for word in _UNITS[unit])
    general = DEFINITIONS[f"{family}.W{kind or ''}"]
    return replace(
        general,
        name_zh=general.name_zh.format(w=zh),
        name_en=general.name_en.format(w=en),
        text_zh=general.text_zh.format(w=f" {zh}"),
        text_en=general.text_en.format(w=en),
        numerator_zh=general.numerator_zh.format(w=f" {zh}").strip(),
        denominator_zh=general.denominator_zh.format(w=zh),
    )
