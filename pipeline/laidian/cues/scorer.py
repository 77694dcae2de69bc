"""The learned scorer: what a whole text says for and against an earlier contact, weighed with what the grammar found in it.

Logistic regression over character strings of 1-4, near syllables of 2-3 and frames of word groups (`frames`), trained by
`bench/train_cue_scorer.py` on sentences written for laidian, each also as a recogniser might mishear it. Its margin (a log odds)
and the score of the grammar's best repeat cue add up to the evidence: a plain form counts for much, an unlikely text against a
weak one. Of a text that is short, or unlike all it was trained on (`cover`), it knows nothing and the grammar decides alone.
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

from laidian.cues.frames import frames
from laidian.zh.numerals import parse
from laidian.zh.script import simplify
from laidian.zh.syllables import near

KINDS = ("explicit_count", "prior_contact", "pending_followup", "broken_promise", "recurrence")
SHORTEST = 7
"""Characters below which a text says too little to be judged by its letters."""

_CLAUSE = re.compile(r"[^，、,。！？；!?;|\n]+")
_SAID = re.compile(
    r"(?P<th>第|头)?(?P<count>[零一二三四五六七八九十百两几好多数无\d俩仨]{1,4})(?:次|遍|回|趟|通|道|位|个(?!多?月|星期|礼拜|小时|工作|钟|字|号|套|手机))"
    r"|(?P<pair>[俩仨])(?:电话)?"
)


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


@dataclass(frozen=True, eq=False)
class Scorer:
    """Weights of the features: column 0 cue or not, then one a kind. `number`: feature -> row, per block of features.

    `idf` by row. `intercept` by column. `grammar`: log odds that a grammar score of 1 adds. `slope`, `shift`: Platt's calibration
    of the evidence. `typed`, `heard`: the evidence from which a typed text, and one that a recogniser wrote, is a cue. `cover`: the
    share of its character pairs that must be known.
    """

    number: tuple[dict[str, int], ...]
    idf: npt.NDArray[np.float32]
    weight: npt.NDArray[np.float32]
    intercept: npt.NDArray[np.float32]
    grammar: float
    slope: float
    shift: float
    typed: float
    heard: float
    cover: float

    def evidence(self, text: str, score: float) -> float | None:
        """The log odds that the text is a cue, where the grammar's best repeat cue in it has that score (0 = it found none).

        None where the text is too short or too strange to judge.
        """
        if len(text) < SHORTEST or self._known(text) < self.cover:
            return None
        return float(self._margins(text)[0]) + self.grammar * score

    def guess(self, text: str, evidence: float) -> Guess:
        """What a text of that evidence says, were it a cue."""
        margins = self._margins(text)[1:]
        kind = KINDS[int(np.argmax(margins))]
        prior = stated(text) if margins[0] > 0 else None
        begin, finish = self._clause(text)
        probability = round(1 / (1 + math.exp(-(self.slope * evidence + self.shift))), 4)
        return Guess(probability, KINDS[0] if prior else kind, begin, finish, prior)

    def _known(self, text: str) -> float:
        plain = normal(text)
        pairs = [plain[at : at + 2] for at in range(len(plain) - 1)]
        return sum(pair in self.number[0] for pair in pairs) / max(len(pairs), 1)

    def _margins(self, text: str) -> npt.NDArray[np.float64]:
        margins = self.intercept.astype(np.float64)
        for number, block in zip(self.number, BLOCKS, strict=True):
            found = [(number[f], 1 + math.log(times)) for f, times in Counter(block(text)).items() if f in number]
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


BLOCKS = (strings, sounds, frames)
"""The features of a text, block by block."""


def stated(text: str) -> int | None:
    """The number of earlier contacts that a text states, were its counts ones of contacts; None: it holds none.

    The largest of several; of nothing but single ones (上午一次，下午一次) their sum.
    """
    said = [(hit["th"], number.low) for hit in _SAID.finditer(simplify(text)) if (number := parse(hit["count"] or hit["pair"]))]
    if len(said) > 1 and all(not th and number == 1 for th, number in said):
        return len(said)
    return max((number - (th == "第") for th, number in said), default=0) or None


@cache
def load_scorer() -> Scorer:
    """The bundled scorer."""
    folder = resources.files("laidian.models") / "scorer"
    about = json.loads((folder / "cues.json").read_text("utf-8"))
    with resources.as_file(folder / "cues.npz") as path, np.load(path, allow_pickle=False) as stored:
        names = bytes(stored["names"]).decode("utf-8").split("\n")
        ends = np.cumsum(stored["sizes"]).tolist()
        number = tuple(
            {n: row for row, n in enumerate(names[start:end], start=start)} for start, end in zip([0, *ends], ends, strict=False)
        )
        return Scorer(
            number, stored["idf"], stored["weight"].astype(np.float32), stored["intercept"],
            about["grammar"], about["slope"], about["shift"], about["typed"], about["heard"], about["cover"],
        )  # fmt: skip
