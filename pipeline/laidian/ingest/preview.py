"""What `laidian ingest --check` shows: the mapping it would use and the first rows as understood; nothing is written."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from laidian.ingest.cells import HIDDEN, Refused, understand
from laidian.ingest.columns import KINDS, Form, Kind, plan
from laidian.ingest.read import read_rows
from laidian.ingest.values import as_text, masked_name, masked_phone
from laidian.settings import Settings

_ROWS = 5


@dataclass(frozen=True, slots=True)
class Preview:
    """How a file would be read.

    `mapping`: its columns in order -> laidian's column (None: not used). `suggestions`: unused columns -> what each may have
    meant. `missing`: required columns it lacks (`a|b` = one of them): with any, `ingest` would refuse it. `rows`: the first
    five as understood, personal values masked, texts of transcripts only counted. `rejected`: those among them that would be
    refused, (line, reason).
    """

    kind: Kind
    mapping: tuple[tuple[str, str | None], ...]
    suggestions: dict[str, str]
    missing: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    rejected: tuple[tuple[int, str], ...]


def preview(kind: Kind, path: Path, settings: Settings) -> Preview:
    """How `ingest` would read a file.

    Raises:
        InputError: the file cannot be read at all.
        SettingsError: its mapping in laidian.toml leads nowhere.
    """
    sheet = read_rows(path)
    columns = plan(kind, sheet.columns, settings, str(path))
    here = {used.found: used.column.name for used in columns.used}
    # the key is never seen: what is hashed is shown as blotted out
    rows = list(islice(understand(kind, sheet, columns, settings, bytes(32)), _ROWS))
    forms = {column.name: column.form for column in KINDS[kind]}
    return Preview(
        kind=kind,
        mapping=tuple((name, here.get(name)) for name in sheet.columns if name),
        suggestions={name: meant for name, meant in columns.unknown.items() if meant},
        missing=columns.missing,
        rows=tuple({n: _shown(forms[n], v) for n, v in row.values.items()} for row in rows if not isinstance(row, Refused)),
        rejected=tuple((row.line, row.reason) for row in rows if isinstance(row, Refused)),
    )


def _shown(form: Form, value: Any) -> str:
    if value is None:
        return ""
    match form:
        case "phone" | "service" | "account":
            return masked_phone(value)
        case "name":
            return masked_name(value)
        case "id_number":
            return HIDDEN
        case "turns":
            return f"{len(value)} turns"
        case "names":
            return "; ".join(value)
    return as_text(value)
