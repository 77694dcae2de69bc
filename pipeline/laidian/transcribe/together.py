"""How much of the time two people speak at once on one channel: what is lost there no second decoding brings back, so it is told.

Of two voices at once the pitch leaps between them, no syllable falls silent, and the sum is less periodic than either. Each
second of speech is described so and judged by a logistic regression, fitted to calls mixed to one channel as they are, and with
both people speaking on and on, on quiet and on noisy lines (`bench/overlap.py`). A second alone says little, a recording's mean
enough.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from laidian.engines import RATE, Samples
from laidian.transcribe.speech import Region

Matrix = NDArray[np.float64]
HALVED = 2  # every second sample will do: harmonics are sought up to 1500 Hz
FRAME, HOP = 512, 160  # samples at half of RATE: 64 ms every 20 ms
FRAMES = 50  # of a judged second
BAND_HZ, PITCH_HZ = (200.0, 1500.0), (70.0, 400.0)
LOUD, FULL, SILENT = 2.0, 1.0, 1.5  # powers of ten below the loudest frame of its second
WEAK = 0.8  # of the autocorrelation at the pitch's lag
LEAP = 0.12  # octaves from one frame to the next
LEAST_S = 1.5  # a shorter region is not judged
VOICED = 0.6  # mean agreement at the pitch's lag, below which a second is whispered or noise and says nothing of two voices
MEANS = np.array([0.833, 0.276, 1.076, 0.464, 0.306, 0.39])
DEVIATIONS = np.array([0.081, 0.178, 0.462, 0.155, 0.12, 0.161])
WEIGHTS, BIAS = np.array([1.221, 1.75, 0.64, -0.848, 0.736, -2.814]), -1.683


def judged(channel: Samples, at_s: float, regions: Sequence[Region]) -> list[float]:
    """Of each whole second of voiced speech the probability that two people speak; `channel` begins at `at_s`."""
    seconds = [
        described(channel[round((region.start - at_s) * RATE) : round((region.end - at_s) * RATE)])
        for region in regions
        if region.end - region.start >= LEAST_S
    ]
    features = np.concatenate([np.zeros((0, len(WEIGHTS))), *seconds])
    features = features[features[:, 0] >= VOICED]
    odds = ((features - MEANS) / DEVIATIONS) @ WEIGHTS + BIAS
    return [float(p) for p in 1 / (1 + np.exp(-odds))]


def described(speech: Samples) -> Matrix:
    """One row a second: how periodic, share of weak frames, spread of the level, shares of full frames, leaps, silent frames."""
    half = speech[::HALVED].astype(np.float64)
    framed = np.lib.stride_tricks.sliding_window_view(half, FRAME)[::HOP] if half.size >= FRAME else np.zeros((0, FRAME))
    window, lags = np.hanning(FRAME), _lags()
    spectrum = np.abs(np.fft.rfft(framed * window, 2 * FRAME, axis=1)) ** 2 * _band()
    agreed = np.fft.irfft(spectrum, axis=1)[:, lags] / (spectrum.sum(axis=1, keepdims=True) / FRAME + 1e-12) / _taper()
    starts = range(0, len(framed) - FRAMES + 1, FRAMES)
    return np.array([_second(agreed[i : i + FRAMES], spectrum[i : i + FRAMES]) for i in starts]).reshape(-1, len(WEIGHTS))


def _second(agreed: Matrix, spectrum: Matrix) -> list[float]:
    level = np.log10(spectrum.sum(axis=1) + 1e-9)
    loud = level > level.max() - LOUD
    strength, pitch = agreed[loud].max(axis=1), np.log2(_lags()[agreed[loud].argmax(axis=1)])
    leaps = float(np.mean(np.abs(np.diff(pitch)) > LEAP)) if len(pitch) > 1 else 0.0
    full = float(np.mean(level > level.max() - FULL))
    silent = float(np.mean(level < level.max() - SILENT))
    return [float(strength.mean()), float(np.mean(strength < WEAK)), float(level.std()), full, leaps, silent]


@cache
def _lags() -> NDArray[np.int64]:
    rate = RATE // HALVED
    return np.arange(round(rate / PITCH_HZ[1]), round(rate / PITCH_HZ[0]))


@cache
def _band() -> Matrix:
    hertz = np.fft.rfftfreq(2 * FRAME, HALVED / RATE)
    return ((hertz >= BAND_HZ[0]) & (hertz < BAND_HZ[1])).astype(np.float64)


@cache
def _taper() -> Matrix:
    """What the window alone leaves of an autocorrelation at each lag."""
    own = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(FRAME), 2 * FRAME)) ** 2)
    return np.asarray(own[_lags()] / own[0])
