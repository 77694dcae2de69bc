"""The learned scorer: frames by sound, counts, and that evidence decides together with the grammar."""

import json
from pathlib import Path

import pytest
from laidian.cues import find_in_text, load_lexicon
from laidian.cues.counts import stated
from laidian.cues.frames import frames, groups
from laidian.cues.scorer import KINDS, SHORTEST, load_scorer

LEXICON, SCORER = load_lexicon(), load_scorer()
SEED = Path(__file__).resolve().parents[1] / "data" / "cues_seed.jsonl"
TRAINING = Path(__file__).resolve().parents[2] / "models" / "training" / "cue_sentences.jsonl"
SAID = [line["text"] for line in map(json.loads, SEED.read_text("utf-8").splitlines()) if line["speaker"] == "customer"]


def best(text: str, confidence: float | None) -> float:
    """The grammar's best repeat cue."""
    found = find_in_text(text, "customer", LEXICON, confidence, learned=False)
    return max((f.score for f in found if f.kind in KINDS), default=0.0)


def test_a_frame_is_of_word_groups_and_goes_by_sound() -> None:
    assert groups("昨天打热线说没人管。第三次了") == [["when", "hotline", "say", "unmet"], ["count"]]
    assert list(frames("上周打客服说没下文")) == list(frames("昨天打课服硕没下文"))
    assert set(frames("说没人管")) == {"say", "unmet", "say-unmet"}
    assert "when~say" in set(frames("昨天热线说"))
    assert list(frames("")) == []


@pytest.mark.parametrize(
    ("text", "prior"),
    [
        ("打了三次", 3), ("这是第三次了", 2), ("上午一次，下午一次", 2), ("一次说没有，一次说有，两次都不对", 2),
        ("第一次打", None), ("打了好几个电话", 3), ("打俩了", 2), ("打了三个月", None), ("网断了", None),
    ],
)  # fmt: skip
def test_the_stated_count(text: str, prior: int | None) -> None:
    assert stated(text).number == prior


def test_short_and_strange_texts_are_left_to_the_grammar() -> None:
    assert SCORER.evidence("打过了", 0.9, SCORER.typed) is None
    assert SCORER.evidence("zxqj vbnm wrtp lkjh", 0.0, SCORER.heard) is None
    assert [f.kind for f in find_in_text("第三次打了", "customer", LEXICON)] == ["explicit_count"]


def test_a_plainer_form_is_more_evidence() -> None:
    for text in SAID[:50]:
        none, some, much = (SCORER.evidence(text, score, SCORER.typed) for score in (0.0, 0.5, 0.9))
        if len(text) >= SHORTEST and none is not None and some is not None and much is not None:
            assert none < some < much


@pytest.mark.parametrize("confidence", [None, 0.8])
def test_a_repeat_cue_is_found_exactly_where_there_is_enough_evidence(confidence: float | None) -> None:
    """Of typed texts, and, with another bar, of a recogniser's."""
    bar = SCORER.typed if confidence is None else SCORER.heard
    told = 0
    for text in SAID:
        found = {f.kind for f in find_in_text(text, "customer", LEXICON, confidence)} & set(KINDS)
        evidence = SCORER.evidence(text, best(text, confidence), bar)
        if evidence is not None:
            assert bool(found) is (evidence >= bar.enough), text
            told += bool(found)
    assert told > 50


def test_texts_without_any_form_are_read_too() -> None:
    """Sentences that the scorer learned from, the grammar finds nothing in: most cues are told by the text, few wrongly."""
    said = [line for line in map(json.loads, TRAINING.read_text("utf-8").splitlines()) if line["role"] == "customer"][::12]
    silent = [line for line in said if len(line["text"]) >= SHORTEST and best(line["text"], None) == 0.0]
    told = {cue: [line["text"] for line in silent if line["repeat_cue"] is cue] for cue in (True, False)}
    found = {cue: sum(bool(find_in_text(text, "customer", LEXICON)) for text in texts) for cue, texts in told.items()}
    assert len(told[True]) >= 30 and found[True] >= 0.6 * len(told[True])
    assert found[False] <= 0.05 * len(told[False])
