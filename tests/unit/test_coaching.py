"""A team's page names what it does less or more than elsewhere, where not coming back surely goes with it, and nothing else."""

import dataclasses

import polars as pl
from laidian.report.meeting import Coaching

from tests.golden import report_log as log


def pages(practices: pl.DataFrame | None = None) -> dict[str, Coaching]:
    given = log.sources()
    told = given.meeting if practices is None else dataclasses.replace(given.meeting, practices=practices)
    return {page.team: page for page in log.report(dataclasses.replace(given, meeting=told)).meeting.coaching}


def named(lines: tuple[object, ...]) -> list[tuple[str, str, bool]]:
    return [(line.reason, line.practice, line.own) for line in lines]  # type: ignore[attr-defined]


def test_a_team_sees_what_it_does_less_and_others_what_it_does_more() -> None:
    """二班 confirms as often as elsewhere in bills, so that is no matter, though not coming back goes with it."""
    one, two = pages()["一班"], pages()["二班"]
    assert named(two.more) == [("账单费用", "说明下一步", True)] and two.well == ()
    assert named(one.well) == [("账单费用", "说明下一步", True)] and one.more == ()
    assert [line.practice for line in two.practices] == ["复述问题", "说明下一步", "说准时间", "挂机前确认", "问还有什么需要"]


def test_what_chance_could_explain_is_not_named() -> None:
    practices = log.sources().meeting.practices
    for doubtful in (practices.with_columns(q=pl.lit(0.2)), practices.with_columns(low=pl.lit(-0.01))):
        assert not any(page.more or page.well for page in pages(doubtful).values())


def test_a_reason_with_too_few_contacts_to_compare_borrows_from_all_of_them_and_says_so() -> None:
    practices = log.sources().meeting.practices
    whole = practices.filter(pl.col("reason") == "all").with_columns(practice=pl.lit("next_step"))
    assert named(pages(whole)["二班"].more) == [("账单费用", "说明下一步", False)]
    assert pages(practices.clear())["二班"].lines[0].goes_with is None
