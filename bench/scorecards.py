"""Do scorecards rank agents as good as they are, and can an agent game them by sending customers away for more than a week?

    python bench/scorecards.py --seeds 10

Simulated logs whose agents' true quality is known (skill: what an agent adds to the chance that a contact settles its problem)
go through laidian's own chain, with 500 contacts judged. Printed per scenario: the rank correlation (Spearman) with that quality
of (1) a naive ranking, contacts with no contact of that customer within 7 days / contacts; (2) the same for first contacts,
about the same reason; (3) the cards without an audit; (4) the cards' raw share with one; (5) the same adjusted for the mix of
contacts; (6) that share shrunk, as it is shown; (7) the cards if agents' own codes, tickets and words counted as well;
(8) contact resolution; and of what nobody can know: (9) agents' true first-call resolution in that log, which is as far as so
few contacts can tell. Then how far the shares are off: root mean square over agents of (share - its mean over agents) - (skill -
mean skill), in points; `nobody` says all agents are alike. Agents with fewer contacts than a card shows are left out.
In `specialised` nine contacts in ten go to the half of the agents who serve their queue, faults being harder to settle; in
`specialised_heard` reasons count as heard in the customer's words, so that the mix knows them, and not the queue alone.
Half the agents of `deferral` send unsettled customers away so that they come back after 7 days: their mean place in each
ranking (0 best, 1 worst; honest would be .5), and how many of them and of the others the deferral signal names.
"""

import argparse
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from fcr_accuracy import OPENS, audited, chain
from laidian import outcome
from laidian.scorecards import scorecards
from laidian.settings import Scorecards
from laidian.simulate import SCENARIOS, simulate

MADE = {name: SCENARIOS[name] for name in ("base", "deferral", "give_ups", "weak_identifiers")}
MADE |= {name: replace(SCENARIOS["base"], name=name, specialised=0.9) for name in ("specialised", "specialised_heard")}
WEEK = 7 * 86400e6
COLUMNS = ("naive_7d", "naive_7d_same", "returns", "raw", "adjusted", "shrunk", "everything", "resolution", "true")
SHARES = ("nobody", "naive_7d_same", "returns", "raw", "adjusted", "shrunk")


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 0 (ties by order)."""
    return values.argsort(kind="stable").argsort(kind="stable").astype(float)


def alike(a: pl.Series, b: pl.Series) -> float:
    """Spearman's correlation of those that both know."""
    both = pl.DataFrame({"a": a, "b": b}).drop_nulls()
    if both["a"].n_unique() < 2:  # all shrunk to one: no order is told
        return 0.0
    return float(np.corrcoef(both["a"].rank().to_numpy(), both["b"].rank().to_numpy())[0, 1])


def off(share: pl.Series, skill: pl.Series) -> float:
    """Root mean square, in points, of what agents are said to differ by against what they do."""
    both = pl.DataFrame({"share": share, "skill": skill}).drop_nulls().select(pl.all() - pl.all().mean())
    return 100 * float(np.sqrt(((both["share"] - both["skill"]) ** 2).mean()))  # type: ignore[arg-type]


def one(name: str, seed: int) -> dict[str, Any]:
    """What one log came to."""
    scenario = MADE[name]
    made = simulate(scenario, seed)
    tables = chain(made, scenario.days)
    as_of = OPENS + timedelta(scenario.days - 1)
    if name == "specialised_heard":
        tables["reasons"] = tables["reasons"].with_columns(source=pl.lit("rules"))
    verdicts = audited(tables, seed, 0.0)
    flags = outcome.at_end(tables["facts"], tables["cues"], tables["tickets"], pl.DataFrame(schema={"contact_id": pl.String}))
    came = outcome.since(tables["facts"], tables["links"], tables["cues"])
    chances = outcome.chances(flags, came, verdicts, tables["customers"], 30).table
    everything = chances.with_columns(pl.col(t).alias(f"card_{t}") for t in ("first", "resolved", "first_resolved"))
    nothing = chances.with_columns(pl.lit(None, pl.Float64).alias(c) for c in chances.columns if c != "contact_id")
    agents = made.agents
    for column, outcomes in (("returns", nothing), ("card", chances), ("everything", everything)):
        cards = scorecards(
            tables["merged"], tables["customers"], tables["reasons"], outcomes, (OPENS, as_of), as_of, Scorecards()
        ).filter(pl.col("group_by") == "agent")
        own = {"raw": "raw", "adjusted": "adjusted", "shrunk": "fcr", "resolution": "resolution", "defers_told": "defers"}
        kept = cards.select(agent_id="group", **(own if column == "card" else {column: "adjusted"}))
        agents = agents.join(kept, on="agent_id", how="left")
    agents = agents.join(_naive(tables["facts"]), left_on="agent_id", right_on="agent", how="left")
    owner = tables["merged"].select("contact_id", "agent_id")
    true = (
        tables["truth"]
        .join(owner, on="contact_id")
        .filter("is_first")
        .group_by("agent_id")
        .agg(true=(pl.col("resolved") != "no").mean())
    )
    agents = agents.join(true, on="agent_id", how="left")
    agents = agents.with_columns(nobody=pl.lit(0.0))
    found: dict[str, Any] = {c: alike(agents[c], agents["skill"]) for c in COLUMNS}
    found["off"] = {c: off(agents[c], agents["skill"]) for c in SHARES}
    if agents["defers"].any():
        own = agents["defers"].to_numpy()
        found["places"] = {
            c: float(1 - ranks(agents[c].to_numpy())[own].mean() / (agents.height - 1))
            for c in COLUMNS[:7]
            if agents[c].null_count() == 0
        }
        found["true_place"] = float(1 - ranks(agents["skill"].to_numpy())[own].mean() / (agents.height - 1))
    told = agents["defers_told"].fill_null(False)
    found["told"] = [int((told & agents["defers"]).sum()), int(agents["defers"].sum()), int((told & ~agents["defers"]).sum()),
                     int((~agents["defers"]).sum())]  # fmt: skip
    return found


def _naive(facts: pl.DataFrame) -> pl.DataFrame:
    """What a wallboard shows: contacts that nobody followed within 7 days, whoever could be watched for as long."""
    some = facts.filter(pl.col("outside").is_null() & (pl.col("covered_after") >= WEEK))
    away = ~(pl.col("any_after") <= WEEK).fill_null(False)
    first = ~(pl.col("same_before") <= WEEK).fill_null(False)
    same = ~(pl.col("same_after") <= WEEK).fill_null(False)
    return some.group_by("agent").agg(naive_7d=away.mean(), naive_7d_same=same.filter(first).mean())


def main() -> None:
    """Run and print; with --json every log's row."""
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--seeds", type=int, default=3)
    args.add_argument("--first", type=int, default=0, help="the first seed; building used 1000 to 1002")
    args.add_argument("--only", nargs="*", choices=list(MADE))
    args.add_argument("--json", action="store_true")
    given = args.parse_args()
    rows = {name: [one(name, seed) for seed in range(given.first, given.first + given.seeds)] for name in given.only or MADE}
    print(f"{'rank correlation':<18}" + "".join(f"{c:>15}" for c in COLUMNS))
    for name, found in rows.items():
        means = (np.mean([r[c] for r in found]) for c in COLUMNS)
        print(f"{name:<18}" + "".join(f"{m:>15.2f}" for m in means))
    print(f"{'points off':<18}" + "".join(f"{c:>15}" for c in SHARES))
    for name, found in rows.items():
        print(f"{name:<18}" + "".join(f"{np.mean([r['off'][c] for r in found]):>15.2f}" for c in SHARES))
    if "deferral" in rows:
        _print_deferral(rows["deferral"])
    for name, found in rows.items():
        told = np.sum([r["told"] for r in found], axis=0)
        print(f"{name}: deferral named of {told[0]} of {told[1]} who defer, of {told[2]} of {told[3]} who do not")
    if given.json:
        print(json.dumps(rows, indent=1))


def _print_deferral(deferral: list[dict[str, Any]]) -> None:
    places = {c: np.mean([r["places"][c] for r in deferral]) for c in COLUMNS[:7] if all(c in r["places"] for r in deferral)}
    truly = np.mean([r["true_place"] for r in deferral])
    print(f"mean place of those who defer (0 best): truly {truly:.2f}; " + "; ".join(f"{c} {m:.2f}" for c, m in places.items()))


if __name__ == "__main__":
    main()
