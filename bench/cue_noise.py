"""What recogniser errors do to the cues: the same sentences as written and with seeded errors, and what is still found.

    python bench/cue_noise.py [--written tests/data/cues.jsonl] [--split train] [--seed 1] [--dialogues PATH]

Three kinds of texts: the customer's turns of the calls in `sample_audio`, a call at a time; the written sentences; real turns.

An error model, not a recogniser: each Chinese character becomes another of the same toneless syllable, one of a near syllable,
nothing, or is doubled by a filler, with the shares below (a character error rate of about 15 %, that of Whisper base on
telephone speech). A repetition counts as found when a cue of a repeat kind is. The written sentences hold a hard negative for
nearly every cue, so errors make more false alarms there than in the natural mix, that of the real turns (the STC-3 download).
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
from cues import NEEDS, real_turns
from laidian.cues import find_in_texts, load_lexicon
from laidian.stats import wilson
from laidian.zh.syllables import near, syllables
from numpy.random import Generator
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
DATA, SAMPLES = ROOT / "tests" / "data", ROOT / "sample_audio"
SAME, NEAR, DROPPED, FILLED = 0.08, 0.03, 0.025, 0.015
CONFIDENCE = 0.8  # what the recogniser says of such text
ROUNDS = 5
ROUNDS_OF_CALLS = 50  # few calls, so many readings of them
Said = tuple[list[str], bool | None]  # the texts of one contact, and whether it is a repeat; null: what is found as written


class Mishearing:
    """Writes down what was said as a recogniser might; characters it slips to are those that the sentences use."""

    def __init__(self, texts: list[str], rng: Generator) -> None:
        self._rng = rng
        self._same: dict[str, list[str]] = defaultdict(list)
        self._near: dict[str, list[str]] = defaultdict(list)
        for char in sorted({c for text in texts for c in text if "一" <= c <= "鿿"}):
            self._same[syllables(char)[0]].append(char)
            self._near[near(char)[0]].append(char)

    def write(self, text: str) -> str:
        """The text with errors."""
        return "".join(self._slip(char, self._rng.random()) for char in text)

    def _slip(self, char: str, chance: float) -> str:
        if not "一" <= char <= "鿿":
            return char
        if chance < SAME:
            return self._other(self._same[syllables(char)[0]], char)
        if chance < SAME + NEAR:
            return self._other(self._near[near(char)[0]], char)
        if chance < SAME + NEAR + DROPPED:
            return ""
        return char + "啊" if chance < SAME + NEAR + DROPPED + FILLED else char

    def _other(self, known: list[str], char: str) -> str:
        others = [c for c in known if c != char]
        return others[int(self._rng.integers(len(others)))] if others else char


def read(path: Path, split: str) -> list[Said]:
    """The customers' sentences."""
    entries = (json.loads(line) for line in path.read_text("utf-8").splitlines())
    return [([e["text"]], e["repeat_cue"]) for e in entries if e["split"] == split and e["role"] == "customer"]


def found(texts: list[str], confidence: float | None) -> list[bool]:
    """Whether each holds a cue of a repeat kind."""
    lexicon = load_lexicon()
    cues = find_in_texts([(text, "customer", confidence) for text in texts], lexicon)
    return [any(lexicon.kinds[f.kind].repeat for f in own) for own in cues]


def real(path: Path) -> list[Said]:
    """The clear real turns of the measuring part, in their natural mix."""
    return [([item.text], item.truth) for item in real_turns(path, "measure") if item.clear]


def calls() -> list[Said]:
    """The sample calls, of each the customer's turns; a cue is what is found in them as written."""
    lines = (json.loads(line) for line in (SAMPLES / "reference.jsonl").read_text("utf-8").splitlines())
    return [([turn["text"] for turn in call["turns"] if turn["role"] == "customer"], None) for call in lines]


def report(said: list[Said], seed: int, rounds: int = ROUNDS) -> None:
    """Prints what is found as written and with errors."""
    of, texts = np.repeat(np.arange(len(said)), [len(own) for own, _ in said]), [text for own, _ in said for text in own]

    def hit(spoken: list[str], confidence: float | None) -> NDArray[np.bool_]:
        return np.bincount(of, found(spoken, confidence), len(said)) > 0

    plain = hit(texts, None)
    truth = np.array([found_so if cue is None else cue for found_so, (_, cue) in zip(plain, said, strict=True)])
    mishearing = Mishearing(texts, np.random.default_rng(seed))
    heard = np.array([hit([mishearing.write(text) for text in texts], CONFIDENCE) for _ in range(rounds)])
    told, rest = plain & truth, ~plain & ~truth
    print(f"  as written: {told.sum()} of {truth.sum()} found")
    kept, of_found = int(heard[:, told].sum()), rounds * int(told.sum())
    low, high = wilson(kept, of_found)
    print(f"  with errors: {kept / of_found:.3f} [{low:.3f}, {high:.3f}] of these still found ({kept}/{of_found})")
    false, of_rest = int(heard[:, rest].sum()), rounds * int(rest.sum())
    low, high = wilson(false, of_rest)
    print(f"  false alarms that errors made: {false / of_rest:.4f} [{low:.4f}, {high:.4f}] ({false}/{of_rest})")


def main() -> None:
    """Prints both, of the written sentences and, given the dialogues, of real turns."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--written", type=Path, default=DATA / "cues.jsonl")
    asked.add_argument("--split", default="train", choices=["train", "test"])
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--dialogues", type=Path, help="the STC-3 dialogues as JSON lines; without it no real turn is read")
    options = asked.parse_args()
    print("Sample calls, the customer's turns")
    report(calls(), options.seed, ROUNDS_OF_CALLS)
    print(f"Written sentences, {options.split}")
    report(read(options.written, options.split), options.seed)
    if options.dialogues:
        print(f"Real turns, part measure, clear ones ({NEEDS})")
        report(real(options.dialogues), options.seed)


if __name__ == "__main__":
    main()
