"""Trains the cue scorer on sentences written for laidian, and on nothing else; writes its weights and where they come from.

    python bench/train_cue_scorer.py [--written tests/data/cues.jsonl]

Sentences: the TRAINING split of the written utterances, models/training/cue_sentences.jsonl, the first seeds, the lexicon's
examples, models/scorer/sentences.txt; each also as a recogniser might mishear it (`Slips`: another error model, with other
shares and another seed than the one `bench/cue_noise.py` measures with).
Calibration comes from folds that hold whole families out. No row of the test split and no turn of a real dialogue is read here;
`GRAMMAR`, `TYPED`, `HEARD` and `COVER` were chosen on the tuning part of the real turns and on held-out families.
"""

import argparse
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from laidian.cues import find_in_text, find_in_texts, load_lexicon
from laidian.cues.scorer import BLOCKS, KINDS, SHORTEST
from laidian.zh.syllables import near, syllables
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import GroupKFold

ROOT = Path(__file__).resolve().parents[1]
SCORER = ROOT / "models" / "scorer"
STRENGTH, FOLDS = 8.0, 8
LEXICON = "lexicon"
GRAMMAR = 6.0  # the log odds that a form met as written (score 1) adds; by the sentences alone it would be less
TYPED = 2.5  # the evidence from which a typed text is a cue: one real turn in five is one, nearly half of what we wrote
HEARD = 2.0  # the same of a recogniser's text, of which every slip takes evidence away
SLIPS, BARE, SEED = (0.04, 0.26), 0.4, 77  # the share of characters misheard; how often marks are missing
COVER = 0.42  # chosen on the tuning part of the real turns: below it nothing but false alarms was added


class Sentence(NamedTuple):
    """One training sentence. `kinds` empty = no cue.

    `family` empty = always in training; LEXICON = in the final training only, for the lexicon's examples were written beside
    the training split and would lend held-out families their words.
    """

    text: str
    kinds: tuple[str, ...]
    family: str


def written(path: Path) -> Iterator[Sentence]:
    """The customers' utterances of the training split."""
    for line in path.read_text("utf-8").splitlines():
        entry = json.loads(line)
        if entry["split"] == "train" and entry["role"] == "customer":
            yield Sentence(entry["text"], tuple(k for k in entry["kinds"] if k in KINDS), entry["family"])


def told() -> Iterator[Sentence]:
    """The customers' sentences written for training, in the manner of the telephone and of a help channel."""
    for line in (ROOT / "models" / "training" / "cue_sentences.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        if entry["role"] == "customer":
            yield Sentence(entry["text"], tuple(k for k in entry["kinds"] if k in KINDS), entry["family"])


def seeds() -> Iterator[Sentence]:
    """The first sentences the engine was written with."""
    for line in (ROOT / "tests" / "data" / "cues_seed.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        if entry["speaker"] == "customer":
            yield Sentence(entry["text"], tuple(k for k in entry["kinds"] if k in KINDS), "")


def examples() -> Iterator[Sentence]:
    """What the lexicon's rules must find and must leave; a sentence that another rule finds is no example of none."""
    lexicon = load_lexicon()

    def none(text: str) -> bool:
        return not any(f.kind in KINDS for f in find_in_text(text, "customer", lexicon, learned=False))

    for pattern in lexicon.patterns:
        if pattern.kind in KINDS:
            yield from (Sentence(text, (pattern.kind,), LEXICON) for text in (*pattern.matches, *pattern.counts))
            yield from (Sentence(text, (), LEXICON) for text in pattern.unlike if none(text))
    for veto in lexicon.vetoes:
        yield from (Sentence(text, (), LEXICON) for text in veto.matches if none(text))
        for text in veto.keeps:
            kinds = (f.kind for f in find_in_text(text, "customer", lexicon, learned=False))
            yield from (Sentence(text, (kind,), LEXICON) for kind in kinds if kind in KINDS)


def plain() -> Iterator[Sentence]:
    """The sentences written for the scorer; their kind is the first that the grammar finds in them, else a prior contact."""
    lexicon = load_lexicon()
    for line in (SCORER / "sentences.txt").read_text("utf-8").splitlines():
        if line.startswith(("+", "-")):
            found = [f.kind for f in find_in_text(line[2:], "customer", lexicon, learned=False) if f.kind in KINDS]
            yield Sentence(line[2:], tuple(found[:1] or ["prior_contact"]) if line.startswith("+") else (), "")


class Slips:
    """Mishears sentences: a share that differs from one to the next, towards common characters, at times without marks."""

    def __init__(self, texts: list[str], seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        times = Counter(c for text in texts for c in text if "一" <= c <= "鿿")
        self._same: dict[str, list[str]] = defaultdict(list)
        self._near: dict[str, list[str]] = defaultdict(list)
        self._weight = {c: n**0.5 for c, n in times.items()}
        for char in sorted(times):
            self._same[syllables(char)[0]].append(char)
            self._near[near(char)[0]].append(char)

    def write(self, text: str) -> str:
        """The text with errors."""
        share, bare = self._rng.uniform(*SLIPS), self._rng.random() < BARE
        return "".join(self._heard(char, share, bare) for char in text)

    def _heard(self, char: str, share: float, bare: bool) -> str:
        if not "一" <= char <= "鿿":
            return "" if bare and char in "，,。.！!？?、 " else char
        if self._rng.random() >= share:
            return char
        how = self._rng.random()
        if how < 0.55:
            return self._other(self._same[syllables(char)[0]], char)
        if how < 0.77:
            return self._other(self._near[near(char)[0]], char)
        return "" if how < 0.92 else char + "嗯呃啊哦哎"[int(self._rng.integers(5))]

    def _other(self, known: list[str], char: str) -> str:
        others = [c for c in known if c != char]
        if not others:
            return char
        reach = np.cumsum([self._weight[c] for c in others])
        return others[int(np.searchsorted(reach, self._rng.random() * reach[-1]))]


def vectorize(texts: list[str], misheard: list[str]) -> tuple[csr_matrix, csr_matrix, list[TfidfVectorizer]]:
    """The blocks of features side by side, of the texts and of what was misheard."""
    blocks = [TfidfVectorizer(analyzer=block, min_df=2, sublinear_tf=True).fit(texts + misheard) for block in BLOCKS]
    features, noisy = (hstack([block.transform(said) for block in blocks]).tocsr() for said in (texts, misheard))
    return features, noisy, blocks


def fit(features: Any, truth: NDArray[np.bool_], strength: float = STRENGTH) -> LogisticRegression:
    """One logistic regression."""
    return LogisticRegression(C=strength, solver="liblinear", dual=True, max_iter=200, tol=0.01, random_state=1).fit(
        features, truth
    )


def held_out(
    features: Any, noisy: Any, truth: NDArray[np.bool_], families: NDArray[np.str_]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Margins of the sentences that have a family, each from a model that saw none of its family."""
    rows, always = np.flatnonzero((families != "") & (families != LEXICON)), np.flatnonzero(families == "")
    margins = np.zeros(len(rows))
    for inside, outside in GroupKFold(FOLDS).split(rows, groups=families[rows]):
        known = np.concatenate([rows[inside], always])
        model = fit(vstack([features[known], noisy[known]]), np.tile(truth[known], 2))
        margins[outside] = model.decision_function(features[rows[outside]])
    return rows, margins


def grammar_scores(texts: list[str]) -> NDArray[np.float64]:
    """The score of the best repeat cue that the grammar finds in each; 0 where it finds none."""
    found = find_in_texts([(text, "customer", None) for text in texts], load_lexicon(), learned=False)
    return np.array([max((f.score for f in own if f.kind in KINDS), default=0.0) for own in found])


def main() -> None:
    """Trains, writes models/scorer/cues.npz and cues.json, prints what the held-out families say."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--written", type=Path, default=ROOT / "tests" / "data" / "cues.jsonl")
    path = asked.parse_args().written
    sentences = [*written(path), *told(), *seeds(), *examples(), *plain()]
    texts = [s.text for s in sentences]
    truth = np.array([bool(s.kinds) for s in sentences])
    slips = Slips(texts, SEED)
    features, noisy, blocks = vectorize(texts, [slips.write(text) for text in texts])
    rows, margins = held_out(features, noisy, truth, np.array([s.family for s in sentences]))
    families = {s.family for s in told()}
    of_told = np.array([sentences[row].family in families for row in rows])  # the lexicon was tuned on the others
    rows, evidence = rows[of_told], margins[of_told] + GRAMMAR * grammar_scores([texts[row] for row in rows[of_told]])
    platt = LogisticRegression(C=1e6).fit(evidence[:, None], truth[rows])
    probability = platt.predict_proba(evidence[:, None])[:, 1]
    chosen = evidence >= TYPED
    about = {
        "what": "cue scorer: logistic regression on strings of 1-4 characters, 2-3 near syllables and frames of word groups",
        "trained_on": "our own, each also misheard: training split, cue_sentences.jsonl, seeds, lexicon examples, sentences.txt",
        "sentences": len(sentences),
        "with_a_cue": int(truth.sum()),
        "sha256_of_sentences": hashlib.sha256("\n".join(texts).encode()).hexdigest(),
        "grammar": GRAMMAR,
        "typed": TYPED,
        "heard": HEARD,
        "slope": round(float(platt.coef_[0, 0]), 6),
        "shift": round(float(platt.intercept_[0]), 6),
        "cover": COVER,
        "shortest": SHORTEST,
        "held_out_families": {
            "auc": round(float(roc_auc_score(truth[rows], evidence)), 4),
            "brier": round(float(brier_score_loss(truth[rows], probability)), 4),
            "precision_typed": round(float(truth[rows][chosen].mean()), 4),
            "recall_typed": round(float(chosen[truth[rows]].mean()), 4),
        },
    }
    save(about, sentences, features, noisy, blocks, truth)
    print(json.dumps(about, indent=1))


def save(
    about: dict[str, Any],
    sentences: list[Sentence],
    features: Any,
    noisy: Any,
    blocks: list[TfidfVectorizer],
    truth: NDArray[np.bool_],
) -> None:
    """The weights as plain arrays, loadable without running code."""
    both, twice = vstack([features, noisy]).tocsr(), np.tile(truth, 2)
    kinds = [np.tile([kind in s.kinds for s in sentences], 2) for kind in KINDS]
    models = [fit(both, twice), *(fit(both[twice], kind[twice]) for kind in kinds)]
    ordered = [sorted(block.vocabulary_, key=block.vocabulary_.__getitem__) for block in blocks]
    weight = np.column_stack([m.coef_[0] for m in models])
    np.savez_compressed(
        SCORER / "cues.npz",
        names=np.frombuffer("\n".join(name for names in ordered for name in names).encode(), np.uint8),
        sizes=np.array([len(names) for names in ordered]),
        idf=np.concatenate([block.idf_ for block in blocks]).astype(np.float32),
        weight=weight.astype(np.float16),
        intercept=np.array([m.intercept_[0] for m in models], np.float32),
    )
    (SCORER / "cues.json").write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
