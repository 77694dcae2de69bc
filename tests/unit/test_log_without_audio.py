"""A log without a recording, step by step as the night goes, with no recogniser on the machine: figures, audit, its answers."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from laidian import notes, steps, store, workspace
from laidian.calendar import week_period
from laidian.cli.every import app
from laidian.errors import InputError
from laidian.simulate import SCENARIOS, Simulated, judge, simulate
from laidian.steps import parts
from laidian.steps.log import now_in
from laidian.tables import (
    ActionEffect,
    Audit,
    Calibration,
    Case,
    Cause,
    Contact,
    Customer,
    Issue,
    Link,
    Measure,
    Moved,
    Outcome,
    Reason,
)
from typer.testing import CliRunner

FIRST, LAST = date(2025, 3, 3), date(2025, 3, 22)
PERIOD = (FIRST, LAST)


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Simulated]:
    """A workspace after one run over a simulated month. Its settings name a model that does not exist."""
    root = tmp_path_factory.mktemp("log") / "workspace"
    made = simulate(replace(SCENARIOS["base"], customers=3000, days=20), 9)
    workspace.create(root)
    (root / "laidian.toml").write_text('[hearing]\nmodel = "/nowhere"\n', encoding="utf-8")
    for kind, path in made.write(root.parent / "files").items():
        steps.take(root, kind, path)  # type: ignore[arg-type]
    night(root)
    return root, made


def night(root: Path) -> None:
    """The steps of flows/nightly.py, without Prefect."""
    run_id = steps.open_run(root, FIRST, LAST)
    for n in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(n)
        assert not steps.batches(root, [day])
        for stage in steps.DAY_STAGES:
            stage(root, day)
    for log_stage in steps.LOG_STAGES:
        log_stage(root)
    steps.close_run(root, run_id, FIRST, LAST, steps.report(root, FIRST, LAST))


def figure(root: Path, name: str, by: str = "all") -> list[dict[str, Any]]:
    return [row for row in steps.figures(root, PERIOD, by) if row["definition"] == name]


def test_the_night_of_a_log_without_audio_needs_no_recogniser(centre: tuple[Path, Simulated]) -> None:
    root, made = centre
    assert notes.runs(root)[-1].engine == "none"
    assert store.read(root, Contact).filter("in_population").height == made.truth.height
    page = (root / "reports" / f"{FIRST}_{LAST}" / f"laidian-{FIRST}_{LAST}.html").read_text("utf-8")
    assert "本报告不给出“真实一次解决率”的估计值" in page


def test_an_audit_goes_out_as_a_workbook_comes_back_and_gives_the_estimate(centre: tuple[Path, Simulated]) -> None:
    root, made = centre
    assert figure(root, "estimate_promise")[0]["value"] is None
    drawn = steps.draw_audit(root, 120, 5, PERIOD)
    assert (drawn.draw.drawn, drawn.draw.population) == (120, made.truth.height)
    first, second = (openpyxl.load_workbook(path)["复核"] for path in drawn.files)
    assert (first.max_row, second.max_row) == (121, 25)  # a fifth is judged twice
    _fill(root, made, drawn.files[0], "甲", wrong=0.0)
    taken = steps.import_audit(root, Path(drawn.files[0]))
    assert (taken.audited, taken.twice, taken.disputed, taken.adjudicate) == (120, 0, 0, None)
    row = figure(root, "estimate_promise")[0]
    first_ones = made.truth.filter("is_first")
    assert abs(row["value"] - (first_ones["resolved"] != "no").mean()) < 0.15  # type: ignore[operator]
    assert row["low"] < row["value"] < row["high"]
    plan = steps.audit_plan(root)
    assert plan and plan.audited == 120
    assert plan.half_points == pytest.approx(50 * (row["high"] - row["low"]), abs=0.06)
    assert [one.audits for one in plan.expected][:2] == [100, 200]
    assert plan.expected[0].half_points > plan.half_points > plan.expected[1].half_points
    _fill(root, made, drawn.files[1], "乙", wrong=0.5)
    again = steps.import_audit(root, Path(drawn.files[1]))
    assert again.twice == 24
    assert again.disputed > 0 and again.adjudicate is not None
    apart = openpyxl.load_workbook(again.adjudicate)["复核"]
    assert "甲：" in str(apart.cell(2, 15).value) and "乙：" in str(apart.cell(2, 15).value)
    files = steps.report(root, *PERIOD)
    page = Path(files[0]).read_text("utf-8")
    assert "真实一次解决率的估计：" in page and "待复核" not in page
    assert store.read(root, Audit).height == 120
    assert "estimate_strict" in set(store.read(root, Measure)["definition"])


@pytest.mark.parametrize("part", [150, 500])
def test_links_cases_and_outcomes_learnt_from_an_audit_are_the_same_in_parts(
    centre: tuple[Path, Simulated], part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, made = centre
    if not notes.audit_answers(root):
        drawn = steps.draw_audit(root, 120, 5, PERIOD)
        _fill(root, made, drawn.files[0], "甲", wrong=0.0)
        steps.import_audit(root, Path(drawn.files[0]))
    steps.outcomes(root)
    told = store.read(root, Outcome)
    assert told.height > 2 * part and told["resolved"].null_count() == 0 and told["risk"].n_unique() > 20
    names = (Link, Case, Outcome, Calibration)
    assert store.read(root, Link).height > 100
    whole = [store.part(root, row, None).read_bytes() for row in names]
    monkeypatch.setattr(parts, "PART", part)
    steps.link(root)
    steps.outcomes(root)
    assert [store.part(root, row, None).read_bytes() for row in names] == whole


def test_contacts_are_the_same_however_they_are_cut(centre: tuple[Path, Simulated], monkeypatch: pytest.MonkeyPatch) -> None:
    root, _ = centre
    names = (Contact, Moved, Customer, Reason)
    whole = [store.read(root, row) for row in names]
    assert all(not table.is_empty() for table in whole)
    monkeypatch.setattr(store, "ROW_GROUP", 97)
    steps.group(root)
    assert all(store.read(root, row).equals(table) for row, table in zip(names, whole, strict=True))


def test_before_the_first_night_of_this_version_moved_contacts_are_found_in_the_log(centre: tuple[Path, Simulated]) -> None:
    root, _ = centre
    ids = store.read(root, Contact, columns=("contact_id",))
    known = store.read(root, Moved).rename({"contact_id": "into"})
    told = known.select(contact_id="logged_id")
    assert told.height > 20
    store.part(root, Moved, None).unlink()
    assert now_in(root, told, ids)["contact_id"].equals(known["into"].rename("contact_id"))
    steps.group(root)
    assert store.read(root, Moved).rename({"contact_id": "into"}).equals(known)


def _fill(root: Path, made: Simulated, path: str, auditor: str, wrong: float) -> None:
    """What a person does with the workbook."""
    book = openpyxl.load_workbook(path)
    sheet = book["复核"]
    owner = {new: old for old, new in _owner(root)}
    asked = [owner[str(cell.value)] for (cell,) in sheet.iter_rows(min_row=2, max_col=1)]
    said = {r["contact_id"]: r for r in judge(made.truth, asked, 3, wrong=wrong).iter_rows(named=True)}
    for n, contact in enumerate(asked, start=2):
        for column, value in enumerate((said[contact]["is_first"], said[contact]["resolved"], "CRM", auditor), start=2):
            sheet.cell(n, column, value)
    book.save(path)


def _owner(root: Path) -> list[tuple[str, str]]:
    """Served call of the truth -> its contact."""
    calls = store.read(root, Contact).select("contact_id", call="call_ids").explode("call")
    return [(call, contact) for contact, call in calls.iter_rows() if call.startswith("L")]


def test_the_same_draw_can_be_drawn_again(centre: tuple[Path, Simulated]) -> None:
    root, _ = centre
    before = steps.draw_audit(root, 20, 77, PERIOD)
    again = steps.draw_audit(root, 20, 77, PERIOD)
    first, second = (
        [c.value for (c,) in openpyxl.load_workbook(d.files[0])["复核"].iter_rows(max_col=1)] for d in (before, again)
    )
    assert first == second
    recorded = notes.draws(root)
    assert [d.draw_id for d in recorded] == list(range(1, len(recorded) + 1))
    assert (recorded[-1].from_day, recorded[-1].seed, recorded[-1].probability) == (FIRST, 77, 20 / recorded[-1].population)


def test_contacts_behind_a_figure_are_as_many_as_it_counts(centre: tuple[Path, Simulated]) -> None:
    root, _ = centre
    for name in ("window_fcr.7d.same", "linked_fcr", "survey_resolved", "cue_without_earlier"):
        row = figure(root, name)[0]
        behind = steps.contacts_behind(root, PERIOD, name)
        assert (sum(c["numerator"] for c in behind), len(behind)) == (row["numerator"], row["denominator"]), name
    with pytest.raises(InputError, match="no_such_figure"):
        steps.contacts_behind(root, PERIOD, "no_such_figure")


def test_the_command_prints_every_definition_as_json_whole_and_by_group(centre: tuple[Path, Simulated]) -> None:
    root, _ = centre
    call = ["fcr", "-w", str(root), "--from", str(FIRST), "--to", str(LAST)]
    whole = json.loads(CliRunner().invoke(app, call).stdout)
    assert {"estimate_strict", "estimate_promise", "window_fcr.7d.same", "kaplan_meier.7d"} <= {
        row["definition"] for row in whole
    }
    assert all(
        set(row) >= {"definition", "group", "value", "low", "high", "numerator", "denominator", "excluded"} for row in whole
    )
    teams = json.loads(CliRunner().invoke(app, [*call, "--by", "team"]).stdout)
    served = [row for row in teams if row["definition"] == "population"]
    assert sum(row["numerator"] for row in served) == next(r["numerator"] for r in whole if r["definition"] == "population")
    assert {row["definition"] for row in teams} >= {"window_fcr.24h.any", "survey_resolved", "estimate_promise"}


def test_the_list_of_call_backs_names_waiting_customers_of_the_day_most_likely_first(centre: tuple[Path, Simulated]) -> None:
    root, _ = centre
    day = LAST - timedelta(2)
    found = steps.call_backs(root, day, 5)
    assert found.quality is not None
    assert [c.risk for c in found.contacts] == sorted((c.risk for c in found.contacts), reverse=True)
    merged = store.read(root, Contact)
    assert {c.contact_id for c in found.contacts} <= set(merged.filter(pl.col("day") == day)["contact_id"])
    called = CliRunner().invoke(app, ["callbacks", "-w", str(root), "--day", str(day), "--top", "5", "--json"])
    assert len(json.loads(called.stdout)["contacts"]) == len(found.contacts) == 5
    assert steps.call_backs(root, FIRST - timedelta(1), 5).contacts == []
    assert all(c.why and c.reason for c in found.contacts)


def test_the_estimate_is_given_apart_for_what_one_contact_cannot_settle_by_nature(centre: tuple[Path, Simulated]) -> None:
    """Installing broadband takes several contacts whatever anybody does: net of it, the figure is the agents' to answer for."""
    root, _ = centre
    apart = {row["group"]: row for row in figure(root, "estimate_promise", "nature")}
    whole = figure(root, "estimate_promise")[0]
    assert set(apart) == {"one", "several"}
    contacts = [row["denominator"] + sum(row["excluded"].values()) for row in (*apart.values(), whole)]
    assert contacts[0] + contacts[1] == contacts[2]


def test_a_draw_needs_a_run(tmp_path: Path) -> None:
    workspace.create(tmp_path / "empty")
    with pytest.raises(InputError, match="no complete day"):
        steps.draw_audit(tmp_path / "empty", 5, 1, None)


def test_answers_follow_their_leg_into_the_contact_it_was_merged_into(centre: tuple[Path, Simulated]) -> None:
    """A redialled call is one contact named by its first call; an answer about the second is an answer about that contact."""
    root, _ = centre
    merged = store.read(root, Contact).filter(pl.col("call_ids").list.len() > 1).row(0, named=True)
    later = merged["call_ids"][-1]
    path = root.parent / "later.csv"
    path.write_text(f"contact_id,is_first,resolved,auditor\n{later},yes,at_hangup,丙\n", encoding="utf-8")
    steps.import_audit(root, path)
    steps.report(root, *PERIOD)
    assert merged["contact_id"] in store.read(root, Audit)["contact_id"]
    assert later not in store.read(root, Audit)["contact_id"]


def test_a_registered_action_is_followed_in_the_next_report(centre: tuple[Path, Simulated], tmp_path: Path) -> None:
    root, _ = centre
    named = store.read(root, Issue).filter(pl.col("ranking") == "unresolved").sort("rank")["issue"][0]
    given = [("action", "改口径"), ("starts", "2025-03-10"), ("owner", "李工"), ("target", "10%")]
    pl.DataFrame(
        [(named, field, value, "甲", "2025-03-09 10:00:00") for field, value in given],
        schema=["issue_id", "field", "value", "by", "at"], orient="row",
    ).write_csv(tmp_path / "labels.csv")  # fmt: skip
    steps.import_labels(root, tmp_path / "labels.csv")
    page = Path(steps.report(root, *PERIOD)[0]).read_text("utf-8")
    row = store.read(root, ActionEffect).row(0, named=True)
    assert (row["issue"], row["owner"], row["starts"], row["target"]) == (named, "李工", date(2025, 3, 10), 0.1)
    assert row["cases_before"] > 0 and "改口径" in page


def test_the_register_goes_out_as_a_workbook_and_comes_back(centre: tuple[Path, Simulated]) -> None:
    """Filled in by hand, read twice, an owner changed, and withdrawn again: by the commands, as an analyst does it."""
    root, _ = centre

    def command(*arguments: str) -> dict[str, Any]:
        done = CliRunner().invoke(app, ["actions", *arguments, "-w", str(root), "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def fill(line: int, **cells: object) -> dict[str, Any]:
        path = Path(command("sheet", "--top", "5")["file"])
        book = openpyxl.load_workbook(path)
        place = {cell.value: cell.column for cell in book.worksheets[0][1]}
        for name, value in cells.items():
            book.worksheets[0].cell(line, place[name]).value = value
        book.save(path)
        return command("import", str(path))

    held = len(command("show"))
    filled = fill(held + 2, 措施="换口径", 开始=datetime(2025, 3, 12), 目标=0.1, 登记人="乙")
    assert (filled["made"], filled["withdrawn"], filled["refused"], filled["actions"]) == (1, 0, [], held + 1)
    assert command("import", str(root / "actions" / "register.xlsx"))["made"] == 0
    shown = next(row for row in command("show") if row["what"] == "换口径")
    assert (shown["starts"], shown["target"]) == ("2025-03-12", 0.1) and shown["cases_before"] > 0
    last = held + 2  # actions come first, by their start
    assert fill(last, 责任人="王工")["made"] == 1
    assert next(row["owner"] for row in command("show") if row["what"] == "换口径") == "王工"
    assert fill(last, 开始="五月初")["refused"][0][0] == last
    assert (gone := fill(last, 措施=None))["withdrawn"] == 1 and gone["actions"] == held


def test_every_repeat_of_the_log_has_a_cause(centre: tuple[Path, Simulated]) -> None:
    root, _ = centre
    repeats = store.read(root, Link).filter("repeat")
    causes = store.read(root, Cause).filter(pl.col("about") == "link")
    assert set(causes["subject"]) == set(repeats["contact_id"])
    assert causes["cause"].n_unique() >= 4  # cues and tickets of the simulated log tell of several


def test_the_issues_command_prints_the_lists_of_every_queue(centre: tuple[Path, Simulated]) -> None:
    root, _ = centre
    arguments = ["issues", "-w", str(root), "--from", str(FIRST), "--to", str(LAST), "--by", "queue", "--top", "3"]
    told = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    assert {line["group"] for line in told["unresolved"]} == {"故障", "综合"}
    assert max(line["rank"] for line in told["common"]) == 3
    assert "未解决 unresolved: 故障" in CliRunner().invoke(app, arguments).stdout


def test_the_lists_of_a_week_are_those_of_its_days(centre: tuple[Path, Simulated]) -> None:
    first, last = week_period(FIRST)
    spans = (["--week", str(FIRST)], ["--from", str(first), "--to", str(last)])
    told = [CliRunner().invoke(app, ["issues", "-w", str(centre[0]), "--json", *span]).stdout for span in spans]
    assert told[0] == told[1] and json.loads(told[0])["from"] == str(first)
    assert CliRunner().invoke(app, ["issues", "-w", str(centre[0]), "--week", str(FIRST), "--day", str(FIRST)]).exit_code == 2


def test_the_issues_command_says_that_a_period_is_empty(centre: tuple[Path, Simulated]) -> None:
    said = CliRunner().invoke(app, ["issues", "-w", str(centre[0]), "--from", "2031-01-01", "--to", "2031-01-31"])
    assert (said.exit_code, said.stdout) == (0, "no contact with a reason from 2031-01-01 to 2031-01-31\n")


def test_the_rework_command_lists_who_said_that_they_were_not_helped(centre: tuple[Path, Simulated]) -> None:
    arguments = ["rework", "-w", str(centre[0]), "--from", str(FIRST), "--to", str(LAST)]
    told = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    assert told and {row["cause"] for row in told} <= {"agent", "process", "both", "unclear"}
    assert {row["contact_id"] for row in told} <= set(store.read(centre[0], Contact)["contact_id"])
    assert any(row["phone_masked"] and "*" in row["phone_masked"] for row in told)
    assert f"{len(told)} customers said that they were not helped" in CliRunner().invoke(app, arguments).stdout
