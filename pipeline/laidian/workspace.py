"""A workspace: the folder of one contact centre's nights."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from laidian import notes, settings, store, vault
from laidian.errors import BusyError, WorkspaceError
from laidian.settings import Settings

SETTINGS = "laidian.toml"
FOLDERS = {"lake": 0o755, "reports": 0o755, "rejected": 0o700, "logs": 0o755}  # and the vault
_MADE = (*FOLDERS, "vault", notes.FILE, store.VIEWS)  # what may lie there when `init` was killed, under these names or aside
_HELD: ContextVar[frozenset[Path]] = ContextVar("workspaces whose lock this piece of work holds", default=frozenset())


def create(root: Path) -> bool:
    """A workspace in an empty or new folder; false where there was one already (nothing is touched then).

    Raises:
        WorkspaceError: the folder holds other things.
    """
    if (root / SETTINGS).exists():
        return False
    if root.exists() and not all(entry.name.lstrip(".").startswith(_MADE) for entry in root.iterdir()):
        raise WorkspaceError(str(root), "a folder with other things in it", "an empty or new folder", "choose another folder")
    root.mkdir(parents=True, exist_ok=True)
    for name, mode in FOLDERS.items():
        (root / name).mkdir(mode=mode, exist_ok=True)
    vault.create(root)
    notes.create(root)
    store.build_views(root)
    (root / SETTINGS).write_text(settings.TEMPLATE, encoding="utf-8")  # last: from here on it is a workspace
    return True


def load(root: Path) -> Settings:
    """The settings of a workspace.

    Raises:
        WorkspaceError: the folder is no workspace.
        SettingsError: its laidian.toml cannot be used.
    """
    if not (root / SETTINGS).exists():
        raise WorkspaceError(
            str(root), f"no {SETTINGS} in it", "a workspace", f"run: laidian init {root}, or name one with -w DIR"
        )
    return settings.load(root / SETTINGS)


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Keeps a second writer out while the block runs. The system frees the lock even if this process is killed.

    Whoever holds it may ask again further in: a command holds it from its first second, the flow it starts asks too, because a
    schedule starts the flow without the command.

    Raises:
        BusyError: another run or ingest is at work on this workspace.
    """
    held, own = _HELD.get(), root.resolve()
    if own in held:
        yield
        return
    fd = os.open(root / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(str(root), "another run is at work here", "one run at a time", "wait until it has ended") from None
        token = _HELD.set(held | {own})
        try:
            yield
        finally:
            _HELD.reset(token)
    finally:
        os.close(fd)
