"""Does the estimate meet the truth, and does its interval cover it as often as it says?

    python bench/fcr_accuracy.py --seeds 200

Simulated logs of known truth (`laidian.simulate`) go through laidian's own chain: contacts, customers, reasons from wrap-up
codes, cases and links, facts, and 500 contacts drawn at random and judged. Printed per scenario and pooled, in percentage
points: bias and coverage of the estimate (with a Wilson interval), half its interval's width, the same of the audit alone,
how far the usual windows are off on the same logs, and how often the bounds printed without any audit hold the truth. A sixth
scenario has 3 % wrong audit answers, a fifth of the contacts judged twice and adjudicated, beside the same answers taken as
they are, by one auditor. The rows of the files are taken as laidian would read them (tests hold the two equal), because
reading 14,000 rows of CSV a thousand times is no part of the question.
"""

import argparse
import json
import os
import sys
import time
from datetime import date, timedelta
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from laidian import audit, cases, contacts, fcr, identity, lexicons, reasons
from laidian.ingest.legs import frames, leg_of
from laidian.ingest.phones import as_phone
from laidian.settings import Audit as AuditSettings
from laidian.settings import Settings
from laidian.simulate import SCENARIOS, Simulated, judge, simulate
from laidian.stats import Z95, wilson
from laidian.tables import Cue, Reason, Recording, Row, Survey, Ticket, empty, schema

SECRET = b"0" * 32
SETTINGS = Settings()
AUDITS = 500
WINDOWS = ("same_number_24h", "window_fcr.24h.same", "window_fcr.72h.same", "window_fcr.7d.any", "window_fcr.7d.same",
           "window_fcr.30d.same", "linked_fcr", "survey_resolved")  # fmt: skip
WRONG, UNCORRECTED = "wrong_answers", "wrong_uncorrected"
SHARES = SETTINGS.fcr.model_copy(update={"windows": ("24h", "72h", "7d", "30d")})
FIGURES = [f for f in fcr.figures(SHARES.windows, (SHARES.heavy_calls, SHARES.heavy_days)) if f.definition in WINDOWS]
OPENS = date(2025, 3, 3)


TAXONOMY = lexicons.load_taxonomy()
POLICY = {name: cases.ReasonPolicy(r.case_gap_days, r.periodic) for name, r in TAXONOMY.reasons.items()}


def chain(made: Simulated, days: int) -> dict[str, pl.DataFrame]:
    """A simulated log's tables, up to the facts and predictors of the whole log; `truth` by the contacts of those."""
    legs, identifiers = frames(_legs(made.contacts))
    merged = contacts.contacts(legs, empty(Recording), SETTINGS.calls)
    customers = identity.customers(merged, identifiers, legs, SECRET)
    owner = contacts.contact_of(legs, merged).rename({"contact_id": "into"})

    def by_contact(table: pl.DataFrame) -> pl.DataFrame:
        joined = table.join(owner, left_on="contact_id", right_on="logged_id", maintain_order="left")
        return joined.with_columns(contact_id="into").drop("into")

    told, cues = _reasons(by_contact(made.contacts.filter(pl.col("leg_no") == 1))), _cues(by_contact(made.cues))
    tickets = _as(by_contact(made.tickets).with_columns(reopened=pl.col("reopened") == "yes"), Ticket)
    surveys = _as(by_contact(made.surveys).unique("contact_id", keep="last", maintain_order=True), Survey)
    linked = cases.link(
        merged, customers, told, cues, pl.DataFrame(schema={"contact_id": pl.String, "text": pl.String}), tickets, POLICY,
        SETTINGS.cases, SECRET, contacts.services(legs, merged),
    )  # fmt: skip
    period = (OPENS, OPENS + timedelta(days - 1))
    facts = fcr.facts(merged, customers, linked.links, linked.cases, told, cues, surveys, period, period[1], tickets=tickets)
    guessed_by = fcr.predictors(facts, linked.links, cues)
    truth = by_contact(made.truth).unique("contact_id", keep="first", maintain_order=True)
    return {
        "merged": merged, "facts": facts, "predictors": guessed_by, "truth": truth, "customers": customers, "links": linked.links,
        "cases": linked.cases, "reasons": told, "cues": cues, "tickets": tickets, "surveys": surveys,
    }  # fmt: skip


_phone = cache(as_phone)


def _legs(rows: pl.DataFrame) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    pairs = []
    for row in rows.iter_rows(named=True):
        phone = _phone(row["phone"]) if row["phone"] else None
        leg, identifier = leg_of({**row, "phone": phone}, row["leg_no"], SECRET)
        pairs.append((leg | {"source": "simulated"}, identifier))
    return pairs


def _as(table: pl.DataFrame, row: type[Row]) -> pl.DataFrame:
    """A table's columns as the row class has them; those it lacks are null."""
    return table.select(
        (pl.col(name) if name in table.columns else pl.lit(None)).cast(dtype).alias(name) for name, dtype in schema(row).items()
    )


def _reasons(rows: pl.DataFrame) -> pl.DataFrame:
    codes = rows["wrap_code"].drop_nulls().unique().sort()
    named = reasons.reasons_from_wrap_code(pl.DataFrame({"contact_id": codes, "wrap_code": codes}), TAXONOMY)
    coded = rows.select("contact_id", "wrap_code").join(
        named.rename({"contact_id": "wrap_code"}), on="wrap_code", maintain_order="left"
    )
    return _as(coded.unique("contact_id", keep="first", maintain_order=True), Reason)


def _cues(rows: pl.DataFrame) -> pl.DataFrame:
    numbered = rows.with_row_index("turn").rename({"role": "speaker"})
    return _as(numbered.with_columns(recording_no=-1, begin=0, finish=0, span=pl.lit(""), score=1.0, basis=pl.lit("found")), Cue)


def audited(tables: dict[str, pl.DataFrame], seed: int, wrong: float, twice: bool = True) -> pl.DataFrame:
    """The verdicts on 500 random contacts; of wrong answers a fifth is judged `twice`, and disagreements are adjudicated."""
    known = tables["merged"].join(tables["truth"], on="contact_id", how="semi", maintain_order="left")
    drawn = audit.draw(known, AUDITS, seed, AuditSettings())
    ids, both = drawn.contacts["contact_id"].to_list(), drawn.contacts.filter("twice")["contact_id"].to_list()
    answers = [judge(tables["truth"], ids, seed, wrong=wrong)]
    if wrong and twice:
        answers.append(judge(tables["truth"], both, seed + 10_000, wrong=wrong, auditor="乙"))
        apart = audit.disputed(_answers(answers))["contact_id"].to_list()
        final = judge(tables["truth"], apart, seed, auditor="丙").with_columns(method=pl.lit("adjudicated"))
        answers.append(final)
    return audit.verdicts(_answers(answers))


def _answers(parts: list[pl.DataFrame]) -> pl.DataFrame:
    null = pl.lit(None)
    return pl.concat(parts).with_columns(audited_at=null.cast(pl.Datetime("us")), draw_id=null.cast(pl.Int64))


def one(task: tuple[str, int]) -> list[dict[str, Any]]:
    """What one log and audit came to: a row a scenario (the base log also serves the one with wrong answers)."""
    name, seed = task
    scenario = SCENARIOS[name]
    began = time.process_time()
    tables = chain(simulate(scenario, seed), scenario.days)
    period = (OPENS, OPENS + timedelta(scenario.days - 1))
    bounds = fcr.curves(tables["facts"], period, SHARES).filter(definition="fcr_bounds").select("low", "high").row(0)
    naive = {f.definition: fcr.counted_contacts(tables["facts"], f)["numerator"].mean() for f in FIGURES}
    rows = []
    for label, wrong in ((name, 0.0), *(((WRONG, 0.03), (UNCORRECTED, 0.03)) if name == "base" else ())):
        verdicts = audited(tables, seed, wrong, label != UNCORRECTED)
        nobody = pl.DataFrame(schema={"contact_id": pl.String, "draw_id": pl.Int64})
        made = fcr.estimates(tables["facts"], tables["predictors"], verdicts, nobody, period, 30, groups=())
        found = {r["definition"]: r for r in made.iter_rows(named=True)}
        for grade in ("promise", "strict"):
            truth = _truth(tables["truth"], grade)
            row = {"scenario": label, "seed": seed, "grade": grade, "truth": truth, "alone": _alone(verdicts, tables, grade)}
            row |= {key: found[f"estimate_{grade}"][key] for key in ("value", "low", "high")}
            rows.append(row | ({"naive": naive, "bounds": bounds} if label == name and grade == "promise" else {}))
    rows[0]["cpu_s"] = time.process_time() - began
    return rows


def _truth(truth: pl.DataFrame, grade: str) -> float:
    first = truth.filter("is_first")
    settled = first["resolved"] != "no" if grade == "promise" else (first["resolved"] == "at_hangup") & ~first["transferred"]
    return float(settled.mean())  # type: ignore[arg-type]


def _alone(verdicts: pl.DataFrame, tables: dict[str, pl.DataFrame], grade: str) -> tuple[float, float]:
    """Value and half width of the audit alone: the share among its first contacts."""
    first = verdicts.filter("is_first").join(tables["truth"].select("contact_id", "transferred"), on="contact_id")
    settled = (
        first["resolved"].is_in(["at_hangup", "in_promise"])
        if grade == "promise"
        else (first["resolved"] == "at_hangup") & ~first["transferred"]
    )
    share = float(settled.mean())  # type: ignore[arg-type]
    return share, Z95 * (share * (1 - share) / first.height) ** 0.5


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Bias, coverage, half width of the estimate and of the audit alone over some logs, in percentage points."""
    truth, value, low, high = (np.array([r[k] for r in rows]) for k in ("truth", "value", "low", "high"))
    alone = np.array([r["alone"] for r in rows])
    covers = int(((low <= truth) & (truth <= high)).sum())
    at_99 = wilson(covers, len(rows), 2.575829)
    return {
        "logs": len(rows), "truth": 100 * truth.mean(), "bias": 100 * (value - truth).mean(),
        "coverage": 100 * covers / len(rows),
        "wilson_99": [100 * bound for bound in at_99 if bound is not None], "half": 50 * (high - low).mean(),
        "audit_alone_half": 100 * alone[:, 1].mean(),
        "audit_alone_coverage": 100 * (abs(alone[:, 0] - truth) <= alone[:, 1]).mean(),
    }  # fmt: skip


def main() -> None:
    """Run, print a table and, with --json, everything."""
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--seeds", type=int, default=4)
    args.add_argument("--first", type=int, default=0, help="the first seed; tuning used 1000 to 1011")
    args.add_argument("--processes", type=int, default=2)
    args.add_argument(
        "--rows", type=Path, help="keep each log's result here (JSONL); a second run goes on where this one stopped"
    )
    args.add_argument("--minutes", type=float, default=1e9, help="stop after so long and report on what is done")
    args.add_argument("--json", action="store_true")
    given = args.parse_args()
    tasks = [(name, seed) for seed in range(given.first, given.first + given.seeds) for name in SCENARIOS]
    rows = _kept(given.rows)
    have = {(r["scenario"], r["seed"]) for r in rows}
    tasks = [task for task in tasks if task not in have]
    began = time.time()
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), "1")  # for the processes
    with get_context("spawn").Pool(given.processes, maxtasksperchild=50) as pool:
        for done, found in enumerate(pool.imap_unordered(one, tasks), start=1):
            rows += found
            if given.rows:
                with given.rows.open("a") as out:
                    out.writelines(json.dumps(row) + "\n" for row in found)
            if done % 25 == 0 or done == len(tasks):
                print(f"{done}/{len(tasks)} logs, {time.time() - began:.0f} s", file=sys.stderr, flush=True)
            if time.time() - began > 60 * given.minutes:
                pool.terminate()
                break
    rows.sort(key=lambda r: (r["scenario"], r["grade"], r["seed"]))
    result = report(rows)
    if given.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))


def _kept(path: Path | None) -> list[dict[str, Any]]:
    """What an earlier run has kept."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path and path.exists() else []


def report(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Prints the tables; returns what they hold."""
    result: dict[str, Any] = {}
    head = f"{'':<18}{'logs':>5}{'truth':>7}{'bias':>7}{'cover':>7}  {'99 % Wilson':<14}{'half':>5}   audit alone: half, cover"
    for grade in ("promise", "strict"):
        print(f"estimate_{grade}, {AUDITS} audits (percentage points)\n{head}")
        own = {
            name: [r for r in rows if r["grade"] == grade and r["scenario"] == name] for name in (*SCENARIOS, WRONG, UNCORRECTED)
        }
        parts = {**own, "pooled": [r for name in SCENARIOS for r in own[name]]}
        for name, some in parts.items():
            s = summary(some)
            result[f"{grade}.{name}"] = s
            low, high = s["wilson_99"]
            print(
                f"{name:<18}{s['logs']:>5}{s['truth']:>7.1f}{s['bias']:>+7.2f}{s['coverage']:>7.1f}  {low:5.1f} - {high:5.1f} "
                f"{s['half']:>6.2f}   {s['audit_alone_half']:>5.2f}  {s['audit_alone_coverage']:>5.1f}"
            )
    print("how far the usual figures are off the truth (promise), mean over the logs")
    print(f"{'':<22}" + "".join(f"{name[:16]:>18}" for name in SCENARIOS))
    naive = [r for r in rows if "naive" in r and r["scenario"] in SCENARIOS]
    for window in WINDOWS:
        off = [[100 * (r["naive"][window] - r["truth"]) for r in naive if r["scenario"] == name] for name in SCENARIOS]
        result[f"off.{window}"] = {name: float(np.mean(o)) for name, o in zip(SCENARIOS, off, strict=True)}
        print(f"{window:<22}" + "".join(f"{np.mean(o):>+18.1f}" for o in off))
    result["bounds"] = _bounds([r for r in naive if "bounds" in r])
    cpu = [r["cpu_s"] for r in rows if "cpu_s" in r]
    print(f"CPU seconds a log: {np.mean(cpu):.1f}")
    return result


def _bounds(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Prints how often the bounds that need no audit hold the truth (promise), and how far apart they are."""
    print("bounds without an audit (percentage points)")
    found: dict[str, Any] = {}
    for name in (*SCENARIOS, "pooled"):
        some = [r for r in rows if name in (r["scenario"], "pooled")]
        told = [(*r["bounds"], r["truth"]) for r in some if r["bounds"][0] is not None]
        if not told:
            continue
        low, high, truth = 100 * np.array(told).T
        holds = 100 * float(((low <= truth) & (truth <= high)).mean())
        found[name] = {"logs": len(told), "holds": holds, "low": low.mean(), "high": high.mean(), "truth": truth.mean()}
        between = f"{truth.mean():5.1f} in [{low.mean():5.1f}, {high.mean():5.1f}]"
        print(f"{name:<18}{len(told):>5} of {len(some)} logs: truth {between} in {holds:5.1f} %")
    return found


if __name__ == "__main__":
    main()
