"""Decoding: the formats recorders write come out as the same sound; what is no sound says why and what to do."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from laidian.audio import Reader
from laidian.engines import RATE, Samples
from laidian.errors import AudioError
from laidian.settings import RawAudio

from tests.fake_engine import LINE_RATE, write_wav

SECONDS = 1.0
TONES = (440.0, 1000.0)  # Hz: one a channel


def decode(path: Path, raw: RawAudio) -> Samples:
    return np.concatenate(list(Reader(path, raw).pieces(seconds=0.4)), axis=1)


def tones(channels: int, rate: int = LINE_RATE) -> Samples:
    time = np.arange(int(SECONDS * rate)) / rate
    return np.stack([0.3 * np.sin(2 * np.pi * hertz * time) for hertz in TONES[:channels]]).astype(np.float32)


def encode(path: Path, codec: str, channels: int, rate: int = LINE_RATE, form: str | None = None) -> Path:
    """Tones as a file of the given codec, in the container that the path's ending (or `form`) says.

    By PyAV; an encoder it does not bring, by the system's ffmpeg; the test is skipped where neither has it.
    """
    if codec not in av.codecs_available:
        return encode_by_command(path, codec, channels, rate, form)
    with av.open(str(path), "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.layout = "stereo" if channels == 2 else "mono"
        frame = av.AudioFrame.from_ndarray(tones(channels, rate), format="fltp", layout=stream.layout.name)
        frame.sample_rate = rate
        resampler = av.AudioResampler(format=stream.format, layout=stream.layout, rate=rate, frame_size=stream.frame_size or 0)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


def encode_by_command(path: Path, codec: str, channels: int, rate: int, form: str | None, more: Sequence[str] = ()) -> Path:
    source = write_wav(path.with_name("tones.pcm.wav"), *tones(channels, rate).astype(np.float64))
    part = ["-ss", "0.5", "-t", str(SECONDS)]  # write_wav pads half a second
    command = ["ffmpeg", "-v", "error", "-i", source, *part, "-c:a", codec, *more, *(["-f", form] if form else []), path]
    if shutil.which("ffmpeg") is None or subprocess.run(command, check=False).returncode:
        pytest.skip(f"neither PyAV nor an ffmpeg here encodes {codec}")
    return path


def pitch(channel: Samples) -> float:
    """The strongest frequency, Hz."""
    return float(np.fft.rfftfreq(channel.size, 1 / RATE)[np.abs(np.fft.rfft(channel)).argmax()])


@pytest.mark.parametrize(
    ("name", "codec", "channels", "rate"),
    [
        ("pcm.wav", "pcm_s16le", 1, 8000),
        ("pcm.wav", "pcm_s16le", 2, 8000),
        ("alaw.wav", "pcm_alaw", 2, 8000),
        ("mulaw.wav", "pcm_mulaw", 1, 8000),
        ("adpcm.wav", "adpcm_ima_wav", 1, 8000),
        ("wide.wav", "pcm_s16le", 2, 44100),
        ("call.mp3", "libmp3lame", 1, 16000),
        ("call.mp3", "libmp3lame", 2, 16000),
        ("call.opus", "libopus", 2, 16000),
        ("call.flac", "flac", 2, 8000),
        ("call.m4a", "aac", 1, 16000),
        ("call.g722", "g722", 1, 16000),
        ("ms.wav", "adpcm_ms", 1, 8000),
        ("call.amr", "libopencore_amrnb", 1, 8000),
        ("call.3gp", "libopencore_amrnb", 1, 8000),
        ("call.aac", "aac", 1, 16000),
        ("gsm.wav", "libgsm_ms", 1, 8000),
        ("call.gsm", "libgsm", 1, 8000),
        ("call.spx", "libspeex", 1, 8000),
        ("spx.wav", "libspeex", 1, 8000),
    ],
)
def test_a_recording_comes_out_as_it_was_whatever_its_format(
    tmp_path: Path, name: str, codec: str, channels: int, rate: int
) -> None:
    path = encode(tmp_path / name, codec, channels, rate)
    decoded = decode(path, RawAudio())
    assert decoded.dtype == np.float32
    assert decoded.shape[0] == channels
    assert decoded.shape[1] / RATE == pytest.approx(SECONDS, abs=0.15)  # lossy formats pad to whole frames
    assert [pitch(c) for c in decoded] == pytest.approx(TONES[:channels], abs=5)
    assert float(np.abs(decoded).max()) == pytest.approx(0.3, abs=0.1)


@pytest.mark.parametrize(
    ("channels", "more"),
    [(1, "-frames_per_packet 2"), (1, "-ar 16000"), (2, "-frames_per_packet 1"), (2, "-frames_per_packet 2")],
)
def test_speex_in_a_wav_is_read_packet_by_packet(tmp_path: Path, channels: int, more: str) -> None:
    path = encode_by_command(tmp_path / "spx.wav", "libspeex", channels, LINE_RATE, None, more.split())
    decoded = decode(path, RawAudio())
    assert decoded.shape[0] == channels
    assert decoded.shape[1] / RATE == pytest.approx(SECONDS, abs=0.15)
    assert pitch(decoded[0]) == pytest.approx(TONES[channels - 1], abs=5)  # of two channels Speex keeps the sound of one


def test_speex_of_varying_rate_in_a_wav_says_what_to_do(tmp_path: Path) -> None:
    path = encode_by_command(tmp_path / "spx.wav", "libspeex", 1, LINE_RATE, None)
    whole = path.read_bytes()
    at = whole.index(b"Speex   ") + 60
    path.write_bytes(whole[:at] + b"\1" + whole[at + 1 :])
    with pytest.raises(AudioError, match=r"Speex of varying .* A-law or PCM"):
        decode(path, RawAudio())


@pytest.mark.parametrize(("codec", "form"), [("pcm_s16le", "s16le"), ("pcm_alaw", "alaw"), ("pcm_mulaw", "mulaw")])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_headerless_recording_is_read_as_declared(tmp_path: Path, codec: str, form: str, channels: int) -> None:
    path = encode(tmp_path / "call.raw", codec, channels, form=form)
    decoded = decode(path, RawAudio.model_validate({"codec": codec, "rate": 8000, "channels": channels}))
    assert decoded.shape[1] / RATE == pytest.approx(SECONDS, abs=0.01)
    assert [pitch(c) for c in decoded] == pytest.approx(TONES[:channels], abs=5)


@pytest.mark.parametrize(("codec", "encoder"), [("gsm", "libgsm"), ("g726", "g726"), ("g722", "g722")])
def test_a_headerless_recording_of_a_packed_codec_is_read_as_declared(tmp_path: Path, codec: str, encoder: str) -> None:
    rate = 16000 if codec == "g722" else LINE_RATE
    path = encode(tmp_path / f"call.{codec}", encoder, 1, rate, codec).rename(tmp_path / "call.raw")
    decoded = decode(path, RawAudio.model_validate({"codec": codec, "rate": rate}))
    assert decoded.shape[1] / RATE == pytest.approx(SECONDS, abs=0.05)
    assert pitch(decoded[0]) == pytest.approx(TONES[0], abs=5)


OKI_STEPS = [round(16 * 1.1**n) for n in range(49)]  # Dialogic's table: each step a tenth more than the last


def oki(samples: Samples) -> bytes:
    """A Dialogic .vox file: 4 bits a sample, the step following the sound."""
    value, index, codes = 0, 0, []
    for wanted in np.round(samples * 2047):
        step, left = OKI_STEPS[index], abs(int(wanted) - value)
        magnitude = min(7, left * 4 // step)
        sign = int(wanted) < value
        change = step // 8 + sum(step >> shift for shift, bit in ((0, 4), (1, 2), (2, 1)) if magnitude & bit)
        value = max(-2048, min(2047, value - change if sign else value + change))
        index = max(0, min(48, index + (-1, -1, -1, -1, 2, 4, 6, 8)[magnitude]))
        codes.append(magnitude | 8 * sign)
    return bytes(high << 4 | low for high, low in zip(codes[::2], codes[1::2], strict=True))


def test_a_vox_file_is_read_as_declared(tmp_path: Path) -> None:
    path = tmp_path / "call.vox"
    path.write_bytes(oki(tones(1)[0]))
    decoded = decode(path, RawAudio(codec="adpcm_ima_oki", rate=LINE_RATE))
    assert decoded.shape == (1, int(SECONDS * RATE))
    assert pitch(decoded[0]) == pytest.approx(TONES[0], abs=5)
    assert float(np.abs(decoded).max()) == pytest.approx(0.3, abs=0.03)


# the file's ending, what is in it, what the message says was found, what to do
REFUSED = {
    "empty": ("wav", b"", "an empty file", "copy the recording again"),
    "no sound at all": ("wav", b"RIFF????WAVE", "not decodable", "copy the recording again"),
    "text": ("mp3", "这不是录音".encode() * 50, "not decodable", "copy the recording again"),
    "headerless": ("raw", b"\x00" * 800, "a headerless file", "declare [audio.raw] codec, rate and channels in laidian.toml"),
    "headerless, capitals": ("VOX", b"\x00" * 800, "a headerless file", "declare [audio.raw]"),
    "encrypted": (
        "nmf",
        b"\x00" * 800,
        "a NICE container, encrypted or proprietary",
        "export it from the recording system as WAV",
    ),
    "encrypted, whatever its name": ("wav", b"Salted__" + bytes(800), "an OpenSSL-encrypted file", "export it"),
    "header without sound": ("wav", None, "no audio in it", "copy the recording again"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_recording_that_cannot_be_decoded_says_why_and_what_to_do(tmp_path: Path, case: str) -> None:
    ending, content, found, do = REFUSED[case]
    path = tmp_path / f"13812345678.{ending}"
    if content is None:
        write_wav(path, np.zeros(0))
        path.write_bytes(path.read_bytes()[:44])
    else:
        path.write_bytes(content)
    with pytest.raises(AudioError) as refused:
        decode(path, RawAudio())
    assert found in refused.value.found
    assert do in refused.value.do
    assert "13812345678" not in str(refused.value), "a file's name may hold a customer's number"


@pytest.mark.parametrize(("name", "codec"), [("call.opus", "libopus"), ("call.m4a", "aac")])
def test_a_compressed_recording_cut_short_is_refused_whole(tmp_path: Path, name: str, codec: str) -> None:
    path = encode(tmp_path / name, codec, 2, 16000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(AudioError, match="expected a whole audio file; copy the recording again"):
        decode(path, RawAudio())
