"""Hears sample calls mixed to one channel: how often the speaker of an utterance is right, and as often as stated.

    python bench/one_channel.py [--every N] [--first N] [--others]

The constants of `roles.py` were chosen on every fourth call (`--every 4`); `--every 4 --others` judges the 42 others.
An utterance's true speaker is whose turns it overlaps most. `unknown` counts as wrong. Intervals: bootstrap over calls.
"""

import argparse
import json
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from faults import read, write
from laidian import demo, roles
from laidian.engines import choice
from laidian.settings import Audio, Hearing
from laidian.transcribe import Heard, transcribe

RESAMPLES, SEED = 5000, 7
SURE = 0.9
STEPS = (0.5, 0.65, 0.8, 0.9, 1.01)  # of the stated probability
Call = dict[str, Any]  # a line of reference.jsonl


def true_speaker(heard: Heard, turns: list[Call]) -> str | None:
    """Whose turns an utterance overlaps most; null: nobody's."""
    shared: dict[str, float] = {}
    for turn in turns:
        seconds = min(heard.end, turn["end"]) - max(heard.start, turn["start"])
        if seconds > 0:
            shared[turn["role"]] = shared.get(turn["role"], 0.0) + seconds
    return max(shared, key=lambda role: shared[role]) if shared else None


def judged(call: Call, heard: list[Heard]) -> list[tuple[bool, bool, float]]:
    """Of each utterance: whether its speaker is right, whether one is named, the probability stated."""
    told = roles.on_one_channel([u.text for u in heard], [u.voice for u in heard])
    pairs = [(true_speaker(u, call["turns"]), role) for u, role in zip(heard, told, strict=True)]
    return [(role.speaker == true, role.speaker != "unknown", role.probability) for true, role in pairs if true]


def main() -> None:
    """Mixes, hears, counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--others", action="store_true", help="the calls that the two above would not take")
    given = parser.parse_args()
    lines = (demo.sample() / "reference.jsonl").read_text(encoding="utf-8").splitlines()
    calls = [call for call in map(json.loads, lines) if len({t["channel"] for t in call["turns"]}) == 2]
    taken = range(given.first, len(calls), given.every)
    calls = [call for number, call in enumerate(calls) if (number in taken) is not given.others]
    with tempfile.TemporaryDirectory() as folder:
        mixed = [read(demo.sample() / call["recording"]).sum(0)[None] for call in calls]
        paths = [write(Path(folder) / f"{number}.wav", sound) for number, sound in enumerate(mixed)]
        heard = [h for _, h in transcribe(paths, choice.load(Hearing()), Audio(), Hearing().turn_gap_s)]
    found = [np.array(judged(call, one.utterances)).reshape(-1, 3) for call, one in zip(calls, heard, strict=True)]
    rng = np.random.default_rng(SEED)
    drawn = [np.concatenate([found[i] for i in rng.integers(0, len(found), len(found))])[:, 0].mean() for _ in range(RESAMPLES)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    every = np.concatenate(found)
    print(f"{len(calls)} calls, {len(every)} utterances: speaker right {every[:, 0].mean():.1%} [{low:.1%}, {high:.1%}], "
          f"unknown {1 - every[:, 1].mean():.1%}")  # fmt: skip
    sure = every[(every[:, 2] >= SURE) & (every[:, 1] > 0)]
    print(f"  stated {SURE} or more: {len(sure)} utterances, right {sure[:, 0].mean():.1%}")
    for least, below in pairwise(STEPS):
        some = every[(every[:, 2] >= least) & (every[:, 2] < below) & (every[:, 1] > 0)]
        if len(some):
            print(f"  stated {least:.2f} to {min(below, 1.0):.2f}: {len(some)} utterances, right {some[:, 0].mean():.1%}")


if __name__ == "__main__":
    main()
