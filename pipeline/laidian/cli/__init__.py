"""The command line: a thin shell. Results on stdout, progress and errors on stderr, one exit code a kind of error."""

from laidian.cli import actions, audits, care, figures, intake, issues, learning, nights, speech
from laidian.cli.shell import app, main

__all__ = [
    "actions",
    "app",
    "audits",
    "care",
    "figures",
    "intake",
    "issues",
    "learning",
    "main",
    "nights",
    "speech",
]
