"""The register of actions: as labels make it, and what a filled-in workbook changes of it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

T = TypeVar("T")

FIELDS = ("action", "owner", "starts", "target", "withdrawn")
"""Fields of the labels that the register is made from. `withdrawn`: the start of an action that is none any more."""


@dataclass(frozen=True, slots=True)
class Action:
    """One line of the register. `target`: the rate to be reached (null: none named). `by`: who registered it."""

    issue: str
    what: str
    owner: str
    starts: date
    target: float | None
    by: str


_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?!\d)|(\d{4})(\d{2})(\d{2})(?!\d)")

Line = tuple[str, str, str, str, str]
"""issue, field, value, by, at: one label."""


def register(labels: Iterable[Line]) -> tuple[tuple[Action, ...], tuple[str, ...]]:
    """The actions that labels make, by start and issue; and the issues of those that cannot be used, with why.

    Labels of one issue, person and time are one decision: `action` (what is done), `starts` (see `_day`), `owner`, `target` (see
    `_share`), `withdrawn`. A later action of the same start replaces the earlier, one that can be used makes good one that
    could not, and a start that is withdrawn is none any more unless it is registered again.
    """
    grouped: dict[tuple[str, str, str], dict[str, str]] = {}
    for issue, field, value, by, at in labels:
        grouped.setdefault((issue, at, by), {})[field] = value.strip()
    made: dict[tuple[date, str], Action] = {}
    wrong: dict[str, str] = {}
    for (issue, _, by), given in sorted(grouped.items()):
        try:
            if "withdrawn" in given:
                made.pop((_day(given["withdrawn"]), issue), None)
            if "action" not in given:
                continue
            starts = _day(given["starts"])
            target = _share(given["target"]) if given.get("target") else None
        except KeyError:
            wrong[issue] = f"{issue}: no starts"
        except ValueError:
            wrong[issue] = f"{issue}: starts or target cannot be read"
        else:
            made[starts, issue] = Action(issue, given["action"], given.get("owner", ""), starts, target, by)
            wrong.pop(issue, None)
    return tuple(made[key] for key in sorted(made)), tuple(wrong.values())


def _day(text: str) -> date:
    """A day as people write it: 2025-04-03, 2025/4/3, 2025.4.3, 2025年4月3日, 20250403; a time after it does not matter."""
    if found := _DAY.match(text):
        return date(*(int(part) for part in found.groups() if part))
    raise ValueError(text)


def _share(text: str) -> float:
    """0.2, 20%, 20 (no share is above one, so it can only be meant as a percentage)."""
    number = float(text.rstrip("%％"))
    share = number / 100 if text[-1] in "%％" or number > 1 else number
    if not 0 <= share <= 1:
        raise ValueError(text)
    return share


@dataclass(frozen=True, slots=True)
class Filled:
    """One row of a workbook that came back, in the cells' own words, "" = empty. `since`: the start it was registered with."""

    line: int
    issue: str
    what: str
    owner: str
    starts: str
    target: str
    by: str
    since: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What one row changes: an action to register, a start to withdraw, or both (an action that begins on another day)."""

    issue: str
    by: str
    made: Action | None
    withdrawn: date | None


def decided(rows: Iterable[Filled], known: Sequence[Action]) -> tuple[tuple[Decision, ...], tuple[tuple[int, str], ...]]:
    """What the rows change of the known actions, in their order; and the rows that cannot be used: line, why.

    A row as it was given out changes nothing. One whose action was emptied withdraws it.
    """
    held: Mapping[tuple[str, date], Action] = {(a.issue, a.starts): a for a in known}
    decisions, refused = [], []
    for row in rows:
        try:
            found = _decision(row, held)
        except ValueError as why:
            refused.append((row.line, str(why)))
        else:
            decisions += [found] if found else []
    return tuple(decisions), tuple(refused)


def _decision(row: Filled, held: Mapping[tuple[str, date], Action]) -> Decision | None:
    since = _read(_day, row.since, "the registered start", "the workbook's own column, untouched") if row.since else None
    if not row.what:
        if since and (row.issue, since) in held:
            return Decision(row.issue, row.by, None, since)
        if row.starts or row.owner or row.target:
            raise ValueError("owner, start or target without an action; expected what is done in 措施")
        return None
    if not row.issue:
        raise ValueError("an action without an issue; expected its id in 编号")
    if not row.starts:
        raise ValueError("an action without a start; expected a day as YYYY-MM-DD in 开始")
    starts = _read(_day, row.starts, "开始", "a day as YYYY-MM-DD")
    target = _read(_share, row.target, "目标", "a share as 10% or 0.1") if row.target else None
    made = Action(row.issue, row.what, row.owner, starts, target, row.by)
    before = held.get((row.issue, starts))
    moved = since if since and since != starts and (row.issue, since) in held else None
    same = before is not None and (before.what, before.owner) == (made.what, made.owner) and _near(before.target, target)
    return None if same and moved is None else Decision(row.issue, row.by, None if same else made, moved)


def _near(one: float | None, other: float | None) -> bool:
    return one == other if one is None or other is None else abs(one - other) < 1e-9


def _read(how: Callable[[str], T], text: str, cell: str, wanted: str) -> T:
    try:
        return how(text)
    except ValueError:
        raise ValueError(f"{cell} cannot be read; expected {wanted}") from None
