"""`laidian rules retag`: kept utterances read again with other rules; nothing is heard again."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from laidian import cues, steps, store, workspace
from laidian.cues import load_lexicon
from laidian.steps.finding import find_issues
from laidian.tables import CallReason, Contact, Cue, FoundIssue, Spoken, empty

from tests.small_centre import FIRST, LAST, draw, found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three nights of the small centre, the recordings gone since."""
    root, given = tmp_path / "w", draw(tmp_path / "given")
    found(root, given)
    days = steps.days_between(FIRST, LAST)
    for batch in steps.batches(root, days):
        steps.hear(root, batch)
    for day in days:
        for stage in steps.DAY_STAGES:
            stage(root, day)
    for log_stage in steps.LOG_STAGES:
        log_stage(root)
    shutil.rmtree(given.recordings)
    return root


def test_the_same_rules_change_no_row(root: Path) -> None:
    before = [store.read(root, table) for table in (Cue, CallReason)]
    assert steps.retag(root, FIRST, LAST) == 3
    after = [store.read(root, table) for table in (Cue, CallReason)]
    assert all(a.equals(b) for a, b in zip(before, after, strict=True))
    assert before[0].filter(before[0]["kind"] == "explicit_count").height > 0


def edited(folder: Path) -> cues.Lexicon:
    """The bundled lexicon with one veto more."""
    folder.mkdir()
    for file in (files("laidian.models") / "lexicons" / "cues").iterdir():
        if file.name.endswith(".toml"):
            (folder / file.name).write_text(file.read_text("utf-8"), "utf-8")
    (folder / "9.toml").write_text('[[veto]]\nname = "三次"\nforms = ["打了三次电话"]\nmatches = ["打了三次电话"]\n', "utf-8")
    return load_lexicon(folder)


def test_days_that_another_lexicon_read_are_stale_and_read_again(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the days without a cue, which hold no row that could tell; comments are no edit."""
    days = store.days(root, Spoken)
    assert steps.stale_cues(root) == [] and steps.retag_stale(root) == []
    lexicon = edited(tmp_path / "mine")
    with (tmp_path / "mine" / "9.toml").open("a", encoding="utf-8") as file:
        file.write("# a comment\n")
    assert load_lexicon(tmp_path / "mine").fingerprint == lexicon.fingerprint != load_lexicon().fingerprint
    monkeypatch.setattr(cues, "load_lexicon", lambda: lexicon)
    assert steps.stale_cues(root) == days and len(days) == 3
    before = store.read(root, Cue)
    assert steps.retag_stale(root) == days
    assert steps.stale_cues(root) == []
    assert before.join(store.read(root, Cue), on=list(Cue.KEY), how="anti")["contact_id"].unique().to_list() == ["F07"]


def test_an_edited_rule_counts_in_the_days_named_only(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lexicon = edited(tmp_path / "mine")
    before = store.read(root, Cue)
    monkeypatch.setattr(cues, "load_lexicon", lambda: lexicon)
    assert steps.retag(root, FIRST, FIRST) == 1
    assert store.read(root, Cue).equals(before)
    assert steps.retag(root, LAST, LAST) == 1
    gone = before.join(store.read(root, Cue), on=list(Cue.KEY), how="anti")
    assert gone["contact_id"].unique().to_list() == ["F07"]
    assert "explicit_count" in gone["kind"].to_list()


def test_a_log_without_contacts_has_no_found_issues(tmp_path: Path) -> None:
    """A day whose recordings all failed: no contact, no last day to count from; a warning would be an error here."""
    workspace.create(root := tmp_path / "w")
    store.publish(root, empty(Contact), Contact)
    find_issues(root)
    assert store.read(root, FoundIssue).is_empty()
