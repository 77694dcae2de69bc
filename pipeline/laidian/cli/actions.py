"""Commands of the action register: what came of the actions, its workbook out and back in."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from laidian import steps, store, workspace
from laidian.cli.shell import HERE, Json, Workspace, app, out, print_json, writing

actions = typer.Typer(help="The register of actions (整改登记): what came of each.", no_args_is_help=True)
app.add_typer(actions, name="actions")


@actions.command(name="show")
def actions_show(root: Workspace = HERE, as_json: Json = False) -> None:
    """What came of every action by the log's last complete day, against issues without one."""
    workspace.load(root)
    found = steps.actions_told(root)
    if as_json:
        print_json(found)
        return
    if not found:
        out.print("no action is registered; write the workbook with: laidian actions sheet")
        return
    table = Table(title="actions and what came of them", title_justify="left")
    for name in ("issue and action", "starts", "before", "after", "change", "verdict", "power"):
        words = name in ("issue and action", "verdict")
        table.add_column(name, justify="left" if words else "right", overflow="fold", no_wrap=name == "starts")
    for row in found:
        change = "-" if row["change"] is None else f"{row['change']:+.0%} ({row['low']:+.0%} to {row['high']:+.0%})"
        sides = [_rate(row[f"followed_{side}"], row[f"cases_{side}"]) for side in ("before", "after")]
        power = "-" if row["power"] is None else f"{row['power']:.0%}"
        name = f"{row['issue_name']}: {row['what']}"
        table.add_row(name, str(row["starts"]), *sides, change, row["verdict"].replace("_", " "), power)
    out.print(table)


def _rate(k: int, n: int) -> str:
    return f"{k / n:.1%} of {n}" if n else "-"


@actions.command(name="sheet")
def actions_sheet(
    root: Workspace = HERE,
    top: Annotated[int, typer.Option(min=1, max=1000, help="unresolved issues without an action to list")] = 30,
    as_json: Json = False,
) -> None:
    """Write the register as a workbook to be filled in, with the cut that each issue's cases could show."""
    with writing(root):
        found = steps.write_register(root, top)
    if as_json:
        print_json(found)
        return
    out.print(f"{found.actions} actions, {found.issues} issues without one, {found.from_day} to {found.to_day}")
    out.print(found.file, markup=False)


@actions.command(name="import")
def actions_import(file: Annotated[Path, typer.Argument(metavar="F")], root: Workspace = HERE, as_json: Json = False) -> None:
    """Take the filled-in workbook in; a row left as it was changes nothing, an emptied action is withdrawn."""
    with writing(root):
        found = steps.import_register(root, file)
        store.build_views(root)
    if as_json:
        print_json(found)
        return
    out.print(f"registered or changed: {found.made}; withdrawn: {found.withdrawn}; the register holds {found.actions}")
    for line, why in found.refused:
        out.print(f"  line {line} not taken: {why}", markup=False)
