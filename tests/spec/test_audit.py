"""What auditors' answers come to, drawn as tables; the draw; the workbook."""

import io
from datetime import datetime
from typing import Any

import openpyxl
import polars as pl
import pytest
from laidian.audit import disputed, draw, expected, lines, verdicts, workbook
from laidian.errors import InputError
from laidian.settings import Audit
from laidian.tables import Contact, Customer, Promise, Reason, Utterance, empty, from_rows

from tests.drawn_contacts import drawn

ANSWER = {
    "contact_id": pl.String, "auditor": pl.String, "is_first": pl.String, "resolved": pl.String, "method": pl.String,
    "audited_at": pl.Datetime("us"), "draw_id": pl.Int64,
}  # fmt: skip


def answers(table: str) -> pl.DataFrame:
    """`first` yes or no; `resolved` as in the file; `method` adjudicated or -. Answers were given in the order drawn."""
    lines_ = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    rows = [dict(zip(lines_[0], cells, strict=True)) for cells in lines_[1:]]
    return pl.DataFrame(
        [
            (r["contact"], r["auditor"], r["first"], r["resolved"], None if r.get("method", "-") == "-" else r["method"],
             datetime(2025, 4, 1, 9, n), 1)
            for n, r in enumerate(rows)
        ],
        schema=ANSWER, orient="row",
    )  # fmt: skip


def verdict(table: str) -> tuple[bool, str]:
    row = verdicts(answers(table)).row(0, named=True)
    return row["is_first"], row["resolved"]


def test_one_answer_holds_as_it_is() -> None:
    assert verdict("contact | auditor | first | resolved\n a | wu | yes | unknown") == (True, "unknown")


@pytest.mark.parametrize(
    ("one", "other", "holds"),
    [
        ("no", "no", "no"),
        ("at_hangup", "in_promise", "in_promise"),  # both say settled; the later kind is the careful one
        ("in_promise", "no", "unknown"),  # settled or not: nobody knows until somebody adjudicates
        ("unknown", "no", "unknown"),
    ],
)
def test_two_answers_that_differ_on_settled_are_unknown_until_adjudicated(one: str, other: str, holds: str) -> None:
    table = f"""
        contact | auditor | first | resolved | method
        a       | wu      | yes   | {one}    | -
        a       | zheng   | yes   | {other}  | -"""
    assert verdict(table)[1] == holds
    assert verdict(table + "\n        a | chief | yes | no | adjudicated")[1] == "no"


def test_of_three_answers_two_decide_and_of_two_on_first_the_earlier() -> None:
    table = """
        contact | auditor | first | resolved
        a       | wu      | no    | no
        a       | zheng   | yes   | at_hangup"""
    assert verdict(table)[0] is False
    assert verdict(table + "\n        a | sun | yes | at_hangup") == (True, "at_hangup")


def test_agreement_is_of_the_first_two_and_unknown_agrees_with_nothing() -> None:
    found = verdicts(
        answers("""
        contact | auditor | first | resolved   | method
        a       | wu      | yes   | at_hangup  | -
        a       | zheng   | yes   | in_promise | -
        b       | wu      | yes   | no         | -
        b       | zheng   | no    | unknown    | -
        b       | chief   | no    | no         | adjudicated
        c       | wu      | yes   | no         | -
    """)
    )
    columns = ("contact_id", "answers", "agreed_first", "agreed_settled", "agreed_at_hangup")
    assert found.select(columns).rows() == [
        ("a", 2, True, True, False), ("b", 2, False, None, None), ("c", 1, None, None, None),
    ]  # fmt: skip


def test_only_what_is_not_adjudicated_yet_is_disputed() -> None:
    found = disputed(
        answers("""
        contact | auditor | first | resolved   | method
        a       | wu      | yes   | no         | -
        a       | zheng   | yes   | in_promise | -
        b       | wu      | yes   | no         | -
        b       | zheng   | yes   | in_promise | -
        b       | chief   | yes   | no         | adjudicated
        c       | wu      | yes   | no         | -
        c       | zheng   | yes   | no         | -
    """)
    )
    assert found.rows() == [("a", "wu：yes/no；zheng：yes/in_promise")]


# --- the draw ------------------------------------------------------------------------------------------------------------

LOG = drawn(
    "contact | at | customer | outside\n"
    + "\n".join(f"c{n:03d} | 03-{n % 28 + 1:02d} 09:00 | k{n} | {'test' if n % 10 == 0 else '-'}" for n in range(300))
)
CONTACTS = from_rows(LOG.contacts, Contact)


def test_a_draw_is_repeated_by_its_seed_whatever_the_order_of_the_log() -> None:
    one, again = draw(CONTACTS, 50, 7, Audit()), draw(CONTACTS.sample(fraction=1, shuffle=True, seed=1), 50, 7, Audit())
    assert one.contacts.equals(again.contacts)
    assert not one.contacts.equals(draw(CONTACTS, 50, 8, Audit()).contacts)


def test_only_the_population_is_drawn_from_and_a_fifth_is_judged_twice() -> None:
    found = draw(CONTACTS, 50, 7, Audit())
    assert set(found.contacts["contact_id"]) <= set(found.frame)
    assert len(found.frame) == 270
    assert found.contacts["contact_id"].n_unique() == 50
    assert found.contacts["twice"].sum() == 10
    assert found.probability == pytest.approx(50 / 270)


def test_every_contact_is_drawn_equally_often() -> None:
    counts = pl.concat([draw(CONTACTS, 90, seed, Audit()).contacts for seed in range(300)])["contact_id"].value_counts()
    assert counts.height == 270
    assert 65 <= counts["count"].min() <= counts["count"].max() <= 135  # type: ignore[operator]  # 100 expected, sd 8


def test_more_than_there_is_cannot_be_drawn() -> None:
    with pytest.raises(InputError, match="270 contacts in the frame; expected at least 271"):
        draw(CONTACTS, 271, 1, Audit())


def test_more_audits_narrow_the_interval_and_cost_hours() -> None:
    plan = expected(11_000, Audit())
    assert [one.audits for one in plan] == [100, 200, 500, 1000]
    assert [one.half_points for one in plan] == sorted((one.half_points for one in plan), reverse=True)
    assert plan[2].hours == 120.0  # 500 + a fifth of them again, 12 minutes each
    assert [one.audits for one in expected(400, Audit())] == [100, 200]
    now = expected(11_000, Audit(), audited=500, error=0.02)
    assert now[2].half_points == pytest.approx(3.9, abs=0.1)  # at what there is, what there is


# --- the workbook --------------------------------------------------------------------------------------------------------


def book() -> Any:
    log = drawn(
        """
        contact  | at          | customer | reason    | direction
        a        | 03-10 09:00 | zhou     | fault     | inbound
        back     | 03-11 09:00 | zhou     | fault     | outbound
        =1+1     | 03-12 09:00 | anna     | =cmd|call | inbound
    """.replace("=cmd|call", "=bill")
    )
    said = from_rows(
        [
            Utterance("a", 1, 0, 0, "customer", 0.0, 1.0, "=HYPERLINK(1)", 0.9),
            Utterance("a", 1, 1, 1, "agent", 1.0, 2.0, "好的", 0.9),
        ],
        Utterance,
    )
    frames = from_rows(log.contacts, Contact), from_rows(log.customers, Customer), from_rows(log.reasons, Reason)
    told = from_rows([Promise("a", datetime(2025, 3, 11, 18), "spoken", "一个工作日")], Promise)
    rows = lines(["=1+1", "a"], *frames, said, told, {"a": "wu：yes/no"})
    return openpyxl.load_workbook(io.BytesIO(workbook(rows, "audit-1")))


def test_the_workbook_shows_what_was_said_and_the_customers_other_contacts_in_the_order_drawn() -> None:
    sheet = book()["复核"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [row[0] for row in rows] == ["=1+1", "a"]
    assert all(cell is None for row in rows for cell in row[1:6])  # to be filled in
    assert [row[10] for row in rows] == ["", "2025-03-11 18:00"]
    assert rows[1][12] == "customer：=HYPERLINK(1)\nagent：好的"
    assert rows[1][13] == "2025-03-11 09:00 呼出 voice answered fault（back）"
    assert rows[1][14] == "wu：yes/no"


def test_nothing_in_the_workbook_is_a_formula_and_answers_are_chosen_from_lists() -> None:
    sheet = book()["复核"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
    lists = {str(v.sqref): v.formula1 for v in sheet.data_validations.dataValidation}
    assert lists["B2:B3"] == '"yes,no"'
    assert lists["C2:C3"] == '"at_hangup,in_promise,no,unknown"'


def test_a_contact_without_words_or_others_has_empty_cells() -> None:
    log = drawn("contact | at | customer\n a | 03-10 09:00 | -")
    frames = from_rows(log.contacts, Contact), from_rows(log.customers, Customer)
    rows = lines(["a"], *frames, empty(Reason), empty(Utterance), empty(Promise), {})
    assert (rows[0].dialogue, rows[0].timeline, rows[0].reason) == ("", "", "")
