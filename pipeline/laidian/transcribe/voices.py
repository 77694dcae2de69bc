"""Two people on one channel told apart by their voices: no extra model, only the spectrum and the pitch.

Each tenth of a second of speech is described by its cepstrum and its pitch. Two voices are sought that explain the blocks best,
a voice tending to go on as long as nobody pauses; then every utterance gets the odds of the first voice against the second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from laidian.engines import RATE, Samples
from laidian.transcribe.speech import Region

Matrix = NDArray[np.float64]
FRAME, HOP = 512, 160  # samples
BLOCK_S = 0.1
BAND_HZ, FILTERS, CEPSTRA = (200.0, 3600.0), 24, 16  # the telephone's band
PITCH_HZ = (70.0, 400.0)
VOICED = 0.45  # of the autocorrelation at the pitch's lag
PITCH_WEIGHT = 3.0  # pitch tells voices apart better than any one cepstral coefficient
WINDOW = 15  # blocks: 1.5 s, over which sounds average out and the voice stays
ROUNDS = 8
STAY, STAY_OVER_PAUSE = 0.98, 0.4  # that the same voice goes on in the next block; after a pause: people take turns
TEMPER = 0.12  # blocks are not independent and mostly tell sounds apart: their log likelihoods count for so little
MOST = 4.0  # log odds an utterance may get
LEAST_BLOCKS = 40  # of speech in a recording, below which nobody is told apart


@dataclass(frozen=True, slots=True)
class Blocks:
    """Described speech: `at_s` (n,) where each block begins, `features` (n, CEPSTRA + 1), pitch last and 0 where unvoiced."""

    at_s: Matrix
    features: Matrix


def describe(channel: Samples, at_s: float, regions: Sequence[Region]) -> Blocks:
    """The blocks of the speech regions of a stretch of one channel that begins `at_s` into the recording."""
    starts: list[Matrix] = []
    features: list[Matrix] = []
    for region in regions:
        speech = channel[round((region.start - at_s) * RATE) : round((region.end - at_s) * RATE)]
        if speech.size >= FRAME + HOP * 10:
            described: Matrix = _described(speech)
            starts.append(region.start + BLOCK_S * np.arange(len(described), dtype=np.float64))
            features.append(described)
    return joined([Blocks(at, described) for at, described in zip(starts, features, strict=True)])


def joined(parts: Sequence[Blocks]) -> Blocks:
    """The blocks of successive pieces of one channel."""
    if not parts:
        return Blocks(np.zeros(0), np.zeros((0, CEPSTRA + 1)))
    return Blocks(np.concatenate([part.at_s for part in parts]), np.concatenate([part.features for part in parts]))


def _described(speech: Samples) -> Matrix:
    """One row a block: the mean over its loud frames."""
    frames = np.lib.stride_tricks.sliding_window_view(speech.astype(np.float64), FRAME)[::HOP]
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(FRAME), 2 * FRAME, axis=1)) ** 2
    energies = np.log(spectrum @ _filters().T + 1e-9)
    cepstra = energies @ _cosines().T
    pitch, voiced = _pitch(spectrum)
    power = spectrum.sum(axis=1)
    per = round(BLOCK_S * RATE / HOP)
    rows = []
    for first in range(0, len(frames) - per + 1, per):
        part = slice(first, first + per)
        weight = power[part] / (power[part].sum() + 1e-12)
        tone = np.median(pitch[part][voiced[part]]) if voiced[part].any() else 0.0
        rows.append(np.append(weight @ cepstra[part], tone))
    return np.array(rows).reshape(-1, CEPSTRA + 1)


def _pitch(spectrum: Matrix) -> tuple[Matrix, NDArray[np.bool_]]:
    """Log2 of each frame's pitch in Hz, and whether it has one."""
    autocorrelation = np.fft.irfft(spectrum, axis=1)
    first, last = round(RATE / PITCH_HZ[1]), round(RATE / PITCH_HZ[0])
    lags = autocorrelation[:, first:last] / (autocorrelation[:, :1] + 1e-12)
    taper = 1 - np.arange(first, last) / FRAME  # a longer lag has less of the frame to agree with
    lag = (lags / taper).argmax(axis=1)
    return np.log2(RATE / (lag + first)), (lags / taper).max(axis=1) > VOICED


@cache
def _filters() -> Matrix:
    """Triangles of equal width in mel over the telephone's band, (FILTERS, bins)."""
    low, high = (2595 * float(np.log10(1 + hertz / 700)) for hertz in BAND_HZ)
    mel = np.linspace(low, high, FILTERS + 2)
    edges = 700 * (10 ** (mel / 2595) - 1)
    hertz = np.fft.rfftfreq(2 * FRAME, 1 / RATE)
    rising = (hertz - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - hertz) / np.diff(edges)[1:, None]
    triangles: Matrix = np.maximum(0, np.minimum(rising, falling))
    return triangles


@cache
def _cosines() -> Matrix:
    """Cepstra 1 to CEPSTRA of FILTERS energies; the zeroth is loudness, which says nothing of who speaks."""
    return np.cos(np.pi * np.arange(1, CEPSTRA + 1)[:, None] * (np.arange(FILTERS) + 0.5) / FILTERS)


def first_voice(blocks: Blocks) -> Matrix | None:
    """Log odds, for each block, that the first of two voices speaks; null: too little speech to tell voices apart.

    By the forward-backward algorithm over two Gaussian voices, a few rounds of it.
    """
    if len(blocks.at_s) < LEAST_BLOCKS:
        return None
    features = _scaled(blocks.features)
    stay = np.where(np.diff(blocks.at_s) > 1.5 * BLOCK_S, STAY_OVER_PAUSE, STAY)
    share = _start(features)
    log_odds = np.zeros(len(features))
    for _ in range(ROUNDS):
        log_odds = _smoothed(_likelihoods(features, share), stay)
        share = np.clip(1 / (1 + np.exp(-log_odds)), 0.02, 0.98)
    return log_odds


def odds(blocks: Blocks, first: Matrix | None, start: float, end: float) -> float | None:
    """Log odds that the first voice speaks from `start` to `end` (seconds); null: no telling."""
    inside = None if first is None else first[(blocks.at_s + BLOCK_S > start) & (blocks.at_s < end)]
    return None if inside is None or not inside.size else float(np.clip(2 * np.mean(inside), -MOST, MOST))


def changes(blocks: Blocks, first: Matrix | None) -> Matrix:
    """Seconds at which the other voice takes over."""
    if first is None:
        return np.zeros(0)
    moments: Matrix = blocks.at_s[1:][(first[1:] > 0) != (first[:-1] > 0)]
    return moments


def _scaled(features: Matrix) -> Matrix:
    """Columns to mean 0 and deviation 1, unvoiced pitch to 0; the pitch weighs more."""
    scaled = features.copy()
    voiced = scaled[:, -1] > 0
    if voiced.any():
        scaled[voiced, -1] -= np.median(scaled[voiced, -1])
    scaled[~voiced, -1] = 0
    deviation = scaled.std(axis=0) + 1e-9
    scaled[:, :-1] -= scaled[:, :-1].mean(axis=0)
    scaled /= deviation
    scaled[:, -1] *= PITCH_WEIGHT
    return scaled


def _start(features: Matrix) -> Matrix:
    """A first guess: windows of 1.5 s parted along the direction in which they differ most."""
    kernel = np.ones(WINDOW) / WINDOW
    smooth = np.stack([np.convolve(column, kernel, "same") for column in features.T], axis=1)
    smooth -= smooth.mean(axis=0)
    _, _, directions = np.linalg.svd(smooth, full_matrices=False)
    along = smooth @ directions[0]
    return np.where(along > np.median(along), 0.9, 0.1)


def _likelihoods(features: Matrix, share: Matrix) -> Matrix:
    """Log likelihood ratio of the two voices in each block; both share one deviation for each feature."""
    weights = np.stack([share, 1 - share])
    means = (weights @ features) / weights.sum(axis=1, keepdims=True)
    residue = sum(w @ (features - m) ** 2 for w, m in zip(weights, means, strict=True)) / len(features)
    distances = [((features - m) ** 2 / residue).sum(axis=1) for m in means]
    ratio: Matrix = TEMPER * (distances[1] - distances[0]) / 2
    return ratio


def _smoothed(ratio: Matrix, stay: Matrix) -> Matrix:
    """Log odds after both directions of the chain; `stay[i]`: that block i + 1 has the voice of block i."""

    def through(odds_before: float, stays: float) -> float:
        p = 1 / (1 + np.exp(-odds_before))
        ahead = p * stays + (1 - p) * (1 - stays)
        return float(np.log(ahead / (1 - ahead)))

    forward, backward = np.zeros(len(ratio)), np.zeros(len(ratio))
    forward[0] = ratio[0]
    for i in range(1, len(ratio)):
        forward[i] = through(forward[i - 1], stay[i - 1]) + ratio[i]
    for i in range(len(ratio) - 2, -1, -1):
        backward[i] = through(backward[i + 1] + ratio[i + 1], stay[i])
    return np.clip(forward + backward, -30, 30)
