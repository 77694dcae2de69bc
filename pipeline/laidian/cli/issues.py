"""The command that prints the TOP lists."""

from typing import Annotated, Any, Literal

import typer
from rich.table import Table

from laidian import steps, workspace
from laidian.cli.shell import HERE, Day, Json, Month, Week, Workspace, app, as_span, out, print_json

By = Literal["customer_type", "trade", "queue", "region"]
TITLES = {"common": "常见 common", "unresolved": "未解决 unresolved", "escalated": "升级投诉 escalated"}


@app.command()
def issues(
    root: Workspace = HERE,
    day: Day = None,
    week: Week = None,
    month: Month = None,
    from_: Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD")] = None,
    to: Day = None,
    top: Annotated[int, typer.Option(min=1, max=1000, help="lines of a list")] = 100,
    by: Annotated[By | None, typer.Option(help="lists of each group instead of the whole")] = None,
    as_json: Json = False,
) -> None:
    """What customers come for most, what stays unresolved (by excess burden), what is escalated."""
    period = as_span(day, week, month, from_, to)
    workspace.load(root)
    found = steps.top_lists(root, period, top, by)
    if as_json:
        kept: dict[str, list[dict[str, Any]]] = {name: [row for row in found if row["ranking"] == name] for name in TITLES}
        print_json({"from": period[0], "to": period[1], "by": by or "all", **kept})
        return
    if not found:
        out.print(f"no contact with a reason from {period[0]} to {period[1]}")
    for ranking, title in TITLES.items():
        for group in sorted({row["group"] for row in found if row["ranking"] == ranking}):
            lines = [row for row in found if (row["ranking"], row["group"]) == (ranking, group)]
            out.print(_table(title if by is None else f"{title}: {group}", lines))


def _table(title: str, lines: list[dict[str, Any]]) -> Table:
    table = Table(title=title, title_justify="left")
    for name in ("rank", "95 %", "issue", "contacts", "repeats", "rate", "excess", "cost", "classes"):
        words = name in ("issue", "classes")
        table.add_column(name, justify="left" if words else "right", overflow="fold", min_width=18 if name == "issue" else None,
                         no_wrap=not words)  # fmt: skip
    for row in lines:
        table.add_row(
            str(row["rank"]), f"{row['rank_low']}-{row['rank_high']}", row["issue_name"], str(row["contacts"]),
            str(row["repeats"]), f"{row['repeat_rate']:.1%}", f"{row['excess_contacts']:.1f}", f"{row['burden']:.0f}",
            " ".join(row["classes"] or ()),
        )  # fmt: skip
    return table
