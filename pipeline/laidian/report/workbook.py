"""The report as an XLSX workbook for the meeting. Text is always written as text: nothing a customer said becomes a formula."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO
from math import ceil
from typing import Any
from unicodedata import east_asian_width

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from laidian.report import sheets
from laidian.report.cells import Cell, Share, Sheet
from laidian.report.content import Report
from laidian.report.meeting_sheets import meeting_sheets
from laidian.workbooks import OPTIONS

MOST_ROWS = 1_000_000
"""Rows of one sheet; Excel takes 1,048,576. A longer list is cut, and the sheet's last row says so."""

LONGEST_TEXT = 32_000
"""Characters of one cell; Excel takes 32,767."""

MOST_LINES = 8
"""Lines a row is tall at most; the cell holds the rest."""

_LINE_HEIGHT = 15  # points, at 10-point type
_FONT = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top"}
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


@dataclass(frozen=True, slots=True)
class _Formats:
    text: Format
    quoted: Format
    number: Format
    decimal: Format
    share: Format
    moment: Format
    day: Format
    head: Format
    title: Format
    note: Format


def workbook(report: Report) -> bytes:
    """The report as an XLSX file. Equal reports give equal bytes: the file's dates are those of `as_of`."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, OPTIONS)
    book.set_properties({"title": report.title, "author": "laidian", "created": datetime.combine(report.as_of, time())})
    book.set_size(2400, 1400)
    formats = _formats(book)
    for sheet in (*sheets.sheets(report), *meeting_sheets(report.meeting)):
        _write(book.add_worksheet(sheet.name), sheet, formats, report)
    book.close()
    return buffer.getvalue()


def _formats(book: xlsxwriter.Workbook) -> _Formats:
    def made(**more: Any) -> Format:
        return book.add_format({**_FONT, **more})

    return _Formats(
        text=made(text_wrap=True),
        quoted=made(text_wrap=True, quote_prefix=True),
        number=made(num_format="#,##0"),
        decimal=made(num_format="#,##0.0"),
        share=made(num_format="0.0%"),
        moment=made(num_format="yyyy-mm-dd hh:mm:ss", align="left"),
        day=made(num_format="yyyy-mm-dd", align="left"),
        head=made(
            bold=True,
            font_color="#FFFFFF",
            bg_color="#0B4F7D",
            border=1,
            border_color="#C6CED8",
            text_wrap=True,
            valign="vcenter",
        ),
        title=made(bold=True, font_size=16, valign="vcenter"),
        note=made(font_color="#5B6778"),
    )


def _write(page: Worksheet, sheet: Sheet, formats: _Formats, report: Report) -> None:
    for row, line in enumerate(sheet.above):
        page.write_string(row, 0, line, formats.title if row == 0 else formats.note)
    top = len(sheet.above)
    page.set_row(top, 30)
    for column, (title, width) in enumerate(sheet.columns):
        page.write_string(top, column, title, formats.head)
        page.set_column(column, column, width)
    last = top
    for last, cells in enumerate(_bounded(sheet.rows), start=top + 1):
        for column, cell in enumerate(cells):
            _cell(page, last, column, cell, formats)
        page.set_row(last, _LINE_HEIGHT * _lines(cells, [width for _, width in sheet.columns]))
    page.freeze_panes(top + 1, sheet.frozen)
    page.autofilter(top, 0, max(last, top + 1), len(sheet.columns) - 1)
    for column in sheet.shaded:
        _shade(page, top + 1, last, column)
    _print(page, sheet, top, report)


def _lines(cells: Sequence[Cell], widths: Sequence[float]) -> int:
    """Lines the tallest cell of a row needs: not every program works that out for itself when it opens the file."""
    texts = ((cell, width) for cell, width in zip(cells, widths, strict=False) if isinstance(cell, str))
    return min(MOST_LINES, max((ceil(_breadth(text) / width) for text, width in texts if text), default=1))


def _breadth(text: str) -> float:
    """Width of a text in the unit of column widths, one digit; Chinese characters are twice as wide."""
    return sum(1.9 if east_asian_width(char) in "WF" else 1.0 for char in text)


def _bounded(rows: Iterable[Sequence[Cell]]) -> Iterable[Sequence[Cell]]:
    for number, row in enumerate(rows):
        if number == MOST_ROWS:
            yield ("（以下从略：一张表放不下，请用 laidian sql 查询全部）",)
            return
        yield row


def _cell(page: Worksheet, row: int, column: int, cell: Cell, formats: _Formats) -> None:
    match cell:
        case None | "":
            page.write_blank(row, column, None, formats.text)
        case str():
            page.write_string(row, column, cell[:LONGEST_TEXT], formats.quoted if cell.startswith(_RISKY) else formats.text)
        case Share():
            page.write_number(row, column, cell.value, formats.share)
        case int():
            page.write_number(row, column, cell, formats.number)
        case float():
            page.write_number(row, column, cell, formats.decimal)
        case datetime():
            page.write_datetime(row, column, cell, formats.moment)
        case date():
            page.write_datetime(row, column, cell, formats.day)


def _shade(page: Worksheet, first: int, last: int, column: int) -> None:
    """The larger the share, the deeper the cell (bars in cells would draw a stump for zero in older readers)."""
    if last < first:
        return
    bounds = {"min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1}
    colours = {"min_color": "#FFFFFF", "max_color": "#F0B48A"}
    page.conditional_format(first, column, last, column, {"type": "2_color_scale", **bounds, **colours})


def _print(page: Worksheet, sheet: Sheet, top: int, report: Report) -> None:
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(top)
    page.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    title = report.title.replace("&", "&&")[:120]
    page.set_header(f"&L{title} · {sheet.name}&R{report.from_day} 至 {report.to_day}")
    page.set_footer("&C&P / &N")
