"""Two people at once on one channel: what tells it."""

import json

import numpy as np
import pytest
from laidian import demo
from laidian.audio import Reader
from laidian.engines import RATE, Samples
from laidian.faults import LEAST_SECONDS, TALKED_OVER, Gauge
from laidian.settings import RawAudio
from laidian.transcribe import together
from laidian.transcribe.speech import Region
from scipy.signal import fftconvolve

SECONDS = 12


def voice(hertz: float, seed: int, syllables_per_s: float = 4.0) -> Samples:
    """Pulses at a pitch that drifts a little, in syllables with silence between them."""
    rng = np.random.default_rng(seed)
    time = np.arange(SECONDS * RATE) / RATE
    phase = 2 * np.pi * np.cumsum(hertz * (1 + 0.05 * np.sin(2 * np.pi * 0.7 * time + seed))) / RATE
    sound = sum(np.cos(k * phase) / k for k in range(1, 15))
    swell = np.maximum(0, np.sin(np.pi * syllables_per_s * time + rng.uniform(0, 3))) ** 2
    return (0.05 * sound * swell + rng.normal(0, 1e-4, time.size)).astype(np.float32)


def test_two_voices_at_once_are_likelier_two_than_either_alone() -> None:
    one, other, whole = voice(110, 1), voice(215, 2, 3.1), [Region(0, SECONDS)]
    alone = [np.mean(together.judged(sound, 0.0, whole)) for sound in (one, other)]
    both = np.mean(together.judged(one + other, 0.0, whole))
    assert max(alone) < both
    assert max(alone) < TALKED_OVER


def test_one_voice_in_a_room_that_goes_on_sounding_is_one_voice() -> None:
    call = np.concatenate(list(Reader(demo.sample() / "audio" / "C009.opus", RawAudio()).pieces()), axis=1)
    lines = map(json.loads, (demo.sample() / "reference.jsonl").read_text(encoding="utf-8").splitlines())
    turns = next(line["turns"] for line in lines if line["recording"] == "audio/C009.opus")
    spoken = [
        np.concatenate([call[c, round(t["start"] * RATE) : round(t["end"] * RATE)] for t in turns if t["channel"] == c])
        for c in (0, 1)
    ]
    time = np.arange(round(0.6 * RATE)) / RATE
    answer = np.random.default_rng(4).normal(0, 1, time.size) * 10 ** (-5 * time)
    answer *= 0.7 / np.sqrt(np.sum(answer**2))
    length = min(map(len, spoken))
    one, other = ((v[:length] + fftconvolve(v, answer)[:length]).astype(np.float32) for v in spoken)
    alone, both = (np.mean(together.judged(sound, 0.0, [Region(0, length / RATE)])) for sound in (one, one + other))
    assert alone < TALKED_OVER < both


def test_every_whole_second_of_a_region_is_judged_and_the_stretch_may_begin_anywhere() -> None:
    sound = voice(120, 3)
    found = together.judged(sound, 0.0, [Region(1.0, 4.5), Region(5.0, 6.0), Region(8.0, 10.0)])
    assert len(found) == 3 + 0 + 1  # the last frame of a second reaches 44 ms into the next; a short region is not judged
    assert all(0 <= p <= 1 for p in found)
    assert together.judged(sound[RATE:], 1.0, [Region(1.0, 4.5)]) == pytest.approx(found[:3])
    assert together.judged(sound, 0.0, []) == []


def test_of_a_whisper_and_of_digital_silence_nothing_is_said() -> None:
    whisper = np.random.default_rng(2).normal(0, 0.05, 5 * RATE).astype(np.float32)
    assert together.judged(whisper, 0.0, [Region(0, 5)]) == []
    assert together.judged(np.zeros(5 * RATE, np.float32), 0.0, [Region(0, 5)]) == []


@pytest.mark.parametrize(
    ("at_once", "told"), [([0.5] * 20, True), ([0.25] * 20, False), ([0.9] * (LEAST_SECONDS - 1), False), ([], False)]
)
def test_a_recording_in_which_two_speak_at_once_much_of_the_time_says_so(at_once: list[float], told: bool) -> None:
    gauge = Gauge()
    gauge.add(np.random.default_rng(0).normal(0, 0.1, (1, RATE)).astype(np.float32))
    assert gauge.faults([20.0], [80], [0.0], at_once=at_once) == ["mono", *["talked_over"][: int(told)]]
