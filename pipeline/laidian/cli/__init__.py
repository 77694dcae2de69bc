"""The command line: a thin shell. Results on stdout, progress and errors on stderr, one exit code a kind of error."""

import sys
from importlib import import_module

from laidian.cli import shell

ALONE = ("transcribe", "tag")  # need nothing of a workspace: they do not wait for what the others load


def main() -> None:
    """The entry point."""
    if sys.argv[1:2] == ["transcribe"] and "--help" not in sys.argv:
        import_module("laidian.steps.process").begin()
    import_module("laidian.cli.speech" if sys.argv[1:] and sys.argv[1] in ALONE else "laidian.cli.every")
    shell.main()
