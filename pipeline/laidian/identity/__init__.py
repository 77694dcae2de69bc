"""Contacts -> customers."""

from laidian.identity.customers import customers
from laidian.identity.keys import key_changes

__all__ = ["customers", "key_changes"]
