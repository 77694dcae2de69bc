"""What several counts in one text come to together, and the engine's number for them."""

import pytest
from laidian.cues import find_in_text, load_lexicon
from laidian.cues.counts import stated

LEXICON = load_lexicon()


@pytest.mark.parametrize(
    ("text", "number", "together"),
    [
        ("打了三次电话", 3, False),
        ("第三次打了", 2, False),
        ("第一次打", None, False),
        ("打了三个月", None, False),
        ("周六打了三个，周日打了四个", 7, True),
        ("今天四个电话了，早上俩下午俩", 4, True),
        ("礼拜一一个，礼拜二一个，礼拜三两个", 4, True),
        ("加上今天这个，一共五个", 4, True),
        ("连这次总共打了三次", 2, True),
        ("没有十次也有八次", 8, True),
        ("第一次说三点，第二次说四点，都没来", 2, True),
        ("打头一个没人接，打第二个说没单子，这是第三个", 2, True),
        ("上午一次，下午一次，晚上一次", 3, True),
        ("打了一个又一个", 3, True),
        ("找了你们四次了，这是第四次", 3, True),
        ("打了两回，第一回说马上，第二回也说马上", 2, True),
        ("一天两个电话，连催三天", 6, True),
        ("每天一个电话，打到今天是第四天", 3, True),
        ("三番五次找你们", 3, True),
        ("催了不止三次", 4, False),
        ("打了小十回了", 9, False),
        ("投诉第N次了", 3, False),
        ("说了八百遍", 3, False),
        ("联系客服十余次", 11, False),
        ("找了三五次", 3, False),
        ("加这个，四个电话", 3, True),
        ("头两次说维护，第三次说等短信", 3, True),
        ("第二回找你们了，别再让我打第三回", 1, True),
        ("第二次报修了，第一次没找着门", 1, True),
        ("热线打了两次，APP上提交了一次", 3, True),
        ("我妈打了三次，我打了两次", 5, True),
        ("打了三天电话，每天两个", 6, True),
        ("打过一两回", 1, False),
    ],
)
def test_the_number_a_text_states(text: str, number: int | None, together: bool) -> None:
    assert stated(text) == (number, together)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("给你们打了二三十个电话了", 20),
        ("我给你们客服周六打了三个电话，周日打了四个电话", 7),
        ("没有十次也有八次，我打你们这个电话", 8),
        ("这都第N次给你们打电话了", 3),
        ("这是第二次在这儿给你们留言了，上一条没人理", 1),
    ],
)
def test_the_engine_reads_what_belongs_together(text: str, number: int) -> None:
    assert {f.prior_contacts for f in find_in_text(text, "customer", LEXICON) if f.kind == "explicit_count"} == {number}
