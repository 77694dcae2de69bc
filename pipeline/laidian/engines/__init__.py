"""What a recogniser must do. One engine a file; the stage that hears knows only this Protocol."""

from collections.abc import Callable, Sequence
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
    `beat` is called after each batch of packs, a sign of life for whoever watches.
    """

    identity: str
    beat: Callable[[], None]

    def hear(self, packs: Sequence[Samples], again: bool = False) -> list[list[Word]]:
        """The words of each pack (mono speech of at most 30 s at 16 kHz), in order of start.

        The words of a pack depend on nothing but its samples and `again`: not on the other packs, their order, or threads.
        Two threads may ask at once: while one waits for its last batch, the other's keep the cores busy.

        Args:
            packs: any number; the engine makes its own batches of them.
            again: decode in another deterministic way, for packs whose first words were not to be believed.
        """
        ...
