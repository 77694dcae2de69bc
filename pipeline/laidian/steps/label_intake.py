"""Analysts' decisions come in as a workbook of labels: a row a decision, whatever it is about."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from laidian import notes, store
from laidian.lexicons import Taxonomy
from laidian.reasons.label_book import SHOWN
from laidian.steps import naming
from laidian.steps.acting import registered
from laidian.steps.deciding import decisions, meant
from laidian.steps.guard import stage
from laidian.steps.intake import Taken, take
from laidian.steps.scoring import stale_days
from laidian.tables import FoundIssue, Leg


@dataclass(frozen=True, slots=True)
class LabelIntake:
    """What a file of labels came to: the decisions held now, by field.

    `strangers`: contacts with a label that the log does not hold (they wait for it). `not_understood`: held reason labels whose
    value is no reason or issue of the taxonomy, by value; nothing learns from them. `unusable`: issues whose action has
    no start or one that cannot be read, and why; no report follows them. `odd`: decisions about found issues that cannot be
    followed: the issue, and why. `stale`: days whose reasons were told by a taxonomy that held other decisions.
    """

    taken: Taken
    held: dict[str, int]
    strangers: int
    not_understood: dict[str, int]
    unusable: tuple[str, ...]
    odd: tuple[tuple[str, str], ...]
    stale: int


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
    unknown = Counter(label.value for label in held if label.field == "reason" and meant(label.value, taxonomy) is None)
    return LabelIntake(
        taken, dict(sorted(Counter(x.field for x in held).items())), len(about - logged), dict(unknown), registered(root)[1],
        tuple(_odd(root, taxonomy)), len(stale_days(root)),
    )  # fmt: skip


def _odd(root: Path, taxonomy: Taxonomy) -> Iterator[tuple[str, str]]:
    """The latest decisions about found issues that nothing follows, and why."""
    found = set(store.read(root, FoundIssue)["issue"])
    for field in ("accept", "rename", "merge_into", "words"):
        for subject, value in decisions(root, field).filter(pl.col("about") == "issue").select("subject", "value").iter_rows():
            into = naming.target(value, taxonomy)
            if subject not in found:
                yield subject, f"{field}: no issue of that id was found; expected the issue_id of the workbook"
            elif field == "accept" and naming.accepted(value.strip()) is None:
                yield subject, "accept: neither yes nor no; expected yes or no"
            elif field == "words" and subject not in naming.own_words(root):
                yield subject, "words: none of two characters or more; expected words parted by 、"
            elif field == "merge_into" and into is None:
                yield subject, "merge_into: no issue of that id or name; expected one of the drop-down"
            elif field == "merge_into" and into not in taxonomy.issues:
                yield subject, "merge_into: an issue that nobody has accepted; accept that one first"
