"""faster-whisper, the default engine: any CTranslate2 Whisper model, its window fitted to the speech.

The encoder takes windows shorter than 30 s, so a pack costs what it holds. Which window a pack gets changes its text, which
packs share its batch does not; so the width is a function of the pack alone and a batch holds one width.
"""

import math
import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from laidian.engines import RATE, Samples, Word
from laidian.engines.features import log_mel
from laidian.engines.weights import Weights
from laidian.errors import ModelError
from laidian.settings import Hearing

WINDOW_S = 30.0  # what the model was trained on; the widest
TAIL_S = 3.0  # silence after the speech: without it the decoder does not find the end and loops (insertions 16 %)
STEP_S = 2.0  # widths are multiples of this, so that batches fill
FRAMES_PER_S = 100  # of the log-mel features
UNEVEN = 0.02  # of the work: by so much one worker may be done before another
BATCH = {"cpu": 8, "cuda": 16}  # packs decoded together, at most
MARKS = frozenset("，。！？、；：,.!?;:…—·“”‘’")
Batch = tuple[float, list[int]]  # width in seconds, numbers of the packs in it


class Whisper:
    """The engine. Its model is loaded in another thread while the first recordings are read."""

    def __init__(self, weights: Weights, settings: Hearing) -> None:
        libraries()
        self.beat: Callable[[], None] = lambda: None
        self.identity = identity(weights, settings)
        loader = ThreadPoolExecutor(1, "laidian-load")  # no `with`: leaving that would wait for the model
        self._model = loader.submit(_Model, weights, settings)
        loader.shutdown(wait=False)

    def hear(self, packs: Sequence[Samples], again: bool = False) -> list[list[Word]]:
        """The words of each pack. No prompt and no conditioning: both come back as invented text in bad audio.

        `again`: in a window of 30 s, as the model was trained.

        Raises:
            ModelError: the model's files cannot be loaded.
        """
        heard: list[list[Word]] = [[] for _ in packs]
        if not packs:
            return heard
        model = self._model.result()
        size = min(model.batch, -(-len(packs) // model.workers))  # few packs: some for every worker
        batches = _shared(_batches(packs, size, again), model.workers)
        with ThreadPoolExecutor(model.workers) as pool:
            done = pool.map(lambda batch: model.decode([packs[i] for i in batch[1]], batch[0]), batches)
            for (_, numbers), words in zip(batches, done, strict=True):
                for number, of_pack in zip(numbers, words, strict=True):
                    heard[number] = of_pack
                self.beat()
        return heard


def libraries() -> None:
    """Loads what the engine needs. Late, for ingest, sql and report do without; by one thread, before two of them ask."""
    import faster_whisper.vad  # noqa: F401


class _Model:
    """One loaded model. Temperature 0 only: sampling never repeats itself, and a night must."""

    def __init__(self, weights: Weights, settings: Hearing) -> None:
        from faster_whisper import WhisperModel
        from faster_whisper.tokenizer import Tokenizer
        from faster_whisper.transcribe import get_suppressed_tokens

        self._device, self.workers, threads = _machine(settings)
        try:
            self._model = WhisperModel(
                str(weights.folder), device=self._device, compute_type=settings.compute_type, cpu_threads=threads,
                num_workers=self.workers, local_files_only=True,
            )  # fmt: skip
        except (RuntimeError, ValueError) as bad:
            expected = f"a Whisper model for CTranslate2 that {self._device} can run with {settings.compute_type}"
            raise ModelError(str(weights.folder), str(bad), expected, "see [hearing] in laidian.toml") from None
        wanted, made = self._model.model.n_mels, len(self._model.feature_extractor.mel_filters)
        if wanted != made:
            do = "copy preprocessor_config.json of the model that was converted into it (ct2-transformers-converter --copy_files)"
            raise ModelError(str(weights.folder), f"features in {made} bands", f"{wanted}, as this model wants", do)
        self.batch = settings.packs or BATCH[self._device]
        self._beam = settings.beam_size
        self._tokenizer = Tokenizer(self._model.hf_tokenizer, self._model.model.is_multilingual, "transcribe", "zh")
        self._prompt = self._model.get_prompt(self._tokenizer, [], without_timestamps=True)
        self._suppressed = list(get_suppressed_tokens(self._tokenizer, [-1]))

    def decode(self, packs: Sequence[Samples], width_s: float) -> list[list[Word]]:
        """The words of packs of one width."""
        encoded = self._encode(packs, width_s)
        found = self._model.model.generate(
            _joined(encoded), [self._prompt] * len(packs), beam_size=self._beam, suppress_blank=True,
            suppress_tokens=self._suppressed, max_length=self._model.max_length,
        )  # fmt: skip
        tokens = [[token for token in one.sequences_ids[0] if token < self._tokenizer.eot] for one in found]
        frames = [min(len(pack) * FRAMES_PER_S // RATE, int(width_s * FRAMES_PER_S)) for pack in packs]
        each = len(packs) // len(encoded)
        return [
            _words(aligned)
            for number, part in enumerate(encoded)
            for aligned in self._model.find_alignment(
                self._tokenizer, tokens[number * each :][:each], part, frames[number * each :][:each]
            )
        ]

    def _encode(self, packs: Sequence[Samples], width_s: float) -> list[Any]:
        """What the encoder makes of the packs: of each alone on CPUs, of all together on GPUs.

        Alone an encoder's work stays in the cache (.72 of the time). Words are aligned by the same parts: aligned together,
        the end of a word moved by .02 s with its batch mates.
        """
        features = np.stack([self._features(pack, width_s) for pack in packs])
        return [self._model.encode(one) for one in (features if self._device == "cpu" else [features])]

    def _features(self, pack: Samples, width_s: float) -> Samples:
        """Log-mel features of the pack and the silence after it, exactly one window."""
        return log_mel(pack, self._model.feature_extractor.mel_filters, int(width_s * FRAMES_PER_S))


def identity(weights: Weights, settings: Hearing) -> str:
    """The engine's `identity`: threads and batches are not in it, for no text depends on them."""
    return f"faster-whisper:{weights.sha256[:16]}:{settings.compute_type}:beam{settings.beam_size}:fit{TAIL_S:g}+{STEP_S:g}"


def _machine(settings: Hearing) -> tuple[str, int, int]:
    """Device, batches decoded at once, threads for each. One thread a batch: a small decoder's steps do not divide well."""
    import ctranslate2

    if settings.device == "cuda" or (settings.device == "auto" and ctranslate2.get_cuda_device_count() > 0):
        return "cuda", 1, 0
    cores = settings.threads or len(os.sched_getaffinity(0))
    return "cpu", cores, 1


def width(samples: int) -> float:
    """The window of a pack in seconds, from its length in samples: speech and tail, rounded up to a step.

    >>> width(10 * RATE), width(11 * RATE), width(12 * RATE), width(29 * RATE)
    (14.0, 14.0, 16.0, 30.0)
    """
    return min(WINDOW_S, STEP_S * math.ceil((samples / RATE + TAIL_S) / STEP_S))


def _batches(packs: Sequence[Samples], size: int, padded: bool) -> list[Batch]:
    """Packs of one width together, a lane in equal batches."""
    lanes: dict[float, list[int]] = defaultdict(list)
    for number, pack in enumerate(packs):
        lanes[WINDOW_S if padded else width(len(pack))].append(number)
    return [(wide, lane[part :: -(-len(lane) // size)]) for wide, lane in lanes.items() for part in range(-(-len(lane) // size))]


def _shared(batches: Sequence[Batch], workers: int) -> list[Batch]:
    """The longest first; what one worker would be left with at the end is halved until the others have as much to do.

    >>> [(width_s, len(numbers)) for width_s, numbers in _shared([(20.0, [0, 1, 2, 3]), (20.0, [4, 5, 6]), (20.0, [7, 8, 9])], 2)]
    [(20.0, 4), (20.0, 3), (20.0, 2), (20.0, 1)]
    """
    ordered = sorted(batches, key=_seconds, reverse=True)
    ends, last = [0.0] * workers, [0] * workers  # of each worker: when it is done, and its last batch
    for number, batch in enumerate(ordered):
        free = ends.index(min(ends))
        ends[free], last[free] = ends[free] + _seconds(batch), number
    latest = last[ends.index(max(ends))]
    wide, numbers = ordered[latest] if ordered else (0.0, [])
    if len(numbers) < 2 or max(ends) - min(ends) <= UNEVEN * sum(ends):
        return ordered
    return _shared([*ordered[:latest], (wide, numbers[::2]), (wide, numbers[1::2]), *ordered[latest + 1 :]], workers)


def _seconds(batch: Batch) -> float:
    """Seconds of windows in a batch: how long it takes, roughly."""
    return batch[0] * len(batch[1])


def _joined(encoded: list[Any]) -> Any:
    """The encoder's parts as one batch."""
    from ctranslate2 import StorageView

    return encoded[0] if len(encoded) == 1 else StorageView.from_array(np.concatenate([np.asarray(one) for one in encoded]))


def _words(aligned: Sequence[dict[str, Any]]) -> list[Word]:
    """Words with their times; a punctuation mark belongs to the word before it."""
    words: list[Word] = []
    for one in aligned:
        text = str(one["word"])
        if words and text.strip() in MARKS:
            last = words.pop()
            words.append(Word(last.start, last.end, last.text + text.strip(), last.probability))
        elif text:
            words.append(Word(float(one["start"]), float(one["end"]), text, float(one["probability"])))
    return words
