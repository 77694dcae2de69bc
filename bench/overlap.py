"""Two people at once on one channel: what tells it, fitted on some calls, judged on others.

    python bench/overlap.py [--fit]

Each sample call of two channels is mixed to one, as it is and with both people speaking on and on (as `hearing_hard.py` has it),
on a quiet line, over a street 8, 12 or 18 dB below, and in a room that goes on sounding for .2, .4 or .6 s: of recorded people
hardly a frame is silent, of the sample voices many are.
`--fit` fits the regression of `transcribe/together.py` to every second call, prints its numbers, and how well each of these is
told when it is left out. Without it the other calls are judged: of how many of each kind the mean probability reaches the limit.
"""

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from faults import read, write
from hard_sounds import RATE, noisy
from hearing_hard import Call, overlapped
from laidian import demo
from laidian.audio import Reader
from laidian.faults import LEAST_SECONDS, TALKED_OVER
from laidian.settings import RawAudio
from laidian.transcribe import together
from laidian.transcribe.speech import regions
from scipy.signal import fftconvolve

BOTH_S = 0.7  # of a second in which both speak, from which it counts as such when fitting
EVERY, STRENGTH = 2, 0.3  # of the regularisation: its inverse
PLACES: dict[str, tuple[float, ...]] = {
    "on a quiet line": (0.0,),
    "over a street": (8.0, 12.0, 18.0),
    "in a room": (0.2, 0.4, 0.6),
}
Judge = tuple[Callable[[np.ndarray], np.ndarray], dict[str, Any]]  # probability of described seconds, and what it is made of
Second = tuple[np.ndarray, float | None]  # what describes it; seconds in which both speak, null: of a call as it is


def placed(mixed: np.ndarray, place: str, much: float) -> np.ndarray:
    """A call where it is spoken: a street so many dB below it, a room whose sound falls by 60 dB in so many seconds."""
    rng = np.random.default_rng(len(mixed))
    if place == "over a street":
        return noisy(mixed, rng, much)
    if place == "in a room":
        time = np.arange(int(RATE * much)) / RATE
        answer = rng.normal(0, 1, time.size) * 10 ** (-3 * time / much)
        answer *= 0.7 / np.sqrt(np.sum(answer**2))  # 3 dB below the voice itself
        return fftconvolve(mixed, np.concatenate([[1.0], np.zeros(RATE // 200), answer]))[: mixed.size]
    return mixed


def seconds(call: Call, folder: Path, apart: bool, place: str, much: float) -> list[Second]:
    """The judged seconds of one call mixed to one channel, in a place."""
    samples, turns = read(demo.sample() / call["recording"]), call["turns"]
    if not apart:
        samples, turns = overlapped(samples, turns)
    mixed = placed(samples.sum(0).astype(np.float64), place, much)
    path = write(folder / "one.wav", mixed[None].astype(np.float32))
    channel = np.concatenate(list(Reader(path, RawAudio()).pieces()), axis=1)[0]
    found = []
    for region in regions(channel)[0]:
        if region.end - region.start >= together.LEAST_S:
            rows = together.described(channel[round(region.start * 16000) : round(region.end * 16000)])
            found += [(row, None if apart else both_s(turns, region.start + n)) for n, row in enumerate(rows)]
    return found


def both_s(turns: list[Call], start: float) -> float:
    """Seconds of the one from `start` on in which both people speak."""
    shared = [(t["channel"], max(0.0, min(start + 1, t["end"]) - max(start, t["start"]))) for t in turns]
    return min(sum(s for channel, s in shared if channel == c) for c in (0, 1))


def fitted(rows: list[Second]) -> Judge:
    """A regression on features and products of each two, and its numbers; seconds in which both speak for a part are left out."""
    from sklearn.linear_model import LogisticRegression

    used = [(row, both is not None) for row, both in rows if row[0] >= together.VOICED and (both is None or both > BOTH_S)]
    x, y = np.array([row for row, _ in used]), np.array([both for _, both in used])
    means, deviations = x.mean(axis=0).round(3), x.std(axis=0).round(3)
    pairs = np.triu_indices(len(means))

    def widened(features: np.ndarray) -> np.ndarray:
        scaled = (features - means) / deviations
        return np.concatenate([scaled, scaled[:, pairs[0]] * scaled[:, pairs[1]]], axis=1)

    model = LogisticRegression(C=STRENGTH, max_iter=1000).fit(widened(x), y)
    weights, products = np.split(model.coef_[0], [len(means)])
    table = np.zeros((len(means), len(means)))
    table[pairs] = products
    numbers = {"MEANS": means, "DEVIATIONS": deviations, "WEIGHTS": weights, "PRODUCTS": table, "BIAS": model.intercept_[0]}
    return lambda features: model.predict_proba(widened(features))[:, 1], numbers


def main() -> None:
    """Fits, or judges."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true")
    given = parser.parse_args()
    lines = (demo.sample() / "reference.jsonl").read_text(encoding="utf-8").splitlines()
    two = [call for call in map(json.loads, lines) if len({t["channel"] for t in call["turns"]}) == 2]
    chosen = [call for number, call in enumerate(two) if (number % EVERY == 0) is given.fit]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        told = [
            {
                (apart, place): seconds(call, folder, apart, place, much[n % len(much)])
                for apart in (True, False)
                for place, much in PLACES.items()
            }
            for n, call in enumerate(chosen)
        ]
    found: dict[tuple[bool, str], list[float]] = {}
    for n, kinds in enumerate(told):
        others = [row for m, other in enumerate(told) if m != n for kind in other.values() for row in kind]
        judge = fitted(others)[0] if given.fit else together.probabilities
        for (apart, place), rows in kinds.items():
            judged = [row for row in rows if row[0][0] >= together.VOICED]
            if len(judged) >= LEAST_SECONDS:
                found.setdefault((apart, place), []).append(float(np.mean(judge(np.array([row for row, _ in judged])))))
    for place in PLACES:
        one, both = np.array(found[True, place]), np.array(found[False, place])
        print(
            f"{place}: of {len(one)} calls as they are {np.sum(one >= TALKED_OVER)} "
            f"told (mean probability up to {one.max():.2f}), of {len(both)} with both at once {np.sum(both >= TALKED_OVER)} "
            f"(from {both.min():.2f})"
        )
    if given.fit:
        whole = fitted([row for kinds in told for kind in kinds.values() for row in kind])
        for name, value in whole[1].items():
            print(name, np.round(value, 3).tolist())


if __name__ == "__main__":
    main()
