"""Commands of the analysts who label: what to label next, their decisions in, and learning from them."""

from pathlib import Path
from typing import Annotated

import typer

from laidian import steps
from laidian.cli.intake import show_taken
from laidian.cli.shell import HERE, Day, Json, Workspace, app, as_period, out, print_json, writing

labels = typer.Typer(help="Analysts' decisions: draw what to decide on, take them in.", no_args_is_help=True)
app.add_typer(labels, name="labels")


@labels.command(name="draw")
def labels_draw(
    n: Annotated[int, typer.Option("--n", min=1, max=5000, help="contacts to label")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="the same seed on the same log draws the same contacts")] = 1,
    root: Workspace = HERE,
    from_: Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD")] = None,
    to: Day = None,
    as_json: Json = False,
) -> None:
    """Write a workbook of contacts to label: those that teach most, and some drawn at random; default: of the last 90 days."""
    period = as_period(None, from_, to) if from_ or to else None
    with writing(root):
        found = steps.draw_labels(root, n, seed, period)
    if as_json:
        print_json(found)
        return
    out.print(
        f"draw {found.draw_id}: {found.random} contacts at random and {found.uncertain} uncertain ones of {found.population} "
        f"with words, {found.from_day} to {found.to_day}; fill in the column value, then: laidian labels import"
    )
    out.print(found.file, markup=False)


@labels.command(name="issues")
def labels_issues(root: Workspace = HERE, as_json: Json = False) -> None:
    """Write the workbook in which the issues that were found are accepted, renamed or merged."""
    with writing(root):
        found = steps.issue_book(root)
    if as_json:
        print_json(found)
        return
    out.print(f"{found.found} issues were found, {found.open} of them not decided on yet")
    out.print(found.file, markup=False)


@labels.command(name="import")
def labels_import(file: Annotated[Path, typer.Argument(metavar="F")], root: Workspace = HERE, as_json: Json = False) -> None:
    """Take labels in: contact_id or case_id or issue_id, field, value, by, at."""
    with writing(root):
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
    for about, why in found.odd:
        out.print(f"  {about}: {why}", markup=False)
    if found.stale:
        out.print(f"{found.stale} days were tagged by the call reasons of before; to tag them again: laidian rules retag")
    for why in found.unusable:
        out.print(f"  action not followed: {why}; expected starts as YYYY-MM-DD or YYYY/M/D, target as 10%", markup=False)


@app.command()
def train(root: Workspace = HERE, as_json: Json = False) -> None:
    """Learn call reasons from the analysts' labels; what was learned is used from then on only if it is surely better."""
    with writing(root):
        found = steps.train(root)
    if as_json:
        print_json(found)
        return
    c = found.comparison
    aside = ", ".join([f"{found.silent} without a customer's words"] * bool(found.silent)
                      + [f"{found.odd} labels name no reason"] * bool(found.odd))  # fmt: skip
    out.print(f"labels: {c.contacts} contacts of {c.customers} customers, {c.reasons} reasons{f' ({aside})' if aside else ''}")
    out.print(
        f"macro-F1, no customer learned from: champion {c.champion.macro_f1:.3f}, challenger {c.challenger.macro_f1:.3f}, "
        f"difference {c.challenger.macro_f1 - c.champion.macro_f1:+.3f} [{c.low:+.3f}, {c.high:+.3f}]"
    )
    if c.over_mix:
        out.print(f"over the same labels dealt at random: [{c.over_mix[0]:+.3f}, {c.over_mix[1]:+.3f}]")
    out.print(f"right: champion {c.champion.accuracy:.1%}, challenger {c.challenger.accuracy:.1%}")
    if c.random:
        out.print(
            f"of the {c.random_contacts} drawn at random right: champion {c.random[0].accuracy:.1%}, "
            f"challenger {c.random[1].accuracy:.1%}"
        )
    out.print(
        f"no known reason (general.other): {c.other[0]} labelled so; of {c.other_told[0]} that the champion calls so "
        f"{c.other[1]} are, of {c.other_told[1]} that the challenger calls so {c.other[2]}"
    )
    for level in c.calibration:
        span = f"{level.low:.0%} to {level.high:.0%}: {level.contacts} contacts"
        out.print(f"  chance {span}, says {level.said:.0%}, right {level.right:.0%}")
    out.print(f"verdict: {c.why}")
    if found.stale:
        out.print(f"{len(found.stale)} days were tagged otherwise; to tag them again: laidian rules retag")
