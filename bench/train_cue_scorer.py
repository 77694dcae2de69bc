"""Trains the cue scorer on sentences written for laidian, and on nothing else; writes its weights and where they come from.

    python bench/train_cue_scorer.py [--written tests/data/cues.jsonl]

Sentences: the TRAINING split of the written utterances, models/training/cue_sentences.jsonl, the first seeds, the lexicon's
examples, models/scorer/sentences.txt; each also as a recogniser might mishear it (`Slips`: another error model, with other
shares and another seed than the one `bench/cue_noise.py` measures with). Beside them, at a lower weight, sentences drawn from
the frames of models/training/cue_frames.toml.
Calibration comes from folds that hold whole families out. No row of the test split and no turn of a real dialogue is read here;
`GRAMMAR`, `TYPED`, `HEARD` and the covers were chosen on the tuning part of the real turns and on held-out families.
"""

import argparse
import hashlib
import json
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jieba
import numpy as np
from laidian.cues import find_in_text, find_in_texts, load_lexicon
from laidian.cues.features import LONGEST_WORD, Feature, blocks, normal, stretches
from laidian.cues.forms import COMMAS
from laidian.cues.scorer import KINDS, SHORTEST, STEP
from laidian.cues.weights import BLOCKS, Alphabet, sounds_of
from laidian.zh.syllables import near, syllables
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import GroupKFold

jieba.setLogLevel(60)

ROOT = Path(__file__).resolve().parents[1]
SCORER, TRAINING = ROOT / "models" / "scorer", ROOT / "models" / "training"
STRENGTH, FOLDS = 8.0, 8
LEXICON = "lexicon"
GRAMMAR = (
    3.5  # the log odds that a form met as written adds; by held-out sentences 2.5, by real turns, which forms were tuned on, more
)
# The evidence from which a typed text is a cue, and a recogniser's, of which every slip takes evidence away. One real turn in
# five is a cue, nearly half of what we wrote. On 2,269 real turns that are not measured on, F1 is as good anywhere from 2.5 to
# 3.6: 3.0 is the least at which nine of ten told cues are right. With it the errors of a recogniser make fewer than one false
# alarm in 100 heard texts.
TYPED, HEARD = 3.0, 3.0
STRETCH = 0.6  # how much of a text's margin is its plainest stretch's: real turns are longer than what we wrote
SLIPS, BARE, SEED = (0.04, 0.26), 0.4, 77  # the share of characters misheard; how often marks are missing
LIGHTER = 0.5  # the weight in training of what was drawn from frames, not written
COMMON = 3  # the sentences from which a word is one
OFTEN = 3  # the texts from which a feature is one; a sentence and what is misheard of it are two, so it is of two sentences
# The share of a text's character pairs that must be known, of a typed text and of a recogniser's, chosen on the same turns: below
# .42 nothing but false alarms was added; with the errors of a recogniser hardly anything else below .35.
COVER, COVER_HEARD = 0.42, 0.35


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
    for line in (TRAINING / "cue_sentences.jsonl").read_text("utf-8").splitlines():
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


def drawn() -> Iterator[Sentence]:
    """Sentences drawn from the frames, all different."""
    source = tomllib.loads((TRAINING / "cue_frames.toml").read_text("utf-8"))
    rng, innermost = np.random.default_rng(SEED), re.compile(r"\(([^()]*)\)|\{(\w+)\}")

    def pick(found: re.Match[str]) -> str:
        words = found[1].split("|") if found[1] is not None else source["slots"][found[2]]
        return str(words[int(rng.integers(len(words)))])

    said: set[str] = set()
    for frame in source["frame"]:
        for form in frame["forms"]:
            for _ in range(frame["draws"]):
                text = form
                while found := innermost.search(text):
                    text = text[: found.start()] + pick(found) + text[found.end() :]
                if (text := text.strip(COMMAS)) not in said:
                    said.add(text)
                    yield Sentence(text, tuple(frame["kinds"]), "")


def known_words(texts: list[str]) -> tuple[str, ...]:
    """The words of several characters that jieba finds in at least so many sentences."""
    times = Counter(word for text in texts for word in set(jieba.cut(normal(text))))
    return tuple(sorted(w for w, n in times.items() if n >= COMMON and 1 < len(w) <= LONGEST_WORD and not set(w) & set(COMMAS)))


class Data(NamedTuple):
    """Rows of features. `fold`: that which holds the row's family out, -1 = none does; `weight` in training."""

    features: csr_matrix
    truth: NDArray[np.bool_]
    kinds: list[tuple[str, ...]]
    fold: NDArray[np.intp]
    weight: NDArray[np.float64]


def analyzer(block: int, words: frozenset[str]) -> Callable[[str], Iterator[Feature]]:
    """One block of features."""
    return lambda text: blocks(text, words)[block]


def vectorizers(texts: list[str], words: tuple[str, ...]) -> list[TfidfVectorizer]:
    """One a block, fitted."""
    known = frozenset(words)
    return [TfidfVectorizer(analyzer=analyzer(b, known), min_df=OFTEN, sublinear_tf=True).fit(texts) for b in range(BLOCKS)]


def transform(fitted: list[TfidfVectorizer], texts: list[str]) -> csr_matrix:
    """The blocks of features side by side."""
    return hstack([block.transform(texts) for block in fitted]).tocsr()


def fit(features: Any, truth: NDArray[np.bool_], weight: NDArray[np.float64]) -> LogisticRegression:
    """One logistic regression."""
    model = LogisticRegression(C=STRENGTH, solver="liblinear", dual=True, max_iter=200, tol=0.01, random_state=1)
    return model.fit(features, truth, sample_weight=weight)


def folds(lines: list[Sentence]) -> NDArray[np.intp]:
    """The fold of each sentence: whole families; -1 of those that are always trained on."""
    families = np.array([s.family for s in lines])
    rows = np.flatnonzero((families != "") & (families != LEXICON))
    fold = np.full(len(lines), -1)
    for number, (_, outside) in enumerate(GroupKFold(FOLDS).split(rows, groups=families[rows])):
        fold[rows[outside]] = number
    return fold


def held_out(data: Data, lines: list[Sentence], fitted: list[TfidfVectorizer]) -> NDArray[np.float64]:
    """Margins of the sentences that have a family, each from a model that saw none of its family nor the lexicon's examples."""
    parts = [(row, text) for row, s in enumerate(lines) for text in stretches(s.text)]
    of = np.array([row for row, _ in parts])
    pieces = transform(fitted, [text for _, text in parts])
    lexicon = np.zeros(len(data.fold), bool)
    lexicon[[row for row, s in enumerate(lines) if s.family == LEXICON]] = True
    margins = np.zeros(len(lines))
    for f in range(FOLDS):
        inside = (data.fold != f) & ~lexicon
        model = fit(data.features[inside], data.truth[inside], data.weight[inside])
        mine = np.flatnonzero(data.fold[: len(lines)] == f)
        whole = model.decision_function(data.features[mine])
        best, own = np.full(len(lines), -np.inf), np.isin(of, mine)
        np.maximum.at(best, of[own], model.decision_function(pieces[own]))
        plainest = np.where(np.isinf(best[mine]), whole, best[mine])
        margins[mine] = (1 - STRETCH) * whole + STRETCH * plainest
    return margins


def grammar_scores(texts: list[str]) -> NDArray[np.float64]:
    """The score of the best repeat cue that the grammar finds in each; 0 where it finds none."""
    found = find_in_texts([(text, "customer", None) for text in texts], load_lexicon(), learned=False)
    return np.array([max((f.score for f in own if f.kind in KINDS), default=0.0) for own in found])


def gathered(lines: list[Sentence], words: tuple[str, ...]) -> tuple[Data, list[TfidfVectorizer]]:
    """All that is trained on: the sentences first, then the same misheard, and those drawn from frames, misheard too."""
    more = list(drawn())
    texts, others = [s.text for s in lines], [s.text for s in more]
    slips = Slips(texts, SEED)
    heard = [slips.write(text) for text in [*texts, *others]]
    fold = folds(lines)
    fitted = vectorizers([*texts, *others, *heard], words)
    rows = [*lines, *lines, *more, *more]
    said = [*texts, *heard[: len(texts)], *others, *heard[len(texts) :]]
    return Data(
        transform(fitted, said),
        np.array([bool(s.kinds) for s in rows]),
        [s.kinds for s in rows],
        np.concatenate([fold, fold, np.full(2 * len(more), -1)]),
        np.concatenate([np.ones(2 * len(lines)), np.full(2 * len(more), LIGHTER)]),
    ), fitted


def main() -> None:
    """Trains, writes models/scorer/cues.npz and cues.json, prints what the held-out families say."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--written", type=Path, default=ROOT / "tests" / "data" / "cues.jsonl")
    path = asked.parse_args().written
    lines = [*written(path), *told(), *seeds(), *examples(), *plain()]
    texts = [s.text for s in lines]
    words = known_words(texts)
    data, fitted = gathered(lines, words)
    families = {s.family for s in told()}
    rows = np.array([row for row, s in enumerate(lines) if s.family in families])  # the lexicon was tuned on the others
    evidence = held_out(data, lines, fitted)[rows] + GRAMMAR * grammar_scores([texts[row] for row in rows])
    truth = data.truth[rows]
    platt = LogisticRegression(C=1e6).fit(evidence[:, None], truth)
    probability = platt.predict_proba(evidence[:, None])[:, 1]
    chosen = evidence >= TYPED
    about = {
        "what": "cue scorer: logistic regression on strings of characters, near syllables, chains of words, frames",
        "trained_on": "our own, each also misheard: training split, cue_sentences.jsonl, seeds, lexicon examples, sentences.txt, "
        "and at a lower weight what cue_frames.toml draws",
        "sentences": len(lines),
        "with_a_cue": int(data.truth[: len(lines)].sum()),
        "drawn": int((data.weight < 1).sum()) // 2,
        "sha256_of_sentences": hashlib.sha256("\n".join(texts).encode()).hexdigest(),
        "stretch": STRETCH,
        "grammar": GRAMMAR,
        "typed": {"enough": TYPED, "cover": COVER},
        "heard": {"enough": HEARD, "cover": COVER_HEARD},
        "slope": round(float(platt.coef_[0, 0]), 6),
        "shift": round(float(platt.intercept_[0]), 6),
        "shortest": SHORTEST,
        "held_out_families": {
            "auc": round(float(roc_auc_score(truth, evidence)), 4),
            "brier": round(float(brier_score_loss(truth, probability)), 4),
            "precision_typed": round(float(truth[chosen].mean()), 4),
            "recall_typed": round(float(chosen[truth].mean()), 4),
        },
    }
    save(about, data, fitted, words)
    print(json.dumps(about, indent=1))


def save(about: dict[str, Any], data: Data, fitted: list[TfidfVectorizer], words: tuple[str, ...]) -> None:
    """The weights as plain arrays, loadable without running code."""
    cues = np.flatnonzero(data.truth)
    models = [fit(data.features, data.truth, data.weight)]
    for kind in KINDS:
        models.append(fit(data.features[cues], np.array([kind in data.kinds[row] for row in cues]), data.weight[cues]))
    named = [sorted(block.vocabulary_, key=block.vocabulary_.__getitem__) for block in fitted]
    alphabet = Alphabet(sounds_of(named[1]), words)
    keys, order, sizes, begin = [], [], [], 0
    for number, names in enumerate(named):
        numbered = sorted((key, begin + row) for row, name in enumerate(names) if (key := alphabet.key(number, name)) is not None)
        keys += [key for key, _ in numbered]
        order += [row for _, row in numbered]
        sizes.append(len(numbered))
        begin += len(names)
    np.savez_compressed(
        SCORER / "cues.npz",
        steps=np.diff(np.array(keys, np.uint64), prepend=np.uint64(0)),  # small numbers, which compress
        sizes=np.array(sizes),
        sounds=np.frombuffer("\n".join(alphabet.sounds).encode(), np.uint8),
        words=np.frombuffer("\n".join(words).encode(), np.uint8),
        idf=np.concatenate([block.idf_ for block in fitted]).astype(np.float32)[order],
        weight=np.round(np.column_stack([m.coef_[0] for m in models])[order] / STEP).astype(np.int16),
        intercept=np.array([m.intercept_[0] for m in models], np.float32),
    )
    (SCORER / "cues.json").write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
