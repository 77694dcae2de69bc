"""Hears recorded people: calls made of the speech in a folder, with laidian and stock faster-whisper in one run.

    python bench/real_voices.py --folder DIR [--rounds N] [--skip NAME ...]

DIR holds WAV files, each one speaker's, with what is said beside it in NAME.txt (UTF-8). Each round draws them in another order
and lets them speak by turns on two channels, six turns a call, through the line of the sample calls (300 to 3400 Hz, A-law,
noise, crosstalk), each turn as loud as drawn. Then: the table of `asr.py`; what is written without being said; the faults told
on these good lines, where nothing is lost (should be none), of two channels and mixed to one; and with a sample call's agent on
the other side, mixed to one channel, how often the speaker is right. `role err` counts for nothing: nobody here is an agent.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path

import numpy as np
from asr import Call, laidian, library, measure, plain, show
from asr_meter import METER
from faults import read, write
from hearing_hard import heard, losses
from laidian import demo
from laidian.sample_audio.make import LINE_RATE as RATE
from laidian.sample_audio.make import through_line
from laidian.transcribe import Transcript
from one_channel import judged
from rapidfuzz.distance import Levenshtein

TURNS, QUIETEST_DB, LOUDEST_DB, GAP_S = 6, -32, -18, (0.3, 1.5)
STEP, BELOW_PEAK = RATE // 100, 0.02  # a clip's ends are where 10 ms lie below this share of its loudest


def clip(path: Path) -> tuple[np.ndarray, str]:
    """Speech without the silence around it, as loud as one; what is said."""
    sound = read(path).mean(axis=0).astype(np.float64)
    loud = np.abs(sound[: sound.size // STEP * STEP]).reshape(-1, STEP).max(axis=1)
    speaks = np.flatnonzero(loud > BELOW_PEAK * loud.max())
    sound = sound[speaks[0] * STEP : (speaks[-1] + 1) * STEP]
    return sound / sound.std(), path.with_suffix(".txt").read_text(encoding="utf-8").strip()


def call(path: Path, turns: list[tuple[int, str, np.ndarray, str]], rng: np.random.Generator, mono: bool = False) -> Call:
    """A recording of turns (channel, role, sound, text) one after another, and its reference."""
    placed, told, at = [], [], 0.5
    for channel, role, sound, text in turns:
        placed.append((channel, round(at * RATE), sound * 10 ** (rng.uniform(QUIETEST_DB, LOUDEST_DB) / 20)))
        told.append({"channel": channel, "role": role, "start": at, "end": at + sound.size / RATE, "text": text})
        at += sound.size / RATE + rng.uniform(*GAP_S)
    both = np.zeros((round(at * RATE) + RATE // 2, 2))
    for channel, begin, sound in placed:
        both[begin : begin + sound.size, channel] += sound
    line = through_line(both, rng).T.astype(np.float32)
    return {"path": write(path, line.sum(0)[None] if mono else line, RATE), "turns": told, "duration_s": line.shape[1] / RATE}


def told(kind: str, calls: list[Call], found: list[Transcript]) -> None:
    """A line: what is deleted, inserted, lost, and the faults where nothing is lost."""
    deleted = said = more = 0
    lost_s, false = 0.0, []
    for one, transcript in zip(calls, found, strict=True):
        channels: list[int | None] = [None] if transcript.channels == 1 else [0, 1]
        texts = {c: "".join(u.text for u in transcript.utterances if c in (None, u.channel)) for c in channels}
        gone, whole, seconds = losses(one, texts)
        deleted, said, lost_s = deleted + gone, said + whole, lost_s + seconds
        for channel, text in texts.items():
            spoken = "".join(t["text"] for t in one["turns"] if channel in (None, t["channel"]))
            more += sum(o.tag == "insert" for o in Levenshtein.editops(plain(spoken), plain(text)))
        if not seconds:
            false.append(set(transcript.faults) - {"mono"})
    print(
        f"{kind}: {len(calls)} calls, {said} characters: deleted {deleted / said:.1%}, inserted {more / said:.1%}, "
        f"lost {lost_s:.1f} s; faults though nothing is lost in {sum(map(bool, false))} of {len(false)}: "
        f"{sorted(set().union(*false))}"
    )


def main() -> None:
    """Makes the calls, hears, counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--skip", nargs="*", default=[])
    given = parser.parse_args()
    clips = [clip(path) for path in sorted(given.folder.glob("*.wav")) if path.with_suffix(".txt").exists()]
    if not clips:
        parser.error(f"{given.folder}: no WAV file with its text beside it; expected NAME.wav and NAME.txt; put some there")
    lines = (demo.sample() / "reference.jsonl").read_text(encoding="utf-8").splitlines()
    samples = [one for one in map(json.loads, lines) if len({t["channel"] for t in one["turns"]}) == 2]
    with tempfile.TemporaryDirectory() as temporary:
        os.environ[METER] = str(Path(temporary) / "meter")
        made: dict[str, list[Call]] = {"two channels": [], "one channel": [], "one channel, sample agent": []}
        for number in range(given.rounds):
            rng = np.random.default_rng(number)
            order = rng.permutation(len(clips))
            for first in range(0, len(order), TURNS):
                some = [(n % 2, ("agent", "customer")[n % 2], *clips[i]) for n, i in enumerate(order[first : first + TURNS])]
                for mono, kind in enumerate(list(made)[:2]):
                    path = Path(temporary) / f"{kind[:3]}{number}_{first}.wav"
                    made[kind].append(call(path, some, np.random.default_rng([number, first]), bool(mono)))
            for i in order:
                sample = samples[rng.integers(len(samples))]
                sound = read(demo.sample() / sample["recording"])
                agent = [t for t in sample["turns"] if t["role"] == "agent"][:3]
                turns = [
                    (0, "agent", sound[t["channel"], round(t["start"] * RATE) : round(t["end"] * RATE)], t["text"]) for t in agent
                ]
                turns = [(c, r, s / s.std(), t) for c, r, s, t in turns]
                turns.insert(1, (1, "customer", *clips[i]))
                made["one channel, sample agent"].append(call(Path(temporary) / f"role{number}_{i}.wav", turns, rng, mono=True))
        ways = {
            "laidian": laidian,
            "faster-whisper default": lambda c: library(c, False),
            "faster-whisper batched": lambda c: library(c, True),
        }
        show([measure(name, way, made["two channels"]) for name, way in ways.items() if name not in given.skip])
        for kind, calls in made.items():
            found = heard(calls)
            told(kind, calls, found)
        right = np.concatenate([np.array(judged(c, h.utterances)).reshape(-1, 3) for c, h in zip(calls, found, strict=True)])
        print(f"with a sample call's agent: speaker right in {right[:, 0].mean():.1%} of {len(right)} utterances")


if __name__ == "__main__":
    main()
