"""Customers against splink 5 on made-up logs of known customers: pairwise F1, CPU seconds, peak memory, in one run.

    python bench/identity.py --splink /path/to/venv/bin/python          # 5 seeds × 200,000 contacts
    python bench/identity.py --contacts 1000000 --seeds 1               # laidian alone

splink runs in an environment of its own (pip install splink polars) on its DuckDB backend, tuned: blocking on every
identifier and on visible digits + surname, exact, homophone and fuzzy levels of the name, term frequencies, EM; the
threshold of its clusters is the best of nine on seed 0, which is not among the measured ones.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl

THRESHOLDS = (0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.9)


def pairwise(truth: pl.Series, found: pl.Series) -> tuple[float, float, float]:
    """Precision, recall and F1 over pairs of contacts."""
    frame = pl.DataFrame({"t": truth, "f": found})

    def pairs(by: list[str]) -> int:
        return int(frame.group_by(by).len().select((pl.col("len") * (pl.col("len") - 1) // 2).sum()).item())

    both, made, true = pairs(["t", "f"]), pairs(["f"]), pairs(["t"])
    return both / max(made, 1), both / max(true, 1), 2 * both / max(made + true, 1)


def run_laidian(folder: Path) -> dict[str, Any]:
    """Groups the log of a folder; seconds without reading it and without the first compilation."""
    from laidian.identity import customers
    from people import people

    small = people(200, 1)
    customers(small.contacts, small.identifiers, small.legs, b"k" * 32)
    tables = [pl.read_parquet(folder / f"{name}.parquet") for name in ("contacts", "identifiers", "legs")]
    cpu, wall = time.process_time(), time.perf_counter()
    found = customers(*tables, b"k" * 32)
    spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    found.select("contact_id", found="customer_key").write_parquet(folder / "laidian.parquet")
    return spent


def run_splink(folder: Path) -> dict[str, Any]:
    """The same with splink; one file of clusters a threshold."""
    from peer_splink import clusters

    flat = pl.read_parquet(folder / "flat.parquet")
    cpu, wall = time.process_time(), time.perf_counter()
    made = clusters(flat, json.loads((folder / "thresholds.json").read_text()))
    spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    for threshold, table in made.items():
        table.write_parquet(folder / f"splink-{threshold}.parquet")
    return spent


def _for_splink(flat: pl.DataFrame) -> pl.DataFrame:
    """Identifiers as splink likes them (see peer_splink.py); without what laidian's rules know of kinds of number."""
    from laidian.zh.syllables import syllables

    names = pl.Series(flat["customer_name"].drop_nulls().unique())
    bare = names.str.replace("(先生|女士)$", "")
    full = pl.Series([n if n == b and "*" not in n else None for n, b in zip(names, bare, strict=True)], dtype=pl.String)
    heard = pl.DataFrame({
        "customer_name": names, "fullname": full, "surname": [syllables(b)[0] for b in bare],
        "sound": pl.Series(["".join(syllables(n)) if n else None for n in full], dtype=pl.String),
    })  # fmt: skip
    phone, proxy = pl.col("phone"), pl.col("caller_relation").is_not_null()
    masked = phone.str.contains("*", literal=True)
    whole = phone.str.contains(r"^1\d{10}$")
    return flat.join(heard, on="customer_name", how="left").select(
        "contact_id", "contact_phone", "account_id", "id_key", "service_number",
        *(pl.when(~proxy).then(pl.col(c)).alias(c) for c in ("fullname", "sound", "surname")),
        number=pl.when(~masked & ~proxy & ~phone.str.starts_with("400")).then(phone),
        digits=pl.when((masked | whole) & ~proxy).then(phone.str.slice(0, 3) + phone.str.slice(-4)),
    )  # fmt: skip


def child(python: str, what: str, folder: Path) -> dict[str, Any]:
    """One side in a process of its own, so that its time and memory are its own."""
    done = subprocess.run([python, __file__, "--side", what, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measure(seed: int, contacts: int, splink: str | None, thresholds: tuple[float, ...], folder: Path) -> dict[str, Any]:
    """One seed: what each side found, in what time."""
    from people import people

    log = people(contacts, seed)
    for name in ("contacts", "identifiers", "legs"):
        getattr(log, name).write_parquet(folder / f"{name}.parquet")
    _for_splink(log.flat).write_parquet(folder / "flat.parquet")
    (folder / "thresholds.json").write_text(json.dumps(thresholds))
    truth = log.flat.select("contact_id", "customer")
    del log
    sides = {"laidian": child(sys.executable, "laidian", folder)}
    sides |= {"splink": child(splink, "splink", folder)} if splink else {}
    told: dict[str, Any] = {}
    for name in ["laidian", *(f"splink-{t}" for t in thresholds if splink)]:
        table = truth.join(pl.read_parquet(folder / f"{name}.parquet"), on="contact_id")
        told[name] = pairwise(table["customer"], table["found"])
    return {"sides": sides, "f1": told}


def main() -> None:
    """Prints a line a seed and the ratio."""
    options = argparse.ArgumentParser()
    options.add_argument("--splink", help="python of an environment with splink 5")
    options.add_argument("--contacts", type=int, default=200_000)
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--first", type=int, default=1, help="the first seed measured; 0 is for tuning")
    options.add_argument("--threshold", type=float, help="splink's, where an earlier run has tuned it")
    options.add_argument("--side", nargs=2)
    asked = options.parse_args()
    if asked.side:
        side, folder = asked.side
        spent = (run_laidian if side == "laidian" else run_splink)(Path(folder))
        spent["peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(json.dumps(spent))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        threshold = asked.threshold or THRESHOLDS[4]
        if asked.splink and asked.threshold is None:
            tuned = measure(0, min(asked.contacts, 100_000), asked.splink, THRESHOLDS, folder)["f1"]
            threshold = max(THRESHOLDS, key=lambda t: tuned[f"splink-{t}"][2])
            print(f"splink's threshold, tuned on seed 0: {threshold} (F1 {tuned[f'splink-{threshold}'][2]:.4f})", flush=True)
        seeds = range(asked.first, asked.first + asked.seeds)
        rows = [measure(seed, asked.contacts, asked.splink, (threshold,), folder) for seed in seeds]
    for seed, row in zip(seeds, rows, strict=True):
        for side, (precision, recall, f1) in row["f1"].items():
            spent = row["sides"][side.split("-")[0]]
            print(
                f"seed {seed} {side:14} precision {precision:.4f} recall {recall:.4f} F1 {f1:.4f}"
                f" cpu {spent['cpu']:.1f} s wall {spent['wall']:.1f} s peak {spent['peak_gb']:.2f} GB"
            )
    if asked.splink:
        mean = {side: sum(row["f1"][side][2] for row in rows) / len(rows) for side in rows[0]["f1"]}
        cpu = {side: sum(row["sides"][side]["cpu"] for row in rows) for side in ("laidian", "splink")}
        ours, theirs = mean["laidian"], mean[f"splink-{threshold}"]
        print(f"mean F1 {ours:.4f} against {theirs:.4f} ({ours - theirs:+.4f}); CPU time 1/{cpu['splink'] / cpu['laidian']:.1f}")


if __name__ == "__main__":
    main()
