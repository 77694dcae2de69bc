"""Time expressions as dates, seen from Wednesday 5 March 2025."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laidian.cues import day_of, find_in_text, load_lexicon

WEDNESDAY = date(2025, 3, 5)


@pytest.mark.parametrize(
    ("when", "day"),
    [
        ("昨天", "2025-03-04"),
        ("昨儿个", "2025-03-04"),
        ("昨晚上", "2025-03-04"),
        ("前天下午", "2025-03-03"),
        ("大前天", "2025-03-02"),
        ("刚才", "2025-03-05"),
        ("今天早上", "2025-03-05"),
        ("上午", "2025-03-05"),
        ("三天前", "2025-03-02"),
        ("两个星期之前", "2025-02-19"),
        ("上周三", "2025-02-26"),
        ("上个礼拜天", "2025-03-02"),
        ("上上周五", "2025-02-21"),
        ("周一", "2025-03-03"),
        ("周六", "2025-03-01"),  # the last one, not the coming one
        ("三月五号", "2025-03-05"),
        ("3.1早上", "2025-03-01"),
        ("十二月三十号", "2024-12-30"),
        ("28号", "2025-02-28"),
        ("三十一号", "2025-01-31"),
        ("上次", None),
        ("上周", None),
        ("前几天", None),
        ("几天前", None),
        ("四十号", None),
        (None, None),
    ],
)
def test_an_expression_means_a_day(when: str | None, day: str | None) -> None:
    assert day_of(when, WEDNESDAY) == (day and date.fromisoformat(day))


@given(
    st.text("昨前大天上周星期礼拜一二三十日号月个刚今早晚午下之几天0159.", max_size=8),
    st.dates(date(2001, 1, 1), date(2099, 1, 1)),
)
def test_no_expression_means_a_later_day_or_one_more_than_a_year_ago(when: str, day: date) -> None:
    meant = day_of(when, day)
    assert meant is None or day - timedelta(days=366) <= meant <= day


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("我昨天打过电话的", "昨天"),
        ("我上周三打了三次电话", "上周三"),  # the form holds no time: the clause does
        ("昨天断的网，我打了三次电话", None),  # another clause's time is another matter's
    ],
)
def test_a_cue_has_the_time_of_its_clause(text: str, when: str | None) -> None:
    [found] = [f for f in find_in_text(text, "customer", load_lexicon()) if f.kind in ("explicit_count", "prior_contact")]
    assert found.when == when
