"""The nightly job in data order. Prefect only: a task is one batch of recordings or one stage; no decision about data here.

Parameters are days, counts and paths: never a customer's words, name or number.
"""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from laidian import steps
from laidian.workspace import locked
from prefect import flow, task
from prefect.artifacts import create_progress_artifact, update_progress_artifact


@flow(name="laidian-nightly", flow_run_name="nights {day} to {to_day}", validate_parameters=False)
def nightly(
    day: date | None = None,
    to_day: date | None = None,
    workspace: str = "workspace",
    heard: Callable[[int, int, float], None] | None = None,
) -> list[str]:
    """Hears, tags, links, measures and reports the business days from `day` to `to_day` (inclusive).

    Args:
        day: first day; default yesterday, as a schedule wants it.
        to_day: last day; default the first.
        workspace: the workspace's folder.
        heard: told after each batch: batches done, batches in all, seconds of audio heard in this one; None: nobody watches.

    Returns:
        The paths of the report's files.
    """
    root = Path(workspace)
    from_day = _day(day) or date.today() - timedelta(days=1)
    until = _day(to_day) or from_day
    with locked(root):
        run_id = steps.open_run(root, from_day, until)
        days = steps.days_between(from_day, until)
        _hear_all(root, [(one, batch) for one in days for batch in range(steps.batches(root, one))], heard)
        for one in days:
            for stage in steps.DAY_STAGES:
                _task(stage, f"{stage.__name__} {one}")(root, one)
        for log_stage in steps.LOG_STAGES:
            _task(log_stage, log_stage.__name__)(root)
        files: list[str] = _task(steps.report, f"report {from_day} to {until}")(root, from_day, until)
        steps.close_run(root, run_id, from_day, until, files)
    return files


def _hear_all(root: Path, work: list[tuple[date, int]], heard: Callable[[int, int, float], None] | None) -> None:
    progress = create_progress_artifact(progress=0.0, description="batches of recordings heard")
    for done, (one, batch) in enumerate(work, start=1):
        seconds = _task(steps.hear, f"hear {one} batch {batch}", retries=1)(root, one, batch)
        update_progress_artifact(progress, 100.0 * done / len(work))  # type: ignore[arg-type]
        if heard:
            heard(done, len(work), seconds)


def _task(step: Callable[..., Any], name: str, retries: int = 0) -> Callable[..., Any]:
    """A step as a Prefect task; retried only where the machine, not the data, may be the reason."""
    made: Callable[..., Any] = task(name=step.__name__, task_run_name=name, retries=retries, persist_result=False)(step)
    return made


def _day(given: date | str | None) -> date | None:
    return date.fromisoformat(given) if isinstance(given, str) else given
