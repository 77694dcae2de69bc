"""What becomes of the rows of each kind of file, drawn as the files themselves."""

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from laidian.ingest import AuditAnswer, Ingested, Label, ingest
from laidian.ingest.columns import Kind
from laidian.pseudonym import keyed_hash
from laidian.settings import Settings
from laidian.tables import Event, ForeignCue, Identifier, Leg, Rejected, Survey, Ticket, Turn, check

SECRET = b"s" * 32


def drawn(text: str) -> str:
    """A drawn table as CSV: cells between bars, blanks around them not part of them."""
    return "\n".join(",".join(cell.strip() for cell in line.split("|")) for line in text.strip().splitlines())


def read(folder: Path, kind: Kind, text: str, suffix: str = ".csv", **settings: object) -> Ingested:
    path = folder / f"{kind}{suffix}"
    path.write_text(drawn(text) if suffix == ".csv" else text, encoding="utf-8")
    found = ingest(kind, path, Settings.model_validate(settings), SECRET)
    for row, table in found.tables.items():
        check(table, row)
    check(found.rejected, Rejected)
    return found


def reasons(found: Ingested) -> list[tuple[int, str]]:
    return list(zip(found.rejected["line"], found.rejected["reason"], strict=True))


def test_a_contact_becomes_a_leg_without_and_an_identifier_with_the_persons_data(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "contacts",
        """
        contact_id | started_at    | duration_s | phone          | customer_name | id_number          | account_id | transferred
        C1         | 2025/3/3 9:12 | 0:01:35    | +8613800138000 | 王小明        | 11010519491231002x | A1         | 否
        """,
    )
    leg = found.tables[Leg].row(0, named=True)
    assert (leg["call_id"], leg["leg_no"], leg["ended_at"]) == ("C1", 1, datetime(2025, 3, 3, 9, 13, 35))
    assert (leg["medium"], leg["direction"], leg["status"]) == ("voice", "inbound", "answered")
    assert (leg["phone_masked"], leg["name_masked"]) == ("138****8000", "王**")
    assert leg["phone_key"] == keyed_hash(SECRET, "phone", "13800138000")
    assert leg["id_key"] == keyed_hash(SECRET, "id", "11010519491231002X")
    assert leg["account_key"] == keyed_hash(SECRET, "account", "A1")
    assert (leg["transferred"], leg["recordings"], leg["source"]) == (False, [], "contacts.csv:2")
    identifier = found.tables[Identifier].row(0, named=True)
    assert (identifier["phone"], identifier["customer_name"], identifier["id_key"]) == ("13800138000", "王小明", leg["id_key"])
    assert not any("1949" in str(value) for value in (*leg.values(), *identifier.values()))
    assert not any(secret in str(leg) for secret in ("13800138000", "王小明"))


def test_columns_and_values_are_mapped_and_the_far_end_is_the_customer(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "contacts",
        """
        流水号 | 开始               | 主叫        | 被叫        | 类型 | 结果   | 备注
        1      | 20250303 09:12:00  | 13800138000 | 10086       | 呼入 | 接通   | x
        2      | 20250303 10:00:00  | 10086       | 13900139000 | 呼出 | 未接通 | y
        3      | 20250303 11:00:00  | 匿名        | 10086       | 呼入 | 接通   | z
        """,
        columns={
            "contacts": {
                "流水号": "contact_id",
                "开始": "started_at",
                "主叫": "caller",
                "被叫": "callee",
                "类型": "direction",
                "结果": "status",
            }
        },
        values={
            "contacts": {
                "direction": {"呼入": "inbound", "呼出": "outbound"},
                "status": {"接通": "answered", "未接通": "abandoned"},
            }
        },
    )
    assert found.tables[Identifier]["phone"].to_list() == ["13800138000", "13900139000", None]
    assert found.tables[Leg]["direction"].to_list() == ["inbound", "outbound", "inbound"]
    assert found.tables[Leg]["status"].to_list() == ["answered", "abandoned", "answered"]
    assert found.unknown_columns == {"备注": None}


def test_a_bad_row_is_rejected_with_its_line_and_reason_and_the_rest_goes_on(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "contacts",
        """
        contact_id | started_at       | ended_at         | phone       | direction | id_number          | note
        C1         | 2025-03-03 09:00 |                  | 13800138000 |           |                    | n
        C2         | 昨天             |                  | 13800138001 |           | 11010519491231002X | n
        1.03E+18   | 2025-03-03 09:00 |                  |             |           |                    | n
                   | 2025-03-03 09:00 |                  |             |           |                    | n
        C5         | 2025-03-03 09:00 | 2025-03-03 08:00 |             |           |                    | n
        C6         | 2025-03-03 09:00 |                  | 张三        | 呼入      |                    | n
        C7         | 2025-03-03 09:00 |                  |             |           |                    | n | 多
        C8         | 2025-03-03 09:00
        "C"9       | 2025-03-03 09:00
        """,
    )
    assert found.tables[Leg]["contact_id"].to_list() == ["C1", "C8"]
    assert reasons(found) == [
        (3, "started_at: not a time such as 2025-03-03 09:12:00"),
        (4, "contact_id: shortened by Excel (as in 1.03E+18), its digits are lost; export this column as text"),
        (5, "contact_id: empty"),
        (6, "ended_at: before started_at"),
        (
            7,
            "phone: not a telephone number; direction: a value outside its list; allowed are inbound outbound; "
            "map it in laidian.toml [values.contacts.direction]",
        ),
        (8, "8 cells where the header has 7"),
        (10, "text behind a closing quote"),
    ]
    assert found.rows_read == 9
    assert [r["line"] for r in found.raw_rejected] == [3, 4, 5, 6, 7, 8, 10]
    raw = found.raw_rejected[0]["row"]
    assert isinstance(raw, dict)
    assert (raw["started_at"], raw["phone"], raw["id_number"]) == ("昨天", "13800138001", "■")
    assert "note" not in raw


def test_only_an_identical_leg_is_a_duplicate(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "contacts",
        """
        contact_id | call_id | leg_no | started_at       | agent_id
        C1         |         |        | 2025-03-03 09:00 | 1001
        C1         |         |        | 2025/3/3 9:00    | 1001
        C1         |         |        | 2025-03-03 09:00 | 1002
        C2         | K       | 1      | 2025-03-03 09:00 | 1001
        C3         | K       | 2      | 2025-03-03 09:05 | 1002
        """,
    )
    assert found.tables[Leg].select("call_id", "leg_no").rows() == [("C1", 1), ("K", 1), ("K", 2)]
    assert found.duplicates == 1
    assert reasons(found) == [
        (4, 'duplicate leg: differs from line 2 of the same call and leg; if rows are legs, set legs = "rows" in laidian.toml')
    ]


def test_rows_that_are_legs_are_numbered_by_start_within_their_call(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "contacts",
        """
        contact_id | call_id | leg_no | started_at       | agent_id
        L3         | K1      |        | 2025-03-03 09:09 | 1003
        L1         | K1      |        | 2025-03-03 09:00 | 1001
        L1         | K1      |        | 2025-03-03 09:00 | 1001
        L2         | K1      | 2      | 2025-03-03 09:05 | 1002
        L4         |         |        | 2025-03-03 10:00 | 1001
        """,
        legs="rows",
    )
    assert found.tables[Leg].select("call_id", "leg_no", "contact_id").rows() == [
        ("K1", 1, "L1"),
        ("K1", 2, "L2"),
        ("K1", 3, "L3"),
        ("L4", 1, "L4"),
    ]
    assert (found.duplicates, found.rejected.height) == (1, 0)


def test_surveys(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "surveys",
        """
        contact_id | asked_at         | resolved | first_contact | prior_contacts | score
        C1         | 2025-03-03 09:30 | 否       | Y             | 2              | 4.5
        C2         |                  |          |               |                |
        C2         |                  | 是       |               |                |
        C3         |                  | 差不多   |               |                |
        """,
    )
    assert found.tables[Survey].rows() == [
        ("C1", datetime(2025, 3, 3, 9, 30), "no", "yes", 2, None, 4.5),
        ("C2", None, None, None, None, None, None),
    ]
    assert reasons(found) == [
        (4, "second answer about a contact: differs from line 3"),
        (5, "resolved: not yes or no (是 否 Y N 1 0)"),
    ]


def test_a_ticket_without_contact_is_a_contact_of_its_own(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "tickets",
        """
        ticket_id | contact_id | phone        | opened_at        | status | reopened | urged | visit_result
        T1        | C1         |              | 2025-03-03 09:00 | 已归档 | 0        | 2     | 未解决
        T2        |            | 013800138000 | 2025-03-03 10:00 | 退单   | 1        |       | 是
        T2        |            | 013800138000 | 2025-03-03 10:00 | 退单   | 1        |       | 是
        """,
        values={"tickets": {"visit_result": {"未解决": "no"}}},
    )
    tickets = found.tables[Ticket].select("ticket_id", "contact_id", "status", "reopened", "urged", "visit_result").rows()
    assert tickets == [("T1", "C1", "已归档", False, 2, "no"), ("T2", None, "退单", True, None, "yes")]
    leg = found.tables[Leg].row(0, named=True)
    assert (leg["contact_id"], leg["call_id"], leg["medium"], leg["status"]) == ("ticket-T2", "ticket-T2", "ticket", "answered")
    assert (leg["started_at"], leg["source"], leg["phone_key"]) == (
        datetime(2025, 3, 3, 10), "tickets.csv:3", found.tables[Ticket]["phone_key"][1],
    )  # fmt: skip
    assert found.tables[Identifier].select("contact_phone", "phone").rows() == [(None, "13800138000")]
    assert (found.tables[Leg].height, found.duplicates) == (1, 1)


TRANSCRIPTS = """\
{"contact_id": "C1", "turns": [{"role": "坐席", "text": "您好", "start": 0, "end": 1.5}, {"role": "customer", "text": ""}]}
{"contact_id": "C2", "turns": []}
{"contact_id": "C3", "turns": [{"role": "manager", "text": "机密"}]}
{"contact_id": "C4", "turns": [{"role": "agent"}]}
{"contact_id": "C5", "turns": [{"role": "agent", "text": "x", "start": 3, "end": 1}]}
["C6"]
{"contact_id": "C1", "turns": [{"role": "agent", "text": "别的"}]}
"""


def test_transcripts(tmp_path: Path) -> None:
    found = read(tmp_path, "transcripts", TRANSCRIPTS, ".jsonl", values={"transcripts": {"role": {"坐席": "agent"}}})
    assert found.tables[Turn].rows() == [("C1", 0, "agent", "您好", 0.0, 1.5), ("C1", 1, "customer", "", None, None)]
    assert reasons(found) == [
        (2, "turns: not a list of turns [{role, text, start, end}]"),
        (3, "turns: turn 0, role: a value outside its list; allowed are agent customer ivr unknown"),
        (4, "turns: turn 0 has no text"),
        (5, "turns: turn 0 ends before it starts"),
        (6, "not a JSON object"),
        (7, "second transcript of a contact: differs from line 1"),
    ]


def test_turns_whose_parts_have_other_names(tmp_path: Path) -> None:
    found = read(
        tmp_path, "transcripts", '{"id": "C1", "turns": [{"speaker": "agent", "utterance": "好"}]}', ".jsonl",
        columns={"transcripts": {"id": "contact_id", "speaker": "role", "utterance": "text"}},
    )  # fmt: skip
    assert found.tables[Turn].rows() == [("C1", 0, "agent", "好", None, None)]


def test_equal_cues_are_two_cues_and_equal_events_are_one_step(tmp_path: Path) -> None:
    cues = read(
        tmp_path,
        "cues",
        """
        contact_id | role     | kind          | prior_contacts
        C1         | customer | prior_contact |
        C1         | customer | prior_contact |
        C1         | agent    |               | 2
        """,
    )
    assert cues.tables[ForeignCue].rows() == [
        ("C1", 1, "agent", None, 2), ("C1", 2, "customer", "prior_contact", None), ("C1", 3, "customer", "prior_contact", None),
    ]  # fmt: skip
    events = read(
        tmp_path,
        "events",
        """
        contact_id | at               | step
        C1         | 2025-03-03 09:00 | 打开工单
        C1         | 2025-03-03 09:00 | 打开工单
        """,
    )
    assert (events.tables[Event].height, events.duplicates) == (1, 1)


def test_audits_grade_a_plain_yes_as_within_the_promise(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "audits",
        """
        contact_id | is_first | resolved  | method | auditor
        C1         | 是       | 是        | 听录音 | 甲
        C1         | 是       | no        | 听录音 | 乙
        C2         | 0        | at_hangup |        |
        C3         | 1        | unknown   |        |
        C4         | 1        | 也许      |        |
        C1         | 否       | 是        | 听录音 | 甲
        """,
    )
    assert found.audits == (
        AuditAnswer("C1", "yes", "no", "听录音", "乙", None),
        AuditAnswer("C1", "yes", "in_promise", "听录音", "甲", None),
        AuditAnswer("C2", "no", "at_hangup", None, None, None),
        AuditAnswer("C3", "yes", "unknown", None, None, None),
    )
    assert found.tables == {}
    assert [line for line, _ in reasons(found)] == [6, 7]


def test_labels_are_about_a_contact_a_case_or_an_issue(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "labels",
        """
        contact_id | case_id | field        | value           | by | at
        C1         |         | reason       | telecom.billing | 甲 | 2025-03-03 09:00
                   | K1      | same_case_as | K2              |    |
                   |         | reason       | telecom.billing |    |
        C1         |         | reason       | telecom.billing | 甲 | 2025-03-03 09:00
        """,
    )
    assert set(found.labels) == {
        Label("C1", None, None, "reason", "telecom.billing", "甲", datetime(2025, 3, 3, 9)),
        Label(None, "K1", None, "same_case_as", "K2", None, None),
    }
    assert reasons(found) == [(4, "contact_id, case_id, issue_id: all empty")]
    assert found.duplicates == 1


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Asia/Tokyo"])
def test_times_are_wall_times_of_the_workspace(tmp_path: Path, zone: str) -> None:
    found = read(
        tmp_path,
        "contacts",
        """
        contact_id | started_at
        C1         | 2025-03-03 09:00
        C2         | 2025-03-03T01:00:00Z
        """,
        timezone=zone,
    )
    assert found.tables[Leg].schema["started_at"] == pl.Datetime("us")
    assert found.tables[Leg]["started_at"].dt.hour().to_list() == [9, 9 if zone == "Asia/Shanghai" else 10]
