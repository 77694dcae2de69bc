"""Analysts' decisions: what a file of them comes to, which of several holds, and what a written reason means."""

from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from laidian import steps, store, workspace
from laidian.cli.every import app
from laidian.lexicons import load_taxonomy
from laidian.steps import naming
from laidian.steps.deciding import meant
from laidian.tables import FoundIssue, Reason, Spoken, from_rows
from typer.testing import CliRunner

LOG = "contact_id,started_at,phone\nc-1,2025-03-03 09:00,13500000001\nc-2,2025-03-03 10:00,13500000002\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    workspace.create(tmp_path / "w")
    (tmp_path / "log.csv").write_text(LOG, "utf-8")
    steps.take(tmp_path / "w", "contacts", tmp_path / "log.csv")
    return tmp_path / "w"


def file_of(root: Path, drawn: str) -> Path:
    """`subject column | subject | field | value | by | at`, a line a label -> a workbook beside the workspace."""
    book = openpyxl.Workbook()
    sheet = book.active
    columns = ["contact_id", "case_id", "issue_id", "field", "value", "by", "at"]
    sheet.append(columns)
    for line in drawn.strip().splitlines():
        kind, subject, *rest = (part.strip() for part in line.split("|"))
        cells = dict(zip(columns[3:], rest, strict=True)) | {kind: subject}
        sheet.append([cells.get(name) or None for name in columns])
    path = root.parent / "labels.xlsx"
    book.save(path)
    return path


LABELS = """
contact_id | c-1  | reason     | telecom.plan 套餐变更与退订 | 甲 | 2025-03-04 09:00
contact_id | c-1  | reason     | 话费余额与账单查询           | 乙 | 2025-03-05 09:00
contact_id | c-9  | reason     | 没有这个原因                 | 甲 |
case_id    | k-1  | action     | 催装机                       | 甲 | 2025-03-04
issue_id   | i-1  | merge_into | telecom.plan.cancel          |    |
issue_id   | i-1  | rename     |                              | 甲 |
"""


def test_decisions_are_held_by_field_and_the_latest_counts(root: Path) -> None:
    found = steps.import_labels(root, file_of(root, LABELS))
    taken = found.taken
    assert (taken.rows, taken.new, taken.rejected, taken.left_open) == (5, 5, 0, 1)
    assert found.held == {"action": 1, "merge_into": 1, "reason": 3}
    assert (found.strangers, found.not_understood) == (1, {"没有这个原因": 1})
    reasons = steps.decisions(root, "reason")
    assert reasons.select("about", "subject", "value", "by").rows() == [
        ("contact", "c-1", "话费余额与账单查询", "乙"), ("contact", "c-9", "没有这个原因", "甲")
    ]  # fmt: skip
    assert steps.decisions(root, "action").select("about", "subject", "value").rows() == [("case", "k-1", "催装机")]
    assert steps.decisions(root, "merge_into")["by"].to_list() == [None]
    assert steps.decisions(root, "accept").is_empty()


def test_reading_a_file_again_changes_nothing(root: Path) -> None:
    path = file_of(root, LABELS)
    first, before = steps.import_labels(root, path), steps.decisions(root, "reason")
    again = steps.import_labels(root, path)
    assert again.taken.new == 0 and again.held == first.held
    assert steps.decisions(root, "reason").equals(before)


@pytest.mark.parametrize("value, found", [
    ("telecom.plan", "telecom.plan"), ("telecom.plan 套餐变更与退订", "telecom.plan"), ("套餐变更与退订", "telecom.plan"),
    ("telecom.plan.cancel 取消套餐", "telecom.plan.cancel"), ("取消套餐", "telecom.plan.cancel"),
    ("套餐", None), ("", None), ("开具发票", "telecom.balance.invoice"),
])  # fmt: skip
def test_what_a_written_reason_means(value: str, found: str | None) -> None:
    assert meant(value, load_taxonomy()) == found


def test_the_command_says_what_it_could_not_use(root: Path) -> None:
    done = CliRunner().invoke(app, ["labels", "import", str(file_of(root, LABELS)), "--workspace", str(root)])
    assert done.exit_code == 0, done.output
    assert "held: 1 action, 1 merge_into, 3 reason" in done.output
    assert "1 labelled contacts are not in the log yet" in done.output
    assert "1 x no reason or issue of the taxonomy: 没有这个原因" in done.output


def test_an_action_that_no_report_can_follow_is_told(root: Path) -> None:
    lines = """
issue_id | telecom.plan.cancel | action | 改话术 | 甲 | 2025-03-01 09:00
issue_id | telecom.plan.cancel | starts | 下周   | 甲 | 2025-03-01 09:00
"""
    path = file_of(root, lines)
    done = CliRunner().invoke(app, ["labels", "import", str(path), "--workspace", str(root)])
    assert "action not followed: telecom.plan.cancel: starts or target cannot be read" in done.output


DAY = date(2025, 3, 3)
SPEAKER, ROUTER = "telecom.plan.found_00000001", "telecom.plan.found_00000002"


@pytest.fixture
def found(root: Path) -> Path:
    """Two issues were found; c-1 speaks of the first."""
    spoken = [Spoken("c-1", 1, 0, 0, "customer", 0.0, 1.0, "套餐送的智能音箱配不上网", None)]
    store.publish(root, from_rows(spoken, Spoken), Spoken, DAY)
    rows = [
        FoundIssue(
            issue, "telecom.plan", name, [name, "换一个"], n, 0.5, DAY, DAY, 0.9, 0.9, None, ["c-1/1/0"], ["c-1"], "new", None
        )
        for issue, name, n in ((SPEAKER, "智能音箱", 9), (ROUTER, "路由箱", 4))
    ]
    store.publish(root, from_rows(rows, FoundIssue), FoundIssue)
    steps.tag_reasons(root, DAY)
    return root


def decide(root: Path, lines: str) -> steps.LabelIntake:
    return steps.import_labels(root, file_of(root, lines))


def test_the_workbook_of_found_issues_asks_for_each_what_may_be_decided(found: Path) -> None:
    book = steps.issue_book(found)
    assert (book.open, book.found) == (2, 2)
    sheet = openpyxl.load_workbook(book.file).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [row[:3] for row in rows[:4]] == [[SPEAKER, field, None] for field in ("accept", "rename", "merge_into", "words")]
    assert rows[0][5:9] == ["智能音箱", "套餐变更与退订", "未认定", 9] and len(rows) == 8
    asked = {str(v.sqref): v.formula1 for v in sheet.data_validations.dataValidation}
    assert asked["C2"] == '"yes,no"' and asked["C4"].startswith("问题点!$A$1:$A$") and "C3" not in asked
    untouched = steps.import_labels(found, Path(book.file))
    assert (untouched.taken.rows, untouched.taken.left_open, untouched.taken.rejected, untouched.held) == (0, 8, 0, {})


def test_an_accepted_issue_is_told_and_old_days_are_known_for_stale(found: Path) -> None:
    before = decide(found, f"issue_id | {SPEAKER} | accept | maybe | 甲 | 2025-03-04")
    assert before.odd == ((SPEAKER, "accept: neither yes nor no; expected yes or no"),) and before.stale == 0
    taken = decide(
        found, f"issue_id | {SPEAKER} | accept | yes | 甲 | 2025-03-05\nissue_id | {SPEAKER} | rename | 音箱配网 | 甲 |"
    )
    assert taken.odd == () and taken.stale == 1
    assert naming.taxonomy(found).name(SPEAKER) == "音箱配网"
    assert steps.retag_stale(found) == [DAY]
    assert store.read(found, Reason).filter("primary")["issue"].to_list() == [SPEAKER]
    assert store.read(found, FoundIssue).filter(pl.col("issue") == SPEAKER)["decision"].to_list() == ["accepted"]


def test_an_analysts_words_go_before_the_key_phrases(found: Path) -> None:
    decide(found, f"issue_id | {SPEAKER} | accept | 是 | 甲 |\nissue_id | {SPEAKER} | words | 智能音箱、配网 | 甲 |")
    assert naming.taxonomy(found).issues[SPEAKER].keywords == ("智能音箱", "配网")
    none = decide(found, f"issue_id | {SPEAKER} | words | 箱 | 甲 | 2025-03-06")
    assert none.odd == ((SPEAKER, "words: none of two characters or more; expected words parted by 、"),)


def test_an_issue_is_merged_by_what_the_drop_down_shows(found: Path) -> None:
    into = load_taxonomy().issues["telecom.plan.cancel"]
    taken = decide(found, f"issue_id | {SPEAKER} | merge_into | {into.id} {into.name} | 甲 |")
    assert taken.odd == ()
    assert naming.taxonomy(found).issues[into.id].keywords == (*into.keywords, "智能音箱", "换一个")


def test_merging_into_what_is_no_issue_leads_nowhere_and_is_told(found: Path) -> None:
    lines = f"""
issue_id | {SPEAKER} | merge_into | {ROUTER} 路由箱 | 甲 |
issue_id | {ROUTER} | merge_into | 没有的 | 甲 |
issue_id | telecom.plan.found_0000000f | accept | yes | 甲 |
"""
    taken = decide(found, lines)
    assert taken.odd == (
        ("telecom.plan.found_0000000f", "accept: no issue of that id was found; expected the issue_id of the workbook"),
        (SPEAKER, "merge_into: an issue that nobody has accepted; accept that one first"),
        (ROUTER, "merge_into: no issue of that id or name; expected one of the drop-down"),
    )
    assert naming.taxonomy(found) is load_taxonomy()
    decide(found, f"issue_id | {ROUTER} | accept | yes | 甲 |\nissue_id | {ROUTER} | merge_into | 也没有 | 甲 | 2025-03-09")
    joined = naming.taxonomy(found).issues[ROUTER]
    assert joined.name == "路由箱" and set(joined.keywords) == {"路由箱", "换一个", "智能音箱"}
