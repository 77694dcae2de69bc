"""`laidian rules diff`: what an edited lexicon gains and loses in the last 90 days, and what it leaves alone."""

import shutil
from datetime import date
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest
from laidian import steps, store, workspace
from laidian.errors import InputError, SettingsError
from laidian.tables import CallReason, Cue, Spoken, Utterance, from_rows

OLD, RECENT = date(2025, 1, 2), date(2025, 5, 30)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "w"
    workspace.create(root)
    said = [("c1", "我都打了三次电话了"), ("c2", "芝麻开门，我这边有个紫色的口令"), ("c3", "你好")]
    for day in (OLD, RECENT):
        rows = [Spoken(f"{c}-{day.month}", 1, 0, 0, "customer", 0.0, 1.0, text, None) for c, text in said]
        store.publish(root, from_rows(rows, Spoken), Spoken, day)
    return root


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    for file in (files("laidian.models") / "lexicons" / "cues").iterdir():
        if file.name.endswith(".toml"):
            (folder / file.name).write_text(file.read_text("utf-8"), "utf-8")
    return folder


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    folder = tmp_path / "reasons"
    shutil.copytree(Path(str(files("laidian.models") / "taxonomy")), folder)
    return folder


SESAME = """
[[reasons]]
id = "sesame"
name = "芝麻开门"
name_en = "Sesame"
department = "客服部"
case_gap_days = 7
rules = [
  { pattern = "芝麻.{1,3}门", weight = 5, matches = ["芝麻开门"], misses = ["MISS"] },
]
"""


def test_an_edited_taxonomy_tells_whose_reason_would_change(root: Path, taxonomy: Path) -> None:
    assert steps.is_taxonomy(taxonomy)
    unchanged = steps.reasons_diff(root, taxonomy)
    assert (unchanged.days, unchanged.calls, unchanged.changed, unchanged.changes) == (1, 3, 0, [])
    with (taxonomy / "general.toml").open("a", encoding="utf-8") as file:
        file.write(SESAME.replace("MISS", "开门"))
    found = steps.reasons_diff(root, taxonomy)
    assert [(c.becomes, c.contact_ids) for c in found.changes] == [("general.sesame", ["c2-5"])]
    assert found.examples == 2
    assert steps.stale_days(root) == []


def test_a_workspaces_own_taxonomy_is_used_once_it_is_named(root: Path, taxonomy: Path) -> None:
    (taxonomy / "general.toml").write_text(
        (taxonomy / "general.toml").read_text("utf-8") + SESAME.replace("MISS", "开门"), "utf-8"
    )
    steps.tag_reasons(root, RECENT)
    (root / "laidian.toml").write_text(f'[taxonomy]\nfolder = "{taxonomy}"\n', "utf-8")
    assert steps.stale_days(root) == [RECENT]
    steps.tag_reasons(root, RECENT)
    told = store.read(root, CallReason, [RECENT]).filter("primary").select("contact_id", "reason")
    assert dict(told.iter_rows())["c2-5"] == "general.sesame" and steps.stale_days(root) == []
    (taxonomy / "general.toml").write_text(
        (taxonomy / "general.toml").read_text("utf-8").replace('"开门"', '"芝麻关门"'), "utf-8"
    )
    with pytest.raises(SettingsError, match=r"general\.sesame\]: rule 1 holds in «芝麻关门»; expected it not to hold"):
        steps.tag_reasons(root, RECENT)


def test_an_unchanged_copy_changes_nothing(root: Path, edited: Path) -> None:
    found = steps.rules_diff(root, edited)
    assert (found.days, found.contacts_before, found.contacts_after, found.kinds) == (1, 1, 1, [])
    assert found.contradiction is None


@pytest.mark.parametrize(("final", "after"), [(True, 1), (False, 2)])
def test_a_new_pattern_gains_and_a_new_veto_loses_within_the_last_90_days(
    root: Path, edited: Path, final: bool, after: int
) -> None:
    """A veto that is not final takes the grammar's word away; the text as a whole still says it all too plainly."""
    (edited / "9_mine.toml").write_text(
        '[[pattern]]\nkind = "prior_contact"\nname = "口令"\nforms = ["紫色的口令"]\nmatches = ["紫色的口令"]\nnot = ["口令"]\n'
        f'[[veto]]\nname = "三次"\nfinal = {str(final).lower()}\nforms = ["打了三次电话"]\nmatches = ["打了三次电话"]\n',
        "utf-8",
    )
    found = steps.rules_diff(root, edited)
    assert (found.days, found.contacts_before, found.contacts_after) == (1, 1, after)
    changes = {kind.kind: (kind.gains, kind.losses) for kind in found.kinds}
    lost = {"explicit_count": ([], ["c1-5/1/0"])} if final else {}
    assert changes == {"prior_contact": (["c2-5/1/0"], []), **lost}


def test_a_wrong_lexicon_is_refused_before_anything_is_read(root: Path, edited: Path) -> None:
    (edited / "9_mine.toml").write_text("[[pattern]]\n", "utf-8")
    with pytest.raises(InputError, match="9_mine"):
        steps.rules_diff(root, edited)


def test_a_workspace_without_speech_has_no_days(tmp_path: Path, edited: Path) -> None:
    workspace.create(tmp_path / "empty")
    shutil.rmtree(tmp_path / "empty" / "vault" / "tables", ignore_errors=True)
    assert steps.rules_diff(tmp_path / "empty", edited).days == 0


SESAME_CUE = """
[[pattern]]
kind = "prior_contact"
name = "芝麻开门"
forms = ["芝麻开门"]
matches = ["芝麻开门"]
not = ["NOT"]
"""


def test_a_workspaces_own_cue_lexicon_counts_once_it_is_named(root: Path, edited: Path) -> None:
    (edited / "9_mine.toml").write_text(SESAME_CUE.replace("NOT", "开门"), "utf-8")

    shown = [Utterance("c2-5", 1, 0, 0, "customer", 0.0, 1.0, "芝麻开门，我这边有个紫色的口令", None)]
    store.publish(root, from_rows(shown, Utterance), Utterance, RECENT)

    def found() -> set[str]:
        steps.find_cues(root, RECENT)
        return set(store.read(root, Cue, [RECENT]).filter(pl.col("basis").str.contains("芝麻"))["contact_id"])

    assert found() == set()
    (root / "laidian.toml").write_text(f'[cues]\nfolder = "{edited}"\n', "utf-8")
    assert found() == {"c2-5"}
    bundled = Path(str(files("laidian.models") / "lexicons" / "cues"))
    back = steps.rules_diff(root, bundled)
    assert [(kind.kind, kind.gains, kind.losses) for kind in back.kinds] == [("prior_contact", [], ["c2-5/1/0"])]
    (edited / "9_mine.toml").unlink()
    assert found() == set(), "an edit counts at once"


def test_a_cue_lexicon_that_breaks_its_own_examples_is_refused(root: Path, edited: Path) -> None:
    (edited / "9_mine.toml").write_text(SESAME_CUE.replace("NOT", "芝麻开门吧"), "utf-8")
    (root / "laidian.toml").write_text(f'[cues]\nfolder = "{edited}"\n', "utf-8")
    with pytest.raises(InputError, match=r"芝麻开门\]: «芝麻开门吧» does not give no cue prior_contact"):
        steps.find_cues(root, RECENT)
    (root / "laidian.toml").write_text("", "utf-8")
    assert "芝麻开门吧" in str(steps.rules_diff(root, edited).contradiction), "told beside what would change"


def test_tag_reads_an_edited_cue_lexicon(tmp_path: Path, edited: Path) -> None:
    (edited / "9_mine.toml").write_text(SESAME_CUE.replace("NOT", "开门"), "utf-8")
    said, told = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    said.write_text('{"id": 1, "role": "customer", "text": "芝麻开门"}\n', "utf-8")
    assert steps.tag_file(said, told).with_repeat_cue == 0
    assert steps.tag_file(said, told, edited).with_repeat_cue == 1
