"""Reading a recording into channels of samples, piece by piece: three hours must not need three hours of memory."""

import hashlib
import math
import struct
import wave
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

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
JOIN_S = 60.0  # of each file at once when two are joined
BLOCK_S = 1.0  # resampled at once: an Opus frame has 20 ms, and each call costs as much as the samples of one
SHORT_S, SHORT_SHARE = 1.0, 0.02  # a file this much shorter than it declares was cut off
SPEEX_HEADER = struct.Struct("<48x5i")  # channels, bits per second, samples in a frame, whether that varies, frames in a packet
SPEEX_FRAME_S, SPEEX_STEREO_BITS = 0.02, 17  # every mode's frame; what the second channel adds to it
UNDECODABLE = (av.FFmpegError, ValueError, IndexError)  # what a broken file raises
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
        except UNDECODABLE as bad:
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
            borderless = stream.codec_context.name == "speex" and container.format.name in ("wav", "w64")
            frames = self._speex(container, stream) if borderless else container.decode(stream)
            decoded = 0
            for block in _resampled(frames, stream.codec_context.channels):
                decoded += block.shape[1]
                yield block
            missing = self._length(container, stream) - decoded / RATE
            self.truncated = missing > max(SHORT_S, SHORT_SHARE * decoded / RATE) or self._unfinished(container)

    def _speex(self, container: Any, stream: Any) -> Iterator[Any]:
        """The frames of Speex in a WAV, whose packets the demuxer cuts anywhere: cut anew, where all are of one length."""
        codec, header = stream.codec_context, bytes(stream.codec_context.extradata or b"")
        channels, bits, _, varies, frames = SPEEX_HEADER.unpack_from(header.ljust(SPEEX_HEADER.size, b"\0"))
        if bits <= 0 or varies:
            found = "Speex of varying or unknown bit rate in a WAV, which does not say where its frames end"
            raise AudioError(self._name, found, "Speex of constant bit rate, or in Ogg", "export it as WAV with A-law or PCM")
        size = math.ceil(max(1, frames) * (bits * SPEEX_FRAME_S + SPEEX_STEREO_BITS * (channels - 1)) / 8)
        held = b""
        for packet in container.demux(stream):
            held += bytes(packet)
            while len(held) >= size:
                yield from codec.decode(av.Packet(held[:size]))
                held = held[size:]

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
        yield from _resampled(self._cut(codec), self._raw.channels)

    def _cut(self, codec: Any) -> Iterator[Any]:
        """The frames of a headerless file, which is cut where its codec may be."""
        unit = FRAME_BYTES.get(str(self._raw.codec), 1) * (self._raw.channels if self._raw.codec != "gsm" else 1)
        block_bytes = unit if self._raw.codec == "gsm" else unit * 4000
        with self._path.open("rb") as file:
            while data := file.read(block_bytes):
                whole = data[: len(data) // unit * unit]
                self.truncated = len(whole) < len(data)
                if whole:
                    yield from codec.decode(av.Packet(whole))


def _resampled(frames: Iterable[Any], channels: int) -> Iterator[Samples]:
    """Decoded frames -> blocks of samples at 16 kHz; what was decoded before an error is handed on before it is raised."""
    resampler = av.AudioResampler(format="fltp", layout="stereo" if channels >= 2 else "mono", rate=RATE)
    held: Any = av.AudioFifo()
    try:
        for frame in frames:
            frame.pts = None  # a gap in the stamps is no gap in the sound
            held.write(frame)
            if held.samples >= BLOCK_S * frame.sample_rate:
                yield from _arrays(resampler, held)
    except UNDECODABLE:
        yield from _arrays(resampler, held)
        raise
    yield from _arrays(resampler, held)
    yield from _arrays(resampler, None)


def _arrays(resampler: Any, held: Any) -> Iterator[Samples]:
    """What is held, resampled; None: the resampler's rest."""
    if held is None or held.samples:
        for out in resampler.resample(held and held.read()):
            yield out.to_ndarray().astype(np.float32, copy=False)


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


@dataclass(frozen=True, slots=True)
class Halves:
    """One call recorded in two files, a person a file; null: that file is not there. At least one is."""

    agent: Path | None
    customer: Path | None


def join(halves: Halves, to: Path, raw: RawAudio) -> bool:
    """Both files as one WAV of two channels at 16 kHz, the agent on channel 0; a missing file and a missing end are silence.

    A file with both channels gives its mix: what is not on it is silent there.

    Returns:
        Whether one of the files is truncated, which the joined one does not tell.

    Raises:
        AudioError: as `Reader`, for either file.
    """
    readers = [Reader(path, raw) if path else None for path in (halves.agent, halves.customer)]
    with wave.open(str(to), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for pair in zip_longest(*map(_even, readers)):
            length = max(len(part) for part in pair if part is not None)
            both = np.zeros((length, 2), np.float32)
            for channel, part in enumerate(pair):
                if part is not None:
                    both[: len(part), channel] = part
            file.writeframes((both.clip(-1, 1) * 32767).astype("<i2").tobytes())
    return any(reader.truncated for reader in readers if reader)


def readable(path: Path, raw: RawAudio) -> bool:
    """Whether a file can be decoded at all."""
    try:
        next(Reader(path, raw).pieces(1.0))
    except AudioError:
        return False
    return True


def _even(reader: Reader | None) -> Iterator[NDArray[np.float32]]:
    """One channel in pieces of one second sharp, the last one shorter; nothing where there is no file."""
    held = np.zeros(0, np.float32)
    for piece in reader.pieces(JOIN_S) if reader else ():
        held = np.concatenate([held, piece.mean(axis=0)])
        whole = held.size // RATE
        yield from held[: whole * RATE].reshape(whole, RATE)
        held = held[whole * RATE :]
    if held.size:
        yield held


def digest(recording: Path | Halves) -> str:
    """SHA-256 of the file, hexadecimal; of two files, of their digests and whose they are."""
    if isinstance(recording, Halves):
        parts = [f"{who}:{digest(path)}" for who, path in (("agent", recording.agent), ("customer", recording.customer)) if path]
        return hashlib.sha256("|".join(parts).encode()).hexdigest()
    return _of_file(recording)


def _of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
