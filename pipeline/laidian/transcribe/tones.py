"""Telephone tones told from voices: ringing, busy, fax. The detector takes some for the beginning of a word."""

import numpy as np

from laidian.engines import RATE, Samples

FRAME, HOP = 512, 256  # samples
BAND_HZ = (150.0, 3600.0)
LOUD = 0.01  # of the loudest frame's power; fainter ones are the line
BESIDE = 2  # bins on either side that a window spreads one frequency over
PURE = 0.97  # of a frame's power in one frequency: tones have 1.0, a voice that the detector hardly hears .93 at most, mostly .5


def tone(samples: Samples) -> bool:
    """Whether a sound at 16 kHz is one pure frequency after another for most of its time; never of less than a frame."""
    if samples.size < FRAME:
        return False
    framed = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]
    hertz = np.fft.rfftfreq(FRAME, 1 / RATE)
    inside = (hertz >= BAND_HZ[0]) & (hertz < BAND_HZ[1])
    power = np.square(np.abs(np.fft.rfft(framed * np.hanning(FRAME))))[:, inside]
    power = power[power.sum(axis=1) > LOUD * power.sum(axis=1).max()]
    if not len(power):
        return False
    around = power.argmax(axis=1)[:, None] + np.arange(-BESIDE, BESIDE + 1)
    peak = np.take_along_axis(np.pad(power, ((0, 0), (BESIDE, BESIDE))), around + BESIDE, axis=1).sum(axis=1)
    return bool(np.median(peak / power.sum(axis=1)) >= PURE)
