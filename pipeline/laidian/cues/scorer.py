"""The learned scorer: what a whole text says for and against an earlier contact, weighed with what the grammar found in it.

Logistic regression over character strings, near syllables, chains of words and frames of word groups (`features`), trained by
`bench/train_cue_scorer.py` on sentences written for laidian, each also as a recogniser might mishear it. Its margin (a log odds;
in part that of the plainest stretch, so that a cue is not lost in a long text) and the score of the grammar's best repeat cue
add up to the evidence: a plain form counts for much, an unlikely text against a weak one. Of a text that is short, or unlike all
it was trained on (`cover`), it knows nothing and the grammar decides alone.
"""

import json
import math
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources

import numpy as np

from laidian.cues.counts import stated
from laidian.cues.features import SHORTEST
from laidian.cues.lexicon import Lexicon
from laidian.cues.weights import Alphabet, Weights

KINDS = ("explicit_count", "prior_contact", "pending_followup", "broken_promise", "recurrence")

STEP = 1 / 64
"""The step in which weights are kept: finer ones change no decision and take more room."""

_CLAUSE = re.compile(r"[^，、,。！？；!?;|\n]+")


@dataclass(frozen=True, slots=True)
class Guess:
    """A cue that no form of the grammar names.

    `probability` 0..1, calibrated; `kind` the likeliest; `begin`, `finish`: the clause that says most; `prior`: its count.
    """

    probability: float
    kind: str
    begin: int
    finish: int
    prior: int | None


@dataclass(frozen=True, slots=True)
class Bar:
    """What a text must reach. `enough`: the evidence from which it is a cue. `cover`: the share of its character pairs that must
    be known for it to be judged at all.
    """

    enough: float
    cover: float


@dataclass(frozen=True, eq=False)
class Scorer:
    """Weights of the features: column 0 cue or not, then one a kind.

    `stretch`: the share of a text's margin that is its plainest stretch's. `grammar`: log odds that a grammar score of 1 adds.
    `slope`, `shift`: Platt's calibration of the evidence. `typed`, `heard`: the bar for a typed text, and for one that a
    recogniser wrote, of which every slip takes evidence and known pairs away. `fingerprint`: 16 hexadecimal characters that tell
    it from any other.
    """

    weights: Weights
    stretch: float
    grammar: float
    slope: float
    shift: float
    typed: Bar
    heard: Bar
    fingerprint: str

    def evidence(self, text: str, score: float, bar: Bar) -> float | None:
        """The log odds that the text is a cue, where the grammar's best repeat cue in it has that score (0 = it found none).

        The text is simplified and lower case. None where it is too short, or too strange for that bar, to judge.
        """
        if len(text) < SHORTEST:
            return None
        whole, best, known = self.weights.margins(text)
        if known < bar.cover:
            return None
        return float((1 - self.stretch) * whole[0] + self.stretch * best) + self.grammar * score

    def guess(self, text: str, evidence: float) -> Guess:
        """What a text of that evidence says, were it a cue."""
        margins = self.weights.margins(text)[0][1:]
        kind = KINDS[int(np.argmax(margins))]
        prior = stated(text).number if margins[0] > 0 else None
        begin, finish = self._clause(text)
        probability = round(1 / (1 + math.exp(-(self.slope * evidence + self.shift))), 4)
        return Guess(probability, KINDS[0] if prior else kind, begin, finish, prior)

    def _clause(self, text: str) -> tuple[int, int]:
        clauses = [(hit.start(), hit.end()) for hit in _CLAUSE.finditer(text)] or [(0, len(text))]
        return max(clauses, key=lambda c: float(self.weights.margins(text[c[0] : c[1]])[0][0]))


@cache
def load_scorer() -> Scorer:
    """The bundled scorer."""
    folder = resources.files("laidian.models") / "scorer"
    told = (folder / "cues.json").read_text("utf-8")
    about = json.loads(told)
    with resources.as_file(folder / "cues.npz") as path, np.load(path, allow_pickle=False) as stored:
        sounds, words = (tuple(bytes(stored[name]).decode("utf-8").split("\n")) for name in ("sounds", "words"))
        keys, ends = np.cumsum(stored["steps"], dtype=np.uint64), np.cumsum(stored["sizes"])
        weight, intercept = stored["weight"] * np.float32(STEP), stored["intercept"]
        weights = Weights(keys, ends, stored["idf"], weight, intercept, Alphabet(sounds, words))
    numbers = {name: about[name] for name in ("stretch", "grammar", "slope", "shift")}
    typed, heard = (Bar(**about[name]) for name in ("typed", "heard"))
    return Scorer(weights, **numbers, typed=typed, heard=heard, fingerprint=sha256(told.encode()).hexdigest()[:16])


def tagger_of(lexicon: Lexicon) -> str:
    """What tells cues found by this lexicon and the bundled scorer from those that others found."""
    return f"{lexicon.fingerprint}+{load_scorer().fingerprint}"
