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
    return _dbfs(float(np.mean(np.square(channel, dtype=np.float64))) if channel.size else 0.0)


def _dbfs(power: float) -> float:
    return 10 * float(np.log10(max(power, 1e-12)))


class Gauge:
    """What the faults of a recording are judged by, added up piece by piece as it is read."""

    def __init__(self) -> None:
        self.length = 0
        self.truncated = False  # the reader says so when it is through
        self._power: list[float] = []
        self._clipped: list[int] = []
        self._difference = 0.0

    def add(self, piece: Samples) -> None:
        """The next piece, (channels, length)."""
        if not self._power:
            self._power, self._clipped = [0.0] * len(piece), [0] * len(piece)
        for number, channel in enumerate(piece):
            self._power[number] += float(np.sum(np.square(channel, dtype=np.float64)))
            self._clipped[number] += int(np.count_nonzero(np.abs(channel) >= 0.999))
        if len(piece) == 2:
            self._difference += float(np.sum(np.square(piece[0] - piece[1], dtype=np.float64)))
        self.length += piece.shape[1]

    def faults(self, speech_s: Sequence[float], characters: Sequence[int], wordless_s: Sequence[float]) -> list[Fault]:
        """The faults of the whole recording, in a fixed order.

        Args:
            speech_s: seconds of speech the voice activity detection kept, per channel.
            characters: characters recognised, per channel.
            wordless_s: seconds of speech in regions without a word, after a second try, per channel.
        """
        found: list[Fault] = []
        levels = [_dbfs(power / self.length) for power in self._power]
        quiet = [level < SILENT_DBFS or kept == 0 for level, kept in zip(levels, speech_s, strict=True)]
        if len(levels) == 1:
            found.append("mono")
        if all(quiet):
            found.append("silent")
        elif len(levels) == 2 and any(quiet):
            found.append("one_sided")
        if len(levels) == 2 and not all(quiet) and _dbfs(self._difference / self.length) < levels[0] + SAME_RESIDUE_DB:
            found.append("identical_channels")
        if any(clipped > CLIPPED_SHARE * self.length for clipped in self._clipped):
            found.append("clipped")
        if self.truncated:
            found.append("truncated")
        none = [kept >= WORDLESS_S and not count for kept, count in zip(speech_s, characters, strict=True)]
        if any(none) or any(lost >= WORDLESS_S for lost in wordless_s):
            found.append("speech_without_text")
        return found
