"""Every table of laidian: a frozen row class each, and `check`."""

from laidian.tables.findings import Alert, Cause, FoundIssue, Practice, PracticeUse
from laidian.tables.groups import Operation, Scorecard, StepCheck
from laidian.tables.in_order import among, beside, numbered, repeated, those_in, whole
from laidian.tables.log import Event, ForeignCue, Identifier, Leg, Rejected, Survey, Ticket, Turn
from laidian.tables.ranking import ActionEffect, Issue
from laidian.tables.results import (
    Audit,
    Calibration,
    Case,
    Change,
    Contact,
    CurvePoint,
    Customer,
    KeyChange,
    Link,
    Measure,
    Moved,
    Outcome,
    Promise,
)
from laidian.tables.row import Row, allowed, check, check_after, empty, from_rows, required, schema
from laidian.tables.speech import REPEAT_CUE_KINDS, CallReason, Cue, Reason, Recording, Spoken, Utterance

ROWS: tuple[type[Row], ...] = (
    Leg, Identifier, Turn, Survey, Ticket, ForeignCue, Event, Rejected,
    Recording, Spoken, Utterance, Cue, CallReason, Reason,
    Contact, Moved, Customer, KeyChange, Link, Promise, Case, Outcome, Calibration, Audit, Measure, Change, CurvePoint, Issue,
    ActionEffect, FoundIssue, Cause, Practice, PracticeUse, Alert, Scorecard, Operation, StepCheck,
)  # fmt: skip

__all__ = [
    "REPEAT_CUE_KINDS",
    "ROWS",
    "ActionEffect",
    "Alert",
    "Audit",
    "Calibration",
    "CallReason",
    "Case",
    "Cause",
    "Change",
    "Contact",
    "Cue",
    "CurvePoint",
    "Customer",
    "Event",
    "ForeignCue",
    "FoundIssue",
    "Identifier",
    "Issue",
    "KeyChange",
    "Leg",
    "Link",
    "Measure",
    "Moved",
    "Operation",
    "Outcome",
    "Practice",
    "PracticeUse",
    "Promise",
    "Reason",
    "Recording",
    "Rejected",
    "Row",
    "Scorecard",
    "Spoken",
    "StepCheck",
    "Survey",
    "Ticket",
    "Turn",
    "Utterance",
    "allowed",
    "among",
    "beside",
    "check",
    "check_after",
    "empty",
    "from_rows",
    "numbered",
    "repeated",
    "required",
    "schema",
    "those_in",
    "whole",
]
