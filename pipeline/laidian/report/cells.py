"""What a sheet of the workbook is made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Share:
    """A share of one, shown as a percentage."""

    value: float


Cell = str | int | float | Share | datetime | date | None
Rows = Iterable[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet, header first.

    `columns`: (title, width in characters). `above`: lines over the header. `frozen`: columns that stay in view. `shaded`:
    columns of shares whose cells are the deeper the larger the share.
    """

    name: str
    columns: tuple[tuple[str, float], ...]
    rows: Rows
    above: tuple[str, ...] = ()
    frozen: int = 0
    shaded: tuple[int, ...] = ()


def share(value: float | None) -> Share | None:
    """A share as a cell; null: empty."""
    return None if value is None else Share(value)
