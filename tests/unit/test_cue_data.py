"""The cue data keep what the annotation guide promises: fields, counts, splits, and nothing said twice."""

import csv
import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from laidian.cues import CUSTOMER_KINDS

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"
REPEAT = {"explicit_count", "prior_contact", "pending_followup", "broken_promise", "recurrence"}
KINDS = [*sorted(REPEAT), "escalation"]
TRADES = {"telecom", "bank", "ecommerce", "express", "utilities"}
FIELDS = [
    "id", "family", "split", "trade", "role", "text", "repeat_cue", "kinds", "prior_contacts", "style", "hard", "note",
]  # fmt: skip


@pytest.fixture(scope="module")
def utterances() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / "cues.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def labels() -> list[dict[str, str]]:
    with (DATA / "telecom_cue_labels.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_kinds_are_those_of_the_engine() -> None:
    assert set(KINDS) <= set(CUSTOMER_KINDS)


def test_every_utterance_has_the_fields_and_only_allowed_values(utterances: list[dict[str, Any]]) -> None:
    for row in utterances:
        assert list(row) == FIELDS, row["id"]
        assert row["split"] in {"train", "test"}, row["id"]
        assert row["trade"] in TRADES, row["id"]
        assert row["role"] in {"customer", "agent"}, row["id"]
        assert set(row["kinds"]) <= set(KINDS), row["id"]
        assert row["text"].strip() == row["text"] != "", row["id"]
        assert row["style"], row["id"]


def test_utterance_labels_agree_with_each_other(utterances: list[dict[str, Any]]) -> None:
    for row in utterances:
        assert row["repeat_cue"] is bool(REPEAT & set(row["kinds"])), row["id"]
        assert (row["prior_contacts"] is not None) is ("explicit_count" in row["kinds"]), row["id"]
        assert row["prior_contacts"] is None or row["prior_contacts"] >= 1, row["id"]
        assert not (row["hard"] and row["repeat_cue"]), row["id"]
        assert row["role"] == "customer" or not row["kinds"], f"{row['id']}: agent speech is no customer's cue"


def test_nothing_is_said_twice(utterances: list[dict[str, Any]]) -> None:
    bare = ["".join(char for char in row["text"] if char.isalnum()) for row in utterances]
    assert len(set(bare)) == len(bare)
    assert len({row["id"] for row in utterances}) == len(utterances)


def test_a_family_lies_in_one_split_and_one_trade(utterances: list[dict[str, Any]]) -> None:
    homes = defaultdict(set)
    for row in utterances:
        homes[row["family"]].add((row["split"], row["trade"]))
        odd = int(hashlib.sha256(row["family"].encode()).hexdigest(), 16) % 2
        assert row["split"] == ("test" if odd else "train"), "the split is drawn by the family's name, not chosen"
    assert all(len(home) == 1 for home in homes.values())
    assert len(homes) >= 120


@pytest.mark.parametrize(
    ("what", "least"),
    [("all", 1200), ("positive", 500), ("counted", 100), ("hard", 500)],
)
def test_there_are_enough(utterances: list[dict[str, Any]], what: str, least: int) -> None:
    found = {
        "all": len(utterances),
        "positive": sum(row["repeat_cue"] for row in utterances),
        "counted": sum(row["prior_contacts"] is not None for row in utterances),
        "hard": sum(row["hard"] for row in utterances),
    }
    assert found[what] >= least


def test_both_splits_hold_every_trade_and_kind(utterances: list[dict[str, Any]]) -> None:
    for split in ("train", "test"):
        mine = [row for row in utterances if row["split"] == split]
        assert 0.4 <= len(mine) / len(utterances) <= 0.6
        assert {row["trade"] for row in mine} == TRADES
        for kind in KINDS:
            assert sum(kind in row["kinds"] for row in mine) >= 8, (split, kind)


def test_real_labels_are_ids_and_labels_only(labels: list[dict[str, str]]) -> None:
    expected = ["dialogue_id", "turn", "label", "kinds", "clear", "prior_contacts", "part", "second_label"]
    assert list(labels[0]) == expected
    for row in labels:
        assert row["dialogue_id"].isdigit(), "an id, no text"
        assert row["turn"].isdigit()
        kinds = set(row["kinds"].split())
        assert kinds <= set(KINDS)
        assert row["label"] == ("cue" if kinds & REPEAT else "none")
        assert row["clear"] in {"yes", "ambiguous"}
        assert bool(row["prior_contacts"]) is ("explicit_count" in kinds)
        assert row["second_label"] in {"", "cue", "none"}
    assert len({(row["dialogue_id"], row["turn"]) for row in labels}) == len(labels)


def test_real_labels_are_parted_by_dialogue(labels: list[dict[str, str]]) -> None:
    for row in labels:
        odd = int(hashlib.sha256(row["dialogue_id"].encode()).hexdigest(), 16) % 2
        assert row["part"] == ("measure" if odd else "tune")


def test_the_later_labels_are_of_the_tuning_half_only_and_new(labels: list[dict[str, str]]) -> None:
    with (DATA / "telecom_cue_labels_later.csv").open(encoding="utf-8", newline="") as lines:
        later = list(csv.DictReader(lines))
    assert list(later[0]) == ["dialogue_id", "turn", "label", "clear"]
    known = {(row["dialogue_id"], row["turn"]) for row in labels}
    for row in later:
        assert row["dialogue_id"].isdigit() and row["turn"].isdigit()
        assert int(hashlib.sha256(row["dialogue_id"].encode()).hexdigest(), 16) % 2 == 0, "no dialogue to measure on is tuned on"
        assert (row["dialogue_id"], row["turn"]) not in known
        assert (row["label"], row["clear"]) in {("cue", "yes"), ("none", "yes"), ("", "ambiguous")}
    assert len(later) == 1153


def test_the_labels_apart_are_of_dialogues_that_hold_no_other_label(labels: list[dict[str, str]]) -> None:
    rows: list[dict[str, str]] = []
    for name in ("telecom_cue_labels_later.csv", "telecom_cue_labels_apart.csv"):
        with (DATA / name).open(encoding="utf-8", newline="") as lines:
            rows += [row | {"file": name} for row in csv.DictReader(lines)]
    apart = [row for row in rows if row["file"].endswith("apart.csv")]
    others = {row["dialogue_id"] for row in labels} | {row["dialogue_id"] for row in rows if row not in apart}
    assert not others & {row["dialogue_id"] for row in apart}
    by_batch = {batch: {row["dialogue_id"] for row in apart if row["batch"] == batch} for batch in ("read", "unread")}
    assert not by_batch["read"] & by_batch["unread"]
    assert all((row["label"], row["clear"]) in {("cue", "yes"), ("none", "yes"), ("", "ambiguous")} for row in apart)
    assert len(apart) == len({(row["dialogue_id"], row["turn"]) for row in apart}) == 675


def test_the_last_labels_are_of_the_measuring_half_only_and_new(labels: list[dict[str, str]]) -> None:
    known = {(row["dialogue_id"], row["turn"]) for row in labels}
    for name in ("telecom_cue_labels_later.csv", "telecom_cue_labels_apart.csv"):
        with (DATA / name).open(encoding="utf-8", newline="") as lines:
            known |= {(row["dialogue_id"], row["turn"]) for row in csv.DictReader(lines)}
    with (DATA / "telecom_cue_labels_last.csv").open(encoding="utf-8", newline="") as lines:
        last = list(csv.DictReader(lines))
    assert list(last[0]) == ["dialogue_id", "turn", "label", "clear", "batch", "second_label"]
    assert not known & {(row["dialogue_id"], row["turn"]) for row in last}
    assert len(last) == len({(row["dialogue_id"], row["turn"]) for row in last}) == 554
    for row in last:
        digest, half = (hashlib.sha256((seed + row["dialogue_id"]).encode()).hexdigest() for seed in ("", "last"))
        assert int(digest, 16) % 2 == 1, "of the measuring half"
        assert row["batch"] == ("unread" if int(half, 16) % 2 else "read")
    assert all((row["label"], row["clear"]) in {("cue", "yes"), ("none", "yes"), ("", "ambiguous")} for row in last)
