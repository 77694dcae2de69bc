"""sherpa-onnx: SenseVoice-Small and Paraformer, whose weights the operator supplies (`pip install 'laidian[sherpa]'`).

Both write a whole pack in one pass. They take packs as long as they are, so there is no window to fit; each pack is decoded by
itself, because a batch would be padded to its longest and could change a text.
"""

import importlib.util
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from laidian.engines import RATE, Samples, Word
from laidian.engines.weights import OnnxWeights
from laidian.errors import ModelError
from laidian.settings import Hearing

AGAIN_S = 0.5  # silence put before and after a pack that is heard again: other frames, so another decoding
SPREAD_FRAME = 160  # samples; a frame that is digitally silent is a pause put in by the packer, no speech
MARKS = frozenset("，。！？、；：,.!?;:")


class Sherpa:
    """One loaded model. Greedy search only: it never varies."""

    def __init__(self, weights: OnnxWeights, settings: Hearing) -> None:
        if importlib.util.find_spec("sherpa_onnx") is None:
            do = "pip install 'laidian[sherpa]', or choose another [hearing] engine"
            raise ModelError("engine sherpa", "sherpa-onnx not installed", "the package sherpa-onnx", do)
        import sherpa_onnx  # late: an optional package

        self.beat: Callable[[], None] = lambda: None
        self.identity = identity(weights)
        self._workers = settings.threads or len(os.sched_getaffinity(0))
        model, tokens = str(weights.file), str(weights.tokens)
        provider = "cuda" if settings.device == "cuda" else "cpu"
        make = sherpa_onnx.OfflineRecognizer
        self._recognizer: Any = (
            make.from_sense_voice(model=model, tokens=tokens, num_threads=1, provider=provider, language="zh", use_itn=False)
            if weights.kind == "sense_voice"
            else make.from_paraformer(paraformer=model, tokens=tokens, num_threads=1, provider=provider)
        )

    def hear(self, packs: Sequence[Samples], again: bool = False) -> list[list[Word]]:
        """The words of each pack; `again`: with silence before and after it."""

        def one(samples: Samples) -> list[Word]:
            words = self._decode(samples, AGAIN_S if again else 0.0)
            self.beat()
            return words

        with ThreadPoolExecutor(self._workers) as pool:
            return list(pool.map(one, packs))

    def _decode(self, samples: Samples, silence_s: float) -> list[Word]:
        silence = np.zeros(int(silence_s * RATE), np.float32)
        stream = self._recognizer.create_stream()
        stream.accept_waveform(RATE, np.concatenate([silence, samples, silence]))
        self._recognizer.decode_stream(stream)
        result = stream.result
        tokens, starts, logs = list(result.tokens), list(result.timestamps), list(result.ys_log_probs)
        if len(starts) != len(tokens):
            starts = [silence_s + at for at in spread(samples, len(tokens))]
        sure = [float(np.exp(min(0.0, log))) for log in logs] if len(logs) == len(tokens) else [1.0] * len(tokens)
        return words(tokens, [max(0.0, at - silence_s) for at in starts], sure, len(samples) / RATE)


def identity(weights: OnnxWeights) -> str:
    """The engine's `identity`: nothing in the settings but the model changes a text."""
    return f"sherpa:{weights.kind}:{weights.sha256[:16]}"


def words(tokens: Sequence[str], starts: Sequence[float], sure: Sequence[float], length_s: float) -> list[Word]:
    """Tokens with the seconds at which they begin -> words; each lasts until the next.

    `▁` begins a word, `@@` ends a part that goes on; `<…>` is no text; a mark belongs to the word before it.

    >>> [word.text for word in words(["<|zh|>", "你", "好", "，", "▁o", "k@@", "ay"], [0, 0, 1, 2, 2, 3, 4], [1] * 7, 5)]
    ['你', '好，', ' o', 'k', 'ay']
    """
    found: list[Word] = []
    ends = [*starts[1:], length_s][: len(starts)]
    for token, start, end, probability in zip(tokens, starts, ends, sure, strict=True):
        text = token.replace("▁", " ").removesuffix("@@")
        if text.strip() in MARKS and found:
            last = found.pop()
            found.append(Word(last.start, last.end, last.text + text.strip(), last.probability))
        elif text.strip() and not (text.startswith("<") and text.endswith(">")):
            found.append(Word(start, min(max(start, end), length_s), text, probability))
    return found


def spread(samples: Samples, count: int) -> list[float]:
    """Seconds at which `count` tokens begin that a model gave no times for: evenly over the sound, pauses left out."""
    frames = np.abs(samples[: samples.size // SPREAD_FRAME * SPREAD_FRAME]).reshape(-1, SPREAD_FRAME).max(axis=1) > 0
    sounding = np.flatnonzero(frames)
    if not sounding.size:
        return [0.0] * count
    return [float(sounding[i * sounding.size // count]) * SPREAD_FRAME / RATE for i in range(count)]
