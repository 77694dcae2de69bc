"""What may tell, without an audit, whether a contact was the first about its problem and settled it."""

import polars as pl

from laidian.tables import REPEAT_CUE_KINDS

HOUR = 3600.0 * 1_000_000
DAY = 24 * HOUR
MARKS = {"12h": 12 * HOUR, "1d": DAY, "3d": 3 * DAY, "7d": 7 * DAY, "10d": 10 * DAY, "40d": 40 * DAY}
AGE = 15 * DAY
"""Log time before and after a contact, beyond which more of it tells nothing new; carries both censorings (fcr_method.md)."""

RARE = 0.02
"""A reason with a smaller share of the population is not told apart from the others."""


def predictors(facts: pl.DataFrame, links: pl.DataFrame, cues: pl.DataFrame) -> pl.DataFrame:
    """One row a contact of the population, in order of contact_id: `contact_id`, `fold_key`, then numbers in 0..1, none missing.

    A contact without identity, reason or readable recording has zeros where nothing is known and a flag that says so; it
    stays, for leaving it out would flatter the estimate. `fold_key`: its customer.

    Args:
        facts: from `laidian.fcr.facts`, with tickets.
        links: `Link`, by the contact_ids of `facts`.
        cues: `Cue`, likewise; only the customer's own count.
    """
    served = facts.filter(pl.col("outside").is_null()).sort("contact_id")
    own = _own_cues(cues)
    joined = served.join(own, on="contact_id", how="left").join(_next(links, own), on="contact_id", how="left").sort("contact_id")
    numbers = (e.fill_null(0.0).cast(pl.Float64) for e in _columns(joined))
    return joined.select("contact_id", pl.coalesce("customer_key", "contact_id").alias("fold_key"), *numbers)


def _columns(joined: pl.DataFrame) -> list[pl.Expr]:
    gaps = [
        (pl.col(gap) <= micros).alias(f"{gap}.{mark}")
        for gap in ("same_after", "any_after", "same_before", "any_before")
        for mark, micros in MARKS.items()
    ]
    flags = ["cued", "linked", "case_first", "case_followed", "transferred", "faulty"]
    answers = [
        (pl.col(column) == answer).alias(f"{column}.{answer}")
        for column in ("said_resolved", "said_first")
        for answer in ("yes", "no")
    ]
    linked = [
        "stated", "counted", "relapse", "next_linked", "next_cued", "next_chasing", "next_relapse", "next_within_day",
        "next_called",
    ]  # fmt: skip
    once, due = pl.col("ticket_once"), pl.col("ticket_due")
    tickets = [
        pl.col("ticketed"),
        (~pl.col("ticket_done") & pl.col("ticketed")).alias("ticket_open"),
        once.alias("ticket_kept"),
        (due & ~once).alias("ticket_broken"),
        pl.col("ticket_again"),
        *((pl.col("visited") == answer).alias(f"visit_{answer}") for answer in ("yes", "no")),
    ]
    ages = [(pl.col(f"covered_{side}").clip(0, AGE) / AGE).alias(f"age_{side}") for side in ("before", "after")]
    shares = joined["reason"].value_counts(normalize=True).filter((pl.col("proportion") >= RARE) & pl.col("reason").is_not_null())
    reasons = [(pl.col("reason") == reason).alias(f"reason.{reason}") for reason in sorted(shares["reason"])]
    unknown = [(~pl.col("identified")).alias("nobody"), pl.col("reason").is_null().alias("no_reason")]
    return [*gaps, *(pl.col(c) for c in flags), *answers, *(pl.col(c) for c in linked), *tickets, *ages, *reasons, *unknown]


def _own_cues(cues: pl.DataFrame) -> pl.DataFrame:
    """`stated`: the most earlier contacts the customer speaks of, in fifths up to 1; `counted`: whether a number is named."""
    own = cues.filter((pl.col("speaker") == "customer") & pl.col("kind").is_in(REPEAT_CUE_KINDS))
    return own.group_by("contact_id").agg(
        pl.col("prior_contacts").max().clip(0, 5).fill_null(0).truediv(5).alias("stated"),
        (pl.col("kind") == "explicit_count").any().alias("counted"),
        (pl.col("kind") == "recurrence").any().alias("relapse"),
    )


def _next(links: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """What is linked to a contact as its next: how, and whether the customer speaks of an earlier contact there."""
    cued = links.join(own.select("contact_id", spoken=True), on="contact_id", how="left")
    repeat = pl.col("repeat")
    return cued.group_by(pl.col("earlier_contact_id").alias("contact_id")).agg(
        repeat.any().alias("next_linked"),
        (repeat & pl.col("spoken").fill_null(False)).any().alias("next_cued"),
        (repeat & (pl.col("kind") == "chasing")).any().alias("next_chasing"),
        (repeat & (pl.col("kind") == "recurrence")).any().alias("next_relapse"),
        (repeat & (pl.col("gap_s") <= 86400)).any().alias("next_within_day"),
        (~repeat).any().alias("next_called"),
    )
