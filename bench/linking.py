"""Window links and cases of 10 million contacts: the compiled passes against DuckDB and SciPy, CPU seconds and peak memory.

    python bench/linking.py                        # 10 million contacts
    python bench/linking.py --contacts 1000000     # and the whole stage `cases.link` with --stage

*Window links*: for every contact the gap back to its customer's contact before and ahead to the next one, and whether they lie
within 7 days. laidian: `fcr.gaps.gaps`. Peer: DuckDB's `lag` and `lead` over the same arrays, its result counted.
*Links and cases*: the pass `cases.linking.follow` with all rules over the same contacts, a fifth of them with a cue. Peer:
DuckDB's `lead` for same-reason pairs within 14 days and SciPy's connected components of them, which is all the two can do.
Each side runs in a process of its own, on one thread, over the same arrays in order of start; making the arrays is not counted.
What the pass looks at besides and this log has not (tickets, services, texts) is made within its time: one value for all.
On which contacts the cues lie matters to nobody, so they are not put in order.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

DAY_US = 86_400_000_000
Arrays = dict[str, "np.ndarray[tuple[int], np.dtype[np.int64]]"]


def made_up(contacts: int, seed: int = 1) -> Arrays:
    """What a log of 180 days says, in order of start; four contacts a customer, of uneven customers; a fifth with a cue."""
    rng = np.random.default_rng(seed)
    count = contacts // 4
    people = np.minimum((count * rng.random(contacts) ** 1.6).astype(np.int64), count - 1)
    start = np.sort(rng.integers(0, 180 * DAY_US, contacts))
    return {
        "customer": people, "start": start, "end": start + rng.integers(60, 900, contacts) * 1_000_000,
        "reason": np.where(rng.random(contacts) < 0.5, people % 40, rng.integers(0, 40, contacts)),
        "cued": rng.random(contacts) < 0.2,
    }  # fmt: skip


def duck_windows(log: Arrays) -> int:
    """DuckDB: pairs within 7 days by `lead`, and those looking back by `lag`."""
    import duckdb

    with duckdb.connect(config={"threads": 1}) as db:
        customer, start, end = log["customer"], log["start"], log["end"]
        db.register("log", _arrow(customer=customer, start=start, end=end))
        return int(db.sql(
            f"""SELECT count(*) FILTER (ahead <= {7 * DAY_US}) + count(*) FILTER (back <= {7 * DAY_US}) FROM (
                SELECT lead("start") OVER w - "end" AS ahead, "start" - lag("end") OVER w AS back FROM log
                WINDOW w AS (PARTITION BY customer ORDER BY "start"))"""
        ).fetchall()[0][0])  # fmt: skip


def our_windows(log: Arrays) -> int:
    """laidian: the same count from one pass."""
    from laidian.fcr.gaps import NONE, gaps

    back, ahead = gaps(log["customer"], log["start"], log["end"], int(log["customer"].max()) + 1)
    return int(((back != NONE) & (back <= 7 * DAY_US)).sum() + ((ahead != NONE) & (ahead <= 7 * DAY_US)).sum())


def duck_cases(log: Arrays) -> int:
    """DuckDB and SciPy: same-reason neighbours within 14 days, and their connected components."""
    import duckdb
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = len(log["start"])
    with duckdb.connect(config={"threads": 1}) as db:
        db.register("log", _arrow(n=np.arange(size), **log))
        pairs = db.sql(
            f"""SELECT n, later FROM (SELECT n, "end", lead(n) OVER w AS later, lead("start") OVER w AS later_start FROM log
                WINDOW w AS (PARTITION BY customer, reason ORDER BY "start", n)) WHERE later_start - "end" <= {14 * DAY_US}"""
        ).fetchnumpy()
    edges = coo_array((np.ones(len(pairs["n"]), np.int8), (pairs["n"], pairs["later"])), shape=(size, size))
    return int(connected_components(edges, directed=False)[0])


def our_cases(log: Arrays) -> int:
    """laidian: the order by customer and the pass with all rules; as many cases as there are."""
    from laidian.cases.known import Notes, policies
    from laidian.cases.rules import by_customer, follow
    from laidian.settings import Cases

    customer, start, end, reason = by_customer(log["customer"], log["start"], log["end"], log["reason"])
    notes = Notes(customer=customer, start=start, end=end, primary=reason, reason=reason, cued=log["cued"], **_unsaid(len(start)))
    return int(follow(notes, policies([f"t.{n}" for n in range(40)], {}, Cases()))[-1])


def _unsaid(size: int) -> dict[str, Any]:
    """What this log does not say: no ticket, service, text or confirmation; every contact has one reason."""
    from laidian.cases.known import NEVER

    def everywhere(value: Any, places: int = size) -> Any:
        return np.broadcast_to(np.array(value), places)

    none, zero = np.int32(-1), np.int32(0)
    return {
        "own": everywhere(True), "previous": everywhere(none), "service": everywhere(none), "recurs": everywhere(False),
        "confirmed": everywhere(np.int64(NEVER)), "reasons": np.arange(size + 1, dtype=np.int32), "issue": everywhere(none),
        "tickets": everywhere(zero, size + 1), "ticket": everywhere(zero, 0), "spoken": everywhere(False),
        "texts": everywhere(np.int64(0), size + 1), "text": np.zeros(0, np.uint32),
    }  # fmt: skip


def _arrow(**columns: object) -> object:
    import pyarrow as pa

    return pa.table(columns)


SIDES: dict[str, Callable[[Arrays], int]] = {
    "duckdb windows": duck_windows, "laidian windows": our_windows, "duckdb+scipy cases": duck_cases, "laidian cases": our_cases,
}  # fmt: skip


def run(side: str, contacts: int) -> dict[str, float]:
    """One side in this process, warmed up on a small log."""
    SIDES[side](made_up(1000))
    log = made_up(contacts)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cpu, wall = time.process_time(), time.perf_counter()
    found = SIDES[side](log)
    return {
        "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "found": found, "before_gb": before / 1e6,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }  # fmt: skip


def main() -> None:
    """Prints a line a side and the two ratios."""
    options = argparse.ArgumentParser()
    options.add_argument("--contacts", type=int, default=10_000_000)
    options.add_argument("--side")
    asked = options.parse_args()
    if asked.side:
        print(json.dumps(run(asked.side, asked.contacts)))
        return
    told = {}
    for side in SIDES:
        command = [sys.executable, __file__, "--side", side, "--contacts", str(asked.contacts)]
        told[side] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
        row = told[side]
        print(f"{side:20} found {row['found']:,.0f}; CPU {row['cpu']:.2f} s, wall {row['wall']:.2f} s,"
              f" peak {row['peak_gb']:.2f} GB (log made: {row['before_gb']:.2f})", flush=True)  # fmt: skip
    for what, peer in (("windows", "duckdb windows"), ("cases", "duckdb+scipy cases")):
        print(f"{what}: {told[peer]['cpu'] / told[f'laidian {what}']['cpu']:.1f} times the CPU speed of {peer.split()[0]}")


if __name__ == "__main__":
    main()
