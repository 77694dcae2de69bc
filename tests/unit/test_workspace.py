"""A workspace and its rooms: vault, notes, lock, settings."""

import multiprocessing
import stat
from datetime import date
from pathlib import Path

import pytest
from laidian import notes, settings, vault, workspace
from laidian.errors import BusyError, SettingsError, WorkspaceError
from laidian.ingest import AuditAnswer, Label
from laidian.settings import Settings


@pytest.fixture
def root(tmp_path: Path) -> Path:
    workspace.create(tmp_path / "w")
    return tmp_path / "w"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# ---- the folder ----


def test_a_new_workspace_has_its_rooms_and_default_settings(root: Path) -> None:
    assert {p.name for p in root.iterdir()} >= {"laidian.toml", "lake", "vault", "reports", "rejected", "logs", "notes.sqlite"}
    assert workspace.load(root) == Settings()


def test_making_a_workspace_twice_touches_nothing(root: Path) -> None:
    (root / "laidian.toml").write_text("[report]\ntop = 7\n")
    key = vault.secret(root)
    assert workspace.create(root) is False
    assert workspace.load(root).report.top == 7
    assert vault.secret(root) == key


def test_a_folder_with_other_things_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").touch()
    with pytest.raises(WorkspaceError, match="a folder with other things in it; expected an empty or new folder; choose another"):
        workspace.create(tmp_path)


@pytest.mark.parametrize("last", ["vault", "notes", "store"])
def test_an_init_that_was_killed_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str) -> None:
    def killed(_: Path) -> None:
        raise KeyboardInterrupt

    doing = {"vault": "create", "notes": "create", "store": "build_views"}[last]
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(getattr(workspace, last), doing, killed)
        workspace.create(tmp_path)
    assert workspace.create(tmp_path) is True
    assert workspace.load(tmp_path) == Settings()


def test_a_folder_that_is_no_workspace_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(
        WorkspaceError, match=r"no laidian\.toml in it; expected a workspace; run: laidian init .*, or name one with"
    ):
        workspace.load(tmp_path)


# ---- the lock ----


def _hold(root: Path, holds: "multiprocessing.synchronize.Event", done: "multiprocessing.synchronize.Event") -> None:
    with workspace.locked(root):
        holds.set()
        done.wait(60)


def test_another_process_is_told_that_somebody_is_at_work_and_a_kill_frees_the_lock(root: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    holds, done = spawn.Event(), spawn.Event()
    other = spawn.Process(target=_hold, args=(root, holds, done))
    other.start()
    assert holds.wait(60)
    with (
        pytest.raises(BusyError, match="another run is at work here; expected one run at a time; wait until it has ended"),
        workspace.locked(root),
    ):
        pass
    other.kill()
    other.join()
    with workspace.locked(root):
        pass


def test_whoever_holds_the_lock_may_ask_again_and_keeps_it_to_the_end(root: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    with workspace.locked(root):
        with workspace.locked(root):
            pass
        asks = spawn.Process(target=_ask, args=(root,))
        asks.start()
        asks.join()
        assert asks.exitcode == BusyError.exit_code
    asks = spawn.Process(target=_ask, args=(root,))
    asks.start()
    asks.join()
    assert asks.exitcode == 0


def _ask(root: Path) -> None:
    try:
        with workspace.locked(root):
            pass
    except BusyError as busy:
        raise SystemExit(busy.exit_code) from None


# ---- the vault ----


def test_only_the_owner_can_look_into_the_vault(root: Path) -> None:
    vault.write_transcript(root, "ab12", {"text": "您好"})
    assert mode(root / "vault") == 0o700
    assert mode(root / "rejected") == 0o700
    assert mode(root / "vault" / "key") == 0o600
    assert mode(root / "vault" / "transcripts" / "ab" / "ab12.json") == 0o600


def test_a_transcript_comes_back_as_written_and_another_not_at_all(root: Path) -> None:
    assert not vault.has_transcript(root, "ab12")
    assert vault.read_transcript(root, "ab12") is None
    vault.write_transcript(root, "ab12", {"text": "您好", "words": [1, 2.5, None]})
    assert vault.has_transcript(root, "ab12")
    assert vault.read_transcript(root, "ab12") == {"text": "您好", "words": [1, 2.5, None]}
    assert not vault.has_transcript(root, "ab13")


def test_every_workspace_has_a_secret_of_its_own(root: Path, tmp_path: Path) -> None:
    workspace.create(tmp_path / "other")
    assert len(vault.secret(root)) == 32
    assert vault.secret(root) != vault.secret(tmp_path / "other")


@pytest.mark.parametrize("content", [None, b"", b"short"])
def test_a_lost_or_damaged_secret_is_not_made_anew(root: Path, content: bytes | None) -> None:
    path = root / "vault" / "key"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(
        WorkspaceError, match=f"{len(content or b'')} bytes; expected the workspace's secret of 32 bytes; restore it"
    ):
        vault.secret(root)


# ---- the notes ----

MONDAY, TUESDAY, FRIDAY = date(2025, 3, 3), date(2025, 3, 4), date(2025, 3, 7)


def start(root: Path, first: date, last: date) -> int:
    return notes.start_run(root, first, last, now="2025-03-08T01:00:00", version="0", engine="fake")


def test_days_are_complete_when_their_run_ends_and_incomplete_while_they_run_again(root: Path) -> None:
    number = start(root, MONDAY, TUESDAY)
    assert notes.complete_days(root) == []
    notes.finish_run(root, number, [MONDAY, TUESDAY], now="2025-03-08T02:00:00", reports="a.html")
    assert notes.complete_days(root) == [MONDAY, TUESDAY]
    start(root, TUESDAY, FRIDAY)
    assert notes.complete_days(root) == [MONDAY]


def test_the_ledger_keeps_every_run_oldest_first(root: Path) -> None:
    first, second = start(root, MONDAY, MONDAY), start(root, TUESDAY, TUESDAY)
    notes.finish_run(root, first, [MONDAY], now="2025-03-08T02:00:00", reports="a.html\nb.xlsx")
    ledger = notes.runs(root)
    assert [(r.run_id, r.from_day, r.finished_at is not None, r.reports) for r in ledger] == [
        (first, MONDAY, True, "a.html\nb.xlsx"),
        (second, TUESDAY, False, None),
    ]


def test_a_folder_of_recordings_is_remembered_once_and_absolute(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    for folder in (Path("calls"), root / "calls", Path("audio")):
        notes.add_recording_folder(root, folder)
    assert notes.recording_folders(root) == [root.resolve() / "audio", root.resolve() / "calls"]


def test_audit_answers_and_labels_are_kept_by_who_said_them(root: Path) -> None:
    def answer(contact: str, resolved: str, auditor: str | None) -> AuditAnswer:
        return AuditAnswer(contact, "yes", resolved, None, auditor, None)

    assert notes.add_audits(root, []) == 0
    assert notes.add_audits(root, [answer("C1", "no", "li"), answer("C1", "no", None)]) == 2
    assert notes.add_audits(root, [answer("C1", "at_hangup", "li")]) == 0, "the same auditor thinks again"
    label = Label("C1", None, None, "reason", "telecom.billing", "li", None)
    assert (notes.add_labels(root, [label]), notes.add_labels(root, [label])) == (1, 0)


# ---- the settings ----

# laidian.toml -> where, what was found
WRONG = {
    "[report]\ntop = 0": ("[report.top]", "greater than or equal to 1"),
    "[report]\ntpo = 5": ("[report.tpo]", "Extra inputs are not permitted"),
    "[reports]\ntop = 5": ("[reports]", "Extra inputs are not permitted"),
    "[report]\ntop = \"many\"": ("[report.top]", "valid integer"),
    "timezone = \"Asia/Nowhere\"": ("[timezone]", "no time zone 'Asia/Nowhere'"),
    "legs = \"column\"": ("[legs]", "'contacts' or 'rows'"),
    "[audio.raw]\ncodec = \"mp3\"": ("[audio.raw.codec]", "'pcm_s16le', 'pcm_alaw'"),
    "[audio.raw]\nchannels = 3": ("[audio.raw.channels]", "less than or equal to 2"),
    "[hearing]\nbeam_size = 0": ("[hearing.beam_size]", "greater than or equal to 1"),
    "[hearing]\nturn_gap_s = 0": ("[hearing.turn_gap_s]", "greater than 0"),
    "[recordings]\nname = '(?P<date>'": ("[recordings.name]", "missing ), unterminated subpattern"),
    "[recordings]\ntolerance_s = -1": ("[recordings.tolerance_s]", "greater than or equal to 0"),
    "[cases]\ntext_similarity = 1.5": ("[cases.text_similarity]", "less than or equal to 1"),
    "[fcr]\nwindows = \"7d\"": ("[fcr.windows]", "valid tuple"),
    "[columns]\n主叫号码 = \"caller\"": ("laidian.toml", "Invalid"),
    "[report": ("laidian.toml", "at line 1"),
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_setting_is_named_with_what_was_found_and_what_to_do(root: Path, text: str) -> None:
    where, found = WRONG[text]
    (root / "laidian.toml").write_text(text + "\n", encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        workspace.load(root)
    assert where in refused.value.where
    assert found in refused.value.found
    assert refused.value.expected and refused.value.do.startswith("correct")


def test_chinese_keys_without_quotes_are_told_about(root: Path) -> None:
    (root / "laidian.toml").write_text('[columns.contacts]\n主叫号码 = "caller"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match='Chinese names stand in quotes, also left of the =: "主叫号码" = "caller"'):
        workspace.load(root)


def test_settings_in_another_encoding_are_told_about(root: Path) -> None:
    (root / "laidian.toml").write_bytes('[report]\ntitle = "来电报告"\n'.encode("gb18030"))
    with pytest.raises(SettingsError, match="expected TOML in UTF-8"):
        workspace.load(root)


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file; expected the settings of a workspace; run: laidian init DIR"):
        settings.load(tmp_path / "laidian.toml")


def test_paths_are_those_of_the_workspace_wherever_laidian_is_started(root: Path, tmp_path: Path) -> None:
    (root / "laidian.toml").write_text('[recordings]\nfolder = "calls"\n[hearing]\nmodel = "~/ct2"\n')
    found = workspace.load(root)
    assert found.recordings.folder == root.resolve() / "calls"
    assert found.hearing.model == Path.home().resolve() / "ct2"
