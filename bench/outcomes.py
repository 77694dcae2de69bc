"""Are P(first), P(resolved) and the risk of coming back as high as they are true, on simulated logs whose truth is known?

    python bench/outcomes.py --seeds 4

Each log goes through laidian's own chain (fcr_accuracy.py); 500 contacts are drawn and judged; the log is cut AS_OF_DAYS
before it ends, so that what the guesses are about lies in the future of who makes them. Printed per scenario, over the contacts
NOBODY audited: the Brier score beside that of the plain share (of the audit; for the risk, of the watched contacts), by how
old the contact was; and the reliability curve: mean guess and share that was true, level by level. The risk's truth is whether
the customer came back about the same PROBLEM within seven days, not what links say.
"""

import argparse
import json
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from fcr_accuracy import OPENS, audited, chain
from laidian import fcr, outcome
from laidian.outcome.quality import LEVELS
from laidian.simulate import SCENARIOS, simulate

CUT_DAYS = 20
"""Days of the log that the guesses do not see."""

AGES = {"today": (0.0, 1.0), "1-7 d": (1.0, 7.0), "7-30 d": (7.0, 30.0), "older": (30.0, 1e9)}
DAY = 86400e6


def guessed(name: str, seed: int) -> pl.DataFrame:
    """Contacts with guesses and truth: first, resolved, again (came back within 7 days), and what was guessed of each."""
    scenario = SCENARIOS[name]
    whole = chain(simulate(scenario, seed), scenario.days)
    as_of = OPENS + timedelta(scenario.days - 1 - CUT_DAYS)
    early = whole["merged"].filter(pl.col("day") <= as_of)

    def known(table: str) -> pl.DataFrame:
        return whole[table].join(early.select("contact_id"), on="contact_id", how="semi")

    facts = fcr.facts(
        early, known("customers"), known("links"), whole["cases"], known("reasons"), known("cues"), known("surveys"),
        (OPENS, as_of), as_of,
    )  # fmt: skip
    verdicts = audited({"merged": early.filter(pl.col("day") <= as_of - timedelta(7)), "truth": whole["truth"]}, seed, 0.0)
    nobody = pl.DataFrame(schema={"contact_id": pl.String})
    flags = outcome.at_end(facts, known("cues"), known("tickets"), nobody)
    came = outcome.since(facts, known("links"), known("cues"))
    chances = outcome.chances(flags, came, verdicts, known("customers"), 30)
    risk = outcome.risks(flags, facts)
    truth = _truth(whole)
    bases = {
        "first": verdicts["is_first"].mean(), "resolved": (verdicts["resolved"] != "no").mean(),
        "risk": (facts.filter(pl.col("covered_after") >= 7 * DAY)["same_after"] <= 7 * DAY).fill_null(False).mean(),
    }  # fmt: skip
    table = (
        truth.join(chances.table.rename({t: f"p_{t}" for t in ("first", "resolved")}), on="contact_id")
        .join(risk.table.select("contact_id", p_risk="risk"), on="contact_id", how="left")
        .join(facts.select("contact_id", "covered_after"), on="contact_id")
        .join(verdicts.select("contact_id"), on="contact_id", how="anti")
    )
    return table.with_columns(scenario=pl.lit(name), **{f"base_{k}": pl.lit(v) for k, v in bases.items()})


def _truth(whole: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """What is true of each contact; `risk`: the next visit about its problem began within seven days of its end."""
    when = whole["merged"].select("contact_id", "started_at", "ended_at")
    told = whole["truth"].join(when, on="contact_id").sort("problem", "started_at", "contact_id")
    gap = pl.col("started_at").shift(-1).over("problem") - pl.col("ended_at")
    return told.select(
        "contact_id", first="is_first", resolved=pl.col("resolved") != "no", risk=(gap <= timedelta(7)).fill_null(False)
    )


def scores(table: pl.DataFrame, target: str) -> dict[str, Any]:
    """Brier and base, and the mean guess beside the share that was true."""
    some = table.filter(pl.col(f"p_{target}").is_not_null())
    p, true, base = (some[c].cast(pl.Float64).to_numpy() for c in (f"p_{target}", target, f"base_{target}"))
    return {
        "contacts": some.height, "brier": float(((p - true) ** 2).mean()), "base": float(((base - true) ** 2).mean()),
        "guessed": float(p.mean()), "true": float(true.mean()),
    }  # fmt: skip


def curve(table: pl.DataFrame, target: str) -> list[tuple[float, int, float, float]]:
    """(lowest guess of the level, contacts, mean guess, share that was true)."""
    some = table.filter(pl.col(f"p_{target}").is_not_null())
    p, true = some[f"p_{target}"].to_numpy(), some[target].cast(pl.Float64).to_numpy()
    level = np.clip(np.searchsorted(LEVELS, p, side="right") - 1, 0, len(LEVELS) - 2)
    return [
        (LEVELS[k], int((level == k).sum()), float(p[level == k].mean()), float(true[level == k].mean()))
        for k in range(len(LEVELS) - 1)
        if (level == k).any()
    ]


def main() -> None:
    """Run and print; with --json everything."""
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--seeds", type=int, default=2)
    args.add_argument("--first", type=int, default=0, help="the first seed; building used 1000 and 1001")
    args.add_argument("--json", action="store_true")
    given = args.parse_args()
    seeds = range(given.first, given.first + given.seeds)
    result: dict[str, Any] = {}
    tables = {name: pl.concat([guessed(name, seed) for seed in seeds]) for name in SCENARIOS}
    print(f"{'':<18}{'target':<10}{'age':<8}{'contacts':>9}{'Brier':>8}{'base':>8}{'gain':>6}{'guess':>8}{'true':>7}")
    for name, table in tables.items():
        age = pl.col("covered_after") / DAY
        for target in ("first", "resolved", "risk"):
            parts = {"all": table} | {k: table.filter((age >= a) & (age < b)) for k, (a, b) in AGES.items()}
            for label, some in parts.items():
                s = scores(some, target)
                result[f"{name}.{target}.{label}"] = s
                gain = 1 - s["brier"] / s["base"]
                print(
                    f"{name:<18}{target:<10}{label:<8}{s['contacts']:>9}{s['brier']:>8.4f}{s['base']:>8.4f}{gain:>6.0%}"
                    f"{s['guessed']:>8.3f}{s['true']:>7.3f}"
                )
    everything = pl.concat(tables.values())
    for target in ("first", "resolved", "risk"):
        result[f"curve.{target}"] = curve(everything, target)
        error = sum(n * abs(p - t) for _, n, p, t in result[f"curve.{target}"]) / sum(
            n for _, n, _, _ in result[f"curve.{target}"]
        )
        print(
            f"reliability of {target}, all scenarios (mean distance {100 * error:.1f} points): level, contacts, mean guess, true"
        )
        for low, n, p, t in result[f"curve.{target}"]:
            print(f"  {low:4.2f}  {n:>7}  {p:.3f}  {t:.3f}")
    if given.json:
        print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
