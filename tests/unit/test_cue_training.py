"""The training sentences of the cue scorer: well-formed, all different, balanced, and none of them in the test split."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIELDS = {"id", "family", "text", "role", "prev", "repeat_cue", "kinds", "style", "trade"}
REPEAT_KINDS = {"explicit_count", "prior_contact", "pending_followup", "broken_promise", "recurrence"}
KINDS = REPEAT_KINDS | {"escalation"}
TRADES = {"telecom", "bank", "ecommerce", "express", "utilities"}


def rows_of(path: str) -> list[dict[str, Any]]:
    """The rows of one JSON-lines file of the repository, in file order."""
    return [json.loads(line) for line in (ROOT / path).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return rows_of("models/training/cue_sentences.jsonl")


def test_every_row_has_the_fields_with_known_values(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        assert set(row) - {"prior_contacts"} == FIELDS, row["id"]
        assert "prior_contacts" not in row or "explicit_count" in row["kinds"], row["id"]
        assert row["text"].strip() and row["family"], row["id"]
        assert row["prev"] is None or row["prev"].strip(), row["id"]
        assert row["role"] in {"customer", "agent"}, row["id"]
        assert row["style"] in {"phone", "micro-blog"}, row["id"]
        assert row["trade"] in TRADES, row["id"]
        assert set(row["kinds"]) <= KINDS and len(set(row["kinds"])) == len(row["kinds"]), row["id"]


def test_the_label_follows_from_the_kinds(rows: list[dict[str, Any]]) -> None:
    """A cue has a repeat kind; escalation alone is none; an agent's turn is never a cue."""
    for row in rows:
        assert row["repeat_cue"] is bool(REPEAT_KINDS & set(row["kinds"])), row["id"]
        assert row["role"] == "customer" or row["kinds"] == [], row["id"]


def test_ids_and_texts_are_unique(rows: list[dict[str, Any]]) -> None:
    for field in ("id", "text"):
        twice = [value for value, n in Counter(row[field] for row in rows).items() if n > 1]
        assert twice == [], field


def test_the_mix_is_balanced(rows: list[dict[str, Any]]) -> None:
    """Neither label, style nor kind is left to a handful of rows; both labels come in short and in long."""
    assert len(rows) >= 2400
    assert 0.38 <= sum(row["repeat_cue"] for row in rows) / len(rows) <= 0.5
    assert 0.04 <= sum(row["role"] == "agent" for row in rows) / len(rows) <= 0.12
    kinds = Counter(kind for row in rows for kind in row["kinds"])
    assert min(kinds[kind] for kind in REPEAT_KINDS) >= 60
    for style in ("phone", "micro-blog"):
        for cue in (True, False):
            assert sum(row["style"] == style and row["repeat_cue"] is cue for row in rows) >= 80, (style, cue)
    for cue in (True, False):
        assert sum(len(row["text"]) >= 60 and row["repeat_cue"] is cue for row in rows) >= 30, cue


def test_nothing_of_the_test_split_is_trained_on(rows: list[dict[str, Any]]) -> None:
    """Neither the same sentence nor one with a word put before or behind it."""
    test_texts = {row["text"] for row in rows_of("tests/data/cues.jsonl") if row["split"] == "test"}
    assert test_texts
    assert test_texts & {row["text"] for row in rows} == set()
    everything = "\n".join(row["text"] for row in rows)
    assert [text for text in test_texts if len(text) >= 8 and text in everything] == []
