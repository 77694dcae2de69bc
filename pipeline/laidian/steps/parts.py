"""The log in parts of some customers each: what hangs on one customer's contacts alone is made a part at a time."""

from collections.abc import Collection, Sequence
from pathlib import Path

import polars as pl

from laidian import store
from laidian.tables import Row

PART = 200_000
"""Contacts of a part, about: so many stand in memory with all that is known of them."""

FEW_VALUES = frozenset({
    "medium", "direction", "status", "customer_type", "caller_relation", "hotline", "region", "agent_id", "last_agent_id", "team",
    "queue", "wrap_code", "end_reason", "excluded", "reason", "issue", "source", "kind", "speaker",
})  # fmt: skip
"""Columns of few values, which stand as codes while the whole log is in memory."""

_BACK = {pl.Categorical: pl.String}


class Parts:
    """Which part each contact and each customer is in. A customer's contacts are in one part."""

    def __init__(self, customers: pl.DataFrame) -> None:
        """Args: customers: contact_id, customer_key of the whole log."""
        self.count = 1 + customers.height // PART
        self._of = customers.select("contact_id", _part=self._key())

    def _key(self) -> pl.Expr:
        return (pl.col("customer_key").hash(0) % self.count).cast(pl.UInt16)

    def by_contact(self, table: pl.DataFrame) -> pl.DataFrame:
        """A table by contact_id with the part of each row; null: the contact is nobody's."""
        return table.join(self._of, on="contact_id", how="left", maintain_order="left")

    def by_customer(self, table: pl.DataFrame) -> pl.DataFrame:
        """A table by customer_key with the part of each row."""
        return table.with_columns(_part=self._key())

    def taken(self, tables: Sequence[pl.DataFrame], part: int) -> list[pl.DataFrame]:
        """The rows of one part of tables that know their parts, with text where there were codes."""
        return [table.filter(pl.col("_part") == part).drop("_part").cast(_BACK) for table in tables]  # type: ignore[arg-type]


def coded(root: Path, row: type[Row], columns: Sequence[str], few: Collection[str] = FEW_VALUES) -> pl.DataFrame:
    """Some columns of a table, those of few values as codes."""
    return store.read_coded(root, row, columns, few)
