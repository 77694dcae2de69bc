"""A number read out over several utterances is one number."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laidian.redact import MARK, redact, utterances
from laidian.tables import Spoken, Utterance, check, from_rows


def said(*turns: tuple[str, str]) -> pl.DataFrame:
    """Who said what, in order; the agent is on channel 0."""
    rows = [
        Spoken("c", 1, n, 0 if who == "agent" else 1, who, float(n), n + 0.5, text, 0.9)  # type: ignore[arg-type]
        for n, (who, text) in enumerate(turns)
    ]
    return from_rows(rows, Spoken)


def shown(*turns: tuple[str, str]) -> list[str]:
    return check(utterances(said(*turns), {"c": ["赵秀英", "王先生"]}), Utterance)["text"].to_list()


@pytest.mark.parametrize("pieces", [("幺三八", "零零幺三", "八零零零"), ("138", "0013", "8000"), ("幺三八零", "零幺三八零零零")])
def test_a_number_in_pieces_with_an_agent_between_them(pieces: tuple[str, ...]) -> None:
    turns = [turn for piece in pieces for turn in (("customer", piece), ("agent", "嗯"))]
    assert shown(("customer", "我的号码是"), *turns) == ["我的号码是", *(t for p in pieces for t in (MARK * len(p), "嗯"))]


@pytest.mark.parametrize("heard", ["199,0000,00104", "199 0000 010", "1990000,010", "6217 0012 3456 789"])
def test_a_number_that_lost_or_gained_a_digit_goes_as_well(heard: str) -> None:
    assert shown(("customer", heard)) == [MARK * len(heard)]


def test_numbers_that_are_nobodys_stay() -> None:
    assert shown(("customer", "打了三次"), ("customer", "扣了二十块"), ("customer", "八号打的")) == [
        "打了三次",
        "扣了二十块",
        "八号打的",
    ]


def test_a_name_of_the_log_goes_however_it_was_spelt() -> None:
    assert shown(("customer", "顾名是赵修英"), ("agent", "是招秀英女士吗")) == ["顾名是■■■", "是■■■女士吗"]


def test_a_title_in_the_log_is_no_name() -> None:
    assert shown(("agent", "王先生您好")) == ["王先生您好"]


def test_no_rows() -> None:
    assert utterances(said(), {}).is_empty()


@given(st.lists(st.text("我的电话一二三幺138 是，块次"), max_size=6))
def test_lengths_are_kept_and_nothing_redacted_alone_comes_back(texts: list[str]) -> None:
    out = shown(*(("customer", text) for text in texts))
    assert [len(text) for text in out] == [len(text) for text in texts]
    for before, after in zip(texts, out, strict=True):
        alone = redact(before)
        assert all(b != MARK or a == MARK for b, a in zip(alone, after, strict=True))
