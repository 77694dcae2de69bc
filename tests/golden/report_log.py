"""A small made-up log for the report's tests: sixteen contacts of one week, drawn as tables an analyst can read.

Everything is invented. The tables are written down, not computed, so that the report's tests stand on their own.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from laidian.report import Dictionary, MeetingTables, Report, Sources, build
from laidian.settings import Report as ReportSettings
from laidian.stats import wilson
from laidian.tables import (
    ActionEffect,
    Alert,
    Case,
    Cause,
    Change,
    Contact,
    Cue,
    CurvePoint,
    Customer,
    FoundIssue,
    Issue,
    Link,
    Measure,
    Practice,
    PracticeUse,
    Reason,
    Recording,
    Rejected,
    Utterance,
    empty,
    from_rows,
    schema,
)  # fmt: skip

WEEK = (date(2025, 3, 3), date(2025, 3, 9))
LAST_WEEK = (date(2025, 2, 24), date(2025, 3, 2))
AS_OF = date(2025, 3, 16)

# id, start, minutes, customer, agent, team, queue, state (in = in the population, else why not)
CONTACTS = """
C00  2025-02-28T15:00  4  ann   3061  一班  宽带  in
C01  2025-03-03T09:12  5  ann   3061  一班  宽带  in
C02  2025-03-03T10:30  3  bob   3062  一班  账务  in
C03  2025-03-03T11:05  1  cat   -     -     宽带  abandoned
C04  2025-03-04T09:00  6  ann   3063  二班  宽带  in
C05  2025-03-04T14:20  2  dan   3062  一班  账务  in
C06  2025-03-05T08:45  9  eve   3071  专席  宽带  in
C07  2025-03-05T16:10  4  bob   3061  一班  账务  in
C08  2025-03-06T09:30  3  fay   3063  二班  套餐  in
C09  2025-03-06T10:00  1  gus   -     -     -     ivr_only
C10  2025-03-06T19:40  7  eve   3071  专席  宽带  in
C11  2025-03-07T11:11  5  ann   3062  一班  宽带  in
C12  2025-03-07T13:00  3  hal   3061  一班  套餐  in
C13  2025-03-08T09:00  2  ivy   3063  二班  账务  in
C14  2025-03-08T10:15  4  jon   -     二班  宽带  in
C15  2025-03-09T17:55  6  eve   3071  专席  宽带  in
"""

# contact, reason, issue, 1 = primary
REASONS = """
C00  telecom.broadband  telecom.broadband.no_light    1
C01  telecom.broadband  telecom.broadband.no_light    1
C02  telecom.billing    telecom.billing.unknown_fee   1
C02  telecom.plan       -                             0
C04  telecom.broadband  telecom.broadband.no_light    1
C05  telecom.billing    telecom.billing.other         1
C06  telecom.broadband  telecom.broadband.slow        1
C07  telecom.billing    telecom.billing.unknown_fee   1
C08  telecom.plan       telecom.plan.cancel           1
C10  telecom.broadband  telecom.broadband.slow        1
C11  telecom.broadband  telecom.broadband.no_light    1
C11  telecom.billing    -                             0
C12  telecom.plan       telecom.plan.cancel           1
C14  telecom.broadband  telecom.broadband.no_light    1
C15  telecom.broadband  telecom.broadband.slow        1
"""

# contact, earlier contact, kind, basis, probability, repeat
LINKS = """
C01  C00  same_problem  issue,text             0.81  1
C04  C01  chasing       issue,cue              0.97  1
C07  C02  progress      reason,cue             0.90  1
C10  C06  recurrence    issue,text,cue         0.95  1
C11  C04  same_problem  issue,cue              0.96  1
C15  C10  recurrence    issue,outbound         0.70  0
"""

# contact, second, speaker, words; [..] marks a cue, {kind} or {kind:earlier contacts} follows it
SPOKEN = """
C01  3.2    customer  你好，宽带还是上不去网，光猫红灯一直亮着。
C02  2.0    customer  我这个月多扣了二十块钱，是什么费用？
C04  5.5    customer  [我昨天就打过电话了]{prior_contact}，你们说当天上门，到现在没人来，号码是■■■■■■■■■■■。
C04  21.0   agent     您之前打过电话吗？我帮您看一下。
C06  4.4    customer  网速特别慢，看个视频老是转圈。
C07  6.1    customer  上次说两个工作日给我回电，[到现在也没人联系我]{broken_promise}。
C08  3.0    customer  把那个套餐给我退了。
C10  75.9   customer  修好才一天，[又不行了]{recurrence}，这网没法用。
C11  2.7    customer  [这都第三次来电了]{explicit_count:2}，还是那个红灯，到底能不能解决？
C12  3.8    customer  [我打了四五遍]{explicit_count:4}才打进来，上个月也是找你们退这个套餐没退成。
C15  4.0    agent     您好，回访一下，网速恢复了吗？
"""

# contact, file, seconds, faults
RECORDINGS = """
C01  20250303_091200_19900000101_3061.wav  302  -
C02  C02.opus   181   mono
C04  C04.opus   361   -
C05  C05.opus   -     corrupt
C06  C06.opus   540   -
C07  C07.opus   240   -
C08  C08.opus   180   -
C10  C10.opus   420   -
C11  C11.opus   300   clipped
C12  C12.opus   181   -
C13  C13.opus   120   silent
C14  C14.opus   -     missing
C15  C15.opus   361   -
"""

# ranking, rank, reason, issue, contacts, cases, customers, repeats, cue contacts, share, cumulative share, evidence
ISSUES = """
common      1  telecom.broadband  telecom.broadband.no_light   4  2  2  2  2  0.333  0.333  C04/1/0,C11/1/0
common      2  telecom.broadband  telecom.broadband.slow       3  1  1  1  1  0.250  0.583  C10/1/0
common      3  telecom.billing    telecom.billing.unknown_fee  2  1  1  1  1  0.167  0.750  C07/1/0
common      4  telecom.plan       telecom.plan.cancel          2  2  2  0  1  0.167  0.917  C12/1/0
common      5  telecom.billing    telecom.billing.other        1  1  1  0  0  0.083  1.000  -
unresolved  1  telecom.broadband  telecom.broadband.no_light   4  2  2  2  2  0.500  0.500  C04/1/0,C11/1/0
unresolved  2  telecom.broadband  telecom.broadband.slow       3  1  1  1  1  0.250  0.750  C10/1/0
unresolved  3  telecom.billing    telecom.billing.unknown_fee  2  1  1  1  1  0.250  1.000  C07/1/0
"""

# definition, numerator, denominator (- for a bare count), left out, numerator and denominator of the week before
MEASURES = """
contacts                   15  -    -                                           14  -
population                 13  -    abandoned:1,ivr_only:1                      12  -
customers                  8   -    abandoned:1,ivr_only:1                      9   -
cases                      9   -    abandoned:1,ivr_only:1                      9   -
window_fcr.2h.any          12  12   abandoned:1,ivr_only:1,not_first:1          11  11
window_fcr.2h.same         12  12   abandoned:1,ivr_only:1,no_reason:1          11  11
window_fcr.24h.any         10  11   abandoned:1,ivr_only:1,not_first:2          9   10
window_fcr.24h.same        10  11   abandoned:1,ivr_only:1,no_reason:1          9   10
window_fcr.48h.any         8   10   abandoned:1,ivr_only:1,not_first:3          8   10
window_fcr.48h.same        8   10   abandoned:1,ivr_only:1,no_reason:1          8   10
window_fcr.7d.any          4   7    abandoned:1,ivr_only:1,not_first:6          5   8
window_fcr.7d.same         5   8    abandoned:1,ivr_only:1,no_reason:1,not_first:4  8  9
window_fcr.30d.any         0   0    abandoned:1,ivr_only:1,immature_before:13   0   0
window_fcr.30d.same        0   0    abandoned:1,ivr_only:1,immature_before:13   0   0
followed_by_repeat.7d.same 5   12   abandoned:1,ivr_only:1,no_reason:1          2   11
repeat_share.7d.same       5   12   abandoned:1,ivr_only:1,no_reason:1          1   11
same_number_24h            12  13   abandoned:1,ivr_only:1                      12  12
bridge.1_same_number_24h   12  13   abandoned:1,ivr_only:1                      12  12
bridge.2_identity          11  13   abandoned:1,ivr_only:1                      11  12
bridge.3_same_reason       11  12   abandoned:1,ivr_only:1,no_reason:1          11  11
bridge.4_both_windows      10  11   abandoned:1,ivr_only:1,no_reason:1,not_first:1  10  11
bridge.5_mature            10  11   abandoned:1,ivr_only:1,no_reason:1,not_first:1  10  11
bridge.6_window_7d         5   8    abandoned:1,ivr_only:1,no_reason:1,not_first:4  8   9
linked_fcr                 6   9    abandoned:1,ivr_only:1,not_first:4          8   9
cue_contacts               5   10   abandoned:1,ivr_only:1,faulty_recording:3   2   10
cue_without_earlier        1   5    abandoned:1,ivr_only:1,faulty_recording:3,no_cue:5  0  2
survey_resolved            1   2    abandoned:1,ivr_only:1,not_answered:11      1   1
survey_first_contact       1   2    abandoned:1,ivr_only:1,not_answered:11      1   1
transfer_rate              1   13   abandoned:1,ivr_only:1                      0   12
"""

# grouping, group, numerator and denominator of window_fcr.7d.same
GROUPED = """
team   一班   2  3
team   二班   2  3
team   专席   1  2
queue  宽带   2  4
queue  账务   1  2
queue  套餐   2  2
agent  3061   2  3
agent  3063   1  2
agent  3071   1  2
"""

NAMES = {
    "telecom.broadband": "宽带故障",
    "telecom.broadband.no_light": "光猫红灯断网",
    "telecom.broadband.slow": "网速慢",
    "telecom.billing": "账单费用",
    "telecom.billing.unknown_fee": "不明扣费",
    "telecom.billing.other": "账单费用·其他",
    "telecom.plan": "套餐业务",
    "telecom.plan.cancel": "退订套餐",
}


@dataclass(frozen=True)
class Words:
    """A definition's words, as short as a test needs them."""

    name_zh: str
    name_en: str
    text_zh: str
    numerator_zh: str
    denominator_zh: str


def define(name: str) -> Words:
    """Made-up words for every measure's name."""
    return Words(f"指标 {name}", f"figure {name}", f"{name} 的定义。", "算中的联络", "全部算得的联络")


EXCLUSIONS = {
    "not_first": "不是首次",
    "no_reason": "原因不明",
    "faulty_recording": "录音故障",
    "immature_before": "前观察期不满",
    "no_cue": "没有线索",
    "not_answered": "没有回答",
}
DICTIONARY = Dictionary(define, EXCLUSIONS, lambda key: NAMES.get(key, key))
FACTS = {"version": "0.1.0", "engine": "whisper", "model": "base", "hash": "0123abcd" * 8}


def _rows(drawn: str) -> list[list[str]]:
    return [line.split() for line in drawn.strip().splitlines()]


def _key(customer: str) -> str:
    return f"{customer * 6:.16}"


def contacts() -> pl.DataFrame:
    made = []
    for contact_id, start, minutes, customer, agent, team, queue, state in _rows(CONTACTS):
        at = datetime.fromisoformat(start)
        served, agent_id = state == "in", None if agent == "-" else agent
        faulty = contact_id in ("C05", "C13", "C14")
        made.append(
            Contact(
                contact_id, at.date(), at, at + timedelta(minutes=int(minutes)), [contact_id], 1, None, "voice",
                "outbound" if contact_id == "C15" else "inbound", "answered" if served else state, _key(customer),
                f"199****{ord(customer[0]):04d}", None, None, "10999", None, agent_id, agent_id, None if team == "-" else team,
                None if queue == "-" else queue, contact_id == "C06", None, None, 60.0 * int(minutes), [], faulty, served,
                None if served else state,
            )
        )  # fmt: skip
    return from_rows(made, Contact)


def utterances_and_cues() -> tuple[pl.DataFrame, pl.DataFrame]:
    said, cues, turns = [], [], {}
    for contact_id, second, speaker, words in _rows(SPOKEN):
        turn = turns[contact_id] = turns.get(contact_id, -1) + 1
        before, _, rest = words.partition("[")
        span, _, rest = rest.partition("]{")
        kind, _, after = rest.partition("}")
        text = before + span + after
        said.append(Utterance(contact_id, 1, turn, 0, speaker, float(second), float(second) + 4, text, 0.9))
        if kind:
            name, _, count = kind.partition(":")
            begin, prior = len(before), int(count) if count else None
            cues.append(
                Cue(contact_id, 1, turn, begin, begin + len(span), name, speaker, float(second), span, prior, None, 0.9, "exact")
            )
    return from_rows(said, Utterance), from_rows(cues, Cue)


def _case_of() -> dict[str, list[str]]:
    cases: dict[str, list[str]] = {}
    root: dict[str, str] = {}
    earlier = {row[0]: row[1] for row in _rows(LINKS)}
    for row in _rows(CONTACTS):
        root[row[0]] = root[earlier[row[0]]] if row[0] in earlier else row[0]
        cases.setdefault(root[row[0]], []).append(row[0])
    return cases


def cases() -> pl.DataFrame:
    log = {row["contact_id"]: row for row in contacts().iter_rows(named=True)}
    made = [
        Case(
            f"case-{first}",
            log[first]["phone_key"],
            None,
            None,
            log[first]["started_at"],
            log[ids[-1]]["started_at"],
            len(ids),
            0,
            ids,
            False,
        )
        for first, ids in _case_of().items()
    ]
    return from_rows(made, Case)


def _measure(name: str, period: tuple[date, date], by: str, group: str, over: str, under: str, left_out: str) -> Measure:
    numerator, denominator = int(over), None if under == "-" else int(under)
    low, high = (None, None) if denominator is None else wilson(numerator, denominator)
    excluded = (
        "{}" if left_out == "-" else "{" + ",".join(f'"{k}":{n}' for k, n in (e.split(":") for e in left_out.split(","))) + "}"
    )
    value = numerator / denominator if denominator else None
    return Measure(name, *period, by, group, value, low, high, numerator, denominator, excluded)


def measures() -> pl.DataFrame:
    made = []
    for name, over, under, left_out, over_before, under_before in _rows(MEASURES):
        made.append(_measure(name, WEEK, "all", "all", over, under, left_out))
        made.append(_measure(name, LAST_WEEK, "all", "all", over_before, under_before, "-"))
    made.append(Measure("best_window", *WEEK, "all", "all", 6.5, 4.0, 9.5, 52, 60, "{}"))
    made += [_measure("window_fcr.7d.same", WEEK, by, group, over, under, "-") for by, group, over, under in _rows(GROUPED)]
    return from_rows(made, Measure)


# definition, interval of the change since the week before
CHANGES = """
window_fcr.7d.same   -0.62  0.09
repeat_share.7d.same  0.02  0.63
"""


def changes() -> pl.DataFrame:
    value = {
        (row["definition"], row["from_day"]): row["value"] for row in measures().filter(group_by="all").iter_rows(named=True)
    }
    made = []
    for name, low, high in _rows(CHANGES):
        now, past = value[name, WEEK[0]], value[name, LAST_WEEK[0]]
        made.append(Change(name, *WEEK, *LAST_WEEK, now, past, now - past, float(low), float(high)))
    return from_rows(made, Change)


def points() -> pl.DataFrame:
    """A curve of still being away, falling to four fifths with a widening band."""
    days = (0.0, 1.0, 3.0, 7.0, 14.0, 30.0)
    share = (1.0, 0.95, 0.9, 0.85, 0.82, 0.8)
    made = [
        CurvePoint("kaplan_meier", *WEEK, "all", "all", d, s, s - n / 100, min(1.0, s + n / 100))
        for n, (d, s) in enumerate(zip(days, share, strict=True))
    ]
    return from_rows(made, CurvePoint)


# ranking, rank, rank bounds, burden, cautious burden, of the period before: contacts, watched rate; classes
BURDENS = """
common      1  1 2  310.0 120.0  3  0.25  common
common      2  1 3  240.0  60.0  0  -     hot,difficult
unresolved  1  1 2  310.0 120.0  3  0.25  common
unresolved  2  1 3  240.0  60.0  0  -     hot,difficult
"""


def issues() -> pl.DataFrame:
    known = {(r[0], r[1]): r[2:] for r in _rows(BURDENS)}
    made = []
    for ranking, rank, reason, issue, *counts, share, cumulative, evidence in _rows(ISSUES):
        n, case_count, customers, repeats, cue_contacts = map(int, counts)
        later: dict[str, Any] = dict.fromkeys(schema(Issue).names())
        if found := known.get((ranking, rank)):
            low, high, burden, cautious, before, rate_before, classes = found
            rates = (
                {} if rate_before == "-" else {"watched_rate_before": float(rate_before), "change_low": -0.1, "change_high": 0.6}
            )
            later |= rates | {
                "rank_low": int(low), "rank_high": int(high), "opened": case_count, "burden": float(burden), "pareto": True,
                "burden_low": float(cautious), "contacts_before": int(before), "watched": n, "watched_rate": repeats / n,
                "classes": classes.split(","), "hot_ratio": 3.1, "hot_low": 2.2, "typical_case": "case-C00", "target": 0.2,
                "shrunk_rate": 0.4, "reference_rate": 0.1, "excess_contacts": 3.0, "extra_contacts": 1.5, "handled_s": 300.0,
            }  # fmt: skip
        made.append(Issue(**(later | {
            "ranking": ranking, "from_day": WEEK[0], "to_day": WEEK[1], "rank": int(rank), "reason": reason, "issue": issue,
            "contacts": n, "cases": case_count, "customers": customers, "repeats": repeats, "repeat_rate": repeats / n,
            "cue_contacts": cue_contacts, "share": float(share), "cumulative_share": float(cumulative),
            "evidence": [] if evidence == "-" else evidence.split(","), "group_by": "all", "group": "all",
        })))  # fmt: skip
    line = next(row for row in made if row.ranking == "unresolved" and row.rank == 1)
    return from_rows([*made, replace(line, group_by="queue", group="宽带", evidence=[], classes=None)], Issue)


def links() -> pl.DataFrame:
    log = {row["contact_id"]: row for row in contacts().iter_rows(named=True)}
    return from_rows(
        [
            Link(later, earlier, log[later]["phone_key"], kind, basis.split(","), float(probability),
                 (log[later]["started_at"] - log[earlier]["ended_at"]).total_seconds(), repeat == "1")
            for later, earlier, kind, basis, probability, repeat in _rows(LINKS)
        ],
        Link,
    )  # fmt: skip


def meeting() -> MeetingTables:
    """Two actions, a cause of every side, an issue nobody named, practices of two teams and a jump."""
    actions = [
        ActionEffect("telecom.broadband.no_light", "红灯当天派单", "李工", date(2025, 1, 6), 0.2, 120, 400, 60, 390, 56, 9, -0.03,
                     -0.45, -0.58, -0.28, 0.83, 0.24, "fewer"),
        ActionEffect("telecom.plan.cancel", "退订口径改写", "", date(2025, 3, 3), None, 9, 31, 2, 8, 7, 9, None, None, None,
                     None, None, None, "too_early"),
    ]  # fmt: skip
    causes = [
        Cause("link", "C04", "not_in_time", "process", ["said_waiting", "ticket_open"], 0.9),
        Cause("link", "C07", "promise_broken", "process", ["said_promise_broken"], 0.9),
        Cause("link", "C10", "by_nature", "nature", ["by_nature"], 0.7),
        Cause("link", "C11", "not_in_time", "process", ["chased"], 0.7),
        Cause("case", "case-C00", "not_in_time", "process", ["chased"], 0.7),
        Cause("case", "case-C12", "no_guidance", "agent", ["no_next_step"], 0.4),
    ]
    found = FoundIssue(
        "telecom.plan.found_00c0ffee", "telecom.plan", "退套餐·退不成", ["退套餐", "退不成"], 12, 0.4, date(2025, 2, 3),
        date(2025, 3, 8), 0.82, 31.0, 0.41, ["C12/1/0"], ["C08", "C12"], "new", None,
    )  # fmt: skip
    practices = [
        Practice(*WEEK, "all", "confirms", 210, 180, 190, 140, 0.07, 0.02, 0.12, 0.01),
        Practice(*WEEK, "telecom.billing", "next_step", 60, 52, 70, 44, 0.2, 0.08, 0.32, 0.02),
    ]
    use = [
        PracticeUse(*WEEK, team, practice, 80, used, 0.5, used / 80 - 0.1, used / 80 + 0.1, "all")
        for team, used in (("一班", 60), ("二班", 39))
        for practice in ("restates", "next_step", "concrete_time", "confirms", "anything_else")
    ]
    use += [
        PracticeUse(*WEEK, "一班", "next_step", 40, 30, 0.5, 0.6, 0.86, "telecom.billing"),
        PracticeUse(*WEEK, "二班", "next_step", 40, 10, 0.5, 0.14, 0.4, "telecom.billing"),
        PracticeUse(*WEEK, "二班", "confirms", 40, 20, 0.5, 0.35, 0.65, "telecom.billing"),
    ]
    alerts = [Alert(date(2025, 3, 5), "telecom.broadband.no_light", 9, 2.5, 0.0004, 0.004)]
    rows = ((actions, ActionEffect), (causes, Cause), ([found], FoundIssue), (practices, Practice), (use, PracticeUse),
            (alerts, Alert))  # fmt: skip
    return MeetingTables(*(from_rows(some, kind) for some, kind in rows))


def _recording(contact_id: str, name: str, seconds: str, faults: str) -> Recording:
    duration = None if seconds == "-" else float(seconds)
    return Recording(contact_id, 1, 1, f"2025/{name}", None, duration, None, [] if faults == "-" else faults.split(","), [])


def sources() -> Sources:
    """The tables of the week."""
    utterances, cues = utterances_and_cues()
    return Sources(
        contacts=contacts(),
        customers=from_rows([Customer(row[0], _key(row[3]), ["phone"], True) for row in _rows(CONTACTS)], Customer),
        links=links(),
        cases=cases(),
        reasons=from_rows(
            [Reason(c, r, None if i == "-" else i, 0.8, p == "1", "rules", 1, 0) for c, r, i, p in _rows(REASONS)], Reason
        ),
        cues=cues,
        utterances=utterances,
        recordings=from_rows([_recording(*row) for row in _rows(RECORDINGS)], Recording),
        rejected=from_rows(
            [
                Rejected("contacts.csv", 9, "row", None, "started_at 读不出时间"),
                Rejected("contacts.csv", 12, "row", None, "started_at 读不出时间"),
                Rejected("X99.enc", None, "recording", None, "加密的录音"),
            ],
            Rejected,
        ),
        measures=measures(),
        changes=changes(),
        points=points(),
        issues=issues(),
        unreconciled={"有话单无录音": 1, "有录音无话单": 2, "录音迟到": 0},
        meeting=meeting(),
    )


def report(given: Sources | None = None, period: tuple[date, date] = WEEK, facts: dict[str, str] | None = None) -> Report:
    """The report of the week, or of other tables or another period."""
    return build(given or sources(), DICTIONARY, period=period, as_of=AS_OF, settings=ReportSettings(), facts=facts or FACTS)


def nothing() -> Sources:
    """Tables of a log that holds nothing at all."""
    kinds = {
        "contacts": Contact,
        "customers": Customer,
        "links": Link,
        "cases": Case,
        "reasons": Reason,
        "cues": Cue,
        "utterances": Utterance,
        "recordings": Recording,
        "rejected": Rejected,
        "measures": Measure,
        "changes": Change,
        "points": CurvePoint,
        "issues": Issue,
    }
    tables = MeetingTables(*map(empty, (ActionEffect, Cause, FoundIssue, Practice, PracticeUse, Alert)))
    return Sources(**{name: empty(kind) for name, kind in kinds.items()}, unreconciled={}, meeting=tables)
