"""One file of a kind -> its tables, and an account of every row."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from laidian.ingest.answers import AuditAnswer, Label
from laidian.ingest.build import Context, build
from laidian.ingest.cells import Refused, Understood, raw, understand
from laidian.ingest.columns import Kind, missing_error, plan
from laidian.ingest.read import read_rows
from laidian.ingest.values import Cell, clean
from laidian.settings import Settings
from laidian.tables import Rejected, Row, schema


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one file came to; every row read is in a table, a duplicate, or rejected.

    `tables`: sorted by key, complete schemas; none for audits and labels, which are answers. `rejected`: reasons without a
    customer's data; `raw_rejected`: the same rows as the file has them ({line, reason, row}, ID numbers blotted out), for
    the operator's eyes only. `unknown_columns`: columns kept out -> the column each may have meant (None: no idea).
    `left_open`: rows of a workbook of labels in which nobody decided; they are not among the rows read.
    """

    kind: Kind
    tables: dict[type[Row], pl.DataFrame]
    audits: tuple[AuditAnswer, ...]
    labels: tuple[Label, ...]
    rejected: pl.DataFrame
    raw_rejected: list[dict[str, Cell]]
    unknown_columns: dict[str, str | None]
    duplicates: int
    rows_read: int
    left_open: int = 0


def ingest(kind: Kind, path: Path, settings: Settings, secret: bytes) -> Ingested:
    """Read one file of a kind.

    Args:
        kind: what the rows are.
        path: CSV, TSV, XLSX, Parquet or JSONL.
        settings: zone, mapping of columns and values, how rows make legs.
        secret: the workspace's key, for the hashes that stand for identifiers.

    Raises:
        InputError: the file as a whole cannot be used.
        SettingsError: its mapping in laidian.toml leads nowhere.
    """
    sheet = read_rows(path)
    columns = plan(kind, sheet.columns, settings, str(path))
    if columns.missing:
        raise missing_error(kind, str(path), sheet.columns, columns)
    rows: list[Understood] = []
    refused: list[Refused] = []
    left_open, answer = 0, next((used.index for used in columns.used if kind == "labels" and used.column.name == "value"), None)
    for row in understand(kind, sheet, columns, settings, secret):
        if answer is not None and answer < len(row.cells) and clean(row.cells[answer]) is None:
            left_open += 1
        elif isinstance(row, Refused):
            refused.append(row)
        else:
            rows.append(row)
    built = build(kind, rows, Context(path.name, settings.legs, secret))
    refused = sorted(refused + built.refused, key=lambda r: r.line)
    return Ingested(
        kind=kind, tables=built.tables, audits=built.audits, labels=built.labels,
        rejected=_rejected(path.name, refused),
        raw_rejected=[{"line": r.line, "reason": r.reason, "row": raw(columns, r.cells)} for r in refused],
        unknown_columns=columns.unknown, duplicates=built.duplicates, rows_read=len(rows) + len(refused) - len(built.refused),
        left_open=left_open,
    )  # fmt: skip


def _rejected(name: str, refused: list[Refused]) -> pl.DataFrame:
    """`contact_id` stays empty: what stands in a row that was not understood may be anything, a number too."""
    rows = [(name, r.line, "row", None, r.reason) for r in refused]
    return pl.DataFrame(rows, schema=schema(Rejected), orient="row").sort(Rejected.KEY)
