"""Dissatisfied customers to be visited again (整改、再回访), each with what points to the agent and what to the process.

The cause is what the evidence names, nothing else: `agent`, `process`, `both`, or `unclear` where nothing was found.
"""

from collections.abc import Mapping

import polars as pl

AGENT: Mapping[str, str] = {
    "deferral": "座席让客户过后再来",
    "resolved_by_agent": "座席说已解决，客户说没有",
    "unresolved_by_agent": "座席自己说没解决就结束了",
}
"""Kinds of cue in the agent's words that point to the agent."""

PROCESS: Mapping[str, str] = {
    "broken_promise": "客户说答应的没有兑现",
    "pending_followup": "客户还在等答复",
    "refusal": "座席说办不了",
    "elsewhere": "让客户另打别处",
}
"""Kinds of cue that point to the process: the first two in the customer's words, the others in the agent's."""

_SAID_BY = {**dict.fromkeys(AGENT, "agent"), "broken_promise": "customer", "pending_followup": "customer",
            "refusal": "agent", "elsewhere": "agent"}  # fmt: skip


def rework(facts: pl.DataFrame, surveys: pl.DataFrame, cues: pl.DataFrame) -> pl.DataFrame:
    """One row a contact of the population whose customer answered «not resolved», in the survey or on the return visit.

    `contact_id`, `day`, `agent`, `team`, `reason`; what the survey says beside what the log says: `said_first` and `was_first`
    (of its case), `said_prior` (contacts last month, as the customer counts), `said_reason`; `cause`; `evidence_agent` and
    `evidence_process`, in words. Most evidence first.

    Args:
        facts: from `laidian.fcr.facts`, with tickets.
        surveys: `Survey`, by the contact_ids of `facts`; the latest answer counts.
        cues: `Cue`, likewise.
    """  # fmt: skip
    unhappy = facts.filter(
        pl.col("outside").is_null() & ((pl.col("said_resolved") == "no") | (pl.col("visited") == "no")).fill_null(False)
    )
    asked = surveys.sort("asked_at", "contact_id", nulls_last=False).group_by("contact_id").agg(
        said_prior=pl.col("prior_contacts").drop_nulls().last(), said_reason=pl.col("reason").drop_nulls().last()
    )  # fmt: skip
    kinds = pl.col("kind").is_in(list(_SAID_BY)) & (pl.col("speaker") == pl.col("kind").replace_strict(_SAID_BY, default=None))
    heard = cues.filter(kinds.fill_null(False)).group_by("contact_id").agg(pl.col("kind").unique().sort().alias("heard"))
    known = unhappy.join(asked, on="contact_id", how="left").join(heard, on="contact_id", how="left")
    told = known.with_columns(
        heard=pl.col("heard").fill_null([]), late=pl.col("ticketed") & pl.col("ticket_due") & ~pl.col("ticket_once")
    )
    process = {
        "转接过": pl.col("transferred"),
        "工单超时、重开、催办或退单": pl.col("late"),
        "这类业务一次办不完": pl.col("nature") == "several",
        "已不是第一次为这件事来，仍没解决": pl.col("linked") & ~pl.col("case_first").fill_null(True),
    }
    evidence = told.with_columns(evidence_agent=_words(AGENT, {}), evidence_process=_words(PROCESS, process)).with_columns(
        found=pl.col("evidence_agent").list.len() + pl.col("evidence_process").list.len()
    )
    agent, by_process = pl.col("evidence_agent").list.len() > 0, pl.col("evidence_process").list.len() > 0
    cause = (
        pl.when(agent & by_process).then(pl.lit("both")).when(agent).then(pl.lit("agent"))
        .when(by_process).then(pl.lit("process")).otherwise(pl.lit("unclear"))
    )  # fmt: skip
    return evidence.sort("found", "contact_id", descending=[True, False]).select(
        "contact_id", "day", "agent", "team", "reason", "said_first", was_first="case_first", said_prior="said_prior",
        said_reason="said_reason", cause=cause, evidence_agent="evidence_agent", evidence_process="evidence_process",
    )  # fmt: skip


def _words(kinds: Mapping[str, str], more: Mapping[str, pl.Expr]) -> pl.Expr:
    """The words of what holds, in the order given."""
    held = [(pl.col("heard").list.contains(kind), words) for kind, words in kinds.items()]
    held += [(holds.fill_null(False), words) for words, holds in more.items()]
    return pl.concat_list(pl.when(holds).then(pl.lit(words)) for holds, words in held).list.drop_nulls()
