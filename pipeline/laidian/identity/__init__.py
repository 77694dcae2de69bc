"""Contacts -> customers."""

from laidian.identity.customers import customers

__all__ = ["customers"]
