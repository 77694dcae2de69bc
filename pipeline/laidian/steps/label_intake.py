"""Analysts' decisions come in as a workbook of labels: a row a decision, whatever it is about."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from laidian import lexicons, notes, store
from laidian.ingest import Label
from laidian.steps.acting import registered
from laidian.steps.guard import stage
from laidian.steps.intake import Taken, take
from laidian.tables import Leg


@dataclass(frozen=True, slots=True)
class LabelIntake:
    """What a file of labels came to: the decisions held now, by field.

    `strangers`: contacts with a label that the log does not hold (they wait for it). `not_understood`: held reason labels whose
    value is no reason or issue of the taxonomy, by value; nothing learns from them. `unusable`: issues whose action has
    no start or one that cannot be read, and why; no report follows them.
    """

    taken: Taken
    held: dict[str, int]
    strangers: int
    not_understood: dict[str, int]
    unusable: tuple[str, ...]


@stage
def import_labels(root: Path, path: Path) -> LabelIntake:
    """Takes a file of labels in. Each stays with who decided and when; reading the file again changes nothing.

    Raises:
        InputError, SettingsError: the file as a whole cannot be used.
    """
    taken = take(root, "labels", path)
    held = notes.labels(root)
    logged = set(store.read(root, Leg)["contact_id"])
    about = {label.contact_id for label in held if label.contact_id}
    odd = [label.value for label in held if label.field == "reason" and meant(label.value) is None]
    return LabelIntake(
        taken, dict(sorted(Counter(x.field for x in held).items())), len(about - logged), dict(Counter(odd)), registered(root)[1]
    )


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


def meant(value: str) -> str | None:
    """The reason or issue that an analyst wrote: its id, its name, or both as the drop-down shows them; None = neither.

    A name that several trades use is nobody's: it takes the id to tell them apart.
    """
    taxonomy = lexicons.load_taxonomy()
    first = value.strip().split(" ")[0]
    if first in taxonomy.reasons or first in taxonomy.issues:
        return first
    for known in (taxonomy.reasons, taxonomy.issues):
        named = [id_ for id_, entry in known.items() if value.strip() in (entry.name, entry.name_en)]
        if named:
            return named[0] if len(named) == 1 else None
    return None
