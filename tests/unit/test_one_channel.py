"""Two people on one channel: told apart by voice, named by what is said, unknown where unsure."""

import numpy as np
import pytest
from laidian.engines import RATE, Word
from laidian.roles import contradicted, leaning, on_one_channel
from laidian.transcribe import voices
from laidian.transcribe.speech import Region
from laidian.transcribe.words import on_one_channel as cut

AGENT, CUSTOMER = "您好，请问有什么可以帮您", "我家宽带你们到底修了没有"


def person(pitch: float, formants: tuple[float, float], seconds: float, seed: int) -> np.ndarray:
    """A made-up voice at 16 kHz: harmonics of a wavering pitch under two formants that move a little."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.04 * np.sin(2 * np.pi * 2 * time))) / RATE
    sound = np.zeros(time.size)
    for harmonic in range(2, int(3300 / pitch)):
        gain = sum(np.exp(-(((harmonic * pitch - f * rng.uniform(0.95, 1.05)) / 250) ** 2)) for f in formants) + 0.01
        sound += gain * np.sin(harmonic * phase)
    return (0.1 * sound / np.abs(sound).max() + rng.normal(0, 1e-3, time.size)).astype(np.float32)


def conversation() -> tuple[np.ndarray, list[Region]]:
    """A low and a high voice in turns of 3 s, half a second between them."""
    parts, regions, at = [], [], 0.0
    for turn in range(6):
        parts += [person(*((110, (500, 1500)) if turn % 2 else (220, (700, 2100))), 3.0, turn), np.zeros(RATE // 2, np.float32)]
        regions.append(Region(at, at + 3.0))
        at += 3.5
    return np.concatenate(parts), regions


def test_two_voices_are_told_apart_by_sound_alone() -> None:
    channel, regions = conversation()
    blocks = voices.describe(channel, 0.0, regions)
    first = voices.first_voice(blocks)
    told = [voices.odds(blocks, first, r.start, r.end) for r in regions]
    assert all(odds is not None and abs(odds) > 1 for odds in told)
    assert len({odds > 0 for odds in told[::2] if odds is not None}) == len({odds > 0 for odds in told[1::2] if odds}) == 1
    assert (told[0] or 0) * (told[1] or 0) < 0


def test_an_utterance_is_cut_where_the_voice_changes_and_not_where_it_goes_on() -> None:
    channel, regions = conversation()
    words = [Word(r.start + i * 0.5, r.start + i * 0.5 + 0.5, "字", 0.9) for r in regions for i in range(6)]
    found = cut(words, 0.8, voices.describe(channel, 0.0, regions))
    assert [(u.start, u.end) for u in found] == [(r.start, r.end) for r in regions]


def test_too_little_speech_tells_no_voices_apart() -> None:
    blocks = voices.describe(person(110, (500, 1500), 2.0, 0), 0.0, [Region(0.0, 2.0)])
    assert voices.first_voice(blocks) is None
    assert voices.odds(blocks, None, 0.0, 1.0) is None


def test_what_one_utterance_says_names_the_others_of_its_voice() -> None:
    texts = [AGENT, CUSTOMER, "好的", "嗯", "知道了"]
    found = on_one_channel(texts, [3.0, -3.0, 3.0, -3.0, None])
    assert [role.speaker for role in found] == ["agent", "customer", "agent", "customer", "unknown"]
    assert all(role.probability >= 0.9 for role in found[:4])


def test_nothing_told_is_unknown() -> None:
    assert [r.speaker for r in on_one_channel(["好的", "嗯", "哦"], [None, None, None])][1:] == ["unknown", "unknown"]
    assert on_one_channel([], []) == []


@pytest.mark.parametrize(("log", "swapped"), [("0", False), ("1", True), (None, False), ("none", False)])
def test_a_log_that_is_contradicted_is_noticed(log: str | None, swapped: bool) -> None:
    assert contradicted(log, {0: [AGENT], 1: [CUSTOMER]}) is swapped


def test_phrases_are_known_by_their_sound() -> None:
    assert leaning("您号请问有什么可以邦您") == leaning(AGENT)


def test_between_two_utterances_of_the_agent_it_is_rather_the_customer_who_speaks() -> None:
    found = on_one_channel([AGENT, "好的", AGENT], [None] * 3)
    assert [role.speaker for role in found] == ["agent", "customer", "agent"]
    assert found[1].probability < 0.8, "people do not always take turns"
