"""Two people at once on one channel: what tells it, fitted on some calls, judged on others.

    python bench/overlap.py [--fit]

Each sample call of two channels is mixed to one, as it is and with both people speaking on and on (as `hearing_hard.py` has it),
on a quiet line and over a street 8, 12 or 18 dB below.
`--fit` fits the regression of `transcribe/together.py` to every second call, prints its numbers, and how well each of these is
told when it is left out. Without it the other calls are judged: of how many of each kind the mean probability reaches the limit.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from faults import read, write
from hard_sounds import noisy
from hearing_hard import Call, overlapped
from laidian import demo
from laidian.audio import Reader
from laidian.faults import LEAST_SECONDS, TALKED_OVER
from laidian.settings import RawAudio
from laidian.transcribe import together
from laidian.transcribe.speech import regions

BOTH_S = 0.7  # of a second in which both speak, from which it counts as such when fitting
EVERY = 2
STREETS_DB = (8.0, 12.0, 18.0)
Second = tuple[np.ndarray, float | None]  # what describes it; seconds in which both speak, null: of a call as it is


def seconds(call: Call, folder: Path, apart: bool, below_db: float) -> list[Second]:
    """The judged seconds of one call mixed to one channel, a street so far below it."""
    samples, turns = read(demo.sample() / call["recording"]), call["turns"]
    if not apart:
        samples, turns = overlapped(samples, turns)
    mixed = samples.sum(0).astype(np.float64)
    mixed = mixed if below_db == np.inf else noisy(mixed, np.random.default_rng(len(mixed)), below_db)
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


def probability(rows: list[Second], numbers: tuple[np.ndarray, np.ndarray, np.ndarray, float]) -> float:
    """The mean over a recording."""
    means, deviations, weights, bias = numbers
    return float(np.mean(1 / (1 + np.exp(-(((np.array([r for r, _ in rows]) - means) / deviations) @ weights + bias)))))


def fitted(rows: list[Second]) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Means, deviations, weights and bias of a regression; seconds in which both speak for a part only are left out."""
    from sklearn.linear_model import LogisticRegression

    used = [(row, both is not None) for row, both in rows if row[0] >= together.VOICED and (both is None or both > BOTH_S)]
    x, y = np.array([row for row, _ in used]), np.array([both for _, both in used])
    means, deviations = x.mean(axis=0), x.std(axis=0)
    model = LogisticRegression().fit((x - means) / deviations, y)
    return means, deviations, model.coef_[0], float(model.intercept_[0])


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
                (apart, noise): seconds(call, folder, apart, noise)
                for apart in (True, False)
                for noise in (np.inf, STREETS_DB[n % 3])
            }
            for n, call in enumerate(chosen)
        ]
    own = (together.MEANS, together.DEVIATIONS, together.WEIGHTS, together.BIAS)
    found: dict[tuple[bool, bool], list[float]] = {}
    for n, kinds in enumerate(told):
        others = [row for m, other in enumerate(told) if m != n for kind in other.values() for row in kind]
        numbers = fitted(others) if given.fit else own
        for (apart, noise), rows in kinds.items():
            judged = [row for row in rows if row[0][0] >= together.VOICED]
            if len(judged) >= LEAST_SECONDS:
                found.setdefault((apart, noise < np.inf), []).append(probability(judged, numbers))
    for street in (False, True):
        one, both = np.array(found[True, street]), np.array(found[False, street])
        print(
            f"{'over a street' if street else 'on a quiet line'}: of {len(one)} calls as they are {np.sum(one >= TALKED_OVER)} "
            f"told (mean probability up to {one.max():.2f}), of {len(both)} with both at once {np.sum(both >= TALKED_OVER)} "
            f"(from {both.min():.2f})"
        )
    if given.fit:
        whole = fitted([row for kinds in told for kind in kinds.values() for row in kind])
        for name, value in zip(("MEANS", "DEVIATIONS", "WEIGHTS", "BIAS"), whole, strict=True):
            print(name, np.round(value, 3).tolist())


if __name__ == "__main__":
    main()
