"""Which contacts are one case, drawn as tables an analyst can check by hand.

`link` is what is expected: `a` = a repeat of a in its case, `(a)` = the centre's call in a's case, `!a` = linked to a but a case
of its own. Reasons of the tests: net.fault stays open 14 days, net.move 21, bank.card 7, net.balance 30 and is periodic.
"""

from datetime import date

import pytest
from laidian.cases.wording import kind_of, similarity
from laidian.identity import key_changes
from laidian.steps.log import case_of
from laidian.tables import KeyChange, check

from tests.drawn_cases import linked


def holds(table: str, **settings: float) -> None:
    """The links and the cases are the drawn ones; the opening test call of a drawing takes no part."""
    made, log = linked(table, **settings)
    found = {c: (e, r) for c, e, r in made.links.select("contact_id", "earlier_contact_id", "repeat").iter_rows()}
    assert found == {row.contact_id: (row.earlier_contact_id, row.repeat) for row in log.links}
    drawn = [case.contact_ids for case in log.cases if case.contact_ids != ["opens"]]
    assert sorted(made.cases["contact_ids"].to_list()) == sorted(drawn)


def basis(table: str, contact: str = "b") -> tuple[list[str], float]:
    """Why a contact was linked, without `customer`, and how surely."""
    links = linked(table)[0].links
    row = next(r for r in links.iter_rows(named=True) if r["contact_id"] == contact)
    assert row["basis"][0] == "customer"
    return row["basis"][1:], row["probability"]


# --- the same reason -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "link"), [("03-15 09:05", "a"), ("03-15 09:06", "-")])
def test_same_reason_within_its_gap_from_the_end_of_the_earlier(at: str, link: str) -> None:
    """Fourteen days after the END of the first contact (09:05) still counts; a minute later does not."""
    holds(f"""
        contact | at          | customer | reason    | link
        a       | 03-01 09:00 | zhou     | net.fault | -
        b       | {at}        | zhou     | net.fault | {link}
    """)


def test_each_reason_has_its_own_gap() -> None:
    holds("""
        contact | at          | customer | reason    | link
        a       | 03-01 09:00 | zhou     | net.move  | -
        b       | 03-20 09:00 | zhou     | net.move  | a
        c       | 03-01 09:00 | wang     | bank.card | -
        d       | 03-10 09:00 | wang     | bank.card | -
        e       | 03-01 09:00 | qian     | net.new   | -
        f       | 03-12 09:00 | qian     | net.new   | e
    """)


def test_the_gap_counts_from_the_latest_contact_of_the_case() -> None:
    holds("""
        contact | at          | customer | reason    | link
        a       | 03-01 09:00 | zhou     | net.fault | -
        b       | 03-12 09:00 | zhou     | net.fault | a
        c       | 03-23 09:00 | zhou     | net.fault | b
    """)


def test_another_reason_or_customer_is_another_case() -> None:
    holds("""
        contact | at          | customer | reason    | link
        a       | 03-01 09:00 | zhou     | net.fault | -
        b       | 03-02 09:00 | zhou     | bank.card | -
        c       | 03-02 09:00 | wang     | net.fault | -
        d       | 03-03 09:00 | -        | net.fault | -
    """)


def test_an_unknown_reason_joins_nothing_by_itself() -> None:
    holds("""
        contact | at          | customer | reason        | link
        a       | 03-01 09:00 | zhou     | -             | -
        b       | 03-01 10:00 | zhou     | -             | -
        c       | 03-01 11:00 | zhou     | general.other | -
        d       | 03-01 12:00 | zhou     | general.other | -
    """)


def test_equal_times_are_read_in_order_of_contact_id() -> None:
    holds("""
        contact | at          | customer | reason    | link
        a       | 03-01 09:00 | zhou     | net.fault | -
        c       | 03-01 09:00 | zhou     | net.fault | a
        d       | 03-01 09:00 | zhou     | net.fault | c
    """)


@pytest.mark.parametrize(("issue", "cue", "says", "link"), [
    ("cut", "-", "-", "a"),  # the same issue
    ("-", "-", "-", "a"),  # one issue unknown: no reason to part them
    ("slow", "-", "看电视老转圈", "-"),  # another issue, other words
    ("slow", "prior_contact", "看电视老转圈", "a"),  # but the customer says it is not the first time
    ("slow", "-", "我家宽带断网了，还是慢", "a"),  # or says nearly the same words
])  # fmt: skip
def test_another_issue_of_the_reason_needs_a_cue_or_the_same_words(issue: str, cue: str, says: str, link: str) -> None:
    holds(f"""
        contact | at          | customer | reason    | issue   | cue   | says             | link
        a       | 03-01 09:00 | zhou     | net.fault | cut     | -     | 我家宽带断网了   | -
        b       | 03-02 09:00 | zhou     | net.fault | {issue} | {cue} | {says}           | {link}
    """)


@pytest.mark.parametrize(("second", "link"), [
    ("net.fault/cut", "a"),  # a secondary reason with the same issue
    ("net.fault/slow", "-"),
    ("net.fault", "-"),  # a secondary reason alone is too weak
])  # fmt: skip
def test_a_secondary_reason_needs_the_same_issue(second: str, link: str) -> None:
    holds(f"""
        contact | at          | customer | reason    | issue | second   | link
        a       | 03-01 09:00 | zhou     | net.fault | cut   | -        | -
        b       | 03-02 09:00 | zhou     | net.move  | -     | {second} | {link}
    """)


# --- a periodic reason ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "cue", "link"), [
    ("03-03 09:05", "-", "a"),  # two days to the minute
    ("03-03 09:06", "-", "-"),
    ("03-20 09:00", "prior_contact", "a"),
    ("03-20 09:00", "agent:prior_contact", "-"),  # the agent's words are no cue
    ("03-20 09:00", "escalation", "-"),  # anger is no cue of a repeat
    ("04-02 09:00", "prior_contact", "-"),  # beyond its 30 days
])  # fmt: skip
def test_a_periodic_reason_needs_a_cue_after_two_days(at: str, cue: str, link: str) -> None:
    holds(f"""
        contact | at          | customer | reason      | cue   | link
        a       | 03-01 09:00 | zhou     | net.balance | -     | -
        b       | {at}        | zhou     | net.balance | {cue} | {link}
    """)


# --- a spoken cue --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["explicit_count", "prior_contact", "pending_followup", "broken_promise", "recurrence"])
def test_a_cue_joins_the_only_case_it_can_mean(kind: str) -> None:
    holds(f"""
        contact | at          | customer | reason    | cue    | link
        a       | 03-01 09:00 | zhou     | net.fault | -      | -
        b       | 03-05 09:00 | zhou     | -         | {kind} | a
    """)


def test_a_cue_does_not_choose_between_two_cases() -> None:
    holds("""
        contact | at          | customer | reason    | cue           | link
        a       | 03-01 09:00 | zhou     | net.fault | -             | -
        b       | 03-02 09:00 | zhou     | net.move  | -             | -
        c       | 03-05 09:00 | zhou     | -         | prior_contact | -
    """)


def test_a_cue_and_like_words_do() -> None:
    holds("""
        contact | at          | customer | reason    | cue           | says                     | link
        a       | 03-01 09:00 | zhou     | net.fault | -             | 我家宽带断网了红灯一直闪 | -
        b       | 03-02 09:00 | zhou     | net.move  | -             | 想把宽带移到新房子       | -
        c       | 03-05 09:00 | zhou     | -         | prior_contact | 宽带断网了红灯还在闪     | a
    """)


def test_an_old_case_is_none_that_a_cue_can_mean() -> None:
    """The fault of 1 March is closed by its 14 days, so the cue means the move."""
    holds("""
        contact | at          | customer | reason    | cue           | link
        a       | 03-01 09:00 | zhou     | net.fault | -             | -
        b       | 03-10 09:00 | zhou     | net.move  | -             | -
        c       | 03-20 09:00 | zhou     | -         | prior_contact | b
    """)


def test_a_cue_does_not_cross_trades() -> None:
    holds("""
        contact | at          | customer | reason    | cue           | link
        a       | 03-01 09:00 | zhou     | net.fault | -             | -
        b       | 03-02 09:00 | zhou     | bank.card | prior_contact | -
    """)


def test_anger_is_of_every_trade() -> None:
    """Who only complains about the service the second time complains about the same problem."""
    holds("""
        contact | at          | customer | reason        | cue           | link
        a       | 03-01 09:00 | zhou     | net.fault     | -             | -
        b       | 03-02 09:00 | zhou     | general.anger | prior_contact | a
        c       | 03-01 09:00 | wang     | general.anger | -             | -
        d       | 03-02 09:00 | wang     | bank.card     | prior_contact | c
    """)


def test_a_cue_without_an_earlier_contact_opens_a_case_that_says_so() -> None:
    table = """
        contact | at          | customer | reason    | cue           | link
        a       | 03-01 09:00 | zhou     | net.fault | prior_contact | -
        b       | 03-01 09:00 | wang     | net.fault | -             | -
    """
    holds(table)
    flags = dict(linked(table)[0].cases.select("customer_key", "cue_without_earlier").iter_rows())
    assert flags == {"zhou": True, "wang": False}


# --- what the log names --------------------------------------------------------------------------------------------------


def test_a_named_contact_joins_whatever_the_reason_the_gap_and_the_service() -> None:
    holds("""
        contact | at          | customer | reason    | service | previous | link
        a       | 03-01 09:00 | zhou     | net.fault | s1      | -        | -
        b       | 05-01 09:00 | zhou     | bank.card | s2      | a        | a
    """)


def test_a_named_contact_of_another_customer_or_later_says_nothing() -> None:
    holds("""
        contact | at          | customer | reason    | previous | link
        a       | 03-01 09:00 | zhou     | net.fault | b        | -
        b       | 03-02 09:00 | wang     | net.fault | a        | -
    """)


def test_a_named_contact_is_stronger_than_the_same_reason() -> None:
    holds("""
        contact | at          | customer | reason    | issue | previous | link
        a       | 03-01 09:00 | zhou     | bank.card | -     | -        | -
        b       | 03-02 09:00 | zhou     | net.fault | cut   | -        | -
        c       | 03-03 09:00 | zhou     | net.fault | cut   | a        | a
    """)


def test_duplicate_tickets_join_after_any_time() -> None:
    holds("""
        contact | at          | customer | reason    | ticket | link
        a       | 03-01 09:00 | zhou     | net.fault | t1     | -
        b       | 05-01 09:00 | zhou     | bank.card | t2=t1  | a
        c       | 05-02 09:00 | zhou     | net.move  | t3=t2  | b
        d       | 05-03 09:00 | zhou     | net.move  | t4     | c
    """)


def test_a_case_of_one_contact_between_does_not_hide_a_duplicate_ticket() -> None:
    holds("""
        contact | at          | customer | reason    | ticket | link
        a       | 03-01 09:00 | zhou     | net.fault | t1     | -
        x       | 03-02 09:00 | zhou     | bank.card | -      | -
        b       | 03-03 09:00 | zhou     | bank.card | t2=t1  | a
    """)


# --- vetoes --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("one", "other", "link"), [("s1", "s2", "-"), ("s1", "s1", "a"), ("s1", "-", "a"), ("-", "s2", "a")])
def test_two_known_services_are_two_problems(one: str, other: str, link: str) -> None:
    holds(f"""
        contact | at          | customer | reason    | service | cue           | link
        a       | 03-01 09:00 | zhou     | net.fault | {one}   | -             | -
        b       | 03-02 09:00 | zhou     | net.fault | {other} | prior_contact | {link}
    """)


@pytest.mark.parametrize("outside", ["abandoned", "ivr_only", "test", "nuisance"])
def test_contacts_that_reached_nobody_take_no_part(outside: str) -> None:
    made, _ = linked(f"""
        contact | at          | customer | reason    | outside   | link
        a       | 03-01 09:00 | zhou     | net.fault | -         | -
        x       | 03-02 09:00 | zhou     | net.fault | {outside} | -
        b       | 03-03 09:00 | zhou     | net.fault | -         | a
    """)
    assert made.links.select("contact_id", "earlier_contact_id").rows() == [("b", "a")]
    assert made.cases["contact_ids"].to_list() == [["a", "b"]]


def test_self_service_takes_part_but_is_not_counted_as_served() -> None:
    table = """
        contact | at          | customer | reason    | outside      | link
        a       | 03-01 09:00 | zhou     | net.fault | self_service | -
        b       | 03-02 09:00 | zhou     | net.fault | -            | a
    """
    holds(table)
    assert linked(table)[0].cases["contacts"].to_list() == [1]


# --- the centre's own calls ----------------------------------------------------------------------------------------------


def test_a_call_back_joins_its_case_and_is_no_repeat() -> None:
    table = """
        contact | at          | customer | reason    | outside  | link
        a       | 03-01 09:00 | zhou     | net.fault | -        | -
        m       | 03-02 09:00 | zhou     | net.move  | -        | -
        o       | 03-03 09:00 | zhou     | net.fault | outbound | (a)
        b       | 03-04 09:00 | zhou     | net.fault | -        | a
    """
    made, _ = linked(table)
    rows = {r["contact_id"]: r for r in made.links.iter_rows(named=True)}
    assert (rows["o"]["earlier_contact_id"], rows["o"]["repeat"]) == ("a", False)
    assert (rows["b"]["earlier_contact_id"], rows["b"]["repeat"]) == ("a", True)
    counts = {tuple(r["contact_ids"]): (r["contacts"], r["outbound"]) for r in made.cases.iter_rows(named=True)}
    assert counts == {("a", "o", "b"): (2, 1), ("m",): (1, 0)}


def test_a_call_back_about_nothing_known_joins_the_case_touched_last() -> None:
    holds("""
        contact | at          | customer | reason    | outside  | link
        a       | 03-01 09:00 | zhou     | net.fault | -        | -
        m       | 03-02 09:00 | zhou     | net.move  | -        | -
        o       | 03-03 09:00 | zhou     | -        | outbound | (m)
    """)


def test_a_call_back_opens_no_case_and_keeps_none_open() -> None:
    """The centre called on the 10th; the customer's own latest demand is of the 1st, so the 16th is beyond its 14 days."""
    made, _ = linked("""
        contact | at          | customer | reason    | outside  | link
        o       | 02-01 09:00 | zhou     | net.fault | outbound | -
        a       | 03-01 09:00 | zhou     | net.fault | -        | -
        p       | 03-10 09:00 | zhou     | net.fault | outbound | (a)
        b       | 03-16 09:00 | zhou     | net.fault | -        | -
    """)
    assert sorted(made.cases["contact_ids"].to_list()) == [["a", "p"], ["b"]]
    assert made.links["contact_id"].to_list() == ["p"]


# --- a fault that comes back ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("confirmed", "cue", "link"), [
    ("t1 yes 03-02 10:00", "recurrence", "!a"),  # repaired, confirmed, broken again: a new case, linked
    ("t1 no 03-02 10:00", "recurrence", "a"),  # the visit found it not solved: still the old case
    ("t1 yes", "recurrence", "a"),  # never closed
    ("t1 yes 03-09 10:00", "recurrence", "a"),  # closed only after the customer came back
    ("t1 yes 03-02 10:00", "prior_contact", "a"),  # the customer does not say that it broke AGAIN
])  # fmt: skip
def test_a_fault_after_a_confirmed_repair_is_a_new_case(confirmed: str, cue: str, link: str) -> None:
    holds(f"""
        contact | at          | customer | reason    | ticket      | cue   | link
        a       | 03-01 09:00 | zhou     | net.fault | {confirmed} | -     | -
        b       | 03-05 09:00 | zhou     | net.fault | -           | {cue} | {link}
    """)


def test_the_customer_may_confirm_the_repair_himself() -> None:
    holds("""
        contact | at          | customer | reason    | outside  | cue        | link
        a       | 03-01 09:00 | zhou     | net.fault | -        | -          | -
        o       | 03-02 09:00 | zhou     | net.fault | outbound | resolved   | (a)
        b       | 03-05 09:00 | zhou     | net.fault | -        | recurrence | !a
        c       | 03-06 09:00 | zhou     | net.fault | -        | recurrence | b
    """)


# --- why, and how surely -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("more", "why", "probability"), [
    ("net.fault | -    | -             | -      | -        | -", ["reason"], 0.75),
    ("net.fault | cut  | -             | -      | -        | -", ["reason", "issue"], 0.85),
    ("net.fault | cut  | prior_contact | -      | -        | -", ["reason", "issue", "cue"], 0.97),
    ("net.fault | slow | -             | 断网了 | -        | -", ["reason", "text"], 0.90),
    ("net.move  | -    | -             | -      | -        | net.fault/cut", ["reason", "issue"], 0.75),
    ("net.move  | -    | prior_contact | -      | -        | -", ["cue"], 0.60),
    ("-         | -    | prior_contact | 断网了 | -        | -", ["cue", "text"], 0.75),
    ("net.fault | cut  | prior_contact | 断网了 | a        | -", ["previous_contact_id"], 0.99),
])  # fmt: skip
def test_basis_and_probability(more: str, why: list[str], probability: float) -> None:
    assert basis(f"""
        contact | at          | customer | reason    | issue | cue | says   | previous | second
        a       | 03-01 09:00 | zhou     | net.fault | cut   | -   | 断网了 | -        | -
        b       | 03-02 09:00 | zhou     | {more}
    """) == (why, probability)


def test_basis_of_tickets_and_call_backs() -> None:
    table = """
        contact | at          | customer | reason    | outside  | ticket
        a       | 03-01 09:00 | zhou     | net.fault | -        | t1
        b       | 03-02 09:00 | zhou     | net.move  | -        | t2=t1
        o       | 03-03 09:00 | zhou     | net.fault | outbound | -
        p       | 03-04 09:00 | zhou     | bank.card | outbound | -
    """
    assert basis(table, "b") == (["ticket"], 0.97)
    assert basis(table, "o") == (["outbound", "reason"], 0.90)
    assert basis(table, "p") == (["outbound"], 0.90)


def test_the_strongest_then_the_latest_case_wins() -> None:
    """Both cases have the reason; c's words are like a's, but b was touched last and both ranks are equal."""
    holds("""
        contact | at          | customer | reason    | issue | says             | link
        a       | 03-01 09:00 | zhou     | net.fault | cut   | 断网红灯闪       | -
        b       | 03-02 09:00 | zhou     | net.fault | slow  | 看电视老是转圈   | -
        c       | 03-03 09:00 | zhou     | net.fault | -     | 断网红灯闪       | b
    """)


def test_reason_of_a_case_is_the_first_known() -> None:
    made, _ = linked("""
        contact | at          | customer | reason    | issue | cue           | link
        a       | 03-01 09:00 | zhou     | -         | -     | -             | -
        b       | 03-02 09:00 | zhou     | net.fault | -     | prior_contact | a
        c       | 03-03 09:00 | zhou     | net.fault | cut   | -             | b
    """)
    assert made.cases.select("reason", "issue", "contacts").rows() == [("net.fault", "net.fault.cut", 3)]


def test_likeness_of_texts_is_a_setting() -> None:
    table = """
        contact | at          | customer | reason    | issue | says           | link
        a       | 03-01 09:00 | zhou     | net.fault | cut   | 宽带断网了     | -
        b       | 03-02 09:00 | zhou     | net.fault | slow  | 宽带有点慢     | {}
    """
    holds(table.format("-"), text_similarity=0.35)
    holds(table.format("a"), text_similarity=0.05)


# --- words ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cues", "says", "kind"), [
    ("pending_followup", "说给我回电话的", "chasing"),
    ("broken_promise", "二十四小时早过了", "chasing"),
    ("prior_contact", "我再催一下", "chasing"),
    ("prior_contact", "还没人给我打电话", "chasing"),
    ("prior_contact", "怎么还没修", "chasing"),
    ("recurrence", "怎么还不来", "chasing"),  # who chases also says that it broke again
    ("prior_contact", "那个处理得怎么样了", "progress"),
    ("prior_contact", "查到哪一步了，有结果了吗", "progress"),
    ("recurrence", "有没有结果", "progress"),
    ("recurrence", "又断网了", "recurrence"),
    ("prior_contact", "不用上门了，我自己弄好了", "confirm_or_cancel"),
    ("prior_contact", "帮我把那个报修取消", "same_problem"),  # the cancelling verb comes first: 取消报修
    ("prior_contact", "取消那个报修", "confirm_or_cancel"),
    ("", "我确认一下是明天来吧", "confirm_or_cancel"),
    ("", "刚才忘了问，要带身份证吗", "follow_up_question"),
    ("", "我还想问一下运费", "follow_up_question"),
    ("", "还有个问题", "follow_up_question"),
    ("prior_contact", "宽带还是上不去", "same_problem"),
    ("", "", "same_problem"),
])  # fmt: skip
def test_kind_of_a_link(cues: str, says: str, kind: str) -> None:
    assert kind_of(set(cues.split()), says) == kind


def test_kind_stands_in_the_link_and_the_centres_call_has_none_of_it() -> None:
    made, _ = linked("""
        contact | at          | customer | reason    | outside  | cue              | says       | link
        a       | 03-01 09:00 | zhou     | net.fault | -        | -                | 断网了     | -
        o       | 03-02 09:00 | zhou     | net.fault | outbound | -                | 催一下     | (a)
        b       | 03-03 09:00 | zhou     | net.fault | -        | pending_followup | 还没人来   | a
    """)
    assert dict(made.links.select("contact_id", "kind").rows()) == {"o": "same_problem", "b": "chasing"}


@pytest.mark.parametrize(("one", "other", "low", "high"), [
    ("宽带断网", "宽带断网", 1.0, 1.0),
    ("宽带断网", "宽带 断网！", 1.0, 1.0),  # punctuation is no text
    ("宽带断网", "■■■■", 0.0, 0.0),  # nor is what was redacted
    ("宽带断网", "", 0.0, 0.0),
    ("", "", 0.0, 0.0),
    ("网", "网", 0.0, 0.0),  # one character has no pair
    ("APP闪退", "app闪退了", 0.8, 0.99),
    ("宽带断网了", "卡丢了要挂失", 0.0, 0.2),
])  # fmt: skip
def test_similarity(one: str, other: str, low: float, high: float) -> None:
    assert low - 1e-9 <= similarity(one, other) <= high + 1e-9
    assert similarity(one, other) == similarity(other, one)


# --- keys from night to night --------------------------------------------------------------------------------------------


def test_a_merge_of_cases_keeps_the_older_key_and_is_told_with_its_reason() -> None:
    """Two weeks and a half apart they are two cases; a contact that came in late between them makes them one."""
    apart = """
        contact | at          | customer | reason    | link
        a       | 03-01 09:00 | zhou     | net.fault | -
        b       | 03-18 09:00 | zhou     | net.fault | -
    """
    before, _ = linked(apart)
    after, _ = linked(apart + "        c | 03-10 09:00 | zhou | net.fault | a\n")
    keys = dict(zip(before.cases["contact_ids"].list.first(), before.cases["case_key"], strict=True))
    one, other = (case_of(night.cases, night.links) for night in (before, after))
    told = check(key_changes(one, other, date(2025, 3, 18), "case"), KeyChange)
    assert told.rows() == [("case", date(2025, 3, 18), keys["b"], keys["a"], "merged", 1, ["customer", "reason"])]
    assert key_changes(other, other, date(2025, 3, 18), "case").is_empty()
