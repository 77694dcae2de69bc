"""Laws of ingest on random data."""

import csv
import io
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st
from laidian.contacts import contacts
from laidian.ingest import ingest
from laidian.ingest.phones import as_phone, as_service
from laidian.ingest.times import as_seconds, as_time
from laidian.ingest.values import BadCellError, as_id, as_id_number, as_yes_no, clean, masked_phone
from laidian.settings import Calls, Settings
from laidian.tables import Identifier, Leg, Recording, Rejected, check, empty

from tests.reference_contacts import slow_contacts

SECRET = b"s" * 32
ZONE = ZoneInfo("Asia/Shanghai")

dialled = st.text("0123456789+- ()转匿名", max_size=20) | st.from_regex(r"(\+86|86|0086|0)?1[3-9][0-9]{9}", fullmatch=True)
dialled |= st.from_regex(r"(\+86|86|0086)?0?(10|2\d|[3-9]\d\d)\d{7,8}([-转]\d{1,4})?", fullmatch=True)


@given(dialled)
@example(" +0")
def test_normalising_a_number_twice_changes_nothing(cell: str) -> None:
    for read in (as_phone, as_service):
        try:
            once = read(cell) if clean(cell) is not None else None
        except BadCellError:
            continue
        assert once is None or read(once) == once


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "+86", "86", "0086", "0", "+86 ", "+860", "'"]))
def test_every_way_to_dial_a_mobile_is_one_number(number: str, prefix: str) -> None:
    assert as_phone(prefix + number) == number


@given(st.from_regex(r"0(10|2[0-9]|[3-9][0-9]{2})[0-9]{8}", fullmatch=True))
def test_a_landline_keeps_its_area_code_with_and_without_the_country(number: str) -> None:
    assert as_phone(number) == number
    if not number.startswith(("0400", "0800")):
        assert as_phone("+86" + number[1:]) == number


@given(dialled)
def test_a_mask_hides_a_third_of_a_number_and_masking_twice_changes_nothing(cell: str) -> None:
    try:
        number = as_phone(cell) if clean(cell) is not None else None
    except BadCellError:
        return
    if number is not None:
        assert masked_phone(number).count("*") * 3 >= len(number)
        assert masked_phone(masked_phone(number)) == masked_phone(number)


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2099, 12, 31)))
def test_every_spelling_of_a_time_is_one_time(at: datetime) -> None:
    at = at.replace(microsecond=0)
    spelled = [
        at.isoformat(),
        f"{at:%Y%m%d %H:%M:%S}",
        f"{at:%Y%m%d%H%M%S}",
        f"{at.year}/{at.month}/{at.day} {at.hour}:{at:%M:%S}",
    ]
    assert {as_time(text, ZONE) for text in spelled} == {at}
    assert as_time(as_time(at.isoformat(), ZONE), ZONE) == at


@given(st.integers(0, 10**6))
def test_every_spelling_of_a_duration_is_one_duration(seconds: int) -> None:
    hours, rest = divmod(seconds, 3600)
    assert {as_seconds(t) for t in (seconds, str(seconds), f"{hours}:{rest // 60:02}:{rest % 60:02}")} == {float(seconds)}


@given(st.text(max_size=30))
def test_reading_a_cell_twice_changes_nothing_and_a_refusal_never_raises_anything_else(text: str) -> None:
    cell = clean(text)
    assert clean(cell) == cell
    if cell is None:
        return
    for read in (as_id, as_id_number, as_yes_no, as_service, lambda c: as_time(c, ZONE), as_seconds):
        try:
            once = read(cell)
        except BadCellError:
            continue
        assert once is None or read(once) == once


row = st.fixed_dictionaries(
    {
        "contact_id": st.sampled_from(["C1", "C2", "C3", "", "1.03E+18"]),
        "call_id": st.sampled_from(["", "K1", "K2"]),
        "started_at": st.sampled_from(["2025-03-03 09:00", "2025/3/3 9:05", "20250303 09:10:00", "bad"]),
        "phone": st.sampled_from(["13800138000", "+8613800138000", "匿名", "", "x"]),
        "direction": st.sampled_from(["", "inbound", "outbound", "呼入"]),
        "wrap_code": st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5),
    }
)


def contact_log(folder: str, rows: list[dict[str, str]]) -> Path:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=sorted(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path = Path(folder) / "log.csv"
    path.write_text(out.getvalue(), encoding="utf-8", newline="")
    return path


@settings(max_examples=60, deadline=None)
@given(st.lists(row, min_size=1, max_size=12), st.sampled_from(["contacts", "rows"]))
def test_every_row_is_in_a_table_or_a_duplicate_or_rejected(rows: list[dict[str, str]], legs: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = ingest("contacts", contact_log(folder, rows), Settings.model_validate({"legs": legs}), SECRET)
    table = check(found.tables[Leg], Leg)
    assert found.rows_read == table.height + found.duplicates + found.rejected.height == len(rows)
    assert check(found.tables[Identifier], Identifier).select("call_id", "leg_no").equals(table.select("call_id", "leg_no"))
    assert check(found.rejected, Rejected)["line"].to_list() == [r["line"] for r in found.raw_rejected]


@settings(max_examples=60, deadline=None)
@given(st.lists(row, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_shuffled_rows_give_the_same_tables(rows: list[dict[str, str]], random: object) -> None:
    """Rows that are legs; which of two rows of one leg is kept would depend on their order, where the log numbers them."""
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    options = Settings(legs="rows")
    with tempfile.TemporaryDirectory() as folder:
        first = ingest("contacts", contact_log(folder, rows), options, SECRET)
        second = ingest("contacts", contact_log(folder, shuffled), options, SECRET)
    assert first.tables[Leg].drop("source").equals(second.tables[Leg].drop("source"))
    assert first.tables[Identifier].equals(second.tables[Identifier])
    assert sorted(first.rejected["reason"]) == sorted(second.rejected["reason"])


# Clocks change in Berlin and New York at these instants: an hour is missing or comes twice in how such a row is spelled.
CHANGES = [datetime(2025, 3, 30, 1), datetime(2025, 10, 26, 1), datetime(2025, 3, 9, 7), datetime(2025, 11, 2, 6)]
abroad = st.lists(
    st.fixed_dictionaries({
        "at": st.builds(lambda change, m: change + timedelta(minutes=5 * m), st.sampled_from(CHANGES), st.integers(-14, 14)),
        "lasts": st.sampled_from([0, 5, 65]),
        "zone": st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "UTC"]),
        "phone": st.sampled_from(["13800138000", "13800138001"]),
        "status": st.sampled_from(["answered", "abandoned", "abandoned"]),
    }),
    min_size=1, max_size=8,
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(abroad, st.randoms(use_true_random=False))
def test_contacts_of_rows_from_several_time_zones_are_those_of_the_slow_twin_on_one_clock(
    drawn: list[dict[str, Any]], shuffle: Any
) -> None:
    def row(n: int, spell: Callable[[datetime], datetime]) -> dict[str, str]:
        at = drawn[n]["at"]
        return {
            "contact_id": f"C{n}", "phone": drawn[n]["phone"], "status": drawn[n]["status"], "direction": "inbound",
            "started_at": spell(at).isoformat(), "ended_at": spell(at + timedelta(minutes=drawn[n]["lasts"])).isoformat(),
        }  # fmt: skip

    def in_zone(name: str) -> Callable[[datetime], datetime]:
        return lambda at: at.replace(tzinfo=UTC).astimezone(ZoneInfo(name))

    mixed = [row(n, in_zone(d["zone"])) for n, d in enumerate(drawn)]
    shuffle.shuffle(mixed)
    plain = [row(n, lambda at: at + timedelta(hours=8)) for n in range(len(drawn))]  # no clock changes in Shanghai
    with tempfile.TemporaryDirectory() as folder:
        first, second = (ingest("contacts", contact_log(folder, rows), Settings(), SECRET).tables[Leg] for rows in (mixed, plain))
    legs = [Leg(**leg) for leg in second.rows(named=True)]
    assert {leg.contact_id: leg.started_at for leg in legs} == {
        f"C{n}": d["at"] + timedelta(hours=8) for n, d in enumerate(drawn)
    }
    expected = slow_contacts(legs, Calls().redial_minutes)
    found = contacts(first, empty(Recording), Calls())
    assert [{name: row[name] for name in expected[0]} for row in found.rows(named=True)] == expected
