"""How much of the time two people speak at once on one channel: what is lost there no second decoding brings back, so it is told.

Of two voices at once the pitch leaps between them, no syllable falls silent, and the sum is less periodic than either. Each
second of speech is described so and judged by a logistic regression on what describes it and the products of each two, fitted to
calls mixed to one channel as they are, and with both people speaking on and on, on quiet lines, on noisy ones, and in rooms that
go on sounding (`bench/overlap.py`). A second alone says little, a recording's mean
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
MEANS = np.array([0.818, 0.323, 1.079, 0.466, 0.297, 0.377])
DEVIATIONS = np.array([0.081, 0.191, 0.492, 0.157, 0.122, 0.165])
BIAS, WEIGHTS = -1.291, np.array([0.504, 0.899, -0.092, -0.403, 1.225, -2.01])
PRODUCTS = np.array(
    [
        [-0.554, -0.365, -0.512, -0.213, -0.382, -0.232],
        [0, -0.196, -0.404, 0.183, -0.02, 0.202],
        [0, 0, 0.423, 0.348, 0.215, -0.263],
        [0, 0, 0, 0.361, -0.287, 0.122],
        [0, 0, 0, 0, -0.376, -0.277],
        [0, 0, 0, 0, 0, -0.166],
    ]
)  # of two features, or of one with itself: a room fills silence as a second voice does


def judged(channel: Samples, at_s: float, regions: Sequence[Region]) -> list[float]:
    """Of each whole second of voiced speech the probability that two people speak; `channel` begins at `at_s`."""
    seconds = [
        described(channel[round((region.start - at_s) * RATE) : round((region.end - at_s) * RATE)])
        for region in regions
        if region.end - region.start >= LEAST_S
    ]
    features = np.concatenate([np.zeros((0, len(MEANS))), *seconds])
    return [float(p) for p in probabilities(features[features[:, 0] >= VOICED])]


def probabilities(features: Matrix) -> Matrix:
    """Of each described second, (n, 6), the probability that two people speak."""
    scaled = (features - MEANS) / DEVIATIONS
    odds: Matrix = scaled @ WEIGHTS + np.einsum("ij,jk,ik->i", scaled, PRODUCTS, scaled) + BIAS
    found: Matrix = 1 / (1 + np.exp(-odds))
    return found


def described(speech: Samples) -> Matrix:
    """One row a second: how periodic, share of weak frames, spread of the level, shares of full frames, leaps, silent frames."""
    half = speech[::HALVED].astype(np.float64)
    framed = np.lib.stride_tricks.sliding_window_view(half, FRAME)[::HOP] if half.size >= FRAME else np.zeros((0, FRAME))
    window, lags = np.hanning(FRAME), _lags()
    spectrum = np.abs(np.fft.rfft(framed * window, 2 * FRAME, axis=1)) ** 2 * _band()
    agreed = np.fft.irfft(spectrum, axis=1)[:, lags] / (spectrum.sum(axis=1, keepdims=True) / FRAME + 1e-12) / _taper()
    starts = range(0, len(framed) - FRAMES + 1, FRAMES)
    return np.array([_second(agreed[i : i + FRAMES], spectrum[i : i + FRAMES]) for i in starts]).reshape(-1, len(MEANS))


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
