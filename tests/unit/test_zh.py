"""Spoken numbers, one script, and what characters sound like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laidian.zh.numerals import Numeral, parse
from laidian.zh.script import simplify
from laidian.zh.syllables import fold, near, syllables

HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), max_size=20)
ANY = st.text(max_size=30)

# what is said, at least, at most (… = open)
NUMERALS = """
三        3   3
两        2   2
俩        2   2
仨        3   3
幺        1   1
3         3   3
12        12  12
十        10  10
十二      12  12
二十      20  20
二十五    25  25
一百      100 100
一百二十三  123 123
一百零五  105 105
两千      2000 2000
一万      10000 10000
二零二五  2025 2025
三四      3   4
两三      2   3
七八      7   8
十七八    17  18
三四十    30  40
十几      11  19
二十几    21  29
十来      10  19
一百多    101 199
20多      21  29
几        2   9
好几      3   …
多        3   …
好多      3   …
无数      3   …
几十      20  99
好几百    200 999
"""


@pytest.mark.parametrize("line", [line for line in NUMERALS.splitlines() if line])
def test_a_spoken_number_has_a_lower_and_an_upper_bound(line: str) -> None:
    said, low, high = line.split()
    assert parse(said) == Numeral(int(low), None if high == "…" else int(high))


@pytest.mark.parametrize("said", ["", "次", "第三", "三次", "打", "一下", "x", "十十次"])
def test_what_is_no_number_gives_none(said: str) -> None:
    assert parse(said) is None


def spell(n: int) -> str:
    """A number from 1 to 99 as it is said."""
    tens, ones = divmod(n, 10)
    digits = " 一二三四五六七八九"
    return (digits[tens] if tens > 1 else "") + ("十" if tens else "") + (digits[ones] if ones else "")


@given(st.integers(1, 99))
def test_every_number_below_a_hundred_is_read_as_it_is_said_and_written(n: int) -> None:
    assert parse(spell(n)) == parse(str(n)) == Numeral(n, n)


@given(ANY)
def test_any_text_is_a_number_with_ordered_bounds_or_none(text: str) -> None:
    number = parse(text)
    assert number is None or number.high is None or 0 <= number.low <= number.high


@pytest.mark.parametrize(
    ("given_", "simple"),
    [
        ("來電", "来电"),
        ("還沒開通寬頻", "还没开通宽频"),
        ("第２次，Ａｐｐ", "第2次，App"),
        ("已经简体", "已经简体"),
        ("", ""),
        ("ａ\ud800来", "a\ud800来"),
    ],
)
def test_text_becomes_simplified_and_half_width(given_: str, simple: str) -> None:
    assert simplify(given_) == simple


@given(ANY | HAN)
def test_simplifying_keeps_every_offset_and_twice_changes_nothing(text: str) -> None:
    once = simplify(text)
    assert len(once) == len(text)
    assert simplify(once) == once


@pytest.mark.parametrize(
    ("text", "sounds"),
    [
        ("打电话", ("da", "dian", "hua")),
        ("还没", ("hai", "mei")),
        ("幺三八", ("yao", "san", "ba")),
        ("138", ("yi", "san", "ba")),
        ("Ａp！", ("a", "p", "！")),
    ],
)
def test_characters_have_the_sound_of_speech(text: str, sounds: tuple[str, ...]) -> None:
    assert syllables(text) == sounds


# Pairs that recognisers on telephone speech write for one another, and pairs that must stay apart.
@pytest.mark.parametrize(
    ("one", "other"), [("来电", "奈店"), ("四次", "是次"), ("打", "大"), ("反映", "反应"), ("回", "飞"), ("宽带", "宽待")]
)
def test_what_speakers_confuse_is_near(one: str, other: str) -> None:
    assert near(one) == near(other)


@pytest.mark.parametrize(("one", "other"), [("打", "他"), ("电话", "广播"), ("三", "五"), ("来", "去"), ("修", "走")])
def test_what_they_do_not_confuse_is_not(one: str, other: str) -> None:
    assert near(one) != near(other)


@given(ANY | HAN)
def test_there_is_one_sound_a_character(text: str) -> None:
    assert len(syllables(text)) == len(near(text)) == len(text)


@given(HAN, HAN)
def test_the_near_class_follows_from_the_syllable(one: str, other: str) -> None:
    """So whatever matches by character matches by syllable, and whatever matches by syllable matches by near class."""
    for a, b in zip(one, other, strict=False):
        if syllables(a) == syllables(b):
            assert near(a) == near(b)
    assert all(fold(s) == n for s, n in zip(syllables(one), near(one), strict=True) if len(s) > 1)
