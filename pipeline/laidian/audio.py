"""Reading a recording into channels of samples, piece by piece: three hours must not need three hours of memory."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np

from laidian.engines import RATE, Samples
from laidian.errors import AudioError
from laidian.settings import RawAudio

HEADERLESS = (".raw", ".pcm", ".al", ".ul", ".alaw", ".ulaw", ".vox", ".g726")
ENCRYPTED = {
    ".nmf": "a NICE", ".nmfx": "a NICE", ".aud": "a NICE or Witness", ".cca": "a vendor's", ".v3": "a Verint",
    ".enc": "an encrypted", ".aes": "an encrypted", ".gpg": "an encrypted", ".pgp": "an encrypted", ".p7m": "an encrypted",
}  # fmt: skip
SEALED = {  # how encrypted files begin, whatever they are called
    b"Salted__": "an OpenSSL-encrypted file",
    b"-----BEGIN PGP MESSAGE": "a PGP-encrypted file",
    b"age-encryption.org": "an age-encrypted file",
    b"AES\x02": "an AES Crypt file",
    b"PK\x03\x04": "a ZIP archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
}
PIECE_S = 300.0  # read at once; two channels of it are 38 MB
SHORT_S, SHORT_SHARE = 1.0, 0.02  # a file this much shorter than it declares was cut off
FRAME_BYTES = {"gsm": 33, "pcm_s16le": 2}  # smallest unit of a headerless codec; others are whole at every byte


class Reader:
    """One recording, read once, in pieces.

    `truncated` holds after reading: the file ends before its header says, or stops decoding in the middle.
    """

    def __init__(self, path: Path, raw: RawAudio) -> None:
        """Refuses at once what cannot be audio.

        Raises:
            AudioError: the file is empty, encrypted, or headerless without a declared codec.
        """
        self._path, self._raw = path, raw
        self._name = f"recording {path.suffix or 'without extension'}"
        self._headerless = path.suffix.lower() in HEADERLESS
        self.truncated = False
        self._refuse_sealed()
        if self._headerless and raw.codec is None:
            do = "declare [audio.raw] codec, rate and channels in laidian.toml"
            raise AudioError(self._name, "a headerless file", "a declared codec and rate", do)

    def pieces(self, seconds: float = PIECE_S) -> Iterator[Samples]:
        """Samples (channels 1 or 2, at most about `seconds` long) at 16 kHz in -1..1, in order.

        WAV (PCM, A-law, µ-law, GSM, ADPCM), MP3, Opus, AMR, G.722, AAC, FLAC, Speex and what else FFmpeg reads; headerless
        files by the codec declared. Of more than two channels the mix to two.

        Raises:
            AudioError: the file holds no audio, or cannot be decoded from its first second on.
        """
        held: list[Samples] = []
        length = total = 0
        frames = self._declared() if self._headerless else self._contained()
        try:
            for block in frames:
                held.append(block)
                length += block.shape[1]
                total += block.shape[1]
                if length >= seconds * RATE:
                    yield np.concatenate(held, axis=1)
                    held, length = [], 0
        except (av.FFmpegError, ValueError, IndexError) as bad:
            if total < SHORT_S * RATE:
                found = f"not decodable ({type(bad).__name__})"
                raise AudioError(self._name, found, "a whole audio file", "copy the recording again") from None
            self.truncated = True
        if not total:
            raise AudioError(self._name, "no audio in it", "at least one channel of sound", "copy the recording again")
        if held:
            yield np.concatenate(held, axis=1)

    def _refuse_sealed(self) -> None:
        if self._path.stat().st_size == 0:
            raise AudioError(self._name, "an empty file", "audio", "copy the recording again")
        with self._path.open("rb") as file:
            head = file.read(32)
        kind = next((kind for start, kind in SEALED.items() if head.startswith(start)), None)
        vendor = ENCRYPTED.get(self._path.suffix.lower())
        if kind or vendor:
            found = kind or f"{vendor} container, encrypted or proprietary"
            raise AudioError(self._name, found, "an open audio format", "export it from the recording system as WAV")

    def _contained(self, form: str | None = None, options: dict[str, str] | None = None) -> Iterator[Samples]:
        with av.open(str(self._path), format=form, options=options or {}, metadata_errors="ignore") as container:
            stream = container.streams.audio[0]
            resample = _resampler(stream.codec_context.channels)
            decoded = 0
            for frame in container.decode(stream):
                for block in resample(frame):
                    decoded += block.shape[1]
                    yield block
            for block in resample(None):
                decoded += block.shape[1]
                yield block
            missing = self._length(container, stream) - decoded / RATE
            self.truncated = missing > max(SHORT_S, SHORT_SHARE * decoded / RATE) or self._unfinished(container)

    def _length(self, container: Any, stream: Any) -> float:
        """Seconds the file says it lasts; 0 where it does not say."""
        if stream.duration and stream.time_base:
            return float(stream.duration * stream.time_base)
        return (container.duration or 0) / 1e6

    def _unfinished(self, container: Any) -> bool:
        """What the demuxer does not tell: a WAV shorter than its data chunk, an Ogg whose last page is not marked last."""
        form = str(container.format.name)
        if form == "wav":
            return _wav_cut(self._path)
        return form == "ogg" and _ogg_cut(self._path)

    def _declared(self) -> Iterator[Samples]:
        """A headerless file by its declared codec, which needs no container at all; G.726's code size only a demuxer can set."""
        if str(self._raw.codec) in ("g726", "g726le"):
            yield from self._contained(self._raw.codec, {"code_size": "4", "sample_rate": str(self._raw.rate)})
            return
        codec: Any = av.CodecContext.create(str(self._raw.codec), "r")
        codec.sample_rate, codec.layout = self._raw.rate, "stereo" if self._raw.channels == 2 else "mono"
        resample = _resampler(self._raw.channels)
        unit = FRAME_BYTES.get(str(self._raw.codec), 1) * (self._raw.channels if self._raw.codec != "gsm" else 1)
        block_bytes = unit if self._raw.codec == "gsm" else unit * 4000
        with self._path.open("rb") as file:
            while data := file.read(block_bytes):
                whole = data[: len(data) // unit * unit]
                self.truncated = len(whole) < len(data)
                if whole:
                    for frame in codec.decode(av.Packet(whole)):
                        yield from resample(frame)
        yield from resample(None)


def _resampler(channels: int) -> Any:
    """Frame (None: the end) -> blocks of samples at 16 kHz."""
    resampler = av.AudioResampler(format="fltp", layout="stereo" if channels >= 2 else "mono", rate=RATE)

    def resample(frame: Any) -> Iterator[Samples]:
        for out in resampler.resample(frame):
            yield out.to_ndarray().astype(np.float32, copy=False)

    return resample


def _wav_cut(path: Path) -> bool:
    """Whether a RIFF file ends before its data chunk does. Streamed files declare no length (0 or all ones)."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(4) != b"RIFF":
            return False
        file.seek(12)
        while len(head := file.read(8)) == 8:
            length = int.from_bytes(head[4:], "little")
            if head[:4] == b"data":
                return length not in (0, 0xFFFFFFFF, 0x7FFFFFFF) and file.tell() + length > size
            file.seek(length + length % 2, 1)
    return False


def _ogg_cut(path: Path) -> bool:
    """Whether the last page of an Ogg file lacks the end-of-stream mark."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 0x11000))  # a page has at most 65,307 bytes
        tail = file.read()
    last = tail.rfind(b"OggS")
    return last < 0 or last + 6 > len(tail) or not tail[last + 5] & 4


def digest(path: Path) -> str:
    """SHA-256 of the file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
