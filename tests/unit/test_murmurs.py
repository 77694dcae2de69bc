"""Murmurs: what is as loud as a voice but no speech to the detector is heard, and believed where it looks like talk."""

import numpy as np
import pytest
from laidian.engines import RATE, Word
from laidian.transcribe import activity, attempts, murmurs
from laidian.transcribe.activity import CHUNK, PAD_S, Stretch
from laidian.transcribe.speech import BESIDE_S, Pack, Region, bridged, joined, murmured, pack
from laidian.transcribe.tones import tone

from tests.unit.test_transcribe import Scripted


def say(text: str, probability: float, seconds: float = 2.0) -> list[Word]:
    step = seconds / max(1, len(text))
    return [Word(PAD_S + i * step, PAD_S + (i + 1) * step, c, probability) for i, c in enumerate(text)]


def murmur(mean: float, seconds: float = 2.0) -> Pack:
    region = Region(1.0, 1.0 + seconds + 2 * PAD_S, 0.0, mean)
    return pack(0, np.zeros(10 * RATE, np.float32), 0.0, [region], murmur=True)


# mean probability by the detector; first and second words with their probabilities -> what is believed, whether it is told
MURMURS = {
    "nothing written": (0.0, "", 0.0, None, 0.0, "", False),
    "breath: unlikely talk": (0.02, "你不要走", 0.04, None, 0.0, "", False),
    "a bell: one syllable": (0.0, "呜呜呜呜", 0.8, None, 0.0, "", False),
    "a tone: a subtitle": (0.0, "字幕制作曲", 0.5, None, 0.0, "", False),
    "a subtitle in the other script": (0.0, "字幕製作人", 0.5, None, 0.0, "", False),
    "gusts: two texts": (0.0, "我心中心", 0.35, "我认为是", 0.35, "", True),
    "a whisper written alike twice": (0.01, "请您照亮眼", 0.49, "请您照亮", 0.57, "请您照亮", False),
    "a whisper of many syllables": (0.01, "这些话不一样啊", 0.3, "然后出来了又完结了", 0.52, "然后出来了又完结了", False),
    "a whisper half heard": (0.08, "不看没人", 0.59, "看每天写", 0.37, "不看没人", False),
    "half heard, hardly understood": (0.08, "不看没人", 0.2, "每天写着", 0.2, "", True),
    "a loop, and then what was said": (0.0, "好的纳" + "嘅" * 9, 0.9, "好的那问题还有其他", 0.5, "好的那问题还有其他", False),
}


@pytest.mark.parametrize("case", MURMURS)
def test_a_murmur_is_believed_where_it_looks_like_talk(case: str) -> None:
    mean, first, likely, second, likely_again, believed, told = MURMURS[case]
    engine = Scripted([say(first, likely)], *([] if second is None else [[say(second, likely_again)]]))
    (result,) = murmurs.hear([murmur(mean)], engine)
    assert "".join(word.text for word in result.words[0]) == believed
    assert result.wordless_s == pytest.approx(2.0 if told else 0.0)
    assert [again for _, again in engine.asked] == ([False] if second is None else [False, True])


def test_a_hum_beside_speech_is_not_filled_with_a_few_words() -> None:
    channel, spoken = np.zeros(30 * RATE, np.float32), Region(1.0, 3.0, 0.6)
    hum = murmured(0, channel, 0.0, Region(4.0, 16.0, 0.0, 0.01), [spoken])
    few = [Word(2.8, 3.1, "我", 0.5), Word(9.0, 9.3, "认识", 0.5)]
    (result,) = murmurs.hear([hum], Scripted([[Word(1, 2, "嗯", 0.3)]], [few]))
    assert result.words == ((),)


@pytest.mark.parametrize(("seconds", "told"), [(2.0, True), (6.2, False)])
def test_four_unlikely_syllables_are_a_sentence_lost_in_two_seconds_and_music_in_six(seconds: float, told: bool) -> None:
    engine = Scripted([say("这段时间", 0.2)], [say("我爱你", 0.2)])
    (result,) = murmurs.hear([murmur(0.02, seconds)], engine)
    assert result.words == ((),)
    assert result.wordless_s == pytest.approx(seconds if told else 0.0)


def test_a_sound_as_loud_as_the_voice_is_a_murmur_and_crosstalk_is_none() -> None:
    rng = np.random.default_rng(3)
    level = np.full(20 * RATE, 3e-4)
    level[1 * RATE : 4 * RATE] = 0.05  # speech
    level[8 * RATE : 10 * RATE] = 0.01  # a whisper
    level[14 * RATE : 16 * RATE] = 0.0015  # crosstalk
    channel = (level * rng.normal(size=level.size)).astype(np.float32)
    found = np.zeros(channel.size // CHUNK + 1, np.float32)
    (whisper,) = activity.murmurs(found, [Stretch(0.8, 4.2, 2.0)], channel, 28.0)
    assert (whisper.start, whisper.end) == (pytest.approx(7.8, abs=0.05), pytest.approx(10.2, abs=0.05))
    assert whisper.mean == 0.0
    assert activity.murmurs(found, [Stretch(0.8, 4.2, 2.0)], channel, 1.5) == []


@pytest.mark.parametrize(
    ("murmur_from", "murmur_to", "whole", "left"),
    [
        (3.0, 4.1, [(1.0, 4.1)], []),  # goes on under the breath
        (0.2, 1.0, [(0.2, 3.0)], []),
        (3.5, 4.5, [(1.0, 3.0)], [(3.5, 4.5)]),
        (3.0, 6.0, [(1.0, 3.0)], [(3.0, 6.0)]),  # music sets in
    ],
)
def test_a_short_murmur_beside_speech_belongs_to_it(
    murmur_from: float, murmur_to: float, whole: list[tuple[float, float]], left: list[tuple[float, float]]
) -> None:
    found = joined([Region(1.0, 3.0)], [Region(murmur_from, murmur_to, 0.0)])
    assert tuple([(r.start, r.end) for r in kind] for kind in found) == (whole, left)


@pytest.mark.parametrize(("apart_s", "bridges"), [(1.0, False), (2.0, True)])
def test_bells_in_a_row_stay_apart_from_the_speech_before_them(apart_s: float, bridges: bool) -> None:
    speech = Region(1.0, 3.0, 0.6)
    bells = [Region(4.0 + (1.0 + apart_s) * i, 5.0 + (1.0 + apart_s) * i, 0.0, 0.0) for i in range(4)]
    (whole,), apart = bridged([speech], bells)
    assert (whole.end, len(apart)) == ((5.0, 3) if bridges else (3.0, 4))


def test_a_long_region_of_loops_is_heard_in_parts_cut_where_it_is_quiet() -> None:
    sound = np.full(20 * RATE, 0.1, np.float32)
    sound[round(5.3 * RATE) : round(5.6 * RATE)] = 0
    one = pack(0, sound, 0.0, [Region(0.0, 10.0)])
    loop = [Word(i * 0.2, i * 0.2 + 0.2, "楼", 0.9) for i in range(40)]
    spoken = [Word(0.2 + i * 0.4, 0.6 + i * 0.4, c, 0.9) for i, c in enumerate("您好这里是客服中心请讲")]
    engine = Scripted([loop], [spoken, loop], [[], loop], [[]])
    (result,) = attempts.hear([one], engine)
    (lengths, again) = engine.asked[1]
    assert not again
    assert lengths == [pytest.approx(5.45, abs=0.2), pytest.approx(4.55, abs=0.2)]
    assert "".join(word.text for word in result.words[0]) == "您好这里是客服中心请讲"
    assert result.wordless_s > 3.0


WHISPER = Region(20.0, 22.4, 0.0, 0.02)


@pytest.mark.parametrize(
    ("found", "seconds"),
    [
        ([Region(2.0, 14.0, 3.0), Region(40.0, 44.0, 1.0)], BESIDE_S + 0.6 + 2.4),  # the end of the nearest, 6 s before
        ([Region(2.0, 8.0, 1.0), Region(24.0, 28.0, 1.0)], 4.0 + 0.6 + 2.4),
        ([Region(2.0, 14.0, 9.0)], None),  # the detector is sure of this voice
        ([Region(2.0, 14.0, 0.3)], None),  # nobody surely speaks
        ([], None),
    ],
)
def test_a_murmur_beside_doubted_speech_has_it_with_it(found: list[Region], seconds: float | None) -> None:
    both = murmured(0, np.zeros(50 * RATE, np.float32), 0.0, WHISPER, found).beside
    assert (both and both.samples.size / RATE) == (seconds and pytest.approx(seconds))
    if both:
        assert [r.start for r in both.regions] == sorted(r.start for r in both.regions)
        assert WHISPER in both.regions


def test_a_murmur_not_believed_alone_is_understood_beside_the_speech_before() -> None:
    made = murmured(0, np.zeros(50 * RATE, np.float32), 0.0, WHISPER, [Region(2.0, 14.0, 3.0)])
    speech, whisper = say("前面说的话", 0.9, 6.0), [Word(w.start + 8.6, w.end + 8.6, w.text, 0.4) for w in say("行吧行吧", 0.4)]
    engine = Scripted([say("行吧" * 5, 0.9)], [[*speech, *whisper]])
    (result,) = murmurs.hear([made], engine)
    assert "".join(word.text for word in result.words[0]) == "行吧行吧"
    assert result.wordless_s == 0.0
    assert 20.0 < result.words[0][0].start < result.words[0][-1].end < 22.4


def test_beside_speech_too_a_sound_is_no_talk() -> None:
    made = murmured(0, np.zeros(50 * RATE, np.float32), 0.0, WHISPER, [Region(2.0, 14.0, 3.0)])
    speech, bell = say("前面说的话", 0.9, 6.0), [Word(w.start + 8.6, w.end + 8.6, w.text, 0.8) for w in say("呜呜呜", 0.8)]
    (result,) = murmurs.hear([made], Scripted([say("呜呜呜呜", 0.9)], [[*speech, *bell]]))
    assert result.words == ((),)


def test_a_telephones_tones_are_told_from_voices() -> None:
    time = np.arange(2 * RATE) / RATE
    line = np.random.default_rng(3).normal(0, 5e-4, time.size)
    ringing = 0.1 * np.sin(2 * np.pi * 450 * time) * (time < 1) + line
    voice = 0.1 * sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 9)) + line
    breath = np.random.default_rng(4).normal(0, 0.05, time.size)
    assert [tone(sound.astype(np.float32)) for sound in (ringing, voice, breath, line, np.zeros(RATE), time[:100])] == [
        True, False, False, False, False, False,
    ]  # fmt: skip
