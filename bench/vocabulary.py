"""What a vocabulary of names does to the sample calls: names rightly written, character error rate, what is changed wrongly.

    python bench/vocabulary.py [--workspace DIR] [--texts F.jsonl]

The names: the five companies, the products and places of the sample calls, and every customer. A name counts as written as often
as it is said in a call, at most. `--workspace`: one that has heard the sample calls (laidian-demo), else they are heard now.
`--texts`: dialogues in which none of the names is said, lines {"turns": [{"text"}]}: every change there is wrong. The limits of
`transcribe/vocabulary.py` were chosen on these calls and on such dialogues.
"""

import argparse
import hashlib
import json
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

from asr import errors
from laidian import demo
from laidian.engines import choice
from laidian.settings import Audio, Hearing
from laidian.transcribe import Transcript, transcribe, vocabulary

PRODUCTS = "光猫 机顶盒 电饭煲 彩铃 装维师傅 营业厅 三元保号 保号套餐 障碍单 校园卡 圈存机 水表 燃气表".split()  # noqa: SIM905
PLACES = "东湖路 西山路 中山路 枫林路 翠湖花园".split()  # noqa: SIM905
Call = dict[str, Any]  # a line of reference.jsonl


def heard(calls: list[Call], workspace: Path | None) -> list[Transcript]:
    """The transcripts of the calls, as heard."""
    paths = [demo.sample() / call["recording"] for call in calls]
    if workspace is None:
        return [t for _, t in transcribe(paths, choice.load(Hearing()), Audio(), Hearing().turn_gap_s)]
    files = sorted((workspace / "vault" / "transcripts").glob("**/*.json"), key=lambda file: file.stat().st_mtime)
    known = [Transcript.from_json(json.loads(file.read_text(encoding="utf-8"))) for file in files]
    by_sound = {one.sha256: one for one in known}  # the newest of each
    return [by_sound[hashlib.sha256(path.read_bytes()).hexdigest()] for path in paths]


def show(kind: str, names: list[str], calls: list[Call], transcripts: list[Transcript]) -> None:
    """One line."""
    known = vocabulary.compiled(names)
    said, before, after, wrong, changed = 0, 0, 0, 0, 0
    counted = [[0, 0], [0, 0]]
    for call, one in zip(calls, transcripts, strict=True):
        both = [vocabulary.corrected(u.text, known) for u in one.utterances]
        truth = "\n".join(turn["text"] for turn in call["turns"])
        texts = [u.text for u in one.utterances], [text for text, _ in both]
        for name in names:
            often = truth.count(name)
            said += often
            before += min(often, "\n".join(texts[0]).count(name))
            after += min(often, "\n".join(texts[1]).count(name))
        for _, changes in both:
            changed += len(changes)
            wrong += sum(change.written not in truth for change in changes)
        for number, text in enumerate(texts):
            lines = [{"channel": u.channel, "text": t} for u, t in zip(one.utterances, text, strict=True)]
            off, _, length = errors(call, lines if one.channels == 2 else [line | {"channel": None} for line in lines])
            counted[number] = [counted[number][0] + off, counted[number][1] + length]
    rates = [100 * off / length for off, length in counted]
    print(
        f"{kind:<10} {len(names):3} names, said {said:3} times: written {before} -> {after}; "
        f"CER {rates[0]:.2f} -> {rates[1]:.2f} %; {changed} changes, {wrong} to a name that was not said"
    )


def elsewhere(names: list[str], file: Path) -> None:
    """Changes in dialogues that hold none of the names."""
    known, found, characters = vocabulary.compiled(names), Counter[str](), 0
    for line in file.read_text(encoding="utf-8").splitlines():
        for turn in json.loads(line)["turns"]:
            characters += len(turn["text"])
            found.update(change.written for change in vocabulary.corrected(turn["text"], known)[1])
    print(f"elsewhere: {found.total()} changes in {characters} characters")


def main() -> None:
    """Hears or reads, changes, counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--texts", type=Path)
    given = parser.parse_args()
    lines = (demo.sample() / "reference.jsonl").read_text(encoding="utf-8").splitlines()
    calls = [call for call in map(json.loads, lines) if call["turns"]]
    script = tomllib.loads((demo.sample() / "script.toml").read_text(encoding="utf-8"))
    companies = [trade["name"] for trade in script["trades"].values()]
    people = sorted({one["name"] for one in script["customers"].values() if "name" in one})
    transcripts = heard(calls, given.workspace)
    kinds = {"companies": companies, "products": PRODUCTS, "places": PLACES, "people": people}
    every = [name for some in kinds.values() for name in some]
    for kind, names in {**kinds, "all": every}.items():
        show(kind, names, calls, transcripts)
    if given.texts:
        elsewhere(every, given.texts)


if __name__ == "__main__":
    main()
