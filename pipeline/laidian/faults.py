"""What is wrong with a recording, before any figure is made from it."""

from collections.abc import Sequence

import numpy as np

from laidian.engines import Samples
from laidian.tables.speech import Fault

SILENT_DBFS = -60.0  # below this a telephone line carries no voice (A-law idle noise lies near -66)
CLIPPED_SHARE = 0.01  # share of samples at full scale from which words suffer
SAME_RESIDUE_DB = -30.0  # left minus right this far below left: one channel was copied to both
WORDLESS_S = 1.5  # speech this long without a word is a fault of the hearing, not of the caller


def level_dbfs(channel: Samples) -> float:
    """Root mean square level of one channel in dB below full scale; -120 for digital silence."""
    power = float(np.mean(np.square(channel, dtype=np.float64))) if channel.size else 0.0
    return 10 * float(np.log10(max(power, 1e-12)))


def faults(samples: Samples, speech_s: Sequence[float], words: Sequence[int]) -> list[Fault]:
    """The faults of one decoded recording, in a fixed order.

    Args:
        samples: (channels, length) at 16 kHz.
        speech_s: seconds of speech the voice activity detection kept, per channel.
        words: characters recognised, per channel.
    """
    found: list[Fault] = []
    quiet = [level_dbfs(channel) < SILENT_DBFS or kept == 0 for channel, kept in zip(samples, speech_s, strict=True)]
    if len(samples) == 1:
        found.append("mono")
    if all(quiet):
        found.append("silent")
    elif len(samples) == 2 and any(quiet):
        found.append("one_sided")
    if len(samples) == 2 and not all(quiet) and _identical(samples):
        found.append("identical_channels")
    if any(float(np.mean(np.abs(channel) >= 0.999)) > CLIPPED_SHARE for channel in samples):
        found.append("clipped")
    if any(kept >= WORDLESS_S and not count for kept, count in zip(speech_s, words, strict=True)):
        found.append("speech_without_text")
    return found


def _identical(samples: Samples) -> bool:
    return level_dbfs(samples[0] - samples[1]) < level_dbfs(samples[0]) + SAME_RESIDUE_DB
