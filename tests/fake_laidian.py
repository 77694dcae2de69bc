"""`python -m tests.fake_laidian ARGS`: the real command line of laidian, its recogniser replaced by the fake one."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from laidian.cli import main

from tests.fake_engine import install
from tests.small_centre import LINES

ROOT = Path(__file__).parents[1]


def command(*arguments: str, module: str = "tests.fake_laidian") -> list[str]:
    """The command that starts it in a process of its own."""
    return [sys.executable, "-m", module, *arguments]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment, so that the child imports what this one does."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), **(more or {})}


def laidian(*arguments: str, more: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs it to its end."""
    return subprocess.run(command(*arguments), capture_output=True, text=True, env=environment(more), check=False)


if __name__ == "__main__":
    install(LINES)
    main()
