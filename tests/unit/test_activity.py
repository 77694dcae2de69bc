"""Where a channel holds speech: the library's own segmentation, and what it does not tell; what is written there is weighed."""

from itertools import pairwise

import numpy as np
import pytest
from faster_whisper.vad import VadOptions, get_speech_timestamps
from hypothesis import given
from hypothesis import strategies as st
from laidian import demo
from laidian.audio import Reader
from laidian.engines import RATE, Word
from laidian.settings import RawAudio
from laidian.transcribe import activity
from laidian.transcribe.activity import BRIDGE_S, CHUNK, PAD_S, THRESHOLD
from laidian.transcribe.guards import believed, firm
from laidian.transcribe.speech import Region

LIBRARY = VadOptions(
    threshold=THRESHOLD, neg_threshold=THRESHOLD, min_speech_duration_ms=60, min_silence_duration_ms=int(BRIDGE_S * 1000),
    speech_pad_ms=int(PAD_S * 1000), max_speech_duration_s=28.0,
)  # fmt: skip


@pytest.mark.parametrize("call", ["C003.wav", "C001.opus"])
def test_the_edges_are_the_librarys_own(call: str) -> None:
    for channel in np.concatenate(list(Reader(demo.sample() / "audio" / call, RawAudio()).pieces()), axis=1):
        mine = activity.speech(activity.probabilities(channel), channel.size, 28.0)
        library = get_speech_timestamps(channel, LIBRARY, RATE)
        edges = [edge * RATE for s in mine for edge in (s.start, s.end)]
        assert edges == pytest.approx([r[edge] for r in library for edge in ("start", "end")], abs=1.5)
        assert all(s.sure_s > 0.3 for s in mine if s.end - s.start > 1.0)


probabilities = st.lists(st.tuples(st.integers(1, 400), st.sampled_from([0.0, 0.05, 0.2, 0.35, 0.9])), max_size=12)


@given(probabilities)
def test_stretches_are_in_order_apart_and_no_longer_than_asked(drawn: list[tuple[int, float]]) -> None:
    found = np.concatenate([np.zeros(1), *(np.full(chunks, p) for chunks, p in drawn)]).astype(np.float32)
    stretches = activity.speech(found, found.size * CHUNK, 10.0)
    assert all(0 <= s.start < s.end <= found.size * CHUNK / RATE for s in stretches)
    assert all(s.end - s.start <= 10.0 + BRIDGE_S for s in stretches)
    assert all(one.end <= other.start for one, other in pairwise(stretches))
    told = sum(s.sure_s for s in stretches)
    assert told <= np.count_nonzero(found > activity.SURE) * CHUNK / RATE + 1e-6
    for murmur in activity.murmurs(found, stretches, np.zeros(found.size * CHUNK - 1, np.float32), 10.0):
        assert murmur.end - murmur.start >= activity.MURMUR_S
        assert not any(s.start < murmur.start and murmur.end < s.end for s in stretches)


def test_a_faint_voice_lowers_the_threshold_and_a_loud_one_does_not() -> None:
    faint = np.concatenate([np.full(30, 0.35), np.full(60, 0.15), np.full(40, 0.0)]).astype(np.float32)
    (stretch,) = activity.speech(faint, faint.size * CHUNK, 28.0)
    assert stretch.end > 80 * CHUNK / RATE
    loud = np.where(faint > 0.3, 0.9, faint).astype(np.float32)
    (stretch,) = activity.speech(loud, loud.size * CHUNK, 28.0)
    assert stretch.end < 45 * CHUNK / RATE
    (murmur,) = activity.murmurs(loud, [stretch], np.zeros(loud.size * CHUNK - 1, np.float32), 28.0)
    assert murmur.end - murmur.start == pytest.approx(1.9, abs=0.3)


def test_a_faint_line_is_asked_about_and_an_idle_one_is_not() -> None:
    once = np.zeros(60 * RATE, np.float32)
    once[RATE : RATE + RATE // 2] = 0.01 * np.sin(np.arange(RATE // 2))
    assert activity.loudest_dbfs(once) == pytest.approx(-43, abs=0.1)
    assert activity.probabilities(once).size == 60 * RATE // CHUNK + 1
    assert activity.probabilities(np.full(RATE, 3e-4, np.float32)).size == 0
    assert activity.loudest_dbfs(np.zeros(0, np.float32)) == -120


def say(text: str, probability: float) -> list[Word]:
    return [Word(i * 0.2, i * 0.2 + 0.2, c, probability) for i, c in enumerate(text)]


# sure seconds, length of speech, text, its probability, a voice elsewhere on the channel -> believed
BELIEF = {
    "nobody doubts": (2.0, 2.0, "嗯", 0.1, False, True),
    "nothing written": (0.0, 1.0, "", 0.0, False, True),
    "a tune, on a channel without a voice": (0.3, 0.6, "嗯嗯", 0.7, False, False),
    "a tune longer than most": (0.6, 3.0, "试嗯嗯嗯", 0.7, False, False),
    "the same where somebody spoke before": (0.3, 0.6, "嗯嗯", 0.7, True, True),
    "a guess where somebody spoke before": (0.1, 0.5, "语言", 0.1, True, False),
    "a whisper": (0.1, 1.8, "我给您转接请不要挂机", 0.77, False, True),
    "a whisper that is guessed at": (0.1, 1.8, "他已经看见女郎", 0.24, False, False),
    "a whisper of many syllables, each half likely": (0.0, 6.5, "在东京安家没去到大土昭火了电池一火", 0.46, False, True),
    "a word for ten seconds of bells where somebody spoke before": (0.0, 8.0, "哦哦", 0.7, True, False),
    "a whispered sentence where nobody is sure": (0.0, 3.0, "有没有资格怎么查", 0.4, True, True),
    "a soft word of somebody who is there": (0.13, 0.2, "好", 0.27, True, True),
}


@pytest.mark.parametrize("case", BELIEF)
def test_what_the_detector_doubts_must_look_like_talk(case: str) -> None:
    sure_s, spoken_s, text, probability, voiced, so = BELIEF[case]
    region = Region(0.0, spoken_s + 2 * PAD_S, sure_s)
    assert believed(region, say(text, probability), voiced) is so


def test_a_region_is_firm_by_length_and_by_share() -> None:
    assert firm(Region(0, 2))
    assert not firm(Region(0, 2, 0.4))
    assert not firm(Region(0, 10, 0.6))
