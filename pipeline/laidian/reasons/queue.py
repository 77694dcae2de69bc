"""Which contacts an analyst should label next: those that teach most, and some drawn at random so that it can be measured fairly.

The random part is drawn first, from the whole frame, and recorded as such: only these say how a whole night looks. The others
are the ones whose two best reasons lie closest (margin sampling), each as unlike those chosen before it as can be had.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl
from sklearn.feature_extraction.text import TfidfVectorizer

from laidian.lexicons import OTHER
from laidian.reasons.learned import features

RANDOM, UNCERTAIN = "random", "uncertain"
CANDIDATES, MOST = 20, 4000
"""Uncertain contacts looked at for each that is wanted; of a large draw fewer, but two for each."""

MOST_OTHER = 0.5
"""Most of the uncertain part that may be contacts without a reason; there are many in which there is none to be found."""

_READ = 600  # characters of one contact that are compared with others


class Chosen(NamedTuple):
    """A contact to be labelled and why: `random` or `uncertain`."""

    contact_id: str
    why: str


def doubts(reasons: pl.DataFrame) -> pl.DataFrame:
    """A row a contact told by its words: contact_id, doubt (1 = none of two reasons leads, or none was told), other (no reason).

    Args:
        reasons: `Reason` rows; those of another source than `rules` are left out.
    """
    ranked = reasons.filter(pl.col("source") == "rules").sort("contact_id", "primary", "score", descending=[False, True, True])
    told = ranked.group_by("contact_id", maintain_order=True).agg(
        first=pl.col("score").first(),
        second=pl.col("score").slice(1).max().fill_null(0.0),
        other=pl.col("reason").first() == OTHER,
    )
    return told.select("contact_id", doubt=1 - (pl.col("first") - pl.col("second")), other="other")


def drawn_at_random(frame: pl.DataFrame, count: int, seed: int) -> list[str]:
    """A simple random sample of the frame's contacts (`doubts`); the same frame and seed give the same."""
    contacts = frame["contact_id"].sort()
    chosen = np.random.default_rng(seed).permutation(len(contacts))[:count]
    return [contacts[int(n)] for n in chosen]


def candidates(frame: pl.DataFrame, count: int, seed: int) -> pl.DataFrame:
    """The most doubtful contacts of the frame: those with a reason and those without, CANDIDATES for each wanted one of both."""
    dice = np.random.default_rng(seed).permutation(frame.height)  # of many equal ones not always the first
    ordered = frame.sort("contact_id").with_columns(chance=pl.Series(dice)).sort("doubt", "chance", descending=[True, False])
    most = max(2 * count, min(CANDIDATES * count, MOST))
    parts = [ordered.filter(pl.col("other") == other).head(most) for other in (False, True)]
    return pl.concat(parts).drop("chance")


def most_telling(frame: pl.DataFrame, texts: Mapping[str, str], count: int) -> list[str]:
    """Doubtful contacts, each unlike those before it: the greatest doubt times distance to the nearest one chosen.

    Args:
        frame: `candidates`.
        texts: what the customer of each said; contacts without a word are left out.
        count: how many.
    """
    some = frame.filter(pl.col("contact_id").is_in([c for c, text in texts.items() if text.strip("■，。 ")])).sort("contact_id")
    if some.is_empty():
        return []
    contacts, doubt = some["contact_id"].to_list(), some["doubt"].to_numpy()
    other = some["other"].to_numpy()
    seen = TfidfVectorizer(analyzer=features, sublinear_tf=True).fit_transform([texts[c][:_READ] or "无" for c in contacts])
    nearest, left, chosen = np.zeros(len(contacts)), np.ones(len(contacts), np.bool_), list[int]()
    others = 0
    while len(chosen) < count and left.any():
        open_ = left & (~other | (others < MOST_OTHER * count))
        if not open_.any():
            break
        best = int(np.argmax(np.where(open_, doubt * (1 - nearest), -1.0)))
        chosen.append(best)
        left[best] = False
        others += bool(other[best])
        nearest = np.maximum(nearest, (seen @ seen[best].T).toarray().ravel())
    return [contacts[n] for n in chosen]
