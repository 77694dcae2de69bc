"""Workbooks that people fill in and send back: what all of them share."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from typing import NamedTuple

import xlsxwriter
from xlsxwriter.format import Format

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""What looks like a formula, an address or a number is text."""

FILL = {"bg_color": "#FFF7DB"}
"""Where something is to be filled in."""

CELL = 32_000
"""Characters of a text that are shown; Excel holds 32,767 in a cell."""


class Looks(NamedTuple):
    """How cells look: of a heading, to be filled in, any other."""

    head: Format
    fill: Format
    cell: Format


@contextmanager
def to_fill(out: BytesIO, title: str) -> Iterator[tuple[xlsxwriter.Workbook, Looks]]:
    """A workbook and its looks; it is in `out` when the block ends. Equal contents give equal bytes."""
    with xlsxwriter.Workbook(out, OPTIONS) as book:
        book.set_properties({"title": title, "created": datetime(2025, 1, 1)})
        plain = {"text_wrap": True, "valign": "top"}
        head = book.add_format({**plain, "bold": True, "bg_color": "#E6EAF0"})
        yield book, Looks(head, book.add_format({**plain, **FILL}), book.add_format(plain))


def explain(book: xlsxwriter.Workbook, looks: Looks, words: Iterable[tuple[str, str]], width: int = 14) -> None:
    """The sheet that says what the columns mean: name and text, a row each; `width` of the names."""
    page = book.add_worksheet("说明")
    page.set_column(0, 0, width)
    page.set_column(1, 1, 100)
    for at, (name, text) in enumerate(words):
        page.write_string(at, 0, name, looks.head)
        page.write_string(at, 1, text, looks.cell)
