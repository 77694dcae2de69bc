"""The contact list (明细): one row a contact of the period, with everything the meeting may ask about it."""

from collections.abc import Mapping

import polars as pl

from laidian.querying import in_memory
from laidian.report.evidence import Evidence
from laidian.report.figures import Dictionary
from laidian.report.words import CODES, FAULTS, link_kind, masked_name

_COUNTS = """
WITH rung AS (
    SELECT contact_id, customer_key, started_at
    FROM contacts JOIN customers USING (contact_id)
    WHERE direction = 'inbound' AND status NOT IN ('test', 'nuisance')
)
SELECT contact_id,
    count(*) OVER (PARTITION BY customer_key ORDER BY started_at
                   RANGE BETWEEN INTERVAL 7 DAY PRECEDING AND CURRENT ROW) AS in_7_days,
    count(*) OVER (PARTITION BY customer_key ORDER BY started_at
                   RANGE BETWEEN INTERVAL 30 DAY PRECEDING AND CURRENT ROW) AS in_30_days
FROM rung
"""


def counts_of(contacts: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    """For each inbound contact: how often its customer rang in the 7 and 30 days up to it, itself included.

    Abandoned and self-service calls count (the customer did ring); test and nuisance calls do not. Bounds inclusive.
    """
    with in_memory() as base:
        base.register("contacts", contacts.select("contact_id", "started_at", "direction", "status").to_arrow())
        base.register("customers", customers.select("contact_id", "customer_key").to_arrow())
        counted: pl.DataFrame = base.sql(_COUNTS).pl()
    return counted


def reasons_of(reasons: pl.DataFrame, owner: Mapping[str, str], words: Dictionary) -> dict[str, tuple[str, str, str]]:
    """Contact -> (primary reason, other reasons joined by 、, third level of the primary), in words."""
    found: dict[str, tuple[str, str, str]] = {}
    order = reasons.sort(["contact_id", "primary", "score", "reason"], descending=[False, True, True, False])
    for row in order.iter_rows(named=True):
        contact_id = owner.get(row["contact_id"], row["contact_id"])
        first, others, issue = found.get(contact_id, ("", "", ""))
        word = words.name(row["reason"])
        if not first and row["primary"]:
            first, issue = word, words.name(row["issue"]) if row["issue"] else ""
        elif word != first and word not in others.split("、"):
            others = f"{others}、{word}" if others else word
        found[contact_id] = (first, others, issue)
    return found


def _recordings_of(recordings: pl.DataFrame, owner: Mapping[str, str]) -> dict[str, tuple[list[str], list[str]]]:
    """Contact -> (names of its recordings, their faults in words), in order."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for row in recordings.sort("contact_id", "recording_no").iter_rows(named=True):
        names, faults = found.setdefault(owner.get(row["contact_id"], row["contact_id"]), ([], []))
        names.append(masked_name(row["path"]))
        faults.extend(word for word in (FAULTS.get(f, f) for f in row["faults"]) if word not in faults)
    return found


def details_of(
    period_contacts: pl.DataFrame, counts: pl.DataFrame, links: pl.DataFrame, cases: pl.DataFrame,
    reasons: pl.DataFrame, recordings: pl.DataFrame, evidence: Evidence, owner: Mapping[str, str], words: Dictionary,
) -> pl.DataFrame:  # fmt: skip
    """One row a contact of the period, by start then id. Codes are already words; null or empty = there is nothing to say.

    Columns: contact_id, started_at, phone_masked, agent_id, team, queue, medium, direction, status, reason, other_reasons,
    issue, cue, cue_kind, cue_at (mm:ss), earlier_contact_id, link_kind, repeat (是/否), gap_h (hours from the end of the earlier
    contact), in_7_days, in_30_days, case_key, recordings, faults, population (是/否), excluded.
    """
    case_of = (
        cases.select("case_key", contact_id="contact_ids")
        .explode("contact_id")
        .unique("contact_id", keep="first", maintain_order=True)
    )
    joined = (
        period_contacts.join(links.drop("customer_key"), on="contact_id", how="left")
        .join(counts, on="contact_id", how="left")
        .join(case_of, on="contact_id", how="left")
        .sort("started_at", "contact_id")
    )
    why, files = reasons_of(reasons, owner, words), _recordings_of(recordings, owner)
    ids = joined["contact_id"].to_list()
    quotes = [evidence.cue(i) for i in ids]
    kinds = [kind and link_kind(kind, kept) for kind, kept in joined.select("kind", "in_promise").iter_rows()]
    return joined.select(
        "contact_id", "started_at", "phone_masked", "agent_id", "team", "queue",
        *(pl.col(c).replace(CODES) for c in ("medium", "direction", "status")),
        pl.Series("reason", [why.get(i, ("", "", ""))[0] for i in ids], pl.String),
        pl.Series("other_reasons", [why.get(i, ("", "", ""))[1] for i in ids], pl.String),
        pl.Series("issue", [why.get(i, ("", "", ""))[2] for i in ids], pl.String),
        pl.Series("cue", [q.text if q else None for q in quotes], pl.String),
        pl.Series("cue_kind", [q.kind if q else None for q in quotes], pl.String),
        pl.Series("cue_at", [q.at if q else None for q in quotes], pl.String),
        "earlier_contact_id",
        pl.Series("link_kind", kinds, pl.String),
        pl.col("repeat").replace_strict({True: "是", False: "否"}, return_dtype=pl.String),
        (pl.col("gap_s") / 3600).alias("gap_h"),
        "in_7_days", "in_30_days", "case_key",
        pl.Series("recordings", ["、".join(files.get(i, ([], []))[0]) for i in ids], pl.String),
        pl.Series("faults", ["、".join(files.get(i, ([], []))[1]) for i in ids], pl.String),
        pl.col("in_population").replace_strict({True: "是", False: "否"}, return_dtype=pl.String).alias("population"),
        pl.Series("excluded", [words.exclusion(w) if w else None for w in joined["excluded"]], pl.String),
    )  # fmt: skip
