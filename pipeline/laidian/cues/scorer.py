"""The learned scorer: how likely a text speaks of an earlier contact, for what no form of the grammar names.

Logistic regression over character strings of 1-4 and near syllables of 2-3, trained by `bench/train_cue_scorer.py` on sentences
written for laidian and calibrated on folds that hold whole families out. It is trusted only where most of what a text says is
known to it (`cover`): of a text unlike its training it knows nothing, however sure the formula is.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from laidian.zh.numerals import parse
from laidian.zh.script import simplify
from laidian.zh.syllables import near

KINDS = ("explicit_count", "prior_contact", "pending_followup", "broken_promise", "recurrence")
SHORTEST = 7
"""Characters below which a text says too little to be judged by its letters."""

MIDWAY = range(20, 60)
"""Lengths at which a text says one thing in whole: a shorter one leaves too much open, a longer one speaks of many things."""

_CLAUSE = re.compile(r"[^，、,。！？；!?;|\n]+")
_SAID = re.compile(
    r"(?P<th>第)?(?P<count>[零一二三四五六七八九十百两几好多数无\d俩仨]{1,4})(?:次|遍|回|趟|通|道|个电话|个客服)|(?P<pair>[俩仨])(?:电话)?"
)


@dataclass(frozen=True, slots=True)
class Guess:
    """`probability` 0..1, calibrated; `kind` the likeliest; `begin`, `finish`: the clause that says most; `prior`: its count."""

    probability: float
    kind: str
    begin: int
    finish: int
    prior: int | None


@dataclass(frozen=True, eq=False)
class Scorer:
    """Weights of the features: column 0 cue or not, then one a kind. `number`: feature -> row, per block of features.

    `idf` by row. `intercept` by column. `slope`, `shift`: Platt's calibration. `threshold`: the probability from which a text
    is a cue, `midway`: the same for texts of `MIDWAY` characters; `cover`: the share of its character pairs that must be known.
    """

    number: tuple[dict[str, int], dict[str, int]]
    idf: npt.NDArray[np.float32]
    weight: npt.NDArray[np.float32]
    intercept: npt.NDArray[np.float32]
    slope: float
    shift: float
    threshold: float
    midway: float
    cover: float

    def enough(self, text: str) -> float:
        """The probability from which this text is a cue."""
        return self.midway if len(text) in MIDWAY else self.threshold

    def probability(self, text: str) -> float | None:
        """How likely the text is a cue, 0..1; None where it is too short or too strange to judge."""
        if len(text) < SHORTEST or self._known(text) < self.cover:
            return None
        return round(1 / (1 + math.exp(-(self.slope * float(self._margins(text)[0]) + self.shift))), 4)

    def guess(self, text: str) -> Guess | None:
        """What the text says where it is a cue by the scorer's own threshold."""
        probability = self.probability(text)
        if probability is None or probability < self.enough(text):
            return None
        begin, finish = self._clause(text)
        kind = KINDS[int(np.argmax(self._margins(text)[1:]))]
        return Guess(probability, kind, begin, finish, stated(text) if kind == "explicit_count" else None)

    def _known(self, text: str) -> float:
        plain = normal(text)
        pairs = [plain[at : at + 2] for at in range(len(plain) - 1)]
        return sum(pair in self.number[0] for pair in pairs) / max(len(pairs), 1)

    def _margins(self, text: str) -> npt.NDArray[np.float64]:
        margins = self.intercept.astype(np.float64)
        for number, features in zip(self.number, (strings(text), sounds(text)), strict=True):
            found = [(number[f], 1 + math.log(times)) for f, times in Counter(features).items() if f in number]
            if found:
                rows = np.array([row for row, _ in found])
                values = np.array([times for _, times in found]) * self.idf[rows]
                margins += (values / math.sqrt(float(values @ values))) @ self.weight[rows]
        return margins

    def _clause(self, text: str) -> tuple[int, int]:
        clauses = [(hit.start(), hit.end()) for hit in _CLAUSE.finditer(text)] or [(0, len(text))]
        return max(clauses, key=lambda c: float(self._margins(text[c[0] : c[1]])[0]))


def normal(text: str) -> str:
    """Simplified, lower case, numbers as one zero, ends marked."""
    return f"^{re.sub(r'[0-9]+', '0', simplify(text).lower())}$"


def strings(text: str) -> Iterator[str]:
    """The features of spelling: every string of one to four characters."""
    plain = normal(text)
    return (plain[at : at + n] for n in (1, 2, 3, 4) for at in range(len(plain) - n + 1))


def sounds(text: str) -> Iterator[str]:
    """The features of sound: every two and three near syllables in a row."""
    heard = near(normal(text))
    return (" ".join(heard[at : at + n]) for n in (2, 3) for at in range(len(heard) - n + 1))


def stated(text: str) -> int | None:
    """The number of earlier contacts that the first count of a text states, were it one of contacts; None: there is none."""
    for hit in _SAID.finditer(simplify(text)):
        number = parse(hit["count"] or hit["pair"])
        if number and (prior := number.low - bool(hit["th"])) > 0:
            return prior
    return None


@cache
def load_scorer() -> Scorer:
    """The bundled scorer."""
    folder = resources.files("laidian.models") / "scorer"
    about = json.loads((folder / "cues.json").read_text("utf-8"))
    with resources.as_file(folder / "cues.npz") as path, np.load(path, allow_pickle=False) as stored:
        names = bytes(stored["names"]).decode("utf-8").split("\n")
        split = int(stored["split"])
        number = ({n: row for row, n in enumerate(names[:split])}, {n: row for row, n in enumerate(names[split:], start=split)})
        return Scorer(
            number, stored["idf"], stored["weight"], stored["intercept"],
            about["slope"], about["shift"], about["threshold"], about["midway"], about["cover"],
        )  # fmt: skip
