"""How well the agent's practices, and what agents promise, refuse and pass on, are found in sentences written for laidian.

    python bench/agent_practices.py

tests/data/agent_practices.jsonl: one practice a sentence, or none; written without a look at the lexicon, and the lexicon is not
tuned on them. A sentence may hold more than its label says (a next step with a time in it is a promise too), so false
findings are counted only on the sentences without any practice. They are typed: nothing here says what a recogniser does to them.
"""

import json
from collections import Counter
from pathlib import Path

from laidian.cues import find_in_texts, load_lexicon
from laidian.stats import wilson

DATA = Path(__file__).resolve().parents[1] / "tests" / "data" / "agent_practices.jsonl"


def main() -> None:
    """Prints recall by kind, and what is found where there is nothing."""
    rows = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
    said = find_in_texts([(row["text"], "agent", None) for row in rows], load_lexicon())
    found = [{cue.kind for cue in cues} for cues in said]
    known = sorted({kind for row in rows for kind in row["kinds"]})
    asked, right = Counter[str](), Counter[str]()
    for row, kinds in zip(rows, found, strict=True):
        asked.update(row["kinds"])
        right.update(kind for kind in row["kinds"] if kind in kinds)
    for kind in known:
        print(f"  {kind:16} {_share(right[kind], asked[kind])}")
    print(f"  {'all':16} {_share(right.total(), asked.total())}")
    plain = [kinds & set(known) for row, kinds in zip(rows, found, strict=True) if not row["kinds"]]
    print(f"  sentences without a practice in which one is found {_share(sum(map(bool, plain)), len(plain))}")


def _share(part: int, of: int) -> str:
    low, high = wilson(part, of)
    return "-" if low is None else f"{part / of:.3f} [{low:.3f}, {high:.3f}] ({part}/{of})"


if __name__ == "__main__":
    main()
