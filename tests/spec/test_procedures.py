"""Which required desktop steps a contact lacks or did too late."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from laidian import lexicons
from laidian.errors import SettingsError
from laidian.procedures import Procedure, load_procedures, step_checks, summary
from laidian.tables import Event, Link, Reason, from_rows

from tests.drawn_contacts import reason

FAULT = {"fault": Procedure("fault", {"verify": "核实身份", "test": "测线路", "close": "确认恢复"})}


def checked(steps: str, name: str = "fault") -> tuple[list[str], list[str]] | None:
    """What a contact lacks and misplaced whose steps come a minute apart."""
    at = datetime(2025, 3, 3, 9)
    events = [Event("c1", at + timedelta(minutes=n), step) for n, step in enumerate(steps.split())]
    made = step_checks(from_rows(events, Event), from_rows([reason("c1", name)], Reason), FAULT)
    return None if made.is_empty() else (made["missing"][0].to_list(), made["misplaced"][0].to_list())


@pytest.mark.parametrize(
    ("steps", "missing", "misplaced"),
    [
        ("verify test close", [], []),
        ("verify look_up test note close", [], []),  # other steps are nobody's business
        ("verify close", ["test"], []),
        ("look_up", ["verify", "test", "close"], []),
        ("test verify close", [], ["verify"]),
        ("close verify test", [], ["verify", "test"]),
        ("核实身份 测线路 确认恢复", [], []),  # by its name
        ("verify test verify close", [], []),  # the first time counts
    ],
)
def test_missing_and_misplaced_steps(steps: str, missing: list[str], misplaced: list[str]) -> None:
    assert checked(steps) == (missing, misplaced)


def test_without_any_event_or_without_a_procedure_nothing_is_checked() -> None:
    assert checked("") is None
    assert checked("verify", "bill") is None


def test_the_summary_tells_who_came_back_of_those_that_lack_a_step() -> None:
    at = datetime(2025, 3, 3, 9)
    steps = {"c1": "verify test close", "c2": "verify close", "c3": "verify close", "c4": "verify test close"}
    events = [Event(c, at + timedelta(minutes=n), s) for c, told in steps.items() for n, s in enumerate(told.split())]
    reasons = from_rows([reason(c, "fault") for c in steps], Reason)
    links = from_rows([Link(f"r{c}", c, "k", "same_problem", [], 0.9, 9.0, c != "c4") for c in ("c2", "c1", "c4")], Link)
    made = summary(step_checks(from_rows(events, Event), reasons, FAULT), links, FAULT)
    assert made.filter(made["step"] == "测线路").rows() == [("fault", "测线路", 4, 2, 0, 1, 1)]
    assert made["step"].to_list() == ["核实身份", "测线路", "确认恢复"]


def test_the_bundled_procedures_are_about_reasons_of_the_taxonomy() -> None:
    known = load_procedures()
    assert len(known) >= 3
    assert set(known) <= set(lexicons.load_taxonomy().reasons)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nothing = 1", "unknown field"),
        ('[[procedures]]\nreason = "a"\nsteps = []', "no steps"),
        ('[[procedures]]\nreason = "a"\nsteps = [{id = "x", name = "一"}, {id = "x", name = "二"}]', "twice"),
        ('[[procedures]]\nreason = "a"\nsteps = [{id = "x"}]', "no `name`"),
        ("[[procedures", "expected TOML"),
    ],
)
def test_a_wrong_file_is_refused_by_name(text: str, found: str, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=found):
        load_procedures(tmp_path)
