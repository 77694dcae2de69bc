"""Memory of hearing: flat over many calls, bounded for one recording of hours.

    python bench/hearing_memory.py [--calls N] [--hours H] [--model]

Hears sample calls again and again, then a recording of H hours joined from them, each in a process of its own, and prints the
resident memory on the way. The way of the audio is the real one: decoding, voice detection, packs, transcripts. What hears the
packs says nothing, or with `--model` is the real recogniser. `growth` compares the last tenth of the calls with the second
tenth: the first fills the pools.
"""

import argparse
import json
import os
import resource
import tempfile
import wave
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from laidian import demo
from laidian.audio import Reader
from laidian.engines import Samples, Word, choice
from laidian.settings import Audio, Hearing, RawAudio
from laidian.transcribe import transcribe

LINE_RATE, MB = 8000, 1 << 20


class Mute:
    """A recogniser without a model."""

    identity = "mute"

    def __init__(self) -> None:
        self.beat: Callable[[], None] = lambda: None

    def hear(self, packs: Sequence[Samples], again: bool = False) -> list[list[Word]]:
        """Nothing."""
        return [[] for _ in packs]


def sample_calls() -> list[Path]:
    """The sample calls in which both speak: the others are there for their faults."""
    lines = map(json.loads, (demo.sample() / "reference.jsonl").read_text(encoding="utf-8").splitlines())
    return [demo.sample() / call["recording"] for call in lines if len({turn["channel"] for turn in call["turns"]}) == 2]


def long_recording(hours: float, path: Path) -> Path:
    """A stereo WAV of so many hours, written call by call."""
    left = int(hours * 3600 * LINE_RATE)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(LINE_RATE)
        for call in cycle(sample_calls()):
            samples = np.concatenate(list(Reader(call, RawAudio()).pieces()), axis=1)[:, ::2][:, :left]
            file.writeframes((np.broadcast_to(samples, (2, samples.shape[1])).T * 32767).astype("<i2").tobytes())
            left -= samples.shape[1]
            if left <= 0:
                return path
    return path


def resident() -> float:
    """MB this process has in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MB


def heard(paths: Iterator[Path], model: bool) -> tuple[list[float], float, float]:
    """MB after each recording, MB at most, seconds of audio: measured in a child."""
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        engine = choice.load(Hearing()) if model else Mute()
        memory, seconds = [], 0.0
        for _, one in transcribe(paths, engine, Audio(), Hearing().turn_gap_s):
            memory.append(resident())
            seconds += one.duration_s or 0.0
        with os.fdopen(write, "w") as out:
            json.dump([memory, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, seconds], out)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as told:
        text = told.read()
    if os.waitpid(child, 0)[1]:
        raise SystemExit("hearing failed")
    memory, most, seconds = json.loads(text)
    return memory, most, seconds


def main() -> None:
    """Both measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--hours", type=float, default=3.0)
    parser.add_argument("--model", action="store_true")
    given = parser.parse_args()
    if given.calls:
        memory, most, seconds = heard(islice(cycle(sample_calls()), given.calls), given.model)
        tenth = len(memory) // 10
        growth = np.median(memory[-tenth:]) / np.median(memory[tenth : 2 * tenth]) - 1
        on_the_way = " ".join(f"{np.median(part):.0f}" for part in np.array_split(memory, 10))
        print(f"{len(memory)} calls, {seconds:.0f} s of audio: MB in each tenth {on_the_way}; at most {most:.0f}")
        print(f"growth {growth:+.1%}")
    if given.hours:
        with tempfile.TemporaryDirectory() as folder:
            path = long_recording(given.hours, Path(folder) / "long.wav")
            _, most, seconds = heard(iter([path]), given.model)
            as_samples = seconds * 2 * 16_000 * 4 / MB
        print(f"one recording of {seconds / 3600:.2f} hours, {as_samples:.0f} MB as samples: at most {most:.0f} MB")


if __name__ == "__main__":
    main()
