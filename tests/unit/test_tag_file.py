"""`laidian tag`: text in, tags out; a bad line is refused and the rest goes on."""

import json
from pathlib import Path
from typing import Any

import pytest
from laidian import steps
from laidian.cli.every import app
from laidian.cues import answer, load_lexicon
from laidian.errors import InputError
from typer.testing import CliRunner


def _tag(tmp_path: Path, *lines: Any) -> tuple[steps.TagAccount, list[dict[str, Any]]]:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    made = [line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode() for line in lines]
    source.write_bytes(b"\n".join(made))
    account = steps.tag_file(source, target)
    return account, [json.loads(line) for line in target.read_text("utf-8").splitlines()]


def test_a_line_gets_its_cues_and_reasons(tmp_path: Path) -> None:
    text = "我家宽带又断网了，上周三打了三次电话，没人来修"
    account, [tagged] = _tag(tmp_path, {"id": "a", "role": "customer", "text": text})
    assert list(tagged) == ["id", "text", "repeat_cue", "score", "cues", "reasons"]
    assert (tagged["id"], tagged["text"], tagged["repeat_cue"]) == ("a", text, True)
    assert {c["kind"] for c in tagged["cues"]} >= {"explicit_count", "recurrence"}
    assert all(text[c["start"] : c["end"]] == c["span"] for c in tagged["cues"])
    assert [c["prior_contacts"] for c in tagged["cues"] if c["kind"] == "explicit_count"] == [3]
    assert tagged["score"] == max(c["score"] for c in tagged["cues"])
    assert tagged["reasons"][0]["reason"] == "telecom.broadband_fault"
    assert (account.tagged, account.with_repeat_cue, account.refused) == (1, 1, 0)


@pytest.mark.parametrize(
    ("role", "text", "repeat"),
    [
        ("customer", "我都打了三次电话了", True),
        ("unknown", "我都打了三次电话了", True),
        ("agent", "您都打了三次电话了", False),
        ("ivr", "我都打了三次电话了", False),
        ("customer", "弄好了谢谢", False),
    ],
)
def test_only_the_customers_own_words_are_a_repeat_cue(tmp_path: Path, role: str, text: str, repeat: bool) -> None:
    _, [tagged] = _tag(tmp_path, {"id": 1, "role": role, "text": text})
    assert tagged["repeat_cue"] is repeat


def test_bad_lines_are_refused_with_number_and_reason_and_the_rest_goes_on(tmp_path: Path) -> None:
    said = "这句话不能出现在报错里"
    account, tagged = _tag(
        tmp_path,
        b"\xef\xbb\xbf" + json.dumps({"id": "first", "role": "customer", "text": "你好"}).encode(),
        b"{no json " + said.encode(),
        b"\xff\xfe",
        b"",
        [said],
        {"id": "x", "role": "boss", "text": said},
        {"id": "x", "role": "customer", "text": 5},
        {"id": None, "role": "customer", "text": said},
        {"id": "x", "role": "customer", "text": said, "confidence": 7},
        {"id": "last", "text": ""},
    )
    assert [t["id"] for t in tagged] == ["first", "last"]
    assert [line for line, _ in account.why] == [2, 3, 5, 6, 7, 8, 9]
    assert account.refused == 7
    assert not any(said in why for _, why in account.why)


def test_no_source_is_an_error_and_leaves_no_target(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        steps.tag_file(tmp_path / "none.jsonl", tmp_path / "out.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_the_command_prints_the_account_and_refusals_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"id": 1, "role": "customer", "text": "第二次来电了"}\n{}\n', "utf-8")
    run = CliRunner().invoke(app, ["tag", "--in", str(tmp_path / "in.jsonl"), "--out", str(tmp_path / "out.jsonl"), "--json"])
    assert run.exit_code == 0
    assert json.loads(run.stdout) == {"tagged": 1, "with_repeat_cue": 1, "refused": 1}
    assert "line 2" in run.stderr


def test_a_file_of_which_no_line_can_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("{}\n", "utf-8")
    run = CliRunner().invoke(app, ["tag", "--in", str(tmp_path / "in.jsonl"), "--out", str(tmp_path / "out.jsonl")])
    assert isinstance(run.exception, InputError) and "no line that could be read" in str(run.exception)


@pytest.mark.parametrize(
    ("question", "said", "kind", "prior"),
    [
        ("请问您之前打过电话吗", "打过的", "prior_contact", None),
        ("请问您之前打过电话吗", "嗯，有，昨天打的", "prior_contact", None),
        ("请问您之前打过电话吗", "没有，第一次打", None, None),
        ("请问您之前打过电话吗", "打了三次", "explicit_count", 3),
        ("您是第几次来电", "第三次了", "explicit_count", 2),
        ("您是第几次来电", "第一次", None, None),
        ("请问您贵姓", "对", None, None),
        (None, "打过的", None, None),
    ],
)
def test_an_answer_is_read_with_its_question(question: str | None, said: str, kind: str | None, prior: int | None) -> None:
    found = answer(question, said, load_lexicon())
    assert (found and found.kind, found and found.prior_contacts) == (kind, prior)


def test_times_are_dates_where_the_line_has_a_day(tmp_path: Path) -> None:
    line = {"role": "customer", "text": "我前天下午打过电话的"}
    account, tagged = _tag(
        tmp_path, {"id": 1, **line}, {"id": 2, "day": "2025-03-05", **line}, {"id": 3, "day": "5 March", **line}
    )
    assert [t["cues"][0]["when_day"] for t in tagged] == [None, "2025-03-03"]
    assert account.why == [(3, "`day` is no date YYYY-MM-DD")]
