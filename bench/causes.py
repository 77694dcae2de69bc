"""Why customers came back: the rules on exchanges of two calls that we wrote and labelled, beside a learned baseline.

    python bench/causes.py [--missed]

`tests/data/causes.jsonl`: a line an exchange of two calls of one customer, with the cause that a listener to both names. Its
families were written when the words of the rules stood, and nothing was chosen by it. The rules' words and what is learned come
from other families (`models/training/cause_exchanges.jsonl`). Texts are ours and typed, so cleaner than speech.
Everything runs as at night: cues, reasons and the link's kind are found in the words; tickets and legs, which decide beside the
words in a real log, are not there. Peer: TF-IDF of characters 1 to 3 + LinearSVC on the second call's words, fitted to the train
split.
"""

import argparse
import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

ROOT = Path(__file__).parents[1]
TEST = ROOT / "tests" / "data" / "causes.jsonl"
LEARNED = ROOT / "pipeline" / "laidian" / "models" / "training" / "cause_exchanges.jsonl"
BEGUN = datetime(2025, 3, 3, 9)
Exchange = dict[str, Any]


def exchanges(path: Path) -> list[Exchange]:
    """All of a file, in its order."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def told_causes(some: list[Exchange]) -> dict[str, tuple[str, list[str]]]:
    """Exchange id -> cause and basis, by the rules."""
    from laidian import cues, lexicons, reasons
    from laidian.cases.wording import kind_of
    from laidian.issues.alike import words as said_by
    from laidian.issues.causes import Told, link_causes
    from laidian.issues.practices import with_agent_text
    from laidian.tables import Spoken, from_rows

    spoken = [
        Spoken(f"{one['id']}/{call}", 0, turn, None, speaker, None, None, text, None)
        for one in some for call in (0, 1) for turn, (speaker, text) in enumerate(one["calls"][call])
    ]  # fmt: skip
    table = from_rows(spoken, Spoken)
    before = pl.DataFrame([{"contact_id": f"{one['id']}/0", "text": said_by(one["calls"][0], "agent")} for one in some])
    found, taxonomy = cues.find(table, cues.load_lexicon()), lexicons.load_taxonomy()
    said = table.filter(pl.col("speaker") == "customer").group_by("contact_id", maintain_order=True)
    words = dict(said.agg(pl.col("text").str.join("。")).rows())
    kinds = {i: {kind for (kind,) in rows.select("kind").rows()} for (i,), rows in _customers(found).group_by("contact_id")}
    contacts = pl.DataFrame([
        {"contact_id": f"{one['id']}/{call}", "started_at": at, "ended_at": at, "legs": 1, "transferred": False}
        for one in some for call, at in ((0, BEGUN), (1, BEGUN + timedelta(days=one["days"])))
    ])  # fmt: skip
    links = pl.DataFrame([
        {"contact_id": f"{one['id']}/1", "earlier_contact_id": f"{one['id']}/0", "repeat": True,
         "kind": kind_of(kinds.get(f"{one['id']}/1", set()), words.get(f"{one['id']}/1", ""))}
        for one in some
    ])  # fmt: skip
    dates = pl.Datetime("us")
    tickets = pl.DataFrame(schema={"contact_id": pl.String, "promised_by": dates, "closed_at": dates, "visit_result": pl.String})
    told = Told(
        contacts, found, tickets, pl.DataFrame({"contact_id": words.keys(), "text": words.values()}), before,
        with_agent_text(table), reasons.classify(table, taxonomy).filter("primary"), taxonomy.several,
    )  # fmt: skip
    rows = link_causes(links, told).select("subject", "cause", "basis").rows()
    return {subject.removesuffix("/1"): (cause, basis) for subject, cause, basis in rows}


def _customers(found: pl.DataFrame) -> pl.DataFrame:
    return found.filter(pl.col("speaker") == "customer")


def learned(train: list[Exchange], test: list[Exchange]) -> list[str]:
    """The peer's answers."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    def words(one: Exchange) -> str:
        return "。".join(text for speaker, text in one["calls"][1] if speaker == "customer")

    peer = make_pipeline(TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True), LinearSVC())
    peer.fit([words(one) for one in train], [one["cause"] for one in train])
    return [str(answer) for answer in peer.predict([words(one) for one in test])]


def show(name: str, truth: list[str], answers: list[str]) -> None:
    """Prints one line: how many, accuracy, macro-F1; of each cause its precision and recall as counts."""
    from sklearn.metrics import f1_score

    right = Counter(t for t, a in zip(truth, answers, strict=True) if t == a)
    asked, given = Counter(truth), Counter(answers)
    print(json.dumps({
        "system": name, "exchanges": len(truth), "accuracy": round(right.total() / len(truth), 3),
        "macro_f1": round(float(f1_score(truth, answers, average="macro", labels=sorted(asked), zero_division=0.0)), 3),
        "recall": {cause: f"{right[cause]} of {n}" for cause, n in sorted(asked.items())},
        "precision": {cause: f"{right[cause]} of {n}" for cause, n in sorted(given.items())},
    }, ensure_ascii=False))  # fmt: skip


def main() -> None:
    """Prints the figures of laidian, of its rules alone and of the peer; with --missed what laidian missed."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--missed", action="store_true", help="show what was told wrongly")
    given = asked.parse_args()
    test, others = exchanges(TEST), exchanges(LEARNED)
    truth, told = [one["cause"] for one in test], told_causes(test)
    show("laidian", truth, [told[one["id"]][0] for one in test])
    likened = {i for i, (_, basis) in told.items() if basis and basis[0].startswith("like_")}
    by_rules = ["unclear" if one["id"] in likened else told[one["id"]][0] for one in test]
    show("its rules alone", truth, by_rules)
    show("tf-idf + LinearSVC", truth, learned(others, test))
    for one in test if given.missed else []:
        cause, basis = told[one["id"]]
        if cause != one["cause"]:
            print(f"{one['cause']} <- {cause} {basis} {one['calls']}")


if __name__ == "__main__":
    main()
