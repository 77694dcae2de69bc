"""Commands of the analysts who label: their decisions in."""

from pathlib import Path
from typing import Annotated

import typer

from laidian import steps, workspace
from laidian.cli.intake import show_taken
from laidian.cli.shell import HERE, Json, Workspace, app, out, print_json

labels = typer.Typer(help="Analysts' decisions: take them in.", no_args_is_help=True)
app.add_typer(labels, name="labels")


@labels.command(name="import")
def labels_import(file: Annotated[Path, typer.Argument(metavar="F")], root: Workspace = HERE, as_json: Json = False) -> None:
    """Take labels in: contact_id or case_id or issue_id, field, value, by, at."""
    workspace.load(root)
    with workspace.locked(root):
        found = steps.import_labels(root, file)
    if as_json:
        print_json(found)
        return
    show_taken(found.taken)
    out.print("held: " + (", ".join(f"{count} {field}" for field, count in found.held.items()) or "none"), markup=False)
    if found.strangers:
        out.print(f"{found.strangers} labelled contacts are not in the log yet")
    for value, rows in found.not_understood.items():
        out.print(f"  {rows} x no reason or issue of the taxonomy: {value}", markup=False)
    for why in found.unusable:
        out.print(f"  action not followed: {why}; expected starts as YYYY-MM-DD or YYYY/M/D, target as 10%", markup=False)
