"""What is heard in one task: a busy day in several batches, consecutive quiet days in one, every recording once."""

from datetime import date
from pathlib import Path

import pytest
from laidian import steps, store, workspace
from laidian.steps import Batch
from laidian.tables import Spoken

from tests.fake_engine import install, voice, write_wav

LINE = "我家宽带又上不了网了"
DAYS = [date(2025, 3, n) for n in range(1, 8)]
RECORDINGS = [1, 0, 2, 5, 1, 2, 1]  # of each day
SHARED = [
    Batch((DAYS[0], DAYS[2]), 0, 3),
    Batch((DAYS[3],), 0, 3),
    Batch((DAYS[3],), 1, 2),
    Batch((DAYS[4], DAYS[5]), 0, 3),
    Batch((DAYS[6],), 0, 1),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with the recordings of a week and batches of three."""
    install([LINE])
    root, folder = tmp_path / "w", tmp_path / "recordings"
    workspace.create(root)
    (root / "laidian.toml").write_text('[hearing]\nengine = "fake"\nbatch = 3\n', encoding="utf-8")
    rows = [f"C{day.day}{n},{day} 09:0{n},answered" for day, count in zip(DAYS, RECORDINGS, strict=True) for n in range(count)]
    (tmp_path / "log.csv").write_text("\n".join(["contact_id,started_at,status", *rows]), encoding="utf-8")
    for row in rows:
        write_wav(folder / f"{row.split(',')[0]}.wav", voice(0, 2.0, seed=len(list(folder.glob("*")))))
    steps.take(root, "contacts", tmp_path / "log.csv")
    steps.add_recordings(root, folder)
    return root


def test_quiet_days_share_a_batch_and_every_recording_is_heard_once(root: Path) -> None:
    batches = steps.batches(root, DAYS)
    assert batches == SHARED
    told: list[float] = []
    heard = [steps.hear(root, batch, told.append) for batch in batches]
    assert [round(seconds / 3.0) for seconds in heard] == [batch.size for batch in batches]
    assert [round(seconds / 3.0) for seconds in told] == [1] * sum(RECORDINGS)
    assert sum(steps.hear(root, batch) for batch in batches) == 0
    for day, count in zip(DAYS, RECORDINGS, strict=True):
        steps.assemble(root, day)
        said = store.read(root, Spoken, [day])
        assert said["contact_id"].to_list() == [f"C{day.day}{n}" for n in range(count)]
        assert set(said["text"]) <= {LINE}
