"""Rules with conditions on random conversations: laws that hold whatever is said, and a slow twin of where they hold."""

import re
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from laidian.lexicons import Taxonomy, load_taxonomy
from laidian.reasons import classify

from tests.spec.test_rule_conditions import OFFER, write

PAIR = 'matches = ["MATCH"], misses = ["你好"]'
RULES = (
    OFFER,
    f'all = ["不要了"], after = "offer", weight = 4, {PAIR.replace("MATCH", "座席：优惠|客户：不要了")}',
    f'pattern = "销.户", unless = "别", role = "customer", weight = 4, {PAIR.replace("MATCH", "销个户")}',
    f'of = ["太贵", "掉线", "态度"], at_least = 2, near = 12, weight = 4, {PAIR.replace("MATCH", "太贵还掉线")}',
    f'all = ["到期"], first_s = 10, weight = 4, {PAIR.replace("MATCH", "客户@1：到期")}',
)
SAID = ["优惠", "不要了", "销个户", "别销个户", "太贵", "掉线", "态度", "到期", "嗯", "好的，好的，好的，好的"]
talks = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["customer", "agent", "ivr", "unknown"]), st.sampled_from(SAID)),
    max_size=10,
)


@cache
def taxonomy() -> Taxonomy:
    return load_taxonomy(write(Path(mkdtemp()), *RULES))


def table_of(said: list[tuple[str, str, str]]) -> pl.DataFrame:
    """Each line begins 6 seconds after the one before it in its contact."""
    seen: dict[str, int] = {}
    rows = []
    for contact, speaker, text in said:
        turn = seen[contact] = seen.get(contact, -1) + 1
        times = {"start": 6.0 * turn, "end": 6.0 * turn + 5}
        rows.append({"contact_id": contact, "recording_no": 1, "turn": turn, "speaker": speaker, "text": text, **times})
    texts = dict.fromkeys(("contact_id", "speaker", "text"), pl.String)
    order = {"recording_no": pl.Int64, "turn": pl.Int64, "start": pl.Float64, "end": pl.Float64}
    return pl.DataFrame(rows, schema={**texts, **order}).select(
        "contact_id", "recording_no", "turn", "speaker", "text", "start", "end"
    )


def slow(said: list[tuple[str, str]]) -> bool:
    """Whether some rule holds in one contact, written from what the rules say; what a menu says counts for nothing."""
    for n, (speaker, text) in enumerate(said):
        if speaker == "ivr":
            continue
        own = speaker != "agent"
        offered = any(who == "agent" and "优惠" in earlier for who, earlier in said[:n])
        if "不要了" in text and offered:
            return True
        if own and re.search("销.户", text) and "别" not in text:
            return True
        if "到期" in text and 6 * n <= 10:
            return True
        first = n
        while first and said[first - 1][0] == speaker:
            first -= 1
        last = n
        while last + 1 < len(said) and said[last + 1][0] == speaker:
            last += 1
        stretch, at = "", 0
        for m in range(first, last + 1):
            at = len(stretch) if m == n else at
            stretch += said[m][1] + "，"
        near = {w for w in ("太贵", "掉线", "态度") if any(abs(hit.start() - at) <= 12 for hit in re.finditer(w, stretch))}
        if text in ("太贵", "掉线", "态度") and len(near) >= 2:
            return True
    return False


@settings(max_examples=120, deadline=None)
@given(talks, st.randoms())
def test_rules_hold_where_their_slow_twins_do_in_any_order_and_company(said: list[tuple[str, str, str]], dice: Any) -> None:
    whole = table_of(said)
    found = classify(whole, taxonomy())
    order = list(range(len(said)))
    dice.shuffle(order)
    assert classify(whole[order] if said else whole, taxonomy()).equals(found)
    for contact in {c for c, _, _ in said}:
        alone = classify(whole.filter(pl.col("contact_id") == contact), taxonomy())
        assert alone.equals(found.filter(pl.col("contact_id") == contact))
        told = alone.filter("primary")["reason"].item() == "general.leaving"
        assert told == slow([(speaker, text) for c, speaker, text in said if c == contact])
