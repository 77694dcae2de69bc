"""Decoding a recording into channels of samples."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from laidian.engines import RATE, Samples
from laidian.errors import AudioError
from laidian.settings import RawAudio

HEADERLESS = (".raw", ".pcm", ".al", ".ul", ".vox")
ENCRYPTED = (".nmf", ".cca", ".enc", ".aud")


@dataclass(frozen=True, slots=True)
class Audio:
    """A decoded recording: `samples` (channels, length) at 16 kHz in -1..1, `sha256` of the file."""

    samples: Samples
    sha256: str

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1] / RATE)


def digest(path: Path) -> str:
    """SHA-256 of the file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def decode(path: Path, raw: RawAudio) -> Audio:
    """One recording, whole: WAV (PCM, A-law, µ-law, GSM, ADPCM), MP3, Opus, AMR, G.722, AAC, FLAC, Speex, what else FFmpeg reads.

    Raises:
        AudioError: the file is empty, encrypted, headerless without a declared codec, cut short, or holds no audio.
    """
    name = f"recording {path.suffix or 'without extension'}"
    if path.suffix.lower() in ENCRYPTED:
        raise AudioError(
            name, "an encrypted or vendor container", "an open audio format", "export it from the recording system as WAV"
        )
    if path.stat().st_size == 0:
        raise AudioError(name, "an empty file", "audio", "copy the recording again")
    options: dict[str, str] = {}
    form: str | None = None
    if path.suffix.lower() in HEADERLESS:
        form, options = _headerless(name, raw)
    try:
        samples = _samples(path, form, options)
    except (av.FFmpegError, ValueError, IndexError) as bad:
        raise AudioError(
            name, f"not decodable ({type(bad).__name__})", "a whole audio file", "copy the recording again"
        ) from None
    if samples.size == 0:
        raise AudioError(name, "no audio in it", "at least one channel of sound", "copy the recording again")
    return Audio(samples, digest(path))


def _headerless(name: str, raw: RawAudio) -> tuple[str, dict[str, str]]:
    if raw.codec is None:
        do = "declare [audio.raw] codec, rate and channels in laidian.toml"
        raise AudioError(name, "a headerless file", "a declared codec and rate", do)
    formats = {"pcm_s16le": "s16le", "pcm_alaw": "alaw", "pcm_mulaw": "mulaw", "gsm": "gsm", "adpcm_ima_oki": "vox"}
    return formats[raw.codec], {"sample_rate": str(raw.rate), "ch_layout": "stereo" if raw.channels == 2 else "mono"}


def _samples(path: Path, form: str | None, options: dict[str, str]) -> Samples:
    with av.open(str(path), format=form, options=options, metadata_errors="ignore") as container:
        stream = container.streams.audio[0]
        layout = "stereo" if stream.codec_context.channels >= 2 else "mono"
        resampler = av.AudioResampler(format="fltp", layout=layout, rate=RATE)
        blocks = [out.to_ndarray() for frame in container.decode(stream) for out in resampler.resample(frame)]
        blocks += [out.to_ndarray() for out in resampler.resample(None)]
    channels = 2 if layout == "stereo" else 1
    return np.concatenate(blocks, axis=1) if blocks else np.zeros((channels, 0), np.float32)
