"""Files -> rows of cells: CSV and TSV, XLSX, Parquet, JSON lines. What a cell means is not decided here."""

import csv
import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from laidian.errors import InputError
from laidian.ingest.encoding import kind_by_content, text_encoding
from laidian.ingest.values import Cell

_LARGEST_CELL = 16 << 20
_EXACT = 10**15


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a file. `line`: from 1 (a header is line 1; Parquet: the row's number). `fault`: why it cannot be read."""

    line: int
    cells: tuple[Cell, ...]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file: the names of its columns, stripped, and its rows, once. Wholly empty rows are left out."""

    columns: tuple[str, ...]
    records: Iterator[Record]


def read_rows(path: Path) -> Sheet:
    """The columns and rows of a file, in its order; CSV and TSV are streamed.

    Raises:
        InputError: no such file, a name that says no known format, a content that is not what the name says, an unreadable
            encoding, an empty file, or column names without rows.
    """
    if not path.is_file():
        raise InputError(str(path), "no such file", "a CSV, TSV, XLSX, Parquet or JSONL file", "check the path")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            str(path),
            f"a name ending in «{path.suffix}»",
            " ".join(sorted(_READERS)),
            "save it as CSV UTF-8 or as an XLSX workbook",
        )
    if path.stat().st_size == 0:
        raise _empty(path, "an empty file")
    sheet = reader(path)
    first = next(sheet.records, None)
    if first is None:
        raise _empty(path, "column names and no rows" if sheet.columns else "an empty file")
    return Sheet(sheet.columns, _behind(first, sheet.records))


def _behind(first: Record, rest: Iterator[Record]) -> Iterator[Record]:
    yield first
    yield from rest


def _empty(path: Path, found: str) -> InputError:
    return InputError(
        str(path),
        found,
        "a line of column names and at least one row",
        "check the file; where there is nothing to read, do not name it",
    )


def _not_as_named(path: Path, found: str) -> InputError:
    return InputError(str(path), found, f"the format its name says ({path.suffix})", "rename it, or save it again in that format")


def _read_text(path: Path) -> Sheet:
    if (found := kind_by_content(path)) is not None:
        raise _not_as_named(path, found)
    encoding = text_encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        head = file.read(1 << 16).lstrip("\r\n").split("\n", 1)[0]
    delimiter = "\t" if path.suffix.lower() == ".tsv" else max(",\t;|", key=head.count)
    records = _text_records(path, encoding, delimiter)
    header = next(records, None)
    if header and header.fault:
        raise InputError(str(path), f"{header.fault} in line {header.line}", "a line of column names", "correct the quotes there")
    columns = _names(header.cells) if header else ()
    return Sheet(columns, _fitted(records, len(columns)))


def _text_records(path: Path, encoding: str, delimiter: str) -> Iterator[Record]:
    csv.field_size_limit(_LARGEST_CELL)
    with path.open(encoding=encoding, newline="") as file:
        rows = csv.reader(file, delimiter=delimiter, strict=True)
        last = 0
        while True:
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error as bad:
                if "expected after" not in str(bad):  # a quote that never closes has swallowed all rows behind it
                    raise InputError(
                        str(path),
                        f"a row after line {last} that does not end",
                        "cells whose quotes close",
                        "correct the quotes there",
                    ) from None
                yield Record(last + 1, (), "text behind a closing quote")
            else:
                if any(c and not c.isspace() for c in cells):
                    yield Record(last + 1, tuple(cells))
            last = rows.line_num


def _names(cells: tuple[Cell, ...]) -> tuple[str, ...]:
    return tuple(str(c).strip().strip("\ufeff").strip() if c is not None else "" for c in cells)


def _fitted(records: Iterator[Record], width: int) -> Iterator[Record]:
    """Rows as wide as the header: Excel leaves out empty cells at a row's end; cells beyond the header mean a shifted row."""
    for record in records:
        cells = record.cells
        if len(cells) == width or record.fault:
            yield record
        elif len(cells) < width:
            yield Record(record.line, cells + (None,) * (width - len(cells)))
        elif any(c not in (None, "") for c in cells[width:]):
            yield Record(record.line, (), f"{len(cells)} cells where the header has {width}")
        else:
            yield Record(record.line, cells[:width])


def _read_xlsx(path: Path) -> Sheet:
    if kind_by_content(path) != "an XLSX workbook (or a ZIP)":
        raise _not_as_named(path, kind_by_content(path) or "no workbook")
    records = iter(_xlsx_records(path))
    header = next(records, None)
    columns = _names(header.cells) if header else ()
    while columns and not columns[-1]:
        columns = columns[:-1]
    return Sheet(columns, _fitted(records, len(columns)))


def _xlsx_records(path: Path) -> list[Record]:
    """The first visible sheet that holds anything. openpyxl is imported here: half a second that CSV users need not pay."""
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns about styles and extensions that ingest does not read
        try:
            book = load_workbook(path, read_only=True, data_only=True)
        except Exception:  # noqa: BLE001 - a broken workbook raises whatever its broken part raises
            raise _not_as_named(path, "a workbook that does not open (damaged, or locked by a password)") from None
        try:
            for sheet in book.worksheets:
                if sheet.sheet_state != "visible":
                    continue
                sheet.reset_dimensions()  # exporters write wrong ones
                rows = enumerate(sheet.iter_rows(values_only=True), start=1)
                if found := [Record(n, tuple(map(_xlsx_cell, row))) for n, row in rows if any(c not in (None, "") for c in row)]:
                    return found
            return []
        finally:
            book.close()


def _xlsx_cell(cell: Cell) -> Cell:
    """A number longer than Excel's 15 digits becomes a float, so that an id made of it is refused."""
    return float(cell) if isinstance(cell, int) and abs(cell) >= _EXACT else cell


def _read_parquet(path: Path) -> Sheet:
    if kind_by_content(path) != "a Parquet file":
        raise _not_as_named(path, kind_by_content(path) or "no Parquet file")
    try:
        table = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError):
        raise _not_as_named(path, "a damaged Parquet file") from None
    rows = enumerate(table.iter_rows(), start=1)
    return Sheet(_names(tuple(table.columns)), (Record(n, row) for n, row in rows if any(c is not None for c in row)))


def _read_jsonl(path: Path) -> Sheet:
    if (found := kind_by_content(path)) is not None:
        raise _not_as_named(path, found)
    with path.open(encoding=text_encoding(path)) as file:
        parsed = [(n, _json_object(line)) for n, line in enumerate(file, start=1) if line.strip()]
    if parsed and not any(isinstance(row, dict) for _, row in parsed):
        raise _not_as_named(path, "no line that is a JSON object")
    columns = tuple(dict.fromkeys(str(key) for _, row in parsed if row is not None for key in row))
    return Sheet(_names(columns), (_json_record(n, row, columns) for n, row in parsed))


def _json_object(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _json_record(line: int, row: dict[str, Any] | None, columns: tuple[str, ...]) -> Record:
    if row is None:
        return Record(line, (), "not a JSON object")
    return Record(line, tuple(row.get(c) for c in columns))


_READERS = {
    ".csv": _read_text, ".tsv": _read_text, ".txt": _read_text, ".xlsx": _read_xlsx, ".xlsm": _read_xlsx,
    ".parquet": _read_parquet, ".jsonl": _read_jsonl, ".ndjson": _read_jsonl,
}  # fmt: skip
