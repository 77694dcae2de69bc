"""Recordings matched to legs: by the log, by id, by a pattern; and what is left over on both sides."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from laidian.errors import SettingsError
from laidian.ingest import Reconciled, reconcile
from laidian.ingest.legs import frames, leg_of
from laidian.settings import Settings
from laidian.tables import Rejected, check

NINE = datetime(2025, 3, 3, 9)
PATTERN = r"(?P<date>\d{8})_(?P<time>\d{6})_(?P<phone>\d+)_(?P<agent_id>\d+)"


def leg(contact_id: str, call_id: str | None = None, leg_no: int = 1, minute: float = 0, **more: Any) -> dict[str, Any]:
    return {
        "contact_id": contact_id,
        "call_id": call_id,
        "leg_no": leg_no,
        "started_at": NINE + timedelta(minutes=minute),
        **more,
    }


def match(legs: list[dict[str, Any]], files: list[str], **recordings: object) -> Reconciled:
    pairs = [leg_of(row, row["leg_no"], b"s" * 32) for row in legs]
    tables = frames(
        (one | {"source": f"contacts.csv:{line}"}, identifier) for line, (one, identifier) in enumerate(pairs, start=2)
    )
    found = reconcile(*tables, files, Settings.model_validate({"recordings": recordings}))
    check(found.rejected, Rejected)
    return found


def paths(found: Reconciled) -> list[tuple[object, ...]]:
    return found.matches.rows()


def test_names_in_the_log_are_found_with_and_without_folders_and_suffix() -> None:
    legs = [
        leg("C1", recording=["a.wav"]),
        leg("C2", recording=["D:\\rec\\0303\\b.wav"]),
        leg("C3", recording=["c"]),
        leg("C4", recording=["gone.wav"]),
        leg("C5", recording=["0304/d.wav"]),
    ]
    found = match(legs, ["0303/a.wav", "0303/b.wav", "c.mp3", "0303/d.wav", "0304/d.wav", "notes.txt"])
    assert paths(found) == [
        ("C1", 1, 1, "0303/a.wav", False),
        ("C2", 1, 1, "0303/b.wav", False),
        ("C3", 1, 1, "c.mp3", False),
        ("C4", 1, 1, "gone.wav", True),
        ("C5", 1, 1, "0304/d.wav", False),
    ]
    assert found.contacts_without_audio["contact_id"].to_list() == ["C4"]
    assert found.audio_without_contact == ("0303/d.wav",)


def test_recordings_count_from_one_in_each_call_in_order_of_legs() -> None:
    legs = [
        leg("L2", "K", 2, recording=["c.wav"]),
        leg("L1", "K", 1, recording=["b.wav", "a.wav"]),
        leg("C2", recording=["d.wav"]),
    ]
    assert paths(match(legs, ["a.wav", "b.wav", "c.wav", "d.wav"])) == [
        ("C2", 1, 1, "d.wav", False),
        ("K", 1, 1, "b.wav", False),
        ("K", 1, 2, "a.wav", False),
        ("K", 2, 3, "c.wav", False),
    ]


def test_one_recording_of_the_whole_call_named_by_each_leg_counts_once() -> None:
    legs = [leg("L1", "K", 1, recording=["k.wav"]), leg("L2", "K", 2, recording=["k.wav"])]
    assert paths(match(legs, ["k.wav"])) == [("K", 1, 1, "k.wav", False)]


def test_a_recording_named_by_two_calls_stays_with_the_first() -> None:
    found = match([leg("C1", recording=["a.wav"]), leg("C2", recording=["a.wav"])], ["a.wav"])
    assert paths(found) == [("C1", 1, 1, "a.wav", False)]
    assert found.rejected.select("source", "reason").rows() == [("a.wav", "named by two calls; kept with the first")]
    assert found.contacts_without_audio["contact_id"].to_list() == ["C2"]


def test_files_named_after_the_contact_or_the_call() -> None:
    legs = [leg("C1"), leg("L1", "K", 1), leg("L2", "K", 2), leg("C9", medium="chat"), leg("C8", status="abandoned")]
    found = match(legs, ["x/C1.wav", "C1.mp3", "K.opus", "L2.wav", "C7.wav"])
    assert paths(found) == [
        ("C1", 1, 1, "C1.mp3", False),
        ("C1", 1, 2, "x/C1.wav", False),
        ("K", 1, 1, "K.opus", False),
        ("K", 2, 2, "L2.wav", False),
    ]
    assert found.audio_without_contact == ("C7.wav",)
    assert found.contacts_without_audio.height == 0


PATTERN_CASES = [
    # what the file says | does it belong to the call of 09:00:00 from 13800138000 with agent 1001?
    ("20250303_090000_13800138000_1001.wav", True),
    ("sub/20250303_090159_13800138000_1001.wav", True),
    ("20250303_085801_013800138000_1001.wav", True),
    ("20250303_090201_13800138000_1001.wav", False),
    ("20250303_090000_13800138000_1002.wav", False),
    ("20250303_090000_13900139000_1001.wav", False),
    ("20251303_090000_13800138000_1001.wav", False),
    ("unnamed.wav", False),
]


@pytest.mark.parametrize(("path", "belongs"), PATTERN_CASES)
def test_files_named_by_time_number_and_agent(path: str, belongs: bool) -> None:
    found = match([leg("C1", phone="13800138000", agent_id="1001")], [path], name=PATTERN, tolerance_s=120)
    assert (found.matches.height == 1) is belongs
    assert found.audio_without_contact == (() if belongs else (path,))


def test_the_nearest_call_gets_the_file_and_a_withheld_number_needs_its_agent() -> None:
    legs = [
        leg("C1", phone="13800138000", agent_id="1001"),
        leg("C2", minute=1, phone="13800138000", agent_id="1001"),
        leg("C3", minute=1, agent_id="1002"),
    ]
    files = ["20250303_090005_13800138000_1001.wav", "20250303_090058_13800138000_1001.wav", "20250303_090101_0_1002.wav"]
    found = match(legs, files, name=PATTERN)
    assert found.matches.select("call_id", "path").rows() == list(zip(("C1", "C2", "C3"), files, strict=True))


def test_two_mono_files_of_one_call_are_two_recordings() -> None:
    pattern = r"(?P<date>\d{8})_(?P<time>\d{4})_(?P<phone>\d+)_(in|out)"
    files = ["20250303_0900_13800138000_in.wav", "20250303_0900_13800138000_out.wav"]
    found = match([leg("C1", phone="13800138000")], files, name=pattern)
    assert found.matches["recording_no"].to_list() == [1, 2]


def test_a_pattern_may_name_the_contact_itself() -> None:
    found = match([leg("C1"), leg("L1", "K")], ["rec-C1-x.wav", "rec-K-y.wav"], name=r"rec-(?P<call_id>\w+)-")
    assert found.matches["path"].to_list() == ["rec-C1-x.wav", "rec-K-y.wav"] or found.audio_without_contact == ("rec-C1-x.wav",)


def test_a_pattern_without_enough_groups() -> None:
    with pytest.raises(SettingsError, match="date and time with phone or agent_id"):
        match([leg("C1")], ["a.wav"], name=r"(?P<date>\d{8})")


REFUSED = [
    ("https://recorder.example/1?token=x", "a URL"),
    ("ftp://recorder/a.wav", "a URL"),
    ("a.nmf", r"\.nmf"),
    ("a.vox.enc", r"\.enc"),
]


@pytest.mark.parametrize(("name", "reason"), REFUSED)
def test_urls_and_encrypted_containers_in_the_log_are_refused_by_name(name: str, reason: str) -> None:
    found = match([leg("C1", recording=[name])], [])
    assert found.rejected.select("source", "line", "kind").rows() == [("contacts.csv", 2, "recording")]
    assert found.rejected.filter(pl.col("reason").str.contains(reason)).height == 1
    assert "token" not in found.rejected["reason"][0]
    assert found.matches.height == 0
    assert found.contacts_without_audio["contact_id"].to_list() == ["C1"]


def test_encrypted_containers_in_the_folder_are_refused_by_name() -> None:
    found = match([leg("C1")], ["C1.nmf", "C1.v3", "C1.wav"])
    assert found.matches["path"].to_list() == ["C1.wav"]
    assert found.rejected["source"].to_list() == ["C1.nmf", "C1.v3"]


def test_the_order_of_files_and_legs_does_not_matter() -> None:
    legs = [leg(f"C{n}", minute=n, phone=f"1380013800{n}", agent_id="1001") for n in range(5)]
    files = [f"20250303_090{n}00_1380013800{n}_1001.wav" for n in range(5)]
    forward, backward = match(legs, files, name=PATTERN), match(legs[::-1], files[::-1], name=PATTERN)
    assert forward.matches.equals(backward.matches)
    assert forward.matches.height == 5
