"""A call in two files, a person a file: one recording of two channels, whoever is missing silent, whoever speaks known."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from laidian import audio, steps, store, workspace
from laidian.audio import Halves, Reader
from laidian.engines import RATE
from laidian.errors import SettingsError
from laidian.ingest import whole_name
from laidian.settings import RawAudio, Recordings, load
from laidian.tables import Recording, Rejected, Spoken

from tests.fake_engine import install, voice, write_wav

SIDE = "(?P<agent>_tx)|(?P<customer>_rx)"
TOML = f"[recordings]\nside = '{SIDE}'\n[hearing]\nengine = 'fake'\n"
LINES = ("您好，云桥通信客服，请问有什么可以帮您", "我都打了三次电话了，宽带还是上不了网")
DAY = date(2025, 3, 3)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Heard by the fake engine: C1 by its id, C2 and C3 by the log's names, half of C4, a half of C5 broken, one of C6 cut."""
    install(LINES)
    root, folder = tmp_path / "w", tmp_path / "recordings"
    workspace.create(root)
    (root / "laidian.toml").write_text(TOML, encoding="utf-8")
    for name in ("C1_tx.wav", "two_tx.wav", "three_tx.wav", "C4_tx.wav"):
        write_wav(folder / name, voice(0))
    for name in ("C1_rx.wav", "two_rx.wav", "three_rx.wav", "C5_rx.wav"):
        write_wav(folder / name, np.concatenate([np.zeros(24000), voice(1)]))
    (folder / "C5_tx.wav").write_bytes(b"RIFF and nothing")
    cut = write_wav(folder / "C6_tx.wav", voice(0, 6.0))
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    write_wav(folder / "C6_rx.wav", np.concatenate([np.zeros(48000), voice(1)]))
    rows = ["C1,", "C2,two_tx.wav;two_rx.wav", "C3,three_rx.wav", "C4,", "C5,", "C6,"]
    log = "\n".join(["contact_id,recording,started_at,status", *(f"{row},2025-03-03 09:00,answered" for row in rows)])
    (tmp_path / "log.csv").write_text(log, encoding="utf-8")
    steps.take(root, "contacts", tmp_path / "log.csv")
    steps.add_recordings(root, folder)
    for batch in steps.batches(root, [DAY]):
        steps.hear(root, batch)
    steps.assemble(root, DAY)
    return root


def test_two_halves_are_heard_as_one_recording_and_each_speaks_for_itself(root: Path) -> None:
    spoken = store.read(root, Spoken, [DAY])
    for contact in ("C1", "C2", "C3"):
        said = [(r["speaker"], r["text"]) for r in spoken.filter(contact_id=contact).iter_rows(named=True)]
        assert said == [("agent", LINES[0]), ("customer", LINES[1])]
        (heard,) = store.read(root, Recording, [DAY]).filter(contact_id=contact).iter_rows(named=True)
        assert (heard["channels"], heard["faults"], heard["recording_no"]) == (2, [], 1)
    assert spoken.filter(contact_id="C1")["speaker_probability"].min() > 0.9


def test_a_vocabulary_is_written_when_the_day_is_put_together_and_no_recording_is_heard_anew(root: Path) -> None:
    (root / "names.txt").write_text("云乔通信\n", encoding="utf-8")
    (root / "laidian.toml").write_text(TOML + "vocabulary = 'names.txt'\n", encoding="utf-8")
    assert [steps.hear(root, batch) for batch in steps.batches(root, [DAY])] == [0.0]
    before = store.read(root, Spoken, [DAY]).filter(contact_id="C1")
    steps.assemble(root, DAY)
    after = store.read(root, Spoken, [DAY]).filter(contact_id="C1")
    assert (before["corrected"].to_list(), after["corrected"].to_list()) == ([0, 0], [1, 0])
    assert after["text"].to_list() == [LINES[0].replace("云桥", "云乔"), LINES[1]]
    assert after["start"].to_list() == before["start"].to_list()


def test_a_missing_half_is_a_silent_side(root: Path) -> None:
    (heard,) = store.read(root, Recording, [DAY]).filter(contact_id="C4").iter_rows(named=True)
    assert (heard["channels"], heard["faults"]) == (2, ["one_sided"])
    assert store.read(root, Spoken, [DAY]).filter(contact_id="C4")["speaker"].to_list() == ["agent"]


def test_a_half_that_cannot_be_decoded_says_so(root: Path) -> None:
    (heard,) = store.read(root, Recording, [DAY]).filter(contact_id="C5").iter_rows(named=True)
    assert heard["faults"] == ["corrupt"]
    assert store.read(root, Rejected).filter(contact_id="C5")["reason"].str.starts_with("corrupt: not decodable").all()
    assert not list((root / "vault").glob("joined-*")), "nothing is left behind"


def test_a_half_that_was_cut_off_makes_the_call_truncated(root: Path) -> None:
    (heard,) = store.read(root, Recording, [DAY]).filter(contact_id="C6").iter_rows(named=True)
    assert (heard["channels"], heard["faults"]) == (2, ["truncated"])


def test_the_joined_file_is_both_sounds_side_by_side(tmp_path: Path) -> None:
    agent, customer = voice(None, 2.0, seed=1), voice(None, 131.0, seed=2)
    halves = Halves(write_wav(tmp_path / "a.wav", agent), write_wav(tmp_path / "c.wav", customer))
    audio.join(halves, tmp_path / "both.wav", RawAudio())
    both = np.concatenate(list(Reader(tmp_path / "both.wav", RawAudio()).pieces()), axis=1)
    for channel, half in zip(both, (halves.agent, halves.customer), strict=True):
        assert half
        alone = np.concatenate(list(Reader(half, RawAudio()).pieces()), axis=1)[0]
        assert channel[: alone.size] == pytest.approx(alone, abs=2e-4)
        assert not channel[alone.size :].any()
    assert both.shape[1] / RATE == pytest.approx(132.0, abs=0.01)


def test_a_files_digest_tells_whose_half_it_is(tmp_path: Path) -> None:
    one, other = write_wav(tmp_path / "1.wav", voice(0)), write_wav(tmp_path / "2.wav", voice(1))
    digests = [Halves(one, other), Halves(other, one), Halves(one, None), Halves(None, one)]
    assert len({audio.digest(halves) for halves in digests}) == 4


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("a/C1_tx.wav", ("a/C1.wav", "agent")),
        ("a_tx/C1_rx.wav", ("a_tx/C1.wav", "customer")),
        ("C1.wav", ("C1.wav", None)),
    ],
)
def test_the_name_of_a_half_is_the_calls_and_a_side(name: str, whole: tuple[str, str | None]) -> None:
    assert whole_name(name, Recordings(side=SIDE)) == whole
    assert whole_name(name, Recordings()) == (name, None)


@pytest.mark.parametrize("side", ["(?P<agent>tx)", "tx|rx", "(?P<agent>tx"])
def test_a_pattern_of_sides_must_name_both(tmp_path: Path, side: str) -> None:
    (tmp_path / "laidian.toml").write_text(f"[recordings]\nside = '{side}'\n")
    with pytest.raises(SettingsError, match=r"recordings\.side"):
        load(tmp_path / "laidian.toml")
