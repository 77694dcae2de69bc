"""Customer keys that stay the same from night to night, and what became of those that did not."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

import numpy as np
import polars as pl

from laidian.pseudonym import keyed_hash, keyed_hashes
from laidian.tables import KeyChange, beside, from_rows

KeyKind = Literal["customer", "case"]


def customer_keys(
    grouped: pl.DataFrame, contacts: pl.DataFrame, legs: pl.DataFrame, secret: bytes, before: pl.DataFrame | None = None
) -> pl.DataFrame:
    """contact_id, customer_key: the keyed hash of the group's earliest leg, in the order of `grouped`.

    Legs that came late, earlier than all that was known of a customer, do not change a key: the earliest leg is looked for
    among the contacts of the night before if there are any, and if that contact had the key of a later leg of the same group,
    it keeps it. Every key is the hash of a leg of its group, so no two groups have one key.

    Args:
        grouped: contact_id, group.
        contacts: `Contact`.
        legs: `Leg`.
        secret: the workspace's key.
        before: `Customer` of the night before.
    """
    old = pl.DataFrame(schema={"contact_id": pl.String, "customer_key": pl.String}) if before is None else before
    old = old.select("contact_id", old_key="customer_key")
    group, code = np.unique(grouped["group"].to_numpy(), return_inverse=True)
    known = beside(beside(grouped.select("contact_id"), contacts.select("contact_id", "started_at")), old)
    rows = known.with_columns(group=pl.Series(code))
    first = _first_leg(_starting(rows, len(group)), contacts, legs)
    named = first.select(pl.format("{}/{}", "call_id", "leg_no")).to_series()
    first = first.with_columns(customer_key=pl.Series(keyed_hashes(secret, "leg", named), dtype=pl.String))
    doubtful = first.filter(pl.col("old_key") != pl.col("customer_key"))
    kept = _kept(doubtful, rows.join(doubtful.select("group"), on="group", how="semi"), contacts, legs, secret)
    first = first.join(kept, on="group", how="left").sort("group")
    keys = first.select(pl.coalesce("kept", "customer_key")).to_series()  # a group has a leg, so its place is its code
    return grouped.select("contact_id", customer_key=keys.gather(code))


def _starting(rows: pl.DataFrame, groups: int) -> pl.DataFrame:
    """The contacts that start a group: the earliest of those known before, else of all."""
    group, start = rows["group"].to_numpy(), rows["started_at"].dt.timestamp("us").to_numpy()
    late = rows["old_key"].is_null().to_numpy()
    anew = np.ones(groups, np.bool_)
    anew[group[~late]] = False
    counts = late == anew[group]
    earliest = np.full(groups, np.iinfo(np.int64).max)
    np.minimum.at(earliest, group[counts], start[counts])
    return rows.filter(pl.Series(counts & (start == earliest[group])))


def _first_leg(starting: pl.DataFrame, contacts: pl.DataFrame, legs: pl.DataFrame) -> pl.DataFrame:
    """A row a group: its earliest leg. A contact starts when its earliest leg does, so only few need to be looked up."""
    calls = starting.join(contacts.select("contact_id", call_id="call_ids"), on="contact_id").explode("call_id")
    found = calls.join(legs.select("call_id", "leg_no", "started_at"), on=["call_id", "started_at"])
    return found.sort("group", "call_id", "leg_no").unique("group", keep="first", maintain_order=True)


def _kept(doubtful: pl.DataFrame, rows: pl.DataFrame, contacts: pl.DataFrame, legs: pl.DataFrame, secret: bytes) -> pl.DataFrame:
    """group, kept: the old keys that are the hash of some leg of the group. Few groups get here."""
    calls = rows.join(contacts.select("contact_id", call_id="call_ids"), on="contact_id").explode("call_id")
    members = calls.join(doubtful.select("group", wanted="old_key"), on="group")
    said = members.join(legs.select("call_id", "leg_no"), on="call_id").select("group", "wanted", "call_id", "leg_no")
    found = {g: key for g, key, call, leg in said.iter_rows() if keyed_hash(secret, "leg", f"{call}/{leg}") == key}
    return pl.DataFrame({"group": list(found), "kept": list(found.values())}, schema={"group": pl.Int64, "kept": pl.String})


def key_changes(before: pl.DataFrame, after: pl.DataFrame, day: date, kind: KeyKind = "customer") -> pl.DataFrame:
    """What became of the keys of the night before (`KeyChange`): a row for each other key its contacts have now.

    A key whose contacts all went to one other key was merged into it; else its contacts were split. `why`: the identifiers
    that join the moved contacts now (merged), or that joined them before and do so no longer (split).

    Args:
        before: `Customer` of the night before.
        after: `Customer` of tonight.
        day: the last day of tonight's log.
        kind: whose keys they are; those of cases stand in `customer_key` as well.
    """
    names = ("contact_id", "customer_key")
    moved = beside(before.select(names), after.select("contact_id", customer_key_now="customer_key"), how="inner")
    other = moved.filter(pl.col("customer_key") != pl.col("customer_key_now"))
    homes = moved.join(other.select("customer_key").unique(), on="customer_key", how="semi")
    for said, named in ((before, "basis"), (after, "basis_now")):  # few: most keys are what they were
        other = other.join(said.select("contact_id", pl.col("basis").alias(named)), on="contact_id")
    kept = dict(homes.group_by("customer_key").agg(pl.col("customer_key_now").n_unique()).iter_rows())
    told = other.group_by("customer_key", "customer_key_now").agg(
        pl.len(),
        pl.col("basis").explode(empty_as_null=False).unique().sort().alias("basis"),
        pl.col("basis_now").explode(empty_as_null=False).unique().sort().alias("basis_now"),
    )
    return from_rows((_change(row, kept, day, kind) for row in told.iter_rows(named=True)), KeyChange).sort(KeyChange.KEY)


def _change(row: Mapping[str, object], kept: Mapping[str, int], day: date, kind: KeyKind) -> KeyChange:
    merged = kept[str(row["customer_key"])] == 1
    lists = [list(map(str, row[name])) for name in ("basis", "basis_now")]  # type: ignore[call-overload]
    why = lists[1] if merged else sorted(set(lists[0]) - set(lists[1])) or lists[0]
    return KeyChange(
        kind=kind, day=day, key=str(row["customer_key"]), other_key=str(row["customer_key_now"]),
        change="merged" if merged else "split", contacts=int(str(row["len"])), why=why,
    )  # fmt: skip
