"""What the tickets (工单) of a contact came to, as one more witness of whether it was settled."""

from datetime import date

import polars as pl

from laidian.calendar import end_of

RETURNED = ("退单", "驳回", "退回")
"""Words of a status that say the department sent the ticket back."""


def with_tickets(facts: pl.DataFrame, tickets: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The facts with what their tickets say, as the log stood at the end of `as_of`.

    `ticketed`: a ticket was opened. `ticket_done`: all its tickets are closed. `ticket_due`: they are closed, or the promise
    has run out (a ticket without a promise is due a week after it was opened). `ticket_once`: all closed within the promise, none
    reopened, urged or sent back. `ticket_again`: one was declared the duplicate of another, so the contact was not the first.
    `visited`: what a return visit said of the problem being solved, yes or no; null: nobody asked.

    Args:
        facts: a row a contact.
        tickets: `Ticket`, by the contact_ids of `facts`; one without contact_id is left aside.
        as_of: last business day that is looked at.
    """
    closes = end_of(as_of)
    closed = pl.col("closed_at").is_not_null() & (pl.col("closed_at") < closes)
    promise = pl.coalesce("promised_by", pl.col("opened_at") + pl.duration(days=7))
    back = pl.col("status").str.contains_any(list(RETURNED)).fill_null(False)
    clean = ~pl.col("reopened").fill_null(False) & (pl.col("urged").fill_null(0) == 0) & ~back
    in_time = closed & (pl.col("promised_by").is_null() | (pl.col("closed_at") <= pl.col("promised_by")))
    told = (
        tickets.filter(pl.col("contact_id").is_not_null() & (pl.col("opened_at") < closes))
        .sort("opened_at", "ticket_id")
        .group_by("contact_id")
        .agg(
            ticketed=pl.lit(True),
            ticket_done=closed.all(),
            ticket_due=(closed | (promise < closes)).all(),
            ticket_once=(in_time & clean).all(),
            ticket_again=pl.col("duplicate_of").is_not_null().any(),
            visited=pl.col("visit_result").drop_nulls().last(),
        )
    )
    flags = ("ticketed", "ticket_done", "ticket_due", "ticket_once", "ticket_again")
    joined = facts.join(told, on="contact_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col(flag).fill_null(False) for flag in flags)
