"""One function a stage: read tables, call the pure function, check, publish. The order of a night stands in flows/nightly.py.

Day stages work on one business day, log-wide stages on the whole lake. Every step is safe to repeat and to interrupt: what
it publishes replaces what was there, whole or not at all.

A step is imported when it is first asked for: all of them together take 3 s of CPU, which a command that needs one, and the
recogniser's process, would spend before they begin.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names as HOMES, for whoever reads types
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from laidian.steps.audits import AuditDraw, AuditIntake, draw_audit, drawn_contacts, import_audit
    from laidian.steps.calling import CallBacks, call_backs
    from laidian.steps.hearing import assemble, batches, hear, load_engine
    from laidian.steps.intake import Reconciliation, Taken, add_recordings, take
    from laidian.steps.ledger import close_run, days_between, open_run
    from laidian.steps.log import group, link
    from laidian.steps.measuring import AuditPlan, audit_plan, contacts_behind, figures
    from laidian.steps.reporting import report
    from laidian.steps.rule_changes import KindChange, RulesDiff, rules_diff
    from laidian.steps.tag_lines import TagAccount, tag_file
    from laidian.steps.tagging import find_cues, tag_reasons
    from laidian.steps.transcribing import Written, transcribe_files

    DAY_STAGES: tuple[Callable[[Path, date], None], ...]
    LOG_STAGES: tuple[Callable[[Path], None], ...]

STAGES = {"DAY_STAGES": ("assemble", "find_cues", "tag_reasons"), "LOG_STAGES": ("group", "link")}  # in the order of a night
HOMES = {
    "audits": ("AuditDraw", "AuditIntake", "draw_audit", "drawn_contacts", "import_audit"),
    "calling": ("CallBacks", "call_backs"),
    "measuring": ("AuditPlan", "audit_plan", "contacts_behind", "figures"),
    "hearing": ("assemble", "batches", "hear", "load_engine"),
    "intake": ("Reconciliation", "Taken", "add_recordings", "take"),
    "ledger": ("close_run", "days_between", "open_run"),
    "log": ("group", "link"),
    "reporting": ("report",),
    "rule_changes": ("KindChange", "RulesDiff", "rules_diff"),
    "tag_lines": ("TagAccount", "tag_file"),
    "tagging": ("find_cues", "tag_reasons"),
    "transcribing": ("Written", "transcribe_files"),
}
_HOME = {name: home for home, names in HOMES.items() for name in names}

__all__ = [
    "DAY_STAGES", "LOG_STAGES", "AuditDraw", "AuditIntake", "AuditPlan", "CallBacks", "KindChange", "Reconciliation",
    "RulesDiff", "TagAccount", "Taken",
    "Written", "add_recordings", "assemble", "audit_plan", "batches", "call_backs", "close_run", "contacts_behind",
    "days_between", "draw_audit", "drawn_contacts", "figures", "find_cues", "group", "hear", "import_audit", "link",
    "load_engine", "open_run", "report", "rules_diff", "tag_file", "tag_reasons", "take", "transcribe_files",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Asked for what is not there yet. No step may be called as a module here: the module would be found in its place."""
    if name in STAGES:
        return tuple(__getattr__(step) for step in STAGES[name])
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
