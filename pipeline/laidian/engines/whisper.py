"""faster-whisper, the default engine: any CTranslate2 Whisper model."""

from collections.abc import Sequence

from laidian.engines import Samples, Word
from laidian.engines.weights import Weights
from laidian.settings import Hearing


class Whisper:
    """One loaded model. Temperature 0 only: sampling never repeats itself, and a night must."""

    def __init__(self, weights: Weights, settings: Hearing) -> None:
        from faster_whisper import WhisperModel  # late: 1 s of imports that ingest, sql and report do not need

        self._model = WhisperModel(
            str(weights.folder),
            device="auto",
            compute_type=settings.compute_type,
            cpu_threads=settings.threads,
            local_files_only=True,
        )
        self._beam = settings.beam_size
        self.identity = f"faster-whisper:{weights.sha256[:16]}:{settings.compute_type}:beam{settings.beam_size}"

    def hear(self, samples: Samples) -> Sequence[Word]:
        """The words of one pack. No prompt and no conditioning: both come back as invented text in bad audio."""
        segments, _ = self._model.transcribe(
            samples, language="zh", beam_size=self._beam, temperature=0.0, condition_on_previous_text=False, word_timestamps=True,
            vad_filter=False, suppress_blank=True, no_speech_threshold=None, log_prob_threshold=None,
            compression_ratio_threshold=None,
        )  # fmt: skip
        return [Word(w.start, w.end, w.word, w.probability) for segment in segments for w in segment.words or ()]
