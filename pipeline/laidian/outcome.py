"""Who is likely to come back within seven days, from what is known when a contact ends: tonight's list of customers to call.

The model is a logistic one, learnt from the log itself: contacts that were watched for seven days, and whether the same customer
came back about the same reason. What it is worth is told by contacts LATER than those it learnt from: Brier score beside that of
the plain share, and how often customers came back at each level of risk. No audit is needed, and none is replaced: a customer
who stays away need not have been helped.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

DAY = 86400 * 1_000_000
WEEK = 7 * DAY
LEAST, LEAST_FOLLOWED = 200, 20
"""Contacts watched for seven days, and how many of them were followed, from which anything is learnt."""

LATER = 0.25
"""Share of the watched contacts, the latest, on which the model is judged."""

LEVELS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
"""Bounds of risk between which the seen share is told."""

WHY: Mapping[str, str] = {
    "cued": "客户说以前来过",
    "linked": "本身就是重复来电",
    "counted": "客户说出来过几次",
    "waiting": "在等答复，或答应的没兑现",
    "unresolved": "客户说还没解决",
    "escalation": "要升级投诉",
    "promised": "答应了时限，等着办",
    "ticketed": "开了工单，等着办",
    "transferred": "转接过",
    "same_week": "一周内为同一原因来过",
    "any_week": "一周内来过",
    "said_no": "满意度调查答没解决",
}
"""What of a contact counts, in the report's words; a reason counts as well and is named by its id."""

_CALMING: Mapping[str, str] = {"said_yes": "满意度调查答已解决", "resolved": "客户说解决了"}
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Quality:
    """What the model is worth on contacts later than those it learnt from.

    `contacts`, `followed`: how many it was judged on, how many came back. `brier`: mean square of risk less outcome; `base`:
    the same of the plain share (smaller is better). `levels`: (lowest risk, contacts, mean risk, share that came back).
    """

    contacts: int
    followed: int
    brier: float
    base: float
    levels: tuple[tuple[float, int, float, float], ...]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """`risks`: contact_id, risk (0..1), why (up to three, strongest first), one row a contact of the population that is
    identified and has a reason, by contact_id; no rows where too little was seen. `quality` null: likewise.
    """

    risks: pl.DataFrame
    quality: Quality | None


def outcomes(facts: pl.DataFrame, cues: pl.DataFrame, tickets: pl.DataFrame) -> Outcomes:
    """The risk of each contact to be followed within seven days by the same customer for the same reason.

    Args:
        facts: from `laidian.fcr.facts`, of all the days to learn from and to judge.
        cues: `Cue`, by the contact_ids of `facts`; what the customer says counts.
        tickets: `Ticket`, likewise; a promise in them counts.
    """
    known = facts.filter(pl.col("outside").is_null() & pl.col("identified") & pl.col("reason").is_not_null())
    features = _features(known, cues, tickets)
    names = [c for c in features.columns if c not in ("contact_id", "watched", "followed", "covered_before")]
    x = features.select(names).to_numpy().astype(np.float64)
    watched, followed = (features[c].to_numpy().astype(bool) for c in ("watched", "followed"))
    nothing = pl.DataFrame(schema={"contact_id": pl.String, "risk": pl.Float64, "why": pl.List(pl.String)})
    if watched.sum() < LEAST or followed[watched].sum() < LEAST_FOLLOWED or followed[watched].all():
        return Outcomes(nothing, None)
    model = _learnt(x[watched], followed[watched])
    risk = model.predict_proba(x)[:, 1]
    weight = model.coef_[0] * (x - x[watched].mean(axis=0))
    why = [_why(row, present, names) for row, present in zip(weight, x > 0, strict=True)]
    risks = pl.DataFrame({"contact_id": features["contact_id"], "risk": risk, "why": why}, schema=nothing.schema)
    return Outcomes(risks, _judged(features.filter("watched"), x[watched], followed[watched]))


def _features(known: pl.DataFrame, cues: pl.DataFrame, tickets: pl.DataFrame) -> pl.DataFrame:
    """What is known when a contact ends, as flags; and whether it was watched for a week and followed in it."""
    own = cues.filter(pl.col("speaker") == "customer").group_by("contact_id").agg(pl.col("kind").unique().alias("said"))
    agents = cues.filter((pl.col("speaker") == "agent") & (pl.col("kind") == "promise")).select("contact_id", told=True).unique()
    open_ = tickets.filter(pl.col("contact_id").is_not_null()).group_by("contact_id").agg(
        pl.col("promised_by").is_not_null().any().alias("due"), pl.lit(True).alias("ticketed")
    )  # fmt: skip
    joined = known
    for table in (own, agents, open_):
        joined = joined.join(table, on="contact_id", how="left")

    def said(*kinds: str) -> pl.Expr:
        return pl.any_horizontal(*(pl.col("said").list.contains(kind) for kind in kinds))

    shares = known["reason"].value_counts().filter(pl.col("count") >= LEAST / 10).sort("reason")["reason"]
    flags = {
        "cued": pl.col("cued"), "linked": pl.col("linked"), "counted": said("explicit_count"),
        "waiting": said("pending_followup", "broken_promise"), "unresolved": said("unresolved"), "escalation": said("escalation"),
        "resolved": said("resolved"), "promised": pl.col("told") | pl.col("due"), "ticketed": pl.col("ticketed"),
        "transferred": pl.col("transferred"),
        "same_week": pl.col("same_before") <= WEEK, "any_week": pl.col("any_before") <= WEEK,
        "said_no": pl.col("said_resolved") == "no", "said_yes": pl.col("said_resolved") == "yes",
        **{reason: pl.col("reason") == reason for reason in shares},
    }  # fmt: skip
    return joined.sort("contact_id").select(
        "contact_id", "covered_before", (pl.col("covered_after") >= WEEK).alias("watched"),
        (pl.col("same_after") <= WEEK).fill_null(False).alias("followed"),
        **{name: flag.fill_null(False) for name, flag in flags.items()},
    )  # fmt: skip


def _learnt(x: Floats, followed: NDArray[np.bool_]) -> LogisticRegression:
    return LogisticRegression(C=0.3, solver="newton-cholesky", max_iter=200).fit(x, followed)


def _why(weight: Floats, present: NDArray[np.bool_], names: list[str]) -> list[str]:
    """What raises the risk most, in words; only what is there can be a reason to call."""
    places = [int(i) for i in np.argsort(-weight, kind="stable") if weight[i] > 0.05 and present[i]]
    return [WHY.get(names[i], names[i]) for i in places if names[i] not in _CALMING][:3]


def _judged(features: pl.DataFrame, x: Floats, followed: NDArray[np.bool_]) -> Quality | None:
    """The model of the earlier contacts on the later ones."""
    order = np.argsort(features["covered_before"].to_numpy(), kind="stable")
    cut = int(len(order) * (1 - LATER))
    early, late = order[:cut], order[cut:]
    if not followed[early].any() or followed[early].all():
        return None
    risk = _learnt(x[early], followed[early]).predict_proba(x[late])[:, 1]
    seen, base = followed[late].astype(float), followed[early].mean()
    level = np.clip(np.searchsorted(LEVELS, risk, side="right") - 1, 0, len(LEVELS) - 2)
    levels = tuple(
        (LEVELS[k], int((level == k).sum()), float(risk[level == k].mean()), float(seen[level == k].mean()))
        for k in range(len(LEVELS) - 1)
        if (level == k).any()
    )
    brier, plain = float(((risk - seen) ** 2).mean()), float(((base - seen) ** 2).mean())
    return Quality(len(late), int(seen.sum()), brier, plain, levels)
