"""The workbook an auditor fills in: a row a contact, with what was said, the customer's other contacts, and drop-downs."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from laidian.workbooks import CELL, explain, to_fill

ANSWERS = ("contact_id", "is_first", "resolved", "method", "auditor", "audited_at")
"""Columns that `laidian audit import` reads; their names stay English, as in the file format."""

_CHOICES = {
    "is_first": ["yes", "no"],
    "resolved": ["at_hangup", "in_promise", "no", "unknown"],
    "method": ["listened", "CRM", "called back", "adjudicated"],
}
_WIDTHS = (16, 9, 12, 12, 10, 12, 17, 14, 8, 22, 17, 26, 70, 60, 24)
SHOWN = ("开始时间", "掩码号码", "渠道", "来电原因", "承诺时限", "录音", "对话（已脱敏）", "客户的其他联络", "已有答案")
"""What the auditor sees beside; the import has no use for it."""

_HELP = (
    ("is_first", "是否首次：这个业务号码的这件事，第一次有人服务；不论家人、同事还是代办人来的，不论哪个渠道。yes / no"),
    ("resolved", "是否解决：at_hangup 挂机时就解决了，中心不用回电也没有后续工作；in_promise 在答应客户的时限内解决，"
                 "客户不用再联系；"
                 "no 没解决；unknown 无法判断（不要留空，也不要猜）"),
    ("method", "怎么判的：listened 听录音，CRM 查系统，called back 回访客户；adjudicated 是对两位复核人分歧的裁定"),
    ("audited_at", "日期，例如 2025-03-20。请在答应客户的时限过后、且至少 7 天后再判"),
    ("填完之后", "laidian audit import 这个文件。没填的行会被退回并计数，不影响其他行"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """What an auditor sees of one contact. `said`: answers that are there already (only for adjudication).

    `due_at`: by when it was promised to be done (null: nobody named a time).
    """

    contact_id: str
    started_at: datetime
    phone_masked: str
    medium: str
    reason: str
    due_at: datetime | None
    recordings: str
    dialogue: str
    timeline: str
    said: str


def lines(
    drawn: Sequence[str], contacts: pl.DataFrame, customers: pl.DataFrame, reasons: pl.DataFrame, utterances: pl.DataFrame,
    promises: pl.DataFrame, said: Mapping[str, str],
) -> list[Line]:  # fmt: skip
    """The drawn contacts in the order drawn.

    Args:
        drawn: contact ids.
        contacts: `Contact`, the whole log, for the customers' other contacts.
        customers: `Customer`.
        reasons: `Reason`.
        utterances: `Utterance` (redacted), by the contact_ids of `contacts`.
        promises: `Promise`.
        said: contact -> the answers that are there already.
    """
    primary = dict(reasons.filter("primary").select("contact_id", "reason").iter_rows())
    due = dict(promises.select("contact_id", "due_at").iter_rows())
    key = dict(customers.select("contact_id", "customer_key").iter_rows())
    wanted = {key.get(c, c) for c in drawn}
    theirs: dict[str, list[dict[str, object]]] = {}
    by_id = {}
    for row in contacts.sort("started_at", "contact_id").iter_rows(named=True):
        if key.get(row["contact_id"], row["contact_id"]) in wanted:
            theirs.setdefault(key.get(row["contact_id"], row["contact_id"]), []).append(row)
            by_id[row["contact_id"]] = row
    spoken = _dialogues(utterances.filter(pl.col("contact_id").is_in(list(drawn))))
    made = []
    for contact_id in drawn:
        row = by_id[contact_id]
        others = [_event(r, primary) for r in theirs[key.get(contact_id, contact_id)] if r["contact_id"] != contact_id]
        made.append(
            Line(
                contact_id, row["started_at"], row["phone_masked"] or "", row["medium"], primary.get(contact_id, ""),
                due.get(contact_id), "\n".join(row["recordings"]), spoken.get(contact_id, ""), "\n".join(others),
                said.get(contact_id, ""),
            )
        )  # fmt: skip
    return made


def _event(row: Mapping[str, object], primary: Mapping[str, str]) -> str:
    way = "呼出" if row["direction"] == "outbound" else "呼入"
    reason = primary.get(str(row["contact_id"]), "原因不明")
    return f"{row['started_at']:%Y-%m-%d %H:%M} {way} {row['medium']} {row['status']} {reason}（{row['contact_id']}）"


def _dialogues(utterances: pl.DataFrame) -> dict[str, str]:
    ordered = utterances.sort("contact_id", "recording_no", "turn")
    told = ordered.select("contact_id", line=pl.col("speaker") + "：" + pl.col("text"))
    joined = told.group_by("contact_id", maintain_order=True).agg(pl.col("line").str.join("\n"))
    return dict(joined.iter_rows())


def workbook(rows: Sequence[Line], title: str) -> bytes:
    """The workbook; a cell that looks like a formula or an address is text. Equal rows give equal bytes."""
    out = io.BytesIO()
    with to_fill(out, title) as (book, looks):
        sheet = book.add_worksheet("复核")
        for column, (name, width) in enumerate(zip((*ANSWERS, *SHOWN), _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, looks.head)
        for at, line in enumerate(rows, start=1):
            sheet.write_string(at, 0, line.contact_id, looks.cell)
            for column in range(1, len(ANSWERS)):
                sheet.write_blank(at, column, None, looks.fill)
            due = f"{line.due_at:%Y-%m-%d %H:%M}" if line.due_at else ""
            shown = (f"{line.started_at:%Y-%m-%d %H:%M}", line.phone_masked, line.medium, line.reason, due, line.recordings,
                     line.dialogue, line.timeline, line.said)  # fmt: skip
            for column, text in enumerate(shown, start=len(ANSWERS)):
                sheet.write_string(at, column, text[:CELL], looks.cell)
        for name, choices in _CHOICES.items():
            column = ANSWERS.index(name)
            sheet.data_validation(1, column, max(1, len(rows)), column, {"validate": "list", "source": choices})
        sheet.freeze_panes(1, 1)
        explain(book, looks, _HELP)
    return out.getvalue()
