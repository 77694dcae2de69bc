"""The report: what it says (golden files), what it must never do, and that equal input gives equal bytes.

Golden files lie in tests/golden/. After a wanted change: `LAIDIAN_UPDATE_GOLDEN=1 pytest tests/unit/test_report.py`, then read
the difference before committing it.
"""

import dataclasses
import os
import re
import zipfile
from datetime import date, timedelta
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import polars as pl
import pytest
from laidian.report import Sources, page, workbook
from laidian.report.content import kind_of
from laidian.report.evidence import Evidence
from laidian.report.page import _environment
from laidian.report.words import gap_words, masked_name

from tests.golden import report_log as log

GOLDEN = Path(__file__).parent.parent / "golden"
VENDORED = Path(log.__file__).parents[2] / "pipeline/laidian/report/vendor/echarts.common.min.js"


def check_golden(name: str, made: str) -> None:
    path = GOLDEN / name
    if os.environ.get("LAIDIAN_UPDATE_GOLDEN") == "1":
        path.write_text(made, encoding="utf-8")
    assert made == path.read_text(encoding="utf-8"), f"{name} differs; see the top of this module"


def without_library(html: str) -> str:
    return html.replace(VENDORED.read_text("utf-8"), "/* ECharts */")


def cells(content: bytes) -> dict[str, list[list[object]]]:
    book = openpyxl.load_workbook(BytesIO(content))
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}


def dump(content: bytes) -> str:
    lines = []
    for name, rows in cells(content).items():
        lines.append(f"=== {name}")
        lines += [" | ".join("" if v is None else str(v) for v in row) for row in rows]
    return "\n".join(lines) + "\n"


class Tags(HTMLParser):
    """Every start tag and attribute of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


# --- golden ----------------------------------------------------------------------------------------------------------------


def test_the_page_is_the_golden_page() -> None:
    check_golden("report.html", without_library(page(log.report())))


def test_the_workbook_is_the_golden_workbook() -> None:
    check_golden("report_workbook.txt", dump(workbook(log.report())))


def test_equal_tables_in_another_order_give_equal_bytes() -> None:
    given = log.sources()
    shuffled = {
        f.name: table.sample(fraction=1.0, shuffle=True, seed=7)
        for f in dataclasses.fields(Sources)
        if isinstance(table := getattr(given, f.name), pl.DataFrame)
    }
    told = given.meeting
    mixed = {f.name: getattr(told, f.name).sample(fraction=1.0, shuffle=True, seed=3) for f in dataclasses.fields(told)}
    other = log.report(dataclasses.replace(given, **shuffled, meeting=dataclasses.replace(told, **mixed)))
    assert workbook(other) == workbook(log.report())
    assert page(other) == page(log.report())


def test_the_workbook_holds_no_time_of_its_making() -> None:
    with zipfile.ZipFile(BytesIO(workbook(log.report()))) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert "2025-03-16T00:00:00Z" in file.read("docProps/core.xml").decode()


# --- what is told ----------------------------------------------------------------------------------------------------------


def test_a_figure_travels_with_all_it_needs() -> None:
    html = page(log.report())
    card = html[html.index("指标 window_fcr.7d.same") :].split("</article>")[0]
    for part in (
        "62.5%",
        "5 / 8",
        "30.6% – 86.3%",
        "不是首次 4",
        "原因不明 1",
        "window_fcr.7d.same 的定义。",
        "样本少",
        "−26.4 个百分点",
    ):
        assert part in card


def test_a_window_no_contact_is_mature_for_shows_a_dash_and_its_exclusions() -> None:
    html = page(log.report())
    row = next(r for r in html.split("<tr") if "指标 window_fcr.30d.any<" in r)
    assert "—" in row and "0.0%" not in row and "前观察期不满 13" in row


def test_no_estimate_is_printed_without_an_audit() -> None:
    html, rows = page(log.report()), cells(workbook(log.report()))["口径差异表"]
    assert "本报告不给出“真实一次解决率”的估计值" in html
    assert rows[-1][:2] == ["真实一次解决率的估计", "待复核"]


def test_an_outbound_call_back_is_linked_but_no_repeat() -> None:
    report = log.report()
    assert [r.contact_id for r in report.repeats] == ["C01", "C04", "C07", "C10", "C11"]
    row = report.details.row(by_predicate=pl.col("contact_id") == "C15", named=True)
    assert (row["earlier_contact_id"], row["repeat"]) == ("C10", "否")


def test_a_repeat_says_why_it_was_linked_and_quotes_the_customer() -> None:
    repeat = next(r for r in log.report().repeats if r.contact_id == "C11")
    assert (repeat.kind, repeat.basis, repeat.earlier_contact_id) == (
        "同一问题再次来电",
        ("三级原因相同", "客户说出的线索"),
        "C04",
    )
    assert repeat.quote is not None
    assert (repeat.quote.span, repeat.quote.at, repeat.quote.prior_contacts) == ("这都第三次来电了", "00:02", 2)


def test_the_cue_without_an_earlier_contact_is_listed() -> None:
    report = log.report()
    figure = next(f for f in report.figures if f.name == "cue_without_earlier")
    assert [o.contact_id for o in report.orphans] == ["C12"]
    assert figure.numerator == len(report.orphans)


def test_what_an_agent_asks_is_no_cue() -> None:
    given = log.sources()
    spoken = given.cues.with_columns(speaker=pl.lit("agent"))
    assert log.report(dataclasses.replace(given, cues=spoken)).orphans == ()


def test_contacts_of_seven_days_count_the_bounds_and_the_contact_itself() -> None:
    counts = {r["contact_id"]: (r["in_7_days"], r["in_30_days"]) for r in log.report().details.iter_rows(named=True)}
    # ann: 28 Feb 15:00, 3 Mar, 4 Mar, 7 Mar 11:11 - all within seven days of the last
    assert counts["C01"] == (2, 2) and counts["C11"] == (4, 4)
    # eve's last contact is the centre's own call-back: it is not counted
    assert counts["C15"] == (None, None)


def test_the_contact_list_has_a_row_for_every_contact_of_the_period() -> None:
    rows = cells(workbook(log.report()))["明细"]
    contacts = log.contacts().filter(pl.col("day").is_between(*log.WEEK)).sort("started_at")
    assert [r[1] for r in rows[1:]] == contacts["contact_id"].to_list()


def test_every_fault_refusal_and_exclusion_is_counted() -> None:
    report = log.report()
    assert dict(report.quality.fault_counts) == {
        "单声道（提示，不影响使用）": 1, "文件损坏，无法解码": 1, "削波失真": 1, "全程静音": 1, "找不到录音文件": 1,
    }  # fmt: skip
    assert dict(report.quality.rejected) == {"数据行：started_at 读不出时间": 2, "录音：加密的录音": 1}
    assert dict(report.quality.unreconciled) == {"有录音无话单": 2, "有话单无录音": 1}
    assert dict(report.quality.excluded) == {"放弃（未接通人工）": 1, "仅自助语音": 1}


def test_groups_are_ordered_by_size_and_name_those_the_log_does_not() -> None:
    agents = log.report().groups["agent"]
    assert [(g.group, g.contacts) for g in agents] == [("3061", 3), ("3062", 3), ("3063", 3), ("3071", 3), ("unknown", 1)]


def test_a_day_report_has_a_trend_of_the_days_before() -> None:
    report = log.report(period=(date(2025, 3, 5), date(2025, 3, 5)))
    assert report.kind == "日报"
    assert [d.day for d in report.days] == [date(2025, 2, 28) + timedelta(days=n) for n in range(6)]
    assert (report.days[-1].contacts, report.days[-1].repeats) == (2, 1)


@pytest.mark.parametrize(
    ("first", "last", "kind"),
    [("2025-03-03", "2025-03-03", "日报"), ("2025-03-03", "2025-03-09", "周报"), ("2025-03-04", "2025-03-10", "区间报告"),
     ("2025-03-01", "2025-03-31", "月报"), ("2024-02-01", "2024-02-29", "月报"), ("2025-02-01", "2025-03-31", "区间报告")],
)  # fmt: skip
def test_the_kind_of_report_follows_from_its_days(first: str, last: str, kind: str) -> None:
    assert kind_of(date.fromisoformat(first), date.fromisoformat(last)) == kind


def test_a_period_without_contacts_says_so() -> None:
    for given in (log.nothing(), log.sources()):
        report = log.report(given, period=(date(2025, 6, 2), date(2025, 6, 8)))
        assert "本期没有任何联络" in page(report)
        assert "本期没有任何联络" in dump(workbook(report))


def test_contacts_without_figures_say_so() -> None:
    given = log.sources()
    html = page(log.report(dataclasses.replace(given, measures=given.measures.clear())))
    assert "本期的指标还没有计算" in html


@pytest.mark.parametrize(("cautious", "shown"), [(12.0, True), (0.0, False), (None, False)])
def test_a_list_tells_an_excess_only_where_one_is_beyond_chance(cautious: float | None, shown: bool) -> None:
    """As the list of the whole centre does: below it says that the sample is too small, and orders by repeats alone."""
    row = SimpleNamespace(burden=40.0, burden_low=cautious)
    line = SimpleNamespace(rank=1, issue="断网", rate=0.25, moved=False, change=None, row=row)
    lists = _environment().from_string('{% from "macros.html" import short with context %}{{ short(lines, 3, true) }}')
    told = lists.render(lines=[line])
    assert ("超额成本 40" in told) == shown and ("样本太少" in told) == (not shown)
    assert "25.0% 重复" in told


def test_a_long_utterance_is_cut_around_the_cue() -> None:
    given = log.sources()
    said = given.utterances.with_columns(text=pl.lit("啊" * 200) + pl.col("text") + pl.lit("嗯" * 200))
    cues = given.cues.with_columns(begin=pl.col("begin") + 200, finish=pl.col("finish") + 200)
    quote = Evidence(said, given.recordings, cues, {}).cue("C10")
    assert quote is not None and quote.span == "又不行了"
    assert quote.before.startswith("…啊") and quote.after.endswith("嗯…") and len(quote.text) <= 92


# --- what must never happen ------------------------------------------------------------------------------------------------

HOSTILE = [
    "=cmd|'/c calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
]


def hostile(text: str) -> Sources:
    """The week's tables with the text wherever somebody outside can write one."""
    given, evil = log.sources(), pl.lit(text)

    def marked(column: str) -> pl.Expr:
        return pl.concat_str(evil, pl.lit("~"), pl.col(column))

    def each_marked(column: str) -> pl.Expr:
        return pl.col(column).list.eval(evil + "~" + pl.element())

    def with_id(table: pl.DataFrame, **columns: pl.Expr) -> pl.DataFrame:
        return table.with_columns(contact_id=marked("contact_id"), **columns)

    own = {"call_ids": each_marked("call_ids"), "team": evil, "queue": evil, "agent_id": evil, "phone_masked": evil}
    return dataclasses.replace(
        given,
        contacts=with_id(given.contacts, **own),
        customers=with_id(given.customers),
        links=with_id(given.links, earlier_contact_id=marked("earlier_contact_id")),
        cases=given.cases.with_columns(case_key=marked("case_key"), contact_ids=each_marked("contact_ids")),
        reasons=with_id(given.reasons, reason=marked("reason"), issue=marked("issue")),
        cues=with_id(given.cues, span=evil),
        utterances=with_id(given.utterances, text=marked("text")),
        recordings=with_id(given.recordings, path=marked("path")),
        rejected=given.rejected.with_columns(reason=marked("reason"), source=evil),
        measures=given.measures.with_columns(group=pl.when(pl.col("group_by") == "all").then("group").otherwise(evil)),
        issues=given.issues.with_columns(reason=evil, issue=marked("issue"), evidence=each_marked("evidence")),
        unreconciled={text: 3},
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula_or_a_link(text: str) -> None:
    content = workbook(log.report(hostile(text), facts={text: text}))
    book = openpyxl.load_workbook(BytesIO(content))
    found = [
        cell
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and text.strip() in cell.value
    ]
    assert len({cell.parent.title for cell in found}) >= 9
    assert {cell.data_type for cell in found} == {"s"} and not any(cell.hyperlink for cell in found)
    assert all(cell.quotePrefix for cell in found if str(cell.value).startswith(("=", "+", "-", "@")))
    with zipfile.ZipFile(BytesIO(content)) as file:
        assert not any("<f>" in file.read(name).decode() for name in file.namelist() if name.startswith("xl/worksheets/"))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markup(text: str) -> None:
    allowed = {"script": 3, "img": 0}
    tags = Tags(without_library(page(log.report(hostile(text), facts={text: text})))).tags
    assert {name: sum(tag == name for tag, _ in tags) for name in allowed} == allowed
    assert not [a for _, attributes in tags for a in attributes if a.startswith("on")]


def test_the_page_asks_the_network_for_nothing() -> None:
    html = without_library(page(log.report()))
    assert not re.search(r"https?://|url\(|@import", html)
    links = [a for _, attributes in Tags(html).tags for k, a in attributes.items() if k in ("src", "href", "action", "srcset")]
    assert links and all(str(a).startswith("#") for a in links)
    assert "default-src 'none'" in html


def test_all_numbers_stand_in_the_page_without_scripts() -> None:
    html = re.sub(r"<script.*?</script>", "", without_library(page(log.report())), flags=re.S)
    for figure in log.report().figures:
        assert figure.title in html
    assert "92.3%" in html and "光猫红灯断网" in html


def test_no_number_or_name_of_a_customer_reaches_the_report() -> None:
    """The recorder put a telephone number into the file's name; everything else comes redacted or hashed."""
    assert "19900000101" in log.sources().recordings["path"][0]
    both = without_library(page(log.report())) + dump(workbook(log.report()))
    assert "20250303_091200_199****0101_3061.wav" in both
    assert not re.search(r"(?<![\dA-Za-z+/])1[3-9]\d{9}(?![\dA-Za-z+/])", both)
    assert not set(log.sources().customers["customer_key"]) & set(re.findall(r"\w+", both))


@pytest.mark.parametrize(
    ("path", "shown"),
    [("a/8613800138000.wav", "861******8000.wav"), ("02155500066-1.mp3", "021****0066-1.mp3"), ("C001.opus", "C001.opus"),
     ("20250303091200.wav", "20250303091200.wav"), ("d\\13800138000", "138****8000")],
)  # fmt: skip
def test_telephone_numbers_in_file_names_are_masked(path: str, shown: str) -> None:
    assert masked_name(path) == shown


@pytest.mark.parametrize(
    ("seconds", "words"), [(-5.0, "0 分"), (59.0, "0 分"), (3600.0, "1 小时 0 分"), (90000.0, "1 天 1 小时")]
)
def test_gaps_are_told_in_words(seconds: float, words: str) -> None:
    assert gap_words(seconds) == words
