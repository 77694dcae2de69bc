"""Auditors' answers -> one verdict a contact; what they disagree on stays open until somebody adjudicates."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

import polars as pl

from laidian.tables import Audit, from_rows

ADJUDICATED = ("adjudicated", "裁定")
"""The `method` of an answer that settles what two auditors disagreed on."""


class _Answer(NamedTuple):
    contact_id: str
    auditor: str
    is_first: str
    resolved: str
    method: str | None
    audited_at: datetime | None
    draw_id: int | None


def verdicts(answers: pl.DataFrame) -> pl.DataFrame:
    """One row a contact (`Audit`).

    An adjudicated answer holds. Else the most frequent one: of first, the earliest answer breaks a tie; of settled, a tie
    between two ways of being settled is `in_promise`, any other is `unknown`.

    Args:
        answers: contact_id, auditor, is_first (yes, no), resolved, method, audited_at, draw_id; one row a contact and auditor.
    """
    rows = [_Answer(*row) for row in answers.select(_Answer._fields).rows()]
    rows.sort(key=lambda a: (a.contact_id, a.audited_at or datetime.max, a.auditor))
    return from_rows([_verdict(list(group)) for _, group in groupby(rows, key=lambda a: a.contact_id)], Audit)


def _verdict(answers: Sequence[_Answer]) -> Audit:
    final = [a for a in answers if a.method in ADJUDICATED]
    first_hand = [a for a in answers if a.method not in ADJUDICATED] or final
    holds = final[-1] if final else None
    agreed = _agreed(first_hand[0], first_hand[1]) if len(first_hand) > 1 else (None, None, None)
    return Audit(
        answers[0].contact_id,
        max((a.draw_id for a in answers if a.draw_id is not None), default=None),
        (holds.is_first if holds else _first(first_hand)) == "yes",
        holds.resolved if holds else _resolved(first_hand),  # type: ignore[arg-type]
        len(first_hand),
        *agreed,
    )


def _first(answers: Sequence[_Answer]) -> str:
    return Counter(a.is_first for a in answers).most_common(1)[0][0]  # of equals the one met first


def _resolved(answers: Sequence[_Answer]) -> str:
    counts = Counter(a.resolved for a in answers)
    most = max(counts.values())
    top = {grade for grade, n in counts.items() if n == most}
    if len(top) == 1:
        return top.pop()
    return "in_promise" if top <= {"at_hangup", "in_promise"} else "unknown"


def _agreed(one: _Answer, other: _Answer) -> tuple[bool, bool | None, bool | None]:
    if "unknown" in (one.resolved, other.resolved):
        return one.is_first == other.is_first, None, None
    settled = (one.resolved == "no") == (other.resolved == "no")
    return one.is_first == other.is_first, settled, (one.resolved == "at_hangup") == (other.resolved == "at_hangup")


def disputed(answers: pl.DataFrame) -> pl.DataFrame:
    """The contacts that two auditors judged apart and nobody adjudicated: contact_id and what each said, one row a contact."""
    rows = [_Answer(*row) for row in answers.select(_Answer._fields).rows()]
    rows.sort(key=lambda a: (a.contact_id, a.audited_at or datetime.max, a.auditor))
    found: list[dict[str, Any]] = []
    for contact_id, group in groupby(rows, key=lambda a: a.contact_id):
        said = list(group)
        if any(a.method in ADJUDICATED for a in said) or len({(a.is_first, a.resolved) for a in said}) < 2:
            continue
        found.append({"contact_id": contact_id, "said": "；".join(f"{a.auditor}：{a.is_first}/{a.resolved}" for a in said)})
    return pl.DataFrame(found, schema={"contact_id": pl.String, "said": pl.String})
