"""Nights that each see one day more end in what one run over all days makes, to the byte."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from laidian import store
from laidian.tables import Case, Contact, Customer, Link

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
