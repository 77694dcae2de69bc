"""A cue of somebody who is not likely enough the customer is found, and is no evidence."""

from datetime import date
from pathlib import Path

import pytest
from laidian import steps, store, workspace
from laidian.tables import Cue, Spoken, Utterance, from_rows

DAY, SAID = date(2025, 3, 3), "我都打了三次电话了，还是没有人管"


@pytest.mark.parametrize(
    ("probability", "speaker"), [(0.74, "unknown"), (0.75, "customer"), (1.0, "customer"), (None, "customer")]
)
def test_a_cue_counts_for_whom_surely_says_it(tmp_path: Path, probability: float | None, speaker: str) -> None:
    workspace.create(tmp_path / "w")
    for row in (Spoken, Utterance):
        told = row("C1", 1, 0, 0, "customer", 0.0, 4.0, SAID, 0.9, probability)
        store.publish(tmp_path / "w", from_rows([told], row), row, DAY)
    steps.find_cues(tmp_path / "w", DAY)
    found = store.read(tmp_path / "w", Cue, [DAY])
    assert set(found["speaker"]) == {speaker}
    assert "explicit_count" in found["kind"].to_list()
