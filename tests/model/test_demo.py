"""The demo with the real recogniser against the sample calls' truth: what issue 2 must show."""

from pathlib import Path

import pytest
from laidian import demo
from laidian.cli import nights

pytestmark = [pytest.mark.slow, pytest.mark.model]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> demo.Result:
    """Through the real flow, as `laidian demo` runs it."""
    return demo.run(tmp_path_factory.mktemp("demo") / "workspace", nights.night, lambda _: None)


def test_every_corrupt_or_silent_recording_is_reported(shown: demo.Result) -> None:
    assert (shown.faults.missed, shown.faults.false) == ([], [])
    assert shown.faults.truth >= 2


def test_no_recording_of_the_log_is_lost(shown: demo.Result) -> None:
    assert shown.lost == []
    assert shown.recordings >= 59


def test_repeat_links_at_most_one_missed_and_one_false(shown: demo.Result) -> None:
    assert shown.links.truth >= 12
    assert len(shown.links.missed) <= 1, shown.links
    assert len(shown.links.false) <= 1, shown.links


def test_repeat_cues_four_of_five_found_and_at_most_one_false(shown: demo.Result) -> None:
    assert shown.cues.right >= 0.8 * shown.cues.truth, shown.cues
    assert len(shown.cues.false) <= 1, shown.cues


def test_call_reasons_four_of_five_right(shown: demo.Result) -> None:
    assert shown.reasons.right >= 0.8 * shown.reasons.truth, shown.reasons


def test_the_report_and_the_workbook_are_there(shown: demo.Result) -> None:
    assert [Path(file).suffix for file in shown.files if Path(file).stat().st_size > 10_000] == [".html", ".xlsx"]
