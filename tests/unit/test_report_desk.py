"""The desk's part of the report: the list to call back, scorecards, operational figures, on page and in the workbook."""

import dataclasses
import json
from datetime import datetime
from html import unescape
from typing import Any

import polars as pl
import pytest
from laidian.report import DeskTables, Report, page, workbook
from laidian.tables import Calibration, Operation, Scorecard, from_rows, schema

from tests.golden import report_log as log
from tests.unit.test_report import cells

START, END = log.WEEK


def card(by: str, group: str, **more: Any) -> Scorecard:
    usual = dict.fromkeys(schema(Scorecard).names()) | {
        "from_day": START, "to_day": END, "group_by": by, "group": group, "basis": "audit", "contacts": 90, "firsts": 60,
        "settled": 45,
        "raw": 0.75, "expected": 0.7, "adjusted": 0.8, "fcr": 0.77, "low": 0.71, "high": 0.83, "limit_low": 0.65,
        "limit_high": 0.85,
        "outer_low": 0.6, "outer_high": 0.9, "resolution_of": 80, "resolution": 0.7, "resolution_low": 0.6,
        "resolution_high": 0.8,
        "returned": 40, "returned_late": 9, "late_share": 0.225, "defers": False, "suppressed": False, "excluded": "{}",
    }  # fmt: skip
    return Scorecard(**(usual | more))


SMALL = dict.fromkeys(
    ("firsts", "settled", "raw", "expected", "adjusted", "fcr", "low", "high", "limit_low", "limit_high",
     "outer_low", "outer_high", "resolution", "resolution_low", "resolution_high")
)  # fmt: skip


@pytest.fixture(scope="module")
def told() -> Report:
    """A report with everything the desk is told."""
    calls = pl.DataFrame([{
        "contact_id": "C11", "risk": 0.62, "resolved": None, "why": ["在等答复，或答应的没兑现"], "reason": "宽带故障",
        "phone_masked": None,
        "agent_id": "3062", "started_at": datetime(2025, 3, 7, 11, 11), "promised": ["<b>明天</b>上门"],
        "promised_by": datetime(2025, 3, 8, 18),
    }])  # fmt: skip
    cards = [
        card("agent", "3061"), card("agent", "3062", fcr=0.6, adjusted=0.5, outside="below", target=0.7, gap=-0.1, defers=True),
        card("agent", "3063", fcr=0.8, excluded=json.dumps({"immature_after": 7})),
        card("agent", "3071", **SMALL, suppressed=True, contacts=4), card("team", "一班"),
        card("agent", "9999", from_day=log.LAST_WEEK[0], to_day=log.LAST_WEEK[1]),
    ]  # fmt: skip
    figures = [
        Operation("answer_rate", START, END, "all", "all", "share", 0.9, 0.8, 0.95, 90.0, 100, '{"abandoned_early": 3}'),
        Operation("hold_time", START, END, "all", "all", "seconds", None, None, None, 0.0, 0, '{"not_logged": 90}'),
        Operation("answer_rate", START, END, "queue", "宽带", "share", 0.5, 0.3, 0.7, 10.0, 20, "{}"),
    ]  # fmt: skip
    rework = pl.DataFrame([
        {"contact_id": "C12", "day": START, "agent": "3061", "team": "一班", "reason": "telecom.broadband_fault",
         "said_first": "no", "was_first": True, "said_prior": 2, "said_reason": "网<不>通",
         "cause": "both", "phone_masked": "138****0000",
         "evidence_agent": ["座席让客户过后再来"], "evidence_process": ["转接过", "这类业务一次办不完"]},
        {"contact_id": "C13", "day": END, "agent": None, "team": None, "reason": None, "said_first": None, "was_first": None,
         "said_prior": None, "said_reason": None, "cause": "unclear", "phone_masked": None, "evidence_agent": [],
         "evidence_process": []},
    ], infer_schema_length=None)  # fmt: skip
    words = pl.DataFrame({"definition": ["answer_rate", "hold_time"], "title": ["接通率", "平均保持时长"], "english": ["a", "h"],
                          "text": ["定义一", "定义二"], "order": [0, 1], "target": [0.8, None]})  # fmt: skip
    sources = dataclasses.replace(
        log.sources(), desk=DeskTables(
            calls, from_rows([Calibration("risk", 0.0, 0.05, 300, 9, 0.04, 0.03, 0.05),
                              Calibration("risk", 0.5, 0.6, 100, 55, 0.54, 0.24, 0.30)], Calibration),
            from_rows(cards, Scorecard), from_rows(figures, Operation).join(words, on="definition"), rework=rework,
        ),
    )  # fmt: skip
    return log.report(sources)


def section(html: str, name: str) -> str:
    return unescape(html.split(f'<section id="{name}">')[1].split("</section>")[0])


def test_the_list_says_who_why_and_what_was_promised(told: Report) -> None:
    html = page(told)
    part = section(html, "callbacks")
    for piece in ("C11", "62.0%", "宽带故障", "在等答复，或答应的没兑现", "时限 03-08 18:00", "无号码", "工号 3062"):
        assert piece in part
    assert "<b>明天</b>" not in html  # a customer's words are never markup
    assert "0.0825" in part  # (300 * .03 + 100 * .24) / 400
    assert "54.0% → 55.0%（100）" in part
    sheet = cells(workbook(told))["回呼名单"]
    assert sheet[1][1] == "C11"
    assert sheet[1][8] == "<b>明天</b>上门"


def test_who_is_to_be_visited_again_stands_with_what_the_evidence_points_to(told: Report) -> None:
    part = section(page(told), "rework")
    for piece in ("2 位客户", "两者都有 1，看不出 1", "C12", "138****0000", "工号 3061", "座席让客户过后再来",
                  "转接过；这类业务一次办不完", "是 / 否", "客户说来过 2 次"):  # fmt: skip
        assert piece in part
    after = part[part.index("C13") :]
    assert "无号码" in after
    assert "— / —" in after
    sheet = cells(workbook(told))["再回访名单"]
    assert [(r[1], r[6], r[8], r[9], r[10], r[12]) for r in sheet[1:]] == [
        ("C12", "两者都有", "转接过；这类业务一次办不完", "是", "否", "网<不>通"),
        ("C13", "看不出", None, None, None, None),
    ]


def test_cards_stand_best_first_with_targets_and_hints_and_the_small_ones_without_figures(told: Report) -> None:
    part = section(page(told), "cards")
    agents = part[part.index("座席") :]
    assert [agents.index(a) for a in ("3063", "3061", "3062", "3071")] == sorted(
        agents.index(a) for a in ("3063", "3061", "3062", "3071")
    )
    assert "9999" not in part
    row = agents[agents.index("3062") : agents.index("3071")]
    for piece in ("60.0%", "低于漏斗界限", "客户多在七天后才再来（9/40）", "70.0%", "−10.0 个百分点"):
        assert piece in row
    assert "样本太少，不显示" in agents[agents.index("3071") :]
    assert "后观察期不满 7" in agents
    sheet = cells(workbook(told))["记分卡"]
    assert [r[1] for r in sheet if r[0] == "座席（工号）"] == ["3063", "3061", "3062", "3071"]


def test_the_funnel_is_drawn_from_the_agents_shown(told: Report) -> None:
    html = page(told)
    options = json.loads(html.split('id="chart-data">')[1].split("</script>")[0])
    dots = {s["name"]: [d["value"] for d in s["data"]] for s in options["funnel"]["series"] if s["type"] == "scatter"}
    assert dots == {"界限以内": [[60, 80.0], [60, 80.0]], "界限以外": [[60, 50.0]]}


def test_a_figure_without_its_column_has_no_value_and_says_why(told: Report) -> None:
    part = section(page(told), "operations")
    assert "90.0%" in part
    assert "过早放弃 3" in part
    assert "话单未记录 90" in part
    assert "平均保持时长" in part
    sheet = cells(workbook(told))["运营指标"]
    assert [(r[0], r[2], r[3]) for r in sheet[1:]] == [
        ("接通率", "整体", 0.9),
        ("接通率", "宽带", 0.5),
        ("平均保持时长", "整体", None),
    ]


def test_without_any_of_it_the_sections_say_so() -> None:
    html = page(log.report())
    assert "没有名单" in section(html, "callbacks")
    assert "没有客户在调查或回访里说没解决" in section(html, "rework")
    assert "没有记分卡" in section(html, "cards")
    assert "没有电话" in section(html, "operations")
