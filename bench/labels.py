"""What labels teach, drawn by the queue of `laidian labels draw` and drawn at random, in a made-up centre with words of its own.

    python bench/labels.py [--seeds 5] [--labels 100]

The centre's contacts are those of `tests/data/reasons.jsonl` (train split, whose words the rules know) and, one in four, contacts
that use the centre's own names for things, which no taxonomy and no sentence of ours knows. Half of both is the pool that labels
are drawn from, the other half is measured. Nothing here was tuned on it.
"""

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from laidian.lexicons import OTHER, load_taxonomy
from laidian.reasons import classify
from laidian.reasons.learned import Learned
from laidian.reasons.queue import candidates, doubts, drawn_at_random, most_telling
from laidian.reasons.training import Labelled, learn
from sklearn.metrics import f1_score

DATA = Path(__file__).parents[1] / "tests" / "data" / "reasons.jsonl"
OWN = {
    "telecom.broadband_fault": (("小蓝盒", "那个蓝盒子", "墙上的小蓝"), ("哑火了", "歇菜了", "不转了", "又趴窝")),
    "telecom.plan": (("樱桃档", "荔枝档", "水果档"), ("怎么个退法", "给我换掉", "往下调一档", "还能改回来吗")),
    "telecom.balance": (("我那小金库", "小金库里头", "储钱罐"), ("还剩多少", "怎么见底了", "给我报一下", "又空了")),
    "telecom.mobile_network": (
        ("村口那根杆", "楼顶那根杆", "那根杆子"),
        ("一到晚上就没气", "不出声了", "半死不活", "老打盹"),
    ),
    "general.suggestion": (("那个戴红绳的小伙", "穿马甲的大姐", "胖师傅"), ("真讲究", "没得说", "顶呱呱", "太地道了")),
    OTHER: (("我就", "哎我", "那个我"), ("随便拨拨看", "找错门了", "试试这机子响不响", "没啥要紧的")),
}
FILLING = ("", "今天", "这两天", "昨晚上", "刚才", "一直", "你看", "说真的")
Contact = tuple[str, str, str]  # id, reason, what the customer says
SHARE = 0.3  # drawn at random, as the setting's default


def main() -> None:
    """Prints macro-F1 and accuracy of contacts not drawn from: without labels, with random ones, with those of the queue."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--labels", type=int, default=100)
    chosen = options.parse_args()
    taxonomy, found = load_taxonomy(), dict[str, list[tuple[float, float]]]()
    for seed in range(chosen.seeds):
        pool, rest = halves(seed)
        texts = {c: text for c, _, text in pool}
        frame = doubts(classify(spoken(pool), taxonomy))
        chance = drawn_at_random(frame, chosen.labels, seed)
        few = drawn_at_random(frame, round(SHARE * chosen.labels), seed)
        others = candidates(frame.filter(~pl.col("contact_id").is_in(few)), chosen.labels - len(few), seed)
        queue = [*few, *most_telling(others, texts, chosen.labels - len(few))]
        scorers: dict[str, Learned | None] = {"no labels": None}
        for name, drawn in (("at random", chance), ("by the queue", queue), ("all of the pool", list(texts))):
            asked = set(drawn)
            scorers[f"{len(asked)} labels {name}"] = learn(
                taxonomy, [Labelled(c, c, r, t, False) for c, r, t in pool if c in asked]
            )
        for name, learned in scorers.items():
            told = dict(
                classify(spoken(rest), taxonomy, None, learned).filter("primary").select("contact_id", "reason").iter_rows()
            )
            truth, answers = [r for _, r, _ in rest], [told.get(c, OTHER) for c, _, _ in rest]
            f1 = f1_score(truth, answers, average="macro", labels=sorted(set(truth)), zero_division=0)
            found.setdefault(name, []).append((float(f1), float(np.mean([a == b for a, b in zip(truth, answers, strict=True)]))))
    print(f"{len(rest)} contacts measured, {len(pool)} to draw from, {chosen.seeds} seeds")
    for name, pairs in found.items():
        f1, right = np.mean(pairs, axis=0)
        print(f"  {name:<32} macro-F1 {f1:.3f}  accuracy {right:.3f}  wrong {1 - right:.1%}")


def halves(seed: int) -> tuple[list[Contact], list[Contact]]:
    """The pool and the measured contacts of one seed."""
    dice = random.Random(seed)
    known: list[Contact] = []
    for line in DATA.read_text(encoding="utf-8").splitlines():
        contact = json.loads(line)
        if contact["split"] == "train":
            said = "，".join(text for speaker, text in contact["turns"] if speaker == "customer")
            known.append((str(contact["id"]), contact["reason"], said))
    own = [
        (f"own-{reason}-{n}", reason, f"{dice.choice(FILLING)}{dice.choice(things)}{dice.choice(FILLING)}{dice.choice(wrong)}")
        for reason, (things, wrong) in OWN.items()
        for n in range(len(known) // 3 // len(OWN))
    ]
    everyone = [*known, *own]
    dice.shuffle(everyone)
    return everyone[::2], everyone[1::2]


def spoken(contacts: Sequence[Contact]) -> pl.DataFrame:
    """The utterances of the contacts."""
    rows = [{"contact_id": c, "recording_no": 0, "turn": 0, "speaker": "customer", "text": text} for c, _, text in contacts]
    return pl.DataFrame(rows)


if __name__ == "__main__":
    main()
