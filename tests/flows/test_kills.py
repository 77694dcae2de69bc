"""Killed at any step of the store or the ledger, a night run again gives the tables of an undisturbed one; nothing is left over.

Fifty kills with the fake engine: 46 of them drive the readings and the flow's steps in the flow's own order without a Prefect
server (see tests/killed.py), four kill the real `laidian run` with its server; three more do so with the real recogniser.
"""

import csv
import multiprocessing
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from laidian import demo, notes, store, workspace
from laidian.tables import Leg, Recording

from tests import killed, small_centre
from tests.fake_laidian import command, environment, laidian
from tests.small_centre import FIRST, LAST
from tests.traces import contents, servers_left

pytestmark = pytest.mark.slow

DRIVEN, REAL = 46, 4
DAYS = ["--from", str(FIRST), "--to", str(LAST)]

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.killed"])


def night(root: Path, given: Path, fatal: int = 0, count: Path | None = None) -> int:
    """A night in a process of its own; its exit code."""
    child = processes.Process(target=killed.night, args=(str(root), str(given), fatal, count and str(count)))
    child.start()
    child.join()
    return child.exitcode or 0


@dataclass
class Undisturbed:
    """The centre's files, an empty workspace to copy (its secret makes the keys), the steps of a night and what it left."""

    given: Path
    empty: Path
    steps: list[str]
    contents: dict[str, str]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    small_centre.draw(folder / "given")
    workspace.create(folder / "empty")
    small_centre.use_fake(folder / "empty")
    shutil.copytree(folder / "empty", folder / "whole")
    assert night(folder / "whole", folder / "given", count=folder / "steps") == 0
    steps = (folder / "steps").read_text().splitlines()
    return Undisturbed(folder / "given", folder / "empty", steps, contents(folder / "whole"))


def fatal_steps(steps: list[str]) -> list[int]:
    """Where to kill: every step of the ledger, and steps of the store spread evenly over the night (from 1)."""
    ledger = [n for n, what in enumerate(steps, 1) if what in ("noted", "committed")]
    others = [n for n in range(1, len(steps) + 1) if n not in ledger]
    left = DRIVEN - len(ledger)
    return sorted(ledger + [others[n * len(others) // left] for n in range(left)])


def test_46_kills_at_steps_of_the_store_and_the_ledger(undisturbed: Undisturbed, tmp_path: Path) -> None:
    def kill_and_repeat(fatal: int) -> str | None:
        """What is wrong, or None."""
        root = tmp_path / f"{fatal}"
        shutil.copytree(undisturbed.empty, root)
        if (ended := night(root, undisturbed.given, fatal)) != -signal.SIGKILL:
            return f"not killed but ended with {ended}"
        if (ended := night(root, undisturbed.given)) != 0:
            return f"the second run ended with {ended}"
        if contents(root) != undisturbed.contents:
            return "other files"
        if notes.complete_days(root) != [FIRST, FIRST.replace(day=4), LAST] or notes.runs(root)[-1].finished_at is None:
            return "another ledger"
        shutil.rmtree(root)
        return None

    kills = fatal_steps(undisturbed.steps)
    with ThreadPoolExecutor(2) as pool:
        found = dict(zip(kills, pool.map(kill_and_repeat, kills), strict=True))
    wrong = {f"{fatal} {undisturbed.steps[fatal - 1]}": what for fatal, what in found.items()}
    assert len(wrong) == len(set(kills)) == DRIVEN
    assert {where: what for where, what in wrong.items() if what} == {}


def kill(arguments: list[str], fatal: int, *real: str) -> int:
    """The real command line, killed at a step; its exit code."""
    return subprocess.run(
        command(*real, str(fatal), *arguments, module="tests.killed"), env=environment(), capture_output=True, check=False
    ).returncode


# steps of `laidian run` alone: while hearing, between a day's tables, between the log's tables, before the ledger closes
@pytest.mark.parametrize("share", [0.1, 0.4, 0.7, 0.99])
def test_4_kills_of_laidian_run_with_its_server(undisturbed: Undisturbed, tmp_path: Path, share: float) -> None:
    root = tmp_path / "workspace"
    shutil.copytree(undisturbed.empty, root)
    small_centre.take(root, small_centre.Files.under(undisturbed.given))
    opened = next(n for n, what in enumerate(undisturbed.steps) if what.endswith(".json")) - 2
    fatal = round(share * (len(undisturbed.steps) - opened))
    assert kill(["run", "-w", str(root), *DAYS], fatal) == -signal.SIGKILL
    assert notes.complete_days(root) == [] and notes.runs(root)[-1].finished_at is None
    assert servers_left(root) == []
    done = laidian("run", "-w", str(root), *DAYS)
    assert done.returncode == 0, done.stderr
    assert contents(root) == undisturbed.contents
    assert servers_left(root) == []


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A workspace with real sample calls read but not heard, and what an undisturbed night with the real recogniser leaves."""
    folder = tmp_path_factory.mktemp("heard")
    with (demo.sample() / "contacts.csv").open(encoding="utf-8") as file:
        log = csv.DictReader(file)
        rows = [row for row in log if row["contact_id"] in ("C001", "C003", "C007")]
    (folder / "recordings" / "audio").mkdir(parents=True)
    for row in (row for row in rows if row["recording"]):
        shutil.copy(demo.sample() / row["recording"], folder / "recordings" / row["recording"])
    with (folder / "contacts.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, log.fieldnames or [])
        out.writeheader()
        out.writerows(rows)
    root = folder / "empty"
    assert laidian("init", str(root)).returncode == 0
    given = ["--contacts", str(folder / "contacts.csv"), "--recordings", str(folder / "recordings")]
    assert laidian("ingest", "-w", str(root), *given).returncode == 0
    shutil.copytree(root, folder / "whole")
    days = {row["started_at"][:10] for row in rows}
    assert kill(["run", "-w", str(folder / "whole"), "--from", min(days), "--to", max(days)], 0, "real") == 0
    return root, contents(folder / "whole")


@pytest.mark.model
@pytest.mark.parametrize("fatal", [4, 9, 30])  # the first transcript written; the day's tables; the log's tables
def test_3_kills_with_the_real_recogniser(heard: tuple[Path, dict[str, str]], tmp_path: Path, fatal: int) -> None:
    empty, whole = heard
    root = tmp_path / "workspace"
    shutil.copytree(empty, root)
    days = [str(d) for d in store.days(root, Leg)]
    arguments = ["run", "-w", str(root), "--from", min(days), "--to", max(days)]
    assert kill(arguments, fatal, "real") == -signal.SIGKILL
    assert servers_left(root) == []
    assert kill(arguments, 0, "real") == 0
    assert contents(root) == whole
    assert store.read(root, Recording).filter(pl.col("speech_s").list.sum() > 5).height >= 2
    assert servers_left(root) == []
