"""Random texts and conversations: the scan against its slow twin, and laws of the reasons that hold whatever is said."""

from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laidian.lexicons import OTHER, Taxonomy, load_taxonomy
from laidian.reasons import classify
from laidian.reasons.compile import compile_matcher
from laidian.reasons.fit import margins
from laidian.reasons.learned import load_learned, lower
from laidian.reasons.scan import coded, find_words, letters_of, words_of
from laidian.reasons.sound import likeness
from laidian.reasons.tokens import dictionary
from laidian.zh.syllables import near

from tests.reference_reasons import Line, SlowReasons, Tokens, slow_hits

# Characters with many homophones and near homophones among them, so that every layer of the scan is met.
SOUNDS = "宽款带待代断段网往忘卡喀丢修休报抱红洪灯等来莱电店点App5五+，。"
WORDS = [
    "宽带", "断网", "报修", "红灯", "来电", "宽带断网", "网断", "带断网", "修宽带", "等红灯", "app", "5g", "电报修",
    "断", "修", "灯",
]  # fmt: skip
CUT = ["宽带", "断网"]


@cache
def taxonomy() -> Taxonomy:
    return load_taxonomy()


@cache
def slow() -> SlowReasons:
    return SlowReasons(taxonomy(), load_learned())


tokens, table = cache(lambda: Tokens(CUT)), cache(lambda: dictionary(CUT))


@settings(max_examples=150, deadline=None)
@given(st.text(SOUNDS, max_size=14), st.sets(st.sampled_from(WORDS), min_size=1), st.sets(st.sampled_from(WORDS)))
def test_scan_is_its_slow_twin(text: str, words: set[str], silent: set[str]) -> None:
    ordered = sorted(words)
    letters = letters_of({sound for word in ordered if len(word) > 1 for sound in near(word)} | {"wan"})
    hits = find_words(coded([text], letters), letters, words_of(ordered, silent, letters), table())
    found = [(int(b), int(e), ordered[w], float(t)) for b, e, w, t in zip(*hits, strict=True)]
    assert found == slow_hits(lower(text), words, silent, tokens())


SAID = [
    "宽带断了", "款待断网", "我要投诉", "查话费", "不是宽带", "话费扣多了", "您好，星海银行", "我卡丢了", "好的", "  ",
    "停电了", "退款没到账", "谢谢，再见", "光猫闪红灯修了又断", "装宽带", "手机上网页打不开", "店里网坏了", "App闪退",
    "快递丢了", "包裹一直没动", "挖断光缆了", "ABC5G",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(SAID), max_size=4).map("，".join)
turns = st.lists(st.tuples(st.sampled_from(["customer", "agent", "ivr", "unknown"]), TEXTS), min_size=1, max_size=7)


@settings(max_examples=60, deadline=None)
@given(st.lists(turns, min_size=1, max_size=3), st.booleans())
def test_reasons_are_their_slow_twins(said: list[list[tuple[str, str]]], outbound: bool) -> None:
    rows = [(f"c{c}", speaker, text) for c, contact in enumerate(said) for speaker, text in contact if text.strip()]
    log = pl.DataFrame({"contact_id": [f"c{n}" for n in range(len(said))]}).with_columns(
        hotline=pl.lit(None, pl.String), queue=pl.lit(None, pl.String), direction=pl.lit("outbound" if outbound else "inbound")
    )
    found = classify(table_of(rows), taxonomy(), log)
    for contact in sorted({row[0] for row in rows}):
        lines = [Line(1, n, speaker, text) for n, (c, speaker, text) in enumerate(rows) if c == contact]
        told = slow().tell(lines, outbound)
        mine = found.filter(pl.col("contact_id") == contact).sort("primary", "score", descending=True)
        scores = dict(mine.select("reason", "score").iter_rows())
        assert set(scores) == {t.reason for t in told}
        assert all(abs(scores[t.reason] - t.score) <= 2e-4 for t in told)
        rows_of = {r["reason"]: r for r in mine.iter_rows(named=True)}
        assert rows_of[told[0].reason]["primary"]
        assert {t.reason: (t.issue, t.turn) for t in told} == {r: (v["issue"], v["turn"]) for r, v in rows_of.items()}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([*SAID, "A网B", "——"]).filter(str.strip), min_size=1, max_size=5))
def test_likeness_is_the_plain_margin_above_its_floor(texts: list[str]) -> None:
    matcher, learned = compile_matcher(taxonomy()), load_learned()
    begins = np.cumsum([0, *(len(text) + 1 for text in texts)])
    factor, share = np.arange(1.0, len(texts) + 1), np.linspace(1, 2, len(matcher.reasons))
    found = likeness(coded(texts, matcher.plan.letters), begins, matcher.plan.sounds, matcher.plan.letters, factor, share)
    like = np.zeros((len(texts), len(matcher.reasons)))
    like[np.repeat(np.arange(len(texts)), np.diff(found.first)), found.reason] = found.above
    like /= factor[:, None] * share
    for n, plain in enumerate(margins(learned, map(lower, texts))):
        floor = max(-0.8, plain[learned.reasons.index(OTHER)] + 0.2)
        wanted = {r: max(0.0, m - floor) for r, m in zip(learned.reasons, plain, strict=True)}
        if texts[n] == "——":
            wanted = {}
        assert np.allclose(like[n], [wanted.get(r, 0.0) for r in matcher.reasons], atol=1e-4)


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


def table_of(said: list[tuple[str, str, str]]) -> pl.DataFrame:
    rows = [
        {"contact_id": c, "recording_no": 1, "turn": n, "speaker": speaker, "text": text}
        for n, (c, speaker, text) in enumerate(said)
    ]
    return pl.DataFrame(rows, schema={"contact_id": pl.String, "recording_no": pl.Int64, "turn": pl.Int64,
                                      "speaker": pl.String, "text": pl.String})  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(talks, st.randoms())
def test_order_of_rows_and_other_contacts_change_nothing(said: list[tuple[str, str, str]], dice: Any) -> None:
    whole = table_of(said)
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
    found = classify(table_of(said), taxonomy())
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
    assert set(classify(table_of(silent), taxonomy())["reason"]) <= {OTHER}


@pytest.mark.parametrize("reason", ["telecom.broadband_fault", "bank.card_loss"])
def test_saying_it_again_never_weakens_it(reason: str) -> None:
    words = {"telecom.broadband_fault": "宽带断了", "bank.card_loss": "我的银行卡丢了"}[reason]
    scores = []
    for times in range(1, 5):
        found = classify(table_of([("a", "customer", words)] * times), taxonomy()).filter("primary")
        assert found["reason"][0] == reason
        scores.append(found["score"][0])
    assert scores == sorted(scores)
