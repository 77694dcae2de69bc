"""Analysts' decisions come in as a workbook of labels: a row a decision, whatever it is about."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from laidian import notes, store
from laidian.reasons.label_book import SHOWN
from laidian.steps import naming
from laidian.steps.acting import registered
from laidian.steps.deciding import meant
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
    strange = {column: hint for column, hint in taken.unknown_columns.items() if column not in SHOWN}
    taken = replace(taken, unknown_columns=strange)
    held = notes.labels(root)
    logged = set(store.read(root, Leg)["contact_id"])
    about = {label.contact_id for label in held if label.contact_id}
    taxonomy = naming.taxonomy(root)
    odd = [label.value for label in held if label.field == "reason" and meant(label.value, taxonomy) is None]
    return LabelIntake(
        taken, dict(sorted(Counter(x.field for x in held).items())), len(about - logged), dict(Counter(odd)), registered(root)[1]
    )
