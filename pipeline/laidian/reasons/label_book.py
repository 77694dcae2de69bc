"""The workbook an analyst labels in: a row a contact, with what was said, what laidian takes it for, and a drop-down."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import xlsxwriter

from laidian.lexicons import Taxonomy

ANSWERS = ("contact_id", "field", "value", "by", "at")
"""Columns that `laidian labels import` reads; their names stay English, as in the file format."""

SHOWN = ("开始时间", "渠道", "技能组", "现判来电原因", "现判分数", "对话（已脱敏）")
"""What the analyst sees beside; the import has no use for it."""

_WIDTHS = (16, 9, 34, 10, 12, 17, 8, 14, 34, 9, 90)
_CELL = 32_000  # Excel holds 32,767 characters in a cell
_LISTED = "来电原因"

_HELP = (
    ("value", "客户究竟为什么来：从下拉里选一项。能细到问题点（三级）就选问题点，不能就选来电原因；都不是选“general.other”。"
              "听不懂、看不出的留空，不要猜"),
    ("现判", "laidian 现在的判断，仅供对照，可能是错的：请先读对话，再选"),
    ("by", "标注人"),
    ("at", "日期，例如 2025-03-20；同一联络有几个答案时以最晚的为准，没写日期的最早"),
    ("填完之后", "laidian labels import 这个文件（没填的行会被退回并计数，不影响其他行），然后 laidian train"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LabelLine:
    """What an analyst sees of one contact; `reason`: id of the reason, or of its issue where one is sure."""

    contact_id: str
    started_at: datetime
    medium: str
    queue: str
    reason: str
    score: float
    dialogue: str


def choices(taxonomy: Taxonomy, first: Sequence[str] = ()) -> list[str]:
    """Every reason and its issues as `labels import` understands them: id and name; the trades of `first` come first."""
    order = {trade: n for n, trade in enumerate(first)}
    listed = []
    for trade in sorted(taxonomy.trades, key=lambda t: order.get(t.id, len(order))):
        for reason in trade.reasons:
            listed.append(f"{reason.id} {reason.name}")
            listed += [f"{issue.id} {issue.name}" for issue in reason.issues]
    return listed


def label_book(rows: Sequence[LabelLine], listed: Sequence[str], taxonomy: Taxonomy) -> bytes:
    """The lines in the order of the queue, the list behind the drop-down, and what the columns mean."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": "labels", "created": datetime(2025, 1, 1)})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E6EAF0"})
        fill = book.add_format({"bg_color": "#FFF7DB", "valign": "top", "text_wrap": True})
        cell = book.add_format({"text_wrap": True, "valign": "top"})
        number = book.add_format({"valign": "top", "num_format": "0.00"})
        sheet = book.add_worksheet("标注")
        for column, (name, width) in enumerate(zip((*ANSWERS, *SHOWN), _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, head)
        for at, line in enumerate(rows, start=1):
            sheet.write_string(at, 0, line.contact_id, cell)
            sheet.write_string(at, 1, "reason", cell)
            for column in range(2, len(ANSWERS)):
                sheet.write_blank(at, column, None, fill)
            told = f"{line.reason} {taxonomy.name(line.reason)}"
            shown = (f"{line.started_at:%Y-%m-%d %H:%M}", line.medium, line.queue, told)
            for column, text in enumerate(shown, start=len(ANSWERS)):
                sheet.write_string(at, column, text, cell)
            sheet.write_number(at, len(ANSWERS) + 4, line.score, number)
            sheet.write_string(at, len(ANSWERS) + 5, line.dialogue[:_CELL], cell)
        source = f"={_LISTED}!$A$1:$A${len(listed)}"
        sheet.data_validation(1, 2, max(1, len(rows)), 2, {"validate": "list", "source": source, "error_type": "warning"})
        sheet.freeze_panes(1, 3)
        words = book.add_worksheet("说明")
        words.set_column(0, 0, 14)
        words.set_column(1, 1, 100)
        for at, (name, text) in enumerate(_HELP):
            words.write_string(at, 0, name, head)
            words.write_string(at, 1, text, cell)
        names = book.add_worksheet(_LISTED)
        names.set_column(0, 0, 60)
        for at, name in enumerate(listed):
            names.write_string(at, 0, name)
    return out.getvalue()
