"""Keyed hashes that stand for a customer's identifiers wherever analysts can look."""

from collections.abc import Iterable
from hashlib import blake2b


def keyed_hash(secret: bytes, kind: str, value: str) -> str:
    """16 hexadecimal characters for one identifier; the same value under another secret or kind gives another hash.

    Args:
        secret: the workspace's key from its vault, 32 bytes.
        kind: what the value is (phone, account, id, leg ...), so that equal digits of two kinds never meet.
        value: the normalised identifier, not empty.

    >>> keyed_hash(b"0" * 32, "phone", "13800138000") == keyed_hash(b"0" * 32, "account", "13800138000")
    False
    """
    return blake2b(f"{kind}\x1f{value}".encode(), key=secret, digest_size=8).hexdigest()


def keyed_hashes(secret: bytes, kind: str, values: Iterable[str]) -> list[str]:
    """`keyed_hash` of many values of one kind, one after the other: what is the same for all is reckoned once.

    >>> keyed_hashes(b"0" * 32, "leg", ["a", "b"]) == [keyed_hash(b"0" * 32, "leg", value) for value in "ab"]
    True
    """
    begun = blake2b(f"{kind}\x1f".encode(), key=secret, digest_size=8)
    hashes = []
    for value in values:
        one = begun.copy()
        one.update(value.encode())
        hashes.append(one.hexdigest())
    return hashes
