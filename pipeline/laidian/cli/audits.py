"""Commands of the audit: draw the sample, take its answers in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from laidian import steps, store
from laidian.cli.intake import show_taken
from laidian.cli.shell import HERE, Day, Json, Workspace, app, as_period, out, print_json, writing

if TYPE_CHECKING:
    from laidian.audit import Expected

audit = typer.Typer(help="The random audit sample (抽检复核): draw it, take its answers in.", no_args_is_help=True)
app.add_typer(audit, name="audit")


@audit.command(name="draw")
def audit_draw(
    n: Annotated[int, typer.Option("--n", min=1, help="contacts to draw")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="the same seed on the same log draws the same contacts")],
    root: Workspace = HERE,
    from_: Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD")] = None,
    to: Day = None,
    as_json: Json = False,
) -> None:
    """Draw contacts at random and write a workbook for each auditor; default: all days that can be judged already."""
    period = as_period(None, from_, to) if from_ or to else None
    with writing(root):
        found = steps.draw_audit(root, n, seed, period)
    if as_json:
        print_json(found)
        return
    drawn = found.draw
    out.print(f"draw {drawn.draw_id}: {drawn.drawn} of {drawn.population} contacts, {drawn.from_day} to {drawn.to_day}")
    out.print(f"about {found.hours:.1f} h of auditing; half the interval's width is then to be expected:")
    _show_plan(found.plan)
    out.print("\n".join(found.files), markup=False)


def _show_plan(plan: "list[Expected]") -> None:
    for one in plan:
        out.print(f"  {one.audits:>5} audits: ±{one.half_points} points, {one.hours} h")


@audit.command(name="import")
def audit_import(file: Annotated[Path, typer.Argument(metavar="F")], root: Workspace = HERE, as_json: Json = False) -> None:
    """Take auditors' answers in; what two of them judged apart comes back as a workbook to adjudicate."""
    with writing(root):
        found = steps.import_audit(root, file)
        store.build_views(root)
    plan = steps.audit_plan(root)
    if as_json:
        print_json({"intake": found, "plan": plan})
        return
    show_taken(found.taken)
    out.print(f"audited: {found.audited} contacts, {found.twice} of them twice, {found.unknown} unknown")
    if plan and plan.half_points is not None:
        out.print(f"half the interval's width: ±{plan.half_points} points now, with {plan.audited} audits")
        _show_plan(plan.expected)
    if found.adjudicate:
        out.print(f"judged apart: {found.disputed}; to adjudicate: {found.adjudicate}", markup=False)
