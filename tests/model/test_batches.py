"""The real recogniser: a pack's text depends on no batch mates, order, batch size, threads, or who asks at the same time."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from laidian import demo
from laidian.audio import Reader
from laidian.engines import RATE, Samples, Word, weights
from laidian.engines.whisper import Whisper
from laidian.settings import Hearing, RawAudio

pytestmark = pytest.mark.model

Text = list[tuple[float, float, str]]


def text(words: list[Word]) -> Text:
    return [(word.start, word.end, word.text) for word in words]


@pytest.fixture(scope="module")
def packs() -> list[Samples]:
    """Six stretches of sample calls: four of one width, two of others."""
    found: list[Samples] = []
    for call, channel, first, seconds in (
        ("C003.wav", 0, 0.4, 5.0), ("C046.wav", 0, 0.4, 5.0), ("C057.wav", 0, 0.4, 4.6), ("C003.wav", 1, 5.0, 5.0),
        ("C046.wav", 1, 4.0, 3.0), ("C057.wav", 1, 5.0, 7.0),
    ):  # fmt: skip
        samples = np.concatenate(list(Reader(demo.sample() / "audio" / call, RawAudio()).pieces()), axis=1)
        found.append(samples[channel, int(first * RATE) : int((first + seconds) * RATE)])
    return found


def test_texts_do_not_depend_on_batch_mates_order_batch_size_or_threads(packs: list[Samples]) -> None:
    model = weights.find(None)
    together = Whisper(model, Hearing(packs=4, threads=2))
    expected = [text(words) for words in together.hear(packs)]
    assert sum(bool(words) for words in expected) >= 5
    for seed in (1, 2):
        order = np.random.default_rng(seed).permutation(len(packs))
        shuffled = together.hear([packs[i] for i in order])
        assert [text(words) for words in shuffled] == [expected[i] for i in order]
    alone = Whisper(model, Hearing(packs=1, threads=1))
    assert [text(words) for pack in packs for words in alone.hear([pack])] == expected
    with ThreadPoolExecutor(2) as at_once:
        halves = list(at_once.map(together.hear, (packs[::2], packs[1::2])))
    assert [[text(words) for words in half] for half in halves] == [expected[::2], expected[1::2]]
    again = [text(words) for words in together.hear(packs[:2], again=True)]
    assert again == [text(words) for pack in packs[:2] for words in alone.hear([pack], again=True)]
