"""Contact logs, surveys, tickets, transcripts and their kin -> tables; rows refused are counted, never lost."""

from laidian.ingest.answers import AuditAnswer, Label
from laidian.ingest.columns import KINDS, Kind, quoted
from laidian.ingest.files import Ingested, ingest
from laidian.ingest.preview import Preview, preview
from laidian.ingest.read import read_rows
from laidian.ingest.recordings import Reconciled, reconcile, whole_name

__all__ = [
    "KINDS",
    "AuditAnswer",
    "Ingested",
    "Kind",
    "Label",
    "Preview",
    "Reconciled",
    "ingest",
    "preview",
    "quoted",
    "read_rows",
    "reconcile",
    "whole_name",
]
