"""How well the TOP lists rank, against a log whose truth is known; what they cost on a million contacts.

    python bench/issues.py ranks [--seeds 20]      # true top 20 in our top 30; do the rank intervals hold the true ranks?
                                                   # `by_laws`: of a rival who knows the laws that made the log
    python bench/issues.py speed                    # 1,000,000 contacts: both lists with bootstrap, seconds and memory
    python bench/issues.py actions [--seeds 20]     # actions that cut a rate by 0, 10, 20, 50 %: found and claimed
    python bench/issues.py actions --cuts 0         # all without effect: false claims

The truth: burden = volume · max(0, rate - reference) · repeats of a case that has any · hours, all as simulated; `reference`
the true rate that the best quarter of the cases keeps to.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np

os.environ.setdefault("POLARS_MAX_THREADS", "2")


def true_burden(truth: Any, reference: float = 0.25) -> np.ndarray:
    """The burden of each issue as simulated, in hours."""
    from laidian.issues.burden import reachable

    volume, rate, extra, handled = (truth[name].to_numpy() for name in ("volume", "rate", "extra", "handled_s"))
    reached = float(reachable(rate[:, None], volume[:, None], reference)[0])
    return volume * np.maximum(0.0, rate - reached) * extra * handled / 3600


def _lists(log: Any, days: int, **more: Any) -> Any:
    from laidian.issues import rank
    from laidian.settings import Issues, Report
    from laidian.simulate.issue_log import day_of
    from laidian.tables import Utterance, empty

    period = (day_of(0).date(), day_of(days - 1).date())
    return rank(*log.tables(), empty(Utterance), period, Report(top=1000, quotes=0), Issues(), **more)


def by_laws(log: Any, spec: Any, reference: float = 0.25, draws: int = 1000) -> np.ndarray:
    """The expected burden of each issue for one who knows the laws that made the log and the reference, but not its issues.

    No estimate from the same log can be expected to rank much better: what is left is the chance in the log.
    """
    from laidian.issues.burden import reachable

    truth, rng = log.truth, np.random.default_rng(0)
    counted = _counts(log)
    n, k, extra, contacts, seconds = (counted[name].to_numpy()[:, None] for name in ("n", "k", "extra", "contacts", "seconds"))
    reached = float(reachable(truth["rate"].to_numpy()[:, None], truth["volume"].to_numpy()[:, None], reference)[0])
    size = (truth.height, draws)
    rate = rng.beta(spec.rate * spec.apart + k, (1 - spec.rate) * spec.apart + n - k, size)
    more = np.linspace(0.0, 2 * spec.repeats, 81)[1:]
    likely = (extra - k) * np.log(more) - k * more
    chance = np.cumsum(np.exp(likely - likely.max(axis=1, keepdims=True)), axis=1)
    picked = (rng.random(size)[:, :, None] * chance[:, None, -1:] > chance[:, None, :]).sum(axis=2)
    length = seconds / np.maximum(contacts, 1)
    return np.asarray(
        (rng.gamma(n + 1e-9, 1.0, size) * np.maximum(0.0, rate - reached) * (1 + more[picked]) * length).mean(axis=1)
    )


def _counts(log: Any) -> Any:
    """A row an issue, in the order of the truth: cases n, followed k, their extra repeats, contacts and their seconds."""
    import polars as pl

    issue = log.reasons.select("contact_id", "issue").join(log.contacts.select("contact_id", "handled_s"), on="contact_id")
    lengths = log.cases.select(contact_id=pl.col("contact_ids").list.first(), extra=pl.col("contact_ids").list.len() - 1)
    cases = lengths.join(issue, on="contact_id").group_by("issue").agg(
        n=pl.len(), k=(pl.col("extra") > 0).sum(), extra=pl.col("extra").sum()
    )  # fmt: skip
    spoken = issue.group_by("issue").agg(contacts=pl.len(), seconds=pl.col("handled_s").sum())
    whole = log.truth.select("issue").join(cases, on="issue", how="left", maintain_order="left")
    both = whole.join(spoken, on="issue", how="left", maintain_order="left").fill_null(0)
    return both.with_columns(pl.exclude("issue").cast(pl.Float64))


def ranks(seeds: range, cases: int) -> dict[str, float]:
    """Share of seeds whose true top 20 are all in our top 30; share of issues whose true rank is within their interval."""
    from laidian.simulate.issue_log import IssueLog, issue_log

    whole, inside, held, held_top, width, by_repeats, lawful = [], [], [], [], [], [], []
    for seed in seeds:
        spec = IssueLog(cases=cases, customers=int(cases * 0.8))
        log = issue_log(spec, seed)
        burden = true_burden(log.truth)
        lawful.append(set(np.argsort(-burden)[:20]) <= set(np.argsort(-by_laws(log, spec))[:30]))
        true = log.truth.select("issue").with_columns(
            best=1 + (burden[None, :] > burden[:, None]).sum(axis=1), worst=(burden[None, :] >= burden[:, None]).sum(axis=1)
        )
        found = _lists(log, 30).filter(ranking="unresolved").join(true, on="issue")
        top = found.filter(found["best"] <= 20)
        within = int((top["rank"] <= 30).sum())
        whole.append(within == 20)
        inside.append(within / 20)
        naive = found.sort("repeats", descending=True).head(30)
        by_repeats.append(int((naive["best"] <= 20).sum()) / 20)
        covers = ((found["rank_low"] <= found["worst"]) & (found["rank_high"] >= found["best"])).to_numpy()
        held.append(covers.mean())
        held_top.append(covers[(found["best"] <= 30).to_numpy()].mean())
        width.append(float((found["rank_high"] - found["rank_low"]).filter(found["best"] <= 30).mean() or 0.0))
    return {
        "seeds": len(seeds), "cases": cases, "all_20_in_30": float(np.mean(whole)),
        "all_20_in_30_by_laws": float(np.mean(lawful)), "of_20_in_30": float(np.mean(inside)),
        "of_20_in_30_by_repeats": float(np.mean(by_repeats)), "ranks_held": float(np.mean(held)),
        "ranks_held_top_30": float(np.mean(held_top)), "width_top_30": float(np.mean(width)),
    }  # fmt: skip


ACTED_FROM, ACTED_DAYS, ACTED = 56, 119, 24
CUTS = (0.0, 0.1, 0.2, 0.5)


def actions(seeds: range, cases: int, of: tuple[float, ...] = CUTS, drift: float = 0.03) -> list[dict[str, Any]]:
    """One row an action: its cut, the cases before and after, what was told of it.

    Actions are taken, as a meeting takes them, on the 24 issues with the largest burden in the weeks before: as many of each
    cut. The rates of all issues wander from week to week by themselves. Cases are simulated, not contacts: no linking in it.
    """
    from dataclasses import replace

    from laidian.actions import Action, effects
    from laidian.settings import Issues
    from laidian.simulate.issue_log import IssueLog, day_of, opened_cases

    rows, policy, starts = [], Issues(), day_of(ACTED_FROM).date()
    spec = IssueLog(cases=cases, customers=int(cases * 0.6), days=ACTED_DAYS, drift=drift)
    watched_to = day_of(ACTED_DAYS - 8).date()
    for seed in seeds:
        chosen = _worst(opened_cases(spec, np.random.default_rng(seed)), policy)
        deals = np.random.default_rng(seed).permutation(np.repeat(of, ACTED // len(of)))
        cuts = {int(which): (ACTED_FROM, float(cut)) for which, cut in zip(chosen, deals, strict=True)}
        cut = opened_cases(replace(spec, cuts=cuts), np.random.default_rng(seed))
        register = [Action(cut.truth["issue"][which], "", "", starts, None, "") for which in cuts]
        cut_of = {cut.truth["issue"][which]: part for which, (_, part) in cuts.items()}
        for told in effects(register, _begun(cut, seed), watched_to, policy).iter_rows(named=True):
            rows.append({
                "cut": cut_of[told["issue"]], "before": told["cases_before"], "after": told["cases_after"],
                "found": told["verdict"] == "fewer", "worse": told["verdict"] == "more", "said": told["change"] is not None,
                "low": told["low"], "high": told["high"], "power": told["power"],
            })  # fmt: skip
    return rows


def _worst(cases: Any, policy: Any) -> np.ndarray:
    """Numbers of the issues with the largest burden as it was seen before the actions, largest first."""
    from laidian.issues.burden import burden

    before = cases.day < ACTED_FROM
    repeats, seconds = cases.repeats * before, cases.truth["handled_s"].to_numpy()
    opened, followed, extra = (
        np.bincount(cases.issue, weights=w.astype(float), minlength=len(seconds)) for w in (before, repeats > 0, repeats)
    )
    contacts = opened + extra
    sums = np.column_stack([contacts, contacts * seconds, opened, followed, extra, np.zeros(len(seconds))])
    return np.argsort(-burden(sums, policy).cost, kind="stable")[:ACTED]


def _begun(cases: Any, seed: int) -> Any:
    """The cases whose first contact has been watched for a week, as `issues.begun` gives them; repeats come after .05 days and
    two more on average, as in the log."""
    import polars as pl
    from laidian.simulate.issue_log import day_of

    wait = 0.05 + np.random.default_rng(seed + 10_000).exponential(2.0, cases.issue.size)
    first = pl.Series([day_of(0).date()], dtype=pl.Date)
    rows = pl.DataFrame({
        "issue": cases.truth["issue"].gather(cases.issue), "day": first.gather(np.zeros(cases.issue.size, dtype=np.int64)),
        "customer_key": pl.Series(cases.customer).cast(pl.String), "followed_soon": (cases.repeats > 0) & (wait <= 7),
    })  # fmt: skip
    dated = rows.with_columns(pl.col("day") + pl.duration(days=pl.Series(cases.day)))
    return dated.filter(pl.Series(cases.day < ACTED_DAYS - 7))


def tell_actions(rows: list[dict[str, Any]]) -> None:
    """Prints detection and false claims by cut and number of cases before."""
    for cut in CUTS:
        for least, most in ((0, 10**9), (0, 1000), (1000, 3000), (3000, 10**9)):
            some = [r for r in rows if r["cut"] == cut and least <= r["before"] < most and r["said"]]
            if not some:
                continue
            claimed = round(float(np.mean([r["found"] or r["worse"] for r in some])), 3)
            covers = np.mean([r["low"] <= -cut <= r["high"] for r in some])
            print(json.dumps({
                "cut": cut, "cases_before": f"{least}-{most}" if most < 10**9 else f"{least}+", "actions": len(some),
                "median_before": int(np.median([r["before"] for r in some])),
                "median_after": int(np.median([r["after"] for r in some])),
                "found": round(float(np.mean([r["found"] for r in some])), 3),
                "called_worse": round(float(np.mean([r["worse"] for r in some])), 3), "claimed": claimed,
                "interval_holds": round(float(covers), 3),
                "power_said_for_20": round(float(np.mean([r["power"] for r in some])), 3),
            }), flush=True)  # fmt: skip


def speed(contacts: int, cases: int) -> dict[str, float]:
    """Both lists of one period of a log of so many contacts, in a process of its own; peak memory of all of it."""
    command = [sys.executable, __file__, "timed", "--cases", str(contacts), str(cases)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def timed(contacts: int, cases: int) -> None:
    """Prints what the lists cost; the log is made off the clock. Twice: the first time numba compiles or loads."""
    from laidian.issues import GROUPS
    from laidian.simulate.issue_log import IssueLog, issue_log

    extra = contacts / cases - 1
    spec = IssueLog(cases=cases, customers=max(cases * 4 // 5, 1000), rate=min(0.16, extra / 2) if extra < 1 else 0.9,
                    apart=30.0, repeats=max(extra / (0.16 if extra < 1 else 0.9) - 1, 0.2))  # fmt: skip
    log = issue_log(spec, 1)
    made = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    told: dict[str, float] = {"contacts": log.contacts.height, "cases": log.cases.height, "gb_with_the_log": made}
    for name, groups in (("first", ()), ("again", ()), ("with_groups", GROUPS)):
        wall, cpu = time.perf_counter(), time.process_time()
        _lists(log, spec.days, group_by=groups)
        told |= {f"{name}_wall_s": time.perf_counter() - wall, f"{name}_cpu_s": time.process_time() - cpu}
        told[f"{name}_peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps(told))


def main() -> None:
    """Runs one part and prints its figures."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("part", choices=("ranks", "speed", "timed", "actions"))
    asked.add_argument("--seeds", type=int, default=20)
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--cases", type=int, nargs="*", default=[20_000, 50_000, 100_000])
    asked.add_argument("--drift", type=float, default=0.03, help="actions: how rates wander, a week")
    asked.add_argument("--cuts", type=float, nargs="*", default=CUTS, choices=CUTS)
    given = asked.parse_args()
    seeds = range(given.first, given.first + given.seeds)
    if given.part == "ranks":
        for cases in given.cases:
            print(json.dumps({k: round(v, 3) for k, v in ranks(seeds, cases).items()}), flush=True)
    if given.part == "actions":
        tell_actions(actions(seeds, given.cases[-1] * 3, tuple(given.cuts), given.drift))
    if given.part == "timed":
        timed(*given.cases)
    if given.part == "speed":
        for contacts, cases in ((1_000_000, 100_000), (1_000_000, 780_000)):
            print(json.dumps({k: round(v, 2) for k, v in speed(contacts, cases).items()}), flush=True)


if __name__ == "__main__":
    main()
