"""Commands that print figures and lists."""

from typing import Annotated, Literal

import typer
from rich.table import Table

from laidian import steps, store, workspace
from laidian.cli.shell import HERE, Json, Workspace, app, as_period, out, print_json

Grouping = Literal["agent", "team", "queue", "reason", "customer_type", "day", "answered_survey", "nature"]


@app.command()
def fcr(
    from_: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD")],
    to: Annotated[str, typer.Option(metavar="YYYY-MM-DD")],
    root: Workspace = HERE,
    by: Annotated[Grouping | None, typer.Option(help="one row a group instead of the whole")] = None,
    contacts: Annotated[str | None, typer.Option(metavar="DEFINITION", help="the contact_ids behind a figure instead")] = None,
    as_json: Json = True,
) -> None:
    """Every definition of first-call resolution side by side, as JSON."""
    del as_json  # there is no other output; the option is taken so that scripts may name it
    period = as_period(None, from_, to)
    workspace.load(root)
    if contacts:
        print_json(steps.contacts_behind(root, period, contacts))
    else:
        print_json(steps.figures(root, period, by or "all"))


@app.command()
def callbacks(
    day: Annotated[str, typer.Option(metavar="YYYY-MM-DD")],
    root: Workspace = HERE,
    top: Annotated[int, typer.Option(min=1, help="lines of the list")] = 20,
    as_json: Json = False,
) -> None:
    """Customers of a day who are likely to come back within seven days, and why: to call them before they call."""
    one, _ = as_period(day, None, None)
    workspace.load(root)
    found = steps.call_backs(root, one, top)
    if as_json:
        print_json(found)
        return
    if found.quality is None:
        out.print("the log is too short to learn from: 200 contacts watched for seven days, 20 of them followed, are needed")
        return
    worth = found.quality
    out.print(
        f"Brier score {worth.brier:.4f}, of the plain share {worth.base:.4f}, on the {worth.contacts} latest contacts watched"
    )
    for c in found.contacts:
        due = f", promised by {c.promised_by:%m-%d %H:%M}" if c.promised_by else ""
        said = f"「{'；'.join(c.promised)}」" if c.promised else ""
        out.print(
            f"{c.risk:4.0%}  {c.contact_id}  {c.phone_masked or '-'}  {c.reason}: {'；'.join(c.why)}{said}{due}", markup=False
        )


@app.command()
def rework(
    from_: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD")],
    to: Annotated[str, typer.Option(metavar="YYYY-MM-DD")],
    root: Workspace = HERE,
    as_json: Json = False,
) -> None:
    """Customers who said that they were not helped, to be visited again; what points to the agent and what to the process."""
    period = as_period(None, from_, to)
    workspace.load(root)
    found = steps.rework_list(root, period)
    if as_json:
        print_json(found)
        return
    out.print(f"{len(found)} customers said that they were not helped")
    for row in found:
        evidence = "；".join([*row["evidence_agent"], *row["evidence_process"]]) or "-"
        who = f"{row['contact_id']}  {row['phone_masked'] or '-'}  {row['agent'] or '-'}  {row['reason'] or '-'}"
        out.print(f"{row['cause']:<8} {who}: {evidence}", markup=False)


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="one DuckDB query over the views")], root: Workspace = HERE, as_json: Json = False
) -> None:
    """Query the tables: legs, contacts, utterances, cues, reasons, links, cases, measures, issues ..."""
    workspace.load(root)
    found = store.query(root, query)
    if as_json:
        print_json(found.to_dicts())
        return
    table = Table(*found.columns)
    for row in found.iter_rows():
        table.add_row(*("" if value is None else str(value) for value in row))
    out.print(table)
