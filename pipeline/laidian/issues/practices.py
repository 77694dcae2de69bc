"""Which agent practices go with not coming back, adjusted for the mix of issues; and how often teams use them.

Association is not cause: agents may restate more where a case is easy. The adjustment compares contacts of one issue, queue and
transfer only; what else differs between them is not seen.
"""

import numpy as np
import polars as pl
from scipy.stats import norm

from laidian.calendar import Period
from laidian.issues.hot import false_discovery
from laidian.stats import Z95, wilson
from laidian.tables import Practice, PracticeUse, check, empty

PRACTICES = ("restates", "next_step", "concrete_time", "confirms", "anything_else")
"""Agent cues of those kinds; `concrete_time`: a promise that names its time."""

LEAST = 30
_STRATA = ["issue", "queue", "transferred"]


def practised(cues: pl.DataFrame) -> pl.DataFrame:
    """contact_id, practice: which practices the agent's words show, each once a contact."""
    agent = cues.filter(pl.col("speaker") == "agent")
    named = pl.when((pl.col("kind") == "promise") & pl.col("when").is_not_null()).then(pl.lit("concrete_time")).otherwise("kind")
    shown = agent.select("contact_id", practice=named).filter(pl.col("practice").is_in(PRACTICES))
    return shown.unique().sort("contact_id", "practice")


def practices(rows: pl.DataFrame, shown: pl.DataFrame, period: Period) -> pl.DataFrame:
    """How each practice goes with not coming back, for all reasons together and for each, as `Practice` rows.

    Args:
        rows: a row a contact with an agent's text that begins a case and has been watched: contact_id, reason, issue, queue,
            transferred, followed_soon.
        shown: contact_id, practice.
        period: of those contacts.
    """
    made = []
    for practice in PRACTICES:
        using = shown.filter(pl.col("practice") == practice)["contact_id"]
        marked = rows.with_columns(used=pl.col("contact_id").is_in(using.implode()), settled=~pl.col("followed_soon"))
        for reason in ("all", *marked["reason"].unique().sort()):
            own = marked if reason == "all" else marked.filter(pl.col("reason") == reason)
            if found := _difference(own):
                made.append({"reason": reason, "practice": practice, **found})
    if not made:
        return empty(Practice)
    table = pl.DataFrame(made)
    error = ((table["high"] - table["low"]) / (2 * Z95)).to_numpy()
    chance = 2 * norm.sf(np.abs(table["difference"].to_numpy()) / np.maximum(error, 1e-12))
    dated = table.with_columns(pl.Series("q", false_discovery(chance)), **_dates(period))
    return check(dated, Practice)


def _dates(period: Period) -> dict[str, pl.Expr]:
    return {"from_day": pl.lit(period[0], pl.Date), "to_day": pl.lit(period[1], pl.Date)}


def _difference(own: pl.DataFrame) -> dict[str, float | int] | None:
    """Mantel and Haenszel's common difference of two shares (S. Greenland, J. Robins, Biometrics 41 (1985), 55-68).

    None: fewer than LEAST contacts with or without it in strata that have both.
    """
    used, settled = pl.col("used"), pl.col("settled")
    strata = own.group_by(_STRATA).agg(
        n1=used.sum(), n0=(~used).sum(), a1=(used & settled).sum(), a0=(~used & settled).sum()
    )  # fmt: skip
    both = strata.filter((pl.col("n1") > 0) & (pl.col("n0") > 0)).sort(_STRATA)
    n1, n0, a1, a0 = (both[name].to_numpy().astype(np.float64) for name in ("n1", "n0", "a1", "a0"))
    if n1.sum() < LEAST or n0.sum() < LEAST:
        return None
    weight = n1 * n0 / (n1 + n0)
    difference = float((weight * (a1 / n1 - a0 / n0)).sum() / weight.sum())
    variance = (a1 * (n1 - a1) * n0**3 + a0 * (n0 - a0) * n1**3) / (n1 * n0 * (n1 + n0) ** 2)
    error = float(np.sqrt(variance.sum()) / weight.sum())
    counts = {"with_contacts": n1, "with_settled": a1, "without_contacts": n0, "without_settled": a0}
    return {name: int(values.sum()) for name, values in counts.items()} | {
        "difference": difference, "low": difference - Z95 * error, "high": difference + Z95 * error,
    }  # fmt: skip


def practice_use(rows: pl.DataFrame, shown: pl.DataFrame, period: Period) -> pl.DataFrame:
    """How often each team uses each practice beside what its mix of issues lets expect, as `PracticeUse` rows.

    Of all its contacts, and of those of each reason of which it has LEAST or more.

    Args:
        rows: a row a contact with an agent's text: contact_id, reason, issue, team (null: not listed).
        shown: contact_id, practice.
        period: of those contacts.
    """
    parts = []
    for practice in PRACTICES:
        using = shown.filter(pl.col("practice") == practice)["contact_id"]
        marked = rows.with_columns(used=pl.col("contact_id").is_in(using.implode()))
        expected = marked.with_columns(expected=pl.col("used").mean().over("issue")).filter(pl.col("team").is_not_null())
        for of in (pl.lit("all"), pl.col("reason")):
            teams = expected.with_columns(reason=of).group_by("team", "reason").agg(
                contacts=pl.len().cast(pl.Int64), used=pl.col("used").sum().cast(pl.Int64), expected=pl.col("expected").mean()
            )  # fmt: skip
            enough = (pl.col("reason") == "all") | (pl.col("contacts") >= LEAST)
            parts.append(teams.filter(enough).with_columns(practice=pl.lit(practice)))
    table = pl.concat(parts)
    bounds = [wilson(k, n) for k, n in table.select("used", "contacts").iter_rows()]
    low, high = zip(*bounds, strict=True) if bounds else ((), ())
    dated = table.with_columns(pl.Series("low", low, pl.Float64), pl.Series("high", high, pl.Float64), **_dates(period))
    return check(dated, PracticeUse)


def with_agent_text(utterances: pl.DataFrame) -> pl.DataFrame:
    """contact_id of the contacts in which an agent is heard."""
    return utterances.filter(pl.col("speaker") == "agent").select("contact_id").unique().sort("contact_id")
