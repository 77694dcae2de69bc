"""Promised times (承诺时限), drawn as tables: what was said when, and when it had to be done; who came within it."""

from datetime import datetime

import polars as pl
import pytest
from laidian.promises import due, in_promise, promises
from laidian.report.words import link_kind
from laidian.settings import Promises
from laidian.tables import Cue, from_rows

from tests.drawn_cases import cells, linked, ticket

# 2025-03-07 is a Friday; 05-01 to 05-05 are holidays, for which 04-27 (a Sunday) is worked
DUE = """
    said           | promised at      | due              | in service hours only
    四十分钟       | 2025-03-07 16:00 | 2025-03-07 16:40 | 2025-03-07 16:40
    半小时         | 2025-03-07 16:00 | 2025-03-07 16:30 | 2025-03-07 16:30
    一个半小时     | 2025-03-07 16:00 | 2025-03-07 17:30 | 2025-03-07 17:30
    24小时         | 2025-03-07 16:00 | 2025-03-08 16:00 | 2025-03-12 13:00
    48小时         | 2025-04-29 16:00 | 2025-05-01 16:00 | 2025-05-12 10:00
    四小时         | 2025-03-07 20:00 | 2025-03-08 00:00 | 2025-03-10 13:00
    两三天         | 2025-03-07 16:00 | 2025-03-10 16:00 | 2025-03-12 18:00
    一到三天       | 2025-03-07 16:00 | 2025-03-10 16:00 | 2025-03-12 18:00
    一个星期       | 2025-03-07 16:00 | 2025-03-14 16:00 | 2025-03-18 18:00
    一个工作日     | 2025-03-07 08:00 | 2025-03-10 18:00 | 2025-03-10 18:00
    三到五个工作日 | 2025-03-07 16:00 | 2025-03-14 18:00 | 2025-03-14 18:00
    两个工作日     | 2025-04-26 10:00 | 2025-04-28 18:00 | 2025-04-28 18:00
    三个工作日     | 2025-04-29 10:00 | 2025-05-07 18:00 | 2025-05-07 18:00
    今天           | 2025-03-07 16:00 | 2025-03-08 00:00 | 2025-03-08 00:00
    今天下午六点   | 2025-03-07 16:00 | 2025-03-07 18:00 | 2025-03-07 18:00
    今晚           | 2025-03-07 16:00 | 2025-03-08 00:00 | 2025-03-08 00:00
    明天上午       | 2025-03-07 16:00 | 2025-03-08 12:00 | 2025-03-08 12:00
    明天下午三点半 | 2025-03-07 16:00 | 2025-03-08 15:30 | 2025-03-08 15:30
    后天           | 2025-03-07 16:00 | 2025-03-10 00:00 | 2025-03-10 00:00
    下班           | 2025-03-07 16:00 | 2025-03-07 18:00 | 2025-03-07 18:00
    本周           | 2025-03-07 16:00 | 2025-03-10 00:00 | 2025-03-10 00:00
    下周           | 2025-03-07 16:00 | 2025-03-17 00:00 | 2025-03-17 00:00
    月底           | 2025-02-07 16:00 | 2025-03-01 00:00 | 2025-03-01 00:00
    好几天         | 2025-03-07 16:00 | -                | -
    尽快           | 2025-03-07 16:00 | -                | -
    九百天         | 2025-03-07 16:00 | -                | -
"""


def at(cell: str | None) -> datetime | None:
    return datetime.fromisoformat(cell) if cell else None


@pytest.mark.parametrize("row", cells(DUE), ids=lambda row: row["said"])
@pytest.mark.parametrize("column", ["due", "in service hours only"])
def test_a_promised_time_runs_out_on_the_clock_it_runs_on(row: dict[str, str], column: str) -> None:
    told_at = datetime.fromisoformat(row["promised at"])
    assert due(row["said"], told_at, Promises(), served=column != "due") == at(row.get(column))


# zhou is told two workdays on Friday 03-07, that is by Tuesday evening, and comes three times
CHASED = """
    contact | at          | customer | reason    | link | within
    a       | 03-07 09:00 | zhou     | net.fault | -    | -
    b       | 03-08 10:00 | zhou     | net.fault | a    | yes
    c       | 03-11 17:00 | zhou     | net.fault | b    | yes
    d       | 03-12 09:00 | zhou     | net.fault | c    | no
    x       | 03-07 09:00 | qian     | net.fault | -    | -
    y       | 03-08 09:00 | qian     | net.fault | x    | -
"""


def promise(contact: str, when: str, speaker: str = "agent", turn: int = 0) -> Cue:
    return Cue(contact, 1, turn, 0, 4, "promise", speaker, 1.0, when, None, when, 0.9, "")  # type: ignore[arg-type]


def test_a_promise_stands_until_the_case_hears_a_newer_one() -> None:
    found, log = linked(CHASED)
    contacts = log.frames()[0]
    told = promises(contacts, from_rows([promise("a", "两个工作日")], Cue), from_rows([], type(ticket("t", "a"))), Promises())
    kept = dict(zip(found.links["contact_id"], in_promise(found.links, found.cases, contacts, told), strict=True))
    expected = {r["contact"]: r.get("within") for r in cells(CHASED) if "link" in r}
    assert kept == {contact: {"yes": True, "no": False}.get(within or "") for contact, within in expected.items()}


def told_of(*cues: Cue, **written: datetime | str) -> list[tuple[object, ...]]:
    contacts = pl.DataFrame({"contact_id": ["a"], "ended_at": [datetime(2025, 3, 7, 9)]})
    opened = ticket("t1", "a", **written)
    hours = Promises(departments=("维修部",))
    return promises(contacts, from_rows(list(cues), Cue), from_rows([opened], type(opened)), hours).rows()


def test_the_time_told_to_the_customer_wins_over_the_tickets_and_the_latest_of_several_counts() -> None:
    written = datetime(2025, 3, 9)
    assert told_of(promised_by=written) == [("a", written, "ticket", None)]
    both = told_of(promise("a", "两小时"), promise("a", "四小时", turn=1), promised_by=written)
    assert both == [("a", datetime(2025, 3, 7, 13), "spoken", "四小时")]


def test_only_an_agents_promise_that_names_a_time_counts() -> None:
    assert told_of(promise("a", "两小时", "customer"), promise("a", "尽快")) == []


def test_a_department_that_keeps_service_hours_keeps_them_for_what_it_promises() -> None:
    assert told_of(promise("a", "十小时"))[0][1] == datetime(2025, 3, 7, 19)
    assert told_of(promise("a", "十小时"), department="维修部")[0][1] == datetime(2025, 3, 10, 10)


def test_the_report_says_of_chasing_whether_the_promise_had_run_out() -> None:
    assert [link_kind("chasing", kept) for kept in (True, False, None)] == ["催办（承诺时限内）", "催办（已过承诺时限）", "催办"]
    assert link_kind("recurrence", False) == "同障复发"


def test_service_hours_that_end_before_they_begin_are_refused() -> None:
    with pytest.raises(ValueError, match="not after opens"):
        Promises(opens="18:00", closes="09:00")  # type: ignore[arg-type]
