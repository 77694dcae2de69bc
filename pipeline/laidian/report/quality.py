"""What is wrong with the data behind a report: faulty recordings, refused rows, what is left out, what does not reconcile."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from laidian.report.figures import Dictionary
from laidian.report.words import FAULTS, masked_name

Counts = tuple[tuple[str, int], ...]
"""Words -> how many, the most first."""


_NAMES = {"contact_id": pl.String}


@dataclass(frozen=True, slots=True)
class FaultyRecording:
    """A recording with at least one fault or remark, in words."""

    contact_id: str
    day: date | None
    recording: str
    faults: tuple[str, ...]
    duration_s: float | None


@dataclass(frozen=True, slots=True)
class Quality:
    """Recordings of the period's contacts, and what is counted nowhere else in the report; all reasons in words."""

    recordings_heard: int
    faulty: tuple[FaultyRecording, ...]
    fault_counts: Counts
    rejected: Counts
    unreconciled: Counts
    excluded: Counts


def quality_of(
    contacts: pl.DataFrame,
    owner: Mapping[str, str],
    recordings: pl.DataFrame,
    rejected: pl.DataFrame,
    unreconciled: Mapping[str, int],
    words: Dictionary,
) -> Quality:
    """The quality of a period's data.

    Args:
        contacts: `Contact` rows of the period.
        owner: every name a contact goes by (its own, those of the calls merged into it) -> contact_id; of the whole log.
        recordings: `Recording`, at least of the period.
        rejected: `Rejected`.
        unreconciled: reason in words -> how many contacts or recordings.
        words: what the codes mean.
    """
    mine = set(contacts["contact_id"])
    called = pl.DataFrame({"contact_id": sorted(name for name, contact in owner.items() if contact in mine)}, schema=_NAMES)
    heard = recordings.join(called, on="contact_id", how="semi")
    faulty = _faulty(heard, contacts, owner)
    outside = contacts.filter(~pl.col("in_population"))["excluded"].fill_null("out_of_population")
    return Quality(
        heard.height,
        faulty,
        _count(fault for recording in faulty for fault in recording.faults),
        _count(_refusal(*row) for row in rejected.select("kind", "reason").iter_rows()),
        _largest_first({why: n for why, n in unreconciled.items() if n}),
        _count(words.exclusion(why) for why in outside),
    )


def _faulty(heard: pl.DataFrame, contacts: pl.DataFrame, owner: Mapping[str, str]) -> tuple[FaultyRecording, ...]:
    day_of = dict(contacts.select("contact_id", "day").iter_rows())
    rows = heard.filter(pl.col("faults").list.len() > 0).sort("contact_id", "recording_no")
    return tuple(
        FaultyRecording(
            row["contact_id"], day_of.get(owner.get(row["contact_id"], "")), masked_name(row["path"]),
            tuple(FAULTS.get(f, f) for f in row["faults"]), row["duration_s"],
        )
        for row in rows.iter_rows(named=True)
    )  # fmt: skip


def _largest_first(counts: Mapping[str, int]) -> Counts:
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _count(words: Iterable[str]) -> Counts:
    return _largest_first(Counter(words))


def _refusal(kind: str, reason: str) -> str:
    return f"{'录音' if kind == 'recording' else '数据行'}：{reason}"
