"""The lake's files are there whole or not at all, equal for equal rows, and readable while they are replaced."""

import os
import stat
import tempfile
import threading
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laidian import store
from laidian.errors import TableError, WorkspaceError
from laidian.tables import ROWS, Cue, Rejected, Row, Survey, Utterance, allowed, check, empty, from_rows, required, schema

DAY, NEXT = date(2025, 3, 3), date(2025, 3, 4)


def utterances(*texts: str) -> pl.DataFrame:
    return from_rows([Utterance("C1", 1, n, 0, "agent", float(n), n + 0.5, text, 0.9) for n, text in enumerate(texts)], Utterance)


def test_what_is_published_is_read_back_sorted_by_its_key(tmp_path: Path) -> None:
    table = utterances("一", "二", "三")
    store.publish(tmp_path, table.reverse(), Utterance, DAY)
    assert store.read(tmp_path, Utterance, [DAY]).equals(table)
    assert store.days(tmp_path, Utterance) == [DAY]


def test_a_table_that_does_not_exist_yet_has_no_rows_and_its_columns(tmp_path: Path) -> None:
    for row in ROWS:
        assert store.read(tmp_path, row).equals(empty(row))
    assert store.read(tmp_path, Utterance, [DAY]).is_empty()
    assert store.days(tmp_path, Utterance) == []


def test_days_are_read_as_asked_for(tmp_path: Path) -> None:
    store.publish(tmp_path, utterances("一"), Utterance, DAY)
    store.publish(tmp_path, utterances("一", "二"), Utterance, NEXT)
    assert [store.read(tmp_path, Utterance, days).height for days in (None, [DAY], [NEXT], [NEXT, DAY], [])] == [3, 1, 2, 3, 0]


@given(st.permutations(range(6)))
def test_equal_rows_make_equal_bytes_whatever_their_order(order: list[int]) -> None:
    table = utterances(*"一二三四五六")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for day, rows in ((DAY, table), (NEXT, table[order])):
            store.publish(root, rows, Utterance, day)
        assert store.part(root, Utterance, DAY).read_bytes() == store.part(root, Utterance, NEXT).read_bytes()


@given(st.lists(st.integers(0, 5), max_size=5))
def test_a_snapshot_made_in_parts_has_equal_bytes_however_it_is_cut(cuts: list[int]) -> None:
    table = from_rows([Survey(f"C{n}", None, "yes", None, n, None, None) for n in range(6)], Survey)
    edges = [0, *sorted(cuts), 6]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        store.publish_parts(root, [table], Survey)
        whole = store.part(root, Survey, None).read_bytes()
        store.publish_parts(root, (table[a:b] for a, b in zip(edges, edges[1:], strict=False)), Survey)
        assert store.part(root, Survey, None).read_bytes() == whole
        assert store.read(root, Survey).equals(table)


def test_parts_out_of_order_or_with_a_key_again_are_refused_and_the_old_snapshot_stays(tmp_path: Path) -> None:
    table = from_rows([Survey(f"C{n}", None, "yes", None, n, None, None) for n in range(6)], Survey)
    store.publish(tmp_path, table, Survey)
    for parts in ([table[3:], table[:3]], [table[:4], table[3:]]):
        with pytest.raises(TableError, match="a part that does not come after the one before it"):
            store.publish_parts(tmp_path, parts, Survey)
        assert store.read(tmp_path, Survey).equals(table)
    assert [path.name for path in store.folder(tmp_path, Survey).iterdir()] == ["part-0.parquet"]


def test_a_failed_replacement_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    with pytest.raises(RuntimeError), store.replacing(path) as aside:
        aside.write_text("half of the n")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_table_that_breaks_its_schema_is_not_published(tmp_path: Path) -> None:
    store.publish(tmp_path, utterances("一"), Utterance, DAY)
    with pytest.raises(TableError):
        store.publish(tmp_path, pl.concat([utterances("二"), utterances("三")]), Utterance, DAY)
    assert store.read(tmp_path, Utterance)["text"].to_list() == ["一"]


def test_a_file_left_by_a_killed_process_of_the_same_number_does_no_harm(tmp_path: Path) -> None:
    """In a container every run may have the same process number."""
    left = tmp_path / f".{store.VIEWS}.{os.getpid()}{store.ASIDE}"
    with duckdb.connect(str(left)) as db:
        db.execute("CREATE VIEW utterances AS SELECT 1")
    store.build_views(tmp_path)
    assert not left.exists()
    assert store.query(tmp_path, "SELECT count(*) AS n FROM utterances")["n"].to_list() == [0]


def test_a_sweep_removes_what_killed_runs_left_and_only_that(tmp_path: Path) -> None:
    store.publish(tmp_path, utterances("一"), Utterance, DAY)
    part = store.part(tmp_path, Utterance, DAY)
    kept = [part, tmp_path / ".lock", tmp_path / "reports" / ".note.12"]
    left = [part.with_name(f".part-0.parquet.12{store.ASIDE}"), tmp_path / f".{store.VIEWS}.7{store.ASIDE}.wal"]
    for path in (*kept[1:], *left):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    store.sweep(tmp_path)
    assert sorted(p for p in tmp_path.rglob("*") if p.is_file()) == sorted(kept)


def test_a_reader_sees_the_old_table_or_the_new_one_never_half_of_one(tmp_path: Path) -> None:
    versions = [utterances(*(f"{n}" for _ in range(2000))) for n in range(2)]
    store.publish(tmp_path, versions[0], Utterance, DAY)
    store.build_views(tmp_path)
    seen, stop = set(), threading.Event()

    def look() -> None:
        while not stop.is_set():
            table = store.read(tmp_path, Utterance, [DAY])
            found = store.query(tmp_path, "SELECT count(*) AS n, count(DISTINCT text) AS kinds FROM utterances")
            seen.add((table.height, table["text"].n_unique(), *found.row(0)))

    reader = threading.Thread(target=look)
    reader.start()
    for n in range(30):
        store.publish(tmp_path, versions[n % 2], Utterance, DAY)
        store.build_views(tmp_path)
    stop.set()
    reader.join()
    assert seen == {(2000, 1, 2000, 1)}


def test_a_column_that_an_older_file_lacks_comes_back_null(tmp_path: Path) -> None:
    path = store.part(tmp_path, Utterance, DAY)
    path.parent.mkdir(parents=True)
    utterances("一").drop("confidence").write_parquet(path)
    table = store.read(tmp_path, Utterance)
    assert table.schema == schema(Utterance)
    assert table["confidence"].to_list() == [None]
    store.build_views(tmp_path)
    assert store.query(tmp_path, "SELECT confidence FROM utterances").row(0) == (None,)


def test_a_damaged_file_says_which_and_what_to_do(tmp_path: Path) -> None:
    store.publish(tmp_path, utterances("一"), Utterance, DAY)
    store.part(tmp_path, Utterance, DAY).write_bytes(b"PAR1 damaged PAR1")
    with pytest.raises(WorkspaceError, match=r"day=2025-03-03/part-0\.parquet: .*; remove it and run that day again"):
        store.read(tmp_path, Utterance)


def test_every_lake_table_has_a_view_and_no_vault_table_has_one(tmp_path: Path) -> None:
    store.build_views(tmp_path)
    found = store.query(tmp_path, "SELECT view_name FROM duckdb_views() WHERE NOT internal")["view_name"].to_list()
    assert sorted(found) == sorted(row.TABLE for row in ROWS if row.ROOM == "lake")


@pytest.mark.parametrize(
    "query", ["SELECT nothing FROM utterances", "DROP VIEW utterances", "SELEC 1", "INSERT INTO surveys VALUES (1)"]
)
def test_a_query_that_cannot_be_answered_says_so(tmp_path: Path, query: str) -> None:
    store.build_views(tmp_path)
    with pytest.raises(WorkspaceError, match=r"laidian sql: .*expected one DuckDB query over the views; correct the query"):
        store.query(tmp_path, query)


def test_a_query_before_the_first_run_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="no views yet; expected a workspace after its first run; run: laidian run --day D"):
        store.query(tmp_path, "SELECT 1")


@dataclass(frozen=True, slots=True)
class Answer(Row):
    """A table for the tests of `check`."""

    TABLE: ClassVar[str] = "answers"
    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: str
    at: datetime | None
    points: list[float]


GOOD = pl.DataFrame(
    [{"name": "王", "at": datetime(2025, 3, 3), "points": [1.0]}, {"name": "李", "at": None, "points": []}], schema=schema(Answer)
)

BROKEN = {
    "extra columns ['more'], missing columns []": GOOD.with_columns(more=1),
    "extra columns [], missing columns ['at']": GOOD.drop("at"),
    "column points is String": GOOD.with_columns(points=pl.lit("王")),
    "column name has 2 nulls": GOOD.with_columns(name=pl.lit(None, pl.String)),
    "1 rows repeat the key (name)": pl.concat([GOOD, GOOD[:1]]),
}


@pytest.mark.parametrize("found", BROKEN)
def test_a_broken_table_is_named_by_columns_and_counts_never_by_values(found: str) -> None:
    with pytest.raises(TableError) as refused:
        check(BROKEN[found], Answer)
    assert refused.value.found == found
    assert "王" not in str(refused.value)


def test_a_value_outside_its_list_is_counted(tmp_path: Path) -> None:
    table = utterances("一").with_columns(speaker=pl.lit("somebody"))
    with pytest.raises(TableError, match="column speaker has 1 values outside its list; expected agent customer"):
        check(table, Utterance)


def test_a_schema_is_what_the_class_says() -> None:
    assert schema(Answer) == pl.Schema({"name": pl.String(), "at": pl.Datetime("us"), "points": pl.List(pl.Float64())})
    assert required(Answer) == ("name", "points")
    assert allowed(Rejected)["kind"] == ("row", "recording")
    assert check(GOOD, Answer)["name"].to_list() == sorted(GOOD["name"])


@pytest.mark.parametrize("row", ROWS)
def test_every_row_class_says_what_it_is(row: type[Row]) -> None:
    assert row.__doc__ and row.TABLE and set(row.KEY) <= set(schema(row).names())


def test_no_two_tables_share_a_name() -> None:
    assert len({row.TABLE for row in ROWS}) == len(ROWS)
    assert Cue.BY_DAY and not Survey.BY_DAY


def test_files_of_the_lake_are_readable_by_analysts(tmp_path: Path) -> None:
    store.publish(tmp_path, utterances("一"), Utterance, DAY)
    assert stat.S_IMODE(store.part(tmp_path, Utterance, DAY).stat().st_mode) & 0o400
