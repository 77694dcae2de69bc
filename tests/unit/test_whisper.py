"""The engine around its model: how batches are shared out, and that nobody waits for the model who does not need it yet."""

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laidian.engines import RATE, Samples, Word, whisper
from laidian.engines.weights import Weights
from laidian.engines.whisper import UNEVEN, Batch, Whisper
from laidian.settings import Hearing


def ends(batches: Sequence[Batch], workers: int) -> list[float]:
    """When each worker is done, the next batch always taken by who is free first."""
    done = [0.0] * workers
    for width_s, numbers in batches:
        done[done.index(min(done))] += width_s * len(numbers)
    return done


@given(st.lists(st.integers(1, 15).map(lambda half: 2.0 * half), max_size=60), st.integers(1, 8), st.integers(1, 4))
def test_no_pack_is_lost_and_no_worker_is_left_with_more_than_a_pack(widths: list[float], size: int, workers: int) -> None:
    packs = [np.zeros(round((width_s - whisper.TAIL_S) * RATE) if width_s > 4 else RATE, np.float32) for width_s in widths]
    batches = whisper._shared(whisper._batches(packs, size, padded=False), workers)
    assert sorted(number for _, numbers in batches for number in numbers) == list(range(len(packs)))
    assert all(len(numbers) <= size and {whisper.width(len(packs[n])) for n in numbers} == {wide} for wide, numbers in batches)
    done = ends(batches, workers)
    assert max(done) - min(done) <= max([UNEVEN * sum(done), *(wide for wide, _ in batches)])


def test_the_model_is_loaded_while_recordings_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    may_load = threading.Event()

    class Late:
        batch, workers = 8, 2

        def __init__(self, *_: object) -> None:
            assert may_load.wait(20)

        def decode(self, packs: Sequence[Samples], width_s: float) -> list[list[Word]]:
            return [[Word(0.0, width_s, str(len(pack)), 1.0)] for pack in packs]

    monkeypatch.setattr(whisper, "_Model", Late)
    engine = Whisper(Weights("late", Path(), "0" * 64, "none"), Hearing())  # waits for no model, or nobody would let it load
    may_load.set()
    assert [words[0].text for words in engine.hear([np.zeros(n, np.float32) for n in (5, 7)])] == ["5", "7"]
