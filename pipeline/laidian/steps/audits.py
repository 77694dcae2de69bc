"""Drawing contacts for the audit, and taking its answers in."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from laidian import audit, contacts, notes, store, workspace
from laidian.calendar import Period
from laidian.errors import InputError
from laidian.steps.guard import stage
from laidian.steps.intake import Taken, take
from laidian.steps.log import by_contact, now_in
from laidian.tables import Contact, Customer, Leg, Promise, Reason, Utterance

RULE = "in the population (fcr_method.md), of the days named, as contacts were grouped on as_of"


@dataclass(frozen=True, slots=True)
class AuditDraw:
    """What was drawn and where its workbooks are; `plan`: what more audits would buy."""

    draw: notes.Draw
    files: list[str]
    plan: list[audit.Expected]
    hours: float


@stage
def draw_audit(root: Path, n: int, seed: int, period: Period | None) -> AuditDraw:
    """Draws n contacts at random, records the draw and writes a workbook for each auditor.

    Args:
        root: the workspace.
        n: contacts to draw.
        seed: the same seed on the same log draws the same contacts.
        period: first and last business day; None: from the log's first day to the last that can be judged already.

    Raises:
        InputError: no day can be judged yet, or there are fewer contacts.
    """
    settings = workspace.load(root).audit
    merged, complete = store.read(root, Contact), notes.complete_days(root)
    if not complete or merged.is_empty():
        raise InputError("laidian audit draw", "no complete day", "a log that was run", "run: laidian run --from D --to D")
    from_day, to_day = period or (complete[0], complete[-1] - timedelta(settings.wait_days))
    drawn = audit.draw(merged.filter(pl.col("day").is_between(from_day, to_day)), n, seed, settings)
    found = notes.Draw(
        0, from_day, to_day, complete[-1], seed, n, len(drawn.frame), drawn.probability, RULE,
        datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip
    chosen = list(drawn.contacts.iter_rows())
    draw_id = notes.add_draw(root, found, drawn.frame, chosen)
    files = [
        _write(root, [c for c, _ in chosen], f"audit-{draw_id}-first", {}),
        _write(root, [c for c, twice in chosen if twice], f"audit-{draw_id}-second", {}),
    ]
    recorded = notes.draws(root)[-1]
    return AuditDraw(recorded, files, audit.expected(len(drawn.frame), settings), audit.hours(n, settings))


def drawn_contacts(root: Path, logged: pl.Series) -> list[str]:
    """Those of the log's contact_ids that the latest draw asks about, whatever call of the contact they name."""
    latest = notes.draws(root)[-1].draw_id
    merged = store.read(root, Contact)
    wanted = frames(root, merged).filter((pl.col("draw_id") == latest) & pl.col("drawn")).select("contact_id")
    owner = contacts.contact_of(store.read(root, Leg, columns=("call_id", "contact_id")), merged).filter(
        pl.col("logged_id").is_in(logged.implode())
    )
    asked = owner.join(wanted, on="contact_id", how="semi").unique("contact_id", keep="first", maintain_order=True)
    return asked["logged_id"].to_list()


def _write(root: Path, drawn: list[str], name: str, said: dict[str, str]) -> str:
    merged = store.read(root, Contact)
    rows = audit.lines(
        drawn, merged, store.read(root, Customer), store.read(root, Reason), by_contact(root, Utterance, merged),
        store.read(root, Promise), said,
    )  # fmt: skip
    path = root / "audits" / f"{name}.xlsx"
    with store.replacing(path) as aside:
        aside.write_bytes(audit.workbook(rows, name))
    return str(path)


@dataclass(frozen=True, slots=True)
class AuditIntake:
    """What an audit file came to; `disputed`: judged apart and not adjudicated yet; `adjudicate`: their workbook."""

    taken: Taken
    audited: int
    twice: int
    disputed: int
    unknown: int
    adjudicate: str | None


@stage
def import_audit(root: Path, path: Path) -> AuditIntake:
    """Takes answers in; writes the workbook of those that two auditors judged apart, if there are any.

    Raises:
        InputError, SettingsError: the file as a whole cannot be used.
    """
    taken = take(root, "audits", path)
    strange = {column: meant for column, meant in taken.unknown_columns.items() if column not in audit.SHOWN}
    taken = replace(taken, unknown_columns=strange)
    merged = store.read(root, Contact)
    told = answers(root, merged)
    found, apart = audit.verdicts(told), dict(audit.disputed(told).iter_rows())
    written = _write(root, sorted(apart), "audit-adjudicate", apart) if apart else None
    return AuditIntake(
        taken, found.height, found.filter(pl.col("answers") > 1).height, len(apart),
        found.filter(pl.col("resolved") == "unknown").height, written,
    )  # fmt: skip


def answers(root: Path, merged: pl.DataFrame) -> pl.DataFrame:
    """Every answer under the contact that its leg belongs to now, with the draw that contact came from (null: none)."""
    told = pl.DataFrame(
        [(a.contact_id, a.auditor or "", a.is_first, a.resolved, a.method, a.audited_at) for a in notes.audit_answers(root)],
        schema={"contact_id": pl.String, "auditor": pl.String, "is_first": pl.String, "resolved": pl.String,
                "method": pl.String, "audited_at": pl.Datetime("us")}, orient="row",
    )  # fmt: skip
    drawn = frames(root, merged).filter("drawn").group_by("contact_id").agg(pl.col("draw_id").max())
    return now_in(root, told, merged).unique(["contact_id", "auditor"], keep="first", maintain_order=True).join(
        drawn, on="contact_id", how="left", maintain_order="left"
    )  # fmt: skip


def frames(root: Path, merged: pl.DataFrame) -> pl.DataFrame:
    """The frames of all draws, by the contacts of now: contact_id, draw_id, drawn."""
    rows = pl.DataFrame(
        notes.frames(root), schema={"contact_id": pl.String, "draw_id": pl.Int64, "drawn": pl.Boolean}, orient="row"
    )
    return now_in(root, rows, merged)


def last_day(root: Path, default: date) -> date:
    """The last complete day of the log, or the default while there is none."""
    return max([default, *notes.complete_days(root)])
