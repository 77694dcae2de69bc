"""The recogniser's child process: a recording it crashes, hangs or raises on costs itself and says why."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from laidian import steps
from laidian.errors import InputError
from laidian.settings import Settings
from laidian.steps import process, recogniser

from tests.failing_recogniser import CRASH, HANG, LINES, OTHER, RAISE, WELL
from tests.fake_engine import voice, write_wav
from tests.fake_laidian import environment


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setattr(process, "COMMAND", [sys.executable, "-m", "tests.failing_recogniser"])
    monkeypatch.setattr(recogniser, "OWN", {"failing"})
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    chosen = Settings.model_validate({"hearing": {"engine": "failing", "timeout_s": 20}})
    yield chosen
    recogniser._child(chosen.hearing, chosen.audio).stop()
    recogniser._child.cache_clear()


def calls(folder: Path, *lines: int) -> list[Path]:
    return [write_wav(folder / f"{n}.wav", voice(line, seed=n), voice(WELL, seed=50 + n)) for n, line in enumerate(lines)]


def test_each_failing_recording_is_given_up_with_its_reason_and_the_others_are_heard(tmp_path: Path, settings: Settings) -> None:
    paths = calls(tmp_path, WELL, CRASH, OTHER, RAISE, WELL)
    found = dict(recogniser.hear(paths, settings))
    assert {path.stem: heard.faults for path, heard in found.items()} == {
        "0": [], "1": ["recogniser_failed"], "2": [], "3": ["recogniser_failed"], "4": [],
    }  # fmt: skip
    assert "signal 11), twice" in str(found[paths[1]].error)
    assert str(found[paths[3]].error).startswith("RuntimeError at failing_recogniser.py:")
    assert "138" not in str(found[paths[3]].error), "an exception's text may quote a customer"
    assert [u.text for u in found[paths[2]].utterances if u.channel == 0] == [LINES[OTHER]]


def test_a_process_begun_beforehand_is_the_one_that_hears(tmp_path: Path, settings: Settings) -> None:
    process.begin()
    (begun,) = process._begun
    ((_, heard),) = recogniser.hear(calls(tmp_path, OTHER), settings)
    assert heard.faults == []
    assert recogniser._child(settings.hearing, settings.audio)._process is begun and not process._begun


def test_a_recording_that_hangs_is_given_up_after_the_timeout(tmp_path: Path, settings: Settings) -> None:
    paths = calls(tmp_path, HANG, OTHER)
    found = dict(recogniser.hear(paths, settings))
    assert found[paths[0]].faults == ["recogniser_failed"]
    assert "no sign of life from the recogniser for 20 s, twice" in str(found[paths[0]].error)
    assert found[paths[1]].faults == []


def test_transcribe_writes_one_json_a_recording_and_goes_on_after_bad_ones(tmp_path: Path, settings: Settings) -> None:
    good = calls(tmp_path / "in", OTHER)[0]
    (tmp_path / "in" / "bad.mp3").write_bytes(b"no sound")
    done = list(steps.transcribe_files([tmp_path / "in", tmp_path / "gone.wav"], tmp_path / "out", "1", settings))
    assert {w.file.name: w.faults for w in done} == {"gone.json": ("missing",), "bad.json": ("corrupt",), "0.json": ()}
    told = json.loads((tmp_path / "out" / "0.json").read_text(encoding="utf-8"))
    assert list(told) == ["recording", "sha256", "duration_s", "channels", "faults", "speech_s", "utterances"]
    assert told["recording"] == good.name
    assert list(told["utterances"][0]) == [
        "channel", "speaker", "start", "end", "text", "confidence", "speaker_probability",
    ]  # fmt: skip
    assert {(u["channel"], u["speaker"]) for u in told["utterances"]} == {(0, "customer"), (1, "agent")}


def test_two_recordings_that_differ_in_their_ending_keep_it(tmp_path: Path, settings: Settings) -> None:
    for name in ("a.wav", "a.mp3"):
        (tmp_path / name).write_bytes(b"no sound")
    done = list(steps.transcribe_files([tmp_path / "a.wav", tmp_path / "a.mp3"], tmp_path / "out", None, settings))
    assert {w.file.name for w in done} == {"a.wav.json", "a.mp3.json"}
    with pytest.raises(InputError, match="two recordings of one name"):
        list(steps.transcribe_files([tmp_path / "a.wav", tmp_path / "out" / ".." / "a.wav"], tmp_path / "out", None, settings))
