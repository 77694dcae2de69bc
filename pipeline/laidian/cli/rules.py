"""Commands on the rules that analysts edit: what an edit would change, and days tagged again."""

from pathlib import Path
from typing import Annotated

import typer

from laidian import steps, store, workspace
from laidian.cli.shell import HERE, Day, Json, Workspace, app, as_period, out, print_json, writing

rules = typer.Typer(name="rules", help="The rules that analysts edit.", no_args_is_help=True)
app.add_typer(rules)


@rules.command()
def diff(
    folder: Annotated[Path, typer.Argument(metavar="F", help="a folder: edited cue lexicon or taxonomy")],
    root: Workspace = HERE,
    as_json: Json = False,
) -> None:
    """What an edited cue lexicon or taxonomy would change in the last 90 days; nothing is changed."""
    workspace.load(root)
    if steps.is_taxonomy(folder):
        _show_reasons(steps.reasons_diff(root, folder), as_json)
        return
    changed = steps.rules_diff(root, folder)
    if as_json:
        print_json(changed)
        return
    out.print(f"{changed.days} days; contacts with a repeat cue: {changed.contacts_before} now, {changed.contacts_after} then")
    if changed.contradiction:
        out.print(f"an example does not hold, so a night would refuse this lexicon: {changed.contradiction}", markup=False)
    for kind in changed.kinds:
        out.print(f"{kind.kind}: {kind.gained} gained, {kind.lost} lost, {kind.kept} kept")
        for sign, places in (("+", kind.gains), ("-", kind.losses)):
            for place in places[:10]:
                out.print(f"  {sign} {place}", markup=False)


def _show_reasons(found: "steps.ReasonsDiff", as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    out.print(f"{found.days} days, {found.calls} calls with words; {found.changed} would have another reason")
    if found.examples:
        out.print(f"{found.examples} examples of rules with conditions hold")
    for change in found.changes:
        shown = " ".join(change.contact_ids[:10])
        out.print(f"{change.calls} x {change.was} -> {change.becomes}: {shown}", markup=False)


@rules.command()
def retag(
    from_: Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD")] = None,
    to: Day = None,
    root: Workspace = HERE,
    as_json: Json = False,
) -> None:
    """Reads days again with the rules as they are now, from the kept transcripts: nothing is heard again.

    Without days: of every day, the cues if another lexicon found them, the call reasons if another taxonomy or scorer told them.
    """
    period = as_period(None, from_, to) if from_ or to else None
    with writing(root):
        stale = [] if period else steps.retag_stale(root)
        days = steps.retag(root, *period) if period else len(stale)
        store.build_views(root)
    span = period or (min(stale, default=None), max(stale, default=None))
    print_json({"from": span[0], "to": span[1], "days": days}) if as_json else out.print(f"{days} days tagged again")
