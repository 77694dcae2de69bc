"""Hears sample calls with laidian and its peers in one run: errors, turns, time, memory, beside one another.

    python bench/asr.py [--every N] [--long] [--rounds N] [--cli PATH] [--skip NAME ...]

Each configuration runs in processes of its own, start and model loading included, on the same files; laidian as `laidian
transcribe`. Character error rate per channel (mono peers: per call) after folding to simplified script, without punctuation,
numbers in one form. `ratio`: time of the fastest peer / laidian's. The interval is a paired bootstrap over calls of laidian's
error rate less the best peer's. `around`: CPU of laidian's processes outside of the model's threads, voice detection, and the
loading of both; of it `start` is spent once, however many calls there are: both processes until the first recording is read, and
the writing of the JSON files, which takes next to nothing. `ideal`: laidian's wall time / (CPU of model and voice detection /
cores).
`--long` joins sample calls, shuffled, to calls of 3 to 10 minutes; `--rounds N`: each sample call in N of them.
`--cli`: the whisper-ctranslate2 command of another environment.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from asr_meter import METER
from laidian import demo
from laidian.audio import Reader
from laidian.engines import weights
from laidian.settings import RawAudio
from laidian.zh import numerals
from laidian.zh.script import simplify
from rapidfuzz.distance import Levenshtein

SPOKEN = re.compile("[零〇一二三四五六七八九十百千万两幺]+")
DIGITS = dict(zip("零〇一二三四五六七八九两幺", "00123456789" + "21", strict=True))
RESAMPLES, SEED = 5000, 7
LONG_S, BETWEEN_S, LINE_RATE = 200.0, 1.0, 8000
METERED = Path(__file__).with_name("asr_meter.py")  # the recogniser, metered
LOST_TURN_S = 0.5
Call = dict[str, Any]  # a line of reference.jsonl with the path of its recording


def plain(text: str) -> str:
    """What is compared."""

    def number(found: re.Match[str]) -> str:
        said = found.group()
        if not set(said) & set("十百千万"):
            return "".join(DIGITS[c] for c in said)
        value = numerals.parse(said)
        return str(value.low) if value and value.low == value.high else said

    return SPOKEN.sub(number, re.sub(r"[\W_]", "", simplify(text)).lower())


def laidian(calls: list[Call]) -> list[list[dict[str, Any]]]:
    """`laidian transcribe`, its recogniser metered."""
    with tempfile.TemporaryDirectory() as out:
        command = f"from laidian.steps import process; process.COMMAND = [{sys.executable!r}, {str(METERED)!r}]; "
        files = [str(c["path"]) for c in calls]
        subprocess.run(
            [sys.executable, "-c", command + "from laidian.cli import main; main()", "transcribe", *files, "--out", out],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        told = [json.loads((Path(out) / f"{c['path'].stem}.json").read_text(encoding="utf-8")) for c in calls]
    return [
        [{"channel": u["channel"], "start": u["start"], "text": u["text"], "role": u["speaker"]} for u in one["utterances"]]
        for one in told
    ]


def library(calls: list[Call], batched: bool) -> list[list[dict[str, Any]]]:
    """faster-whisper as its README shows it: language given, mono, everything else by default."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    model = WhisperModel(str(weights.find(None).folder), device="cpu", compute_type="int8", cpu_threads=os.cpu_count() or 1)
    found = []
    for call in calls:
        if batched:
            segments, _ = BatchedInferencePipeline(model).transcribe(str(call["path"]), language="zh", batch_size=8)
        else:
            segments, _ = model.transcribe(str(call["path"]), language="zh")
        found.append([{"channel": None, "start": s.start, "text": s.text} for s in segments])
    return found


def command_line(calls: list[Call], command: str) -> list[list[dict[str, Any]]]:
    """whisper-ctranslate2 with the same model, int8, and its defaults."""
    with tempfile.TemporaryDirectory() as out:
        model = str(weights.find(None).folder)
        files = [str(c["path"]) for c in calls]
        subprocess.run(
            [command, *files, "--model_directory", model, "--language", "zh", "--compute_type", "int8", "--output_dir", out,
             "--output_format", "json", "--threads", str(os.cpu_count() or 1), "--verbose", "False"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        told = [json.loads((Path(out) / f"{c['path'].stem}.json").read_text(encoding="utf-8")) for c in calls]
    return [[{"channel": None, "start": s["start"], "text": s["text"]} for s in one["segments"]] for one in told]


def long_calls(calls: list[Call], folder: Path, rounds: int) -> list[Call]:
    """Sample calls joined to calls of at least LONG_S, the times of their turns moved; in each round in another order.

    The agent is on channel 0 throughout, as in one call: eight sample calls hold the two the other way round.
    """
    made: list[Call] = []
    rng = np.random.default_rng(SEED)
    for _ in range(rounds):
        parts: list[Any] = []
        turns: list[Call] = []
        at = 0.0
        for number in rng.permutation(len(calls)):
            call = calls[number]
            samples = np.concatenate(list(Reader(call["path"], RawAudio()).pieces()), axis=1)[:, ::2]
            agent = next(t["channel"] for t in call["turns"] if t["role"] == "agent")
            parts += [samples[[agent, 1 - agent]], np.zeros((2, int(LINE_RATE * BETWEEN_S)), np.float32)]
            turns += [
                {**t, "start": t["start"] + at, "end": t["end"] + at, "channel": t["channel"] ^ agent} for t in call["turns"]
            ]
            at += samples.shape[1] / LINE_RATE + BETWEEN_S
            if at >= LONG_S:
                path = write(folder / f"long{len(made)}.wav", np.concatenate(parts, axis=1))
                made.append({"path": path, "turns": turns, "duration_s": at})
                parts, turns, at = [], [], 0.0
    return made


def write(path: Path, samples: Any) -> Path:
    """A 16-bit stereo WAV at the telephone's rate."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(LINE_RATE)
        file.writeframes((samples.T * 32767).astype("<i2").tobytes())
    return path


def errors(call: Call, heard: list[dict[str, Any]]) -> tuple[int, int, int]:
    """Wrong, deleted and all characters of one call."""
    wrong = deleted = said = 0
    for channel in {u["channel"] for u in heard} or {None}:
        spoken = plain("".join(t["text"] for t in call["turns"] if channel is None or t["channel"] == channel))
        written = plain("".join(u["text"] for u in heard if u["channel"] == channel))
        operations = Levenshtein.editops(spoken, written)
        wrong += len(operations)
        deleted += sum(o.tag == "delete" for o in operations)
        said += len(spoken)
    return wrong, deleted, said


def turn_starts(call: Call, heard: list[dict[str, Any]]) -> list[float]:
    """Seconds between the start of each turn and the nearest start on its channel (peers: anywhere)."""
    starts = [(u["channel"], u["start"]) for u in heard]
    return [min((abs(s - t["start"]) for c, s in starts if c in (None, t["channel"])), default=99.0) for t in call["turns"]]


def measure(name: str, run: Callable[[list[Call]], list[list[dict[str, Any]]]], calls: list[Call]) -> dict[str, Any]:
    """One configuration in a child process."""
    read, write = os.pipe()
    began = time.perf_counter()
    if (child := os.fork()) == 0:
        with os.fdopen(write, "w") as out:
            json.dump(run(calls), out)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as told:
        text = told.read()
    _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"{name} failed")
    heard = json.loads(text)
    wall = time.perf_counter() - began
    counted = np.array([errors(c, h) for c, h in zip(calls, heard, strict=True)])
    starts = [s for c, h in zip(calls, heard, strict=True) for s in turn_starts(c, h)]
    truth = [t["role"] for c in calls for t in c["turns"]]
    given = [
        next((u["role"] for u in h if u.get("channel") == t["channel"]), "unknown") if h and "role" in h[0] else "unknown"
        for c, h in zip(calls, heard, strict=True)
        for t in c["turns"]
    ]
    seconds = sum(c["duration_s"] for c in calls)
    meter = Path(os.environ[METER])
    model = json.loads(meter.read_text(encoding="utf-8")) if meter.exists() else {}
    meter.unlink(missing_ok=True)
    own = used.ru_utime + used.ru_stime  # of the child and the children it waited for
    return {
        "name": name, "wall": wall, "cpu": own, "rtf": wall / seconds, "cpu_rtf": own / seconds, "errors": counted,
        "memory": used.ru_maxrss / 1024, "model": model, "starts": np.array(starts), "seconds": seconds,
        "roles": sum(a != b for a, b in zip(truth, given, strict=True)) / len(truth),
    }  # fmt: skip


def show(results: list[dict[str, Any]]) -> None:
    """The table, the ratios, the paired difference."""
    print(f"{'':<28}{'CER %':>7}{'del %':>7}{'turn <.5 s %':>13}{'median s':>9}{'role err %':>11}{'wall s':>8}{'CPU s':>7}"
          f"{'RTF':>7}{'CPU RTF':>8}{'MB':>6}")  # fmt: skip
    for r in results:
        wrong, deleted, said = r["errors"].sum(axis=0)
        near = 100 * np.mean(r["starts"] <= LOST_TURN_S)
        print(
            f"{r['name']:<28}{100 * wrong / said:7.1f}{100 * deleted / said:7.1f}{near:13.1f}{np.median(r['starts']):9.2f}"
            f"{100 * r['roles']:11.1f}{r['wall']:8.1f}{r['cpu']:7.1f}{r['rtf']:7.3f}{r['cpu_rtf']:8.3f}{r['memory']:6.0f}"
        )
    own, peers = results[0], results[1:]
    if own["model"]:
        spent = own["model"]
        around, ideal = own["cpu"] - spent["model"], spent["model"] / (os.cpu_count() or 1)
        start = own["cpu"] - spent["whole"] + spent["start"]
        each = 3600 * (around - start) / own["seconds"]
        print(f"laidian around model and voice detection: {around:.1f} s, {around / own['cpu']:.1%} of CPU; "
              f"of it start {start:.1f} s, the rest {each:.0f} s an hour of audio")  # fmt: skip
        print(f"laidian's wall time: {own['wall'] / ideal:.2f} of (model + voice detection) / cores")
    if not peers:
        return
    fastest = min(p["wall"] for p in peers)
    best = min(peers, key=lambda p: p["errors"][:, 0].sum() / p["errors"][:, 2].sum())
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(0, len(own["errors"]), (RESAMPLES, len(own["errors"])))
    a, b = (r["errors"][drawn].sum(axis=1) for r in (own, best))
    low, high = np.quantile(100 * (a[:, 0] / a[:, 2] - b[:, 0] / b[:, 2]), [0.025, 0.975])
    cpu = min(p["cpu"] for p in peers) / own["cpu"]
    print(f"throughput ratio to the fastest peer: wall {fastest / own['wall']:.2f}, CPU {cpu:.2f}")
    print(f"laidian's CER less that of {best['name']}: 95 % {low:+.1f} to {high:+.1f} points")


def main() -> None:
    """Chooses calls and configurations, runs, shows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="take every Nth sample call")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--cli")
    parser.add_argument("--skip", nargs="*", default=[])
    given = parser.parse_args()
    lines = (demo.sample() / "reference.jsonl").read_text(encoding="utf-8").splitlines()
    calls = [c | {"path": demo.sample() / c["recording"]} for c in map(json.loads, lines)]
    calls = [c for c in calls if len({t["channel"] for t in c["turns"]}) == 2][:: given.every]
    weights.find(None)  # joined before anybody is timed
    with tempfile.TemporaryDirectory() as folder:
        os.environ[METER] = str(Path(folder) / "meter")
        calls = long_calls(calls, Path(folder), given.rounds) if given.long else calls
        ways: dict[str, Callable[[list[Call]], list[list[dict[str, Any]]]]] = {
            "laidian": laidian,
            "faster-whisper default": lambda c: library(c, batched=False),
            "faster-whisper batched": lambda c: library(c, batched=True),
        }
        if given.cli:
            ways["whisper-ctranslate2"] = lambda c: command_line(c, given.cli)
        print(f"{len(calls)} calls, {sum(c['duration_s'] for c in calls):.0f} s of audio, {os.cpu_count()} cores, "
              f"load {os.getloadavg()[0]:.1f} when begun")  # fmt: skip
        sys.stdout.flush()
        show([measure(name, way, calls) for name, way in ways.items() if name not in given.skip])


if __name__ == "__main__":
    main()
