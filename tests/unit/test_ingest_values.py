"""One cell -> one value, drawn as tables: the cell as a log writes it | what laidian reads (or the reason it refuses)."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from laidian.ingest.phones import as_phone, as_service
from laidian.ingest.times import as_seconds, as_time
from laidian.ingest.values import (
    BadCellError,
    as_account,
    as_choice,
    as_count,
    as_flag,
    as_id,
    as_id_number,
    as_names,
    as_number,
    as_yes_no,
    clean,
    masked_name,
    masked_phone,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


def table(drawn: str) -> list[tuple[str, str]]:
    rows = [line.split("|") for line in drawn.strip().splitlines()]
    return [(left.strip(), right.strip()) for left, right in rows]


TIMES = """
2025-03-03T09:12:00            | 2025-03-03 09:12:00
2025-03-03 09:12:00            | 2025-03-03 09:12:00
2025-03-03 09:12               | 2025-03-03 09:12:00
2025-03-03T09:12:00.250        | 2025-03-03 09:12:00.250000
2025-03-03T01:12:00Z           | 2025-03-03 09:12:00
2025-03-03T09:12:00+08:00      | 2025-03-03 09:12:00
2025-03-02T20:12:00-0500       | 2025-03-03 09:12:00
2025-03-03 10:12:00 +09        | 2025-03-03 09:12:00
2025/3/3 9:12                  | 2025-03-03 09:12:00
2025/3/3 9:12:05               | 2025-03-03 09:12:05
2025.03.03 9:12                | 2025-03-03 09:12:00
2025年3月3日 9:12              | 2025-03-03 09:12:00
2025年3月3日 9时12分           | 2025-03-03 09:12:00
20250303 09:12:00              | 2025-03-03 09:12:00
20250303 091200                | 2025-03-03 09:12:00
20250303091200                 | 2025-03-03 09:12:00
20250303T011200Z               | 2025-03-03 09:12:00
1740964320                     | 2025-03-03 09:12:00
1740964320000                  | 2025-03-03 09:12:00
45719.38333333                 | 2025-03-03 09:12:00
45719                          | 2025-03-03 00:00:00
20250303                       | 2025-03-03 00:00:00
2025-03-03                     | 2025-03-03 00:00:00
"""


@pytest.mark.parametrize(("cell", "expected"), table(TIMES))
def test_times(cell: str, expected: str) -> None:
    assert as_time(cell, SHANGHAI) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "cell",
    [
        datetime(2025, 3, 3, 9, 12),
        datetime(2025, 3, 3, 1, 12, tzinfo=UTC),
        1740964320,
        1740964320000,
        45719.383333333,
        20250303091200,
    ],
)
def test_times_of_workbooks_and_parquet(cell: object) -> None:
    assert as_time(cell, SHANGHAI) == datetime(2025, 3, 3, 9, 12)


def test_an_epoch_follows_the_zone_of_the_workspace() -> None:
    assert as_time(1740964320, ZoneInfo("Asia/Tokyo")) == datetime(2025, 3, 3, 10, 12)


@pytest.mark.parametrize(
    "cell",
    [
        "昨天",
        "2025-02-30 09:00",
        "2025-03-03 25:00",
        "3/3/2025 9:12",
        "08:47",
        "20251303 09:12:00",
        "7",
        "-1",
        "1900-01-01",
        1.5,
        True,
        ["x"],
    ],
)
def test_bad_times_are_refused_without_being_repeated(cell: object) -> None:
    with pytest.raises(BadCellError) as refused:
        as_time(cell, SHANGHAI)
    assert str(cell) not in str(refused.value)


SECONDS = """
95          | 95
95.5        | 95.5
0:01:35     | 95
01:35       | 95
1:02:03     | 3723
75:00       | 4500
00:00:00    | 0
0:01:35.5   | 95.5
"""


@pytest.mark.parametrize(("cell", "expected"), table(SECONDS))
def test_durations(cell: str, expected: str) -> None:
    assert as_seconds(cell) == float(expected)


@pytest.mark.parametrize(
    ("cell", "expected"), [(95, 95.0), (95.5, 95.5), (time(0, 1, 35), 95.0), (timedelta(hours=25), 90_000.0)]
)
def test_durations_of_workbooks(cell: object, expected: float) -> None:
    assert as_seconds(cell) == expected


@pytest.mark.parametrize("cell", ["-5", "1:75", "1:61:00", "一分钟", -1, True, float("inf")])
def test_bad_durations(cell: object) -> None:
    with pytest.raises(BadCellError, match="duration"):
        as_seconds(cell)


PHONES = """
13800138000              | 13800138000
+8613800138000           | 13800138000
+86 138 0013 8000        | 13800138000
8613800138000            | 13800138000
008613800138000          | 13800138000
013800138000             | 13800138000
138-0013-8000            | 13800138000
'13800138000             | 13800138000
１３８００１３８０００   | 13800138000
tel:+8613800138000       | 13800138000
sip:13800138000@pbx      | 13800138000
01012345678              | 01012345678
010-12345678             | 01012345678
(0571)8123 4567          | 057181234567
0571-81234567            | 057181234567
+86 10 1234 5678         | 01012345678
861012345678             | 01012345678
+86 571 8123 4567        | 057181234567
010-12345678-8001        | 01012345678-8001
01012345678转8001        | 01012345678-8001
4008001234               | 4008001234
+864008001234            | 4008001234
10086                    | 10086
+8695588                 | 95588
+85291234567             | +85291234567
0085291234567            | +85291234567
匿名                     | none
未知                     | none
隐藏                     | none
0                        | none
00000000000              | none
unknown                  | none
Anonymous                | none
138****8000              | 138****8000
138xxxx8000              | 138****8000
+86 138****8000          | 138****8000
0571****4567             | 0571****4567
***********              | none
"""


@pytest.mark.parametrize(("cell", "expected"), table(PHONES))
def test_phones(cell: str, expected: str) -> None:
    assert as_phone(cell) == (None if expected == "none" else expected)


def test_a_phone_that_a_workbook_holds_as_a_number() -> None:
    assert as_phone(13800138000) == as_phone(13800138000.0) == "13800138000"


@pytest.mark.parametrize("cell", ["张三", "12", "1" * 21, "a13800138000"])
def test_bad_phones(cell: str) -> None:
    with pytest.raises(BadCellError) as refused:
        as_phone(cell)
    assert cell not in str(refused.value)


@pytest.mark.parametrize("read", [as_id, as_account, as_phone, as_id_number, as_service])
@pytest.mark.parametrize("cell", ["1.03E+18", "1.38001E+10", "1E+17", 1.03e18, 1e15])
def test_an_id_that_excel_has_eaten_is_refused(read: Callable[[Any], object], cell: object) -> None:
    with pytest.raises(BadCellError, match="shortened by Excel"):
        read(cell)


IDS = """
0012                 | 0012
'0012                | 0012
20250303-001         | 20250303-001
12E10                | 12E10
"""


@pytest.mark.parametrize(("cell", "expected"), table(IDS))
def test_ids(cell: str, expected: str) -> None:
    assert as_id(cell) == expected


def test_ids_of_workbooks_and_parquet_stay_whole() -> None:
    assert [as_id(1001.0), as_id(1001), as_id(1030000000000000001)] == ["1001", "1001", "1030000000000000001"]


@pytest.mark.parametrize("cell", ["#N/A", "#REF!", "'"])
def test_an_error_cell_is_no_id(cell: str) -> None:
    with pytest.raises(BadCellError):
        as_id(cell)


WORDS = """
是 Y yes TRUE 1 有 √   | yes
否 N no False 0 无 ×   | no
"""


@pytest.mark.parametrize(("words", "expected"), table(WORDS))
def test_yes_and_no(words: str, expected: str) -> None:
    assert {as_yes_no(word) for word in words.split()} == {expected}
    assert as_flag(words.split()[0]) is (expected == "yes")


@pytest.mark.parametrize(
    ("read", "cell"),
    [(as_yes_no, "也许"), (as_count, "-1"), (as_count, "1.5"), (as_number, "好"), (as_number, "inf"), (as_number, ["1"])],
)
def test_other_bad_cells(read: Callable[[Any], object], cell: object) -> None:
    with pytest.raises(BadCellError) as refused:
        read(cell)
    assert str(cell) not in str(refused.value)


def test_masked_ids_are_none_and_id_numbers_have_one_spelling() -> None:
    assert as_account("6222****1234") is None
    assert as_id_number("1101**********1234") is None
    assert as_id_number("110105 19491231 002x") == as_id_number("11010519491231002X")


def test_service_numbers_are_telephone_numbers_or_ids() -> None:
    assert [as_service(c) for c in ("+8613800138000", "AD57188001234", "匿名", "138****8000")] == [
        "13800138000",
        "AD57188001234",
        None,
        None,
    ]


def test_a_closed_list_names_what_it_allows() -> None:
    with pytest.raises(BadCellError, match="allowed are inbound outbound"):
        as_choice("呼入", ("inbound", "outbound"))


def test_names_in_one_cell() -> None:
    assert as_names("a.wav;b.wav | c.wav；a.wav") == as_names(["a.wav", "b.wav", "c.wav"]) == ["a.wav", "b.wav", "c.wav"]


@pytest.mark.parametrize("cell", ["", "  ", "-", "NULL", "null", "\\N", "N/A", "\t", float("nan"), None])
def test_cells_that_say_nothing(cell: object) -> None:
    assert clean(cell) is None


MASKS = """
13800138000        | 138****8000
057181234567       | 057*****4567
138****8000        | 138****8000
10086              | 1***6
123                | ***
"""


@pytest.mark.parametrize(("phone", "shown"), table(MASKS))
def test_masked_phones(phone: str, shown: str) -> None:
    assert masked_phone(phone) == shown


def test_masked_names() -> None:
    assert [masked_name(n) for n in ("王小明", "李雷", "欧阳娜娜娜", "王")] == ["王**", "李*", "欧***", "*"]
