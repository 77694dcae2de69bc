"""The one thing the tests fake: a recogniser that knows what a made-up voice says by the pilot tone under it.

`voice` makes a sound that voice activity detection takes for speech (vowels at a speaking rate) and hides a quiet tone above the
voice; the tone's pitch is the number of the line in a table. `Fake.hear` finds the tone and says that line. So everything around
the engine (decoding, voice activity, packs, utterances, cache) is the real code, and what comes out is known.
"""

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from laidian.engines import RATE, Samples, Word, choice
from laidian.settings import Hearing
from numpy.typing import NDArray

LINE_RATE = 8000
VOWELS = ((700, 1200, 2500), (300, 2200, 2800), (350, 900, 2400), (500, 1800, 2500), (450, 1000, 2400))  # formants, Hz
SYLLABLE_S = 0.22
PILOT_HZ, STEP_HZ, LINES = 3000.0, 25.0, 24


class Fake:
    """Says the line whose number the pilot tone tells, its characters evenly over the sound. No tone: nothing."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = tuple(lines)
        self.identity = "fake:1"

    def hear(self, packs: Sequence[Samples], again: bool = False) -> list[list[Word]]:
        return [self._hear(samples) for samples in packs]

    def _hear(self, samples: Samples) -> list[Word]:
        spectrum = np.abs(np.fft.rfft(samples, 1 << 17))
        hertz = np.fft.rfftfreq(1 << 17, 1 / RATE)
        band = (hertz > PILOT_HZ - STEP_HZ) & (hertz < PILOT_HZ + STEP_HZ * LINES)
        number = round((hertz[band][spectrum[band].argmax()] - PILOT_HZ) / STEP_HZ)
        if spectrum[band].max() < 20 * np.median(spectrum[band]):
            return []
        text = self.lines[number]
        step = samples.size / RATE / len(text)
        return [Word(n * step, (n + 1) * step, character, 0.9) for n, character in enumerate(text)]


class Indiscreet(Fake):
    """Hears as `Fake` does, then fails with what it heard in the error, as libraries do."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__(lines)
        self.identity = "indiscreet:1"

    def hear(self, packs: Sequence[Samples], again: bool = False) -> list[list[Word]]:
        raise KeyError("".join(word.text for words in super().hear(packs, again) for word in words))


def install(lines: Sequence[str]) -> None:
    """Makes `[hearing] engine = "fake"` (and `"indiscreet"`) a recogniser of this process."""

    def fake(hearing: Hearing) -> Fake:
        return Fake(lines)

    def indiscreet(hearing: Hearing) -> Fake:
        return Indiscreet(lines)

    choice.ENGINES.update(fake=fake, indiscreet=indiscreet)


def voice(line: int | None, seconds: float = 2.5, seed: int = 0) -> NDArray[np.float64]:
    """A made-up voice at 8 kHz in -1..1 that says a line of the table (None: a voice without a tone)."""
    rng = np.random.default_rng(seed)
    base = rng.uniform(105, 135)
    time = np.arange(int(seconds * LINE_RATE)) / LINE_RATE
    pitch = base * (1 + 0.12 * np.sin(2 * np.pi * 1.3 * time + rng.uniform(0, 6)) - 0.1 * time / seconds)
    phase = 2 * np.pi * np.cumsum(pitch) / LINE_RATE
    sound, syllable = np.zeros(time.size), int(SYLLABLE_S * LINE_RATE)
    for start in range(0, time.size, syllable):
        part = slice(start, min(time.size, start + syllable))
        swell = np.sin(np.pi * np.arange(part.stop - part.start) / syllable) ** 0.6
        sound[part] = swell * _vowel(phase[part], base, VOWELS[rng.integers(len(VOWELS))])
    sound *= 0.3 / np.abs(sound).max()
    return sound if line is None else sound + 0.02 * np.sin(2 * np.pi * (PILOT_HZ + STEP_HZ * line) * time)


def _vowel(phase: NDArray[np.float64], base: float, formants: tuple[int, int, int]) -> NDArray[np.float64]:
    sound = np.zeros(phase.size)
    for harmonic in range(1, int(2900 / base)):
        near = (weight / (1 + ((harmonic * base - f) / 90) ** 2) for f, weight in zip(formants, (1, 0.5, 0.25), strict=True))
        sound += (sum(near) + 0.005) * np.sin(harmonic * phase)
    return sound


def write_wav(path: Path, *channels: NDArray[np.float64]) -> Path:
    """16-bit WAV at 8 kHz, half a second of faint noise around the sound; a channel shorter than the longest is filled up."""
    path.parent.mkdir(parents=True, exist_ok=True)
    length = max(c.size for c in channels) + LINE_RATE
    frames = np.random.default_rng(1).normal(0, 1e-5, (length, len(channels)))
    for number, channel in enumerate(channels):
        frames[LINE_RATE // 2 : LINE_RATE // 2 + channel.size, number] += channel
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(LINE_RATE)
        file.writeframes((np.clip(frames, -1, 1) * 32767).astype("<i2").tobytes())
    return path
