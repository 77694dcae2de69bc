"""Contacts -> customers."""

from laidian.identity.customers import customers
from laidian.identity.evidence import FIELDS
from laidian.identity.keys import key_changes

__all__ = ["FIELDS", "customers", "key_changes"]
