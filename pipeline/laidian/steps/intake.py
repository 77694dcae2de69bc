"""A file of the user's -> the lake, the vault and the notes. Reading the same file again changes nothing."""

import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from laidian import ingest, notes, reasons, redact, store, vault, workspace
from laidian.errors import InputError
from laidian.ingest import Ingested, Kind
from laidian.steps import naming
from laidian.steps.guard import stage
from laidian.steps.hearing import reconciled
from laidian.tables import Event, ForeignCue, Identifier, Leg, Rejected, Row, Survey, Ticket, Turn, from_rows

SNAPSHOTS: tuple[type[Row], ...] = (Survey, Ticket, ForeignCue, Event)


@dataclass(frozen=True, slots=True)
class Taken:
    """The account of one file: rows read = taken + duplicates + rejected. `new`: rows that the lake did not hold before.

    `reasons`: why rows were rejected, the commonest first: reason, rows, line of the first (null: no line of its own).
    `unnamed_codes`: wrap-up codes that name no call reason, with their rows, most first. `left_open`: rows of a workbook of
    labels in which nobody decided; they are no rows read.
    """

    file: str
    kind: str
    rows: int
    new: int
    duplicates: int
    rejected: int
    reasons: tuple[tuple[str, int, int | None], ...]
    unknown_columns: dict[str, str | None]
    days: tuple[date, ...]
    unnamed_codes: tuple[tuple[str, int], ...]
    left_open: int = 0


@stage
def take(root: Path, kind: Kind, path: Path) -> Taken:
    """Reads one file into the workspace.

    Raises:
        InputError, SettingsError: the file as a whole cannot be used.
    """
    found = ingest.ingest(kind, path, workspace.load(root), vault.secret(root))
    new, covered, refused = 0, set[date](), [found.rejected]
    if Leg in found.tables:
        new, covered = _put_legs(root, found)
    if Turn in found.tables:
        new, covered, strangers = _put_turns(root, found.tables[Turn], path.name)
        refused.append(strangers)
    for row in SNAPSHOTS:
        if row in found.tables:
            new += _upsert(root, row, found.tables[row])
    new += notes.add_audits(root, found.audits) + notes.add_labels(root, found.labels)
    rejected = pl.concat(refused)
    _put_rejected(root, path.name, rejected, found)
    return Taken(
        path.name, kind, found.rows_read, new, found.duplicates, rejected.height, _reasons(rejected), found.unknown_columns,
        tuple(sorted(covered)), _unnamed(root, found.tables[Leg]) if Leg in found.tables else (), found.left_open,
    )  # fmt: skip


def _unnamed(root: Path, legs: pl.DataFrame) -> tuple[tuple[str, int], ...]:
    return tuple(reasons.unnamed_codes(legs["wrap_code"], naming.taxonomy(root)))


def _reasons(rejected: pl.DataFrame) -> tuple[tuple[str, int, int | None], ...]:
    counted = rejected.group_by("reason").agg(rows=pl.len(), line=pl.col("line").min())
    return tuple(counted.sort("rows", "line", "reason", descending=[True, False, False], nulls_last=True).iter_rows())


def _put_legs(root: Path, found: Ingested) -> tuple[int, set[date]]:
    """Legs and their identifiers by business day; a leg that comes again replaces the older one, on whatever day that lay."""
    legs = found.tables[Leg].with_columns(day=pl.col("started_at").dt.date())
    identifiers = found.tables[Identifier].join(legs.select("call_id", "leg_no", "day"), on=["call_id", "leg_no"])
    covered, before = set(legs["day"].unique()), store.read(root, Leg).height
    for row, table in ((Identifier, identifiers), (Leg, legs)):
        for day in sorted(covered | set(store.days(root, row))):
            old = store.read(root, row, [day])
            kept = old.join(table, on=row.KEY, how="anti")
            if day in covered or kept.height < old.height:
                store.publish(root, pl.concat([kept, table.filter(pl.col("day") == day).drop("day")]), row, day)
    return store.read(root, Leg).height - before, covered


def _put_turns(root: Path, turns: pl.DataFrame, file: str) -> tuple[int, set[date], pl.DataFrame]:
    """Turns on the day of their contact; those of a contact that the log does not hold are refused."""
    legs = (
        store.read(root, Leg)
        .select("contact_id", day=pl.col("started_at").dt.date())
        .unique("contact_id", keep="first", maintain_order=True)
    )
    known, new = turns.join(legs, on="contact_id"), 0
    covered = set(known["day"].unique())
    for day in sorted(covered):
        table = known.filter(pl.col("day") == day).drop("day")
        old = store.read(root, Turn, [day])
        kept = old.join(table, on="contact_id", how="anti")
        store.publish(root, pl.concat([kept, table]), Turn, day)
        new += kept.height + table.height - old.height
    strangers = sorted(turns.join(legs, on="contact_id", how="anti")["contact_id"].unique())
    reason = "its contact is not in the contact log; ingest the contacts first"
    return new, covered, from_rows([Rejected(file, None, "row", contact, reason) for contact in strangers], Rejected)


def _upsert(root: Path, row: type[Row], table: pl.DataFrame) -> int:
    old = store.read(root, row)
    kept = old.join(table, on=row.KEY, how="anti")
    store.publish(root, pl.concat([kept, table]), row)
    return kept.height + table.height - old.height


def _put_rejected(root: Path, file: str, rejected: pl.DataFrame, found: Ingested) -> None:
    """The reasons into the lake; the rows themselves, as the file has them, into `rejected/` for the operator's eyes only."""
    kept = store.read(root, Rejected).filter((pl.col("kind") == "recording") | (pl.col("source") != file))
    store.publish(root, pl.concat([kept, rejected]).unique(Rejected.KEY, maintain_order=True), Rejected)
    beside = root / "rejected" / f"{file}.jsonl"
    if not found.raw_rejected:
        beside.unlink(missing_ok=True)
        return
    with (
        store.replacing(beside) as aside,
        os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as out,
    ):
        out.writelines(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in found.raw_rejected)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """话单–录音对账 over the whole log: counts of recordings matched, contacts without one, files without a contact.

    `refused`: recordings that cannot be used, by their name alone; `reasons` as in `Taken`.
    """

    matched: int
    missing: int
    contacts_without_audio: int
    audio_without_contact: int
    refused: int
    reasons: tuple[tuple[str, int, int | None], ...]


@stage
def add_recordings(root: Path, folder: Path) -> Reconciliation:
    """Remembers a folder of recordings for the nights to come and reconciles the log with it.

    Raises:
        InputError: the folder does not exist.
    """
    if not folder.is_dir():
        raise InputError(str(folder), "no such folder", "a folder of recordings", "correct --recordings")
    notes.add_recording_folder(root, folder)
    return reconciliation(root, date.min, date.max)


def reconciliation(root: Path, from_day: date, to_day: date) -> Reconciliation:
    """The account of the days from `from_day` to `to_day`; files without a contact are those that no day of the log knows.

    Recordings that cannot be used by their name alone, of whatever day, join the rejected rows; those that were mended leave.
    """
    found, _ = reconciled(root, None, workspace.load(root))
    refused = found.rejected.with_columns(pl.col("source").map_elements(redact.redact, return_dtype=pl.String))
    kept = store.read(root, Rejected).filter((pl.col("kind") == "row") | pl.col("contact_id").is_not_null())
    store.publish(root, pl.concat([kept, refused]).unique(Rejected.KEY, maintain_order=True), Rejected)
    legs = store.read(root, Leg)
    inside = legs.filter(pl.col("started_at").dt.date().is_between(from_day, to_day)).select("call_id", "leg_no")
    matches = found.matches.join(inside, on=["call_id", "leg_no"], how="semi")
    silent = found.contacts_without_audio.join(inside, on="call_id", how="semi")
    return Reconciliation(
        matched=matches.filter(~pl.col("missing")).height,
        missing=matches.filter(pl.col("missing")).height,
        contacts_without_audio=silent.height,
        audio_without_contact=len(found.audio_without_contact),
        refused=found.rejected.height,
        reasons=_reasons(found.rejected),
    )
