"""Hearing without a model: packs, doubts, second tries, what becomes of a file that is not audio."""

import itertools
import threading
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from laidian.engines import RATE, Samples, Word
from laidian.engines.whisper import width
from laidian.settings import Audio, RawAudio
from laidian.transcribe import attempts, guards, transcribe
from laidian.transcribe.ahead import ahead
from laidian.transcribe.speech import FILL_S, PAUSE_S, Pack, Region, groups, pack
from laidian.transcribe.words import gathered, place, runs

ONE = Word(0.3, 0.6, "好", 0.9)


def say(text: str, start: float, end: float) -> list[Word]:
    """The characters of a text spread evenly over a time."""
    step = (end - start) / len(text)
    return [Word(start + i * step, start + (i + 1) * step, c, 0.9) for i, c in enumerate(text)]


class Scripted:
    """An engine that answers from a list, one answer a call of `hear`, and remembers what it was given.

    `full`: its answers in full windows, where it is asked in both at once.
    """

    identity = "scripted"

    def __init__(self, *answers: list[list[Word]], full: Sequence[list[list[Word]]] = ()) -> None:
        self._answers, self._full = list(answers), list(full)
        self.asked: list[tuple[list[float], bool]] = []

    def hear(self, packs: Sequence[Samples], again: bool = False) -> list[list[Word]]:
        if not packs:
            return []
        self.asked.append(([len(p) / RATE for p in packs], again))
        return (self._full if again and self._full else self._answers).pop(0)


def two_regions() -> Pack:
    return pack(0, np.zeros(20 * RATE, np.float32), 0.0, [Region(1.0, 5.0), Region(8.0, 12.0)])


def test_a_pack_holds_its_regions_and_the_pauses_between() -> None:
    made = two_regions()
    assert made.offsets == (0.0, 4.0 + PAUSE_S)
    assert len(made.samples) == round((8.0 + PAUSE_S) * RATE)
    assert len(made.only(1).samples) == 4 * RATE


def test_no_group_of_several_is_longer_than_what_fills_a_pack() -> None:
    found = [Region(i * 10.0, i * 10.0 + length) for i, length in enumerate([9, 9, 9, 3, 5, 8, 9, 1, 1, 9])]
    made = list(groups(found))
    assert [region for group in made for region in group] == found
    assert all(sum(r.end - r.start for r in group) + PAUSE_S * (len(group) - 1) <= FILL_S for group in made)


def test_words_go_back_to_the_region_that_holds_their_middle() -> None:
    words = [Word(0.0, 0.5, "a", 1), Word(3.5, 4.4, "b", 1), Word(4.5, 5.2, "c", 1)]
    first, second = place(words, two_regions())
    assert [w.text for w in first] == ["a", "b"]
    assert (first[0].start, first[1].end) == (1.2, 4.8)  # kept inside its speech
    assert [(w.text, round(w.start, 2)) for w in second] == [("c", 8.2)]


def test_good_words_are_heard_once() -> None:
    engine = Scripted([say("你好请问有什么可以帮您", 0, 8.6)])
    (result,) = attempts.hear([two_regions()], engine)
    assert len(engine.asked) == 1
    assert result.wordless_s == 0


def test_a_region_left_out_is_heard_alone_and_the_first_words_stay_elsewhere() -> None:
    engine = Scripted([say("您好这里是客服", 0.2, 3.8)], [say("单独才听见的话", 0.2, 3.8)])
    (result,) = attempts.hear([two_regions()], engine)
    assert engine.asked[1:] == [([4.0], False)]
    assert ["".join(w.text for w in words) for words in result.words] == ["您好这里是客服", "单独才听见的话"]
    assert result.wordless_s == 0
    assert result.words[1][0].start == pytest.approx(8.2)


def test_a_region_that_was_alone_already_is_heard_in_a_full_window() -> None:
    one = pack(0, np.zeros(10 * RATE, np.float32), 0.0, [Region(1.0, 5.0)])
    engine = Scripted([[]], [say("宽带又断了", 0.2, 3.8)])
    (result,) = attempts.hear([one], engine)
    assert engine.asked == [([4.0], False), ([4.0], True)]
    assert "".join(w.text for w in result.words[0]) == "宽带又断了"


def test_of_a_pack_of_invented_words_nothing_is_kept() -> None:
    loop = [*say("再次再次", 0.2, 3.8), *say("再次再次再次", 4.8, 8.4)]  # neither region holds a loop, the pack does
    engine = Scripted([loop], [say("您好这里是客服", 0.2, 3.8), []], [[], []])
    (result,) = attempts.hear([two_regions()], engine)
    assert ["".join(w.text for w in words) for words in result.words] == ["您好这里是客服", ""]
    assert result.wordless_s == pytest.approx(3.6)
    assert [len(lengths) for lengths, _ in engine.asked] == [1, 2, 2], "the pack, its regions, the halves of the second"


def test_a_part_without_words_is_heard_in_halves_and_the_words_come_in_order() -> None:
    one = pack(0, np.zeros(20 * RATE, np.float32), 0.0, [Region(1.0, 11.0)])
    engine = Scripted([[]], [[], say("后面说的话", 0.2, 4.8)], [say("一开始", 0.2, 2.3), say("再次" * 6, 0.2, 2.3)], [[]])
    (result,) = attempts.hear([one], engine)
    assert "".join(word.text for word in result.words[0]) == "一开始后面说的话"
    assert not any(again for _, again in engine.asked)
    assert [sum(lengths) for lengths, _ in engine.asked[1:3]] == pytest.approx([10.0, 5.0], abs=1.1)


@pytest.mark.parametrize(("full", "fitted", "kept"), [("谢谢您", "词曲", "谢谢"), ("嗯", "谢", "谢谢"), ("嗯嗯", "词曲", "")])
def test_where_there_is_hardly_a_voice_words_are_kept_that_another_window_has(full: str, fitted: str, kept: str) -> None:
    regions = [Region(1.0, 5.0), Region(8.0, 9.0, sure_s=0.03)]
    both = pack(0, np.zeros(20 * RATE, np.float32), 0.0, regions)
    first = [*say("您好这里是客服", 0.2, 3.8), *say("谢谢", 4.8, 5.4)]
    engine = Scripted([first], [say(fitted, 0.2, 0.8)], full=[[say(full, 0.2, 0.8)]])
    (result,) = attempts.hear([both], engine)
    assert ["".join(w.text for w in words) for words in result.words] == ["您好这里是客服", kept]
    assert sorted(engine.asked[1:]) == [([1.0], False), ([1.0], True)]


def test_sounds_over_and_over_are_believed_where_somebody_surely_speaks_only() -> None:
    tune = say("诶诶诶诶", 0.2, 2.0)
    assert guards.believed(Region(0, 2.4, sure_s=1.5), tune, voiced=True)
    assert not guards.believed(Region(0, 2.4, sure_s=0.2), tune, voiced=True)
    assert guards.believed(Region(0, 2.4, sure_s=0.2), say("对对对对", 0.2, 2.0), voiced=True)


def test_a_part_of_a_region_that_is_a_hum_loses_its_words_and_the_others_keep_theirs() -> None:
    region = Region(1.0, 6.0, 2.0, parts=(Region(1.0, 4.0, 2.0), Region(4.5, 6.0, 0.0)))
    tune = [*say("帮我看看", 1.2, 3.8), *say("宝宝宝", 4.7, 5.8)]
    assert "".join(w.text for w in guards.without_hums(region, tune)) == "帮我看看"
    talk = [*say("帮我看看", 1.2, 3.8), *say("好吗谢谢", 4.7, 5.8)]
    assert guards.without_hums(region, talk) == talk


@pytest.mark.parametrize(
    ("sure_s", "heard", "kept"), [(0.0, "驾驶", ""), (0.0, "后面说的话", "后面说的话"), (3.0, "驾驶", "驾驶")]
)
def test_a_gap_in_which_nobody_is_surely_heard_is_filled_with_talk_only(sure_s: float, heard: str, kept: str) -> None:
    region = Region(1.0, 8.0, 2.0 + sure_s, parts=(Region(1.0, 4.0, 2.0), Region(4.5, 8.0, sure_s)))
    whole = pack(0, np.zeros(20 * RATE, np.float32), 0.0, [region])
    (result,) = attempts.hear([whole], Scripted([say("帮我看看好吗", 0.2, 2.8)], [say(heard, 0.4, 3.0)]))
    assert "".join(word.text for word in result.words[0]) == "帮我看看好吗" + kept


@pytest.mark.parametrize(
    ("starts", "sure_s", "moved"),
    [
        ([2.0, 10.0, 17.0], 0.0, [2.0, 16.8, 17.0]),
        ([5.0, 10.0, 17.0], 0.0, [5.0, 5.2, 17.0]),
        ([2.0, 10.0, 17.0], 3.0, [2.0, 10.0, 17.0]),  # somebody surely speaks there
        ([9.5, 10.0, 17.0], 0.0, [9.5, 10.0, 17.0]),  # not alone
        ([2.0, 10.0, 11.5], 0.0, [2.0, 11.3, 11.5]),  # two of them: one stays, and the order
        ([10.0], 0.0, [10.0]),
    ],
)
def test_a_word_alone_where_hardly_a_voice_is_heard_moves_to_its_nearest(
    starts: list[float], sure_s: float, moved: list[float]
) -> None:
    held = Region(0.0, 20.0, 4.0, parts=(Region(0.0, 6.0, 3.0), Region(6.2, 14.0, sure_s), Region(16.0, 20.0, 1.0)))
    found = gathered(held, [Word(start, start + 0.2, "好", 0.9) for start in starts])
    assert [word.start for word in found] == pytest.approx(moved)
    whole = Region(0.0, 20.0, 4.0)
    assert [word.start for word in gathered(whole, [Word(s, s + 0.2, "好", 0.9) for s in starts])] == starts


@pytest.mark.parametrize(("text", "likely", "kept"), [("好", 0.2, ""), ("好", 0.6, "好"), ("没味儿没味儿", 0.2, "没味儿没味儿")])
def test_an_unlikely_syllable_is_not_all_that_was_said_where_somebody_surely_speaks(text: str, likely: float, kept: str) -> None:
    one = pack(0, np.zeros(20 * RATE, np.float32), 0.0, [Region(1.0, 3.1, 1.6)])
    words = [Word(word.start, word.end, word.text, likely) for word in say(text, 0.2, 1.9)]
    (result,) = attempts.hear([one], Scripted([words], *[[[]]] * 3))  # alone, its half, its gap: nothing
    assert "".join(word.text for word in result.words[0]) == kept
    assert (result.wordless_s > guards.GAP_S) is (len(kept) < 2)


@pytest.mark.parametrize(
    ("likely", "full", "kept"),
    [
        (0.4, "我就问金天能不能", "我就问今天能不能"),
        (0.4, "女士系统在升级呢", ""),  # another text: neither was said
        (0.2, None, ""),  # too unlikely to be asked again
        (0.6, None, "我就问今天能不能"),
    ],
)
def test_unsure_words_of_a_gap_are_kept_where_another_window_has_them(likely: float, full: str | None, kept: str) -> None:
    one = pack(0, np.zeros(20 * RATE, np.float32), 0.0, [Region(1.0, 6.0)])
    gap = [Word(word.start, word.end, word.text, likely) for word in say("我就问今天能不能", 0.4, 1.6)]
    engine = Scripted([say("非常抱歉您好", 0.2, 3.0)], [gap], full=[[] if full is None else [say(full, 0.4, 1.6)]])
    (result,) = attempts.hear([one], engine)
    assert "".join(word.text for word in result.words[0]) == "非常抱歉您好" + kept
    assert [again for _, again in engine.asked if again] == ([] if full is None else [True])


@pytest.mark.parametrize(
    ("sure_s", "again", "kept"), [(0.2, [[], []], ""), (3.0, [[]], "哦哦")]
)  # its halves, or the gap after the word
def test_a_word_heard_alone_is_no_talk_where_nobody_is_firmly_heard(sure_s: float, again: list[list[Word]], kept: str) -> None:
    both = pack(0, np.zeros(20 * RATE, np.float32), 0.0, [Region(1.0, 3.0), Region(8.0, 12.0, sure_s)])
    engine = Scripted([say("您好这里是客服", 0.2, 1.8)], [say("哦哦", 0.2, 3.0)], again)
    (result,) = attempts.hear([both], engine)
    assert "".join(word.text for word in result.words[1]) == kept


def test_words_of_a_doubted_region_may_lie_between_what_the_detector_heard() -> None:
    pieces = Region(1.0, 2.7, parts=(Region(1.0, 1.5, 0.0), Region(2.2, 2.7, 0.0)))
    assert not guards.crowded(pieces, say("没有没有第一次打", 0.0, 1.7))
    assert guards.crowded(Region(1.0, 1.5), say("没有没有第一次打", 0.0, 0.5))


def test_a_sentence_said_three_times_on_end_is_a_loop() -> None:
    sentence = "请问是陈先生吗?我是林晓光,"
    assert guards.invented(say(sentence * 3, 0.0, 9.0))
    assert not guards.invented(say(sentence * 2, 0.0, 6.0))


def test_a_few_digits_by_turns_are_no_number() -> None:
    assert guards.invented(say("3-4-4-" + "5-" * 30, 0.0, 9.0))
    assert not guards.invented(say("1381234567813812345678", 0.0, 9.0))


def test_a_breath_without_words_is_not_heard_again_where_it_was_alone() -> None:
    one = pack(0, np.zeros(10 * RATE, np.float32), 0.0, [Region(1.0, 2.0)])
    engine = Scripted([[]])
    assert attempts.hear([one], engine)[0].words == ((),)


def test_the_rest_of_a_region_is_heard_alone_and_joins_the_words_it_belongs_before() -> None:
    late = [Word(0.0, 3.0, "我", 0.1), *say("给您安排上门", 3.0, 5.8)]  # attention stretches 我 over what it left out
    one = pack(0, np.zeros(10 * RATE, np.float32), 0.0, [Region(1.0, 7.0)])
    engine = Scripted([late], [say("系统里的读数", 0.2, 2.4)])
    (result,) = attempts.hear([one], engine)
    (seconds,), again = engine.asked[1]
    assert (seconds, again) == (pytest.approx(2.7, abs=0.25), False)
    assert "".join(word.text for word in result.words[0]) == "系统里的读数我给您安排上门"
    assert result.wordless_s == 0


def test_the_end_of_a_region_that_stays_unheard_is_counted() -> None:
    early = say("您好这里是客服", 0.2, 2.0)
    one = pack(0, np.zeros(10 * RATE, np.float32), 0.0, [Region(1.0, 5.0)])
    (result,) = attempts.hear([one], Scripted([early], [[]]))
    assert "".join(word.text for word in result.words[0]) == "您好这里是客服"
    assert result.wordless_s == pytest.approx(1.8, abs=0.01)


@pytest.mark.parametrize("made_up", ["再次" * 8, "字幕由某某社区提供", "请不吝点赞订阅转发打赏", "好" * 300])
def test_words_that_every_attempt_invents_are_left_out_and_counted(made_up: str) -> None:
    one = pack(1, np.zeros(10 * RATE, np.float32), 0.0, [Region(1.0, 5.0)])
    engine = Scripted([say(made_up, 0, 4)], [say(made_up, 0, 4)], [say(made_up, 0, 2), say(made_up, 0, 2)])
    (result,) = attempts.hear([one], engine)
    assert result.words == ((),)
    assert result.wordless_s == pytest.approx(3.6)


def test_runs_are_cut_at_pauses() -> None:
    words = [Word(0, 1, "a", 1), Word(1.5, 2, "b", 1), Word(2.9, 3, "c", 1)]
    assert [[w.text for w in run] for run in runs(words, 0.8)] == [["a", "b"], ["c"]]


@pytest.mark.parametrize(("seconds", "wide"), [(0.1, 4.0), (1.0, 4.0), (1.1, 6.0), (27.0, 30.0), (28.0, 30.0)])
def test_the_window_is_the_speech_and_a_tail(seconds: float, wide: float) -> None:
    assert width(round(seconds * RATE)) == wide


@pytest.mark.parametrize("makers", [1, 3])
def test_items_made_ahead_keep_the_order_of_works_and_items(makers: int) -> None:
    works = [[(work, item) for item in range(work % 4)] for work in range(20)]
    assert list(ahead(works, makers, begun=5, most=2)) == [one for work in works for one in work]


def test_the_error_of_a_work_is_raised_where_it_broke_and_the_makers_end() -> None:
    def broken() -> Iterator[int]:
        yield 2
        raise ValueError("made")

    def endless() -> Iterator[int]:
        yield from itertools.count()

    items = ahead([[1], broken(), endless()], makers=2, begun=3, most=1)
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(ValueError, match="made"):
        next(items)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("laidian-ahead")]


def test_no_more_is_made_ahead_than_allowed() -> None:
    taken: list[int] = []
    made: list[int] = []

    def work(number: int) -> Iterator[int]:
        for item in range(10):
            made.append(number)
            yield item

    def works() -> Iterator[Iterator[int]]:
        for number in range(50):
            taken.append(number)
            yield work(number)

    items = ahead(works(), makers=4, begun=3, most=2)
    for given in range(1, 101):
        next(items)
        assert len(taken) <= given // 10 + 3
        assert len(made) <= given + 3 * (2 + 1), "each work begun: what waits, and the one it holds in its hand"
    items.close()


def silence(path: Path, seconds: float) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0" * int(seconds * 8000) * 4)
    return path


def test_files_come_back_in_order_each_with_its_fault(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "noise.mp3").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "sealed.nmf").write_bytes(b"x" * 100)
    (tmp_path / "raw.pcm").write_bytes(b"\0" * 16000)
    cut = silence(tmp_path / "cut.wav", 10)
    cut.write_bytes(cut.read_bytes()[:100_000])
    paths = [
        silence(tmp_path / "quiet.wav", 2),
        *(tmp_path / n for n in ("empty.wav", "noise.mp3", "sealed.nmf", "raw.pcm")),
        cut,
    ]
    found = list(transcribe(paths, Scripted(), Audio(), 0.8))
    assert [path for path, _ in found] == paths
    assert [heard.faults for _, heard in found] == [["silent"], *[["corrupt"]] * 4, ["silent", "truncated"]]
    assert "encrypted" in str(found[3][1].error)
    assert "laidian.toml" in str(found[4][1].error)


def test_a_declared_headerless_file_is_read_at_its_rate(tmp_path: Path) -> None:
    path = tmp_path / "tone.pcm"
    path.write_bytes(np.zeros(8000 * 3 * 2, np.int16).tobytes())
    raw = RawAudio(codec="pcm_s16le", rate=8000, channels=2)
    ((_, heard),) = transcribe([path], Scripted(), Audio(raw=raw), 0.8)
    assert (heard.duration_s, heard.channels) == (3.0, 2)


def test_what_was_left_out_of_a_region_in_parts_is_told_part_by_part_and_its_pauses_are_not() -> None:
    parts = (Region(1.0, 3.0), Region(4.4, 5.2), Region(6.6, 9.0))
    region = Region(1.0, 9.0, parts=parts)
    assert guards.speech_s(region) == pytest.approx(1.6 + 0.4 + 2.0)
    assert guards.gaps(region, say("您好请问", 1.2, 2.8)) == [Region(6.8, 8.8)]
    assert guards.gaps(region, [*say("您好请问", 1.2, 2.8), *say("宽带又断了", 6.8, 8.8)]) == []
