"""Procedures (服务流程): the steps an agent's desktop must show for a call reason, and which of them a contact lacks.

One TOML file a trade in `models/procedures/`, or a folder of one's own. Only contacts are checked whose reason has a procedure
and of which the desktop wrote at least one event: no event at all is a gap in the log, not eleven steps skipped.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import polars as pl

from laidian.entry import Entry, unique
from laidian.errors import SettingsError
from laidian.tables import StepCheck, check, from_rows


@dataclass(frozen=True, slots=True)
class Procedure:
    """The required steps of one call reason in order: step id -> Chinese name. Desktop events name either."""

    reason: str
    steps: Mapping[str, str]


def load_procedures(folder: Traversable | Path | None = None) -> dict[str, Procedure]:
    """The procedures of all `*.toml` files of a folder by reason; None = the bundled ones.

    Raises:
        SettingsError: no TOML, an unknown, missing or empty field, a reason or a step twice. The message names file and entry.
    """
    place = files("laidian.models").joinpath("procedures") if folder is None else folder
    if not place.is_dir():
        raise SettingsError(str(place), "no such folder", "a folder with one *.toml file a trade", "correct procedures.folder")
    found = [p for f in sorted(place.iterdir(), key=lambda f: f.name) if f.name.endswith(".toml") for p in _read(f)]
    unique("procedures", [p.reason for p in found], "reason")
    return {p.reason: p for p in found}


def _read(file: Traversable) -> list[Procedure]:
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
        raise SettingsError(file.name, str(bad), "TOML in UTF-8", "correct that line") from None
    top = Entry(file.name, "file", raw)
    made = [_procedure(entry) for entry in top.tables("procedures")]
    top.finish()
    return made


def _procedure(entry: Entry) -> Procedure:
    reason, steps = entry.text("reason"), entry.tables("steps")
    if not steps:
        entry.wrong("no steps", "at least one required step")
    named = [(step.text("id"), step.text("name")) for step in steps]
    for step in steps:
        step.finish()
    entry.finish()
    unique(f"procedures [{reason}]", [word for pair in named for word in set(pair)], "step")
    return Procedure(reason, dict(named))


def step_checks(events: pl.DataFrame, reasons: pl.DataFrame, procedures: Mapping[str, Procedure]) -> pl.DataFrame:
    """`StepCheck` rows, by contact_id.

    Args:
        events: `Event`, by the contact_ids of `reasons`; equal times keep the procedure's order.
        reasons: `Reason`; the primary one decides the procedure.
        procedures: by reason.
    """
    main = reasons.filter(pl.col("primary") & pl.col("reason").is_in(list(procedures))).select("contact_id", "reason")
    first = events.group_by("contact_id", "step").agg(pl.col("at").min())
    told = first.join(main, on="contact_id").sort("contact_id", "at", "step").group_by("contact_id", maintain_order=True)
    rows = [
        _checked(contact_id, reason[0], dict(zip(steps, times, strict=True)), procedures)
        for contact_id, reason, steps, times in told.agg("reason", "step", "at").iter_rows()
    ]
    return check(from_rows(rows, StepCheck), StepCheck)


def _checked(contact_id: str, reason: str, seen: Mapping[str, object], procedures: Mapping[str, Procedure]) -> StepCheck:
    """Missing: no event of it. Misplaced: done, but after a step that must follow it had already been done."""
    steps = procedures[reason].steps
    times = [min((t for t in (seen.get(step), seen.get(name)) if t is not None), default=None) for step, name in steps.items()]  # type: ignore[type-var]
    done = [(step, at) for step, at in zip(steps, times, strict=True) if at is not None]
    misplaced = [step for k, (step, at) in enumerate(done) if any(later < at for _, later in done[k + 1 :])]  # type: ignore[operator]
    missing = [step for step, at in zip(steps, times, strict=True) if at is None]
    return StepCheck(contact_id, reason, len(steps), missing, misplaced)


def summary(checks: pl.DataFrame, links: pl.DataFrame, procedures: Mapping[str, Procedure]) -> pl.DataFrame:
    """One row a reason and required step, in the procedure's order: `reason`, `step` (name), `checked`, `missing`, `misplaced`,
    and how many came back in their case among those that lack it and those that have it (`missing_back`, `done_back`).
    """
    back = links.filter("repeat").select(contact_id="earlier_contact_id", back=True).unique()
    known = checks.join(back, on="contact_id", how="left").with_columns(pl.col("back").fill_null(False))
    rows = []
    for reason, procedure in sorted(procedures.items()):
        own = known.filter(pl.col("reason") == reason)
        for step, name in procedure.steps.items() if own.height else ():
            lacks = own["missing"].list.contains(step)
            late = int(own["misplaced"].list.contains(step).sum())
            came = (int((lacks & own["back"]).sum()), int((~lacks & own["back"]).sum()))
            rows.append((reason, name, own.height, int(lacks.sum()), late, *came))
    columns = {"reason": pl.String, "step": pl.String} | dict.fromkeys(
        ("checked", "missing", "misplaced", "missing_back", "done_back"), pl.Int64
    )
    return pl.DataFrame(rows, schema=columns, orient="row")
