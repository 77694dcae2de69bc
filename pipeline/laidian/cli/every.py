"""Every command, on one app."""

from laidian.cli import actions, audits, care, figures, intake, issues, learning, nights, rules, speech
from laidian.cli.shell import app

__all__ = ["actions", "app", "audits", "care", "figures", "intake", "issues", "learning", "nights", "rules", "speech"]
