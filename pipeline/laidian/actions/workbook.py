"""The register as a workbook to be filled in: a row a registered action, then the worst issues without one."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from laidian.actions.register import Action
from laidian.workbooks import FILL, explain, to_fill

COLUMNS = {
    "编号": "issue", "措施": "what", "责任人": "owner", "开始": "starts", "目标": "target", "登记人": "by", "登记的开始": "since",
}  # fmt: skip
"""Columns that `laidian actions import` reads, and the fields of `Filled` that they are."""

_FILLED = ("措施", "责任人", "开始", "目标", "登记人")
_WIDTHS = {
    "问题点": 26, "来电原因": 18, "名次": 6, "之前诉求": 9, "之前重复率": 10, "八成把握能看出的降幅": 12, "措施": 40,
    "责任人": 10, "开始": 12, "目标": 8, "登记人": 10, "结论": 14, "变化": 9, "95% 下限": 9, "95% 上限": 9, "编号": 34,
    "登记的开始": 12,
}  # fmt: skip
_HELP = (
    ("措施", "做什么。新措施填在没有措施的行里；同一问题点再来一项措施，复制一行、清空“登记的开始”再填"),
    ("开始", "从哪天起生效，例如 2025-05-06；之前和之后各看至多同样多的天数"),
    ("目标", "要降到的重复率，例如 12%；可以不填"),
    ("撤销", "把已登记措施的“措施”清空，就是撤销；改“开始”就是改期"),
    ("八成把握能看出的降幅",
     "按最近的诉求数，真降这么多，八成能看出来；降得更少多半看不出，不等于没见效。空白：诉求或可比的问题点太少"),
    ("结论", "与同期没有措施的问题点相比；见效、变差都是 95% 区间不含零，所以没有效果的措施也会有几个百分点被误判"),
    ("填完之后", "laidian actions import 这个文件。没改的行不变，读不懂的行会被退回并说明原因，不影响其他行"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `rank`: in the list of the unresolved (null: not in it); `cases`, `rate`, `detectable`: see `Foreseen`.

    `verdict`, `change`, `low`, `high`: what came of the action, "" and null where there is none or nothing can be said yet.
    """

    issue: str
    name: str
    reason: str
    rank: int | None
    cases: int
    rate: float | None
    detectable: float | None
    action: Action | None
    verdict: str
    change: float | None
    low: float | None
    high: float | None


def workbook(rows: Sequence[Row], period: tuple[date, date]) -> bytes:
    """The workbook; what looks like a formula or an address is text. Equal rows give equal bytes.

    Args:
        rows: in the order in which they are shown.
        period: first and last day whose cases are counted.
    """
    out = io.BytesIO()
    with to_fill(out, "整改登记") as (book, looks):
        plain = {"valign": "top", "text_wrap": True}
        forms = {
            (kind, filled): book.add_format({**plain, **(FILL if filled else {}), **({"num_format": look} if look else {})})
            for kind, look in (("text", ""), ("day", "yyyy-mm-dd"), ("share", "0.0%"))
            for filled in (False, True)
        }
        sheet = book.add_worksheet("整改登记")
        for column, (name, width) in enumerate(_WIDTHS.items()):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, looks.head)
            for at, row in enumerate(rows, start=1):
                value, filled = _cells(row)[name], name in _FILLED
                if isinstance(value, date):
                    sheet.write_datetime(at, column, datetime(value.year, value.month, value.day), forms["day", filled])
                elif isinstance(value, float):
                    sheet.write_number(at, column, value, forms["share", filled])
                elif isinstance(value, int):
                    sheet.write_number(at, column, value, forms["text", filled])
                elif value:
                    sheet.write_string(at, column, value, forms["text", filled])
                else:
                    empty = {"开始": "day", "目标": "share"}.get(name, "text")
                    sheet.write_blank(at, column, None, forms[empty, filled])
        places, last = list(_WIDTHS), max(1, len(rows))
        day, share = places.index("开始"), places.index("目标")
        sheet.data_validation(1, day, last, day, {
            "validate": "date", "criteria": ">=", "value": date(2000, 1, 1), "error_title": "开始",
            "error_message": "请填日期，例如 2025-05-06",
        })  # fmt: skip
        sheet.data_validation(1, share, last, share, {
            "validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1, "error_title": "目标",
            "error_message": "请填占比，例如 12%",
        })  # fmt: skip
        sheet.freeze_panes(1, 1)
        sheet.set_row(0, 32)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        about = ("数据", f"诉求与重复率：{period[0]} 至 {period[1]}；重复率是客户在观察期内又来的占比")
        explain(book, looks, (about, *_HELP), width=22)
    return out.getvalue()


def _cells(row: Row) -> dict[str, str | int | float | date | None]:
    done = row.action
    return {
        "问题点": row.name, "来电原因": row.reason, "名次": row.rank, "之前诉求": row.cases, "之前重复率": row.rate,
        "八成把握能看出的降幅": row.detectable, "措施": done.what if done else None, "责任人": done.owner if done else None,
        "开始": done.starts if done else None, "目标": done.target if done else None, "登记人": done.by if done else None,
        "结论": row.verdict, "变化": row.change, "95% 下限": row.low, "95% 上限": row.high, "编号": row.issue,
        "登记的开始": done.starts if done else None,
    }  # fmt: skip
