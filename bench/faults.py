"""Plants faults in sample calls and counts which are found, and how many good calls are called faulty.

    python bench/faults.py [--folder DIR]

Each kind is planted in ten sample calls (the folder keeps the files). What is judged from sound alone needs no recogniser:
the text that faults compare with speech is taken as four characters for each second of speech, as the sample calls have it.
Faults of the text are planted by recognisers that are deaf, half deaf, or write more than anybody can say. Swapped roles are
judged on what was really said (reference.jsonl).
"""

import argparse
import json
import subprocess
import tempfile
import wave
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from laidian import demo, roles
from laidian.audio import Reader
from laidian.engines import RATE as ENGINE_RATE
from laidian.engines import Samples, Word
from laidian.errors import AudioError
from laidian.settings import Audio, Hearing, RawAudio
from laidian.transcribe import transcribe
from laidian.transcribe.listen import Listened, listen
from laidian.transcribe.speech import Pack, Region

RATE = 8000
EACH = 10
CHARACTERS_PER_S = 4
KNOWN, STEP = 64, 4000  # samples by which the planted recogniser knows a piece of the call; samples it writes at once
Plant = Callable[[Samples, np.random.Generator], Samples]


def read(path: Path) -> Samples:
    """A call at 8 kHz."""
    return np.concatenate(list(Reader(path, RawAudio()).pieces()), axis=1)[:, ::2]


def write(path: Path, samples: Samples, rate: int = RATE) -> Path:
    """16-bit WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(samples))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples.T, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def noise(like: Samples, rng: np.random.Generator, level: float) -> Samples:
    """White noise of that deviation."""
    return rng.normal(0, level, like.shape).astype(np.float32)


def one_sided(call: Samples, rng: np.random.Generator) -> Samples:
    """The second channel holds line noise only."""
    return np.stack([call[0], noise(call[1], rng, 3e-4)])


def music(call: Samples, rng: np.random.Generator) -> Samples:
    """Plucked chords, a new one each half second."""
    time = np.arange(call.shape[1]) / RATE
    sound = np.zeros(time.size)
    for start in np.arange(0, time[-1], 0.5):
        since = time - start
        on = since >= 0
        for step in rng.choice([0, 3, 4, 7, 9, 12, 16], 3, replace=False):
            sound[on] += np.exp(-3 * since[on]) * np.sin(2 * np.pi * 262 * 2 ** (step / 12) * since[on])
    return np.stack([sound * 0.05, noise(call[1], rng, 3e-4)]).astype(np.float32)


def ringback(call: Samples, rng: np.random.Generator) -> Samples:
    """450 Hz, one second in five, on both channels."""
    time = np.arange(call.shape[1]) / RATE
    tone = 0.1 * np.sin(2 * np.pi * 450 * time) * (time % 5 < 1)
    return np.stack([tone, tone]).astype(np.float32) + noise(call, rng, 2e-4)


def dropouts(call: Samples, rng: np.random.Generator) -> Samples:
    """Packets of 20 ms lost, a fifth of them, nothing put in their place."""
    packet = RATE // 50
    kept = np.repeat(rng.random(call.shape[1] // packet + 1) > 0.2, packet)[: call.shape[1]]
    return (call * kept).astype(np.float32)


SOUNDS: dict[str, tuple[str, Plant]] = {
    "line noise only": ("silent", lambda call, rng: noise(call, rng, 3e-4)),
    "digital silence": ("silent", lambda call, rng: np.zeros_like(call)),
    "music only": ("no_voice", music),
    "ringback only": ("no_voice", ringback),
    "loud noise only": ("no_voice", lambda call, rng: noise(call, rng, 0.05)),
    "one side": ("one_sided", one_sided),
    "mono copied to both": ("identical_channels", lambda call, rng: np.stack([call.sum(0)] * 2)),
    "copied, one side 12 dB down": ("identical_channels", lambda call, rng: np.stack([call.sum(0), call.sum(0) / 4])),
    "both on both channels": ("crosstalk", lambda call, rng: np.stack([call[0] + 0.4 * call[1], call[1] + 0.4 * call[0]])),
    "clipped": ("clipped", lambda call, rng: np.clip(call * 30, -1, 1)),
    "packets lost": ("dropouts", dropouts),
    "one channel": ("mono", lambda call, rng: call.sum(0)[None]),
}


def plant(calls: list[Path], folder: Path) -> list[tuple[str, str, Path]]:
    """Kind, fault to be found, file."""
    made: list[tuple[str, str, Path]] = []
    for number, path in enumerate(calls):
        call, rng = read(path), np.random.default_rng(number)
        for kind, (fault, change) in SOUNDS.items():
            made.append((kind, fault, write(folder / f"{kind.replace(' ', '_')}_{number}.wav", change(call, rng))))
        for kind, rate in (("twice too fast", 2 * RATE), ("half as fast", RATE // 2)):
            made.append((kind, "wrong_rate", write(folder / f"{kind.replace(' ', '_')}_{number}.wav", call, rate)))
        made += damage(call, rng, folder, number)
    return made


def damage(call: Samples, rng: np.random.Generator, folder: Path, number: int) -> list[tuple[str, str, Path]]:
    """Files damaged as files."""
    whole = write(folder / f"whole_{number}.wav", call)
    opus = folder / f"whole_{number}.opus"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", whole, "-c:a", "libopus", opus], check=True)
    wav, ogg = whole.read_bytes(), opus.read_bytes()
    files = {
        ("WAV cut off", "truncated", "cut.wav"): wav[: int(len(wav) * rng.uniform(0.3, 0.9))],
        ("Ogg cut off", "truncated", "cut.opus"): ogg[: int(len(ogg) * rng.uniform(0.4, 0.9))],
        ("garbage", "corrupt", "garbage.wav"): rng.bytes(50_000),
        ("garbage after the first page", "corrupt", "page.opus"): ogg[:100] + rng.bytes(20_000),
        ("empty", "corrupt", "empty.mp3"): b"",
        ("encrypted", "corrupt", "sealed.wav"): b"Salted__" + rng.bytes(50_000),
        ("vendor's container", "corrupt", "vendor.nmf"): rng.bytes(50_000),
        ("headerless, undeclared", "corrupt", "raw.pcm"): wav[44:],
    }
    made = []
    for (kind, fault, name), content in files.items():
        (folder / f"{number}_{name}").write_bytes(content)
        made.append((kind, fault, folder / f"{number}_{name}"))
    return made


def judged(path: Path) -> list[str]:
    """The faults of one file, without a recogniser."""
    *_, end = listen(path, RawAudio())
    assert isinstance(end, Listened)
    if end.gauge is None:
        return ["corrupt"]
    text = [int(CHARACTERS_PER_S * kept) for kept in end.speech_s]
    return list(end.gauge.faults(end.speech_s, text, [0.0] * len(text), end.together_s))


class Planted:
    """A recogniser of one call with one fault: so many characters a second, all of them different, up to a moment of the call.

    It knows each sample it is given again, whatever is cut out of the call, so it stays deaf to the same seconds however often
    it is asked. `share`: of a channel's speech, from its beginning, that it hears.
    """

    identity = "planted"

    def __init__(self, path: Path, per_s: float, share: float) -> None:
        self._per_s = per_s
        self._call = np.concatenate(list(Reader(path, RawAudio()).pieces()), axis=1)
        packs = [part for part in listen(path, RawAudio()) if isinstance(part, Pack)]
        regions = [[region for p in packs if p.channel == c for region in p.regions] for c in range(len(self._call))]
        self._deaf_from = [moment(of_channel, share) for of_channel in regions]
        self.beat: Callable[[], None] = lambda: None

    def hear(self, packs: Sequence[Samples], again: bool = False) -> list[list[Word]]:
        """Words evenly spread over what it hears of each pack."""
        return [self._words(pack) for pack in packs]

    def _words(self, pack: Samples) -> list[Word]:
        words: list[Word] = []
        for step in range(0, len(pack) - KNOWN, STEP):
            channel, at_s = self._where(pack[step : step + KNOWN])
            count = round(self._per_s * (step + STEP) / ENGINE_RATE) - round(self._per_s * step / ENGINE_RATE)
            if at_s < self._deaf_from[channel]:
                for i in range(count):
                    start, end = ((step + STEP * part / count) / ENGINE_RATE for part in (i, i + 1))
                    words.append(Word(start, end, chr(0x4E00 + 7 * (len(words) % 2000)), 0.9))
        return words

    def _where(self, sound: Samples) -> tuple[int, float]:
        """Channel and second of a piece of the call; after its end for what is no piece of it, a pause put in between."""
        for number, channel in enumerate(self._call):
            for at in np.flatnonzero(channel[: channel.size - KNOWN] == sound[0]) if sound.any() else ():
                if np.array_equal(channel[at : at + KNOWN], sound):
                    return number, float(at) / ENGINE_RATE
        return 0, np.inf


def moment(regions: Sequence[Region], share: float) -> float:
    """When so much of a channel's speech is over, in seconds."""
    left = share * sum(region.end - region.start for region in regions)
    for region in regions:
        if left < region.end - region.start:
            return region.start + left
        left -= region.end - region.start
    return np.inf if share else 0.0


TEXTS = {  # characters a second, share heard
    "nothing written": ("speech_without_text", 4.0, 0.0),
    "a fifth of it written": ("speech_without_text", 4.0, 0.2),
    "the end not written": ("partly_without_text", 4.0, 0.7),
    "more written than can be said": ("text_without_speech", 10.5, 1.0),
    "written as it should be": ("", 4.0, 1.0),
}


def written(paths: list[Path], per_s: float, share: float) -> list[list[str]]:
    """The faults of calls that planted recognisers have heard."""
    each = [transcribe([path], Planted(path, per_s, share), Audio(), Hearing().turn_gap_s) for path in paths]
    return [heard.faults for of_one in each for _, heard in of_one]


def swapped(call: dict[str, object], truly: bool) -> bool:
    """Whether what was said contradicts a log that names the agent's channel truly, or the other one."""
    turns: list[dict[str, str]] = call["turns"]  # type: ignore[assignment]
    texts = {c: [t["text"] for t in turns if t["channel"] == c] for c in (0, 1)}
    agent = next(t["channel"] for t in turns if t["role"] == "agent")
    return roles.contradicted(str(agent if truly else 1 - int(agent)), texts)


def main() -> None:
    """Plants, judges, counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path)
    folder = parser.parse_args().folder or Path(tempfile.mkdtemp(prefix="laidian-faults-"))
    folder.mkdir(parents=True, exist_ok=True)
    truth = [json.loads(line) for line in (demo.sample() / "reference.jsonl").read_text(encoding="utf-8").splitlines()]
    bad = ("C027", "C033", "C051")  # the faulty sample calls
    good = [call for call in truth if call["contact_id"] not in bad and len({t["channel"] for t in call["turns"]}) == 2]
    found: dict[str, list[bool]] = {}
    for kind, fault, path in plant([demo.sample() / call["recording"] for call in good[:EACH]], folder):
        seen = judged(path)
        found.setdefault(f"{kind} -> {fault}", []).append(fault in seen)
        if fault not in seen:
            print(f"  not found: {path.name}: {seen}")
    paths = [demo.sample() / call["recording"] for call in good[:EACH]]
    for kind, (fault, per_s, share) in TEXTS.items():
        seen = written(paths, per_s, share)
        found[f"{kind} -> {fault or 'no fault'}"] = [fault in faults if fault else not faults for faults in seen]
    found["swapped channels -> swapped_roles"] = [swapped(call, False) for call in good]
    for kind, right in found.items():
        print(f"{kind:<50} {sum(right)}/{len(right)}")
    false = {c["contact_id"]: f for c in good if (f := judged(demo.sample() / c["recording"]))}
    false |= {c["contact_id"]: ["swapped_roles"] for c in good if swapped(c, True)}
    kinds = {kind.partition(" -> ")[0] for kind in found}
    hit, planted = sum(map(sum, found.values())), sum(map(len, found.values()))
    print(f"{len(kinds)} kinds, {planted} planted, {hit} found; false on good calls {len(false)}/{len(good)} {false or ''}")


if __name__ == "__main__":
    try:
        main()
    except AudioError as bad:
        raise SystemExit(str(bad)) from None
