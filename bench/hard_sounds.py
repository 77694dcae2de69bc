"""Sounds that are hard to hear, made by arithmetic: lines on which nobody speaks, and ways to spoil a call.

Everything is at 8 kHz, in -1..1, and drawn from the generator given, so that the same seed makes the same sound.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_toeplitz
from scipy.signal import butter, lfilter, sosfilt

RATE = 8000
SECONDS = 12.0
Sound = NDArray[np.float64]
Make = Callable[[np.random.Generator], Sound]
LPC_ORDER, LPC_FRAME, LPC_HOP = 10, 240, 80  # 30 ms every 10 ms
PACKET = RATE // 50
SCALE = np.array([0, 2, 4, 7, 9])  # pentatonic, semitones


def _time(seconds: float = SECONDS) -> Sound:
    return np.arange(int(seconds * RATE)) / RATE


def _band(sound: Sound, low: float, high: float) -> Sound:
    return np.asarray(sosfilt(butter(4, (low, high), "bandpass", fs=RATE, output="sos"), sound))


def _noise(rng: np.random.Generator, level: float, size: int = int(SECONDS * RATE)) -> Sound:
    return rng.normal(0, level, size)


def _pink(rng: np.random.Generator, level: float, size: int = int(SECONDS * RATE)) -> Sound:
    """Noise that falls 3 dB an octave, of that deviation."""
    spectrum = np.fft.rfft(rng.normal(size=size))
    sound = np.fft.irfft(spectrum / np.sqrt(np.arange(1, spectrum.size + 1)), size)
    return level * sound / sound.std()


def _tone(hertz: float, on_s: float, off_s: float, level: float) -> Sound:
    time = _time()
    return level * np.sin(2 * np.pi * hertz * time) * (time % (on_s + off_s) < on_s)


def _notes(rng: np.random.Generator, each_s: float, decay: float, harmonics: int, vibrato: float = 0.0) -> Sound:
    """A melody over two octaves; each note with its harmonics, fading at `decay` per second."""
    time, sound = _time(), np.zeros(int(SECONDS * RATE))
    for start in np.arange(0, SECONDS, each_s):
        hertz = 220 * 2 ** ((rng.choice(SCALE) + 12 * rng.integers(0, 2)) / 12)
        part = slice(int(start * RATE), int((start + each_s) * RATE))
        since = time[part] - start
        phase = 2 * np.pi * hertz * (since + vibrato * np.sin(2 * np.pi * 5.5 * since) / 100)
        note = sum(np.sin(k * phase) / k for k in range(1, harmonics + 1) if k * hertz < RATE / 2)
        sound[part] += np.exp(-decay * since) * np.minimum(since / 0.02, 1) * note
    return sound / np.abs(sound).max()


def _clicks(rng: np.random.Generator, per_s: float, decay_s: float, low: float, high: float) -> Sound:
    """Short bursts at random moments."""
    sound = np.zeros(int(SECONDS * RATE))
    burst = np.exp(-np.arange(int(6 * decay_s * RATE)) / decay_s / RATE)
    for start in rng.integers(0, sound.size - burst.size, rng.poisson(per_s * SECONDS)):
        sound[start : start + burst.size] += rng.uniform(0.3, 1) * burst * rng.normal(size=burst.size)
    return 0.2 * _band(sound, low, high)


def _swelling(rng: np.random.Generator, hertz: float) -> Sound:
    """A slow random rise and fall in 0..1."""
    knots = rng.uniform(0, 1, int(SECONDS * hertz) + 2)
    return np.interp(_time() * hertz, np.arange(knots.size), knots)


def _dtmf(rng: np.random.Generator) -> Sound:
    time, sound = _time(), np.zeros(int(SECONDS * RATE))
    at = 0.5
    while at < SECONDS - 1:
        pair = rng.choice([697, 770, 852, 941]), rng.choice([1209, 1336, 1477])
        on = (time >= at) & (time < at + 0.12)
        sound[on] += 0.15 * sum(np.sin(2 * np.pi * hertz * time[on]) for hertz in pair)
        at += rng.uniform(0.2, 0.7)
    return sound


def _drums(rng: np.random.Generator) -> Sound:
    beat = _tone(60, 0.06, 0.44, 0.3) + _clicks(rng, 4, 0.03, 1500, 3500)
    return beat + 0.1 * _notes(rng, 0.5, 1.0, 3)


def _hum(rng: np.random.Generator) -> Sound:
    time = _time()
    return sum(0.08 / k * np.sin(2 * np.pi * 50 * k * time + rng.uniform(0, 6)) for k in (1, 2, 3, 5, 7, 9)) + _noise(rng, 1e-3)


def _engine(rng: np.random.Generator) -> Sound:
    pulses = 0.5 + 0.5 * np.sign(np.sin(2 * np.pi * 28 * np.cumsum(0.8 + 0.4 * _swelling(rng, 0.7)) / RATE))
    return 0.15 * _band(pulses * rng.normal(size=pulses.size), 80, 900)


def _breath(rng: np.random.Generator) -> Sound:
    swell = np.maximum(0, np.sin(2 * np.pi * rng.uniform(0.25, 0.4) * _time())) ** 2
    return 0.04 * swell * _band(_noise(rng, 1.0), 400, 2500)


def _fax(rng: np.random.Generator) -> Sound:
    return _tone(1100, 0.5, 3.0, 0.15) + _tone(2100, 2.6, 2.0, 0.1) + _noise(rng, 1e-3)


NON_SPEECH: dict[str, Make] = {
    "digital silence": lambda rng: np.zeros(int(SECONDS * RATE)),
    "line noise": lambda rng: _noise(rng, 10 ** rng.uniform(-3.5, -2)),
    "loud noise": lambda rng: _pink(rng, rng.uniform(0.02, 0.08)),
    "plucked music": lambda rng: rng.uniform(0.05, 0.3) * _notes(rng, 0.25, 6, 5),
    "strings": lambda rng: rng.uniform(0.05, 0.3) * (_notes(rng, 0.6, 0.5, 8, 0.1) + _notes(rng, 1.2, 0.3, 8, 0.1)) / 2,
    "flute": lambda rng: rng.uniform(0.05, 0.3) * (_notes(rng, 0.4, 0.5, 2, 0.2) + 0.02 * rng.normal(size=int(SECONDS * RATE))),
    "drums and bass": _drums,
    "ringback": lambda rng: _tone(450, 1, 4, 0.15) + _noise(rng, 5e-4),
    "busy": lambda rng: _tone(450, 0.35, 0.35, 0.15) + _noise(rng, 5e-4),
    "DTMF": lambda rng: _dtmf(rng) + _noise(rng, 5e-4),
    "fax": _fax,
    "hum": _hum,
    "wind": lambda rng: 0.5 * _band(_noise(rng, 1.0), 60, 500) * _swelling(rng, 1.5) ** 2,
    "typing": lambda rng: _clicks(rng, 6, 0.008, 800, 3500) + _noise(rng, 1e-3),
    "knocks": lambda rng: _clicks(rng, 1.5, 0.03, 100, 800) + _noise(rng, 1e-3),
    "engine": _engine,
    "breath": _breath,
    "rustle": lambda rng: _band(_noise(rng, 0.15), 500, 3500) * (_swelling(rng, 6) > 0.7) + _noise(rng, 1e-3),
}


def _struck(rng: np.random.Generator, partials: Sequence[float], each_s: float, decay: float, chord: int) -> Sound:
    """Notes or chords struck at about equal times: a piano, bells, a ringing tune, by which partials they have."""
    time, sound = _time(), np.zeros(int(SECONDS * RATE))
    for start in np.arange(0.1, SECONDS - 0.2, each_s) + rng.uniform(0, each_s / 8):
        since = time[int(start * RATE) :] - start
        for hertz in 262 * 2 ** (rng.choice(24, chord, replace=False) / 12):
            heights = [p * hertz for p in partials if p * hertz < RATE / 2]
            rung = sum(
                np.exp(-decay * (1 + n / 2) * since) * np.sin(2 * np.pi * h * since) / (n + 1) for n, h in enumerate(heights)
            )
            sound[-since.size :] += rung
    return sound / np.abs(sound).max()


def _pad(rng: np.random.Generator) -> Sound:
    """Slow chords of saw teeth a little out of tune, as hold music begins."""
    time, sound = _time(), np.zeros(int(SECONDS * RATE))
    for start in np.arange(0, SECONDS, 3.0):
        part = slice(int(start * RATE), int((start + 3.0) * RATE))
        for hertz in 110 * 2 ** (rng.choice([0, 3, 5, 7, 10, 12, 15], 3, replace=False) / 12):
            for apart in (-0.6, 0.5):
                sound[part] += 2 * ((time[part] * (hertz + apart)) % 1) - 1
    return _band(sound / np.abs(sound).max(), 150, 1800) * (0.5 + 0.5 * _swelling(rng, 0.5))


def _cries(
    rng: np.random.Generator, hertz: float, bend: float, long_s: tuple[float, float], apart_s: float, rough: float
) -> Sound:
    """Harmonics whose height rises and falls, through a throat, at random times: a dog's or a small child's by the numbers."""
    sound, at = np.zeros(int(SECONDS * RATE)), float(rng.uniform(0.1, 0.6))
    while at < SECONDS - long_s[1]:
        time = np.arange(int(rng.uniform(*long_s) * RATE)) / RATE
        arch = np.sin(np.pi * time / time[-1])
        phase = 2 * np.pi * np.cumsum(hertz * rng.uniform(0.85, 1.15) * (1 + bend * arch)) / RATE
        voice = sum(np.sin(k * phase) / k**0.7 for k in range(1, int(3400 / hertz / 1.3)))
        voice = voice * (1 - rough) + rough * 3 * rng.normal(size=time.size)
        begin = int(at * RATE)
        sound[begin : begin + time.size] += rng.uniform(0.5, 1) * np.sqrt(np.maximum(arch, 0)) * voice
        at += time[-1] + rng.exponential(apart_s)
    throat = _band(sound, 700, 1400) + 0.5 * _band(sound, 2200, 3200) + 0.2 * sound
    return 0.3 * throat / max(np.abs(throat).max(), 1e-9)


def _siren(rng: np.random.Generator) -> Sound:
    swing = np.sin(2 * np.pi * rng.uniform(0.2, 2.0) * _time())
    phase = 2 * np.pi * np.cumsum(900 * 2 ** (0.5 * swing)) / RATE
    return 0.08 * (np.sin(phase) + np.sin(2 * phase) / 2) * (0.3 + 0.7 * _swelling(rng, 0.3)) + _pink(rng, 0.01)


def _horns(rng: np.random.Generator) -> Sound:
    """Cars that hoot in a street."""
    time, sound = _time(), _pink(rng, 0.02)
    for start in rng.uniform(0, SECONDS - 1, 6):
        on = (time > start) & (time < start + rng.uniform(0.15, 0.9))
        hertz = rng.uniform(330, 460)
        sound[on] += 0.05 * sum(np.sign(np.sin(2 * np.pi * h * time[on])) for h in (hertz, 1.26 * hertz))
    return _band(sound, 200, 3400)


def _buzz(rng: np.random.Generator) -> Sound:
    """A mobile phone beside the line: trains of pulses, 217 a second."""
    time = _time()
    pulses = ((time * 217) % 1 < 0.12) * ((time * rng.uniform(1.5, 3)) % 1 < rng.uniform(0.2, 0.7)) * (_swelling(rng, 0.5) > 0.3)
    return 0.15 * _band(pulses.astype(float) - pulses.mean(), 150, 3400) + _noise(rng, 1e-3)


def _machine(rng: np.random.Generator) -> Sound:
    """A vacuum cleaner or a fan: noise and the harmonics of a motor."""
    hertz, time = rng.uniform(90, 210), _time()
    phase = 2 * np.pi * np.cumsum(hertz * (1 + 0.02 * _swelling(rng, 0.5))) / RATE
    return _pink(rng, 0.04) + sum(0.03 / k * np.sin(k * phase + rng.uniform(0, 6)) for k in range(1, 9)) + 0 * time


def _printer(rng: np.random.Generator) -> Sound:
    """Bands of noise in a fixed rhythm with a motor's whine: a printer, a washing machine."""
    time, hertz = _time(), rng.uniform(1.5, 5)
    gate = ((time * hertz) % 1 < 0.5) * (1 + ((time * hertz * 8) % 1 < 0.5))
    whine = np.sin(2 * np.pi * rng.uniform(300, 900) * time) * ((time * hertz / 4) % 1 < 0.5)
    return 0.04 * _band(gate * rng.normal(size=time.size), 300, 3000) + 0.02 * whine + _noise(rng, 1e-3)


def _coughs(rng: np.random.Generator) -> Sound:
    """Two or three at a time: a burst and its tail of breath."""
    sound, at = np.zeros(int(SECONDS * RATE)), 0.5
    while at < SECONDS - 2:
        for _ in range(rng.integers(1, 4)):
            time = np.arange(int(rng.uniform(0.25, 0.45) * RATE)) / RATE
            shape = np.exp(-time / 0.04) + 0.35 * np.exp(-(((time - 0.15) / 0.1) ** 2))
            begin = int(at * RATE)
            sound[begin : begin + time.size] += (shape * rng.normal(size=time.size))[: sound.size - begin]
            at += time[-1] + rng.uniform(0.02, 0.2)
        at += rng.uniform(0.8, 4)
    return 0.3 * (_band(sound, 400, 900) + 0.6 * _band(sound, 1200, 2600))


def _footsteps(rng: np.random.Generator) -> Sound:
    sound, time = np.zeros(int(SECONDS * RATE)), np.arange(RATE // 5) / RATE
    for start in np.arange(0.2, SECONDS - 0.5, rng.uniform(0.45, 0.65)) + rng.normal(0, 0.02):
        begin = int(start * RATE)
        sound[begin : begin + time.size] += rng.uniform(0.5, 1) * np.exp(-time / 0.02) * rng.normal(size=time.size)
    return 0.4 * _band(sound, 80, 1200) + _noise(rng, 1e-3)


def _special(rng: np.random.Generator) -> Sound:
    """Three rising tones and a pause, as before an announcement; between them a waiting call's beep."""
    time, step = _time(), 1 / 3
    sound = np.zeros(time.size)
    for begin, end, hertz in ((0, step, 950), (step, 2 * step, 1400), (2 * step, 1, 1800), (3, 3.3, 440)):
        sound += np.sin(2 * np.pi * hertz * time) * ((time % 5 >= begin) & (time % 5 < end))
    return 0.1 * sound + _noise(rng, 5e-4)


def _modem(rng: np.random.Generator) -> Sound:
    """Two frequencies by turns, 300 a second, then a scrambled band."""
    bits = np.repeat(rng.integers(0, 2, int(SECONDS * 300) + 1), RATE // 300 + 1)[: int(SECONDS * RATE)]
    keyed = np.sin(2 * np.pi * np.cumsum(np.where(bits, 1650.0, 1850.0)) / RATE)
    first = _time() % 6 < rng.uniform(2, 4)
    return 0.1 * np.where(first, keyed, _band(_noise(rng, 1.0), 600, 3000))


def _crackle(rng: np.random.Generator) -> Sound:
    """A loose contact: clicks in clusters over a hum that comes and goes."""
    dense = _swelling(rng, 1.0) ** 3
    clicks = (rng.random(dense.size) < 0.02 * dense) * rng.normal(0, 0.3, dense.size)
    return clicks + 0.03 * np.sin(2 * np.pi * 100 * _time()) * (_swelling(rng, 0.7) > 0.5) + _noise(rng, 1e-3)


EVERYDAY: dict[str, Make] = {  # made after the guards were written from the kinds above
    "piano": lambda rng: 0.2 * _struck(rng, (1, 2.01, 3.02, 4.05, 5.1), rng.uniform(0.25, 0.7), 3, 3),
    "bells": lambda rng: 0.2 * _struck(rng, (0.5, 1, 1.19, 1.56, 2, 2.51, 2.66), rng.uniform(0.5, 2), 2, 1),
    "ringing tune": lambda rng: 0.2 * _struck(rng, (1, 3.9, 9.2), rng.uniform(0.12, 0.2), 9, 1),
    "slow chords": lambda rng: 0.2 * _pad(rng),
    "dog": lambda rng: _cries(rng, 420, 0.5, (0.12, 0.3), 0.5, 0.3) + _noise(rng, 1e-3),
    "crying child": lambda rng: _cries(rng, 390, 0.35, (0.6, 1.4), 0.4, 0.05) + _noise(rng, 1e-3),
    "siren": _siren,
    "horns": _horns,
    "mobile's buzz": _buzz,
    "vacuum cleaner": _machine,
    "printer": _printer,
    "coughs": lambda rng: _coughs(rng) + _noise(rng, 1e-3),
    "footsteps": _footsteps,
    "announcement's tones": _special,
    "modem": _modem,
    "loose contact": _crackle,
}
LONG_S, LEVELS_DB = (3.0, 40.0), (-12.0, 6.0)


def drawn(make: Make, rng: np.random.Generator) -> Sound:
    """A sound of some kind, as long and as loud as the generator draws: LONG_S, LEVELS_DB from how the kind is made."""
    size = int(np.exp(rng.uniform(*np.log(LONG_S))) * RATE)
    level = 10 ** (rng.uniform(*LEVELS_DB) / 20)
    return level * np.concatenate([make(rng) for _ in range(-(-size // int(SECONDS * RATE)))])[:size]


def whispered(speech: Sound, rng: np.random.Generator) -> Sound:
    """Speech with its voice taken out: each frame's vocal tract (LPC), driven by noise; fainter, and less of it below 500 Hz."""
    out, window = np.zeros(speech.size), np.hanning(LPC_FRAME)
    for start in range(0, speech.size - LPC_FRAME, LPC_HOP):
        frame = speech[start : start + LPC_FRAME] * window
        auto = np.correlate(frame, frame, "full")[LPC_FRAME - 1 : LPC_FRAME + LPC_ORDER]
        if auto[0] < 1e-7:
            continue
        auto[0] *= 1.001
        tract = solve_toeplitz(auto[:-1], auto[1:])
        gain = np.sqrt(max(auto[0] - tract @ auto[1:], 0) / LPC_FRAME)
        driven = lfilter([gain], np.concatenate([[1], -tract]), rng.normal(size=LPC_FRAME))
        out[start : start + LPC_FRAME] += driven * window / (LPC_FRAME / LPC_HOP / 2)
    soft = np.asarray(sosfilt(butter(1, 500, "highpass", fs=RATE, output="sos"), out))
    return 0.3 * soft / max(np.abs(soft).max(), 1e-9) * np.abs(speech).max() + rng.normal(0, 3e-4, speech.size)


def packets_lost(speech: Sound, rng: np.random.Generator) -> Sound:
    """A tenth of the packets of 20 ms lost, in bursts of up to three, over noise."""
    kept = np.ones(speech.size // PACKET + 4, bool)
    for start in np.flatnonzero(rng.random(kept.size) < 0.05):
        kept[start : start + rng.integers(1, 4)] = False
    return (speech + rng.normal(0, 1e-3, speech.size)) * np.repeat(kept, PACKET)[: speech.size]


def noisy(speech: Sound, rng: np.random.Generator, below_db: float = 8.0) -> Sound:
    """A street so far below the speech."""
    loud = speech[np.abs(speech) > 0.01]
    return speech + _pink(rng, float(loud.std() if loud.size else 0.03) * 10 ** (-below_db / 20), speech.size)


def faint(speech: Sound, rng: np.random.Generator) -> Sound:
    """40 dB down on a line that hisses, then in 8 bits (µ-law)."""
    return companded(0.01 * speech / max(np.abs(speech).max(), 1e-9) + rng.normal(0, 4e-4, speech.size))


def companded(sound: Sound) -> Sound:
    """Sound within -1..1 as 8 bits of µ-law keep it."""
    code = np.round(127 * np.sign(sound) * np.log1p(255 * np.abs(sound)) / np.log(256))
    return np.asarray(np.sign(code) * np.expm1(np.abs(code) / 127 * np.log(256)) / 255)


def sung(speech: Sound, rng: np.random.Generator) -> Sound:
    """Speech on the notes of a melody, drawn out, over plucked chords: a hold song with words."""
    slow = np.interp(np.arange(0, speech.size, 0.7), np.arange(speech.size), speech)[: int(SECONDS * RATE)]
    out, window = np.zeros(slow.size), np.hanning(LPC_FRAME)
    hertz = np.repeat(220 * 2 ** (rng.choice(SCALE, slow.size // 3200 + 1) / 12), 3200)[: slow.size]
    pulses = np.diff(np.floor(np.cumsum(hertz) / RATE), prepend=0) * np.sqrt(RATE / hertz)
    for start in range(0, slow.size - LPC_FRAME, LPC_HOP):
        frame = slow[start : start + LPC_FRAME] * window
        auto = np.correlate(frame, frame, "full")[LPC_FRAME - 1 : LPC_FRAME + LPC_ORDER]
        if auto[0] > 1e-7:
            auto[0] *= 1.001
            tract = solve_toeplitz(auto[:-1], auto[1:])
            gain = np.sqrt(max(auto[0] - tract @ auto[1:], 0) / LPC_FRAME)
            driven = lfilter([gain], np.concatenate([[1], -tract]), pulses[start : start + LPC_FRAME])
            out[start : start + LPC_FRAME] += driven * window / 1.5
    song = np.zeros(int(SECONDS * RATE))
    song[: out.size] = 0.2 * out / max(np.abs(out).max(), 1e-9)
    return song + 0.08 * _notes(rng, 0.5, 3, 5)


def television(speech: Sound, rng: np.random.Generator, level: float = 0.05) -> Sound:
    """Somebody else's speech from across a room: a small loudspeaker, echoes, far below the caller."""
    echo = rng.normal(size=RATE // 2) * np.exp(-np.arange(RATE // 2) / (0.12 * RATE))
    echo[0] = 4.0
    room = np.convolve(_band(speech, 400, 3000), echo)[: speech.size]
    return level * room / max(np.abs(room).max(), 1e-9)
