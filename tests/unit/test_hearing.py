"""Faults, roles, and the way from samples to utterances around any recogniser."""

import threading
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laidian.engines import RATE, Engine, Samples, Word
from laidian.faults import Gauge, level_dbfs
from laidian.roles import speakers
from laidian.settings import Audio
from laidian.transcribe import Heard, Transcript, guards, transcribe
from laidian.transcribe.speech import FILL_S, PACK_S, PAUSE_S, Region, groups, regions
from laidian.transcribe.words import runs

from tests.fake_engine import Fake, voice, write_wav

NOISE = np.random.default_rng(0).normal(0, 0.1, (2, RATE)).astype(np.float32)
SILENCE = np.zeros((2, RATE), np.float32)
LINES = ("您好，请问有什么可以帮您", "我家寬帶上不了網")

# samples, seconds of speech and characters a channel -> faults
FAULTS = {
    "all well": (NOISE, [1.0, 1.0], [5, 5], []),
    "nobody speaks": (SILENCE, [0.0, 0.0], [0, 0], ["silent"]),
    "sound but no speech": (NOISE, [0.0, 0.0], [0, 0], ["no_voice"]),
    "one side": (np.stack([NOISE[0], SILENCE[1]]), [1.0, 0.0], [5, 0], ["one_sided"]),
    "mono": (NOISE[:1], [1.0], [5], ["mono"]),
    "mono and silent": (SILENCE[:1], [0.0], [0], ["mono", "silent"]),
    "one side copied to both": (np.stack([NOISE[0], NOISE[0]]), [1.0, 1.0], [5, 5], ["identical_channels"]),
    "copied, one side fainter": (np.stack([NOISE[0], NOISE[0] * 0.99]), [1.0, 1.0], [5, 5], ["identical_channels"]),
    "clipped": (np.clip(NOISE * 50, -1, 1), [1.0, 1.0], [5, 5], ["clipped"]),
    "speech without text": (NOISE, [1.5, 1.0], [0, 5], ["speech_without_text"]),
    "too little speech to expect text": (NOISE, [1.4, 1.0], [0, 5], []),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_named(case: str) -> None:
    samples, speech_s, words, named = FAULTS[case]
    gauge = Gauge()
    for piece in np.array_split(samples, 3, axis=1):
        gauge.add(piece)
    assert gauge.faults(speech_s, words, [0.0] * len(words)) == named


def test_a_recording_that_the_recogniser_guesses_at_is_told() -> None:
    gauge = Gauge()
    gauge.add(NOISE)
    assert gauge.faults([1.0, 1.0], [5, 5], [0.0, 0.0]) == []
    assert gauge.faults([1.0, 1.0], [5, 5], [0.0, 0.0], guessed=True) == ["partly_without_text"]


@pytest.mark.parametrize(
    ("probabilities", "guessed"),
    [
        ([0.1, *[0.9] * 4] * 4, True),  # a fifth of them unlikely
        ([0.1, *[0.9] * 7] * 4, False),  # of a good call mixed to one channel so many may be
        ([0.6, 0.65] * 10, True),  # none very unlikely, all of them doubtful: two people at once
        ([0.8, 0.7] * 10, False),
        ([0.1] * 19, False),  # a few words say nothing of the rest
        ([], False),
    ],
)
def test_words_are_guessed_where_many_are_unlikely_or_all_are_doubtful(probabilities: list[float], guessed: bool) -> None:
    assert guards.guessed([Word(0, 1, "字", p) for p in probabilities]) is guessed


def test_where_the_detector_doubts_the_voice_fewer_unlikely_words_are_guesses() -> None:
    some, few = ([Word(0, 1, "字", p) for p in likely] for likely in ([0.1, *[0.9] * 7] * 4, [0.1, *[0.9] * 15] * 2))
    assert (guards.guessed(some, doubted=True), guards.guessed(some)) == (True, False)
    assert not guards.guessed(few, doubted=True)


def test_levels_are_decibels_below_full_scale() -> None:
    assert level_dbfs(np.ones(100, np.float32)) == pytest.approx(0)
    assert level_dbfs(np.full(100, 0.1, np.float32)) == pytest.approx(-20)
    assert level_dbfs(np.zeros(100, np.float32)) == level_dbfs(np.zeros(0, np.float32)) == -120


AGENT, CUSTOMER = ["您好，云桥客服，工号三零六一，请问有什么可以帮您"], ["我家宽带上不了网"]


@pytest.mark.parametrize(
    ("channels", "agent_channel", "texts", "who"),
    [
        (2, "0", {}, {0: "agent", 1: "customer"}),
        (2, "1", {}, {0: "customer", 1: "agent"}),
        (2, "1", {0: ["好的"], 1: ["请问我这个宽带怎么办"]}, {0: "customer", 1: "agent"}),  # the log is believed
        (2, "1", {0: AGENT, 1: CUSTOMER}, {0: "agent", 1: "customer"}),  # unless what is said contradicts it
        (2, None, {0: AGENT, 1: CUSTOMER}, {0: "agent", 1: "customer"}),
        (2, "none", {0: CUSTOMER, 1: AGENT}, {0: "customer", 1: "agent"}),
        (2, None, {0: CUSTOMER, 1: CUSTOMER}, {0: "unknown", 1: "unknown"}),
        (2, None, {}, {0: "unknown", 1: "unknown"}),
        (1, "0", {0: AGENT}, {0: "unknown"}),  # both people on one channel
        (0, None, {}, {}),
    ],
)
def test_who_speaks_is_told_by_the_log_or_by_what_agents_say(
    channels: int, agent_channel: str | None, texts: dict[int, list[str]], who: dict[int, str]
) -> None:
    assert speakers(channels, agent_channel, texts) == who


spans = st.lists(st.tuples(st.floats(0.01, 5), st.floats(0.1, PACK_S)), max_size=20)


@given(spans)
def test_packs_hold_every_region_in_order_and_fit_the_window(drawn: list[tuple[float, float]]) -> None:
    found, at = [], 0.0
    for gap, length in drawn:
        found.append(Region(at + gap, at + gap + length))
        at += gap + length
    packs = list(groups(found))
    assert [region for group in packs for region in group] == found
    for group in packs:
        assert sum(r.end - r.start for r in group) + PAUSE_S * (len(group) - 1) <= FILL_S + 1e-6 or len(group) == 1
    for group, after in pairwise(packs):  # none could have taken one more
        longer = sum(r.end - r.start for r in (*group, after[0])) + PAUSE_S * len(group)
        assert longer > FILL_S - 1e-6


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0.01, 1)), max_size=30), st.floats(0.1, 2))
def test_runs_hold_every_word_and_part_only_at_long_pauses(drawn: list[tuple[float, float]], gap_s: float) -> None:
    words, at = [], 0.0
    for pause, length in drawn:
        words.append(Word(at + pause, at + pause + length, "字", 0.5))
        at += pause + length
    cut = list(runs(words, gap_s))
    assert [w for run in cut for w in run] == words
    for run in cut:
        assert all(after.start - before.end <= gap_s for before, after in pairwise(run))
    for run, after in pairwise(cut):
        assert after[0].start - run[-1].end > gap_s


def hear(path: Path, engine: Engine) -> Transcript:
    ((_, heard),) = transcribe([path], engine, Audio(), turn_gap_s=0.8)
    return heard


class Clock:
    """An engine that says a word in every half second of what it gets: its times tell whether they are put back right."""

    identity = "clock"

    def hear(self, packs: Sequence[Samples], again: bool = False) -> list[list[Word]]:
        return [[Word(n / 2, n / 2 + 0.4, "字", 0.5) for n in range(int(samples.size / RATE * 2))] for samples in packs]


def test_words_come_back_to_the_seconds_of_the_recording(tmp_path: Path) -> None:
    """Two stretches of speech with five seconds between them are heard in one pack; no word falls in the pause."""
    quiet = np.zeros(5 * 8000)
    path = write_wav(tmp_path / "call.wav", np.concatenate([voice(0), quiet, voice(0, seed=1)]))
    heard = hear(path, Clock())
    assert len(heard.utterances) == 2
    first, second = heard.utterances
    assert 0.3 <= first.start < first.end <= 3.5
    assert 7.8 <= second.start < second.end <= 11.0


def test_a_stereo_call_is_heard_channel_by_channel_and_told_in_order(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "call.wav", voice(0), np.concatenate([np.zeros(3 * 8000), voice(1, seed=2)]))
    heard = hear(path, Fake(LINES))
    assert [(u.channel, u.text) for u in heard.utterances] == [(0, LINES[0]), (1, "我家宽带上不了网")]
    assert heard.faults == [] and heard.error is None and heard.channels == 2
    assert heard.duration_s == pytest.approx(6.5)
    assert all(s > 2 for s in heard.speech_s)
    assert all(u.confidence == 0.9 for u in heard.utterances)


def test_a_text_does_not_depend_on_what_the_other_channel_says(tmp_path: Path) -> None:
    alone = hear(write_wav(tmp_path / "a.wav", voice(0), voice(1)), Fake(LINES))
    beside = hear(write_wav(tmp_path / "b.wav", voice(0), voice(0, seed=9)), Fake(LINES))
    assert [u for u in alone.utterances if u.channel == 0] == [u for u in beside.utterances if u.channel == 0]


def test_how_many_recordings_are_heard_in_one_go_changes_no_transcript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later = np.concatenate([np.zeros(5 * 8000), voice(1)])
    sounds = [(voice(0), later), (voice(1),), (voice(1), voice(0)), (voice(0),), (later, voice(0))]
    paths = [write_wav(tmp_path / f"{n}.wav", *sound) for n, sound in enumerate(sounds)]

    def heard() -> list[tuple[Path, Transcript]]:
        return list(transcribe(paths, Fake(LINES), Audio(), 0.8))

    together = heard()
    assert [path for path, _ in together] == paths
    assert all(transcript.utterances for _, transcript in together)
    for seconds in (1.0, 4.0, 7.0):  # packs of 3 s: each alone, two and three in one go, two such lots at once
        monkeypatch.setattr("laidian.transcribe.recordings.TOGETHER_S", seconds)
        assert heard() == together


def test_an_error_of_the_recogniser_is_raised_where_it_broke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("laidian.transcribe.recordings.TOGETHER_S", 1.0)
    paths = [write_wav(tmp_path / f"{n}.wav", voice(n, 2.0)) for n in (0, 1)]

    class Breaks(Fake):
        def hear(self, packs: Sequence[Samples], again: bool = False) -> list[list[Word]]:
            found = super().hear(packs, again)
            if any(word.text == "寬" for words in found for word in words):
                raise MemoryError
            return found

    heard = transcribe(paths, Breaks(LINES), Audio(), 0.8)
    assert next(heard)[0] == paths[0]
    with pytest.raises(MemoryError) as raised:
        next(heard)
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("laidian-ahead")]
    assert raised.tb and not left, "a traceback that is kept would keep the readers at work, to be ended at any moment"


def test_silence_gives_no_text_and_never_reaches_the_recogniser(tmp_path: Path) -> None:
    class Inventor:
        identity = "inventor"

        def hear(self, packs: Sequence[Samples], again: bool = False) -> list[list[Word]]:
            assert not packs, "it would invent text"
            return []

    heard = hear(write_wav(tmp_path / "call.wav", np.zeros(16000), np.zeros(16000)), Inventor())
    assert (heard.utterances, heard.faults, heard.speech_s) == ([], ["silent"], [0.0, 0.0])
    assert regions(np.zeros(RATE, np.float32)) == ([], [])


def test_a_file_that_is_no_sound_is_a_transcript_with_its_fault_and_reason(tmp_path: Path) -> None:
    (tmp_path / "call.wav").write_bytes(b"nothing")
    heard = hear(tmp_path / "call.wav", Fake(LINES))
    assert (heard.faults, heard.utterances, heard.duration_s, heard.channels) == (["corrupt"], [], None, None)
    assert heard.error is not None and heard.error.endswith("copy the recording again")


def test_a_transcript_survives_its_cache() -> None:
    heard = Transcript("ab", 1.5, 2, ["mono"], [0.5, 1.0], [Heard(0, 0.1, 0.9, "您好", 0.8)])
    assert Transcript.from_json(heard.as_json()) == heard
