"""Where a channel holds speech, by Silero's voice activity detection: what it hears, how sure it is, what it nearly hears.

Silero gives a probability for every 32 ms. Speech begins where it reaches THRESHOLD and goes on over pauses of up to BRIDGE_S,
as the library's own segmentation has it. The library keeps only the edges; here each region also tells how long the detector
was sure, because music and knocks reach the threshold but never stay there, and where it nearly heard something: a whisper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from laidian.engines import RATE, Samples
from laidian.faults import powers

Probabilities = NDArray[np.float32]
CHUNK = 512  # samples that one probability is of
CHUNK_S = CHUNK / RATE
THRESHOLD = 0.3  # at the library's 0.5 soft first syllables (好, 行, 请) are lost on the telephone: 1.4 % of speech, now 0.5 %
BRIDGE_S = 0.4  # a longer pause ends a region
SHORTEST_S = 0.06  # a shorter sound is a click
PAD_S = 0.2  # kept before and after the speech found, so that no consonant is cut
PAUSE_CHUNKS = 4  # a region too long is cut at the last pause this long
SURE = 0.5
FAINT_SHARE, FAINT_THRESHOLD = 0.5, 0.1  # sure of less than half of what it keeps: a whisper or a bad line, so it keeps more
QUIET_DBFS = -60.0  # where no tenth of a second is louder there is no voice: crosstalk and idle noise lie below

MURMUR, MURMUR_CHUNKS = 0.04, 16  # mean probability over half a second; silence and noise stay below .02, a whisper lies near .1
MURMUR_BRIDGE = 12  # chunks between syllables
MURMUR_S = 0.5  # a shorter murmur is a breath
ABOVE_FLOOR_DB = 10.0  # over the line's noise: of a whole whispered sentence the probability may stay below .05
TOP, BELOW_TOP_DB = 97, 25.0  # percentile of the levels, and how far below it a voice may lie; crosstalk lies lower


@dataclass(frozen=True, slots=True)
class Stretch:
    """Seconds from the start of the samples, half-open, `PAD_S` of the surroundings included.

    `sure_s`: of them surely speech; `mean`: probability of speech, over the stretch without its surroundings.
    """

    start: float
    end: float
    sure_s: float
    mean: float = 1.0


def probabilities(channel: Samples) -> Probabilities:
    """Of speech, one for each CHUNK of a channel; none where it is too quiet for a voice."""
    from faster_whisper.vad import get_vad_model  # late: loads onnxruntime

    if loudest_dbfs(channel) < QUIET_DBFS:
        return np.zeros(0, np.float32)
    padded = np.pad(channel, (0, CHUNK - channel.size % CHUNK))
    found: Probabilities = np.asarray(get_vad_model()(padded), np.float32).ravel()
    return found


def loudest_dbfs(channel: Samples) -> float:
    """The loudest tenth of a second, in dB below full scale: somebody who says little is not quiet on the whole."""
    power = powers(channel, min(RATE // 10, max(1, channel.size))).max(initial=0.0)
    return 10 * float(np.log10(max(power, 1e-12)))


def speech(found: Probabilities, samples: int, longest_s: float) -> list[Stretch]:
    """The speech in a channel of so many samples; no stretch is longer than `longest_s`."""
    spans = _heard(found, FAINT_THRESHOLD if faint(found) else THRESHOLD, longest_s)
    kept = [(begin * CHUNK, min(end * CHUNK, samples)) for begin, end in spans]
    if kept and samples - kept[-1][1] <= BRIDGE_S * RATE:
        kept[-1] = (kept[-1][0], samples)  # nobody knows that it ended
    padded = zip(_padded(kept, samples), spans, strict=True)
    return [Stretch(begin / RATE, end / RATE, _sure_s(found, [span])) for (begin, end), span in padded]


def faint(found: Probabilities) -> bool:
    """Whether the detector has trouble with the voice of a channel: it whispers, or the line is bad."""
    spans = _heard(found, THRESHOLD, np.inf)
    return _sure_s(found, spans) < FAINT_SHARE * CHUNK_S * sum(end - begin for begin, end in spans)


def _heard(found: Probabilities, threshold: float, longest_s: float) -> list[tuple[int, int]]:
    """Runs of chunks that reach a threshold, pauses bridged, clicks left out."""
    most = (longest_s - 2 * PAD_S) // CHUNK_S - 1
    spans = [part for span in _spans(found >= threshold, int(BRIDGE_S / CHUNK_S) + 1) for part in _cut(found, span, most)]
    return [(begin, end) for begin, end in spans if (end - begin) * CHUNK_S > SHORTEST_S]


def _sure_s(found: Probabilities, spans: Sequence[tuple[int, int]]) -> float:
    return sum(float(np.count_nonzero(found[begin:end] > SURE)) for begin, end in spans) * CHUNK_S


def murmurs(found: Probabilities, heard: Sequence[Stretch], channel: Samples, longest_s: float) -> list[Stretch]:
    """Stretches outside of the speech in which the detector nearly hears some, or which are as loud as a voice on this channel.

    A whisper, a voice far off; as well a song, a bell, a knock: whether it talks only a recogniser can tell. None is longer than
    `longest_s`, for what sounds on and on without a pause is no sentence; none reaches into the speech beside it.
    """
    if found.size < MURMUR_CHUNKS:
        return []
    outside = np.ones(found.size, np.bool_)
    for one in heard:
        outside[int(one.start / CHUNK_S) : int(one.end / CHUNK_S) + 1] = False
    near = np.convolve(found * outside, np.full(MURMUR_CHUNKS, 1 / MURMUR_CHUNKS), "same") >= MURMUR
    level = _levels(channel)
    top = np.percentile(level, TOP)
    near |= level > max(np.percentile(level, 10) + ABOVE_FLOOR_DB, top - BELOW_TOP_DB, QUIET_DBFS)
    most = (longest_s - 2 * PAD_S) / CHUNK_S
    spans = [(b, e) for b, e in _spans(near & outside, MURMUR_BRIDGE) if (e - b) * CHUNK_S >= MURMUR_S and e - b <= most]
    ends = [0.0, *(one.end for one in heard)]
    starts = [*(one.start for one in heard), channel.size / RATE]
    return [
        Stretch(
            max(begin * CHUNK_S - PAD_S, max(e for e in ends if e <= (begin + 1) * CHUNK_S)),
            min(end * CHUNK_S + PAD_S, min(s for s in starts if s >= (end - 1) * CHUNK_S)),
            0.0,
            float(found[begin:end].mean()),
        )
        for begin, end in spans
    ]


def _levels(channel: Samples) -> NDArray[np.float64]:
    """Each CHUNK's power in dB, the last one filled up with silence."""
    last = np.pad(channel[channel.size // CHUNK * CHUNK :], (0, CHUNK))[:CHUNK]
    power = np.concatenate([powers(channel, CHUNK), powers(last, CHUNK)])
    decibels: NDArray[np.float64] = 10 * np.log10(power + np.float64(1e-12))
    return decibels


def _spans(marked: NDArray[np.bool_], bridge: int) -> list[tuple[int, int]]:
    """Runs of marked chunks, (first, one past the last); runs at most `bridge` chunks apart are one."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8)))
    spans: list[tuple[int, int]] = []
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if spans and begin - spans[-1][1] <= bridge:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((begin, end))
    return spans


def _cut(found: Probabilities, span: tuple[int, int], most: float) -> list[tuple[int, int]]:
    """A span in parts of at most so many chunks, cut at pauses where there are any."""
    begin, end = span
    parts: list[tuple[int, int]] = []
    while end - begin > most:
        latest = begin + int(most)
        pauses = [p for p in _spans(found[begin:latest] < THRESHOLD, 0) if p[1] - p[0] >= PAUSE_CHUNKS]
        stop, again = (begin + pauses[-1][0], begin + pauses[-1][1]) if pauses else (latest, latest)
        parts.append((begin, stop))
        begin = again
    return [*parts, (begin, end)]


def _padded(spans: list[tuple[int, int]], samples: int) -> list[tuple[int, int]]:
    """Spans of samples with their surroundings; two that are near share what lies between."""
    pad = int(PAD_S * RATE)
    middles = [(one[1] + other[0]) // 2 for one, other in pairwise(spans)]
    around = zip(spans, [0, *middles], [*middles, samples], strict=False)
    return [(max(low, begin - pad), min(high, end + pad)) for (begin, end), low, high in around]
