"""The command line: a thin shell. Results on stdout, progress and errors on stderr, one exit code a kind of error."""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from laidian.cli.every import app

__all__ = ["app", "main"]

ALONE = {"transcribe": "speech", "tag": "speech"}  # need nothing of a workspace: they do not wait for what the others load


def main() -> NoReturn:
    """The entry point."""
    import_module(f"laidian.cli.{ALONE.get(sys.argv[1], 'every') if sys.argv[1:] else 'every'}")
    import_module("laidian.cli.shell").main()
    raise AssertionError("the shell's main does not return")


def __getattr__(name: str) -> Any:
    every = import_module("laidian.cli.every")
    if name in every.__all__:
        return getattr(every, name)
    raise AttributeError(f"laidian.cli has no {name}")
