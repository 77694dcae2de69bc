"""What the figures mean that count contacts, cases, cues and answers as the log has them."""

from dataclasses import replace

from laidian.fcr.meaning import NUMBER, Definition, net
from laidian.fcr.meaning_of_audit import BRIDGE

_GROSS = {
    "same_number_24h": replace(
        BRIDGE["bridge.1_same_number_24h"],
        name_zh="24 小时同号未再来率（交换机口径）",
        name_en="same number within 24 hours (the switch's)",
    ),
    "same_number_2h_repeat": Definition(
        "2 小时重复来电率（运营商口径）", "same number again within 2 hours (an operator's)",
        "同一号码 2 小时内又呼入人工 / 全部人工接通的联络，不看观察期、不看原因；没有号码的按没有再来计。",
        "Same number calling agents again within 2 hours / all served contacts, mature or not, whatever the reason; contacts "
        "without a number count as not calling again.",
        "2 小时内同一号码又来的联络", "全部人工服务的联络", ("contacts.phone_key", "contacts.in_population"),
    ),
    "same_number_fcr": Definition(
        "7 天一次解决率（只认号码，运营商口径）", "first-call resolution within 7 days, by number only (an operator's)",
        "前 7 天内同一号码没有来过的联络算首次，之后 7 天内同一号码没有再来算解决；只认号码，不认人也不认原因。"
        "前后观察期都满的才计算。",
        "A contact is first if its number had not called within 7 days before it, and resolved if it did not call again within 7 "
        "days after it; by number only. Only contacts mature on both sides count.",
        "首次联络中 7 天内同一号码没有再来的", "观察期已满的首次联络", NUMBER,
    ),
    "heavy_caller": Definition(
        "短期多次来电的占比", "calls of heavy callers",
        "人工服务的联络中，同一号码在此前几天内（连同本次）已来电若干次的占比；天数与次数见设置 fcr.heavy_days、fcr.heavy_calls"
        "（缺省 7 天 3 次）。没有号码的不计。",
        "Share of served contacts that are at least the n-th call of their number within d days, this one included; d and n are "
        "the settings fcr.heavy_days and fcr.heavy_calls (7 and 3). Contacts without a number are left out.",
        "短期多次来电", "有号码、前观察期已满的联络", (*NUMBER, "contacts.direction"),
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
    "survey_answered": Definition(
        "满意度调查：回答率", "survey: who answered", "人工服务的联络中，客户回答了调查（任一问）的占比。",
        "Share of served contacts whose customer answered the survey, either question.",
        "回答了调查的", "全部人工服务的联络", ("surveys.resolved", "surveys.first_contact"),
    ),
    "survey_yes_followed": Definition(
        "满意度调查：答“已解决”却 7 天内又来", "survey: yes, yet followed within 7 days",
        "答“已解决”的联络中，7 天内同一客户因同一原因又来的占比：两个证人说法不一的程度。后观察期满的才计算。",
        "Of the contacts whose customer answered that it was resolved, the share that the same customer followed for the same "
        "reason within 7 days: how far two witnesses differ. Only contacts mature after count.",
        "7 天内又来的", "答“已解决”、后观察期已满的联络", ("surveys.resolved", "contacts.started_at", "reasons.reason"),
    ),
    "ticket_closed": Definition(
        "工单办结率", "tickets closed",
        "开了工单的联络中，工单都已办结的占比；办结不等于解决，办结后可能重开、催办，或客户并不认可。",
        "Share of the contacts with a ticket whose tickets are all closed; closed need not mean solved.",
        "工单都已办结的", "开了工单的联络", ("tickets.closed_at", "tickets.contact_id"),
    ),
    "ticket_fcr": Definition(
        "工单一次办结率", "ticket: first-call resolution",
        "开了工单的联络中，工单在答应的时限内一次办结的占比：没有重开、没有催办、没有退单。标为重复工单的不是首次；"
        "没办结、时限也没到的（没写时限的按开单后 7 天）不计。",
        "Share of the contacts with a ticket whose tickets were closed within the promise, never reopened, urged or sent back. A "
        "ticket declared a duplicate is no first; one neither closed nor overdue (without a promise: 7 days) is left out.",
        "时限内一次办结的", "开了工单、已到期的首次联络",
        ("tickets.closed_at", "tickets.promised_by", "tickets.reopened", "tickets.urged", "tickets.status",
         "tickets.duplicate_of"),
    ),
    "visit_resolved": Definition(
        "回访已解决率", "return visit: resolved", "工单回访问过的联络中，客户说已解决的占比；没有回访的不计。",
        "Of the contacts whose ticket had a return visit, the share whose customer called it resolved.",
        "回访说已解决的", "回访过的联络", ("tickets.visit_result",),
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

SINGLE: dict[str, Definition] = {
    **_GROSS,
    "linked_fcr_net": net(
        _GROSS["linked_fcr"], "关联一次解决率（净）", "linked first-call resolution, net", ("关联一次解决率", "linked_fcr")
    ),
}
