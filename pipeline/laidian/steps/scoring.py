"""Which scorer tells a workspace's call reasons: the one that `laidian train` promoted, else the bundled one."""

from datetime import date
from functools import lru_cache
from pathlib import Path

import polars as pl

from laidian import store
from laidian.errors import WorkspaceError
from laidian.reasons.compile import tagger_of
from laidian.reasons.learned import Learned, load_learned, read_learned
from laidian.steps import naming
from laidian.tables import CallReason

FOLDER, PROMOTED = "models", "reasons.npz"


def scorer(root: Path) -> Learned | None:
    """The promoted scorer; None = the bundled one.

    Raises:
        WorkspaceError: the file there is no scorer.
    """
    path = root / FOLDER / PROMOTED
    if not path.exists():
        return None
    about = path.stat()
    return _read(path, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=2)
def _read(path: Path, _changed_ns: int, _size: int) -> Learned:
    """Kept, since what is compiled from a scorer is kept by the object."""
    try:
        return read_learned(path)
    except (OSError, ValueError, KeyError, EOFError):
        do = "remove it (the bundled scorer is used then), copy back one of models/reasons-*.npz, or run: laidian train"
        raise WorkspaceError(str(path), "not a scorer", "a file of laidian train", do) from None


def scorer_name(root: Path) -> str:
    """The fingerprint of the scorer in use."""
    return (scorer(root) or load_learned()).fingerprint


def stale_days(root: Path) -> list[date]:
    """Days of which some contact's reasons were told by another taxonomy or scorer than the workspace has now."""
    known = naming.taxonomy(root)
    now = [tagger_of(known, scorer(root)), known.fingerprint]
    old = pl.col("tagger").is_null() | ~pl.col("tagger").is_in(now)
    days = store.days(root, CallReason)
    return [day for day in days if store.read(root, CallReason, [day], ("tagger",)).select(old.any()).item()]
