"""The register's workbook, out and back in; what came of each action, for a reader."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from laidian import actions, ingest, notes, store, workspace
from laidian.calendar import Period
from laidian.errors import InputError
from laidian.report.meeting import VERDICTS
from laidian.steps.acting import acted, begun_since, registered
from laidian.steps.guard import stage
from laidian.steps.naming import taxonomy
from laidian.steps.ranking import ranked


@stage
def actions_told(root: Path) -> list[dict[str, Any]]:
    """What came of every action by the log's last complete day, with the issue's name."""
    name = taxonomy(root).name
    return [{**row, "issue_name": name(row["issue"])} for row in acted(root, _as_of(root)).iter_rows(named=True)]


@dataclass(frozen=True, slots=True)
class RegisterWritten:
    """The workbook: where, how many registered actions and issues without one it lists, over which days (inclusive)."""

    file: str
    actions: int
    issues: int
    from_day: date
    to_day: date


@stage
def write_register(root: Path, top: int) -> RegisterWritten:
    """Writes the register's workbook: the actions, and the first `top` of the unresolved list that have none yet.

    Raises:
        InputError: no complete day.
    """
    policy, as_of = workspace.load(root).issues, _as_of(root)
    watched_to = as_of - timedelta(policy.window_days)
    period = (watched_to - timedelta(policy.action_days - 1), watched_to)
    told = acted(root, as_of)
    known, _ = registered(root)
    places = _places(root, period, as_of, top)
    free = [issue for issue in places if issue not in {a.issue for a in known}]
    begun = begun_since(root, period[0] - timedelta(policy.action_days), as_of)
    seen = actions.foreseen(dict.fromkeys((*free, *(a.issue for a in known))), known, begun, watched_to, policy)
    effect = {(row["issue"], row["starts"]): row for row in told.iter_rows(named=True)}
    name = taxonomy(root).name

    def row(issue: str, action: actions.Action | None) -> actions.Row:
        about, came = seen[issue], effect.get((issue, action.starts), {}) if action else {}
        rate = about.followed / about.cases if about.cases else None
        return actions.Row(
            issue, name(issue), name(issue.rpartition(".")[0]), places.get(issue), about.cases, rate, about.detectable, action,
            VERDICTS[came["verdict"]] if came else "", came.get("change"), came.get("low"), came.get("high"),
        )  # fmt: skip

    rows = [*(row(a.issue, a) for a in known), *(row(issue, None) for issue in free)]
    path = root / "actions" / "register.xlsx"
    with store.replacing(path) as aside:
        aside.write_bytes(actions.workbook(rows, period))
    return RegisterWritten(str(path), len(known), len(free), *period)


def _places(root: Path, period: Period, as_of: date, top: int) -> dict[str, int]:
    lines = ranked(root, period, as_of, top=top).filter(pl.col("ranking") == "unresolved").sort("rank")
    return dict(lines.select("issue", "rank").iter_rows())


def _as_of(root: Path) -> date:
    days = notes.complete_days(root)
    if not days:
        raise InputError("laidian actions", "no complete day", "a log that was run", "run: laidian run --from D --to D")
    return days[-1]


@dataclass(frozen=True, slots=True)
class RegisterTaken:
    """What a filled-in workbook changed: actions registered or changed, and withdrawn; `actions`: how many there are now.

    `refused`: rows that could not be used: line of the sheet, why.
    """

    made: int
    withdrawn: int
    refused: tuple[tuple[int, str], ...]
    actions: int


@stage
def import_register(root: Path, path: Path, now: datetime | None = None) -> RegisterTaken:
    """Takes a filled-in workbook in; reading it again changes nothing. Each decision is kept with who and when.

    Args:
        root: the workspace.
        path: the workbook, or the same columns as CSV.
        now: wall time of the workspace's zone.

    Raises:
        InputError: the file is no such workbook.
    """
    at = now or datetime.now(ZoneInfo(workspace.load(root).timezone)).replace(tzinfo=None)  # two imports a second are two
    found, refused = actions.decided(_rows(path), registered(root)[0])
    labels = [label for place, one in enumerate(found) for label in _labels(one, at + timedelta(microseconds=place))]
    notes.add_labels(root, labels)
    made = sum(one.made is not None for one in found)
    return RegisterTaken(made, len(found) - made, refused, len(registered(root)[0]))


def _rows(path: Path) -> list[actions.Filled]:
    sheet = ingest.read_rows(path)
    lacking = [name for name in actions.COLUMNS if name not in sheet.columns]
    if lacking:
        what = f"no column {'、'.join(lacking)}"
        raise InputError(str(path), what, "the workbook that laidian actions sheet writes", "fill that one in")
    place = {field: sheet.columns.index(name) for name, field in actions.COLUMNS.items()}
    return [
        actions.Filled(record.line, **{field: _text(record.cells[at]) for field, at in place.items()})
        for record in sheet.records
        if not record.fault
    ]


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()


def _labels(one: actions.Decision, at: datetime) -> Iterable[ingest.Label]:
    given: dict[str, str] = {}
    if one.withdrawn:
        given["withdrawn"] = str(one.withdrawn)
    if one.made:
        given |= {"action": one.made.what, "starts": str(one.made.starts)}
        given |= {"owner": one.made.owner} if one.made.owner else {}
        given |= {"target": f"{100 * one.made.target:g}%"} if one.made.target is not None else {}
    return [ingest.Label(None, None, one.issue, field, value, one.by or None, at) for field, value in given.items()]
