"""Formats, encodings, and every way in which a file as a whole is refused."""

import json
from datetime import datetime, time
from pathlib import Path

import polars as pl
import pytest
from laidian.errors import InputError, SettingsError
from laidian.ingest import ingest, preview
from laidian.ingest.columns import KINDS
from laidian.settings import Settings
from laidian.tables import Identifier, Leg, check
from openpyxl import Workbook

SECRET = b"s" * 32
HEADER = ["contact_id", "started_at", "duration_s", "phone", "customer_name", "agent_id", "wrap_code"]
ROWS = [
    ["C1", "2025-03-03 09:12:00", "95", "13800138000", "王小明", "1001", "宽带障碍"],
    ["C2", "2025-03-03 10:00:00", "60", "", "", "1002", "话费，争议"],
]


def text(rows: list[list[str]], delimiter: str = ",") -> str:
    return "".join(delimiter.join(row) + "\r\n" for row in rows)


def workbook(path: Path, rows: list[list[object]], title_first: bool = False) -> Path:
    book = Workbook()
    if title_first:
        book.active.title = "说明"
        book.active.sheet_state = "hidden"
        sheet = book.create_sheet("话单")
    else:
        sheet = book.active
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def written(folder: Path, how: str) -> Path:
    csv = text([HEADER, *ROWS])
    match how:
        case "csv utf-8":
            (folder / "log.csv").write_bytes(csv.encode())
        case "csv utf-8 bom":
            (folder / "log.csv").write_bytes(csv.encode("utf-8-sig"))
        case "csv gb18030":
            (folder / "log.csv").write_bytes(csv.encode("gb18030"))
        case "csv semicolon":
            (folder / "log.csv").write_bytes(text([HEADER, *ROWS], ";").encode())
        case "csv wrapped for Excel":
            wrapped = [[f'"=""{c}"""' if c.isdigit() else f"{c}\t" for c in row] for row in ROWS]
            (folder / "log.csv").write_bytes(text([HEADER, *wrapped]).encode())
        case "tsv":
            (folder / "log.tsv").write_bytes(text([HEADER, *ROWS], "\t").encode())
        case "xlsx text":
            workbook(folder / "log.xlsx", [HEADER, *ROWS])
        case "xlsx typed":
            typed = [["C1", datetime(2025, 3, 3, 9, 12), time(0, 1, 35), 13800138000, "王小明", 1001, "宽带障碍"]]
            typed += [["C2", datetime(2025, 3, 3, 10), 60, None, None, 1002.0, "话费，争议"]]
            workbook(folder / "log.xlsx", [HEADER, *typed, [None] * 7], title_first=True)
        case "parquet":
            table = pl.DataFrame(ROWS, schema=HEADER, orient="row")
            table = table.with_columns(pl.col("started_at").str.to_datetime(), pl.col("duration_s", "agent_id").cast(pl.Int64))
            table.write_parquet(folder / "log.parquet")
        case "jsonl":
            lines = [json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in ROWS]
            (folder / "log.jsonl").write_text("\n\n".join(lines), encoding="utf-8")
    return next(folder.glob("log.*"))


FORMATS = [
    "csv utf-8", "csv utf-8 bom", "csv gb18030", "csv semicolon", "csv wrapped for Excel", "tsv", "xlsx text", "xlsx typed",
    "parquet", "jsonl",
]  # fmt: skip


@pytest.mark.parametrize("how", FORMATS)
def test_every_format_gives_the_same_tables(tmp_path: Path, how: str) -> None:
    (tmp_path / "reference").mkdir()
    reference = ingest("contacts", written(tmp_path / "reference", "csv utf-8"), Settings(), SECRET)
    read = ingest("contacts", written(tmp_path, how), Settings(), SECRET)
    assert check(read.tables[Leg], Leg).drop("source").equals(reference.tables[Leg].drop("source"))
    assert check(read.tables[Identifier], Identifier).equals(reference.tables[Identifier])
    assert (read.rows_read, read.rejected.height, read.unknown_columns) == (2, 0, {})
    assert read.tables[Leg]["wrap_code"].to_list() == ["宽带障碍", "话费，争议"]


def test_a_quoted_cell_over_two_lines_keeps_the_line_numbers(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text('contact_id,started_at,wrap_code\n\nC1,2025-03-03 09:00,"一\n二"\nC2,昨天,\n', encoding="utf-8")
    read = ingest("contacts", path, Settings(), SECRET)
    assert read.tables[Leg]["source"].to_list() == ["log.csv:3"]
    assert read.rejected["line"].to_list() == [5]


BAD_FILES = {
    "no such file": ("gone.csv", None, "no such file"),
    "empty": ("log.csv", b"", "an empty file"),
    "only blank lines": ("log.csv", b"\n\n \n", "an empty file"),
    "header only": ("log.csv", b"contact_id,started_at\n", "column names and no rows"),
    "unknown suffix": ("log.doc", b"x", "a name ending in «.doc»"),
    "UTF-16": ("log.csv", "contact_id\tstarted_at\nC1\t2025".encode("utf-16"), "UTF-16"),
    "another encoding": ("log.csv", b"contact_id,started_at\nC1,\xff\xff\xff\n", "text in another encoding"),
    "binary": ("log.csv", b"contact_id,started_at\n\x00\x01\x02\n", "text in another encoding"),
    "damaged UTF-8": ("log.csv", "contact_id,备注\nC1,宽带断网了很多次".encode() + b"\xe5\n", "broken bytes, first in line 2"),
    "XLSX named CSV": ("log.csv", b"PK\x03\x04" + bytes(40), "an XLSX workbook"),
    "CSV named XLSX": ("log.xlsx", b"contact_id,started_at\nC1,2025\n", "no workbook"),
    "broken XLSX": ("log.xlsx", b"PK\x03\x04" + bytes(40), "a workbook that does not open"),
    "old Excel": ("log.xlsx", b"\xd0\xcf\x11\xe0" + bytes(40), "an old Excel workbook"),
    "web page named CSV": ("log.csv", b"<html><table>", "a web page"),
    "CSV named Parquet": ("log.parquet", b"contact_id,started_at\nC1,2025\n", "no Parquet file"),
    "broken Parquet": ("log.parquet", b"PAR1" + bytes(40), "a damaged Parquet file"),
    "CSV named JSONL": ("log.jsonl", b"contact_id,started_at\nC1,2025\n", "no line that is a JSON object"),
    "no column names": (
        "log.csv",
        b"C1,2025-03-03 09:12:00,13800138000\nC2,2025-03-03 09:13:00,13800138001\n",
        "looks like a row",
    ),
    "open quote": ("log.csv", b'contact_id,started_at\nC1,2025\n"C2,2025\nC3,2025\n', "a row after line 2 that does not end"),
    "quotes in the header": ("log.csv", b'"contact"_id,started_at\nC1,2025\n', "text behind a closing quote in line 1"),
    "open quote, large": (
        "log.csv",
        b'contact_id,started_at\n"C1,2025\n' + b"x" * (17 << 20),
        "a row after line 1 that does not end",
    ),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_used(tmp_path: Path, name: str) -> None:
    file, content, found = BAD_FILES[name]
    if content is not None:
        (tmp_path / file).write_bytes(content)
    with pytest.raises(InputError) as refused:
        ingest("contacts", tmp_path / file, Settings(), SECRET)
    assert found in refused.value.found
    assert refused.value.where == str(tmp_path / file)
    assert refused.value.expected
    assert refused.value.do
    assert "13800138000" not in str(refused.value)


def test_missing_columns_name_those_found_and_the_lines_to_add(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("流水号,starttime,号码\n1,2025-03-03 09:00,13800138000\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        ingest("contacts", path, Settings(), SECRET)
    assert refused.value.found == "columns 流水号, starttime, 号码"
    assert refused.value.expected == "also contact_id, started_at"
    assert 'under [columns.contacts] in laidian.toml: "流水号" = "contact_id"' in refused.value.do
    assert '= "started_at"' in refused.value.do


def test_a_kind_that_needs_one_of_several_columns(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text("ticket_id,opened_at\nT1,2025-03-03 09:00\n", encoding="utf-8")
    with pytest.raises(InputError, match="also contact_id or phone or account_id"):
        ingest("tickets", path, Settings(), SECRET)


def test_two_columns_for_one(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("contact_id,流水号,started_at\n1,2,2025-03-03 09:00\n", encoding="utf-8")
    with pytest.raises(InputError, match="both read as contact_id"):
        ingest("contacts", path, Settings(columns={"contacts": {"流水号": "contact_id"}}), SECRET)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"columns": {"contacts": {"主叫": "callr"}}}, "did you mean caller"),
        ({"columns": {"contract": {"主叫": "caller"}}}, "no such kind of file"),
        ({"values": {"contacts": {"directon": {"呼入": "inbound"}}}}, "did you mean direction"),
        ({"values": {"contacts": {"direction": {"呼入": "in"}}}}, "inbound outbound"),
    ],
)
def test_a_mapping_that_leads_nowhere(tmp_path: Path, settings: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        ingest("contacts", written(tmp_path, "csv utf-8"), Settings.model_validate(settings), SECRET)


def test_preview_shows_the_mapping_and_masks_people(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    rows = ["流水号,started_at,phone,customer_name,id_number,agentid,备注"]
    rows += [f"C{n},2025/3/3 9:1{n},13800138000,王小明,11010519491231002X,1001,很急" for n in range(7)]
    rows[3] = rows[3].replace("2025/3/3 9:12", "昨天")
    path.write_text("\n".join(rows), encoding="utf-8")
    seen = preview("contacts", path, Settings(columns={"contacts": {"流水号": "contact_id"}}))
    assert seen.mapping[0] == ("流水号", "contact_id")
    assert seen.mapping[-2:] == (("agentid", None), ("备注", None))
    assert seen.suggestions == {"agentid": "agent_id"}
    assert seen.missing == ()
    assert len(seen.rows) == 4
    assert seen.rows[0] == {
        "contact_id": "C0", "started_at": "2025-03-03 09:10:00", "phone": "138****8000", "customer_name": "王**",
        "id_number": "■",
    }  # fmt: skip
    assert [line for line, _ in seen.rejected] == [4]


def test_preview_of_a_file_that_ingest_would_refuse(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("contact_id,phone\nC1,13800138000\n", encoding="utf-8")
    seen = preview("contacts", path, Settings())
    assert seen.missing == ("started_at",)
    assert seen.rows == ({"contact_id": "C1", "phone": "138****8000"},)


def test_column_names_are_unique_and_suggestions_lead_to_them() -> None:
    for columns in KINDS.values():
        names = [column.name for column in columns]
        assert len(set(names)) == len(names)
        assert all(column.choices for column in columns if column.form == "choice")
        assert all(column.default in column.choices for column in columns if column.default)
