"""Scores the cue engine on the written utterances and, given the STC-3 download, on labelled turns of real customers.

    python bench/cues.py [--dialogues PATH]

A turn counts as found when a cue of a repeat kind is found in it. Clear turns make the figures; ambiguous ones (the guide says
which) are shown apart. The real turns were drawn at random, so precision is that of the natural mix; they are micro-blog
messages to a help desk, longer and angrier than speech. Intervals: 95 %, percentile bootstrap over dialogues or families.
"""

import argparse
import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import cue_rivals
import numpy as np
from draw_cue_turns import read_dialogues
from laidian.cues import find_in_text, load_lexicon
from laidian.stats import wilson
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score

DATA = Path(__file__).resolve().parents[1] / "tests" / "data"
RESAMPLES, SEED = 2000, 20241
APART, LAST = "telecom_cue_labels_apart.csv", "telecom_cue_labels_last.csv"
NEEDS = "needs the STC-3 download"


class Item(NamedTuple):
    """One text with its truth. `group`: its dialogue or family; `prior`: earlier contacts stated, None where no count is."""

    key: str
    text: str
    role: str
    group: str
    truth: bool
    kinds: frozenset[str]
    prior: int | None
    clear: bool
    hard: bool
    second: str


class Said(NamedTuple):
    """What the engine found in one text: the repeat kinds, and the largest number of earlier contacts."""

    kinds: frozenset[str]
    prior: int | None


class Score(NamedTuple):
    """A share or F1 with its interval; nan where nothing was asked."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def utterances(split: str) -> list[Item]:
    """The written utterances of one split; a group is a family."""
    rows = [json.loads(line) for line in (DATA / "cues.jsonl").read_text(encoding="utf-8").splitlines()]
    return [
        Item(
            row["id"], row["text"], row["role"], row["family"], row["repeat_cue"], frozenset(row["kinds"]), row["prior_contacts"],
            True, row["hard"], "",
        )
        for row in rows
        if row["split"] == split
    ]  # fmt: skip


def real_turns(path: Path, part: str) -> list[Item]:
    """The labelled customer turns of one part; a group is a dialogue."""
    dialogues = read_dialogues(path)
    with (DATA / "telecom_cue_labels.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["part"] == part]
    return [
        Item(
            f"{row['dialogue_id']}/{row['turn']}", dialogues[row["dialogue_id"]][int(row["turn"])]["text"], "customer",
            row["dialogue_id"], row["label"] == "cue", frozenset(row["kinds"].split()),
            int(row["prior_contacts"]) if row["prior_contacts"] else None, row["clear"] == "yes", False, row["second_label"],
        )
        for row in rows
    ]  # fmt: skip


def later_turns(path: Path, file: str = "telecom_cue_labels_later.csv", batch: str | None = None) -> list[Item]:
    """The clear turns of a file that says only cue or none, of one batch where it has several.

    Those of the default file were drawn after the others from dialogues of the tuning half: the threshold was chosen on both.
    """
    dialogues = read_dialogues(path)
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["clear"] == "yes" and batch in (None, row.get("batch"))]
    return [
        Item(
            f"{row['dialogue_id']}/{row['turn']}", dialogues[row["dialogue_id"]][int(row["turn"])]["text"], "customer",
            row["dialogue_id"], row["label"] == "cue", frozenset(), None, True, False, "",
        )
        for row in rows
    ]  # fmt: skip


def engine(items: Sequence[Item]) -> list[Said]:
    """What the installed engine, with its bundled lexicon, finds in each text."""
    lexicon = load_lexicon()
    repeat = {name for name, kind in lexicon.kinds.items() if kind.repeat}
    answers = []
    for item in items:
        cues = [cue for cue in find_in_text(item.text, item.role, lexicon) if cue.kind in repeat]
        counts = [cue.prior_contacts for cue in cues if cue.prior_contacts is not None]
        answers.append(Said(frozenset(cue.kind for cue in cues), max(counts, default=None)))
    return answers


def scores(items: Sequence[Item], found: Sequence[bool]) -> tuple[Score, Score, Score]:
    """Precision, recall and F1, each with an interval from resampling whole groups."""
    names = sorted({item.group for item in items})
    row = {name: at for at, name in enumerate(names)}
    tallies = np.zeros((len(names), 3))  # true found, false found, missed
    for item, hit in zip(items, found, strict=True):
        if hit or item.truth:
            tallies[row[item.group], 0 if hit and item.truth else 1 if hit else 2] += 1
    draws = np.random.default_rng(SEED).multinomial(len(names), np.full(len(names), 1 / len(names)), size=RESAMPLES) @ tallies
    return tuple(_interval(_shares(tallies.sum(0)[None])[:, at], _shares(draws)[:, at]) for at in range(3))  # type: ignore[return-value]


def _shares(tallies: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of (true found, false found, missed) into rows of (precision, recall, F1)."""
    right, wrong, missed = tallies.T
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.stack([right / (right + wrong), right / (right + missed), 2 * right / (2 * right + wrong + missed)], axis=1)


def _interval(value: NDArray[np.float64], draws: NDArray[np.float64]) -> Score:
    known = draws[~np.isnan(draws)]
    low, high = np.percentile(known, [2.5, 97.5]) if len(known) else (np.nan, np.nan)
    return Score(float(value[0]), float(low), float(high))


def share(right: int, of: int) -> str:
    """A share with its Wilson interval, as text; `-` of nothing."""
    low, high = wilson(right, of)
    return "-" if low is None else f"{right / of:.3f} [{low:.3f}, {high:.3f}] ({right}/{of})"


def comparison(title: str, items: Sequence[Item], systems: dict[str, list[bool]]) -> Iterator[str]:
    """A table: a line a system."""
    yield f"\n{title}: {len(items)} texts, {sum(item.truth for item in items)} with a cue"
    yield f"  {'':37}{'precision':23}{'recall':23}F1"
    for name, found in systems.items():
        precision, recall, f1 = scores(items, found)
        yield f"  {name:37}{precision!s:23}{recall!s:23}{f1}"


def by_kind(items: Sequence[Item], said: Sequence[Said]) -> Iterator[str]:
    """Recall per true kind: the text is found at all, and found with that very kind."""
    for kind in sorted({kind for item in items if item.truth for kind in item.kinds}):
        mine = [answer for item, answer in zip(items, said, strict=True) if item.truth and kind in item.kinds]
        at_all, as_such = sum(bool(answer.kinds) for answer in mine), sum(kind in answer.kinds for answer in mine)
        tail = "" if kind == "escalation" else f"   as this kind {share(as_such, len(mine))}"
        yield f"  {kind:18} found {share(at_all, len(mine))}{tail}"


def counts(items: Sequence[Item], said: Sequence[Said], each: bool) -> Iterator[str]:
    """Stated counts read rightly; `each`: also a line for every text (id and numbers only)."""
    mine = [(item, answer) for item, answer in zip(items, said, strict=True) if item.prior is not None]
    right = sum(item.prior == answer.prior for item, answer in mine)
    yield f"  stated counts right {share(right, len(mine))}; number given at all {sum(a.prior is not None for _, a in mine)}"
    if each:
        for item, answer in mine:
            yield f"    {item.key}: states {item.prior}, read {answer.prior}{'' if item.clear else '  (ambiguous)'}"


def written(split: str, training: Sequence[Item]) -> Iterator[str]:
    """Everything about one split of the written utterances."""
    items = utterances(split)
    said = engine(items)
    texts = [item.text for item in items]
    systems = {
        "engine": [bool(answer.kinds) for answer in said],
        "naive list": cue_rivals.naive_list(texts),
        "wide regular expression": cue_rivals.wide_expression(texts),
    }
    if split != "train":
        systems["TF-IDF + LinearSVC, written train"] = cue_rivals.trained(*_taught(training), texts)
    yield from comparison(f"Written utterances, {split}", items, systems)
    hard = [hit for item, hit in zip(items, systems["engine"], strict=True) if item.hard]
    yield f"  hard negatives called a cue {share(sum(hard), len(hard))}"
    yield from counts(items, said, each=False)
    yield from by_kind(items, said)


def _taught(training: Sequence[Item]) -> tuple[list[str], list[bool]]:
    return [item.text for item in training], [item.truth for item in training]


def real(path: Path, part: str, training: Sequence[Item]) -> Iterator[str]:
    """Everything about one part of the real turns."""
    whole = real_turns(path, part)
    items = [item for item in whole if item.clear]
    said = engine(items)
    texts = [item.text for item in items]
    everybody = [item for one in ("tune", "measure") for item in real_turns(path, one) if item.clear]
    folds = cue_rivals.in_domain(*_taught(everybody), [item.group for item in everybody])
    known = {item.key: hit for item, hit in zip(everybody, folds, strict=True)}
    systems = {
        "engine": [bool(answer.kinds) for answer in said],
        "naive list": cue_rivals.naive_list(texts),
        "wide regular expression": cue_rivals.wide_expression(texts),
        "TF-IDF + LinearSVC, written train": cue_rivals.trained(*_taught(training), texts),
        "TF-IDF + LinearSVC, in-domain folds": [known[item.key] for item in items],
    }
    yield from comparison(f"Real turns, part {part}, clear ones ({NEEDS})", items, systems)
    yield from by_kind(items, said)
    yield from counts(whole, engine(whole), each=True)
    doubtful = [item for item in whole if not item.clear]
    for truth, word in ((True, "cue"), (False, "none")):
        mine = [bool(answer.kinds) for answer in engine([item for item in doubtful if item.truth is truth])]
        yield f"  ambiguous, read as {word}: called a cue {share(sum(mine), len(mine))}"


def agreement(path: Path) -> Iterator[str]:
    """Cohen's kappa of the turns read twice."""
    twice = [item for part in ("tune", "measure") for item in real_turns(path, part) if item.second]
    if not twice:
        yield "\nNo turn has been read twice yet"
        return
    for name, mine in (("all", twice), ("clear", [item for item in twice if item.clear])):
        first, second = ["cue" if item.truth else "none" for item in mine], [item.second for item in mine]
        same = sum(one == two for one, two in zip(first, second, strict=True))
        yield f"\nRead twice, {name}: {len(mine)} turns, agree {same}, kappa {cohen_kappa_score(first, second):.2f} ({NEEDS})"


def main() -> None:
    """Prints every table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dialogues", type=Path, help="the STC-3 dialogues as JSON lines; without it no real turn is scored")
    asked = parser.parse_args()
    training = utterances("train")
    for split in ("train", "test"):
        print("\n".join(written(split, training)))
    if asked.dialogues is None:
        print(f"\nReal turns: {NEEDS} (--dialogues)")
        return
    short = {
        "a later draw of the tuning half": later_turns(asked.dialogues),
        "dialogues apart, first batch": later_turns(asked.dialogues, APART, "read"),
        "dialogues apart, second batch": later_turns(asked.dialogues, APART, "unread"),
        "the last turns, those read": later_turns(asked.dialogues, LAST, "read"),
        "the last turns, those never read": later_turns(asked.dialogues, LAST, "unread"),
    }
    for what, items in short.items():
        found = {"engine": [bool(answer.kinds) for answer in engine(items)]}
        print("\n".join(comparison(f"Real turns, {what} ({NEEDS})", items, found)))
    for part in ("tune", "measure"):
        print("\n".join(real(asked.dialogues, part, training)))
    print("\n".join(agreement(asked.dialogues)))


if __name__ == "__main__":
    main()
