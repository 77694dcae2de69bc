"""What a run leaves behind in a workspace, and what it must not."""

import hashlib
import json
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from tests.small_centre import SECRETS

CHANGING = ("notes.sqlite", "views.duckdb", ".lock", ".prefect", "logs", "laidian.toml")
"""What two equal runs may differ in: the ledger's times, absolute paths, the server's own."""


def contents(root: Path) -> dict[str, str]:
    """SHA-256 of every table, transcript, refused row and report, and of whatever else lies about."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if not path.relative_to(root).parts[0].startswith(CHANGING)
    }


def flow_runs(home: Path) -> list[tuple[str, str]]:
    """The flow runs a Prefect server's database holds: the flow's name, the run's end."""
    if not (home / "prefect.db").exists():
        return []
    db = sqlite3.connect(home / "prefect.db")
    try:
        return db.execute(
            "SELECT flow.name, flow_run.state_type FROM flow_run JOIN flow ON flow.id = flow_run.flow_id"
        ).fetchall()
    finally:
        db.close()


def told_in(folder: Path, secrets: Sequence[str] = SECRETS) -> list[tuple[str, str]]:
    """Which secrets stand in which files under a folder, plain or as JSON escapes them."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    forms = {form: secret for secret in secrets for form in (secret.encode(), json.dumps(secret)[1:-1].encode())}
    return [(path.name, secret) for path in files for form, secret in forms.items() if form in path.read_bytes()]


def servers_left(root: Path, patience: int = 100) -> list[int]:
    """Processes that still run a Prefect server of this workspace; the system needs a moment to end them (tenths of a second)."""
    while (found := _servers(root)) and patience:
        time.sleep(0.1)
        patience -= 1
    return found


def _servers(root: Path) -> list[int]:
    home = f"PREFECT_HOME={(root / '.prefect').resolve()}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if home in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:  # not ours, or gone meanwhile
            continue
    return found
