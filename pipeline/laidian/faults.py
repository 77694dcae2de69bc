"""What is wrong with a recording, before any figure is made from it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from laidian.engines import RATE, Samples

if TYPE_CHECKING:  # the recogniser's process needs no table: loading them costs it 0.2 s
    from laidian.tables.speech import Fault

SILENT_DBFS = -60.0  # below this a telephone line carries no voice (A-law idle noise lies near -66)
SOUND_DBFS = -50.0  # from this on something sounds: music, ringing, noise
FULL = 0.999  # full scale
CLIPPED_SHARE = 0.01  # share of samples at full scale from which words suffer
SAME_RESIDUE_DB = -30.0  # one channel less what it shares with the other, this far below itself: one was copied to both
WORDLESS_S = 1.5  # speech this long without a word is a fault of the hearing, not of the caller
PARTLY_S = 1.0  # the same beside speech that was written down: worth a remark
FASTEST = 9.0  # characters a second that nobody speaks over a whole channel
TOGETHER_SHARE = 0.6  # of the quieter speaker's speech at the same time as the other's: both are on both channels
LIKE = 0.2  # correlation of two channels that hold the same voices; two people who talk at once have none
TALKED_OVER = 0.4  # mean probability of two people at once on one channel; of calls fitted to .36 at most without, in a room
LEAST_SECONDS = 10  # judged, below which nothing is said of that: a few words are now and then as full as two voices
HOLES_PER_MINUTE = 20.0  # of speech

# The voice of a telephone lies between 300 and 3400 Hz. Played twice too fast hardly any of its power is below 480 Hz and some
# is above 4300; played at half speed hardly any is above 1750. On the sample calls: 35-65 %, 0 %, .2-4 %; twice too fast .1-3 %,
# .1-3 %; at half speed above 1750 Hz less than .01 %.
LOW_HZ, HIGH_HZ, BEYOND_HZ = 480.0, 1750.0, 4300.0
FAST_LOW_SHARE, FAST_BEYOND_SHARE, SLOW_HIGH_SHARE = 0.04, 0.0005, 0.0005
FRAME = 512  # samples: 32 ms
LOUD_DB = 25.0  # frames this far below the loudest are background
LEAST_LOUD_FRAMES = 60  # 2 s of speech, below which a spectrum says nothing

HOLE_S = (0.015, 0.150)  # a lost packet or a few; shorter is a click, longer a pause
STILL = 5e-5  # samples that differ less are constant: nothing is so still in a live voice
LIVE_DBFS = -40.0  # before and after a hole somebody speaks


def level_dbfs(channel: Samples) -> float:
    """Root mean square level of one channel in dB below full scale; -120 for digital silence."""
    return _dbfs(float(np.mean(np.square(channel, dtype=np.float64))) if channel.size else 0.0)


def powers(channel: Samples, block: int) -> NDArray[np.float32]:
    """Mean square of each block of so many samples of one channel; an incomplete last block is left out."""
    blocks = channel[: channel.size // block * block].reshape(-1, block)
    found: NDArray[np.float32] = np.einsum("ij,ij->i", blocks, blocks) / np.float32(block)
    return found


def _dbfs(power: float) -> float:
    return 10 * float(np.log10(max(power, 1e-12)))


class Gauge:
    """What the faults of a recording are judged by, added up piece by piece as it is read."""

    def __init__(self) -> None:
        self.length = 0
        self.truncated = False  # the reader says so when it is through
        self._channels: list[_Channel] = []
        self._shared = 0.0  # sum of products of the two channels

    def add(self, piece: Samples) -> None:
        """The next piece, (channels, length)."""
        self._channels = self._channels or [_Channel() for _ in piece]
        for gauge, channel in zip(self._channels, piece, strict=True):
            gauge.add(channel)
        if len(piece) == 2:
            self._shared += _product(piece[0], piece[1])
        self.length += piece.shape[1]

    def faults(
        self,
        speech_s: Sequence[float],
        characters: Sequence[int],
        wordless_s: Sequence[float],
        together_s: float = 0.0,
        murmur_s: Sequence[float] = (0.0, 0.0),
        guessed: bool = False,
        at_once: Sequence[float] = (),
    ) -> "list[Fault]":
        """The faults of the whole recording, in a fixed order.

        Args:
            speech_s: seconds of speech the voice activity detection kept, per channel.
            characters: characters recognised, per channel.
            wordless_s: seconds of speech in regions without a word, after a second try, per channel.
            together_s: seconds in which both channels hold speech.
            murmur_s: seconds that are nearly speech and have no words, per channel: a whisper, a voice far off.
            guessed: whether the recogniser itself finds its words doubtful: it leaves out what it cannot guess.
            at_once: probability, for each second of speech on the only channel, that two people speak.
        """
        found: list[Fault] = ["mono"] if len(self._channels) == 1 else []
        identical = self._identical()
        found += self._absent(speech_s)
        if identical and max(speech_s) > 0:
            found.append("identical_channels")
        together = len(speech_s) == 2 and together_s > max(WORDLESS_S, TOGETHER_SHARE * min(speech_s))
        if together and not identical and self._likeness() > LIKE:
            found.append("crosstalk")
        if any(channel.clipped > CLIPPED_SHARE * self.length for channel in self._channels):
            found.append("clipped")
        if self.truncated:
            found.append("truncated")
        if any(channel.wrong_rate() for channel in self._channels):
            found.append("wrong_rate")
        if sum(channel.holes for channel in self._channels) > HOLES_PER_MINUTE * max(sum(speech_s), 15.0) / 60:
            found.append("dropouts")
        lost = [kept if not count else less for kept, count, less in zip(speech_s, characters, wordless_s, strict=True)]
        if any(less >= max(WORDLESS_S, kept / 2) for less, kept in zip(lost, speech_s, strict=True)):
            found.append("speech_without_text")
        elif guessed or any(less + murmur >= PARTLY_S for less, murmur in zip(wordless_s, murmur_s, strict=False)):
            found.append("partly_without_text")
        if len(at_once) >= LEAST_SECONDS and np.mean(at_once) >= TALKED_OVER:
            found.append("talked_over")
        if any(count > 4 + FASTEST * kept for kept, count in zip(speech_s, characters, strict=True)):
            found.append("text_without_speech")
        return found

    def _absent(self, speech_s: Sequence[float]) -> "list[Fault]":
        levels = [_dbfs(channel.power / self.length) for channel in self._channels]
        quiet = [kept == 0 for kept in speech_s]
        if all(quiet):
            return ["no_voice"] if max(levels) >= SOUND_DBFS else ["silent"]
        return ["one_sided"] if len(levels) == 2 and any(quiet) else []

    def _identical(self) -> bool:
        """Whether the second channel is the first, fainter or louder: what they do not share is next to nothing."""
        return _dbfs(1 - max(self._likeness(), 0.0) ** 2) < SAME_RESIDUE_DB

    def _likeness(self) -> float:
        """Correlation of the two channels, -1..1; 0 where there are not two."""
        if len(self._channels) != 2 or not all(channel.power for channel in self._channels):
            return 0.0
        return float(np.clip(self._shared / np.sqrt(self._channels[0].power * self._channels[1].power), -1, 1))


class _Channel:
    """The sums of one channel."""

    def __init__(self) -> None:
        self.power = 0.0
        self.clipped = 0
        self.holes = 0
        self._loud_frames = 0
        self._spectrum = np.zeros(FRAME // 2 + 1)

    def add(self, channel: Samples) -> None:
        self.power += _product(channel, channel)
        if max(channel.max(initial=0.0), -channel.min(initial=0.0)) >= FULL:
            self.clipped += int(np.count_nonzero(np.abs(channel) >= FULL))
        self.holes += _holes(channel)
        frames, power = channel[: channel.size // FRAME * FRAME].reshape(-1, FRAME), powers(channel, FRAME)
        loud = frames[power > max(10 ** (SILENT_DBFS / 10), power.max(initial=0.0) * 10 ** (-LOUD_DB / 10))]
        self._loud_frames += len(loud)
        parts = np.fft.rfft(loud * np.hanning(FRAME).astype(np.float32)).view(np.float32)  # real and imaginary, side by side
        self._spectrum += np.einsum("ij,ij->j", parts, parts, dtype=np.float64).reshape(-1, 2).sum(axis=1)

    def wrong_rate(self) -> bool:
        """Whether the voice lies where a telephone's cannot: the file was read at twice or half its rate."""
        if self._loud_frames < LEAST_LOUD_FRAMES:
            return False
        hertz, share = np.fft.rfftfreq(FRAME, 1 / RATE), self._spectrum / self._spectrum.sum()
        low, beyond = share[hertz < LOW_HZ].sum(), share[hertz > BEYOND_HZ].sum()
        fast = low < FAST_LOW_SHARE and beyond > FAST_BEYOND_SHARE
        return bool(fast or share[(hertz > HIGH_HZ) & (hertz < 2 * HIGH_HZ)].sum() < SLOW_HIGH_SHARE)


def _product(one: Samples, other: Samples) -> float:
    """Sum of products, added up in single precision a frame and in double precision over frames."""
    whole = one.size // FRAME * FRAME
    frames = np.einsum("ij,ij->i", one[:whole].reshape(-1, FRAME), other[:whole].reshape(-1, FRAME))
    return float(frames.sum(dtype=np.float64)) + float(np.dot(one[whole:], other[whole:]))


def _holes(channel: Samples) -> int:
    """Stretches as long as a lost packet in which nothing moves, with speech right before and right after."""
    still, moves = np.zeros(channel.size + 1, np.bool_), np.diff(channel)
    np.less(np.abs(moves, out=moves), STILL, out=still[1 : moves.size + 1])
    edges = np.flatnonzero(still[1:] != still[:-1])
    begin, end = edges[::2], edges[1::2]
    wanted = (end - begin >= HOLE_S[0] * RATE) & (end - begin <= HOLE_S[1] * RATE)
    beside = RATE // 100
    return sum(
        level_dbfs(channel[max(0, b - beside) : b]) > LIVE_DBFS and level_dbfs(channel[e : e + beside]) > LIVE_DBFS
        for b, e in zip(begin[wanted], end[wanted], strict=True)
    )
