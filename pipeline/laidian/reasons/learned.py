"""What a sentence sounds like, learned from sentences as customers say them: one linear score a call reason.

TF-IDF over characters and pairs of near syllables, then weights that are half a linear SVM's (one reason
against the rest) and half log odds (fit.py), trained by `bench/train_reason_scorer.py` on models/taxonomy/said and on the
taxonomy's own words. A misheard character leaves the pairs
beside it whole. It is evidence beside the rules' (read.py), never a verdict.
"""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt

from laidian.zh.syllables import near

LETTER, SOUND = "c", "n"
"""Kinds of features: a character, the near syllables of two neighbours."""

_PART = re.compile(r"[^\W_]+")


@dataclass(frozen=True, eq=False)
class Learned:
    """`names`: features, a kind's letter before each. `weight` (features x reasons) and `scale` (by feature): weight times
    scale is the trained one, a byte each. `idf` by feature, `intercept` by reason, `reasons` their ids. `sureness`: the logistic
    curve from a primary reason's weight to the chance that it is right (slope and height over log weight), known only where a
    centre's own labels were learned (training.py); None: a score is no probability."""

    names: tuple[str, ...]
    reasons: tuple[str, ...]
    weight: npt.NDArray[np.int8]
    scale: npt.NDArray[np.float32]
    idf: npt.NDArray[np.float32]
    intercept: npt.NDArray[np.float32]
    sureness: npt.NDArray[np.float64] | None = None

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal characters that tell this scorer from any other."""
        arrays = (self.weight, self.scale, self.idf, self.intercept, *(() if self.sureness is None else (self.sureness,)))
        names = "\n".join((*self.names, *self.reasons)).encode()
        return sha256(names + b"".join(array.tobytes() for array in arrays)).hexdigest()[:16]


def chance(weight: npt.NDArray[np.float64], sureness: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How likely a primary reason of that weight (above 0) is right, by `Learned.sureness`."""
    slope, height = sureness
    likely: npt.NDArray[np.float64] = 1 / (1 + np.exp(-(slope * np.log(weight) + height)))
    return likely


def features(text: str) -> list[str]:
    """The features of a text, repetitions too; nothing reaches across punctuation.

    >>> features("断网，")
    ['c断', 'c网', 'nduan wan']
    """
    found: list[str] = []
    for part in _PART.findall(lower(text)):
        heard = near(part)
        found += [LETTER + char for char in part]
        found += [f"{SOUND}{heard[at]} {heard[at + 1]}" for at in range(len(part) - 1)]
    return found


def lower(text: str) -> str:
    """Lower case, character by character, so that places in the text stay what they are."""
    return "".join([low if len(low := char.lower()) == 1 else char for char in text])


@cache
def load_learned() -> Learned:
    """The bundled scorer."""
    bundled = resources.files("laidian.models") / "scorer" / "reasons.npz"
    with resources.as_file(bundled) as file:
        return read_learned(file)


def read_learned(file: Path) -> Learned:
    """A scorer from its file: plain arrays, loaded without running code.

    Raises:
        OSError, ValueError, KeyError: the file is no scorer.
    """
    with np.load(file, allow_pickle=False) as stored:
        names, reasons = (tuple(bytes(stored[key]).decode("utf-8").split("\n")) for key in ("names", "reasons"))
        if kinds := {name[:1] for name in names} - {LETTER, SOUND}:
            raise ValueError(f"{len(kinds)} kinds of features that are not read: made by another version")
        sureness = stored.get("sureness", None)
        return Learned(names, reasons, stored["weight"], stored["scale"], stored["idf"], stored["intercept"], sureness)


def read_said(text: str, where: str) -> list[tuple[str, str]]:
    """(id of a reason or issue, sentence) of one file of sentences, in its order.

    Raises:
        ValueError: a sentence stands before any `[id]`.
    """
    found, current = [], ""
    for line in (raw.strip() for raw in text.splitlines()):
        if line.startswith("["):
            current = line.strip("[]")
        elif line and not line.startswith("#"):
            if not current:
                raise ValueError(f"{where}: a sentence before the first [id]")
            found.append((current, line))
    return found
