"""The register of actions -> what came of each."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl

from laidian import actions, issues, notes, store, workspace
from laidian.tables import ActionEffect, Case, Contact, Customer, Link, Reason, empty


def registered(root: Path) -> tuple[tuple[actions.Action, ...], tuple[str, ...]]:
    """The actions in the notes, and those that cannot be used, with why."""
    lines = [
        (label.issue_id, label.field, label.value, label.by or "", str(label.at or ""))
        for field in actions.FIELDS
        for label in notes.labels(root, field)
        if label.issue_id
    ]
    return actions.register(lines)


def acted(root: Path, as_of: date) -> pl.DataFrame:
    """What came of every action by that day, as `ActionEffect` rows; published for analysts' queries."""
    known, _ = registered(root)
    table = empty(ActionEffect)
    if known:
        policy = workspace.load(root).issues
        since = min(a.starts for a in known) - timedelta(policy.action_days)
        table = actions.effects(known, begun_since(root, since, as_of), as_of - timedelta(policy.window_days), policy)
    store.publish(root, table, ActionEffect)
    return table


def begun_since(root: Path, since: date, as_of: date) -> pl.DataFrame:
    """The cases begun since that day and watched by `as_of`, as `issues.begun` makes them."""
    return issues.begun(
        store.read(root, Contact), store.read(root, Customer), store.read(root, Link), store.read(root, Case),
        store.read(root, Reason), since, as_of, workspace.load(root).issues.window_days,
    )  # fmt: skip
