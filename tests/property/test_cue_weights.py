"""The compiled reading of the scorer's features against the plain definition of them, on anything that can be said or typed."""

import json
import math
import re
import tomllib
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laidian.cues.features import Feature, blocks, normal, stretches
from laidian.cues.frames import SPANS, grouped
from laidian.cues.scorer import load_scorer
from laidian.zh.script import simplify
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = load_scorer().weights
WORDS = frozenset(WEIGHTS.alphabet.words)
BEGINS = [0, *WEIGHTS.ends.tolist()]
ROWS = [{key: begin + at for at, key in enumerate(WEIGHTS.keys[begin:end].tolist())} for begin, end in pairwise(BEGINS)]
SAID = [json.loads(line)["text"] for line in (ROOT / "tests/data/cues_seed.jsonl").read_text("utf-8").splitlines()]
PIECE = st.one_of(
    st.sampled_from(SAID), st.sampled_from(["打了", "三次", "三个月", "客服", "又，", "10010", "。", "一万号", " "])
)
TEXT = st.lists(st.one_of(PIECE, st.text(max_size=12)), max_size=5).map("".join)


def number(block: int, feature: Feature) -> int | None:
    """The key of a feature, None of one with a sound that no feature has."""
    try:
        return WEIGHTS.alphabet.key(block, feature)
    except KeyError:
        return None


def plainly(text: str) -> NDArray[np.float64]:
    """The margins by the definition: every feature spelled out, counted, weighed, each block brought to length one."""
    margins = WEIGHTS.intercept.astype(float)
    for block, features in enumerate(blocks(text, WORDS)):
        found = {
            ROWS[block][key]: 1 + math.log(n) for f, n in Counter(features).items() if (key := number(block, f)) in ROWS[block]
        }
        if found:
            rows = np.array(list(found))
            values = np.array(list(found.values())) * WEIGHTS.idf[rows]
            margins = margins + (values / math.sqrt(values @ values)) @ WEIGHTS.weight[rows]
    return margins


@settings(max_examples=150, deadline=None)
@given(TEXT)
def test_the_compiled_margins_are_those_of_the_definition(text: str) -> None:
    written = simplify(text).lower()
    whole, best, known = WEIGHTS.margins(written)
    assert whole == pytest.approx(plainly(written), abs=1e-4)
    assert best == pytest.approx(max((plainly(s)[0] for s in stretches(written)), default=whole[0]), abs=1e-4)
    plain = normal(written)
    pairs = [plain[at : at + 2] for at in range(len(plain) - 1)]
    assert known == pytest.approx(sum(number(0, pair) in ROWS[0] for pair in pairs) / max(len(pairs), 1))


def test_keys_ascend_in_each_block_and_every_sound_and_word_has_room_in_one() -> None:
    for begin, end in pairwise(BEGINS):
        assert np.all(WEIGHTS.keys[begin : end - 1] < WEIGHTS.keys[begin + 1 : end])
    assert len(WEIGHTS.alphabet.sounds) < 1 << 12
    assert 0x110000 + len(WORDS) < 1 << 21
    assert max(map(len, grouped())) <= 5 and max(map(len, SPANS)) <= 2
    assert len(set(grouped().values())) + 2 < 1 << 5


def test_frames_name_known_slots_and_each_form_closes_what_it_opens() -> None:
    source = tomllib.loads((ROOT / "models/training/cue_frames.toml").read_text("utf-8"))
    kinds = {"explicit_count", "prior_contact", "pending_followup", "broken_promise", "recurrence"}
    forms = [form for frame in source["frame"] for form in frame["forms"]]
    assert set(re.findall(r"\{(\w+)\}", " ".join(forms))) == set(source["slots"])
    assert len(set(forms)) == len(forms)
    for frame in source["frame"]:
        assert set(frame["kinds"]) <= kinds and frame["draws"] > 0
        assert all(form.count("(") == form.count(")") for form in frame["forms"])
    assert 0.35 <= sum(bool(frame["kinds"]) * len(frame["forms"]) for frame in source["frame"]) / len(forms) <= 0.65
