"""Contacts -> customers."""

from laidian.identity.customers import customers, of_known
from laidian.identity.evidence import FIELDS, read
from laidian.identity.keys import key_changes

__all__ = ["FIELDS", "customers", "key_changes", "of_known", "read"]
