"""One night on top of 180 days of 20,000 contacts: the log-wide stages rebuilt through the lake, seconds and memory a stage.

    python bench/night.py                          # 180 days × 20,000 contacts
    python bench/night.py --days 36
    python bench/night.py --root FOLDER            # the log is written there once, and kept for the next run
    python bench/night.py --nights 30 --per-day 200   # thirty nights one by one, each a day more, against one run over all

The log is made up by people.py: every contact has a reason, a fifth a customer's cue; no words and no recordings, so the
transcripts' own stages (per day) are not in it. The lake is written first, off the clock, and the night runs twice in a
process of its own: the first makes the snapshots, the second, measured, has the key changes against them to tell as well.
The work is shared by threads of that one process, so its memory is all there is.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

PAGE = os.sysconf("SC_PAGE_SIZE") / 1e9


def fill(root: Path, days: int, per_day: int) -> tuple[date, date]:
    """A workspace with the log in it; its first and last day."""
    from laidian import lexicons, store, workspace
    from laidian.tables import CallReason, Cue, Identifier, Leg
    from people import people

    workspace.create(root)
    log = people(days * per_day, 1, days)
    rng = np.random.default_rng(2)
    size = log.flat.height
    taxonomy = lexicons.load_taxonomy()
    names = sorted(taxonomy.reasons)
    liked = rng.integers(0, len(names), int(log.flat["customer"].max()) + 1)[log.flat["customer"].to_numpy()]
    code = np.where(rng.random(size) < 0.6, liked, rng.integers(0, len(names), size))
    reasons = log.flat.select("contact_id").with_columns(
        reason=pl.Series(names).gather(code), issue=pl.lit(None, pl.String), score=pl.lit(0.9), primary=pl.lit(True),
        source=pl.lit("rules"), recording_no=pl.lit(1, pl.Int64), turn=pl.lit(0, pl.Int64), tagger=pl.lit("made up"),
    )  # fmt: skip
    cued = log.flat.filter(pl.Series(rng.random(size) < 0.2))
    cues = cued.select(
        "contact_id", recording_no=pl.lit(1, pl.Int64), turn=pl.lit(0, pl.Int64), begin=pl.lit(0, pl.Int64),
        finish=pl.lit(2, pl.Int64), kind=pl.lit("prior_contact"), speaker=pl.lit("customer"), start=pl.lit(0.0),
        span=pl.lit("■■"),
        prior_contacts=pl.lit(None, pl.Int64), when=pl.lit(None, pl.String), when_day=pl.lit(None, pl.Date), score=pl.lit(0.8),
        basis=pl.lit("made up"),
    )  # fmt: skip
    day_of = log.contacts.select("contact_id", "day")
    agents = pl.Series(rng.integers(0, 400, size)).cast(pl.String)
    legs = log.legs.with_columns(agent_id="a" + agents, team="t" + agents.str.slice(0, 1))
    parts: list[tuple[Any, pl.DataFrame]] = [
        (Leg, legs), (CallReason, reasons), (Cue, cues), (Identifier, log.identifiers.with_columns(contact_id="call_id")),
    ]  # fmt: skip
    for row, table in parts:
        for (day,), rows in table.join(day_of, on="contact_id").group_by("day"):
            store.publish(root, rows.drop("day", *(["contact_id"] if row is Identifier else [])), row, day)
    return day_of.select(pl.col("day").min()).item(), day_of.select(pl.col("day").max()).item()


@contextmanager
def watched(told: dict[str, Any], name: str) -> Iterator[None]:
    """Seconds, CPU seconds and the peak of this process' memory while the block runs."""
    peak, done = [0.0], threading.Event()

    def look() -> None:
        while not done.wait(0.05):
            peak[0] = max(peak[0], int(Path("/proc/self/statm").read_text().split()[1]) * PAGE)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    told[name] = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    done.set()
    watcher.join()
    told[name]["peak_gb"] = peak[0]


def night(root: Path, last: date) -> dict[str, Any]:
    """The log-wide stages of one night and its figures, each watched."""
    from laidian import issues, steps
    from laidian.steps import ranking, reporting

    stages: list[tuple[str, Callable[[], None]]] = [
        ("group: contacts, customers, reasons", lambda: steps.group(root)),
        ("link: links, cases", lambda: steps.link(root)),
        ("outcomes", lambda: steps.outcomes(root)),
        ("measures of the week", lambda: reporting._measure(root, (last - timedelta(6), last), last)),
        ("TOP lists of the week", lambda: ranking.ranked(root, (last - timedelta(6), last), last, issues.GROUPS)),
    ]
    told: dict[str, Any] = {}
    for name, stage in stages:
        with watched(told, name):
            stage()
    return told


def one_by_one(folder: Path, days: int, per_day: int) -> dict[str, bool]:
    """Nights that each see one day more, against one run over all: table -> are the files equal to the byte?"""
    import shutil

    from laidian import steps, store, workspace
    from laidian.steps import reporting
    from laidian.tables import ROWS, Case, Contact, Customer, Leg, Link, Measure, Outcome, Reason

    whole, nights = folder / "whole", folder / "nights"
    _, last = fill(whole, days, per_day)
    workspace.create(nights)
    shutil.copytree(whole / "vault", nights / "vault", dirs_exist_ok=True)
    shutil.rmtree(nights / "vault/tables")
    for day in store.days(whole, Leg):
        for row in (row for row in ROWS if row.BY_DAY and store.part(whole, row, day).exists()):
            store.part(nights, row, day).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(store.part(whole, row, day), store.part(nights, row, day))
        for stage in (steps.group, steps.link):
            stage(nights)
    for root in (whole, nights):
        for stage in (steps.group, steps.link, steps.outcomes):
            stage(root)
        reporting._measure(root, (last - timedelta(6), last), last)
    equal = (Contact, Customer, Reason, Link, Case, Outcome, Measure)
    return {row.TABLE: store.part(whole, row, None).read_bytes() == store.part(nights, row, None).read_bytes() for row in equal}


def _filled(root: Path, days: int, per_day: int) -> str:
    """Writes the log, in a process of its own, so that its memory is not the night's; the last day."""
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import night; from pathlib import Path"
    code += f"; print(night.fill(Path({str(root)!r}), {days}, {per_day})[1])"
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()[-1]


def _last_day(root: Path) -> str | None:
    """The last day of the log that stands there; None: there is none."""
    from laidian import store
    from laidian.tables import Leg

    days = store.days(root, Leg)
    return str(days[-1]) if days else None


def _size(root: Path) -> str:
    from laidian import store
    from laidian.tables import Leg

    days = len(store.days(root, Leg))
    return f"{days} days × {store.read(root, Leg, columns=('leg_no',)).height // days:,} contacts"


def main() -> None:
    """Prints a line a stage and the sum."""
    options = argparse.ArgumentParser()
    options.add_argument("--days", type=int, default=180)
    options.add_argument("--per-day", type=int, default=20_000)
    options.add_argument("--nights", type=int, default=2, help="1 or 2; more: so many one by one against one run over all")
    options.add_argument("--root", type=Path, help="where the workspace stands, or is written if it does not yet stand; kept")
    options.add_argument("--night", nargs=2)
    asked = options.parse_args()
    if asked.night:
        print(json.dumps(night(Path(asked.night[0]), date.fromisoformat(asked.night[1]))))
        return
    with tempfile.TemporaryDirectory() as folder:
        if asked.nights > 2:
            for table, same in one_by_one(Path(folder), asked.nights, asked.per_day).items():
                print(f"{asked.nights} nights one by one against one run: {table} {'equal' if same else 'DIFFERENT'}")
            return
        root = asked.root or Path(folder) / "workspace"
        last = _last_day(root) or _filled(root, asked.days, asked.per_day)
        for turn in ("first", "second")[: asked.nights]:
            done = subprocess.run(
                [sys.executable, __file__, "--night", str(root), last], capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise SystemExit(done.stderr[-2000:])
            told = json.loads(done.stdout.splitlines()[-1])
            print(f"{turn} night on {_size(root)}", flush=True)
            for name, row in told.items():
                print(f"  {name:38} wall {row['wall']:6.1f} s  CPU {row['cpu']:6.1f} s  peak {row['peak_gb']:.2f} GB", flush=True)
            total = {k: sum(row[k] for row in told.values()) for k in ("wall", "cpu")}
            print(f"  {'together':38} wall {total['wall']:6.1f} s  CPU {total['cpu']:6.1f} s", flush=True)


if __name__ == "__main__":
    main()
