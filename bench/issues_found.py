"""Unnamed issues planted among sentences of our own: are they found, is anything invented; and a day's jumps on quiet logs.

    python bench/issues_found.py discovery [--seeds 10] [--sizes 1000 2000 3500]   # adjusted Rand index; found; invented
    python bench/issues_found.py alerts [--seeds 20]      # alerts a day on logs in which nothing jumps, and of real ones

Discovery: ten planted issues of .5 to 5 % of the texts, the rest sentences about everything that the taxonomy names (half of
them; the other half, in other contacts, are the named ones). Ours, made up, so cleaner than speech: an upper bound. Limits were
chosen on seeds 0 to 3.
"""

import argparse
import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

SHARES = (0.005, 0.005, 0.01, 0.01, 0.02, 0.02, 0.03, 0.03, 0.04, 0.05)


def discovery(seeds: range, size: int) -> dict[str, Any]:
    """Over the seeds: adjusted Rand index (background as one group), planted issues found, groups that are none, invented.

    All texts are learned from, also those beyond `MOST_TEXTS`, so that the figures say what more texts would show.
    """
    from laidian.issues import discovery as room
    from laidian.issues.discovery import _dealt_anew, discover
    from laidian.simulate.planted_texts import background, planted_texts
    from sklearn.metrics import adjusted_rand_score

    room.MOST_TEXTS = max(room.MOST_TEXTS, size)
    sentences = background()
    rand, false, invented, seen = [], 0, 0, {share: [0, 0] for share in SHARES}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        mixed = rng.permutation(sentences).tolist()
        half = len(mixed) // 2
        shares = rng.permutation(SHARES).tolist()
        planted = planted_texts(size, shares, mixed[:half], seed)
        named = planted_texts(3000, (), mixed[half:], seed + 10_000).texts["text"].to_list()
        texts = planted.texts["text"].to_list()
        found = discover(texts, named, seed)
        rand.append(adjusted_rand_score(planted.truth, found.labels))
        for number, share in enumerate(shares):
            inside = found.labels[planted.truth == number]
            best = np.bincount(inside[inside >= 0], minlength=1)
            own = best.max() / max(len(inside), 1)
            seen[share][0] += int(own >= 0.5)
            seen[share][1] += 1
        false += sum((planted.truth[found.labels == g] < 0).mean() > 0.5 for g in range(len(found.stability)))
        anew = np.random.default_rng(seed + 500)
        invented += len(discover(_dealt_anew(texts, anew), _dealt_anew(named, anew), seed).stability)
    return {
        "texts": size, "seeds": len(seeds), "adjusted_rand_mean": round(float(np.mean(rand)), 3),
        "adjusted_rand_least": round(float(np.min(rand)), 3),
        "found_by_share": {f"{100 * share:g} %": f"{k} of {n}" for share, (k, n) in sorted(seen.items())},
        "groups_that_are_none": int(false), "invented_on_shuffled": invented,
    }  # fmt: skip


def alerts(seeds: range, cases_a_day: int) -> dict[str, Any]:
    """Alerts a day where nothing jumps (rates wander, weekends are quieter), and the share of planted jumps that are told.

    Cases are simulated, not contacts: what is counted is the day a case is opened.
    """
    from laidian.issues.jumps import jumps
    from laidian.simulate.issue_log import IssueLog, day_of, opened_cases

    days, told, quiet_days, noisy_days, found = 56, 0, 0, 0, {2.0: [0, 0], 3.0: [0, 0], 5.0: [0, 0]}
    last = day_of(days - 1).date()
    for seed in seeds:
        rng = np.random.default_rng(seed)
        picks = rng.choice(150, 6, replace=False)
        times = np.repeat(list(found), 2)
        spec = IssueLog(cases=cases_a_day * days, customers=cases_a_day * 30, days=days, drift=0.05)
        for bursts in ({}, {int(n): (days - 1, float(t)) for n, t in zip(picks, times, strict=True)}):
            cases = opened_cases(replace(spec, bursts=bursts), np.random.default_rng(seed))
            history = _history(cases, day_of(0).date())
            if not bursts:
                quiet_days += days - 14
                alerted = [jumps(history, last - timedelta(n)).height for n in range(days - 14)]
                told, noisy_days = told + sum(alerted), noisy_days + sum(n > 0 for n in alerted)
                continue
            heard = set(jumps(history, last)["issue"])
            for which, (_, t) in bursts.items():
                if cases.truth["volume"][which] / days >= 3:
                    found[t][0] += cases.truth["issue"][which] in heard
                    found[t][1] += 1
    return {
        "cases_a_day": cases_a_day, "seeds": len(seeds), "quiet_days": quiet_days, "false_alarms": told,
        "false_alarms_a_day": round(told / quiet_days, 4), "days_with_any": noisy_days,
        "told": {f"x{t:g}": f"{k} of {n}" for t, (k, n) in found.items()},
    }  # fmt: skip


def _history(cases: Any, first: date) -> Any:
    """issue, day, begun."""
    import polars as pl

    counted = (
        pl.DataFrame({"issue": cases.truth["issue"].gather(cases.issue), "n": cases.day}).group_by("issue", "n").len("begun")
    )
    return counted.select("issue", "begun", day=pl.lit(first) + pl.duration(days=pl.col("n")))


def main() -> None:
    """Runs one part and prints its figures."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("part", choices=("discovery", "alerts"))
    asked.add_argument("--seeds", type=int, default=10)
    asked.add_argument("--first", type=int, default=100)
    asked.add_argument("--sizes", type=int, nargs="*", help="texts (default 1000 2000 3500), or cases a day (500 3000)")
    given = asked.parse_args()
    seeds = range(given.first, given.first + given.seeds)
    for size in given.sizes or ((1000, 2000, 3500) if given.part == "discovery" else (500, 3000)):
        told = discovery(seeds, size) if given.part == "discovery" else alerts(seeds, size)
        print(json.dumps(told, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
