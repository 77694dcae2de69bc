"""DuckDB over tables in memory, set up the same wherever a stage asks a set question."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

MEMORY = "1GB"
"""What DuckDB itself may hold of a query's work; the rest goes to disk for as long as the query runs. Tables lie outside it."""


@contextmanager
def in_memory() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to nothing: register tables there and ask. No progress bar, for it would stand in the middle of JSON."""
    with (
        tempfile.TemporaryDirectory(prefix="laidian-") as folder,  # mode 0700
        duckdb.connect(":memory:", config={"memory_limit": MEMORY, "temp_directory": folder}) as db,
    ):
        db.execute("SET enable_progress_bar = false")
        yield db
