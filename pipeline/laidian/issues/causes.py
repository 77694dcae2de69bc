"""Why customers came back, and why cases stay unresolved: explicit rules over cues, links, tickets and legs.

A rule speaks for a cause from one of four kinds of evidence. What the customer said decides before what the records say, that
before the likeness to exchanges of a known cause, and that before what the agent left out; among equals the order of `RULES`.
Every rule that spoke stands in `basis`.
"""

from dataclasses import dataclass
from functools import reduce

import polars as pl

from laidian.issues.alike import likeliest
from laidian.issues.complaints import MISLEADING, WORDS
from laidian.tables import Cause, check
from laidian.tables.findings import CauseKind, Side

SAID, RECORDED, LIKE, LEFT_OUT = 0, 1, 2, 3
SCORES = (0.9, 0.7, 0.5, 0.4)

UNSETTLED = ("unresolved", "unresolved_by_agent", "refusal")
"""Cues of a case's last contact that tell that it is not settled: the first the customer's, the others the agent's."""

SIDES: dict[CauseKind, Side] = {
    "promise_broken": "process", "not_in_time": "process", "passed_on": "process", "fault": "process", "policy": "process",
    "not_convinced": "agent", "no_guidance": "agent", "step_missed": "agent", "by_nature": "nature", "unclear": "unclear",
}  # fmt: skip

STEPS, NEXT = ("restates", "next_step", "confirms"), ("next_step", "promise", "resolved_by_agent")
"""Cues of an agent, one of which is wanted: what belongs into every contact, and what tells what comes next."""

USUAL = 0.5
"""Share of the contacts with an agent's text in which one of them is heard. Below it, that none is heard tells of the recogniser
and of the grammar, and not of the agent: nobody is blamed for it."""

# Cause, kind of evidence, code in `basis`; the code is a column of the facts.
RULES: tuple[tuple[CauseKind, int, str], ...] = (
    ("step_missed", SAID, "said_step_missed"),
    ("passed_on", SAID, "said_passed_on"),
    ("promise_broken", SAID, "said_promise_broken"),
    ("promise_broken", SAID, "waits_past_named_time"),
    ("fault", SAID, "said_fault"),
    ("policy", SAID, "said_policy"),
    ("not_convinced", SAID, "said_not_convinced"),
    ("no_guidance", SAID, "said_no_guidance"),
    ("not_in_time", SAID, "said_waiting"),
    ("promise_broken", RECORDED, "ticket_promise_passed"),
    ("passed_on", RECORDED, "transferred_twice"),
    ("passed_on", RECORDED, "told_to_ring_elsewhere"),
    ("policy", RECORDED, "agent_refused"),
    ("fault", RECORDED, "same_fault_again"),
    ("not_in_time", RECORDED, "ticket_open"),
    ("not_in_time", RECORDED, "chased"),
    ("not_convinced", RECORDED, "escalated"),
    ("no_guidance", RECORDED, "asked_more"),
    *((cause, LIKE, f"like_{cause}") for cause in SIDES if cause != "unclear"),
    ("by_nature", LIKE, "by_nature"),
    ("step_missed", LEFT_OUT, "no_restating_nor_next_step_nor_confirming"),
    ("no_guidance", LEFT_OUT, "no_next_step"),
)


@dataclass(frozen=True)
class Told:
    """What the rules look at beside links and cases.

    `contacts`: contact_id, started_at, ended_at, legs, transferred. `cues`: contact_id, kind, speaker. `tickets`: contact_id,
    closed_at, visit_result. `promises`: `Promise`. `said`: contact_id, text: what the customer said;
    `agent_said`: the same of agents, in contacts before a repeat. `agent_heard`: contact_id of the contacts with an agent's
    text. `reasons`: contact_id, reason (primary). `by_nature`: reasons that one contact cannot settle. Cues, tickets and texts
    stand under the contact that their call was merged into.
    """

    contacts: pl.DataFrame
    cues: pl.DataFrame
    tickets: pl.DataFrame
    promises: pl.DataFrame
    said: pl.DataFrame
    agent_said: pl.DataFrame
    agent_heard: pl.DataFrame
    reasons: pl.DataFrame
    by_nature: tuple[str, ...]


def link_causes(links: pl.DataFrame, told: Told) -> pl.DataFrame:
    """Why each repeat came about, from it and the contact before: `Cause` rows about links."""
    begun = told.contacts.select("contact_id", later_at="started_at")
    pairs = links.filter("repeat").select("contact_id", "earlier_contact_id", "kind").join(begun, on="contact_id")
    return _table(_facts(pairs, told), "link", "contact_id")


def case_causes(cases: pl.DataFrame, causes: pl.DataFrame, told: Told) -> pl.DataFrame:
    """Why each unresolved case is so: `Cause` rows about cases.

    Unresolved: the customer came back at least once (the latest link's cause is the case's), or in its last contact the
    customer or the agent says that it is not settled, the agent refuses, or the return visit says no (rules on that contact).
    """
    listed = cases.select("case_key", contact_id="contact_ids").with_columns(
        place=pl.int_ranges(0, pl.col("contact_id").list.len())
    )
    each = listed.explode("contact_id", "place").sort("case_key", "place")
    linked = each.join(causes.drop("about"), left_on="contact_id", right_on="subject").unique(
        "case_key", keep="last", maintain_order=True
    )
    of_links = linked.select(about=pl.lit("case"), subject="case_key", cause="cause", side="side", basis="basis", score="score")
    last = each.unique("case_key", keep="last", maintain_order=True).join(linked, on="case_key", how="anti")
    now = pl.lit(told.contacts["ended_at"].max(), pl.Datetime("us"))
    pairs = last.select("case_key", "contact_id", earlier_contact_id="contact_id", kind=pl.lit(None, pl.String), later_at=now)
    facts = _facts(pairs, told)
    open_ones = facts.filter(pl.col("unsettled"))
    return check(pl.concat([of_links, _table(open_ones, "case", "case_key")]), Cause)


def _facts(pairs: pl.DataFrame, told: Told) -> pl.DataFrame:
    """The pairs with a flag for each rule; `unsettled`: somebody says at the end of the later one that it is not settled.

    `pairs`: contact_id, earlier_contact_id, kind, later_at (when the later one began; of a case: now).
    """
    tickets = told.tickets.filter(pl.col("contact_id").is_not_null()).select("contact_id", "closed_at", "visit_result")
    earlier = told.contacts.select("contact_id", earlier_legs="legs", earlier_moved="transferred")
    joined = (
        pairs.join(earlier.rename({"contact_id": "earlier_contact_id"}), on="earlier_contact_id", how="left")
        .join(_ticket(pairs, tickets), on="contact_id", how="left")
        .join(_overdue(pairs, told.promises), on="contact_id", how="left")
        .join(told.said, on="contact_id", how="left")
        .join(told.reasons.select("contact_id", "reason"), on="contact_id", how="left")
    )
    for name, speaker, of in (("later", "customer", "contact_id"), ("agent", "agent", "earlier_contact_id")):
        kinds = told.cues.filter(pl.col("speaker") == speaker).group_by("contact_id").agg(pl.col("kind").unique().alias(name))
        joined = joined.join(kinds, left_on=of, right_on="contact_id", how="left")
    heard = told.agent_heard.select(
        earlier_contact_id="contact_id", steps_heard=pl.lit(_usual(told, STEPS)), next_heard=pl.lit(_usual(told, NEXT))
    )
    joined = joined.join(heard, on="earlier_contact_id", how="left").with_columns(
        pl.col("later", "agent").fill_null(pl.lit([], pl.List(pl.String))), pl.col("text").fill_null(""),
        pl.col("steps_heard", "next_heard").fill_null(False),
    )  # fmt: skip
    return _likened(joined.with_columns(**_flags(told.by_nature)), told.agent_said)


def _likened(facts: pl.DataFrame, agent_said: pl.DataFrame) -> pl.DataFrame:
    """The facts with a flag for each cause that a pair is like; only those of which no stronger evidence speaks are looked at."""
    strong = pl.any_horizontal(code for _, kind, code in RULES if kind < LIKE)
    before = agent_said.select(earlier_contact_id="contact_id", before="text")
    asked = facts.filter(~strong & (pl.col("text") != "")).select("contact_id", "earlier_contact_id", "text")
    both = asked.join(before, on="earlier_contact_id", how="left").with_columns(pl.col("before").fill_null(""))
    found = pl.Series("like", likeliest(both["text"].to_list(), both["before"].to_list()), dtype=pl.String)
    told = facts.join(both.select("contact_id", found), on="contact_id", how="left")
    codes = {code: code.removeprefix("like_") for _, kind, code in RULES if kind == LIKE and code != "by_nature"}
    return told.with_columns(**{code: (pl.col("like") == cause).fill_null(False) for code, cause in codes.items()})


def _usual(told: Told, kinds: tuple[str, ...]) -> bool:
    """Whether agents are usually heard to do one of these."""
    shown = told.cues.filter((pl.col("speaker") == "agent") & pl.col("kind").is_in(kinds))
    doing = told.agent_heard.join(shown, on="contact_id", how="semi").height
    return doing >= USUAL * told.agent_heard.height


def _ticket(pairs: pl.DataFrame, tickets: pl.DataFrame) -> pl.DataFrame:
    """Of the earlier contact's tickets: one not closed by then, one whose visit said no."""
    joined = pairs.join(tickets, left_on="earlier_contact_id", right_on="contact_id")
    waiting = pl.col("closed_at").is_null() | (pl.col("closed_at") > pl.col("later_at"))
    return joined.group_by("contact_id").agg(ticket_open=waiting.any(), visit_no=(pl.col("visit_result") == "no").any())


def _overdue(pairs: pl.DataFrame, promises: pl.DataFrame) -> pl.DataFrame:
    """Of the pairs whose earlier contact promised a time: who named it (`source`), or null if it had not passed yet."""
    joined = pairs.join(promises, left_on="earlier_contact_id", right_on="contact_id")
    passed = pl.when(pl.col("due_at") < pl.col("later_at")).then("source")
    return joined.select("contact_id", passed=passed)


def _flags(by_nature: tuple[str, ...]) -> dict[str, pl.Expr]:
    def has(column: str, *kinds: str) -> pl.Expr:
        return reduce(lambda a, b: a | b, [pl.col(column).list.contains(kind) for kind in kinds])

    said = pl.col("text").str.replace_all(MISLEADING, "")

    def words(name: str) -> pl.Expr:
        return said.str.contains(WORDS[name])

    waits = has("later", "pending_followup") | words("waiting")
    asks = waits | pl.col("kind").is_in(["chasing", "progress"]).fill_null(False)
    return {
        "said_step_missed": words("step"),
        "said_promise_broken": has("later", "broken_promise") | words("promise"),
        "waits_past_named_time": (pl.col("passed") == "spoken").fill_null(False) & asks,
        "said_passed_on": words("passed"),
        "said_fault": words("fault"),
        "said_policy": words("policy"),
        "said_not_convinced": words("not_convinced"),
        "said_no_guidance": words("guidance"),
        "said_waiting": waits,
        "ticket_promise_passed": (pl.col("passed") == "ticket").fill_null(False) & pl.col("ticket_open").fill_null(False),
        "transferred_twice": pl.col("earlier_legs").fill_null(1) > 2,
        "told_to_ring_elsewhere": has("agent", "elsewhere"),
        "agent_refused": has("agent", "refusal"),
        "same_fault_again": (pl.col("kind") == "recurrence").fill_null(False) | has("later", "recurrence"),
        "ticket_open": pl.col("ticket_open").fill_null(False),
        "chased": pl.col("kind").is_in(["chasing", "progress"]).fill_null(False),
        "escalated": has("later", "escalation"),
        "by_nature": pl.col("reason").is_in(list(by_nature)).fill_null(False),
        "asked_more": (pl.col("kind") == "follow_up_question").fill_null(False),
        "no_restating_nor_next_step_nor_confirming": pl.col("steps_heard") & ~has("agent", *STEPS),
        "no_next_step": pl.col("next_heard") & ~has("agent", *NEXT),
        "unsettled": has("later", "unresolved")
        | has("agent", "unresolved_by_agent", "refusal")
        | pl.col("visit_no").fill_null(False),
    }


def _table(facts: pl.DataFrame, about: str, subject: str) -> pl.DataFrame:
    order = sorted(RULES, key=lambda rule: rule[1])
    spoke = pl.concat_list([pl.when(pl.col(code)).then(pl.lit(code)) for _, _, code in order]).list.drop_nulls()
    first = pl.col("basis").list.first()
    causes: dict[str, str] = {code: cause for cause, _, code in RULES}
    scores = {code: SCORES[kind] for _, kind, code in RULES}
    table = facts.select(subject=subject, basis=spoke).with_columns(
        about=pl.lit(about), cause=first.replace_strict(causes, default="unclear", return_dtype=pl.String),
        score=first.replace_strict(scores, default=0.0, return_dtype=pl.Float64),
    )  # fmt: skip
    sides = {str(cause): str(side) for cause, side in SIDES.items()}
    whole = table.with_columns(side=pl.col("cause").replace_strict(sides, default="unclear", return_dtype=pl.String))
    return check(whole.select("about", "subject", "cause", "side", "basis", "score"), Cause)
