"""What an operator is told when a file is not what laidian needs: drawn as the file, what `laidian ingest` says, how it ends.

A file that cannot be used as a whole ends with 4 and one line; a row that cannot be used is counted, told with its reason and
line, and the rest is taken.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from laidian import steps, store, workspace
from laidian.tables import Leg

from tests import small_centre
from tests.command_line import laidian
from tests.fake_engine import install, voice, write_wav

# name of the case: the file's name, its encoding, its text, what is said
WHOLE = {
    "missing column": (
        "log.csv", "utf-8", "contact_id,phone\nC1,13800138000\n",
        "log.csv: columns contact_id, phone; expected also started_at; "
        'add under [columns.contacts] in laidian.toml: "<column in the file>" = "started_at"',
    ),
    "columns by other names": (
        "log.csv", "utf-8", "流水号,开始时间\nC1,2025-03-03 09:00\n",
        "log.csv: columns 流水号, 开始时间; expected also contact_id, started_at; "
        'add under [columns.contacts] in laidian.toml: "流水号" = "contact_id" and "开始时间" = "started_at"',
    ),
    "no line of column names": (
        "log.csv", "utf-8", "C1,13800138000,2025-03-03 09:00\nC2,13800138001,2025-03-03 09:05\n",
        "log.csv: a first line that looks like a row; expected a first line of column names; "
        "add one, or delete the lines above it",
    ),
    "wrong encoding": (
        "log.csv", "utf-16", "contact_id,started_at\nC1,2025-03-03 09:00\n",
        "log.csv: UTF-16 text (Excel's «Unicode text»); expected UTF-8 (with or without BOM) or GB18030; "
        "save it again as «CSV UTF-8»",
    ),
    "traditional characters in Taiwan's encoding": (
        "log.csv", "big5", "contact_id,started_at,queue\nC1,2025-03-03 09:00,寬頻故障報修專線\n",
        "log.csv: Big5 text; expected UTF-8 (with or without BOM) or GB18030; save it again as «CSV UTF-8»",
    ),
    "empty file": (
        "log.csv", "utf-8", "",
        "log.csv: an empty file; expected a line of column names and at least one row; "
        "check the file; where there is nothing to read, do not name it",
    ),
    "columns without rows": (
        "log.csv", "utf-8", "contact_id,started_at\n",
        "log.csv: column names and no rows; expected a line of column names and at least one row; "
        "check the file; where there is nothing to read, do not name it",
    ),
    "text under the name of a workbook": (
        "log.xlsx", "utf-8", "contact_id,started_at\nC1,2025-03-03 09:00\n",
        "log.xlsx: no workbook; expected the format its name says (.xlsx); rename it, or save it again in that format",
    ),
    "a format nobody reads": (
        "log.doc", "utf-8", "contact_id,started_at\nC1,2025-03-03 09:00\n",
        "log.doc: a name ending in «.doc»; expected .csv .jsonl .ndjson .parquet .tsv .txt .xlsm .xlsx; "
        "save it as CSV UTF-8 or as an XLSX workbook",
    ),
}  # fmt: skip

# name of the case: the file's text, rows (read, new, duplicates, rejected), what is said of the rejected rows
ROWS = {
    "bad date": (
        "contact_id,started_at\nC1,2025-13-45 09:00\nC2,yesterday\nC3,2025-03-03 09:00\n",
        (3, 1, 0, 2),
        ["rejected, 1 x started_at: a day or an hour that does not exist (the first is line 2)",
         "rejected, 1 x started_at: not a time such as 2025-03-03 09:12:00 (the first is line 3)"],
    ),
    "an id eaten by Excel": (
        "contact_id,started_at\n1.03E+18,2025-03-03 09:00\n1.03E+18,2025-03-03 10:00\nC3,2025-03-03 11:00\n",
        (3, 1, 0, 2),
        ["rejected, 2 x contact_id: shortened by Excel (as in 1.03E+18), its digits are lost; export this column as text "
         "(the first is line 2)"],
    ),
    "duplicate leg": (
        "contact_id,call_id,leg_no,started_at\nC1,K1,1,2025-03-03 09:00\nC1,K1,1,2025-03-03 09:00\nC2,K1,2,2025-03-03 09:05\n",
        (3, 2, 1, 0),
        ["a duplicate repeats the key of another row of the file; such rows are taken once"],
    ),
    "a value nobody knows": (
        "contact_id,started_at,direction\nC1,2025-03-03 09:00,呼进\nC2,2025-03-03 10:00,inbound\n",
        (2, 1, 0, 1),
        ["rejected, 1 x direction: a value outside its list; allowed are inbound outbound; "
         "map it in laidian.toml [values.contacts.direction] (the first is line 2)"],
    ),
    "a row of another length": (
        "contact_id,started_at\nC1,2025-03-03 09:00,more\nC2,2025-03-03 10:00\n",
        (2, 1, 0, 1),
        ["(the first is line 2)"],
    ),
    "an empty id": (
        "contact_id,started_at\n,2025-03-03 09:00\nC2,2025-03-03 10:00\n",
        (2, 1, 0, 1),
        ["rejected, 1 x contact_id: empty (the first is line 2)"],
    ),
}  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    workspace.create(tmp_path / "w")
    return tmp_path / "w"


@pytest.mark.parametrize("case", WHOLE)
def test_a_file_that_cannot_be_used_ends_with_4_and_changes_nothing(
    case: str, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, encoding, text, message = WHOLE[case]
    (tmp_path / name).write_text(text, encoding=encoding)
    monkeypatch.chdir(tmp_path)
    before = sorted(p for p in root.rglob("*") if p.suffix == ".parquet")
    said = laidian(capsys, "ingest", "-w", root, "--contacts", name)
    assert said.err == f"laidian: {message}\n"
    assert (said.code, said.out) == (4, "")
    assert sorted(p for p in root.rglob("*") if p.suffix == ".parquet") == before


@pytest.mark.parametrize("case", ROWS)
def test_a_row_that_cannot_be_used_is_counted_and_told_and_the_rest_is_taken(
    case: str, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, (rows, new, duplicates, rejected), reasons = ROWS[case]
    (tmp_path / "log.csv").write_text(text, encoding="utf-8")
    said = laidian(capsys, "ingest", "-w", root, "--contacts", tmp_path / "log.csv")
    assert (said.code, said.err) == (0, "")
    first, *rest = said.out.splitlines()
    assert first.startswith(f"contacts: {rows} rows read, {new} new, {duplicates} duplicates, {rejected} rejected")
    assert [reason for reason in reasons if not any(reason in line for line in rest)] == []
    assert store.read(root, Leg).height == new
    kept = root / "rejected" / "log.csv.jsonl"
    assert len(kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []) == rejected


def test_a_file_without_one_usable_row_ends_with_4_after_its_reasons(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log.csv").write_text("contact_id,started_at\nC1,yesterday\nC2,today\n", encoding="utf-8")
    said = laidian(capsys, "ingest", "-w", root, "--contacts", tmp_path / "log.csv")
    assert said.code == 4
    assert "rejected, 2 x started_at: not a time" in said.out
    assert said.err == (
        "laidian: laidian ingest --contacts: all 2 rows rejected; expected a row that can be used; "
        "see rejected/log.csv.jsonl, and: laidian ingest --contacts F --check\n"
    )


@pytest.mark.parametrize("case", [case for case, (_, counts, _) in ROWS.items() if counts[3]])
def test_a_mended_file_read_again_takes_its_rejected_rows_away(
    case: str, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log.csv").write_text(ROWS[case][0], encoding="utf-8")
    laidian(capsys, "ingest", "-w", root, "--contacts", tmp_path / "log.csv")
    (tmp_path / "log.csv").write_text("contact_id,started_at\nC9,2025-03-03 09:00\n", encoding="utf-8")
    laidian(capsys, "ingest", "-w", root, "--contacts", tmp_path / "log.csv")
    said = laidian(capsys, "sql", "-w", root, "SELECT count(*) AS n FROM rejected", "--json")
    assert '"n": 0' in said.out
    assert not (root / "rejected" / "log.csv.jsonl").exists()


RECORDINGS = {
    "corrupt.wav": "corrupt: not decodable (InvalidDataError); copy the recording again",
    "empty.wav": "corrupt: an empty file; copy the recording again",
    "headerless.raw": "corrupt: a headerless file; declare [audio.raw] codec, rate and channels in laidian.toml",
    "encrypted.nmf": "an encrypted or vendor's own container (.nmf): export it as WAV or MP3 with the recorder's own tool",
    "log.csv": "recording: an encrypted or vendor's own container (.nmf): export it as WAV or MP3 with the recorder's own tool",
    "missing.wav": "missing: the file is in no recordings folder; copy it there and run the day again",
}


@pytest.fixture
def heard(root: Path, tmp_path: Path) -> Iterator[Path]:
    """A workspace whose one day was heard, by the fake engine, with one good recording among the bad ones."""
    install(small_centre.LINES)
    small_centre.use_fake(root)
    folder = tmp_path / "recordings"
    write_wav(folder / "good.wav", voice(0), voice(1))
    (folder / "corrupt.wav").write_bytes(b"RIFF and then nothing")
    (folder / "empty.wav").touch()
    (folder / "headerless.raw").write_bytes(b"\x01" * 1000)
    (folder / "encrypted.nmf").write_bytes(b"\x01" * 1000)
    names = ["good.wav", *(name for name in RECORDINGS if name != "log.csv")]
    rows = [f"C{n},2025-03-03 09:0{n},answered,{name}" for n, name in enumerate(names)]
    (tmp_path / "log.csv").write_text("\n".join(["contact_id,started_at,status,recording", *rows]), encoding="utf-8")
    steps.take(root, "contacts", tmp_path / "log.csv")
    steps.add_recordings(root, folder)
    day = date(2025, 3, 3)
    for batch in steps.batches(root, [day]):
        steps.hear(root, batch)
    steps.assemble(root, day)
    store.build_views(root)
    yield root


def test_a_recording_that_cannot_be_heard_is_told_and_the_others_are_heard(
    heard: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = laidian(capsys, "sql", "-w", heard, "SELECT source, reason FROM rejected ORDER BY source", "--json").out
    for name, reason in RECORDINGS.items():
        assert f'"source": "{name}",\n  "reason": "{reason}"' in told
    assert told.count('"source"') == len(RECORDINGS)
    spoken = laidian(capsys, "sql", "-w", heard, "SELECT DISTINCT contact_id FROM utterances", "--json").out
    assert spoken.count('"contact_id"') == 1 and '"C0"' in spoken


def test_a_recording_that_cannot_be_used_is_told_when_its_folder_is_named(
    heard: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = laidian(capsys, "ingest", "-w", heard, "--recordings", tmp_path / "recordings")
    assert said.out.splitlines() == [
        "recordings: 4 matched, 1 named in the log but missing, 2 answered calls without audio, 0 files without a contact, "
        "2 rejected",
        f"  rejected, 1 x {RECORDINGS['log.csv']} (the first is line 6)",
        f"  rejected, 1 x {RECORDINGS['encrypted.nmf']}",
    ]


def test_folders_and_days_that_are_none_say_so(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = laidian(capsys, "ingest", "-w", root, "--recordings", "nowhere")
    assert (said.code, said.err) == (
        4,
        "laidian: nowhere: no such folder; expected a folder of recordings; correct --recordings\n",
    )
    said = laidian(capsys, "run", "-w", root, "--day", "3.3.2025")
    assert said.code == 2
    assert "found '3.3.2025'; expected a day as YYYY-MM-DD" in said.err
