"""From what was said to call reasons: every piece of evidence is weighed by who said it and when, and the trade votes first.

1. Utterances of one speaker in a row are read together (a recogniser cuts at pauses, not at thoughts).
2. A customer's word counts whole, one of an unknown speaker nearly so, an agent's about half and at most AGENT_MOST a reason,
   the voice menu's not at all: closing formulas and menus name every service there is. Early words count more than late.
3. What an utterance sounds like (learned.py) is evidence beside keywords and rules.
4. Hotline, queue, greetings, brands and the reasons' own words vote for a trade; reasons of other trades are damped by their
   share.
5. The heaviest reason is primary, others stand beside it from half its weight; below THRESHOLD, or below ALONE where no word
   and no rule speaks for any, it is `general.other`.
"""

import math

import numpy as np
import numpy.typing as npt
import polars as pl

from laidian.lexicons import Taxonomy
from laidian.reasons.compile import Floats, Matcher, compile_matcher
from laidian.reasons.house import votes_of_lines
from laidian.reasons.learned import Learned, chance
from laidian.reasons.scan import coded_column
from laidian.reasons.weigh import SCALE, SPEAKERS, Talk, Told, weigh
from laidian.tables import Reason, check, schema

_SPEAKERS = pl.Enum(sorted(SPEAKERS, key=SPEAKERS.__getitem__))

TIMES = ("start", "end")
"""Columns of `Spoken` that only rules with `first_s` or `last_s` need."""


def classify(
    spoken: pl.DataFrame, taxonomy: Taxonomy, lines: pl.DataFrame | None = None, learned: Learned | None = None
) -> pl.DataFrame:
    """The call reasons of every contact that has text: one or more rows a contact, exactly one of them primary.

    Args:
        spoken: `Spoken` rows, before redaction, in any order. Contacts whose text is blank give no row.
        taxonomy: from `load_taxonomy`.
        lines: `contact_id` (unique), `hotline`, `queue`, `direction` as the log gives them (null: it does not say); None: no log.
        learned: what reasons sound like; None = the bundled scorer.

    Returns:
        `Reason` rows with source `rules`. A contact whose words reach no reason has `general.other` with score 0.
    """
    matcher = compile_matcher(taxonomy, learned)
    columns = ("contact_id", "recording_no", "turn", "speaker", "text", *(TIMES if _needs_clock(matcher) else ()))
    said = spoken.filter(pl.col("text").str.strip_chars() != "").select(columns)
    if not said.select(pl.struct(columns[:3])).to_series().is_sorted():
        said = said.sort(columns[:3])
    runs = said["contact_id"].rle().struct.unnest()
    contacts = runs.select(contact_id="value")
    talk = _talk(said, runs["len"].to_numpy(), contacts, lines, matcher)
    return check(_rows(weigh(talk, matcher), said, contacts["contact_id"], matcher), Reason)


def _needs_clock(matcher: Matcher) -> bool:
    return matcher.special is not None and matcher.special.timed


def _clock(said: pl.DataFrame) -> Floats:
    """Lines x 2: seconds since the recording began, and until the last word of it; NaN = text without times."""
    if TIMES[0] not in said.columns:
        return np.full((said.height, 2), np.nan)
    left = pl.col("end").max().over("contact_id", "recording_no") - pl.col("end")
    return said.select(
        pl.col("start").cast(pl.Float64).fill_null(math.nan), left=left.cast(pl.Float64).fill_null(math.nan)
    ).to_numpy()


def _talk(
    said: pl.DataFrame, sizes: npt.NDArray[np.uint32], contacts: pl.DataFrame, lines: pl.DataFrame | None, matcher: Matcher
) -> Talk:
    """The utterances, ordered by contact, as arrays."""
    text, begins = coded_column(said["text"], matcher.plan.letters)
    speaker = said["speaker"].cast(_SPEAKERS).to_physical().cast(pl.Int8).to_numpy()
    talk = Talk(
        text,
        begins,
        np.ascontiguousarray(speaker),
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        np.zeros(contacts.height, np.bool_),
        np.zeros((contacts.height, len(matcher.trades))),
        _clock(said),
    )
    if lines is None:
        return talk
    own = contacts.join(
        lines.select("contact_id", "hotline", "queue", "direction"), on="contact_id", how="left", maintain_order="left"
    )
    called = (own["direction"] == "outbound").fill_null(False).to_numpy()
    return talk._replace(outbound=called, votes=votes_of_lines(own, talk, matcher))


def _rows(told: Told, said: pl.DataFrame, contacts: pl.Series, matcher: Matcher) -> pl.DataFrame:
    """In the order of the key."""
    count, others = len(told.contact), np.ones(len(contacts), np.bool_)
    others[told.contact] = False
    silent = np.flatnonzero(others)
    first = np.ones(count, np.bool_)
    first[1:] = told.contact[1:] != told.contact[:-1]
    # Contacts that reach no reason stand behind the others' rows, then everything is put in order; -1 = null.
    contact, none = np.append(told.contact, silent), np.full(len(silent), -1)
    reason = np.append(told.reason, np.full(len(silent), matcher.plan.sounds.other))
    order = np.lexsort((reason, contact))
    line, issue = np.append(told.line, none)[order], np.append(told.issue, none)[order]
    place = said[["recording_no", "turn"]][np.maximum(line, 0)]
    nowhere = pl.Series(line < 0)
    found = pl.DataFrame({
        "contact_id": contacts[contact[order]],
        "reason": pl.Series(matcher.reasons)[reason[order]],
        "issue": pl.Series([*matcher.issues, None], dtype=pl.String)[issue % (len(matcher.issues) + 1)],
        "score": np.round(np.append(_score(told.weight, matcher), np.zeros(len(silent))), 4)[order],
        "primary": np.append(first, np.ones(len(silent), np.bool_))[order],
        "source": pl.Series(["rules"]).new_from_index(0, len(order)),
        "recording_no": place["recording_no"].set(nowhere, None),
        "turn": place["turn"].set(nowhere, None),
        "tagger": pl.Series([matcher.tagger]).new_from_index(0, len(order)),
    })  # fmt: skip
    return found.cast(schema(Reason))


def _score(weight: Floats, matcher: Matcher) -> Floats:
    return 1 - np.exp(-weight / SCALE) if matcher.sureness is None else chance(weight, matcher.sureness)
