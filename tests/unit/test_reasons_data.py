"""The labelled sets are fit to measure with: enough of each reason, nothing twice, no family on both sides."""

import csv
import json
from collections import Counter
from pathlib import Path

from laidian.lexicons import load_taxonomy

DATA = Path(__file__).parents[1] / "data"


def test_own_contacts() -> None:
    contacts = [json.loads(line) for line in (DATA / "reasons.jsonl").read_text(encoding="utf-8").splitlines()]
    reasons = load_taxonomy().reasons
    assert len(contacts) >= 800
    assert len({c["id"] for c in contacts}) == len(contacts)
    said = ["".join(text for speaker, text in c["turns"] if speaker == "customer") for c in contacts]
    assert len(set(said)) == len(said)
    assert {c["reason"] for c in contacts} == set(reasons)
    for split in ("train", "test"):
        counts = Counter(c["reason"] for c in contacts if c["split"] == split)
        assert set(counts) == set(reasons), split
    sides: dict[str, set[str]] = {}
    for contact in contacts:
        sides.setdefault(contact["family"], set()).add(contact["split"])
        assert contact["family"].startswith(contact["reason"] + "/")
        assert {speaker for speaker, _ in contact["turns"]} <= {"agent", "customer"}
    assert all(len(found) == 1 for found in sides.values())


def test_labels_of_real_dialogues_hold_ids_and_reasons_only() -> None:
    with (DATA / "telecom_reason_labels.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["dialogue_id", "reason"]
    assert len(rows) > 300 and len({row[0] for row in rows}) == len(rows)
    assert all(row[0].isdigit() and row[1] in load_taxonomy().reasons for row in rows[1:])
