"""Trains what a call reason sounds like on our own sentences and on nothing else; writes the weights and where they come from.

    python bench/train_reason_scorer.py

Sentences: models/taxonomy/said, and the words, names and examples of the taxonomy. No labelled contact and no turn of a real
dialogue is read here. What it prints comes from folds over the sentences said.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from laidian.lexicons import load_taxonomy
from laidian.reasons.fit import Example, fit, margins, save, sentences, words_of
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold

SCORER = Path(__file__).resolve().parents[1] / "models" / "scorer"


def main() -> None:
    """Trains, writes models/scorer/reasons.npz and reasons.json, prints what sentences outside of training say."""
    taxonomy = load_taxonomy()
    said, words = sentences(), words_of(taxonomy)
    model = fit([*said, *words])
    save(model, SCORER / "reasons.npz")
    about = {
        "what": "reason scorer: linear SVM and log odds on TF-IDF of characters and pairs of near syllables; a byte a weight",
        "trained_on": "our own sentences: models/taxonomy/said, the taxonomy's words, names and examples",
        "sentences": len(said),
        "words": len(words),
        "features": len(model.names),
        "sha256_of_sentences": hashlib.sha256("\n".join(e.text for e in [*said, *words]).encode()).hexdigest(),
        "folds_over_sentences": held_out(said, words),
    }
    (SCORER / "reasons.json").write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(about, indent=1))


def held_out(said: list[Example], words: list[Example]) -> dict[str, float]:
    """Macro-F1 and accuracy of the sentences by scorers that did not see them."""
    truth, told = np.array([e.reason for e in said]), np.empty(len(said), object)
    for learn, apply in StratifiedKFold(5, shuffle=True, random_state=0).split(truth, truth):
        model = fit([*(said[n] for n in learn), *words])
        told[apply] = np.array(model.reasons)[margins(model, [said[n].text for n in apply]).argmax(axis=1)]
    return {
        "macro_f1": round(float(f1_score(truth, list(told), average="macro", zero_division=0)), 4),
        "accuracy": round(float((truth == told).mean()), 4),
    }


if __name__ == "__main__":
    main()
