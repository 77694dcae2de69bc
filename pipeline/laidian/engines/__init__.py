"""What a recogniser must do. One engine a file; the stage that hears knows only this Protocol."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
RATE = 16_000


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word or character: seconds from the start of the samples given, probability in 0..1."""

    start: float
    end: float
    text: str
    probability: float


class Engine(Protocol):
    """A speech recogniser.

    `identity` names engine, model hash and every setting that can change a text; it is part of the transcript's cache key.
    """

    identity: str

    def hear(self, samples: Samples) -> Sequence[Word]:
        """The words in mono speech of at most 30 s at 16 kHz, in order of start. Deterministic."""
        ...
