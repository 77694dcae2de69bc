"""The bench takes a shortcut past the files; it must be the road itself."""

import importlib.util
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest
from laidian import ingest
from laidian.settings import Settings
from laidian.simulate import SCENARIOS, simulate
from laidian.tables import Identifier, Leg

BENCH = Path(__file__).parents[2] / "bench" / "fcr_accuracy.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fcr_accuracy", BENCH)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_benchs_legs_are_those_that_laidian_reads_from_the_files(bench: ModuleType, tmp_path: Path) -> None:
    made = simulate(replace(SCENARIOS["weak_identifiers"], customers=300, days=40), 2)
    read = ingest.ingest("contacts", made.write(tmp_path)["contacts"], Settings(), bench.SECRET)
    legs, identifiers = bench.frames(bench._legs(made.contacts))
    same = [c for c in read.tables[Leg].columns if c not in ("source", "ended_at")]
    assert legs.select(same).equals(read.tables[Leg].select(same))
    assert identifiers.equals(read.tables[Identifier])
    assert (legs["ended_at"] - read.tables[Leg]["ended_at"]).abs().max().total_seconds() == 0  # type: ignore[union-attr]


def test_the_estimate_of_a_whole_log_comes_near_its_truth(bench: ModuleType) -> None:
    """One log, not the accuracy: that the pieces fit together. The bench says how good it is."""
    made = simulate(replace(SCENARIOS["base"], customers=1500, days=90), 4)
    tables = bench.chain(made, 90)
    seen = tables["predictors"].select(pl.exclude("contact_id", "fold_key").n_unique() > 1)
    blind = [name for name in seen.columns if not seen[name].item()]
    assert set(blind) <= {"faulty", "ticket_again"}, "the simulated log shows nothing of these to the guesses"
    verdicts = bench.audited(tables, 4, 0.0)
    period = (bench.OPENS, bench.OPENS.replace(month=5, day=31))
    nobody = bench.pl.DataFrame(schema={"contact_id": bench.pl.String, "draw_id": bench.pl.Int64})
    found = bench.fcr.estimates(tables["facts"], tables["predictors"], verdicts, nobody, period, 30, groups=())
    row = found.row(by_predicate=bench.pl.col("definition") == "estimate_promise", named=True)
    assert abs(row["value"] - bench._truth(tables["truth"], "promise")) < 0.06
    assert 0.02 < row["high"] - row["low"] < 0.12


@pytest.mark.slow
def test_the_bench_runs_over_every_scenario_and_prints_what_its_issue_asks_for() -> None:
    """Four logs a scenario: what it prints is not asserted, for four logs show no accuracy. The full run is the bench's own."""
    done = subprocess.run([sys.executable, BENCH, "--seeds", "4", "--json"], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout[done.stdout.index("\n{") :])
    for scenario in (*SCENARIOS, "wrong_answers", "wrong_uncorrected"):
        assert found[f"promise.{scenario}"]["logs"] == found[f"strict.{scenario}"]["logs"] == 4
    assert found["promise.pooled"]["logs"] == 20
    assert set(found["bounds"]) == {*SCENARIOS, "pooled"}
    assert set(found["off.window_fcr.7d.same"]) == set(SCENARIOS)
