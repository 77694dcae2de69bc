"""The recogniser's process. It takes a second to load what it needs, so who knows that it will be wanted begins it beforehand."""

import atexit
import os
import subprocess
import sys

COMMAND = [sys.executable, "-c", "from laidian.steps.recogniser import main; main()"]
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}  # each batch has its core; more threads only wait for one
_begun: list[subprocess.Popen[str]] = []


def begin() -> None:
    """Begins the process that `taken` hands out first. It ends with this one, wanted or not."""
    _begun.append(_new())
    atexit.register(_begun[-1].kill)


def taken() -> subprocess.Popen[str]:
    """A process that waits for its settings, with pipes to its input and output: the one begun beforehand, or a new one."""
    return _begun.pop() if _begun else _new()


def _new() -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own interpreter, no outside input
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", start_new_session=True,
        env=ONE_THREAD | os.environ,
    )  # fmt: skip
