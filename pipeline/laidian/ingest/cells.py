"""Rows of cells -> rows of values, by the plan of a file; a row that cannot be understood keeps its reason."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from laidian.ingest import phones, times, values
from laidian.ingest.columns import TURN, Column, Kind, Plan, Used
from laidian.ingest.read import Record, Sheet
from laidian.ingest.values import BadCellError, Cell, clean
from laidian.pseudonym import keyed_hash
from laidian.settings import Settings

Parse = Callable[[Any], Any]
HIDDEN = "■"

_SIMPLE: dict[str, Parse] = {
    "id": values.as_id, "account": values.as_account, "text": values.as_text, "name": values.as_text, "phone": phones.as_phone,
    "service": phones.as_service, "seconds": times.as_seconds, "number": values.as_number, "count": values.as_count,
    "yes_no": values.as_yes_no, "flag": values.as_flag, "names": values.as_names,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Understood:
    """One row as laidian's columns; columns that the file lacks are absent, empty cells are None."""

    line: int
    values: dict[str, Any]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """One row that cannot be used, and why; the reason never holds a cell."""

    line: int
    reason: str
    cells: tuple[Cell, ...]


def understand(kind: Kind, sheet: Sheet, plan: Plan, settings: Settings, secret: bytes) -> Iterator[Understood | Refused]:
    """The rows of a file in its order. An ID number leaves this function only as its keyed hash."""
    readers = [(used, _reader(kind, used.column, settings, secret)) for used in plan.used]
    for record in sheet.records:
        yield Refused(record.line, record.fault, ()) if record.fault else _row(record, readers, kind)


def _row(record: Record, readers: list[tuple[Used, Parse]], kind: Kind) -> Understood | Refused:
    row: dict[str, Any] = {}
    wrong: list[str] = []
    for used, read in readers:
        try:
            row[used.column.name] = read(record.cells[used.index])
        except BadCellError as bad:
            hint = f"; map it in laidian.toml [values.{kind}.{used.column.name}]" if used.column.choices else ""
            wrong.append(f"{used.label}: {bad}{hint}")
    return Refused(record.line, "; ".join(wrong), record.cells) if wrong else Understood(record.line, row, record.cells)


def _reader(kind: Kind, column: Column, settings: Settings, secret: bytes) -> Parse:
    """What reads one column: unwrap, map the value, default or refuse an empty cell, parse. Repeated cells are parsed once."""
    mapping = settings.values.get(kind, {}).get(column.name, {})
    if column.form == "turns":
        return partial(_turns, mapping=settings.columns.get(kind, {}), parts=_turn_readers(kind, settings, secret))
    parse = _parser(column, settings.zone, secret)

    def read(cell: Cell) -> Any:
        cell = clean(cell)
        if mapping and isinstance(cell, str | int | float):
            cell = clean(mapping.get(values.as_text(cell), cell))
        value = column.default if cell is None else parse(cell)
        if value is None and column.required:
            raise BadCellError("empty")
        return value

    cached = lru_cache(maxsize=4096, typed=True)(read)
    return lambda cell: read(cell) if isinstance(cell, list | dict) else cached(cell)


def _parser(column: Column, zone: ZoneInfo, secret: bytes) -> Parse:
    match column.form:
        case "time":
            return partial(times.as_time, zone=zone)
        case "choice":
            return partial(values.as_choice, choices=column.choices)
        case "resolved":
            return partial(_resolved, choices=column.choices)
        case "id_number":
            return partial(_id_key, secret=secret)
    return _SIMPLE[column.form]


def _id_key(cell: Cell, secret: bytes) -> str | None:
    number = values.as_id_number(cell)
    return None if number is None else keyed_hash(secret, "id", number)


def _resolved(cell: Cell, choices: tuple[str, ...]) -> str:
    """An audit's grade; a plain «yes» was given within the promise, as auditors ask when the promise has passed."""
    try:
        return {"yes": "in_promise", "no": "no"}[values.as_yes_no(cell)]
    except BadCellError:
        return values.as_choice(cell, choices)


def _turn_readers(kind: Kind, settings: Settings, secret: bytes) -> dict[str, Parse]:
    return {part.name: _reader(kind, part, settings, secret) for part in TURN if part.name != "text"}


def _turns(cell: Cell, mapping: dict[str, str], parts: dict[str, Parse]) -> list[dict[str, Any]]:
    """The turns of one text contact. A blank text stays, so that turns keep their numbers."""
    if isinstance(cell, str):
        try:
            cell = json.loads(cell)
        except json.JSONDecodeError:
            cell = None
    if not isinstance(cell, list) or not cell:
        raise BadCellError("not a list of turns [{role, text, start, end}]")
    return [_turn(number, turn, mapping, parts) for number, turn in enumerate(cell)]


def _turn(number: int, turn: object, mapping: dict[str, str], parts: dict[str, Parse]) -> dict[str, Any]:
    if not isinstance(turn, dict):
        raise BadCellError(f"turn {number} is not {{role, text, start, end}}")
    named = {mapping.get(str(key), str(key).casefold()): value for key, value in turn.items()}
    if not isinstance(named.get("text"), str):
        raise BadCellError(f"turn {number} has no text")
    row: dict[str, Any] = {"text": named["text"].strip()}
    for name, read in parts.items():
        try:
            row[name] = read(named.get(name))
        except BadCellError as bad:
            raise BadCellError(f"turn {number}, {name}: {bad}") from None
    if row["start"] is not None and row["end"] is not None and row["end"] < row["start"]:
        raise BadCellError(f"turn {number} ends before it starts")
    return row


def raw(plan: Plan, cells: tuple[Cell, ...]) -> dict[str, Cell]:
    """A refused row as the file has it, for `rejected/`: the columns that are read, fit for JSON, ID numbers blotted out."""
    return {used.found: _kept(used, cells[used.index]) for used in plan.used if used.index < len(cells)}


def _kept(used: Used, cell: Cell) -> Cell:
    if used.column.form == "id_number" and cell not in (None, ""):
        return HIDDEN
    return cell if cell is None or isinstance(cell, str | int | float | list | dict) else str(cell)
