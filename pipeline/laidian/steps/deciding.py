"""Analysts' decisions as they hold now: of several about one thing the latest."""

from pathlib import Path

import polars as pl

from laidian import notes
from laidian.ingest import Label
from laidian.lexicons import Taxonomy


def decisions(root: Path, field: str) -> pl.DataFrame:
    """The latest decision about each subject: about (contact, case, issue), subject (its id), value, by, at; sorted.

    A contact's id is the one that was labelled: the decision follows that leg, into whatever contact it is merged now
    (`steps.log.now_in`).
    """
    latest = {_subject(label): label for label in notes.labels(root, field)}
    rows = [(*subject, x.value, x.by, x.at) for subject, x in sorted(latest.items())]
    texts = {name: pl.String() for name in ("about", "subject", "value", "by")}
    return pl.DataFrame(rows, schema={**texts, "at": pl.Datetime("us")}, orient="row")


def _subject(label: Label) -> tuple[str, str]:
    if label.contact_id:
        return "contact", label.contact_id
    return ("case", label.case_id) if label.case_id else ("issue", label.issue_id or "")


def meant(value: str, taxonomy: Taxonomy) -> str | None:
    """The reason or issue that an analyst wrote: its id, its name, or both as the drop-down shows them; None = neither.

    A name that several trades use is nobody's: it takes the id to tell them apart.
    """
    first = value.strip().split(" ")[0]
    if first in taxonomy.reasons or first in taxonomy.issues:
        return first
    for known in (taxonomy.reasons, taxonomy.issues):
        named = [id_ for id_, entry in known.items() if value.strip() in (entry.name, entry.name_en)]
        if named:
            return named[0] if len(named) == 1 else None
    return None
