"""Random texts and conversations: the scan against its slow twin, and laws of the reasons that hold whatever is said."""

from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laidian.lexicons import OTHER, Taxonomy, load_taxonomy
from laidian.reasons import classify
from laidian.reasons.likeness import Likeness
from laidian.reasons.scan import Scanner
from laidian.reasons.tokens import Tokens

from tests.reference_reasons import slow_hits, slow_likeness

# Characters with many homophones and near homophones among them, so that every layer of the scan is met.
SOUNDS = "宽款带待代断段网往忘卡喀丢修休报抱红洪灯等来莱电店点App5五，。"
WORDS = [
    "宽带", "断网", "报修", "红灯", "来电", "宽带断网", "网断", "带断网", "修宽带", "等红灯", "app", "5g", "电报修",
]  # fmt: skip


@cache
def taxonomy() -> Taxonomy:
    return load_taxonomy()


@cache
def tokens() -> Tokens:
    return Tokens(["宽带", "断网"])


@settings(max_examples=150, deadline=None)
@given(
    st.text(SOUNDS, max_size=14),
    st.sets(st.sampled_from(WORDS), min_size=1),
    st.sets(st.sampled_from("断修灯")),
    st.sets(st.sampled_from(WORDS)),
)
def test_scan_is_its_slow_twin(text: str, words: set[str], singles: set[str], exact_only: set[str]) -> None:
    scanner = Scanner(words, singles, exact_only, tokens())
    assert [tuple(hit) for hit in scanner.hits(text)] == slow_hits(text, words, singles, exact_only, tokens())


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["宽带坏了", "款待断网", "查话费", "，", "我卡丢了", "app", "给我打电话", "闪退"]), max_size=3))
def test_likeness_is_its_slow_twin(parts: list[str]) -> None:
    text = "".join(parts)
    found, slow = likeness().of(text), slow_likeness(text, taxonomy())
    assert {r: round(w, 9) for r, w in found.items() if w > 0} == {r: round(w, 9) for r, w in slow.items() if w > 0}


@cache
def likeness() -> Likeness:
    return Likeness(taxonomy())


talks = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["customer", "agent", "ivr", "unknown"]),
        st.sampled_from(
            ["宽带断了", "话费扣多了", "您好，星海银行", "我卡丢了", "好的", "  ", "停电了", "退款没到账", "谢谢，再见"]
        ),
    ),
    max_size=12,
)


def table(said: list[tuple[str, str, str]]) -> pl.DataFrame:
    rows = [
        {"contact_id": c, "recording_no": 1, "turn": n, "speaker": speaker, "text": text}
        for n, (c, speaker, text) in enumerate(said)
    ]
    return pl.DataFrame(rows, schema={"contact_id": pl.String, "recording_no": pl.Int64, "turn": pl.Int64,
                                      "speaker": pl.String, "text": pl.String})  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(talks, st.randoms())
def test_order_of_rows_and_other_contacts_change_nothing(said: list[tuple[str, str, str]], dice: Any) -> None:
    whole = table(said)
    order = list(range(len(said)))
    dice.shuffle(order)
    found = classify(whole, taxonomy())
    assert classify(whole[order] if said else whole, taxonomy()).equals(found)
    for contact in {c for c, _, _ in said}:
        alone = classify(whole.filter(pl.col("contact_id") == contact), taxonomy())
        assert alone.equals(found.filter(pl.col("contact_id") == contact))


@settings(max_examples=40, deadline=None)
@given(talks)
def test_every_contact_with_words_has_one_primary_and_others_are_honest(said: list[tuple[str, str, str]]) -> None:
    found = classify(table(said), taxonomy())
    assert set(found["contact_id"]) == {c for c, _, text in said if text.strip()}
    for rows in found.partition_by("contact_id"):
        assert rows["primary"].sum() == 1
        assert rows.sort("score", descending=True)["score"][0] == rows.filter("primary")["score"][0]
        if OTHER in rows["reason"].to_list():
            assert rows.height == 1 and rows["score"][0] == 0 and rows["turn"][0] is None


@settings(max_examples=40, deadline=None)
@given(talks)
def test_the_menu_never_gives_a_reason(said: list[tuple[str, str, str]]) -> None:
    silent = [(c, "ivr", text) for c, _, text in said]
    assert set(classify(table(silent), taxonomy())["reason"]) <= {OTHER}


@pytest.mark.parametrize("reason", ["telecom.broadband_fault", "bank.card_loss"])
def test_saying_it_again_never_weakens_it(reason: str) -> None:
    words = {"telecom.broadband_fault": "宽带断了", "bank.card_loss": "我的银行卡丢了"}[reason]
    scores = []
    for times in range(1, 5):
        found = classify(table([("a", "customer", words)] * times), taxonomy()).filter("primary")
        assert found["reason"][0] == reason
        scores.append(found["score"][0])
    assert scores == sorted(scores)
