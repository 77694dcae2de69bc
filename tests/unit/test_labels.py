"""Analysts' decisions: what a file of them comes to, which of several holds, and what a written reason means."""

from pathlib import Path

import openpyxl
import pytest
from laidian import steps, workspace
from laidian.cli import app
from laidian.lexicons import load_taxonomy
from laidian.steps.deciding import meant
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
