"""The nightly job in data order. Prefect only: a task is one batch of recordings or one stage; no decision about data here.

Parameters are days, counts and paths: never a customer's words, name or number.
"""

import itertools
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from laidian import steps
from laidian.workspace import locked
from prefect import flow, get_run_logger, task
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.blocks.core import Block


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
        heard: told after each recording and each batch: recordings done, recordings in all, seconds of audio heard since it was
            told last; None: nobody watches.

    Returns:
        The paths of the report's files.
    """
    root = Path(workspace)
    from_day = _day(day) or date.today() - timedelta(days=1)
    until = _day(to_day) or from_day
    with locked(root):
        run_id = steps.open_run(root, from_day, until)
        days = steps.days_between(from_day, until)
        _hear_all(root, steps.batches(root, days), heard)
        for one in days:
            for stage in steps.DAY_STAGES:
                _task(stage, f"{stage.__name__} {one}")(root, one)
        for log_stage in steps.LOG_STAGES:
            _task(log_stage, log_stage.__name__)(root)
        files: list[str] = _task(steps.report, f"report {from_day} to {until}")(root, from_day, until)
        steps.close_run(root, run_id, from_day, until, files)
        _notify(root, from_day, until)
    return files


def _notify(root: Path, from_day: date, until: date) -> None:
    """Tells the notification block that laidian.toml names, if any, of the period's jumps: names and counts of issues only.

    Prefect keeps the block (`prefect block register`, or its web page) and sends the mail or calls the webhook. A block that
    cannot be reached fails no night: the report holds the jumps as well.
    """
    block, text = steps.jump_message(root, from_day, until)
    if block is None or text is None:
        return
    try:
        told: Any = Block.load(block)
        with told.raise_on_failure():  # otherwise most blocks keep it to themselves that nothing was sent
            told.notify(body=text, subject="laidian: 突增提醒")
    except Exception as failed:  # noqa: BLE001 - whatever a mail server or a webhook may raise
        get_run_logger().warning("the notification block could not be used: %s", type(failed).__name__)


def _hear_all(root: Path, work: list[steps.Batch], heard: Callable[[int, int, float], None] | None) -> None:
    progress = create_progress_artifact(progress=0.0, description="recordings heard")
    done, of = 0, sum(batch.size for batch in work)
    for batch in work:
        one = _watched(heard, done, of)
        _task(one, f"hear {batch.days[0]} to {batch.days[-1]} batch {batch.number}", retries=1)(root, batch)
        done += batch.size
        update_progress_artifact(progress, 100.0 * done / of)  # type: ignore[arg-type]
        if heard:
            heard(done, of, 0.0)


def _watched(heard: Callable[[int, int, float], None] | None, done: int, of: int) -> Callable[[Path, steps.Batch], float]:
    """Hearing one batch, after `done` recordings of all; whoever watches is told recording by recording."""

    def hear(root: Path, batch: steps.Batch) -> float:
        count = itertools.count(done + 1)
        return steps.hear(root, batch, (lambda seconds: heard(next(count), of, seconds)) if heard else None)

    return hear


def _task(step: Callable[..., Any], name: str, retries: int = 0) -> Callable[..., Any]:
    """A step as a Prefect task; retried only where the machine, not the data, may be the reason."""
    made: Callable[..., Any] = task(name=step.__name__, task_run_name=name, retries=retries, persist_result=False)(step)
    return made


def _day(given: date | str | None) -> date | None:
    return date.fromisoformat(given) if isinstance(given, str) else given
