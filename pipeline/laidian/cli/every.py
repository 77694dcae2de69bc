"""Every command, on one app."""

from laidian.cli import audits, care, figures, intake, issues, learning, nights, speech
from laidian.cli.shell import app

__all__ = ["app", "audits", "care", "figures", "intake", "issues", "learning", "nights", "speech"]
