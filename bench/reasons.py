"""Call reasons of our own labelled contacts: laidian cold, and with labels learned, beside two usual baselines.

    python bench/reasons.py [--dialogues telecom_dialogues.jsonl]

Peers, in the same run on the same texts: TF-IDF of character 1- to 3-grams + LinearSVC, and jieba words + logistic regression.
`tests/data/reasons.jsonl` is split by scenario family, so no test contact has a sibling in training. Rules and scorer were made
from the train split, the seed contacts and our own sentences only. A `hotline` line gives every contact the hotline that a real
log would name. Speeds are by the seconds of a core, so a busy machine changes them little.
`--dialogues` needs the STC-3 download (micro-blog text, angrier and longer than speech, its terms allow research only).
"""

import argparse
import csv
import hashlib
import json
import random
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from laidian.lexicons import OTHER, Taxonomy, load_taxonomy
from laidian.reasons import classify
from laidian.reasons.fit import sentences, words_of
from laidian.reasons.learned import Learned
from laidian.reasons.training import Labelled, learn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import jieba

sys.path.append(str(Path(__file__).parents[1]))
from tests.misheard import misheard

DATA = Path(__file__).parents[1] / "tests" / "data"
HOTLINES = {"telecom": "10111", "bank": "95111", "ecommerce": "4001", "express": "95222", "utilities": "4002", "public": "12345"}
Contact = dict[str, Any]
COPIES, SLIPS = 60, 1 / 6  # of the contacts, for the speed; share of the characters misheard in each (decision 6)
SHOWN = 3  # turns of a dialogue

jieba.setLogLevel(60)


def main() -> None:
    """Prints one line a system: macro-F1, accuracy, contacts a second."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--dialogues", type=Path, help="telecom_dialogues.jsonl of the STC-3 download")
    chosen = options.parse_args()
    taxonomy = load_taxonomy()
    classify(spoken([{"id": "first", "turns": [("customer", "你好")]}]), taxonomy)  # compiles the taxonomy, once a night
    own(taxonomy)
    if chosen.dialogues:
        dialogues(taxonomy, chosen.dialogues)


def own(taxonomy: Taxonomy) -> None:
    """Our own contacts, test split."""
    contacts = [json.loads(line) for line in (DATA / "reasons.jsonl").read_text(encoding="utf-8").splitlines()]
    train, test = ([c for c in contacts if c["split"] == split] for split in ("train", "test"))
    truth = [c["reason"] for c in test]
    print(f"own contacts: {len(train)} train, {len(test)} test, {len(set(truth))} reasons; split by scenario family")
    show("laidian, cold, text alone", truth, *timed(lambda: by_rules(test, taxonomy)))
    show("laidian, cold, hotline known", truth, *timed(lambda: by_rules(test, taxonomy, hotlines=True)))
    for size in (300, len(train)):
        some = drawn(train, size)
        labels = [c["reason"] for c in some]
        for name, peer in peers().items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                peer.fit([words(c) for c in some], labels)
            show(f"{name}, {size} labels", truth, *timed(lambda p=peer: list(p.predict([words(c) for c in test]))))  # type: ignore[misc]
        show(f"laidian, {size} labels", truth, *timed(lambda: combined(some, test, taxonomy)))  # noqa: B023
    blind(taxonomy)
    chat(taxonomy)
    speed(taxonomy, contacts, test)


def speed(taxonomy: Taxonomy, contacts: Sequence[Contact], test: Sequence[Contact]) -> None:
    """Utterances a second of one core, the table of utterances given and the table of reasons made, beside the usual baseline.

    Every copy of a contact is misheard anew, one character in six, so that nothing is read twice but what a night says twice
    too. The baseline is timed as taught by the labelled contacts, and as taught by all that our scorer learned, which brings it
    nearest to our accuracy; its answers on the test split are shown.
    """
    dice = random.Random(0)
    many = [
        dict(c, id=f"{n:02d}.{c['id']}", turns=[(who, misheard(text, SLIPS, dice) or text) for who, text in c["turns"]])
        for n in range(COPIES)
        for c in contacts
    ]
    table = spoken(many)
    texts = table["text"].to_list()
    said = [*sentences(), *words_of(taxonomy)]
    taught = {
        f"{len(contacts)} contacts": ([words(c) for c in contacts], [c["reason"] for c in contacts]),
        f"{len(said)} sentences and words, as ours": ([e.text for e in said], [e.reason for e in said]),
    }
    for name, (learned, reasons) in taught.items():
        peer = peers()["TF-IDF 1-3 + LinearSVC"]
        peer.fit(learned, reasons)
        if len(learned) == len(said):
            answers = list(peer.predict([words(c) for c in test]))
            show(f"TF-IDF 1-3 + LinearSVC, {name}", [c["reason"] for c in test], answers, 0.0)
        took = []
        for _ in range(5):
            took.append((timed(lambda: classify(table, taxonomy))[1], timed(lambda p=peer: p.predict(texts))[1]))  # type: ignore[misc]
        ours, theirs = (table.height / min(seconds) for seconds in zip(*took, strict=True))
        rates = f"laidian {ours:.0f}/s, TF-IDF 1-3 + LinearSVC ({name}) {theirs:.0f}/s, {ours / theirs:.1f}x"
        print(f"  {table.height} utterances, seconds of one core: {rates}")


def blind(taxonomy: Taxonomy) -> None:
    """Contacts written by someone who knew the names of the reasons and issues only, five a reason, mostly told indirectly."""
    contacts = [json.loads(line) for line in (DATA / "reasons_blind.jsonl").read_text(encoding="utf-8").splitlines()]
    show("laidian, cold, 300 contacts written blind", [c["reason"] for c in contacts], by_rules(contacts, taxonomy), 0.0)


def chat(taxonomy: Taxonomy) -> None:
    """Small talk about things that no sentence we taught is about: how much of it reaches a reason."""
    lines = [line for line in (DATA / "small_talk.txt").read_text(encoding="utf-8").splitlines() if line and line[0] not in "#["]
    told = by_rules([{"id": n, "turns": [("customer", line)]} for n, line in enumerate(lines)], taxonomy)
    print(f"  small talk about other things: {sum(reason != OTHER for reason in told)} of {len(lines)} sentences reach a reason")


def peers() -> dict[str, Pipeline]:
    """The usual baselines, with the settings people start from."""
    return {
        "TF-IDF 1-3 + LinearSVC": make_pipeline(
            TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True), LinearSVC()
        ),
        "jieba + logistic regression": make_pipeline(
            TfidfVectorizer(tokenizer=lambda text: list(jieba.cut(text)), token_pattern=None),
            LogisticRegression(C=10, max_iter=500),
        ),
    }


def by_rules(
    contacts: Sequence[Contact], taxonomy: Taxonomy, hotlines: bool = False, learned: Learned | None = None
) -> list[str]:
    """The primary reason that laidian gives each contact."""
    lines = None
    if hotlines:
        named = [(str(c["id"]), HOTLINES.get(c["reason"].partition(".")[0])) for c in contacts]
        lines = pl.DataFrame(named, schema={"contact_id": pl.String, "hotline": pl.String}, orient="row").with_columns(
            queue=pl.lit(None, pl.String), direction=pl.lit("inbound")
        )
    found = classify(spoken(contacts), taxonomy, lines, learned).filter("primary")
    told = dict(found.select("contact_id", "reason").iter_rows())
    return [told.get(str(c["id"]), OTHER) for c in contacts]


def combined(train: Sequence[Contact], test: Sequence[Contact], taxonomy: Taxonomy) -> list[str]:
    """laidian with a scorer that learned the labelled contacts too."""
    return by_rules(test, taxonomy, learned=learn(taxonomy, [Labelled("", "", c["reason"], words(c), False) for c in train]))


def spoken(contacts: Sequence[Contact]) -> pl.DataFrame:
    """The utterances of the contacts."""
    return pl.DataFrame([
        {"contact_id": str(c["id"]), "recording_no": 0, "turn": n, "speaker": speaker, "text": text}
        for c in contacts
        for n, (speaker, text) in enumerate(c["turns"])
    ])  # fmt: skip


def words(contact: Contact) -> str:
    """What all systems but ours read: the customer's words (the agent's greeting would only hurt them)."""
    return "，".join(text for speaker, text in contact["turns"] if speaker == "customer")


def drawn(contacts: list[Contact], size: int) -> list[Contact]:
    """A fixed random part: the contacts whose ids hash lowest."""
    return sorted(contacts, key=lambda c: hashlib.sha256(str(c["id"]).encode()).hexdigest())[:size]


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """A system's answers and its seconds of one core."""
    begun = time.process_time()
    return work(), time.process_time() - begun


def show(name: str, truth: Sequence[str], found: Sequence[str], seconds: float) -> None:
    """One line; `seconds` 0 = not timed."""
    f1 = f1_score(truth, found, average="macro", labels=sorted(set(truth)), zero_division=0)
    right = sum(a == b for a, b in zip(truth, found, strict=True)) / len(truth)
    speed = f"{len(truth) / seconds:8.0f} contacts/s" if seconds else ""
    print(f"  {name:<50} macro-F1 {f1:.3f}  accuracy {right:.3f}  {speed}".rstrip())


def dialogues(taxonomy: Taxonomy, path: Path) -> None:
    """Real dialogues with our labels (ids only): tuned on the even half of the ids' hashes, measured on the odd one."""
    with (DATA / "telecom_reason_labels.csv").open(encoding="utf-8") as file:
        labels = {row["dialogue_id"]: row["reason"] for row in csv.DictReader(file)}
    contacts = [c for c in read_dialogues(path) if str(c["id"]) in labels]
    for contact in contacts:
        contact["reason"] = labels[str(contact["id"])]
    odd = [c for c in contacts if int(hashlib.sha256(str(c["id"]).encode()).hexdigest(), 16) % 2]
    print(f"telecom dialogues (needs the STC-3 download; micro-blog text): {len(contacts)} labelled, {len(odd)} never tuned on")
    learned = cross_validated(contacts, taxonomy)
    truth = [c["reason"] for c in odd]
    show("laidian, cold", truth, *timed(lambda: by_rules(odd, taxonomy)))
    for name, told in learned.items():
        show(f"{name}, 5-fold on all labels", truth, [told[str(c["id"])] for c in odd], 0.0)


def cross_validated(contacts: list[Contact], taxonomy: Taxonomy) -> dict[str, dict[str, str]]:
    """System -> dialogue -> what it says after learning from the other four fifths."""
    told: dict[str, dict[str, str]] = {}
    labels = [c["reason"] for c in contacts]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rare reasons have fewer dialogues than folds
        for learn, apply in StratifiedKFold(5, shuffle=True, random_state=0).split(contacts, labels):
            train, test = [contacts[n] for n in learn], [contacts[n] for n in apply]
            for name, peer in peers().items():
                peer.fit([words(c) for c in train], [c["reason"] for c in train])
                found = peer.predict([words(c) for c in test])
                told.setdefault(name, {}).update({str(c["id"]): r for c, r in zip(test, found, strict=True)})
            found = combined(train, test, taxonomy)
            told.setdefault("laidian", {}).update({str(c["id"]): r for c, r in zip(test, found, strict=True)})
    return told


def read_dialogues(path: Path) -> list[Contact]:
    """The dialogues as contacts: what the customer wrote first and, as the labeller saw it, the next few turns."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        dialogue = json.loads(line)
        turns = [(turn["role"], turn["text"]) for turn in dialogue["turns"][:SHOWN]]
        found.append({"id": dialogue["dialogue_id"], "turns": turns})
    return found


if __name__ == "__main__":
    main()
