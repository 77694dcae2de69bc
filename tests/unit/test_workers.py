"""Work side by side: in its order, bounded, with the errors of one after the other; and no table hangs on how many work."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from laidian import steps, store, workers
from laidian.errors import LaidianError
from laidian.steps import log, parts
from laidian.tables import ROWS, Case, Contact, Link, Outcome
from laidian.workers import at_once, side_by_side

BENCH = Path(__file__).parents[2] / "bench"


@pytest.mark.parametrize("count", [1, 2, 4])
def test_what_is_made_comes_in_the_order_it_was_asked_and_at_most_so_much_is_begun(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "WORKERS", count)
    begun, given, most = [], 0, 0

    def work(n: int) -> int:
        begun.append(n)
        time.sleep(0.01 * (n % 3))
        return n * n

    for made in side_by_side(work, range(12)):
        assert made == given * given
        most = max(most, len(begun) - given)
        given += 1
    assert given == 12 and 1 <= most <= count


def test_works_run_beside_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "WORKERS", 2)
    meeting = threading.Barrier(2, timeout=10)  # breaks unless both wait there
    assert sorted(at_once(meeting.wait, meeting.wait)) == [0, 1]


def test_an_error_comes_in_its_turn_and_nothing_more_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "WORKERS", 2)
    begun = []

    def work(n: int) -> int:
        begun.append(n)
        if n == 3:
            raise ValueError("the third")
        return n

    made = side_by_side(work, range(100))
    assert [next(made) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="the third"):
        next(made)
    assert max(begun) <= 5 and threading.active_count() == len([t for t in threading.enumerate() if "worker" not in t.name])


def test_an_interrupt_ends_the_work_that_is_done_and_begins_no_more() -> None:
    code = """
import time
from laidian.workers import side_by_side
def work(n):
    print(n, flush=True)
    time.sleep(0.5)
list(side_by_side(work, range(1000)))
"""
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.stdout is not None and run.stdout.readline()  # work has begun
    os.kill(run.pid, signal.SIGINT)
    out, err = run.communicate(timeout=20)
    assert run.returncode != 0 and "KeyboardInterrupt" in err
    assert len(out.split()) < 20


@pytest.fixture(scope="module")
def bench() -> Iterator[ModuleType]:
    sys.path.insert(0, str(BENCH))  # it draws its log with the module beside it
    spec = importlib.util.spec_from_file_location("night", BENCH / "night.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(BENCH))
    sys.modules.pop("people", None)


def _snapshots(root: Path) -> dict[str, bytes]:
    return {row.TABLE: path.read_bytes() for row in ROWS if not row.BY_DAY and (path := store.part(root, row, None)).exists()}


def test_a_night_is_equal_to_the_byte_whoever_works_on_it(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, last = bench.fill(tmp_path / "filled", 15, 40)
    found = {}
    monkeypatch.setattr(parts, "PART", 100)
    for count in (1, 3):
        monkeypatch.setattr(workers, "WORKERS", count)
        root = shutil.copytree(tmp_path / "filled", tmp_path / f"{count}")  # keys hang on a workspace's own secret
        for stage in (steps.group, steps.link):
            stage(root)
        bench.night(root, last)  # a second one: it looks at the keys of the first
        found[count] = _snapshots(root)
    assert {Contact.TABLE, Link.TABLE, Case.TABLE, Outcome.TABLE} <= set(found[1])
    assert store.read(tmp_path / "1", Outcome)["risk"].n_unique() > 5
    assert {name for name in found[1] if found[3][name] != found[1][name]} == set()


def test_a_failure_in_one_part_is_the_clear_error_of_the_stage_and_leaves_the_night_before(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "night"
    bench.fill(root, 3, 40)
    for stage in (steps.group, steps.link):
        stage(root)
    whole, seen = _snapshots(root), []

    def fails(*tables: object) -> object:
        seen.append(tables)
        if len(seen) == 3:
            raise ValueError("13800138000")
        return real(*tables)

    real = log.cases.link
    monkeypatch.setattr(parts, "PART", 20)
    monkeypatch.setattr(workers, "WORKERS", 2)
    monkeypatch.setattr(log.cases, "link", fails)
    with pytest.raises(LaidianError, match=r"stage link: ValueError at log\.py:\d+") as told:
        steps.link(root)
    assert "13800138000" not in str(told.value) and told.value.__cause__ is None
    assert _snapshots(root) == whole and not list(root.rglob("*.aside*"))
