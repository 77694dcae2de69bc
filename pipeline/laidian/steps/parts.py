"""The log in parts of some customers each: what hangs on one customer's contacts alone is made a part at a time, on all cores."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from laidian import store, workers
from laidian.tables import Row, beside

PART = 120_000
"""Contacts that stand in memory at a time with all that is known of them, about: those of one part for each worker."""

FEW_VALUES = frozenset({
    "medium", "direction", "status", "customer_type", "caller_relation", "hotline", "region", "agent_id", "last_agent_id", "team",
    "queue", "wrap_code", "end_reason", "excluded", "reason", "issue", "source", "kind", "speaker",
})  # fmt: skip
"""Columns of few values, which stand as codes while the whole log is in memory."""

_BACK = {pl.Categorical: pl.String}


@dataclass(frozen=True, slots=True)
class Cut:
    """A table, and where the rows of part n stand in it: from `begins[n]` to `begins[n + 1]` of `order`."""

    table: pl.DataFrame
    order: pl.Series
    begins: Sequence[int]

    def taken(self, part: int) -> pl.DataFrame:
        """The rows of one part, in the table's order, with text where there were codes."""
        begin, end = self.begins[part], self.begins[part + 1]
        return self.table[self.order[begin:end]].cast(_BACK)  # type: ignore[arg-type]


class Parts:
    """Which part each contact and each customer is in. A customer's contacts are in one part."""

    def __init__(self, customers: pl.DataFrame) -> None:
        """Args: customers: contact_id, customer_key of the whole log."""
        self.count = 1 + customers.height * workers.WORKERS // PART
        self._of = customers.select("contact_id", _part=self._key())

    def _key(self) -> pl.Expr:
        return (pl.col("customer_key").hash(0) % self.count).cast(pl.UInt16)

    def by_contact(self, table: pl.DataFrame) -> Cut:
        """A table by contact_id in parts; rows of contacts that are nobody's are in none."""
        ids = table.select("contact_id")
        if ids["contact_id"].equals(self._of["contact_id"]):  # tables of all contacts come in one order
            return self._cut(table, self._of["_part"])
        return self._cut(table, beside(ids, self._of)["_part"])

    def by_customer(self, table: pl.DataFrame) -> Cut:
        """A table by customer_key in parts."""
        return self._cut(table, table.select(self._key()).to_series())

    def _cut(self, table: pl.DataFrame, part: pl.Series) -> Cut:
        number = part.fill_null(self.count).to_numpy()
        counts = np.bincount(number, minlength=self.count)[: self.count]
        order = np.argsort(number, kind="stable").astype(np.uint32)  # of numbers so short it is a count, not a comparison
        return Cut(table, pl.Series(order), [0, *np.cumsum(counts).tolist()])


def coded(root: Path, row: type[Row], columns: Sequence[str], few: Collection[str] = FEW_VALUES) -> pl.DataFrame:
    """Some columns of a table, those of few values as codes."""
    return store.read_coded(root, row, columns, few)
