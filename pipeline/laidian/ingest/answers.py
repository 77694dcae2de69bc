"""What people decided, as read from a file. These go to the notes of the workspace, not to the lake."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Resolved = Literal["at_hangup", "in_promise", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class AuditAnswer:
    """One person's judgement of one contact (抽检复核). Origin: `laidian ingest --audits`.

    `is_first`: the first contact about its problem. `resolved` is graded; «unknown» is an answer, not a gap. `audited_at`:
    wall time of the workspace's zone. Null = the file does not say.
    """

    contact_id: str
    is_first: Literal["yes", "no"]
    resolved: Resolved
    method: str | None
    auditor: str | None
    audited_at: datetime | None


@dataclass(frozen=True, slots=True)
class Label:
    """One analyst's decision about a contact, a case or an issue: at least one of the three is given.

    Origin: `laidian ingest --labels`. `field` names what was decided (reason, cue, role, same_case_as, accept, merge_into,
    rename, action ...), `value` what was decided. `at`: wall time of the workspace's zone. Null = the file does not say.
    """

    contact_id: str | None
    case_id: str | None
    issue_id: str | None
    field: str
    value: str
    by: str | None
    at: datetime | None
