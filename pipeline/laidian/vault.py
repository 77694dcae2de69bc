"""The vault: the workspace's secret and the transcripts as heard, before redaction. Mode 0700; no view looks in here."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from laidian.errors import WorkspaceError
from laidian.store import replacing

KEY_BYTES = 32


def create(root: Path) -> None:
    """The vault of a new workspace with a fresh secret; does nothing where one exists."""
    vault = root / "vault"
    vault.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (vault / "key").exists():
        with replacing(vault / "key") as aside:
            aside.touch(mode=0o600)
            aside.write_bytes(secrets.token_bytes(KEY_BYTES))


def secret(root: Path) -> bytes:
    """The key of all keyed hashes, 32 bytes.

    Raises:
        WorkspaceError: the key is missing or damaged; without it no hash would ever match again.
    """
    path = root / "vault" / "key"
    key = path.read_bytes() if path.exists() else b""
    if len(key) != KEY_BYTES:
        raise WorkspaceError(
            str(path), f"{len(key)} bytes", f"the workspace's secret of {KEY_BYTES} bytes", "restore it from a backup"
        )
    return key


def _transcript(root: Path, key: str) -> Path:
    return root / "vault" / "transcripts" / key[:2] / f"{key}.json"


def has_transcript(root: Path, key: str) -> bool:
    """Whether a recording was heard already under this key (audio, engine, model, settings)."""
    return _transcript(root, key).exists()


def write_transcript(root: Path, key: str, transcript: dict[str, Any]) -> None:
    """The commit point of hearing one recording."""
    with replacing(_transcript(root, key)) as aside:
        fd = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            json.dump(transcript, file, ensure_ascii=False, sort_keys=True, indent=1)


def read_transcript(root: Path, key: str) -> dict[str, Any] | None:
    """The transcript heard under this key, or None where it was not heard yet."""
    path = _transcript(root, key)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
