"""Files written aside and moved into place: a reader sees the old one or the new one, never half of one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ASIDE = ".aside"  # how the names of files end that are not yet in place


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends well, and is removed when it does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}{ASIDE}")
    aside.unlink(missing_ok=True)  # of a killed process of the same number, as containers give them out
    try:
        yield aside
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
        move(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def move(aside: Path, path: Path) -> None:
    """The one step at which a file becomes visible."""
    aside.replace(path)
