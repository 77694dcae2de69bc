"""How fast the cue engine reads: its one pass, exact and by sound, beside pyahocorasick with the same patterns, and the whole.

    python bench/cue_speed.py [--millions 1]

Peer: pyahocorasick (pip install pyahocorasick), which looks for the patterns as written only. The patterns are the anchors of
the bundled lexicon, spelled in characters. Ours finds them as written AND by near syllable in the same pass. All in one
process, one thread, the same texts; CPU seconds, the best of five, after warming up; ratios are what counts.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import ahocorasick
import numba
import numpy as np
import pyarrow as pa
from laidian.cues import find, find_in_texts, load_lexicon
from laidian.cues.anchors import anchors
from laidian.cues.automaton import Automaton
from laidian.cues.find import SLICE
from laidian.tables import Spoken, from_rows
from laidian.zh.syllables import near
from numpy.typing import NDArray

DATA = Path(__file__).resolve().parents[1] / "tests" / "data"
SMALL_TALK = (
    "嗯",
    "好的",
    "好的谢谢",
    "你好",
    "对",
    "行那我等一下",
    "您稍等我帮您查询一下",
    "请问您的号码是多少",
    "我看一下",
    "麻烦你了",
)


def texts(count: int) -> list[str]:
    """What calls are made of: half small talk, half the written seeds, in a fixed random order."""
    seeds = [json.loads(line)["text"] for line in (DATA / "cues_seed.jsonl").read_text("utf-8").splitlines()]
    drawn = np.random.default_rng(7).integers(0, len(seeds) + 1, (count, 2))
    return [seeds[a % len(seeds)] if a % 2 else SMALL_TALK[b % len(SMALL_TALK)] for a, b in drawn]


def spelled(wanted: list[frozenset[tuple[str, ...]]]) -> list[str]:
    """The anchors in characters: for every near syllable the commonest character that the seeds spell it with."""
    letters: dict[str, str] = {}
    for char in "".join(texts(2000)) + "".join(map(chr, range(0x4E00, 0x9FA6))):
        letters.setdefault(near(char)[0], char)
    known = {anchor for found in wanted for anchor in found}
    return sorted({"".join(letters.get(sound, sound) for sound in anchor) for anchor in known})


def best(work: Callable[[], object], times: int = 5) -> float:
    """CPU seconds, the best of some runs."""
    work()
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


@numba.njit(cache=True)
def bare(symbols, step, ends):  # type: ignore[no-untyped-def]
    """The automaton alone over symbols already looked up: the floor under any scan with these patterns."""
    state, hits = 0, 0
    for symbol in symbols:
        state = step[state, symbol]
        hits += ends[state]
    return hits


def symbols(said: list[str], automaton: Automaton) -> NDArray[np.uint16]:
    """All texts as one array of the automaton's symbols."""
    codes = np.frombuffer("".join(said).encode("utf-32-le"), np.uint32)
    return automaton.symbol[np.minimum(codes, len(automaton.symbol) - 1)]


def peer(said: list[str], patterns: list[str]) -> Callable[[], int]:
    """pyahocorasick over the strings, one iteration a text, as it is used from Python."""
    machine = ahocorasick.Automaton()
    for number, pattern in enumerate(patterns):
        machine.add_word(pattern, number)
    machine.make_automaton()
    return lambda: sum(1 for text in said for _ in machine.iter(text))


def memory() -> float:
    """Megabytes at their highest so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Prints the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--millions", type=float, default=1.0)
    count = int(asked.parse_args().millions * 1_000_000)
    lexicon = load_lexicon()
    automaton = lexicon.automaton
    said, patterns = texts(count), spelled([anchors(form.tree) for form in lexicon.forms])
    column, coded = pa.array(said, pa.large_string()), symbols(said, automaton)
    ends = automaton.mask.any(axis=1)
    parts = [said[at : at + SLICE] for at in range(0, count, SLICE)]  # as the engine scans them
    slices = [column.slice(at, SLICE) for at in range(0, count, SLICE)]
    characters = sum(map(len, said))
    print(f"{count} texts, {characters / count:.1f} characters each, {len(patterns)} patterns, {len(lexicon.forms)} forms")
    seconds = {
        "pyahocorasick, as written, from strings": best(peer(said, patterns)),
        "laidian, as written and by sound, from strings": best(lambda: sum(len(automaton.texts(part)) for part in parts)),
        "laidian, as written and by sound, from an Arrow column": best(
            lambda: sum(len(automaton.arrow(part)) for part in slices)
        ),
        "the bare automaton over looked-up symbols": best(lambda: bare(coded, automaton.step, ends)),
    }
    for name, taken in seconds.items():
        print(f"  {name:50} {taken:7.3f} s {count / taken / 1e6:7.2f} M texts/s {characters / taken / 1e6:7.1f} M characters/s")
    theirs, strings, from_column, floor = seconds.values()
    print(f"  from strings {theirs / strings:.1f} times pyahocorasick, from a column {theirs / from_column:.1f} times;")
    print(f"  from a column {from_column / floor:.2f} times the time of the bare automaton")
    whole(said[: count // 20])
    linear()


def whole(said: list[str]) -> None:
    """The engine end to end: expressions, likeness, vetoes, scorer, table; and its memory, which must not grow."""
    lexicon = load_lexicon()
    rows = from_rows((Spoken(str(n), 1, 0, 0, "customer", None, None, text, 0.9) for n, text in enumerate(said)), Spoken)
    taken = best(lambda: find(rows, lexicon), times=1)
    print(f"  the whole engine, table in, table out: {len(said) / taken / 1e3:.1f} thousand utterances/s")
    before = memory()
    for _ in range(5):
        find_in_texts([(text, "customer", 0.9) for text in said[:10_000]], lexicon)
    print(f"  memory: {memory() - before:+.1f} MB over five more batches of 10,000")


def linear() -> None:
    """Time against length on the worst texts known: ten times the text, about ten times the time."""
    lexicon = load_lexicon()
    worst: tuple[tuple[str, Callable[[int], str]], ...] = (
        ("打…一…", lambda n: "打" * (n // 2) + "一" * (n // 2)),
        ("one cue after the other", lambda n: "我昨天给你们客服打了三次电话都没人回复，" * (n // 20)),
    )
    for name, made in worst:
        short, text = made(10_000), made(100_000)
        first, last = (best(partial(find_in_texts, [(t, "customer", None)], lexicon), 1) for t in (short, text))
        print(f"  {name}: {len(short)} characters {first:.3f} s, {len(text)} characters {last:.3f} s ({last / first:.1f} times)")


if __name__ == "__main__":
    main()
