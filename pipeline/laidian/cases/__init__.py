"""Contacts of one customer -> cases (诉求) and links."""

from laidian.cases.linking import Linked, link
from laidian.cases.rules import ReasonPolicy

__all__ = ["Linked", "ReasonPolicy", "link"]
