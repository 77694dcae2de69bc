"""The demo: the main job on the bundled sample calls, and what it found against their truth."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path

import polars as pl

from laidian import steps, store, workspace
from laidian.ingest import Kind
from laidian.tables import REPEAT_CUE_KINDS, Cue, Link, Reason, Recording

FIRST, LAST = date(2025, 3, 3), date(2025, 3, 21)
FILES: dict[Kind, str] = {
    "contacts": "contacts.csv",
    "surveys": "surveys.csv",
    "tickets": "tickets.csv",
    "transcripts": "transcripts.jsonl",
}
HEARD_FAULTS = ("corrupt", "silent")


@dataclass(frozen=True, slots=True)
class Score:
    """Found against truth: how many right; the contact ids missed and false."""

    right: int
    missed: list[str]
    false: list[str]

    @property
    def truth(self) -> int:
        """How many the truth holds."""
        return self.right + len(self.missed)


@dataclass(frozen=True, slots=True)
class Result:
    """What the demo shows. `lost`: recordings of the log that appear in no table (there should be none)."""

    workspace: str
    files: list[str]
    recordings: int
    lost: list[str]
    faults: Score
    cues: Score
    links: Score
    reasons: Score


def sample() -> Path:
    """The folder of the bundled sample calls."""
    return Path(str(files("laidian.sample_audio")))


def run(root: Path, night: Callable[[Path, date, date], list[str]], say: Callable[[str], None]) -> Result:
    """Ingests, hears, tags, links, measures and reports the sample calls; then checks them against truth.csv."""
    say(f"{'making' if workspace.create(root) else 'using'} the workspace {root}")
    with workspace.locked(root):
        for kind, name in FILES.items():
            taken = steps.take(root, kind, sample() / name)
            say(f"read {name}: {taken.rows} rows, {taken.rejected} rejected")
        account = steps.add_recordings(root, sample())
    say(f"recordings: {account.matched} matched; hearing them now (about 4 s a call the first time, remembered afterwards)")
    made = night(root, FIRST, LAST)
    return check(root, pl.read_csv(sample() / "truth.csv", infer_schema=False), made)


def check(root: Path, truth: pl.DataFrame, made: list[str]) -> Result:
    """What the lake says against the truth: recordings and their faults, cue contacts, repeat links, call reasons."""
    recordings, cues = store.read(root, Recording), store.read(root, Cue)
    links = store.read(root, Link).filter("repeat")
    primary = store.read(root, Reason).filter("primary")
    cued = cues.filter((pl.col("speaker") == "customer") & pl.col("kind").is_in(REPEAT_CUE_KINDS))
    named = pl.read_csv(sample() / "contacts.csv", infer_schema=False).filter(pl.col("recording").is_not_null())
    heard = _with_words(truth, recordings)
    faulty = {c: f for c, faults in recordings.select("contact_id", "faults").iter_rows() for f in faults if f in HEARD_FAULTS}
    return Result(
        workspace=str(root),
        files=made,
        recordings=recordings.height,
        lost=sorted(set(named["recording"]) - set(recordings["path"])),
        faults=_score(_pairs(truth.filter(pl.col("fault").is_in(HEARD_FAULTS)), "fault"), faulty),
        cues=_score(
            dict.fromkeys(truth.filter(pl.col("repeat_cue") == "yes")["contact_id"], "yes"),
            dict.fromkeys(cued["contact_id"], "yes"),
        ),
        links=_score(
            _pairs(truth, "repeat_of"),
            {c: e.removeprefix("ticket-") for c, e in _pairs(links, "earlier_contact_id").items()},
        ),
        reasons=_score(_pairs(heard, "reason"), _pairs(primary.join(heard, on="contact_id", how="semi"), "reason")),
    )


def _with_words(truth: pl.DataFrame, recordings: pl.DataFrame) -> pl.DataFrame:
    """Contacts whose reason can be heard: a recording without a fatal fault."""
    heard = recordings.filter(~pl.col("faults").list.eval(pl.element().is_in(HEARD_FAULTS)).list.any())
    return truth.join(heard, on="contact_id", how="semi")


def _pairs(table: pl.DataFrame, column: str) -> dict[str, str]:
    return {contact: value for contact, value in table.select("contact_id", column).iter_rows() if value}


def _score(truth: dict[str, str], found: dict[str, str]) -> Score:
    """A pair is right if contact and value agree; a wrong value is both missed and false."""
    right = {contact for contact, value in truth.items() if found.get(contact) == value}
    return Score(len(right), sorted(set(truth) - right), sorted(set(found) - right))


def text(result: Result) -> str:
    """The result for a reader."""

    def line(name: str, score: Score) -> str:
        missed = f" ({' '.join(score.missed)})" if score.missed else ""
        false = f" ({' '.join(score.false)})" if score.false else ""
        return (
            f"  {name:<28} {score.right}/{score.truth} right, {len(score.missed)} missed{missed}, {len(score.false)} false{false}"
        )

    return "\n".join(
        [
            "against sample_audio/truth.csv:",
            f"  {'recordings':<28} {result.recordings} in the tables, {len(result.lost)} lost",
            line("corrupt or silent recordings", result.faults),
            line("contacts with a repeat cue", result.cues),
            line("repeat links", result.links),
            line("call reasons of heard calls", result.reasons),
            *(f"{'report  ' if file.endswith('.html') else 'workbook'}: {file}" for file in result.files),
        ]
    )
