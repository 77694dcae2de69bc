"""Evidence of a TOP line: pointers `contact_id/recording_no/turn` at the turns that show it best, one a contact first."""

import polars as pl

from laidian.tables import REPEAT_CUE_KINDS

_TURN = ["contact_id", "recording_no", "turn"]
_BEST = ["tier", "score", *_TURN]
_DESCENDING = [False, True, False, False, False]


def common_quotes(tallied: pl.DataFrame, reasons: pl.DataFrame, turns: pl.DataFrame, quotes: int) -> pl.DataFrame:
    """issue -> evidence: the turns that weighed most for the reason, highest score first."""
    return _picked(_reason_turns(tallied, reasons), turns, quotes)


def unresolved_quotes(
    tallied: pl.DataFrame,
    links: pl.DataFrame,
    cases: pl.DataFrame,
    reasons: pl.DataFrame,
    cues: pl.DataFrame,
    turns: pl.DataFrame,
    quotes: int,
) -> pl.DataFrame:
    """issue -> evidence: what customers said of their earlier contact when they came back, strongest cue first.

    After those come the turns that weighed most for the reason.
    """
    followed = tallied.filter("followed")
    back = _repeats_of(followed, links, cases)
    spoken = cues.filter((pl.col("speaker") == "customer") & pl.col("kind").is_in(REPEAT_CUE_KINDS))
    said = back.join(spoken, on="contact_id").select("issue", *_TURN, "score", pl.lit(0).alias("tier"))
    return _picked(pl.concat([said, _reason_turns(followed, reasons)]), turns, quotes)


def escalated_quotes(tallied: pl.DataFrame, cues: pl.DataFrame, turns: pl.DataFrame, quotes: int) -> pl.DataFrame:
    """issue -> evidence: where customers wanted to take it higher, surest first."""
    spoken = cues.filter((pl.col("speaker") == "customer") & (pl.col("kind") == "escalation"))
    said = tallied.select("issue", "contact_id").join(spoken.select(*_TURN, "score"), on="contact_id")
    return _picked(said.select("issue", *_TURN, "score", pl.lit(0).alias("tier")), turns, quotes)


def _repeats_of(followed: pl.DataFrame, links: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """issue, contact_id: the repeats that came after the issue's contacts, in the same case."""
    listed = (
        cases.select("case_key", pl.col("contact_ids").alias("contact_id"))
        .with_columns(pl.int_ranges(1, pl.col("contact_id").list.len() + 1).alias("later_place"))
        .explode("contact_id", "later_place")
        .join(links.filter("repeat").select("contact_id"), on="contact_id", how="semi")
    )
    after = followed.select("issue", "case_key", "place").join(listed, on="case_key")
    return after.filter(pl.col("later_place") > pl.col("place")).select("issue", "contact_id").unique()


def _reason_turns(tallied: pl.DataFrame, reasons: pl.DataFrame) -> pl.DataFrame:
    weighed = reasons.filter(pl.col("primary") & pl.col("turn").is_not_null() & pl.col("recording_no").is_not_null())
    return (
        tallied.select("issue", "contact_id")
        .join(weighed.select(*_TURN, "score"), on="contact_id")
        .select("issue", *_TURN, "score", pl.lit(1).alias("tier"))
    )


def _picked(candidates: pl.DataFrame, turns: pl.DataFrame, quotes: int) -> pl.DataFrame:
    """The best turns that exist: the best of every contact before a second one of any."""
    best = (
        candidates.join(turns, on=_TURN, how="semi")
        .sort("issue", *_BEST, descending=[False, *_DESCENDING])
        .unique(["issue", *_TURN], keep="first", maintain_order=True)
        .with_columns(pl.int_range(pl.len()).over("issue", "contact_id").alias("again"))
        .sort("issue", "again", *_BEST, descending=[False, False, *_DESCENDING])
    )
    pointer = pl.concat_str([pl.col(name).cast(pl.String) for name in _TURN], separator="/")
    return best.group_by("issue", maintain_order=True).agg(pointer.head(quotes).alias("evidence"))
