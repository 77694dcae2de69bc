"""Commands that make a workspace and read files into it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from laidian import ingest, steps, store, workspace
from laidian.cli.shell import HERE, Json, Workspace, app, out, print_json
from laidian.errors import InputError

SHOWN = 5  # reasons for rejected rows, the commonest; all of them stand in rejected/


@app.command()
def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="an empty or new folder")]) -> None:
    """Make a workspace with a commented laidian.toml."""
    made = workspace.create(folder)
    out.print(f"{'made' if made else 'there already:'} {folder / workspace.SETTINGS}", markup=False)


@app.command(name="ingest")
def ingest_(
    root: Workspace = HERE,
    contacts: Annotated[Path | None, typer.Option(help="the contact log")] = None,
    recordings: Annotated[Path | None, typer.Option(metavar="DIR", help="a folder of recordings")] = None,
    surveys: Path | None = None,
    tickets: Path | None = None,
    transcripts: Path | None = None,
    cues: Annotated[Path | None, typer.Option(help="cues found by another system")] = None,
    audits: Path | None = None,
    labels: Path | None = None,
    events: Path | None = None,
    check: Annotated[bool, typer.Option("--check", help="show the mapping and the first 5 rows; write nothing")] = False,
    as_json: Json = False,
) -> None:
    """Read contact logs, surveys, tickets, transcripts and recordings; reading the same file again changes nothing."""
    kinds: dict[ingest.Kind, Path | None] = {
        "contacts": contacts, "surveys": surveys, "tickets": tickets, "transcripts": transcripts, "cues": cues, "audits": audits,
        "labels": labels, "events": events,
    }  # fmt: skip
    given = [(kind, path) for kind, path in kinds.items() if path is not None]
    if not given and recordings is None:
        raise InputError("laidian ingest", "no file named", "one option or more", "see: laidian ingest --help")
    settings = workspace.load(root)
    if check:
        previews = [ingest.preview(kind, path, settings) for kind, path in given]
        if as_json:
            print_json(previews)
            return
        for preview in previews:
            _show_preview(preview)
        return
    with workspace.locked(root):
        taken = [steps.take(root, kind, path) for kind, path in given]
        account = steps.add_recordings(root, recordings) if recordings else None
        store.build_views(root)
    if as_json:
        print_json({"files": taken, "recordings": account})
    else:
        _show(taken, account)
    for one in taken:
        if one.rows and one.rejected == one.rows:
            do = f"see rejected/{one.file}.jsonl, and: laidian ingest --{one.kind} F --check"
            raise InputError(f"laidian ingest --{one.kind}", f"all {one.rows} rows rejected", "a row that can be used", do)


def _show(taken: list["steps.Taken"], account: "steps.Reconciliation | None") -> None:
    for one in taken:
        show_taken(one)
    if account:
        out.print(
            f"recordings: {account.matched} matched, {account.missing} named in the log but missing, "
            f"{account.contacts_without_audio} answered calls without audio, "
            f"{account.audio_without_contact} files without a contact, {account.refused} rejected"
        )
        _show_reasons(account.reasons)


def show_taken(one: "steps.Taken") -> None:
    """What was read of one file, and why rows were refused."""
    open_ = f", {one.left_open} left open" if one.left_open else ""
    days = f", days {one.days[0]} to {one.days[-1]}" if one.days else ""
    out.print(
        f"{one.kind}: {one.rows} rows read, {one.new} new, {one.duplicates} duplicates, {one.rejected} rejected{open_}{days}"
    )
    for column, meant in one.unknown_columns.items():
        line = f'{ingest.quoted(column)} = "{meant}"'
        hint = f"; did you mean {meant}? Then add under [columns.{one.kind}] in laidian.toml: {line}" if meant else ""
        out.print(f"  column {column} is not used{hint}", markup=False)
    if one.unnamed_codes:
        shown = "、".join(f"{code} ({rows})" for code, rows in one.unnamed_codes[:SHOWN])
        more = f" and {len(one.unnamed_codes) - SHOWN} more" if len(one.unnamed_codes) > SHOWN else ""
        told = sum(rows for _, rows in one.unnamed_codes)
        out.print(
            f"  {told} rows have a wrap-up code that names no call reason: {shown}{more}; where nothing was heard they have no "
            "reason then, and figures of «the same reason» leave them out. Name them under [values.contacts.wrap_code] in "
            'laidian.toml, as "code" = "name of a reason in models/taxonomy"',
            markup=False,
        )
    if one.duplicates:
        out.print("  a duplicate repeats the key of another row of the file; such rows are taken once")
    _show_reasons(one.reasons)
    if one.rejected:
        out.print(f"  the rejected rows: rejected/{one.file}.jsonl in the workspace", markup=False)


def _show_reasons(reasons: tuple[tuple[str, int, int | None], ...]) -> None:
    for reason, rows, first_line in reasons[:SHOWN]:
        first = f" (the first is line {first_line})" if first_line is not None else ""
        out.print(f"  rejected, {rows} x {reason}{first}", markup=False)
    if len(reasons) > SHOWN:
        out.print(f"  and for {len(reasons) - SHOWN} other reasons")


def _show_preview(preview: ingest.Preview) -> None:
    table = Table(title=f"{preview.kind}: columns", title_justify="left")
    table.add_column("in the file")
    table.add_column("laidian's")
    for found, name in preview.mapping:
        hint = f"not used; did you mean {preview.suggestions[found]}?" if found in preview.suggestions else "not used"
        table.add_row(found, name or hint)
    for name in preview.missing:
        table.add_row("MISSING", name)
    out.print(table)
    for number, row in enumerate(preview.rows, start=1):
        out.print(f"row {number}: " + "  ".join(f"{name}={value}" for name, value in row.items() if value), markup=False)
    for line, reason in preview.rejected:
        out.print(f"line {line} would be refused: {reason}", markup=False)
