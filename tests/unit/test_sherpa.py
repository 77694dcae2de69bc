"""The sherpa-onnx engine on tiny models made here: a low tone is one character, a high tone another, silence none."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from laidian.engines import RATE, Samples, Word, choice, weights
from laidian.engines.sherpa import spread, words
from laidian.errors import ModelError
from laidian.settings import Audio, Hearing
from laidian.transcribe import transcribe

from tests.fake_engine import voice, write_wav

LOW_HZ, HIGH_HZ = 300.0, 3000.0
BLANK, LOW, HIGH = 0, 5, 6
TOKENS = ["<blk>", "<|zh|>", "<|NEUTRAL|>", "<|Speech|>", "<|woitn|>", "低", "高"]
BINS, STACKED = 80, 7  # mel bins; frames put together, 60 ms apart
SENSE_VOICE = {
    "model_type": "sense_voice_ctc",
    "normalize_samples": "0",
    "with_itn": "14",
    "without_itn": "15",
    "comment": "made",
}
SENSE_VOICE |= {
    f"lang_{name}": str(number)
    for name, number in zip(["auto", "zh", "en", "yue", "ja", "ko"], (0, 3, 4, 7, 11, 12), strict=True)
}


def mel_bin(hertz: float) -> int:
    """Where a frequency lies among the mel bins of 20 to 8000 Hz."""
    low, high, here = (1127 * np.log(1 + f / 700) for f in (20.0, 8000.0, hertz))
    return round(float((here - low) / (high - low) * (BINS + 1))) - 1


def weight() -> np.ndarray:
    """(560, tokens): the loudness of a token's frequencies, summed over the frames put together."""
    table = np.zeros((STACKED * BINS, len(TOKENS)), np.float32)
    for token, hertz in ((LOW, LOW_HZ), (HIGH, HIGH_HZ)):
        for frame in range(STACKED):
            table[frame * BINS + mel_bin(hertz), token] = 1 / STACKED
    return table


def tiny(folder: Path, kind: str, **told: str) -> Path:
    """A SenseVoice (four tokens of remarks, then a token a frame) or a Paraformer (every eighth frame a token)."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto as T
    from onnx import helper as h
    from onnx import numpy_helper as n

    bias = np.zeros(len(TOKENS), np.float32)
    bias[BLANK] = -4.0 if kind == "sense_voice" else -1e3  # log energy of a bin: a tone lies above, silence below
    remarks = np.full((1, 4, len(TOKENS)), -50, np.float32)
    remarks[0, range(4), range(1, 5)] = 50
    constants = {"weight": weight(), "bias": bias, "remarks": remarks, "from": np.array([0]), "to": np.array([10**6]),
                 "axis": np.array([1]), "step": np.array([8])}  # fmt: skip
    nodes = [h.make_node("MatMul", ["x", "weight"], ["scores"]), h.make_node("Add", ["scores", "bias"], ["frames"])]
    lengths = [h.make_tensor_value_info("x_length", T.INT32, ["N"])]
    if kind == "sense_voice":
        nodes.append(h.make_node("Concat", ["remarks", "frames"], ["logits"], axis=1))
        lengths += [h.make_tensor_value_info(name, T.INT32, ["N"]) for name in ("language", "text_norm")]
        outputs = [h.make_tensor_value_info("logits", T.FLOAT, ["N", "U", len(TOKENS)])]
        told = {**SENSE_VOICE, **told}
    else:
        nodes += [
            h.make_node("Slice", ["frames", "from", "to", "axis", "step"], ["logits"]),
            h.make_node("Shape", ["logits"], ["shape"]),
            h.make_node("Gather", ["shape", "axis"], ["token_num"]),
        ]
        outputs = [
            h.make_tensor_value_info("logits", T.FLOAT, ["N", "U", len(TOKENS)]),
            h.make_tensor_value_info("token_num", T.INT64, ["N"]),
        ]
        told = {"model_type": "paraformer", **told}
    graph = h.make_graph(
        nodes, "tiny", [h.make_tensor_value_info("x", T.FLOAT, ["N", "T", STACKED * BINS]), *lengths], outputs,
        [n.from_array(value, name) for name, value in constants.items()],
    )  # fmt: skip
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 13)], ir_version=8)
    plain = {"vocab_size": str(len(TOKENS)), "lfr_window_size": "7", "lfr_window_shift": "6",
             "neg_mean": ",".join(["0"] * STACKED * BINS), "inv_stddev": ",".join(["1"] * STACKED * BINS)}  # fmt: skip
    h.set_model_props(model, plain | told)
    folder.mkdir()
    onnx.save(model, str(folder / "model.onnx"))
    names = TOKENS if kind == "sense_voice" else [*TOKENS[:-1], TOKENS[-1], "</s>"]
    (folder / "tokens.txt").write_text("".join(f"{name} {i}\n" for i, name in enumerate(names)), encoding="utf-8")
    return folder


def tone(hertz: float, seconds: float) -> Samples:
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def quiet(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.float32)


def engine(folder: Path) -> Any:
    pytest.importorskip("sherpa_onnx")
    return choice.load(Hearing(engine="sherpa", model=folder, threads=2))


PACK = np.concatenate([tone(LOW_HZ, 1), quiet(1), tone(HIGH_HZ, 1)])


@pytest.mark.parametrize("again", [False, True])
def test_sense_voice_writes_what_sounds_when_it_sounds(tmp_path: Path, again: bool) -> None:
    (found,) = engine(tiny(tmp_path / "m", "sense_voice")).hear([PACK], again)
    assert [w.text for w in found] == ["低", "高"]
    assert [w.start for w in found] == pytest.approx([0.0, 2.0], abs=0.15)
    assert all(0 < w.probability <= 1 and w.start <= w.end <= 3 for w in found)


def test_paraformer_writes_in_order_and_its_tokens_are_spread_over_the_sound(tmp_path: Path) -> None:
    sound = np.concatenate([tone(LOW_HZ, 1.92), quiet(1), tone(HIGH_HZ, 1.92)])
    (found,) = engine(tiny(tmp_path / "m", "paraformer")).hear([sound])
    text = "".join(w.text for w in found)
    assert text == "低" * text.count("低") + "高" * text.count("高")
    assert min(text.count("低"), text.count("高")) >= 3
    assert not [w for w in found if 1.95 < w.start < 2.9], "no token begins in the pause"


def test_a_text_depends_on_no_other_pack(tmp_path: Path) -> None:
    hearing = engine(tiny(tmp_path / "m", "sense_voice"))
    packs = [PACK, tone(HIGH_HZ, 5), quiet(1), PACK[: RATE * 2]]
    together = hearing.hear(packs)
    assert together == [hearing.hear([pack])[0] for pack in packs] == list(reversed(hearing.hear(packs[::-1])))


def test_a_recording_goes_the_whole_way(tmp_path: Path) -> None:
    call = write_wav(tmp_path / "call.wav", voice(None, 3.0), np.zeros(10))
    hearing = engine(tiny(tmp_path / "m", "sense_voice"))
    ((_, heard),) = transcribe([call], hearing, Audio(), 0.8)
    assert heard.utterances and set("".join(u.text for u in heard.utterances)) <= set("低高")
    assert hearing.identity == choice.identity(Hearing(engine="sherpa", model=tmp_path / "m", threads=2))


def test_the_models_language_and_licence_are_told(tmp_path: Path) -> None:
    folder = tiny(tmp_path / "m", "sense_voice")
    found = weights.find_onnx(folder)
    assert (found.kind, found.chinese, found.name) == ("sense_voice", True, "m")
    assert "check it yourself" in found.licence
    (folder / "LICENSE").write_text("\n  MIT License\n...")
    assert weights.find_onnx(folder).licence == "by its LICENSE: MIT License"


@pytest.mark.parametrize(
    ("broken", "found"),
    [
        (lambda folder: (folder / "tokens.txt").unlink(), "a file is missing"),
        (lambda folder: (folder / "model.onnx").write_bytes(b"half"), "no ONNX model"),
    ],
)
def test_a_model_that_cannot_be_used_is_refused(tmp_path: Path, broken: Any, found: str) -> None:
    folder = tiny(tmp_path / "m", "paraformer")
    broken(folder)
    with pytest.raises(ModelError, match=found):
        weights.find_onnx(folder)


def test_another_kind_of_model_and_no_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="model_type 'wav2vec'"):
        weights.find_onnx(tiny(tmp_path / "m", "paraformer", model_type="wav2vec"))
    with pytest.raises(ModelError, match="sherpa-onnx brings none"):
        weights.find_onnx(None)


def test_tokens_become_words() -> None:
    told = words(["你", "好", "，", "▁hi", "<unk>"], [0.0, 0.5, 0.9, 1.0, 1.5], [0.9, 0.8, 0.1, 0.7, 0.1], 2.0)
    assert told == [Word(0.0, 0.5, "你", 0.9), Word(0.5, 0.9, "好，", 0.8), Word(1.0, 1.5, " hi", 0.7)]
    assert words([], [], [], 2.0) == []


def test_tokens_without_times_lie_where_it_sounds() -> None:
    assert spread(np.concatenate([tone(440, 1), quiet(2), tone(440, 1)]), 4) == pytest.approx([0, 0.5, 3, 3.5], abs=0.02)
    assert spread(quiet(1), 2) == [0, 0]
