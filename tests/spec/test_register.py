"""The register of actions: labels make it, a workbook goes out, comes back, and changes what was changed in it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from laidian.actions import COLUMNS, Action, Decision, Filled, Row, decided, register, workbook

MAY = date(2025, 5, 3)
KNOWN = (Action("i.a", "改口径", "李工", MAY, 0.1, "甲"),)
AS_IT_WAS = Filled(2, "i.a", "改口径", "李工", "2025-05-03 00:00:00", "0.1", "甲", "2025-05-03 00:00:00")
EMPTY = Filled(3, "i.b", "", "", "", "", "", "")


def test_a_row_as_it_was_given_out_changes_nothing() -> None:
    assert decided([AS_IT_WAS, EMPTY], KNOWN) == ((), ())


# what was changed in the row of the registered action, or in the empty one -> what it changes
CHANGES: dict[str, tuple[Filled, Decision]] = {
    "another owner": (
        replace(AS_IT_WAS, owner="王工"), Decision("i.a", "甲", Action("i.a", "改口径", "王工", MAY, 0.1, "甲"), None)
    ),
    "no target any more": (
        replace(AS_IT_WAS, target=""), Decision("i.a", "甲", Action("i.a", "改口径", "李工", MAY, None, "甲"), None)
    ),
    "another start": (
        replace(AS_IT_WAS, starts="2025/5/10"),
        Decision("i.a", "甲", Action("i.a", "改口径", "李工", date(2025, 5, 10), 0.1, "甲"), MAY),
    ),
    "emptied": (replace(AS_IT_WAS, what="", by="乙"), Decision("i.a", "乙", None, MAY)),
    "new": (
        replace(EMPTY, what="换光猫", starts="2025年5月6日", target="12%", by="乙"),
        Decision("i.b", "乙", Action("i.b", "换光猫", "", date(2025, 5, 6), 0.12, "乙"), None),
    ),
    "a second action of an issue": (
        replace(AS_IT_WAS, what="派单提速", starts="20250601", since=""),
        Decision("i.a", "甲", Action("i.a", "派单提速", "李工", date(2025, 6, 1), 0.1, "甲"), None),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_changed_in_a_row_is_what_is_decided(what: str) -> None:
    row, expected = CHANGES[what]
    assert decided([row], KNOWN) == ((expected,), ())


@pytest.mark.parametrize("row, words", [
    (replace(EMPTY, what="换光猫"), "without a start"),
    (replace(EMPTY, what="换光猫", starts="五月初"), "开始 cannot be read"),
    (replace(EMPTY, what="换光猫", starts="2025-05-06", target="少一点"), "目标 cannot be read"),
    (replace(EMPTY, what="换光猫", starts="2025-05-06", issue=""), "without an issue"),
    (replace(EMPTY, owner="李工"), "without an action"),
])  # fmt: skip
def test_a_row_that_cannot_be_used_is_told_and_the_others_are_taken(row: Filled, words: str) -> None:
    found, refused = decided([row, replace(AS_IT_WAS, owner="王工")], KNOWN)
    assert len(found) == 1 and [line for line, _ in refused] == [3] and words in refused[0][1]


def test_a_start_that_is_withdrawn_is_none_until_it_is_registered_again() -> None:
    made = [("i.a", "action", "改口径", "甲", "1"), ("i.a", "starts", "2025-05-03", "甲", "1")]
    gone = [("i.a", "withdrawn", "2025-05-03", "甲", "2")]
    again = [("i.a", "action", "再改", "甲", "3"), ("i.a", "starts", "2025-05-03", "甲", "3")]
    assert len(register(made)[0]) == 1
    assert register([*made, *gone]) == ((), ())
    assert [a.what for a in register([*again, *gone, *made])[0]] == ["再改"]


def test_the_workbook_gives_back_what_was_put_in(tmp_path: Path) -> None:
    """As Excel keeps it: days and shares are cells of their kinds, and the empty rows wait to be filled in."""
    rows = [
        Row("i.a", "宽带断网", "宽带", 2, 400, 0.3, 0.31, KNOWN[0], "见效", -0.2, -0.3, -0.1),
        Row("i.b", "=换卡", "号卡", None, 20, None, None, None, "", None, None, None),
    ]
    path = tmp_path / "r.xlsx"
    path.write_bytes(workbook(rows, (MAY, MAY)))
    assert path.read_bytes() == workbook(rows, (MAY, MAY))
    sheet = openpyxl.load_workbook(path).worksheets[0]
    head, *lines = list(sheet.iter_rows(values_only=True))
    told = [
        Filled(n, **{field: str(dict(zip(head, line, strict=True))[name] or "") for name, field in COLUMNS.items()})
        for n, line in enumerate(lines, start=2)
    ]
    assert told == [AS_IT_WAS, EMPTY]
    assert "=换卡" in lines[1]  # text, no formula
    assert {rule.type for rule in sheet.data_validations.dataValidation} == {"date", "decimal"}
