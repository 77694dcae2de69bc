"""Unnamed issues from night to night: discovered reason by reason, named by their key phrases, known again by their contacts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import pairwise
from typing import Any

import jieba
import numpy as np
import polars as pl

from laidian.issues.discovery import Found, discover
from laidian.issues.hot import LEAST_BUCKETS, rising
from laidian.tables import FoundIssue, check, empty, from_rows

PHRASES, QUOTES, MOST_NAMED = 6, 3, 4000
AGAIN = 0.5
"""Share of the smaller one's contacts that two nights' groups have in common when they are the same issue; judgement."""

_HIDDEN = "■"
_LEAST_CHARACTERS = 4


@dataclass(frozen=True, slots=True)
class Decision:
    """What analysts said of one found issue: accepted or not (null: nothing), a name, another issue it is part of."""

    accepted: bool | None = None
    name: str | None = None
    merge_into: str | None = None


def found_issues(
    said: pl.DataFrame, contacts: pl.DataFrame, known: pl.DataFrame, decisions: Mapping[str, Decision]
) -> pl.DataFrame:
    """Tonight's found issues, as `FoundIssue` rows.

    Args:
        said: what customers said, redacted: contact_id, recording_no, turn, text.
        contacts: a row a contact with text: contact_id, day, reason, issue (null: it names none).
        known: the `FoundIssue` rows of the night before.
        decisions: found issue's id -> what was decided.
    """
    texts = _texts(said, contacts)
    named = texts.filter(pl.col("issue").is_not_null())["text"].sort()
    sample = named.gather(np.linspace(0, len(named) - 1, min(len(named), MOST_NAMED)).astype(int)).to_list() if len(named) else []
    settled = [row for row in known.iter_rows(named=True) if _decided(row, decisions.get(row["issue"]))["decision"] != "new"]
    rows = [_decided(row, decisions.get(row["issue"])) for row in settled]
    for (reason,), own in texts.filter(pl.col("issue").is_null()).sort("contact_id").group_by("reason", maintain_order=True):
        found = discover(own["text"].to_list(), sample)
        earlier = [row for row in known.iter_rows(named=True) if row["reason"] == reason]
        taken: set[str] = set()
        for group in range(len(found.stability)):
            row = _row(str(reason), own, found, group, said)
            row["issue"] = _known_as(row["contact_ids"], earlier, taken) or row["issue"]
            taken.add(row["issue"])
            if row["issue"] not in {done["issue"] for done in settled}:
                rows.append(_decided(row, decisions.get(row["issue"])))
    return check(from_rows([FoundIssue(**row) for row in rows], FoundIssue), FoundIssue) if rows else empty(FoundIssue)


def _texts(said: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    joined = (
        said.sort("contact_id", "recording_no", "turn")
        .with_columns(pl.col("text").str.replace_all(_HIDDEN, ""))
        .group_by("contact_id", maintain_order=True)
        .agg(pl.col("text").str.join("，"))
        .filter(pl.col("text").str.len_chars() >= _LEAST_CHARACTERS)
    )
    return contacts.join(joined, on="contact_id").sort("contact_id")


def _row(reason: str, own: pl.DataFrame, found: Found, group: int, said: pl.DataFrame) -> dict[str, Any]:
    inside = own.filter(pl.Series(found.labels == group))
    phrases = key_phrases(inside["text"].to_list(), own.filter(pl.Series(found.labels != group))["text"].to_list())
    first = inside.sort("day", "contact_id")["contact_id"][0]
    return {
        "issue": f"{reason}.found_{sha256(first.encode()).hexdigest()[:8]}", "reason": reason, "name": "·".join(phrases[:2]),
        "phrases": phrases, "contacts": inside.height, "share": inside.height / own.height,
        "first_day": inside["day"].min(), "last_day": inside["day"].max(), "stability": found.stability[group],
        "unnamed": found.unnamed[group], "trend": _trend(inside["day"], own["day"]),
        "evidence": _typical(inside["contact_id"].to_list(), phrases, said), "contact_ids": inside["contact_id"].sort().to_list(),
        "decision": "new", "merged_into": None,
    }  # fmt: skip


def key_phrases(inside: Sequence[str], outside: Sequence[str]) -> list[str]:
    """Words that texts inside use far oftener than those outside, best first; no word is part of another."""
    counts, others = (Counter(word for text in texts for word in _words(text)) for texts in (inside, outside))
    within, beyond = len(inside) + 1, len(outside) + 1

    def weight(word: str) -> float:
        share, share_out = counts[word] / within, (others[word] + 0.5) / beyond
        return share * float(np.log(share / share_out))

    chosen: list[str] = []
    for word in sorted(counts, key=lambda word: (-weight(word), word)):
        if len(chosen) == PHRASES or weight(word) <= 0:
            break
        if not any(word in other or other in word for other in chosen):
            chosen.append(word)
    return chosen


def _words(text: str) -> set[str]:
    """Words of two characters or more, and pairs of neighbouring words."""
    cut = [word for word in jieba.lcut(text) if word.strip()]
    return {w for w in cut if len(w) > 1} | {a + b for a, b in pairwise(cut) if 3 <= len(a + b) <= 6}


def _typical(contact_ids: list[str], phrases: list[str], said: pl.DataFrame) -> list[str]:
    """The turns that hold most of the key phrases, one a contact; of equal ones the shortest, then by contact."""
    held = pl.sum_horizontal([pl.col("text").str.contains(p, literal=True).cast(pl.Int64) for p in phrases or ["\0"]])
    turns = said.filter(pl.col("contact_id").is_in(contact_ids)).with_columns(held=held, long=pl.col("text").str.len_chars())
    best = turns.sort("held", "long", "contact_id", "recording_no", "turn", descending=[True, False, False, False, False])
    rows = best.unique("contact_id", keep="first", maintain_order=True).head(QUOTES)
    return [f"{r['contact_id']}/{r['recording_no']}/{r['turn']}" for r in rows.iter_rows(named=True)]


def _trend(days: pl.Series, every: pl.Series) -> float | None:
    last = every.max()
    if not isinstance(last, date):
        return None
    weeks, all_weeks = ((pl.Series([last] * len(x)) - x).dt.total_days() // 7 for x in (days, every))
    totals = np.bincount(all_weeks.to_numpy())
    count = len(totals)
    if count < LEAST_BUCKETS:
        return None
    return float(rising((np.bincount(weeks.to_numpy(), minlength=count) / np.maximum(totals, 1))[::-1][np.newaxis])[0][0])


def _known_as(contact_ids: list[str], earlier: list[dict[str, Any]], taken: set[str]) -> str | None:
    """The id of the night before whose contacts are mostly these; None = nobody's."""
    own = set(contact_ids)
    best = (AGAIN, "")
    for row in earlier:
        other = set(row["contact_ids"])
        share = len(own & other) / max(min(len(own), len(other)), 1)
        if str(row["issue"]) not in taken and share >= best[0]:
            best = (share, str(row["issue"]))
    return best[1] or None


def _decided(row: Mapping[str, Any], decision: Decision | None) -> dict[str, Any]:
    """The row with what analysts decided."""
    told = dict(row)
    if decision is None:
        return told
    if decision.name:
        told["name"] = decision.name
    if decision.merge_into:
        told |= {"decision": "merged", "merged_into": decision.merge_into}
    elif decision.accepted is not None:
        told["decision"] = "accepted" if decision.accepted else "rejected"
    return told
