"""Commands of the operator: the nightly job, its report, the demo."""

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from laidian import steps, workspace
from laidian.cli.shell import HERE, Day, Json, Month, Week, Workspace, app, as_period, as_span, err, out, print_json, writing


@app.command()
def run(
    root: Workspace = HERE,
    day: Day = None,
    from_: Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD")] = None,
    to: Day = None,
    as_json: Json = False,
) -> None:
    """The nightly job for those business days; safe to repeat, to interrupt, to run twice at once."""
    first, last = as_period(day, from_, to)
    files = night(root, first, last)
    print_json({"from": first, "to": last, "files": files}) if as_json else out.print("\n".join(files), markup=False)


def night(root: Path, first: date, last: date) -> list[str]:
    """Runs the Prefect flow over the days; the report's files. Progress goes to stderr."""
    settings = workspace.load(root)
    root = root.resolve()
    from laidian import prefect_env  # late: Prefect costs seconds that other commands need not pay

    # Locked before Prefect's ten seconds, so that a second run learns it at once and never starts a server of its own.
    with workspace.locked(root), prefect_env.server(root, settings.flow.api_url):
        from laidian.flows.nightly import nightly

        return nightly(day=first, to_day=last, workspace=str(root), heard=_progress())


def _progress() -> Callable[[int, int, float], None]:
    """A line after each recording on a terminal, one a minute elsewhere: audio seconds per second, time left."""
    began = last = time.monotonic()
    total, fresh, told = 0.0, 0, 0
    every = 1.0 if err.is_terminal else 60.0

    def heard(done: int, of: int, seconds: float) -> None:
        nonlocal total, fresh, told, last
        total += seconds
        fresh += seconds > 0  # the others were heard by an earlier run
        now = time.monotonic()
        if done > told and (done == of or (fresh >= 5 and now - last >= every)):  # the first few say nothing of the rest
            told, last = done, now
            left = (now - began) / max(fresh, 1) * (of - done)
            speed = total / max(now - began, 1e-9)
            err.print(f"heard {done}/{of} recordings, {total:.0f} s of audio at {speed:.1f}x real time, about {left:.0f} s left")

    return heard


@app.command()
def report(
    root: Workspace = HERE,
    day: Day = None,
    week: Week = None,
    month: Month = None,
    from_: Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD")] = None,
    to: Day = None,
    as_json: Json = False,
) -> None:
    """HTML and XLSX of a day, week, month or span of days that have been run."""
    first, last = as_span(day, week, month, from_, to)
    with writing(root):
        files = steps.report(root, first, last)
    print_json({"from": first, "to": last, "files": files}) if as_json else out.print("\n".join(files), markup=False)


@app.command()
def demo(
    root: Annotated[Path | None, typer.Option("--workspace", "-w", help="a folder for the demo")] = None,
    log: Annotated[bool, typer.Option("--log", help="a simulated contact log without audio, and an audit of it")] = False,
    as_json: Json = False,
) -> None:
    """The main job on the bundled sample calls, and a check of what was found against their truth."""
    from laidian import demo as calls
    from laidian import demo_log

    def say(line: str) -> None:
        err.print(line, markup=False)

    if log:
        on_log = demo_log.run(root or Path("laidian-demo-log"), night, say)
        print_json(on_log) if as_json else out.print(demo_log.text(on_log), markup=False)
        return
    result = calls.run(root or Path("laidian-demo"), night, say)
    if as_json:
        print_json(result)
    else:
        out.print(calls.text(result), markup=False)
