"""Draws the customer turns that `tests/data/telecom_cue_labels.csv` labels, and prints them for reading.

Needs the STC-3 download converted to JSON lines: {"dialogue_id", "turns": [{"role", "text"}]}. The draw is a plain random
sample of customer turns (not of dialogues, and not by words): every turn gets the hash of its id and a fixed seed, and the
smallest hashes are taken. So a longer draw contains the shorter one, and the file's order does not matter.

    python bench/draw_cue_turns.py --dialogues PATH --part tune --start 0 --size 60
    python bench/draw_cue_turns.py --dialogues PATH --part second --size 100   (those to be read by a second reader)
"""

import argparse
import hashlib
import json
from pathlib import Path
from typing import NamedTuple

SEED, COUNT = "laidian-cue-labels-1", 1240
APART_SEED = "laidian-fresh-1"
SECOND_SEED, SECOND_COUNT = "laidian-cue-second-reading-1", 100


class Turn(NamedTuple):
    """One drawn customer turn; `number` is its 0-based index into the dialogue's turns."""

    dialogue_id: str
    number: int


def rank(seed: str, turn: Turn) -> str:
    """The turn's place in the draw: a hexadecimal hash, uniform over turns."""
    return hashlib.sha256(f"{seed}:{turn.dialogue_id}:{turn.number}".encode()).hexdigest()


def part_of(dialogue_id: str) -> str:
    """`tune` or `measure`: fixed by the dialogue alone, so that no dialogue lies in both."""
    return "measure" if int(hashlib.sha256(dialogue_id.encode()).hexdigest(), 16) % 2 else "tune"


def read_dialogues(path: Path) -> dict[str, list[dict[str, str]]]:
    """All dialogues by id; a turn is {"role": "customer" | "agent", "text"}."""
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    return {row["dialogue_id"]: row["turns"] for row in rows}


def draw(dialogues: dict[str, list[dict[str, str]]], count: int = COUNT) -> list[Turn]:
    """The `count` customer turns of smallest hash, in that order."""
    turns = [Turn(key, n) for key, said in dialogues.items() for n, turn in enumerate(said) if turn["role"] == "customer"]
    return sorted(turns, key=lambda turn: rank(SEED, turn))[:count]


def second_reading(drawn: list[Turn]) -> list[Turn]:
    """Those of the drawn turns that are read twice: chosen by another hash, clear and ambiguous, tune and measure alike."""
    return sorted(drawn, key=lambda turn: rank(SECOND_SEED, turn))[:SECOND_COUNT]


def apart(dialogues: dict[str, list[dict[str, str]]], labelled: set[str]) -> tuple[list[Turn], list[Turn]]:
    """All customer turns of the dialogues of which no turn is labelled, in two batches of whole dialogues, by another hash."""
    rest = sorted(dialogues.keys() - labelled, key=lambda key: hashlib.sha256(f"{APART_SEED}:{key}".encode()).hexdigest())
    halves = (rest[: len(rest) // 2], rest[len(rest) // 2 :])
    first, second = (
        [Turn(key, n) for key in half for n, turn in enumerate(dialogues[key]) if turn["role"] == "customer"] for half in halves
    )
    return first, second


def show(dialogues: dict[str, list[dict[str, str]]], turn: Turn) -> str:
    """The turn with everything said before it, oldest first."""
    said = dialogues[turn.dialogue_id]
    before = "".join(f"   {t['role'][0]}: {t['text']}\n" for t in said[: turn.number])
    return f"{turn.dialogue_id} {turn.number}\n{before}>> {said[turn.number]['text']}\n"


def main() -> None:
    """Prints one batch of the draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dialogues", type=Path, required=True)
    parser.add_argument("--part", choices=("tune", "measure", "second"), required=True)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--size", type=int, default=60)
    asked = parser.parse_args()
    dialogues = read_dialogues(asked.dialogues)
    drawn = draw(dialogues)
    turns = second_reading(drawn) if asked.part == "second" else [t for t in drawn if part_of(t.dialogue_id) == asked.part]
    print(f"{asked.part}: {len(turns)} turns in the draw")
    for place, turn in list(enumerate(turns))[asked.start : asked.start + asked.size]:
        print(f"[{place}] {show(dialogues, turn)}")


if __name__ == "__main__":
    main()
