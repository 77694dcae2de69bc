"""Prefect's surroundings: whose server, whose home, and that nothing is inherited. (The real flow: tests/flows.)"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from laidian import prefect_env
from laidian.errors import FlowError


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with logs/, and an environment that is put back as it was."""
    (tmp_path / "logs").mkdir()
    for name in [n for n in os.environ if n.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    return tmp_path


def prefect_variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("PREFECT_")}


def test_a_named_server_is_used_and_nothing_inherited_stays(root: Path) -> None:
    os.environ.update(
        PREFECT_API_KEY="pnu_x", PREFECT_API_URL="https://api.prefect.cloud/api", PREFECT_RESULTS_PERSIST_BY_DEFAULT="true"
    )
    with prefect_env.server(root, "http://127.0.0.1:4200/api"):
        found = prefect_variables()
    assert found["PREFECT_API_URL"] == "http://127.0.0.1:4200/api"
    assert found["PREFECT_HOME"] == str((root / ".prefect").resolve())
    assert found["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert os.environ["DO_NOT_TRACK"] == "1"
    assert not {"PREFECT_API_KEY", "PREFECT_RESULTS_PERSIST_BY_DEFAULT"} & set(found)


def test_only_the_owner_can_look_into_prefects_home(root: Path) -> None:
    with prefect_env.server(root, "http://127.0.0.1:4200/api"):
        assert (root / ".prefect").stat().st_mode & 0o777 == 0o700


def test_a_server_that_does_not_start_is_told_with_its_log(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    told = r"Prefect server: it did not start; .*; read .*logs/prefect-server\.log, then try again"
    with pytest.raises(FlowError, match=told), prefect_env.server(root, None):
        raise AssertionError("no server, no night")


def test_a_child_whose_parent_is_gone_ends_by_itself() -> None:
    """The parent may die before the child has asked to be killed with it; it compares the parent's number."""
    assert subprocess.run([sys.executable, "-m", "laidian.prefect_env", "0", "1"], check=False, timeout=60).returncode == 0


def test_the_settings_of_the_folder_one_stands_in_are_not_prefects(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prefect reads pyproject.toml, prefect.toml and .env of the working folder: a broken one failed a night."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "pyproject.toml").write_text("no TOML at all")
    monkeypatch.chdir(elsewhere)
    with prefect_env.server(root, "http://127.0.0.1:4200/api"):
        assert not any(Path(name).exists() for name in ("pyproject.toml", "prefect.toml", ".env"))
    assert Path.cwd() == elsewhere
