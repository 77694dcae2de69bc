"""Practices and not coming back: is a planted association told with an interval that holds it, and none where there is none?

    python bench/practices.py [--seeds 20] [--first 100]

A simulated log of many issues. Agents differ in how often they use a practice, and use it more on issues that are easy: without
adjustment that alone looks like an effect. `planted`: beside that the practice is likelier in contacts after which the customer
did not come back; the truth of each reason is what the same planting gives in expectation. `dealt anew`: within each issue the
practice is shuffled over the contacts, so there is nothing to be told.
"""

import argparse
import json
from typing import Any

import numpy as np
import polars as pl

PLANTED = (0.0, 0.05, 0.1, 0.2)
PRACTICE = "confirms"
Floats = np.ndarray[Any, np.dtype[np.float64]]


def log_rows(seed: int, cases: int) -> tuple[pl.DataFrame, tuple[Any, Any]]:
    """Watched contacts that begin a case, and their period."""
    from laidian.issues.tally import tally
    from laidian.simulate.issue_log import IssueLog, day_of, issue_log

    log = issue_log(IssueLog(cases=cases, customers=cases * 4 // 5, issues=60), seed)
    period = (day_of(0).date(), day_of(29).date())
    told = tally(*log.tables(), period, day_of(40).date(), 7).period.filter("begins", "watched")
    return told.with_columns(team=(pl.col("agent_id").cast(pl.Int64) % 10).cast(pl.String)), period


def dealt(rows: pl.DataFrame, planted: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Chance of the practice in each contact if the customer comes back, and if not."""
    issue, easy = rows["issue"].rank("dense").to_numpy() - 1, 1 - rows["followed_soon"].mean()  # type: ignore[operator]
    settled = rows.select((~pl.col("followed_soon")).mean().over("issue")).to_series().to_numpy()
    habit = rng.normal(0.0, 0.15, 400)[rows["agent_id"].cast(pl.Int64).to_numpy()]
    base = 0.45 + 0.8 * (settled - easy) + habit + rng.normal(0.0, 0.1, 400)[issue]
    return np.clip(base - planted / 2, 0.05, 0.95), np.clip(base + planted / 2, 0.05, 0.95)


def expected(rows: pl.DataFrame, back: Floats, not_back: Floats) -> dict[str, float]:
    """Reason -> the adjusted difference that the planting gives in expectation, by the strata that laidian compares in."""
    soon = pl.col("followed_soon")
    own = rows.with_columns(chance=pl.when(soon).then(pl.Series(back)).otherwise(pl.Series(not_back)))
    strata = own.group_by("reason", "issue", "queue", "transferred").agg(
        n1=pl.col("chance").sum(), n0=(1 - pl.col("chance")).sum(), a1=pl.col("chance").filter(~soon).sum(),
        a0=(1 - pl.col("chance")).filter(~soon).sum(),
    ).with_columns(weight=pl.col("n1") * pl.col("n0") / (pl.col("n1") + pl.col("n0")))  # fmt: skip
    difference = (pl.col("weight") * (pl.col("a1") / pl.col("n1") - pl.col("a0") / pl.col("n0"))).sum() / pl.col("weight").sum()
    told = dict(strata.group_by("reason").agg(difference).rows())
    return told | {"all": strata.select(difference).item()}


def crude(rows: pl.DataFrame, used: np.ndarray[Any, np.dtype[np.bool_]]) -> float:
    """The difference without adjustment."""
    settled = ~rows["followed_soon"].to_numpy()
    return float(settled[used].mean() - settled[~used].mean())


def measure(seeds: range, cases: int, planted: float | None) -> dict[str, Any]:
    """Over the seeds: what is claimed (q < .05) of single reasons and of all, and how often intervals hold the truth."""
    from laidian.issues.practices import practices

    claims, held, whole, plain, truths = [], [], [], [], []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        rows, period = log_rows(seed, cases)
        back, not_back = dealt(rows, planted or 0.0, rng)
        used = rng.random(rows.height) < np.where(rows["followed_soon"].to_numpy(), back, not_back)
        truth = expected(rows, back, not_back)
        if planted is None:
            shuffled = pl.Series(used).to_frame("used").with_columns(issue=rows["issue"])
            used = shuffled.select(pl.col("used").shuffle(seed).over("issue")).to_series().to_numpy()
            truth = dict.fromkeys(truth, 0.0)
        shown = rows.filter(pl.Series(used)).select("contact_id", practice=pl.lit(PRACTICE))
        for row in practices(rows, shown, period).filter(practice=PRACTICE).iter_rows(named=True):
            right = row["low"] <= truth[row["reason"]] <= row["high"]
            claim = (row["q"] < 0.05 and np.sign(row["difference"])) or 0.0
            if row["reason"] == "all":
                whole.append((claim, right, row["difference"]))
                truths.append(truth["all"])
            else:
                claims.append(claim)
                held.append(right)
        plain.append(crude(rows, used))
    claim, right, difference = np.array(whole, float).T
    return {
        "log": "dealt anew" if planted is None else f"planted {planted:g}", "seeds": len(seeds), "cases": cases,
        "truth_all": round(float(np.mean(truths)), 4), "told_all": round(float(difference.mean()), 4),
        "crude_all": round(float(np.mean(plain)), 4), "claimed_all": f"{int((claim > 0).sum())} of {len(claim)}",
        "held_all": f"{int(right.sum())} of {len(right)}", "reasons": len(claims),
        "claimed_better": round(float(np.mean(np.array(claims) > 0)), 3),
        "claimed_worse": round(float(np.mean(np.array(claims) < 0)), 3), "held": round(float(np.mean(held)), 3),
    }  # fmt: skip


def main() -> None:
    """Prints one line a planting."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seeds", type=int, default=20)
    asked.add_argument("--first", type=int, default=100)
    asked.add_argument("--cases", type=int, default=12_000)
    given = asked.parse_args()
    for planted in (None, *PLANTED):
        print(json.dumps(measure(range(given.first, given.first + given.seeds), given.cases, planted)), flush=True)


if __name__ == "__main__":
    main()
