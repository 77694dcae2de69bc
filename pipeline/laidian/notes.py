"""notes.sqlite: human decisions and the ledger of runs. SQLite in WAL mode, so that reading never waits for a night."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from laidian.ingest.answers import AuditAnswer, Label

FILE = "notes.sqlite"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    run_id INTEGER PRIMARY KEY, from_day TEXT NOT NULL, to_day TEXT NOT NULL, started_at TEXT NOT NULL,
    finished_at TEXT, version TEXT NOT NULL, engine TEXT NOT NULL, reports TEXT,
    kind TEXT NOT NULL DEFAULT 'night', scorer TEXT, told TEXT
);
CREATE TABLE IF NOT EXISTS complete_days (day TEXT PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs (run_id));
CREATE TABLE IF NOT EXISTS recording_folders (path TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS audits (
    contact_id TEXT NOT NULL, auditor TEXT NOT NULL, is_first TEXT NOT NULL, resolved TEXT NOT NULL, method TEXT, audited_at TEXT,
    PRIMARY KEY (contact_id, auditor)
);
CREATE TABLE IF NOT EXISTS audit_draws (
    draw_id INTEGER PRIMARY KEY, from_day TEXT NOT NULL, to_day TEXT NOT NULL, as_of TEXT NOT NULL, seed INTEGER NOT NULL,
    drawn INTEGER NOT NULL, population INTEGER NOT NULL, probability REAL NOT NULL, rule TEXT NOT NULL, drawn_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS audit_frames (
    draw_id INTEGER NOT NULL REFERENCES audit_draws (draw_id), contact_id TEXT NOT NULL, place INTEGER, twice INTEGER,
    PRIMARY KEY (draw_id, contact_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS label_draws (
    draw_id INTEGER PRIMARY KEY, from_day TEXT NOT NULL, to_day TEXT NOT NULL, seed INTEGER NOT NULL, population INTEGER NOT NULL,
    drawn_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS label_queue (
    draw_id INTEGER NOT NULL REFERENCES label_draws (draw_id), contact_id TEXT NOT NULL, place INTEGER NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (draw_id, contact_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS labels (
    subject TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (subject, field, by, at)
);
"""


_LATER = {"kind": "TEXT NOT NULL DEFAULT 'night'", "scorer": "TEXT", "told": "TEXT"}
"""Columns of `runs` that a workspace of an older version lacks."""

RunKind = Literal["night", "train"]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the nightly job or of `train`: the days it covered (inclusive), by which version and engine, and when.

    `finished_at` null = it never finished. Times are ISO 8601 in UTC. `scorer`: fingerprint of what told the reasons, of a
    training the challenger's (null: before laidian kept it). `told`: what a training came to, as JSON.
    """

    run_id: int
    from_day: date
    to_day: date
    started_at: str
    finished_at: str | None
    version: str
    engine: str
    reports: str | None
    kind: RunKind = "night"
    scorer: str | None = None
    told: str | None = None


@contextmanager
def _open(root: Path) -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(root / FILE, timeout=30)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        with db:
            yield db
    finally:
        db.close()


def create(root: Path) -> None:
    """The file and its tables; does nothing where they exist."""
    with _open(root) as db:
        db.executescript(_SCHEMA)
        there = {row[1] for row in db.execute("PRAGMA table_info(runs)")}
        for column in sorted(_LATER.keys() - there):
            db.execute(f"ALTER TABLE runs ADD COLUMN {column} {_LATER[column]}")


def start_run(root: Path, from_day: date, to_day: date, *, now: str, version: str, engine: str, scorer: str | None = None) -> int:
    """Opens a run in the ledger; its days are incomplete until `finish_run`."""
    create(root)
    with _open(root) as db:
        db.execute("DELETE FROM complete_days WHERE day BETWEEN ? AND ?", (str(from_day), str(to_day)))
        row = (str(from_day), str(to_day), now, version, engine, scorer)
        columns = "from_day, to_day, started_at, version, engine, scorer"
        done = db.execute(f"INSERT INTO runs ({columns}) VALUES (?, ?, ?, ?, ?, ?)", row)
        return int(done.lastrowid or 0)


def add_training(root: Path, days: tuple[date, date], *, now: str, version: str, scorer: str, told: str) -> None:
    """Puts a training into the ledger: first and last day of its labelled contacts, and what it came to, as JSON."""
    create(root)
    with _open(root) as db:
        row = (str(days[0]), str(days[1]), now, now, version, "", "train", scorer, told)
        columns = "from_day, to_day, started_at, finished_at, version, engine, kind, scorer, told"
        db.execute(f"INSERT INTO runs ({columns}) VALUES ({', '.join('?' * 9)})", row)


def finish_run(root: Path, run_id: int, covered: Iterable[date], *, now: str, reports: str) -> None:
    """Closes a run: from here on its days are complete."""
    with _open(root) as db:
        db.execute("UPDATE runs SET finished_at = ?, reports = ? WHERE run_id = ?", (now, reports, run_id))
        db.executemany("INSERT OR REPLACE INTO complete_days VALUES (?, ?)", [(str(day), run_id) for day in covered])


def complete_days(root: Path) -> list[date]:
    """The days whose tables are whole, in order."""
    with _open(root) as db:
        return [date.fromisoformat(day) for (day,) in db.execute("SELECT day FROM complete_days ORDER BY day")]


def runs(root: Path, kind: RunKind = "night") -> list[Run]:
    """The ledger's nights, or its trainings; oldest first."""
    create(root)
    columns = "run_id, from_day, to_day, started_at, finished_at, version, engine, reports, kind, scorer, told"
    with _open(root) as db:
        rows = db.execute(f"SELECT {columns} FROM runs WHERE kind = ? ORDER BY run_id", (kind,)).fetchall()
    return [Run(r[0], date.fromisoformat(r[1]), date.fromisoformat(r[2]), *r[3:]) for r in rows]


def add_recording_folder(root: Path, path: Path) -> None:
    """Remembers a folder of recordings, absolute, for the nights to come."""
    with _open(root) as db:
        db.execute("INSERT OR IGNORE INTO recording_folders VALUES (?)", (str(path.resolve()),))


def recording_folders(root: Path) -> list[Path]:
    """The remembered folders of recordings, in order of their names."""
    with _open(root) as db:
        return [Path(path) for (path,) in db.execute("SELECT path FROM recording_folders ORDER BY path")]


def add_audits(root: Path, answers: Sequence[AuditAnswer]) -> int:
    """Audit answers, a row a contact and auditor; a later answer of the same auditor replaces the earlier. How many are new."""
    rows = [(a.contact_id, a.auditor or "", a.is_first, a.resolved, a.method, _iso(a.audited_at)) for a in answers]
    return _put(root, "audits", rows)


@dataclass(frozen=True, slots=True)
class Draw:
    """One random draw for the audit: of which days (inclusive), what was in its frame, with what chance. Times ISO 8601, UTC.

    `rule`: what made a contact part of the frame. `as_of`: the last complete day of the log then.
    """

    draw_id: int
    from_day: date
    to_day: date
    as_of: date
    seed: int
    drawn: int
    population: int
    probability: float
    rule: str
    drawn_at: str


def add_draw(root: Path, found: Draw, frame: Sequence[str], chosen: Sequence[tuple[str, bool]]) -> int:
    """Records a draw and its frame; the drawn contacts in order, each with whether it is judged twice. The draw's number."""
    create(root)
    place = {contact: (n, twice) for n, (contact, twice) in enumerate(chosen)}
    with _open(root) as db:
        row = (str(found.from_day), str(found.to_day), str(found.as_of), found.seed, found.drawn, found.population,
               found.probability, found.rule, found.drawn_at)  # fmt: skip
        columns = "from_day, to_day, as_of, seed, drawn, population, probability, rule, drawn_at"
        made = db.execute(f"INSERT INTO audit_draws ({columns}) VALUES ({', '.join('?' * 9)})", row)
        draw_id = int(made.lastrowid or 0)
        rows = [(draw_id, contact, *place.get(contact, (None, None))) for contact in frame]
        db.executemany("INSERT INTO audit_frames VALUES (?, ?, ?, ?)", rows)
    return draw_id


def draws(root: Path) -> list[Draw]:
    """The draws, oldest first."""
    create(root)
    with _open(root) as db:
        rows = db.execute("SELECT * FROM audit_draws ORDER BY draw_id").fetchall()
    day = date.fromisoformat
    return [Draw(r[0], day(r[1]), day(r[2]), day(r[3]), *r[4:]) for r in rows]


def frames(root: Path) -> list[tuple[str, int, bool]]:
    """For each draw and contact of its frame: contact_id as it was then, draw_id, whether it was drawn."""
    create(root)
    with _open(root) as db:
        query = "SELECT contact_id, draw_id, place IS NOT NULL FROM audit_frames ORDER BY draw_id, contact_id"
        return [(contact, draw, bool(drawn)) for contact, draw, drawn in db.execute(query)]


def add_label_draw(
    root: Path, days: tuple[date, date], seed: int, population: int, now: str, chosen: Sequence[tuple[str, str]]
) -> int:
    """Records which contacts were put before the analysts, in order, each with why (`random`, `uncertain`). The draw's number."""
    create(root)
    with _open(root) as db:
        row = (str(days[0]), str(days[1]), seed, population, now)
        columns = "from_day, to_day, seed, population, drawn_at"
        made = db.execute(f"INSERT INTO label_draws ({columns}) VALUES (?, ?, ?, ?, ?)", row)
        draw_id = int(made.lastrowid or 0)
        rows = [(draw_id, contact, place, why) for place, (contact, why) in enumerate(chosen)]
        db.executemany("INSERT INTO label_queue VALUES (?, ?, ?, ?)", rows)
    return draw_id


def label_queue(root: Path) -> list[tuple[str, str]]:
    """Every contact that was ever put before the analysts, and why; in order of draw and place."""
    create(root)
    with _open(root) as db:
        return db.execute("SELECT contact_id, why FROM label_queue ORDER BY draw_id, place").fetchall()


def audit_answers(root: Path) -> list[AuditAnswer]:
    """Every auditor's answer that is held, by contact and auditor; an empty auditor is one that the file did not name."""
    with _open(root) as db:
        rows = db.execute(
            "SELECT contact_id, is_first, resolved, method, auditor, audited_at FROM audits ORDER BY contact_id, auditor"
        ).fetchall()
    return [AuditAnswer(r[0], r[1], r[2], r[3], r[4], datetime.fromisoformat(r[5]) if r[5] else None) for r in rows]


def add_labels(root: Path, labels: Sequence[Label]) -> int:
    """Analysts' decisions, each kept with who and when. How many are new."""
    subjects = [
        f"contact:{x.contact_id}" if x.contact_id else f"case:{x.case_id}" if x.case_id else f"issue:{x.issue_id}" for x in labels
    ]
    rows = [(subject, x.field, x.value, x.by or "", _iso(x.at) or "") for subject, x in zip(subjects, labels, strict=True)]
    return _put(root, "labels", rows)


def labels(root: Path, field: str | None = None) -> list[Label]:
    """The decisions of one field (None: of every field), by subject, then from the earliest; those without a time come first."""
    create(root)
    query = "SELECT subject, field, value, by, at FROM labels WHERE field = coalesce(?, field) ORDER BY subject, at, by, field"
    with _open(root) as db:
        rows = db.execute(query, (field,)).fetchall()
    return [_label(*row) for row in rows]


def _label(subject: str, field: str, value: str, by: str, at: str) -> Label:
    kind, _, about = subject.partition(":")
    contact, case, issue = (about if kind == wanted else None for wanted in ("contact", "case", "issue"))
    return Label(contact, case, issue, field, value, by or None, datetime.fromisoformat(at) if at else None)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(sep=" ") if at else None


def _put(root: Path, table: str, rows: Sequence[tuple[object, ...]]) -> int:
    if not rows:
        return 0
    with _open(root) as db:
        before = int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
        db.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) - before
