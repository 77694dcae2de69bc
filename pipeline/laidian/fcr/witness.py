"""What the next contact about the same reason says of a contact: its customer speaks of an earlier one, or does not."""

import polars as pl

from laidian.tables import REPEAT_CUE_KINDS

AGAIN = tuple(kind for kind in REPEAT_CUE_KINDS if kind != "recurrence")
"""Cues that say «I was here before about this». «It is broken again» may be said of a new problem."""


def with_witness(facts: pl.DataFrame, log: pl.DataFrame, cues: pl.DataFrame) -> pl.DataFrame:
    """The facts with `spoke` (the customer speaks of an earlier contact) and `next_spoke` (the next one of the same customer for
    the same reason does, the one at the end of `same_after`; false where there is none).

    Args:
        facts: a row a contact of the period.
        log: `Contact` with customer_key, identified and main reason, also after the period: the next contact may lie there.
        cues: `Cue`.
    """
    spoken = cues.filter((pl.col("speaker") == "customer") & pl.col("kind").is_in(AGAIN)).select("contact_id").unique()
    at = pl.col("ended_at") + pl.duration(microseconds=pl.col("same_after"))
    followed = facts.filter(pl.col("same_after").is_not_null()).select("contact_id", "customer_key", "reason", at=at)
    later = (
        log.filter(pl.col("in_population") & (pl.col("direction") == "inbound") & pl.col("identified"))
        .select("contact_id", "customer_key", "reason", at="started_at")
        .join(spoken, on="contact_id", how="semi")
    )
    said = followed.join(later, on=["customer_key", "reason", "at"], how="semi").select("contact_id")

    def among(some: pl.DataFrame) -> pl.Expr:
        return pl.col("contact_id").is_in(some["contact_id"].implode())

    return facts.with_columns(spoke=among(spoken), next_spoke=among(said))
