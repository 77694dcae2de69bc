"""A table is defined once, as a frozen row class; this module turns the class into a schema and checks frames against it."""

import types
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

import polars as pl

from laidian.errors import TableError

Room = Literal["lake", "vault"]


class Row:
    """Base of every row class. Subclasses are frozen dataclasses and say their table's name, key, room and partition.

    `KEY` is the unique key and the order in which the table is published. `ROOM` is `lake` (analysts see it) or `vault`
    (originals before redaction; no view). `BY_DAY` tables lie in one partition a business day, the others in one snapshot.
    """

    TABLE: ClassVar[str]
    KEY: ClassVar[tuple[str, ...]]
    ROOM: ClassVar[Room] = "lake"
    BY_DAY: ClassVar[bool] = True


_DTYPES: dict[Any, pl.DataType] = {
    str: pl.String(), int: pl.Int64(), float: pl.Float64(), bool: pl.Boolean(),
    datetime: pl.Datetime("us"), date: pl.Date(),
}  # fmt: skip


def _unwrap(hint: Any) -> tuple[Any, bool]:
    """The type without `| None`, and whether None was allowed."""
    if get_origin(hint) in (Union, types.UnionType):
        args = [a for a in get_args(hint) if a is not type(None)]
        return args[0], len(args) < len(get_args(hint))
    return hint, False


def _dtype(hint: Any) -> pl.DataType:
    if get_origin(hint) is Literal:
        return pl.String()
    if get_origin(hint) in (list, tuple):
        return pl.List(_dtype(get_args(hint)[0]))
    return _DTYPES[hint]


def _hints(row: type[Row]) -> dict[str, Any]:
    hints = get_type_hints(row)
    return {f.name: hints[f.name] for f in fields(row)}  # type: ignore[arg-type]


_SCHEMAS: dict[type[Row], dict[str, pl.DataType]] = {}  # made once: a night asks for them at every file


def schema(row: type[Row]) -> pl.Schema:
    """Column names and types in the order of the class's fields. Times are wall times of the workspace's zone, no offset."""
    if row not in _SCHEMAS:
        _SCHEMAS[row] = {name: _dtype(_unwrap(hint)[0]) for name, hint in _hints(row).items()}
    return pl.Schema(_SCHEMAS[row])


def required(row: type[Row]) -> tuple[str, ...]:
    """Columns that may not be null."""
    return tuple(name for name, hint in _hints(row).items() if not _unwrap(hint)[1])


def allowed(row: type[Row]) -> dict[str, tuple[str, ...]]:
    """The values of each column that has a closed list of them."""
    bare = {name: _unwrap(hint)[0] for name, hint in _hints(row).items()}
    return {name: get_args(hint) for name, hint in bare.items() if get_origin(hint) is Literal}


def empty(row: type[Row]) -> pl.DataFrame:
    """A frame of no rows with the row class's schema."""
    return pl.DataFrame(schema=schema(row))


def from_rows(rows: Iterable[Row], row: type[Row]) -> pl.DataFrame:
    """Rows as a frame with the row class's schema, in the order given."""
    names = schema(row).names()
    return pl.DataFrame([tuple(getattr(r, name) for name in names) for r in rows], schema=schema(row), orient="row")


def check(table: pl.DataFrame, row: type[Row]) -> pl.DataFrame:
    """The table in the row class's column order, sorted by its key.

    Raises:
        TableError: a column is missing, extra or of another type, a required value is null, a value is outside its closed
            list, or the key is not unique. The message names columns and counts, never values.
    """

    def wrong(found: str, expected: str) -> TableError:
        return TableError(f"table {row.TABLE}", found, expected, "this is a defect of the stage that made it; please report it")

    want = schema(row)
    if set(table.columns) != set(want):
        extra, missing = sorted(set(table.columns) - set(want)), sorted(set(want) - set(table.columns))
        raise wrong(f"extra columns {extra}, missing columns {missing}", f"the columns of {row.__name__}")
    table = table.select(want.names())
    for name, dtype in want.items():
        if table.schema[name] != dtype:
            raise wrong(f"column {name} is {table.schema[name]}", str(dtype))
    for name in required(row):
        if nulls := table[name].null_count():
            raise wrong(f"column {name} has {nulls} nulls", "none")
    for name, values in allowed(row).items():
        if bad := table.filter(pl.col(name).is_not_null() & ~pl.col(name).is_in(values)).height:
            raise wrong(f"column {name} has {bad} values outside its list", " ".join(values))
    if not _above_before(table, row.KEY).all():  # most tables of millions of rows come in order
        table = table.sort(row.KEY)
        again = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(1)) for name in row.KEY)
        if doubled := int(table.select(again.slice(1).sum()).item() or 0):
            raise wrong(f"{doubled} rows repeat the key ({', '.join(row.KEY)})", "a unique key")
    return table


def _above_before(table: pl.DataFrame, key: Sequence[str]) -> pl.Series:
    """By row but the first: whether its key is surely above that of the row before."""
    above: pl.Expr = pl.lit(False)
    for name in reversed(key):
        one, before = pl.col(name), pl.col(name).shift(1)
        above = (one > before) | ((one == before) & above)
    return table.select(above.slice(1).fill_null(False).alias("above"))["above"]


def check_after(before: pl.DataFrame | None, table: pl.DataFrame, row: type[Row]) -> None:
    """Nothing if all rows of a checked table come after another one's by the key; None and no rows: nothing comes before.

    Raises:
        TableError: they do not.
    """
    if before is None or before.is_empty() or table.is_empty():
        return
    edge = pl.concat([before.tail(1).select(row.KEY), table.head(1).select(row.KEY)])
    if edge.n_unique() < edge.height or not edge.equals(edge.sort(row.KEY)):
        do = "this is a defect of the stage that made it; please report it"
        raise TableError(
            f"table {row.TABLE}", "a part that does not come after the one before it", "parts in order of the key", do
        )
