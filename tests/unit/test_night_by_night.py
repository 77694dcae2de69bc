"""Nights that each see one day more end in what one run over all days makes, to the byte."""

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest
from laidian import store
from laidian.tables import Case, Change, Contact, Cue, Customer, Link, Measure, Outcome, Reason

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCH))  # it draws its log with the module beside it
    spec = importlib.util.spec_from_file_location("night", BENCH / "night.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_nights_one_by_one_are_one_run_over_all(bench: ModuleType, tmp_path: Path) -> None:
    told = bench.one_by_one(tmp_path, 6, 40)
    sys.modules.pop("people", None)
    assert told and all(told.values()), told
    assert store.read(tmp_path / "nights", Contact).height == 240
    assert store.read(tmp_path / "nights", Link).height > 5
    cases, customers = store.read(tmp_path / "nights", Case), store.read(tmp_path / "nights", Customer)
    assert customers["customer_key"].n_unique() < cases.height < 240


def test_a_night_on_an_older_workspace_reads_its_tables_by_name(bench: ModuleType, tmp_path: Path) -> None:
    """Cues of days before `when_day` was known stand beside tonight's, and no table of moved contacts was made yet."""
    old, new = tmp_path / "old", tmp_path / "new"
    _, last = bench.fill(new, 16, 60)
    shutil.copytree(new, old)  # keys hang on a workspace's own secret
    sys.modules.pop("people", None)
    for day in store.days(old, Cue)[:-2]:
        path = store.part(old, Cue, day)
        pl.read_parquet(path, hive_partitioning=False).drop("when_day").write_parquet(path)
    assert store.read(old, Cue).equals(store.read(new, Cue))
    for root in (old, new):
        told = bench.night(root, last)
        assert len(told) == 5
        store.build_views(root)
        assert store.query(root, "SELECT count(*) AS n, count(when_day) AS days FROM cues").row(0) == (
            store.read(root, Cue).height,
            0,
        )
    for row in (Contact, Customer, Reason, Link, Case, Outcome, Measure, Change):
        assert store.read(new, row).height > 0, row.TABLE
        assert store.part(old, row, None).read_bytes() == store.part(new, row, None).read_bytes(), row.TABLE
