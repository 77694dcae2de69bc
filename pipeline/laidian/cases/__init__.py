"""Contacts of one customer -> cases (诉求) and links."""

from laidian.cases.known import ReasonPolicy
from laidian.cases.linking import Linked, link

__all__ = ["Linked", "ReasonPolicy", "link"]
