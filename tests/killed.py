"""A night that kills itself: SIGKILL at the k-th step at which a file of the store or a row of the ledger becomes visible.

`night` runs the readings and the flow's steps in the order that flows/nightly.py gives them, in this process, with Prefect's
decorators replaced by nothing: that makes fifty kills cheap. `python -m tests.killed K ARGS` is the real command line, with the
real Prefect server, that kills itself likewise; `python -m tests.killed real K ARGS` does so with the real recogniser.
"""

import os
import signal
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import faster_whisper.vad  # noqa: F401 - heavy: loaded once by the fork server, then shared by its children
from laidian import aside, cues, lexicons, notes
from laidian.reasons.compile import compile_matcher

from tests import small_centre
from tests.fake_engine import install

cues.load_lexicon()
compile_matcher(lexicons.load_taxonomy())


class Steps:
    """Counts the steps seen; kills this process at number `fatal` (from 1; 0: never)."""

    def __init__(self, fatal: int) -> None:
        self.seen: list[str] = []
        self.fatal = fatal

    def step(self, what: str) -> None:
        self.seen.append(what)
        if len(self.seen) == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Puts a step before and after each file's move into place, and before and after each commit that changes the notes."""
        move, opened = aside.move, notes._open

        def watched_move(written: Path, path: Path) -> None:
            self.step(f"written {path.name}")
            move(written, path)
            self.step(f"moved {path.name}")

        @contextmanager
        def watched_open(root: Path) -> Iterator[Any]:
            with opened(root) as db:
                yield db
                if changed := db.total_changes > 0:
                    self.step("noted")
            if changed:
                self.step("committed")

        aside.move, notes._open = watched_move, watched_open  # type: ignore[assignment]


def night(root: str, given: str, fatal: int, count: str | None = None) -> None:
    """Readings and nights of the small centre; the steps seen go to the file `count`."""
    steps_seen = Steps(fatal)
    steps_seen.watch()
    install(small_centre.LINES)
    small_centre.take(Path(root), small_centre.Files.under(Path(given)))
    _flow_without_prefect()(day=small_centre.FIRST, to_day=small_centre.LAST, workspace=root)
    if count:
        Path(count).write_text("\n".join(steps_seen.seen))


def _flow_without_prefect() -> Callable[..., list[str]]:
    def plain(**_: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        return lambda function: function

    prefect, artifacts, core = (types.ModuleType(name) for name in ("prefect", "prefect.artifacts", "prefect.blocks.core"))
    vars(prefect).update(flow=plain, task=plain, get_run_logger=None)  # a logger and a block: no night here notifies anybody
    vars(core).update(Block=None)
    vars(artifacts).update(create_progress_artifact=lambda **_: None, update_progress_artifact=lambda *_: None)
    sys.modules.update({"prefect": prefect, "prefect.artifacts": artifacts, "prefect.blocks.core": core})
    from laidian.flows.nightly import nightly

    return nightly


if __name__ == "__main__":
    from laidian.cli import main

    if sys.argv[1] == "real":
        sys.argv.pop(1)
    else:
        install(small_centre.LINES)
    watched = Steps(int(sys.argv.pop(1)))
    watched.watch()
    main()
