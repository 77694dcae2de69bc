"""The command line called within the test's own process, as its entry point is."""

import sys
from dataclasses import dataclass

import pytest
from laidian import cli


@dataclass(frozen=True)
class Said:
    """How a command ended and what it printed; lines are not wrapped."""

    code: int
    out: str
    err: str


def laidian(capsys: pytest.CaptureFixture[str], *arguments: object) -> Said:
    """`laidian ARGUMENTS`."""
    before, sys.argv = sys.argv, ["laidian", *map(str, arguments)]
    capsys.readouterr()
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
    finally:
        sys.argv = before
    said = capsys.readouterr()
    return Said(int(ended.value.code or 0), said.out, said.err)
