"""The real flow on real servers, in processes of their own, with the fake engine: what goes where, and what does not."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from laidian import notes, store
from laidian.tables import ROWS, Link, Recording, Spoken

from tests import small_centre
from tests.fake_laidian import command, environment, laidian
from tests.small_centre import FIRST, LAST, SECRETS
from tests.traces import contents, flow_runs, servers_left, told_in

# What a shell of somebody who uses Prefect elsewhere may hold: none of it may lead a night astray.
FOREIGN = {
    "PREFECT_API_URL": "http://127.0.0.1:9/api",
    "PREFECT_API_KEY": "pnu_somebody",
    "PREFECT_PROFILE": "somebody",
    "PREFECT_LOGGING_LEVEL": "DEBUG",
    "PREFECT_SERVER_API_PORT": "9",
}
DAYS = ["--from", str(FIRST), "--to", str(LAST)]


@dataclass
class Nights:
    """One workspace after its three nights, and a second command that came while the first was at work."""

    root: Path
    foreign_home: Path
    first: subprocess.CompletedProcess[str]
    second: subprocess.CompletedProcess[str]
    first_was_running: bool


@pytest.fixture(scope="session")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    folder = tmp_path_factory.mktemp("nights")
    root, home = folder / "workspace", folder / "foreign"
    small_centre.found(root, small_centre.draw(folder / "given"))
    more = {**FOREIGN, "PREFECT_HOME": str(home)}
    arguments = command("run", "-w", str(root), *DAYS, "--json")
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(more)) as running:
        while not (root / ".prefect").exists() and running.poll() is None:
            time.sleep(0.05)
        second = laidian("run", "-w", str(root), *DAYS, more=more)
        still = running.poll() is None
        printed, told = running.communicate()
    return Nights(root, home, subprocess.CompletedProcess(arguments, running.returncode, printed, told), second, still)


def test_a_night_ends_well_and_prints_only_its_files(nights: Nights) -> None:
    assert nights.first.returncode == 0, nights.first.stderr
    made = json.loads(nights.first.stdout)
    assert [Path(file).suffix for file in made["files"]] == [".html", ".xlsx"]
    assert all(Path(file).is_file() for file in made["files"])
    assert store.days(nights.root, Spoken) == notes.complete_days(nights.root) == [FIRST, FIRST.replace(day=4), LAST]


def test_a_night_finds_what_was_put_in(nights: Nights) -> None:
    links = store.read(nights.root, Link).filter("repeat").select("contact_id", "earlier_contact_id").rows()
    assert links == [("F04", "F01"), ("F07", "F02")]
    faults = {c: f for c, f in store.read(nights.root, Recording).select("contact_id", "faults").iter_rows() if f}
    assert faults == {"F05": ["corrupt"], "F06": ["silent"], "F08": ["mono"], "F09": ["missing"]}


def test_a_second_run_says_so_and_stops_while_the_first_goes_on(nights: Nights) -> None:
    assert nights.second.returncode == 7
    assert nights.second.stdout == ""
    assert "another run is at work here; expected one run at a time; wait until it has ended" in nights.second.stderr
    assert nights.first_was_running


def test_inherited_prefect_settings_are_ignored(nights: Nights) -> None:
    assert flow_runs(nights.root / ".prefect") == [("laidian-nightly", "COMPLETED")]
    assert not nights.foreign_home.exists()


def test_the_server_ends_with_its_run(nights: Nights) -> None:
    assert servers_left(nights.root) == []


def test_no_word_name_or_number_of_a_customer_reaches_prefect_or_a_log(nights: Nights) -> None:
    spoken = "".join(store.read(nights.root, Spoken)["text"])
    assert sum(secret in spoken for secret in SECRETS) >= 8, "the search below must look for what really went in"
    assert told_in(nights.root / ".prefect") == []
    assert told_in(nights.root / "logs") == []
    assert [s for s in SECRETS if s in nights.first.stderr + nights.first.stdout + nights.second.stderr] == []


def test_no_number_or_address_reaches_the_lake_or_a_report(nights: Nights) -> None:
    numbers = [s for s in SECRETS if s.isascii() or "幺" in s]
    assert told_in(nights.root / "reports", numbers) == []
    for row in (row for row in ROWS if row.ROOM == "lake"):
        table = store.read(nights.root, row)
        assert [s for s in numbers if s in table.write_json()] == [], row.TABLE


@pytest.fixture(scope="session")
def named_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A server of the operator's own: its home, its address."""
    home = tmp_path_factory.mktemp("named") / "prefect"
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        more = {"PREFECT_HOME": str(home), "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
        child = subprocess.Popen(
            [sys.executable, "-m", "laidian.prefect_env", str(listening.fileno()), str(os.getpid())],
            pass_fds=[listening.fileno()], env=environment(more), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        yield home, f"http://127.0.0.1:{listening.getsockname()[1]}/api"
    child.terminate()
    child.wait(30)


def test_the_same_nights_again_on_a_named_server_change_no_byte(
    nights: Nights, named_server: tuple[Path, str], tmp_path: Path
) -> None:
    home, url = named_server
    root = tmp_path / "workspace"
    shutil.copytree(nights.root, root)
    shutil.rmtree(root / ".prefect")
    before = contents(root)
    small_centre.use_fake(root, f'[flow]\napi_url = "{url}"')
    done = laidian("run", "-w", str(root), *DAYS, more={**FOREIGN, "PREFECT_HOME": str(tmp_path / "foreign")})
    assert done.returncode == 0, done.stderr
    assert flow_runs(home) == [("laidian-nightly", "COMPLETED")]
    assert flow_runs(root / ".prefect") == []
    assert told_in(home) == []
    assert contents(root) == before
    assert len(before) > 20


def test_a_night_that_fails_over_a_customers_words_repeats_them_nowhere(
    nights: Nights, named_server: tuple[Path, str], tmp_path: Path
) -> None:
    home, url = named_server
    root = tmp_path / "workspace"
    shutil.copytree(nights.root, root)
    small_centre.use_fake(root, f'[flow]\napi_url = "{url}"', engine="indiscreet")
    done = laidian("run", "-w", str(root), *DAYS)
    assert (done.returncode, done.stdout) == (1, "")
    said = "KeyError at "
    assert f"laidian: stage hear: {said}" in done.stderr
    assert "please report this line; the night can be run again once it is mended" in done.stderr
    assert ("laidian-nightly", "FAILED") in flow_runs(home)
    assert [s for s in SECRETS if s in done.stderr] == []
    assert told_in(home) + told_in(root / "logs") + told_in(root / ".prefect") == []
    assert said.encode() in b"".join(path.read_bytes() for path in home.glob("prefect.db*")), "the search looks where errors go"
    assert notes.complete_days(root) == []
