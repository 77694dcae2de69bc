"""The workbooks analysts decide in: a row a decision, what they need to see beside it, and drop-downs."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from laidian.lexicons import Taxonomy
from laidian.workbooks import CELL, explain, to_fill

ANSWERS = ("field", "value", "by", "at")
"""Columns that `laidian labels import` reads, behind that of what is decided about; their names stay English."""

Choice = Literal["reason", "issue", "yes_no", "free"]
"""What may stand in `value`: an entry of the taxonomy, an issue of it, yes or no, any words."""

Cell = str | float

CONTACT = (
    ("开始时间", 17.0),
    ("渠道", 8.0),
    ("技能组", 14.0),
    ("现判来电原因", 34.0),
    ("现判分数", 9.0),
    ("对话（已脱敏）", 90.0),
)
ISSUE = (("现名", 24.0), ("所属来电原因", 26.0), ("现认定", 12.0), ("联络数", 9.0), ("关键词", 40.0), ("原话（已脱敏）", 90.0))
"""What is shown of a contact, of an issue that was found: title and width."""

SHOWN = tuple(title for title, _ in (*CONTACT, *ISSUE))

_LISTS: Mapping[str, str] = {"reason": "来电原因", "issue": "问题点"}

_WHO = (("by", "标注人"), ("at", "日期，例如 2025-03-20；同一件事有几个答案时以最晚的为准，没写日期的算最早"))
HELP_CONTACT = (
    ("value", "客户究竟为什么来：从下拉里选一项。能细到问题点（三级）就选问题点，不能就选来电原因；都不是选“general.other”。"
              "听不懂、看不出的留空，不要猜"),
    ("现判", "laidian 现在的判断，仅供对照，可能是错的：请先读对话，再选"),
    *_WHO,
    ("填完之后", "laidian labels import 这个文件（没填的行照样留着，下次再填），再 laidian train"),
)  # fmt: skip
HELP_ISSUE = (
    ("accept", "这是不是一个值得单列的问题点：yes / no。no 的以后不再提"),
    ("rename", "给它一个名称；不填就用现名"),
    ("merge_into", "它其实是已有的哪个问题点：从下拉里选；选了就并进去，不必再填 accept"),
    ("words", "客户说起它时用的词，用顿号分开（两个字以上）；不填就用“关键词”一列。太泛的词（换一个、怎么办）请去掉"),
    *_WHO,
    ("填完之后", "laidian labels import 这个文件（不填的行照样留着），再 laidian rules retag，旧的日子就照新的问题点重判"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One decision to be made: about what (its id), which field, what may be chosen, and what is shown beside."""

    subject: str
    field: str
    choice: Choice
    shown: tuple[Cell, ...]


def reason_choices(taxonomy: Taxonomy, first: Sequence[str] = ()) -> list[str]:
    """Every reason and its issues as `labels import` understands them: id and name; the trades of `first` come first."""
    order = {trade: n for n, trade in enumerate(first)}
    listed = []
    for trade in sorted(taxonomy.trades, key=lambda t: order.get(t.id, len(order))):
        for reason in trade.reasons:
            listed.append(f"{reason.id} {reason.name}")
            listed += [f"{issue.id} {issue.name}" for issue in reason.issues]
    return listed


def issue_choices(taxonomy: Taxonomy, first: Sequence[str] = ()) -> list[str]:
    """Every issue likewise; those of the reasons in `first` come first."""
    order = {reason: n for n, reason in enumerate(first)}
    reasons = sorted(taxonomy.reasons.values(), key=lambda r: order.get(r.id, len(order)))
    return [f"{issue.id} {issue.name}" for reason in reasons for issue in reason.issues]


def label_book(
    about: Literal["contact_id", "issue_id"], rows: Sequence[LabelRow], listed: Mapping[Choice, Sequence[str]]
) -> bytes:
    """The rows in their order, the lists behind the drop-downs, and what the columns mean.

    Args:
        about: what is decided about.
        rows: the decisions.
        listed: what stands in the drop-down of the choices `reason` and `issue`.
    """
    out = io.BytesIO()
    shown, words = (CONTACT, HELP_CONTACT) if about == "contact_id" else (ISSUE, HELP_ISSUE)
    columns = ((about, 18.0), ("field", 11.0), ("value", 36.0), ("by", 10.0), ("at", 12.0), *shown)
    with to_fill(out, "labels") as (book, looks):
        sheet = book.add_worksheet("标注")
        for column, (name, width) in enumerate(columns):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, looks.head)
        for at, row in enumerate(rows, start=1):
            sheet.write_string(at, 0, row.subject, looks.cell)
            sheet.write_string(at, 1, row.field, looks.cell)
            for column in range(2, 1 + len(ANSWERS)):
                sheet.write_blank(at, column, None, looks.fill)
            for column, told in enumerate(row.shown, start=1 + len(ANSWERS)):
                sheet.write(at, column, told[:CELL] if isinstance(told, str) else told, looks.cell)
            if row.choice == "yes_no":
                sheet.data_validation(at, 2, at, 2, {"validate": "list", "source": ["yes", "no"]})
            elif row.choice != "free":
                source = f"={_LISTS[row.choice]}!$A$1:$A${max(1, len(listed[row.choice]))}"
                sheet.data_validation(at, 2, at, 2, {"validate": "list", "source": source, "error_type": "warning"})
        sheet.freeze_panes(1, 3)
        explain(book, looks, words)
        for choice, entries in listed.items():
            names = book.add_worksheet(_LISTS[choice])
            names.set_column(0, 0, 60)
            for at, name in enumerate(entries):
                names.write_string(at, 0, name)
    return out.getvalue()
