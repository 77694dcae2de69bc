"""The ledger's side of a night: which days a run covers, and when they are whole."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from laidian import __version__, notes, store
from laidian.steps.guard import stage
from laidian.steps.hearing import engine_identity
from laidian.steps.scoring import scorer_name


def days_between(from_day: date, to_day: date) -> list[date]:
    """The business days from `from_day` to `to_day`, both inclusive; none if the second lies before the first."""
    return [from_day + timedelta(n) for n in range((to_day - from_day).days + 1)]


@stage
def open_run(root: Path, from_day: date, to_day: date) -> int:
    """Opens a run, after sweeping out what a killed one left; its days are incomplete until `close_run`. The run's number.

    Raises:
        ModelError: there are recordings and no recogniser: better now than after an hour.
    """
    engine = engine_identity(root)
    store.sweep(root)
    return notes.start_run(
        root, from_day, to_day, now=_now(), version=__version__, engine=engine, scorer=scorer_name(root)
    )  # fmt: skip


@stage
def close_run(root: Path, run_id: int, from_day: date, to_day: date, reports: list[str]) -> None:
    """Closes a run: its days are complete, and its report's files are known."""
    notes.finish_run(root, run_id, days_between(from_day, to_day), now=_now(), reports="\n".join(reports))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
