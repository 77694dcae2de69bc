"""What every command shares: the app, the two consoles, the options, days and periods, JSON, and the way out."""

import dataclasses
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from laidian.errors import LaidianError

if TYPE_CHECKING:  # the calendars cost a command that knows no days 0.1 s
    from laidian.calendar import Period

app = typer.Typer(
    name="laidian", help="Did we solve the customer's problem the first time?", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)  # fmt: skip
out, err = Console(soft_wrap=True, highlight=False), Console(stderr=True, soft_wrap=True, highlight=False)

Workspace = Annotated[Path, typer.Option("--workspace", "-w", envvar="LAIDIAN_WORKSPACE", help="the workspace's folder")]
Json = Annotated[bool, typer.Option("--json", help="machine output on stdout")]

HERE = Path("workspace")
INTERRUPTED = 130
Day = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")]


def main() -> NoReturn:
    """The entry point: an error of ours becomes one line and its exit code."""
    try:
        app(standalone_mode=True)
    except LaidianError as bad:
        err.print(f"laidian: {bad}", style="red", markup=False)
        sys.exit(bad.exit_code)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # typer's own, without a word
            err.print("laidian: interrupted; run the same command again to go on from here", style="red")
        raise
    sys.exit(0)


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """A workspace that a command writes to, nobody else at work on it while the block runs.

    Raises:
        WorkspaceError, SettingsError: it is none, or its laidian.toml cannot be used.
        BusyError: another run or ingest is at work on it.
    """
    from laidian import workspace  # late: the tables' libraries, which commands without a workspace do without

    workspace.load(root)
    with workspace.locked(root):
        yield


def as_day(text: str | None) -> date | None:
    """A day as the user typed it; null stays null."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"found {text!r}; expected a day as YYYY-MM-DD") from None


def as_period(day: str | None, from_: str | None, to: str | None) -> "Period":
    """First and last day, inclusive, of `--day D` or of `--from D --to D`."""
    from laidian import calendar

    one, first, last = as_day(day), as_day(from_), as_day(to)
    if one and not first and not last:
        return calendar.day_period(one)
    if one or not first or not last or last < first:
        raise typer.BadParameter("expected --day D, or --from D --to D with the first not after the second")
    return first, last


Week = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="the week that holds this day")]
Month = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="the month that holds this day")]


def as_span(day: str | None, week: str | None, month: str | None, from_: str | None, to: str | None) -> "Period":
    """First and last day, inclusive, of one of `--day`, `--week`, `--month`, or of `--from D --to D`."""
    if sum(map(bool, (day, week, month, from_ or to))) != 1:
        raise typer.BadParameter("expected one of --day, --week, --month, or --from with --to")
    if week or month:
        from laidian import calendar

        inside = as_day(week or month)
        assert inside is not None
        return calendar.week_period(inside) if week else calendar.month_period(inside)
    return as_period(day, from_, to)


def print_json(data: object) -> None:
    """Machine output on stdout; dataclasses as objects, days and times as ISO 8601."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, default=_plain, indent=1) + "\n")


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
