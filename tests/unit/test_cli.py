"""The command line: an exit code a kind of error, results alone on stdout, nothing of a customer in a message."""

import json
from datetime import date
from pathlib import Path

import pytest
from laidian import errors, store, workspace
from laidian.cli import nights
from laidian.errors import LaidianError
from laidian.steps.guard import stage
from laidian.tables import Rejected

from tests import small_centre
from tests.command_line import laidian


@pytest.fixture
def root(tmp_path: Path) -> Path:
    workspace.create(tmp_path / "w")
    return tmp_path / "w"


KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, LaidianError)]


def test_every_kind_of_error_has_an_exit_code_of_its_own_and_none_is_the_shells() -> None:
    codes = [kind.exit_code for kind in KINDS]
    assert len(set(codes)) == len(codes) == 9
    assert not {0, 2, 126, 127, 130} & set(codes)


def test_the_drawn_tree_of_errors_is_the_real_one() -> None:
    drawn = {line.split()[-4 if "──" in line else 0]: line for line in (errors.__doc__ or "").splitlines() if "Error " in line}
    assert len(drawn) == len(KINDS)
    for kind in KINDS:
        line = next(line for line in (errors.__doc__ or "").splitlines() if f"{kind.__name__} " in line)
        assert f" {kind.exit_code}" in line


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_is_one_line_on_stderr_and_its_exit_code(
    kind: type[LaidianError], root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path, __: str) -> None:
        raise kind("here [x]", "this", "that", "do so")

    monkeypatch.setattr(store, "query", fail)
    said = laidian(capsys, "sql", "-w", root, "SELECT 1", "--json")
    assert (said.code, said.out, said.err) == (kind.exit_code, "", "laidian: here [x]: this; expected that; do so\n")


def test_an_error_survives_the_way_between_processes() -> None:
    import pickle

    bad = errors.BusyError("here", "this", "that", "do so")
    again = pickle.loads(pickle.dumps(bad))
    assert (type(again), str(again), again.do) == (errors.BusyError, str(bad), "do so")


def test_ctrl_c_says_how_to_go_on(root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: Path, __: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "query", interrupt)
    said = laidian(capsys, "sql", "-w", root, "SELECT 1")
    assert (said.code, said.err) == (130, "laidian: interrupted; run the same command again to go on from here\n")


@pytest.mark.parametrize(
    "command",
    [
        ("sql", "SELECT 1"),
        ("run", "--day", "2025-03-03"),
        ("report", "--day", "2025-03-03"),
        ("ingest", "--contacts", "x.csv"),
    ],
)
def test_without_a_workspace_every_command_says_how_to_get_one(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = laidian(capsys, *command, "-w", tmp_path)
    assert (said.code, said.out) == (6, "")
    assert said.err.startswith(f"laidian: {tmp_path}: no laidian.toml in it; expected a workspace; run: laidian init")


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--day", "2025-03-03", "--to", "2025-03-04"),
        ("--from", "2025-03-03"),
        ("--from", "2025-03-04", "--to", "2025-03-03"),
        ("--day", "03.03.2025"),
    ],
)
def test_days_that_make_no_period_are_refused(options: tuple[str, ...], root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = laidian(capsys, "run", "-w", root, *options)
    assert (said.code, said.out) == (2, "")
    assert "expected a day as YYYY-MM-DD" in said.err or "expected --day D, or --from D --to D" in said.err


def test_a_missing_model_is_told_before_anything_is_done(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "laidian.toml").write_text('[hearing]\nmodel = "nowhere"\n')
    said = laidian(capsys, "doctor", "-w", root)
    assert said.code == 1
    assert "BAD  model: " in said.out
    assert "no model.bin; expected the folder of a CTranslate2 Whisper model; correct [hearing] model in laidian.toml" in said.out


def test_an_unknown_engine_is_told_with_those_there_are(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "laidian.toml").write_text('[hearing]\nengine = "magic"\n')
    from laidian import steps

    with pytest.raises(errors.SettingsError, match=r"\[hearing\.engine\]: 'magic'; expected .*faster-whisper.*; correct"):
        steps.load_engine(root)


def test_init_and_ingest_say_what_they_did_and_json_is_all_there_is_on_stdout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, given = tmp_path / "new", small_centre.draw(tmp_path / "given")
    assert laidian(capsys, "init", root).out == f"made {root / 'laidian.toml'}\n"
    assert laidian(capsys, "init", root).out == f"there already: {root / 'laidian.toml'}\n"
    arguments = [
        "ingest",
        "-w",
        root,
        "--contacts",
        given.contacts,
        "--transcripts",
        given.transcripts,
        "--recordings",
        given.recordings,
    ]
    said = laidian(capsys, *arguments, "--json")
    told = json.loads(said.out)
    assert (said.code, said.err) == (0, "")
    assert [(f["kind"], f["rows"], f["new"], f["rejected"]) for f in told["files"]] == [
        ("contacts", 10, 10, 0),
        ("transcripts", 1, 2, 0),
    ]
    assert (told["recordings"]["matched"], told["recordings"]["missing"]) == (8, 1)
    again = json.loads(laidian(capsys, *arguments, "--json").out)
    assert [f["new"] for f in again["files"]] == [0, 0]


def test_check_shows_and_writes_nothing(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = small_centre.draw(tmp_path / "given")
    before = sorted(root.rglob("*"))
    said = laidian(capsys, "ingest", "-w", root, "--contacts", given.contacts, "--check")
    assert said.code == 0 and "started_at" in said.out
    preview = json.loads(laidian(capsys, "ingest", "-w", root, "--contacts", given.contacts, "--check", "--json").out)
    assert len(preview[0]["rows"]) == 5
    assert [s for s in small_centre.SECRETS if s in said.out] == []
    assert sorted(root.rglob("*")) == before


def test_sql_answers_as_a_table_or_as_json(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = laidian(capsys, "sql", "-w", root, "SELECT 1 AS one, NULL AS nothing, DATE '2025-03-03' AS day", "--json")
    assert json.loads(said.out) == [{"one": 1, "nothing": None, "day": "2025-03-03"}]
    assert "one" in laidian(capsys, "sql", "-w", root, "SELECT 1 AS one").out
    assert laidian(capsys, "sql", "-w", root, "SELECT 1 FROM nothing").code == 6


def test_progress_is_told_at_the_end_and_at_most_once_a_minute_elsewhere_than_on_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = nights._progress()
    for done in range(1, 6):
        told(done, 5, 10.0)
    told(5, 5, 0.0)  # at the end of the batch
    lines = capsys.readouterr()
    assert lines.out == ""
    assert len(lines.err.splitlines()) == 1
    assert lines.err.startswith("heard 5/5 recordings, 50 s of audio at ")


# ---- what every step wears ----


def test_an_unforeseen_error_names_the_place_and_nothing_of_the_data() -> None:
    @stage
    def reading(customer: str) -> None:
        store.from_text(customer)  # type: ignore[attr-defined]

    @stage
    def parsing(customer: str) -> None:
        date.fromisoformat(customer)

    for step in (reading, parsing):
        with pytest.raises(LaidianError) as told:
            step("祝融峰 13900000201")
        assert told.value.__cause__ is None and told.value.__suppress_context__
        assert told.value.where == f"stage {step.__name__}"
        assert "祝融峰" not in str(told.value) and "139" not in str(told.value)


def test_an_error_of_laidians_own_passes_through() -> None:
    @stage
    def busy() -> None:
        raise errors.BusyError("here", "this", "that", "do so")

    with pytest.raises(errors.BusyError, match=r"^here: this; expected that; do so$"):
        busy()


def test_rejected_reasons_are_told_the_commonest_first(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = ["2025-03-03 09:00", "never", "2025-13-01 09:00", "never"]
    rows = [f"C{n},{cell}" for n, cell in enumerate(cells)]
    (tmp_path / "log.csv").write_text("\n".join(["contact_id,started_at", *rows]))
    told = json.loads(laidian(capsys, "ingest", "-w", root, "--contacts", tmp_path / "log.csv", "--json").out)
    assert [(n, line) for _, n, line in told["files"][0]["reasons"]] == [(2, 3), (1, 4)]
    assert store.read(root, Rejected).height == 3
