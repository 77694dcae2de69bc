"""Laws of the cue engine on any text: no crash, spans in bounds, one pass never misses what a form matches."""

import json
from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from laidian.cues import find, find_in_text, find_in_texts, load_lexicon
from laidian.cues.alike import likeness
from laidian.tables import Spoken, from_rows
from laidian.zh.script import simplify

LEXICON = load_lexicon()
SEED = [json.loads(line) for line in (Path(__file__).parent.parent / "data" / "cues_seed.jsonl").read_text("utf-8").splitlines()]
SAID = [line["text"] for line in SEED]

# Pieces of what people say, shuffled and cut, with anything at all between them.
PIECE = st.one_of(
    st.sampled_from(SAID), st.sampled_from(["打了", "三次", "电话", "客服", "又", "，", "。", "10010", "第二次来电"])
)
TEXT = st.lists(st.one_of(PIECE, st.text(max_size=12)), max_size=5).map("".join)
SPEAKER = st.sampled_from(["customer", "agent", "unknown", "ivr"])


@settings(max_examples=200, deadline=None)
@given(TEXT, SPEAKER, st.one_of(st.none(), st.floats(0, 1)))
def test_spans_lie_in_the_text_and_scores_between_the_threshold_and_one(text: str, speaker: str, sure: float | None) -> None:
    for found in find_in_text(text, speaker, LEXICON, sure):
        assert 0 <= found.begin < found.finish <= len(text)
        assert found.span == text[found.begin : found.finish]
        assert LEXICON.threshold <= found.score <= 1
        assert found.prior_contacts is None or found.prior_contacts >= 1


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=4))
def test_one_pass_never_misses_a_form_and_reads_strings_and_columns_alike(texts: list[str]) -> None:
    simple = [simplify(t).lower() for t in texts]
    masks = LEXICON.automaton.texts(simple)
    assert np.array_equal(masks, LEXICON.automaton.column(pl.Series(simple)))
    for text, mask in zip(simple, masks, strict=True):
        sounding = text.translate(LEXICON.encoder)
        hits = {n for n, f in enumerate(LEXICON.forms) if f.written.search(text) or f.sounding.search(sounding)}
        assert hits <= set(LEXICON.automaton.possible(mask))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(SAID))
def test_what_is_matched_as_written_is_wholly_alike(text: str) -> None:
    for number in LEXICON.automaton.possible(LEXICON.automaton.texts([text])[0]):
        form = LEXICON.forms[number]
        for hit in form.written.finditer(text):
            assert likeness(form.tree, text, hit.start(), hit.end()) == 1.0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(TEXT, SPEAKER), max_size=5))
def test_many_at_once_are_as_each_alone(said: list[tuple[str, str]]) -> None:
    alone = [find_in_text(text, speaker, LEXICON, 0.9) for text, speaker in said]
    assert find_in_texts([(text, speaker, 0.9) for text, speaker in said], LEXICON) == alone
    rows = [Spoken("c", 1, n, 0, speaker, None, None, text, 0.9) for n, (text, speaker) in enumerate(said)]
    table = find(from_rows(rows, Spoken), LEXICON)
    assert table["span"].to_list() == [f.span for found in alone for f in found]


def test_the_written_seeds_are_told_apart() -> None:
    """The first sentences the engine was written with: all found, and hardly a false one."""
    repeat = {kind for kind, known in LEXICON.kinds.items() if known.repeat}
    customers = [line for line in SEED if line["speaker"] == "customer" and line["kinds"] != ["escalation"]]
    said = [any(f.kind in repeat for f in find_in_text(line["text"], "customer", LEXICON)) for line in customers]
    assert [line["text"] for line, found in zip(customers, said, strict=True) if line["repeat"] and not found] == []
    assert sum(found and not line["repeat"] for line, found in zip(customers, said, strict=True)) <= 2


def test_rare_characters_lone_surrogates_and_emptiness_do_no_harm() -> None:
    odd = [
        "",
        " ",
        "\ud800打了三次电话了",
        "𠮷" * 50,
        "😀打电话😀" * 20,
        "\U000f0001\U0010fffd",
        "ß" * 10 + "İ打了三次了",
        "\x00\uffff",
    ]
    assert len(find_in_texts([(text, "customer", None) for text in odd], LEXICON)) == len(odd)
    assert [f.span for f in find_in_text("İß我打了三次电话了", "customer", LEXICON)] != []


def test_a_hundred_thousand_characters_on_a_line_are_read_in_pieces() -> None:
    said = "我给你们客服打了三次电话了，没人管。"
    found = find_in_text(said * 400, "customer", LEXICON)
    alone = find_in_text(said, "customer", LEXICON)
    assert [(f.kind, f.begin % len(said), f.prior_contacts) for f in found] == [
        (f.kind, f.begin, f.prior_contacts) for f in alone
    ] * 400
    assert all(f.span == (said * 400)[f.begin : f.finish] for f in found)
    assert find_in_text("打" * 100_000, "customer", LEXICON) == []


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=400), SPEAKER)
def test_random_bytes_do_no_harm(raw: bytes, speaker: str) -> None:
    for text in (raw.decode("utf-8", "replace"), raw.decode("gb18030", "replace"), raw.decode("utf-8", "surrogateescape")):
        find_in_text(text, speaker, LEXICON)
