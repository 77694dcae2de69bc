"""The lake: Parquet files published whole or not at all, and the read-only views over them.

    lake/<table>/day=YYYY-MM-DD/part-0.parquet    a day table, one partition a business day
    lake/<table>/part-0.parquet                   a log-wide table, one snapshot
    vault/tables/…                                the same for originals before redaction (mode 0700, no view)

Machine output is Parquet because a DuckDB file open for writing locks every reader out. A file is written to a temporary
name and moved into place, so a reader sees the old table or the new one, never half of one.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from polars.io.plugins import register_io_source

from laidian.aside import ASIDE as ASIDE
from laidian.aside import replacing as replacing
from laidian.errors import WorkspaceError
from laidian.tables import ROWS, Row, check, check_after, empty, schema, whole

SCHEMA_VERSION = "1"
VIEWS = "views.duckdb"
ROW_GROUP = 250_000
_MADE_BY = "laidian_made_by"
# Level 1 writes in three quarters of the time of the usual one, and no larger files: most columns are keys without a pattern.
_FORMAT: dict[str, Any] = {
    "compression": "zstd", "compression_level": 1, "statistics": True, "metadata": {"laidian_schema": SCHEMA_VERSION},
}  # fmt: skip


def folder(root: Path, row: type[Row]) -> Path:
    """Where a table's files lie."""
    return root / ("lake" if row.ROOM == "lake" else "vault/tables") / row.TABLE


def part(root: Path, row: type[Row], day: date | None) -> Path:
    """The file of one partition (day tables) or of the snapshot (log-wide tables, day None)."""
    base = folder(root, row)
    return (base / f"day={day:%Y-%m-%d}" if row.BY_DAY else base) / "part-0.parquet"


def sweep(root: Path) -> None:
    """Removes what a killed run left half-written. Only for whoever holds the workspace's lock."""
    for left in root.rglob(f".*{ASIDE}*"):  # DuckDB writes a .wal beside its file
        left.unlink(missing_ok=True)


def publish(root: Path, table: pl.DataFrame, row: type[Row], day: date | None = None, made_by: str = "") -> None:
    """Writes one partition or snapshot: checked, sorted by the row's key, byte-equal for equal rows.

    `made_by`: what made it, for `made_by` to tell, also of a partition without rows.

    Raises:
        TableError: the table breaks its row class.
    """
    checked = check(table, row)
    with replacing(part(root, row, day)) as aside:
        _write(checked, aside, made_by)


def made_by(root: Path, row: type[Row], day: date) -> str:
    """What made a partition; empty: nobody said, or it is not there.

    Raises:
        WorkspaceError: the file cannot be read.
    """
    path = part(root, row, day)
    try:
        return pl.read_parquet_metadata(path).get(_MADE_BY, "") if path.exists() else ""
    except (pl.exceptions.PolarsError, OSError) as bad:
        raise _unreadable(path, bad) from bad


def publish_parts(root: Path, parts: Iterable[pl.DataFrame], row: type[Row]) -> None:
    """`publish` of a snapshot that is made a part at a time, so that it never stands whole in memory.

    Args:
        root: the workspace.
        parts: in order of the key, all rows of one before those of the next. Equal rows make equal files however they are cut.
        row: a log-wide table.

    Raises:
        TableError: a part breaks the row class, or does not come after the part before it.
    """

    def checked(*_: object) -> Iterator[pl.DataFrame]:
        last: pl.DataFrame | None = None
        for made in parts:
            table = check(made, row)
            check_after(last, table, row)
            last = table.tail(1) if table.height else last
            yield table

    with replacing(part(root, row, None)) as aside:
        lazy = register_io_source(io_source=checked, schema=schema(row))
        lazy.sink_parquet(aside, row_group_size=ROW_GROUP, **_FORMAT)


def replace_period(root: Path, table: pl.DataFrame, row: type[Row], period: tuple[date, date]) -> None:
    """Publishes the rows of one period (`from_day`, `to_day`) in place of those that the snapshot held of it; others stay."""
    of_it = (pl.col("from_day") == period[0]) & (pl.col("to_day") == period[1])
    publish(root, pl.concat([read(root, row).filter(~of_it), table]), row)


def _write(table: pl.DataFrame, path: Path, made_by: str = "") -> None:
    told = {_MADE_BY: made_by} if made_by else {}
    table.write_parquet(path, **(_FORMAT | {"metadata": _FORMAT["metadata"] | told}))


def days(root: Path, row: type[Row]) -> list[date]:
    """The business days a day table holds, in order."""
    return sorted(date.fromisoformat(p.parent.name[4:]) for p in folder(root, row).glob("day=*/part-0.parquet"))


def read(root: Path, row: type[Row], wanted: Iterable[date] | None = None, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """The rows of the wanted days (None: all days, or the snapshot), in the row class's schema or only some columns of it.

    A table or day that does not exist yet has no rows. A column that an older file lacks comes back null.

    Raises:
        WorkspaceError: a file of the lake cannot be read.
    """
    chosen = [None] if not row.BY_DAY else days(root, row) if wanted is None else sorted(wanted)
    names = list(schema(row)) if columns is None else list(columns)
    files = [path for day in chosen if (path := part(root, row, day)).exists()]
    if not files:
        return empty(row).select(names)
    try:
        return whole(_scan(files, row).select(names).collect())
    except (pl.exceptions.PolarsError, OSError) as bad:
        raise _unreadable(_culprit(files), bad) from bad


def _scan(files: list[Path], row: type[Row]) -> pl.LazyFrame:
    """The rows of files in the order given; of older and newer ones by name."""
    return pl.scan_parquet(
        files, schema=schema(row), missing_columns="insert", extra_columns="ignore", hive_partitioning=False, glob=False
    )


def _culprit(files: Sequence[Path]) -> Path:
    """The first of some files that cannot be read."""
    for path in files:
        try:
            pl.read_parquet_schema(path)
        except (pl.exceptions.PolarsError, OSError):
            return path
    return files[0]


def read_coded(
    root: Path, row: type[Row], columns: Sequence[str], few: Collection[str], codes: pl.Categorical | None = None
) -> pl.DataFrame:
    """Some columns of a table, those of `few` that are among them as codes (`pl.Categorical`): text of few values is then small.

    Args:
        root: the workspace.
        row: the table.
        columns: names.
        few: columns whose values are said many times.
        codes: whose codes they are; None: those that the process keeps for good.

    Raises:
        WorkspaceError: a file cannot be read.
    """
    files = [path for day in (days(root, row) if row.BY_DAY else [None]) if (path := part(root, row, day)).exists()]
    coded = [pl.col(name).cast(codes or pl.Categorical()) for name in columns if name in few]
    if not files:
        return empty(row).select(columns).with_columns(coded)
    try:
        return whole(_scan(files, row).select(columns).with_columns(coded).collect(engine="streaming"))
    except (pl.exceptions.PolarsError, OSError) as bad:
        raise _unreadable(_culprit(files), bad) from bad


def read_among(root: Path, row: type[Row], columns: Sequence[str], among: pl.DataFrame) -> pl.DataFrame:
    """Some columns of a snapshot's rows whose key stands in `among` (one column, by name); the rest is not held in memory.

    Raises:
        WorkspaceError: the file cannot be read.
    """
    path, on = part(root, row, None), among.columns[0]
    if not path.exists():
        return empty(row).select(columns)
    try:
        scanned = _scan([path], row).select(columns)
        return whole(scanned.join(among.lazy().unique(), on=on, how="semi", maintain_order="left").collect(engine="streaming"))
    except (pl.exceptions.PolarsError, OSError) as bad:
        raise _unreadable(path, bad) from bad


def _unreadable(path: Path, bad: Exception) -> WorkspaceError:
    return WorkspaceError(str(path), type(bad).__name__, "a Parquet file of laidian's", "remove it and run that day again")


def build_views(root: Path) -> None:
    """`views.duckdb`: a view a lake table, made aside and moved into place. Every table has a schema file, so no view fails."""
    path = root / VIEWS
    with replacing(path) as aside, duckdb.connect(str(aside)) as db:
        for row in ROWS:
            if row.ROOM == "lake":
                db.execute(_view(root, row))
        db.execute("CHECKPOINT")


def _view(root: Path, row: type[Row]) -> str:
    base = folder(root, row).resolve()
    zero = base / "schema.parquet"
    if not zero.exists():
        with replacing(zero) as aside:
            _write(empty(row), aside)
    files = [str(zero), *(str(p) for p in sorted(base.glob("**/part-0.parquet")))]
    pattern = str(base / ("day=*/part-0.parquet" if row.BY_DAY else "part-0.parquet"))
    names = [zero.as_posix(), pattern] if len(files) > 1 else [zero.as_posix()]
    quoted = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
    return f"CREATE VIEW {row.TABLE} AS SELECT * FROM read_parquet([{quoted}], union_by_name => true, hive_partitioning => false)"


def query(root: Path, sql: str) -> pl.DataFrame:
    """What `laidian sql` answers: one query over the views, read-only.

    Raises:
        WorkspaceError: the views are not there yet, or DuckDB refuses the query.
    """
    path = root / VIEWS
    if not path.exists():
        raise WorkspaceError(str(path), "no views yet", "a workspace after its first run", "run: laidian run --day D")
    try:
        with duckdb.connect(str(path), read_only=True) as db:
            found: pl.DataFrame = db.sql(sql).pl()
            return found
    except duckdb.Error as bad:
        raise WorkspaceError(
            "laidian sql", str(bad).splitlines()[0], "one DuckDB query over the views", "correct the query"
        ) from None
