"""What is known of a contact when it ends, and what the log has shown since: flags, a row a contact of the population.

Flags only: a table of millions of contacts then needs bits, and a model's weights can be read side by side.
"""

from collections.abc import Mapping

import polars as pl

from laidian.tables import numbered

HOUR = 3600 * 1_000_000
DAY = 24 * HOUR
BEFORE: Mapping[str, int] = {"1d": DAY, "7d": 7 * DAY, "30d": 30 * DAY}
AFTER: Mapping[str, int] = {"12h": 12 * HOUR, "1d": DAY, "3d": 3 * DAY, "7d": 7 * DAY, "15d": 15 * DAY, "40d": 40 * DAY}

_AGENTS_CUES = ("deferral", "refusal", "elsewhere", "resolved_by_agent", "unresolved_by_agent")
_FEWEST, _RAREST = 20, 0.005
"""A reason with fewer contacts, or a smaller share of them, is not told apart from the others."""

AGENTS_OWN = ("transferred", "promised", "ticketed", "steps_missing", *_AGENTS_CUES)
"""Flags at the end of a contact that the agent can set without helping anybody; scorecards leave them out, and with them
every flag whose name begins with `same_`, `linked`, `reason.` or `next_`: they hang on the agent's own reason code."""


Apart = Mapping[str, list[str]]


def at_end(
    facts: pl.DataFrame, cues: pl.DataFrame, tickets: pl.DataFrame, missing: pl.DataFrame, apart: Apart | None = None
) -> pl.DataFrame:
    """`contact_id` and flags that are known when the contact ends, none null, by contact_id.

    Args:
        facts: from `laidian.fcr.facts`, whatever days; only the population is kept.
        cues: `Cue`, by the contact_ids of `facts`.
        tickets: `Ticket`, likewise; that one was opened counts and what it promised, not its status, which comes later.
        missing: `contact_id` of contacts in which the desk skipped a required step (from the procedure check).
        apart: the reasons that have a flag of their own (`told_apart`) where `facts` are only a part of the log; None: of all.
    """
    served = facts.filter(pl.col("outside").is_null())
    opened = tickets.filter(pl.col("contact_id").is_not_null()).group_by("contact_id").agg(
        pl.col("promised_by").is_not_null().any().alias("due")
    )  # fmt: skip
    steps = missing.select("contact_id", steps_missing=True).unique()
    joined = served.join(_said(cues), on="contact_id", how="left").join(opened, on="contact_id", how="left")
    joined = by_customer(joined.join(steps, on="contact_id", how="left")).with_columns(
        queue_before=pl.when(pl.col("queue").eq_missing(_neighbour("queue", 1))).then("any_before")
    )
    joined = joined.sort("contact_id")

    def said(*kinds: str) -> pl.Expr:
        return pl.any_horizontal(*(pl.col("said").list.contains(kind) for kind in kinds))

    flags = {
        "cued": pl.col("cued"), "counted": said("explicit_count"), "recurrence": said("recurrence"),
        "waiting": said("pending_followup", "broken_promise"), "unresolved": said("unresolved"), "escalation": said("escalation"),
        "resolved": said("resolved"),
        "said_no": pl.col("said_resolved") == "no", "said_yes": pl.col("said_resolved") == "yes",
        "said_first": pl.col("said_first") == "yes", "said_again": pl.col("said_first") == "no",
        **{f"any_within_{name}": pl.col("any_before") <= mark for name, mark in BEFORE.items()},
        **{f"queue_within_{name}": pl.col("queue_before") <= mark for name, mark in BEFORE.items()},
        "nobody": ~pl.col("identified"), "faulty": pl.col("faulty"),
        **{f"log_opens_{name}": pl.col("covered_before") < mark for name, mark in BEFORE.items()},
        "transferred": pl.col("transferred"), "ticketed": pl.col("due").is_not_null(), "steps_missing": pl.col("steps_missing"),
        "promised": pl.col("agent_said").list.contains("promise") | pl.col("due"),
        **{kind: pl.col("agent_said").list.contains(kind) for kind in _AGENTS_CUES},
        "linked": pl.col("linked"),
        **{f"same_within_{name}": pl.col("same_before") <= mark for name, mark in BEFORE.items()},
        **_reasons(told_apart(joined) if apart is None else apart),
    }  # fmt: skip
    return joined.select("contact_id", **{name: flag.fill_null(False) for name, flag in flags.items()})


def by_customer(facts: pl.DataFrame) -> pl.DataFrame:
    """The facts in the order in which `_neighbour` reads them: a customer's contacts one after the other."""
    return facts.sort(numbered("customer_key"), "covered_before", "contact_id")


def _neighbour(column: str, before: int) -> pl.Expr:
    """What a column holds in the customer's contact so many before this one (negative: after it); the facts `by_customer`."""
    own = pl.col("customer_key").eq_missing(pl.col("customer_key").shift(before))
    return pl.when(own & pl.int_range(pl.len()).is_between(max(before, 0), pl.len().cast(pl.Int64) - 1 + min(before, 0))).then(
        pl.col(column).shift(before)
    )


def _said(cues: pl.DataFrame) -> pl.DataFrame:
    """What the customer says (`said`) and the agent (`agent_said`) in each contact: kinds."""
    by = pl.col("speaker")
    kinds = pl.col("kind")
    return cues.group_by("contact_id").agg(
        kinds.filter(by == "customer").unique().alias("said"), kinds.filter(by == "agent").unique().alias("agent_said")
    )


_BY_SOURCE = {"heard": pl.when(pl.col("reason_source") != "wrap_code").then(pl.col("reason")), "reason": pl.col("reason")}


def told_apart(served: pl.DataFrame) -> Apart:
    """The reasons that enough contacts have: `heard` by the customer's own word, `reason` by whatever source.

    Args:
        served: `reason`, `reason_source` of the population, a row a contact, null where it has none.
    """
    found: dict[str, list[str]] = {}
    for prefix, told in _BY_SOURCE.items():
        counts = served.select(told.alias("reason"))["reason"].drop_nulls().value_counts()
        enough = counts.filter((pl.col("count") >= _FEWEST) & (pl.col("count") >= _RAREST * served.height))
        found[prefix] = sorted(enough["reason"])
    return found


def _reasons(apart: Apart) -> dict[str, pl.Expr]:
    """A flag a reason by whatever source (`reason.`), and by the customer's own word (`heard.`): never the wrap-up code."""
    flags = {f"{prefix}.{name}": told == name for prefix, told in _BY_SOURCE.items() for name in apart[prefix]}
    return {**flags, "no_reason": pl.col("reason").is_null()}


def since(facts: pl.DataFrame, links: pl.DataFrame, cues: pl.DataFrame) -> pl.DataFrame:
    """What came after each contact: `contact_id`, and gaps in microseconds (null: nothing came), by contact_id.

    `any_after`, `same_after`: the customer's next contact, and the next for the same reason. `queue_after`, `again_cued`,
    `again_not_first`: the customer's next contact, if the customer came to the same queue (nobody's code), spoke of an earlier
    contact in it, or told the survey that it was not the first. `next_cued`, `next_chasing`, `next_recurrence`: the next of the
    case, of that kind. `next_called`: the centre's call-back. `covered_after`: how long the log watched.

    Args:
        facts: from `laidian.fcr.facts`, up to the log's last day.
        links: `Link`, by the contact_ids of `facts`.
        cues: `Cue`, likewise.
    """
    served = facts.filter(pl.col("outside").is_null())
    spoken = (
        cues.filter((pl.col("speaker") == "customer") & (pl.col("kind") != "resolved")).select("contact_id", spoken=True).unique()
    )
    gap = (pl.col("gap_s").clip(0) * 1e6).cast(pl.Int64)
    kinds = {
        "next_cued": pl.col("spoken"),
        "next_chasing": pl.col("kind") == "chasing",
        "next_recurrence": pl.col("kind") == "recurrence",
    }
    later = links.join(spoken, on="contact_id", how="left").group_by(pl.col("earlier_contact_id").alias("contact_id")).agg(
        *(gap.filter(pl.col("repeat") & told.fill_null(False)).min().alias(name) for name, told in kinds.items()),
        gap.filter(~pl.col("repeat")).min().alias("next_called"),
    )  # fmt: skip
    again = {
        "queue_after": pl.col("queue").eq_missing(_neighbour("queue", -1)), "again_cued": _neighbour("cued", -1),
        "again_not_first": _neighbour("said_first", -1) == "no",
    }  # fmt: skip
    return (
        by_customer(served)
        .with_columns(**{name: pl.when(told).then("any_after") for name, told in again.items()})
        .join(later, on="contact_id", how="left")
        .select("contact_id", "any_after", "same_after", *again, *kinds, "next_called", "covered_after")
        .sort("contact_id")
    )


def seen_by(came: pl.DataFrame, age: pl.Expr) -> pl.DataFrame:
    """The flags of what `since` gave, as the log stood `age` microseconds after each contact: nothing later is looked at.

    For each mark: it had come by then (`any_after.3d`), or the log watched to the mark and it had not (`away.any_after.3d`). A
    contact of today is neither, so that nobody takes a customer who has had no time to come back for one who stays away.
    """
    until = pl.min_horizontal(age, pl.col("covered_after"))
    flags: dict[str, pl.Expr] = {}
    for gap in ("any_after", "queue_after", "same_after"):
        for name, mark in AFTER.items():
            here = (pl.col(gap) <= pl.min_horizontal(until, pl.lit(mark))).fill_null(False)
            flags |= {f"{gap}.{name}": here, f"away.{gap}.{name}": ~here & (until >= mark)}
    for gap in ("again_cued", "again_not_first", "next_cued", "next_chasing", "next_recurrence", "next_called"):
        flags[gap] = (pl.col(gap) <= until).fill_null(False)
    return came.select(**flags)
