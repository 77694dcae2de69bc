"""What the figures mean that need an audit, and the walk from the switch's number to the estimate."""

from laidian.fcr.meaning import GAP, SAME, Definition, net

BRIDGE = {
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
        "24 小时内同一客户没有再来的联络", "认得出客户的联络", GAP,
    ),
    "bridge.3_same_reason": Definition(
        "口径差异 3：加同一原因", "bridge 3: + same reason",
        "同上，且再来须为同一来电原因；原因不明的不计。",
        "As before, and only a contact for the same call reason is a repeat; contacts of unknown reason are left out.",
        "24 小时内同一客户同一原因没有再来的联络", "原因已知的联络", SAME,
    ),
    "bridge.4_both_windows": Definition(
        "口径差异 4：加前后两个时限", "bridge 4: + both windows",
        "同上，且只算首次联络：前 24 小时内同一客户没有为同一原因来过。",
        "As before, first contacts only: no contact of that customer for that reason within 24 hours before.",
        "首次联络中 24 小时内没有再来的", "首次联络", SAME,
    ),
    "bridge.5_mature": Definition(
        "口径差异 5：加观察期已满", "bridge 5: + maturity",
        "同上，且日志盖得住前后各 24 小时的联络才计算；等于 24 小时一次解决率（同因）。",
        "As before, only where the log covers 24 hours on both sides; equals window_fcr.24h.same.",
        "首次联络中 24 小时内没有再来的", "观察期已满的首次联络", SAME,
    ),
    "bridge.6_window_7d": Definition(
        "口径差异 6：时限改为 7 天", "bridge 6: window of 7 days",
        "同上，前后时限都改为 7 天；等于 7 天一次解决率（同因）。",
        "As before with 7 days on both sides; equals window_fcr.7d.same.",
        "首次联络中 7 天内没有再来的", "观察期已满的首次联络", SAME,
    ),
    "bridge.7_hidden_failures": Definition(
        "口径差异 7：减去没有再来也没有解决的", "bridge 7: - hidden failures",
        "同样是上一步的首次联络，但是否解决改由抽检复核说了算：没有再来的里面有放弃的，再来的里面有早已解决的。",
        "The same first contacts as before, but whether they were settled is what the audit says: some who stayed away gave up, "
        "some who came back had been helped.",
        "首次联络中经复核推算为解决的", "观察期已满的首次联络", ("audits.resolved", *SAME),
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

_GROSS = {
    "estimate_promise": Definition(
        "真实一次解决率的估计（承诺口径）", "estimated first-call resolution (promise)",
        "首次联络中，挂机时就解决、或在答应客户的时限内解决且客户不用再联系的占比，不论哪个渠道、家里谁来的。" + _HOW_ZH,
        f"Share of first contacts, over all media, that were {_SETTLED_EN}. {_HOW_EN}",
        "首次联络中解决了的（推算）", "首次联络（推算）", _AUDIT,
    ),
    "estimate_strict": Definition(
        "真实一次解决率的估计（严格口径）", "estimated first-call resolution (strict)",
        "首次联络中，挂机时就解决、没有转接、没有后续工作（中心也没有为此回呼）的占比。" + _HOW_ZH,
        "Share of first contacts settled when the line closed, without a transfer, a call-back of the centre's or later work. "
        + _HOW_EN,
        "首次联络中当场解决的（推算）", "首次联络（推算）", (*_AUDIT, "contacts.transferred", "links.repeat"),
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
    "survey_response_bias": Definition(
        "满意度调查：回答偏差（谁在回答）", "survey: response bias",
        "回答了调查两问的客户，真实一次解决率的估计比全体高多少（差值，单位百分点）：愿意回答的不代表全部。由同一份抽检复核算出。",
        "How far the estimated first-call resolution of those who answered both questions lies above everybody's (a difference): "
        "who answers is not everybody. From the same audit.",
        "回答了调查、复核过的联络", "回答了调查的联络", (*_AUDIT, "surveys.resolved", "surveys.first_contact"),
    ),
    "survey_answer_bias": Definition(
        "满意度调查：答案偏差（说得比实际好）", "survey: answer bias",
        "调查的一次解决率比同一批回答者按复核估计的一次解决率高多少（差值，单位百分点）：客户说的和复核看到的差多少。",
        "How far the survey's first-call resolution lies above the estimated one of the same customers (a difference): what they "
        "say against what an audit finds.",
        "回答了调查、复核过的联络", "回答了调查的联络", (*_AUDIT, "surveys.resolved", "surveys.first_contact"),
    ),
    "survey_fcr_weighted": Definition(
        "满意度调查：一次解决率（按回答概率加权）", "survey: first-call resolution, weighted",
        "同“满意度调查：一次解决率”，但每个回答按其联络被回答的概率倒数加权（概率由模型从日志学得）。没有复核也能算；"
        "去得掉日志看得见的偏差（又来的人少回答），去不掉看不见的（放弃的人不回答）。值是加权的，不等于分子除以分母。",
        "As survey_fcr, with every answer weighted by one over its contact's chance to be answered, which a model learns from "
        "the log. Needs no audit; takes out the bias the log can see, not that of those who gave up unseen. The value is "
        "weighted, not numerator / denominator.",
        "答“已解决”的", "答了两问且答“首次”的联络", ("surveys.resolved", "surveys.first_contact"),
    ),
    "fcr_bounds": Definition(
        "没有复核时的上下界", "bounds without an audit",
        "没有复核时真实一次解决率（承诺口径）必在其间。同因再来的不都是同一件事：一天内再来的几乎都是，其中亲口说来过的占几成是量"
        "得出的；以后再来而说来过的，按这个比例折算成同一件事的再来，再除以日志找得到上次的比例。下界设未解决的客户中至多有 mo"
        "st_give_up 不再来，上界设已解决的客户中至多有 most_ask_again 再问一次或催办；抽样误差已计入。"
        "没有值，只有界；分子、分母是看着的首次联络。",
        "Between what the truth (promise) must lie. Not all that follows for the same reason is the same problem: of "
        "those who come back within a day nearly all are, and the share of them who say that they were here before is "
        "measured; later ones who say so are scaled up by it, then by the share of earlier contacts that the log finds. "
        "Low: at most most_give_up of the unsettled never come back; high: at most most_ask_again of the settled ask "
        "again or chase. Sampling error is part of both. No value, only bounds.",
        "首次联络（按日志）", "首次联络（按日志）", ("reasons.reason", "customers.customer_key", "cues.kind"),
    ),
    "kaplan_meier.W": Definition(
        "{w}内没有再来的占比（生存曲线）", "still away after {w} (Kaplan-Meier)",
        "按日志是首次的联络，之后{w}内同一客户没有因同一原因再来的占比；日志没看满{w}的也用上（右删失）。值由曲线得出，不等于分子除以分母。",
        "Share of first contacts (by the log) that the same customer did not follow for the same reason within {w}; contacts "
        "watched for less are used as far as they go (right-censored). The value is the curve's, not numerator / denominator.",
        "看着的时间里没有再来的", "首次联络（按日志）", SAME,
    ),
    "best_window": Definition(
        "与复核最一致的时限（天）", "window that agrees best with the audit (days)",
        "“这么多天内没有再来就算解决”与复核结果一致得最多的天数，区间由自助法得出。值与区间的单位是天，不是比率。",
        "The number of days W for which «nobody came back within W» is most often what the audit says, with a bootstrap "
        "interval. Value and interval are DAYS, no share.",
        "与复核一致的首次联络", "复核过且看满 45 天的首次联络", (*SAME, *_AUDIT),
    ),
}  # fmt: skip

ESTIMATED: dict[str, Definition] = {
    **_GROSS,
    "estimate_promise_net": net(
        _GROSS["estimate_promise"], "真实一次解决率的估计（承诺口径，净）", "estimated first-call resolution (promise, net)",
        ("承诺口径的估计", "estimate_promise"),
    ),
    "estimate_strict_net": net(
        _GROSS["estimate_strict"], "真实一次解决率的估计（严格口径，净）", "estimated first-call resolution (strict, net)",
        ("严格口径的估计", "estimate_strict"),
    ),
}  # fmt: skip
