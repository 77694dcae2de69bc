"""One function a stage: read tables, call the pure function, check, publish. The order of a night stands in flows/nightly.py.

Day stages work on one business day, log-wide stages on the whole lake. Every step is safe to repeat and to interrupt: what
it publishes replaces what was there, whole or not at all.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from laidian.steps.audits import AuditDraw, AuditIntake, draw_audit, drawn_contacts, import_audit
from laidian.steps.calling import CallBacks, call_backs
from laidian.steps.figures import AuditPlan, audit_plan, contacts_behind, figures
from laidian.steps.hearing import assemble, batches, hear, load_engine
from laidian.steps.intake import Reconciliation, Taken, add_recordings, take
from laidian.steps.label_intake import LabelIntake, decisions, import_labels
from laidian.steps.ledger import close_run, days_between, open_run
from laidian.steps.log import group, link
from laidian.steps.outcomes import outcomes
from laidian.steps.ranking import top_lists
from laidian.steps.reporting import report
from laidian.steps.rules_diff import KindChange, RulesDiff, rules_diff
from laidian.steps.tag_file import TagAccount, tag_file
from laidian.steps.tagging import find_cues, tag_reasons
from laidian.steps.transcribing import Written, transcribe_files

DAY_STAGES: tuple[Callable[[Path, date], None], ...] = (assemble, find_cues, tag_reasons)
LOG_STAGES: tuple[Callable[[Path], None], ...] = (group, link, outcomes)

__all__ = [
    "DAY_STAGES",
    "LOG_STAGES",
    "AuditDraw",
    "AuditIntake",
    "AuditPlan",
    "CallBacks",
    "KindChange",
    "LabelIntake",
    "Reconciliation",
    "RulesDiff",
    "TagAccount",
    "Taken",
    "Written",
    "add_recordings",
    "assemble",
    "audit_plan",
    "batches",
    "call_backs",
    "close_run",
    "contacts_behind",
    "days_between",
    "decisions",
    "draw_audit",
    "drawn_contacts",
    "figures",
    "find_cues",
    "group",
    "hear",
    "import_audit",
    "import_labels",
    "link",
    "load_engine",
    "open_run",
    "outcomes",
    "report",
    "rules_diff",
    "tag_file",
    "tag_reasons",
    "take",
    "top_lists",
    "transcribe_files",
]
