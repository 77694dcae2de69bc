"""Names written as they should be: what is changed, what is not, and which names are refused."""

import random
from pathlib import Path

import pytest
from laidian.errors import SettingsError
from laidian.settings import Hearing, Settings
from laidian.steps import vocabulary as steps
from laidian.steps.transcribing import told
from laidian.transcribe import Heard, Transcript
from laidian.transcribe.vocabulary import NUMERALS, Vocabulary, compiled, corrected, read

NAMES = compiled(["云桥通信", "平川公用", "青禾快递", "光猫", "赵秀英", "八元保号套餐", "临江银行", "翠湖花园"])

WRITTEN = {
    "您好,银桥通信客服": "您好,云桥通信客服",
    "贫桥通信的客服吗": "云桥通信的客服吗",
    "您好我平穿共用": "您好我平川公用",
    "亲和快递客服": "青禾快递客服",
    "那个光帽一直闪": "那个光猫一直闪",
    "户名是赵修英": "户名是赵秀英",
    "云桥通信和林江银行": "云桥通信和临江银行",
}
AS_HEARD = {
    "says another word": "这个影响通信质量",
    "another bank": "我的流量银行卡",
    "half of a word": "没有光毛利高",
    "a word of its own": "我用软件进行操作",
    "two syllables, one only near": "他要管毛的",
    "three, one far": "没见过赵新鹰",
    "nothing alike": "宽带又断了",
    "nothing": "",
}


@pytest.mark.parametrize("heard", WRITTEN)
def test_what_sounds_like_a_name_is_written_as_the_name(heard: str) -> None:
    text, changes = corrected(heard, NAMES)
    assert text == WRITTEN[heard]
    assert [heard[c.begin : c.begin + len(c.heard)] for c in changes] == [c.heard for c in changes]
    assert all(text[c.begin : c.begin + len(c.written)] == c.written and 0.78 <= c.alike <= 1 for c in changes)


@pytest.mark.parametrize("case", AS_HEARD)
def test_what_was_said_otherwise_stays(case: str) -> None:
    assert corrected(AS_HEARD[case], NAMES) == (AS_HEARD[case], [])


def test_a_numeral_is_never_written_and_never_removed() -> None:
    assert corrected("发元保号套餐", NAMES)[1] == []
    assert corrected("8元保好套餐", NAMES)[1] == []
    assert corrected("八元保好套餐", NAMES)[0] == "八元保号套餐"


def test_of_two_names_that_sound_alike_neither_is_written_but_the_longer_wins() -> None:
    assert corrected("我住翠胡花园", compiled(["翠湖花园", "翠狐花园"]))[1] == []
    assert corrected("我住翠胡花园", compiled(["翠湖花园", "翠湖花园小区"]))[0] == "我住翠湖花园"
    assert corrected("我住翠胡花园小区", compiled(["翠湖花园", "翠湖花园小区"]))[1][0].written == "翠湖花园小区"


def test_a_correction_keeps_the_length_changes_nothing_twice_and_does_not_depend_on_the_order_of_names() -> None:
    rng = random.Random(3)
    characters = "云银桥交通同信性平川穿公共用青亲禾和快递光帽赵修秀英临林江银行翠湖胡花园,您好客服八8"
    shuffled = list(NAMES.names)
    rng.shuffle(shuffled)
    other, changed = compiled(shuffled), 0
    for _ in range(3000):
        heard = "".join(rng.choices(characters, k=rng.randint(0, 24)))
        text, changes = corrected(heard, NAMES)
        assert corrected(heard, other) == (text, changes)
        assert len(text) == len(heard)
        assert corrected(text, NAMES)[0] == text
        assert [c for c in heard if c in NUMERALS] == [c for c in text if c in NUMERALS]
        changed += len(changes)
    assert changed > 30


def file_of(folder: Path, text: str) -> Path:
    file = folder / "names.txt"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_file_of_names_is_read_without_remarks_simplified_and_each_once(tmp_path: Path) -> None:
    assert read(file_of(tmp_path, "\ufeff雲橋通信\n\n# 产品\n光猫  # 也叫 ONU\n云桥通信\n")) == ("云桥通信", "光猫")


@pytest.mark.parametrize(
    ("line", "found"),
    [("一二三", "number"), ("10086", "number"), ("二百兆", "number"), ("WiFi", "characters"), ("号", "1 characters"),
     ("一" + "云" * 12, "13 characters"), ("光 猫", "characters"), ("光猫，彩铃", "characters")],
)  # fmt: skip
def test_what_is_no_name_is_refused_with_its_line(tmp_path: Path, line: str, found: str) -> None:
    with pytest.raises(SettingsError) as bad:
        read(file_of(tmp_path, f"云桥通信\n{line}\n"))
    assert found in bad.value.found
    assert "line 2" in bad.value.where


@pytest.mark.parametrize("text", [None, "", "# nothing\n"])
def test_a_file_without_names_is_refused(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "none.txt" if text is None else file_of(tmp_path, text)
    with pytest.raises(SettingsError):
        steps.of(Hearing(vocabulary=file))


@pytest.mark.parametrize("cue", ["上次打过电话", "还没修好", "第三次打来"])
def test_a_cue_is_refused_as_a_name(tmp_path: Path, cue: str) -> None:
    with pytest.raises(SettingsError) as bad:
        steps.of(Hearing(vocabulary=file_of(tmp_path, f"云桥通信\n{cue}\n")))
    assert cue in bad.value.where
    assert "cue" in bad.value.found


def test_no_vocabulary_changes_nothing_and_an_edited_one_is_read_anew(tmp_path: Path) -> None:
    heard = Transcript("0" * 64, 3.0, 2, [], [2.0, 0.0], [Heard(0, 0.0, 2.0, "您好,银桥通信客服", 0.8)])
    assert steps.of(Settings().hearing) is None
    assert steps.written(heard, None) == (heard, [[]])
    names = steps.of(Hearing(vocabulary=file_of(tmp_path, "云桥通信\n")))
    assert isinstance(names, Vocabulary)
    said = told("a.wav", heard, None, names)["utterances"][0]
    assert said["text"] == "您好,云桥通信客服"
    assert said["corrected"] == [{"begin": 3, "heard": "银桥通信", "written": "云桥通信", "alike": 0.929}]
    assert "corrected" not in told("a.wav", heard, None)["utterances"][0]
