"""The simulated log is what its truth says, and its files are files that laidian reads."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from laidian import contacts, ingest, lexicons
from laidian.procedures import load_procedures
from laidian.settings import Settings
from laidian.simulate import SCENARIOS, judge, simulate
from laidian.simulate.scenarios import REASONS, STEPS
from laidian.tables import Leg, Recording, empty

SMALL = replace(SCENARIOS["base"], customers=400, days=60)
SECRET = b"0" * 32


def test_the_same_seed_gives_the_same_log_and_another_seed_another() -> None:
    one, same, other = simulate(SMALL, 7), simulate(SMALL, 7), simulate(SMALL, 8)
    for name in ("contacts", "surveys", "tickets", "cues", "events", "truth"):
        assert getattr(one, name).equals(getattr(same, name)), name
        assert not getattr(one, name).equals(getattr(other, name)), name


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_every_row_of_the_files_is_understood_and_the_population_is_the_truth(name: str, tmp_path: Path) -> None:
    made = simulate(replace(SCENARIOS[name], customers=400, days=60), 3)
    paths = made.write(tmp_path)
    read = {kind: ingest.ingest(kind, path, Settings(), SECRET) for kind, path in paths.items()}  # type: ignore[arg-type]
    assert {kind: (found.rejected.height, found.duplicates, found.unknown_columns) for kind, found in read.items()} == {
        kind: (0, 0, {}) for kind in paths
    }
    legs = read["contacts"].tables[Leg]
    merged = contacts.contacts(legs, empty(Recording), Settings().calls)
    served = merged.filter("in_population")
    owner = contacts.contact_of(legs, merged)
    told = made.truth.join(owner, left_on="contact_id", right_on="logged_id")["contact_id_right"]
    assert sorted(told.unique()) == sorted(served["contact_id"])
    assert set(merged["excluded"].drop_nulls()) >= {"abandoned", "ivr_only", "outbound"}
    assert served.filter(pl.col("call_ids").list.len() > 1).height > 0  # redials merged


def test_specialised_agents_serve_one_queue() -> None:
    def queues(specialised: float) -> list[int]:
        legs = simulate(replace(SMALL, specialised=specialised), 7).contacts.filter(pl.col("leg_no") == 1).drop_nulls("agent_id")
        return legs.group_by("agent_id").agg(pl.col("queue").n_unique())["queue"].to_list()

    assert queues(1.0) == [1] * 60
    assert max(queues(0.0)) == 2


def test_codes_are_names_of_the_taxonomy() -> None:
    names = {reason.name for reason in lexicons.load_taxonomy().reasons.values()}
    assert {reason.code for reason in REASONS} <= names


def test_desktop_steps_are_those_of_the_bundled_procedures_and_unsettled_contacts_lack_more_of_them() -> None:
    known = load_procedures()
    reason_of = {reason.name: reason.id for reason in lexicons.load_taxonomy().reasons.values()}
    assert {code: tuple(known[reason_of[code]].steps.values()) for code in STEPS} == STEPS
    made = simulate(SCENARIOS["base"], 1)
    faults = made.contacts.filter(pl.col("wrap_code") == "宽带故障").unique("contact_id").join(made.truth, on="contact_id")
    seen = made.events.group_by("contact_id").agg(steps=pl.len()).join(faults, on="contact_id")
    unsettled = pl.col("resolved") == "no"
    lacking = [(some["steps"] < 4).mean() for some in (seen.filter(unsettled), seen.filter(~unsettled))]
    assert lacking[0] > lacking[1] + 0.2  # type: ignore[operator]


def test_the_scenarios_differ_in_what_they_are_named_for() -> None:
    def first(name: str) -> pl.DataFrame:
        return simulate(SCENARIOS[name], 1).truth.filter("is_first")

    settled = {name: (first(name)["resolved"] != "no").mean() for name in SCENARIOS}
    assert settled["high_fcr"] > 0.85 > settled["base"] > 0.6
    assert first("give_ups")["gives_up"].mean() > 1.5 * first("base")["gives_up"].mean()  # type: ignore[operator]
    stated = {name: simulate(SCENARIOS[name], 1).contacts["account_id"].is_not_null().mean() for name in SCENARIOS}
    assert stated["weak_identifiers"] < 0.5 * stated["base"]  # type: ignore[operator]


def test_judges_err_and_pass_at_the_rates_asked_for() -> None:
    truth = simulate(SCENARIOS["base"], 1).truth
    exact = judge(truth, truth["contact_id"].to_list(), 1)
    assert (
        exact.select((pl.col("is_first") == "yes").alias("f"), "resolved").rows() == truth.select("is_first", "resolved").rows()
    )
    hasty = judge(truth, truth["contact_id"].to_list(), 1, wrong=0.03, unknown=0.05)
    assert 0.02 < (hasty["is_first"] != exact["is_first"]).mean() < 0.04  # type: ignore[operator]
    silent = truth.with_columns(unknown=hasty["resolved"] == "unknown")
    assert 0.11 < silent.filter("gives_up")["unknown"].mean() < 0.19  # type: ignore[operator]
