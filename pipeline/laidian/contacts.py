"""Legs -> contacts: legs of one call merge, a dropped or abandoned call merges with its redial, the population is named."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import polars as pl

from laidian.settings import Calls
from laidian.tables import Contact, empty, schema

FATAL = ("missing", "corrupt", "silent", "no_voice", "speech_without_text", "recogniser_failed")
DROPPED = "(?i)断线|掉线|掉话|dropped"
STATUSES = ("answered", "test", "nuisance", "abandoned", "ivr_only")  # of several legs the first of these is the contact's
SELF_SERVICE = ("ivr", "bot", "app")
CALL_BACK = timedelta(hours=24)  # an outbound contact within this after an abandoned call is that demand's first (fcr_method)


def contacts(legs: pl.DataFrame, recordings: pl.DataFrame, calls: Calls) -> pl.DataFrame:
    """One row a contact (`Contact`), in order of start.

    Legs with one call_id are one call; calls whose first legs share a contact_id are one too (the log says so). A call that
    was abandoned or dropped and is the phone's last before an inbound call at most `redial_minutes` later (inclusive, start
    minus end) is one contact with it, chains included, unless accounts or IDs are both known and differ.

    Args:
        legs: `Leg`.
        recordings: `Recording`; its contact_id is that of the call's first leg.
        calls: the redial bound.
    """
    if legs.is_empty():
        return empty(Contact)
    owned = _owned(_timed(legs), calls.redial_minutes)
    several = owned["owner"].is_duplicated()
    alone, together = _wide(owned.filter(~several), legs, owned), _wide(owned.filter(several), legs, owned)
    faults = _faults(owned, recordings)
    del legs, owned, several  # a log of months is wide: one copy fewer while the next is made
    rows = pl.concat([_single(alone), _merged(together)])
    del alone, together
    rows = rows.join(faults, on="contact_id", how="left")
    rows = rows.sort("started_at", "contact_id")
    recorded = pl.when(pl.col("recordings").list.len() > 0).then("recordings").otherwise(pl.col("heard").fill_null([]))
    full = rows.with_columns(
        recordings=recorded,
        faulty=pl.col("faulty").fill_null(False),
        excluded=_excluded(),
        day=pl.col("started_at").dt.date(),
    )
    answering = _answering(full)
    full = full.with_columns(
        excluded=pl.when(pl.col("contact_id").is_in(answering)).then(None).otherwise("excluded"),
    ).with_columns(in_population=pl.col("excluded").is_null())
    return full.select(pl.col(name).cast(dtype) for name, dtype in schema(Contact).items())


def contact_of(legs: pl.DataFrame, merged: pl.DataFrame) -> pl.DataFrame:
    """Where each contact_id of the log went: columns `logged_id`, `contact_id` (that of `Contact`), one row a logged_id.

    Recordings, utterances, cues, reasons, surveys and tickets carry the logged id; a transfer's second leg and a redial
    belong to another contact_id.
    """
    calls = merged.select("contact_id", call_id="call_ids").explode("call_id")
    return (
        legs.select("call_id", logged_id="contact_id")
        .join(calls, on="call_id", maintain_order="left")
        .unique("logged_id", keep="first", maintain_order=True)
        .select("logged_id", "contact_id")
        .sort("logged_id")
    )


def services(legs: pl.DataFrame, merged: pl.DataFrame) -> pl.DataFrame:
    """The service (业务号码) each contact is about: columns `contact_id`, `service_key`; contacts that name none are absent."""
    calls = merged.select("contact_id", call_id="call_ids").explode("call_id")
    return (
        legs.filter(pl.col("service_key").is_not_null())
        .drop("contact_id")
        .join(calls, on="call_id")
        .sort("contact_id", "started_at", "call_id", "leg_no")
        .group_by("contact_id", maintain_order=True)
        .agg(pl.col("service_key").first())
    )


def _timed(legs: pl.DataFrame) -> pl.DataFrame:
    """Legs in order with their end, their call's start and the contact_id of their call's first leg.

    `row` is their place in `legs`; only what merging looks at is taken along, since logs are wide.
    """
    answered = pl.col("status") == "answered"
    talked = pl.col("talk_s").fill_null(0) + pl.col("hold_s").fill_null(0)
    waited = pl.col("queue_s").fill_null(0) + pl.col("ring_s").fill_null(0)
    seconds = pl.when(answered).then(talked).otherwise(waited)
    known = pl.coalesce("ended_at", pl.col("started_at") + pl.duration(microseconds=(seconds * 1e6).round().cast(pl.Int64)))
    return (
        legs.with_row_index("row")
        .select(
            "row", "call_id", "leg_no", "contact_id", "started_at", "status", "direction", "medium", "end_reason", "phone_key",
            "account_key", "id_key", end=pl.max_horizontal("started_at", known), answered=answered,
        )
        .sort("call_id", "leg_no")
        .with_columns(
            call_started=pl.col("started_at").min().over("call_id"),
            logged_call=pl.col("contact_id").first().over("call_id"),
            moved=pl.col("answered").sum().over("call_id") > 1,
        )
    )  # fmt: skip


def _status() -> pl.Expr:
    """The status of several legs together: answered if any was, else the one that says most."""
    weight = pl.col("status").replace_strict({s: n for n, s in enumerate(STATUSES)}, return_dtype=pl.Int8)
    return pl.col("status").sort_by(weight).first()


def _known(column: str) -> pl.Expr:
    return pl.col(column).drop_nulls().first()


def _owned(timed: pl.DataFrame, redial_minutes: float) -> pl.DataFrame:
    """Legs with the contact_id of the contact they belong to (`owner`) and their call's place in it (`unit_started`)."""
    taken = ("row", "call_id", "leg_no", "contact_id", "started_at", "end", "answered", "call_started", "logged_call", "moved")
    units = (
        timed.sort("call_started", "call_id", "leg_no")
        .group_by("logged_call", maintain_order=True)
        .agg(
            pl.col("started_at").min().alias("unit_started"),
            pl.col("end").max().alias("unit_ended"),
            _status().alias("unit_status"),
            pl.col("direction").first().alias("way"),
            pl.col("medium").is_in(["voice", "ivr"]).all().alias("by_phone"),
            pl.col("end_reason").drop_nulls().last().str.contains(DROPPED).fill_null(False).alias("cut"),
            _known("phone_key").alias("unit_phone"),
            _known("account_key").alias("unit_account"),
            _known("id_key").alias("unit_id"),
        )
        .sort("unit_phone", "unit_started", "logged_call", nulls_last=True)
        .with_columns(_is_redial(redial_minutes).alias("redial"))
        .with_columns(pl.col("redial").not_().cum_sum().alias("chain"))
        .with_columns(pl.col("logged_call").first().over("chain").alias("owner"))
    )
    return timed.select(taken).join(units.select("logged_call", "owner", "unit_started"), on="logged_call")


def _wide(some: pl.DataFrame, legs: pl.DataFrame, owned: pl.DataFrame) -> pl.DataFrame:
    """Some of the owned legs with all that the log says of them.

    A previous contact that was merged into another goes under the contact_id of that; one that is the contact itself is none.
    """
    said = legs[some["row"]].drop("call_id", "leg_no", "contact_id", "started_at")
    wide = pl.concat([some, said], how="horizontal")
    asked = said.select("previous_contact_id").drop_nulls().unique()
    resolved = (
        owned.join(asked, left_on="contact_id", right_on="previous_contact_id", how="semi")
        .sort("owner", "unit_started", "logged_call", "call_started", "call_id", "leg_no")
        .unique("contact_id", keep="first", maintain_order=True)
        .select(previous_contact_id="contact_id", resolved="owner")
    )
    earlier = pl.coalesce("resolved", "previous_contact_id")
    wide = wide.join(resolved, on="previous_contact_id", how="left", maintain_order="left")
    return wide.with_columns(previous_contact_id=pl.when(earlier != pl.col("owner")).then(earlier)).drop("resolved")


def _handled() -> pl.Expr:
    """Milliseconds of talk, hold and wrap of each leg; null: the log does not say."""
    parts = ("talk_s", "hold_s", "wrap_s")
    known = pl.any_horizontal(pl.col(c).is_not_null() for c in parts)
    return pl.when(known).then(pl.sum_horizontal((pl.col(c) * 1000).round().cast(pl.Int64) for c in parts))


def _single(wide: pl.DataFrame) -> pl.DataFrame:
    """Contacts of one leg: nearly all of them, and nothing to be merged."""
    return wide.select(
        pl.col("owner").alias("contact_id"), "started_at", pl.col("end").alias("ended_at"),
        pl.concat_list("call_id").alias("call_ids"), pl.lit(1, pl.Int64).alias("legs"), "previous_contact_id", "medium",
        "direction", "status", "phone_key", "phone_masked", "customer_type", "caller_relation", "hotline", "region", "agent_id",
        "team", "queue", pl.col("agent_id").alias("last_agent_id"), pl.col("transferred").fill_null(False), "wrap_code",
        "end_reason", (_handled() / 1000).alias("handled_s"),
        pl.col("recordings").list.drop_nulls().list.unique(maintain_order=True),
    )  # fmt: skip


def _is_redial(redial_minutes: float) -> pl.Expr:
    """Does this call continue the one before it in the order phone, start?"""

    def before(column: str) -> pl.Expr:
        return pl.col(column).shift(1)

    def differs(column: str) -> pl.Expr:
        return (pl.col(column) != before(column)).fill_null(False)

    demand = (pl.col("way") == "inbound") & pl.col("by_phone") & ~pl.col("unit_status").is_in(["test", "nuisance"])
    unserved = (before("unit_status") == "abandoned") | before("cut")
    soon = pl.col("unit_started") - before("unit_ended") <= timedelta(minutes=redial_minutes)
    same_phone = (pl.col("unit_phone") == before("unit_phone")).fill_null(False)
    followed = same_phone & demand & demand.shift(1) & unserved & soon & ~differs("unit_account") & ~differs("unit_id")
    return followed.fill_null(False)


def _merged(owned: pl.DataFrame) -> pl.DataFrame:
    """One row a contact, from its legs in order of call and leg."""
    ordered = owned.sort("owner", "unit_started", "logged_call", "call_started", "call_id", "leg_no")
    served = pl.col("answered") & pl.col("agent_id").is_not_null()
    handled = _handled()

    def of_agent(column: str) -> pl.Expr:
        first = pl.col(column).filter(served).first()
        return pl.when(served.any()).then(first).otherwise(_known(column)).alias(column)

    keyed = pl.col("phone_masked").filter(pl.col("phone_key").is_not_null()).first()
    return ordered.group_by(pl.col("owner").alias("contact_id"), maintain_order=True).agg(
        pl.col("started_at").min(),
        pl.col("end").max().alias("ended_at"),
        pl.col("call_id").unique(maintain_order=True).alias("call_ids"),
        pl.len().cast(pl.Int64).alias("legs"),
        _known("previous_contact_id").alias("previous_contact_id"),
        pl.coalesce(pl.col("medium").filter("answered").first(), pl.col("medium").first()).alias("medium"),
        pl.col("direction").first(),
        _status().alias("status"),
        _known("phone_key").alias("phone_key"),
        pl.coalesce(keyed, _known("phone_masked")).alias("phone_masked"),
        *(_known(c).alias(c) for c in ("customer_type", "caller_relation", "hotline", "region")),
        *(of_agent(c) for c in ("agent_id", "team", "queue")),
        pl.coalesce(pl.col("agent_id").filter(served).last(), pl.col("agent_id").drop_nulls().last()).alias("last_agent_id"),
        (pl.col("transferred").fill_null(False) | pl.col("moved")).any().alias("transferred"),
        *(pl.col(c).drop_nulls().last().alias(c) for c in ("wrap_code", "end_reason")),
        pl.when(handled.is_not_null().any()).then(handled.sum() / 1000).alias("handled_s"),
        pl.col("recordings").explode(empty_as_null=False).drop_nulls().unique(maintain_order=True).alias("recordings"),
    )


def _faults(owned: pl.DataFrame, recordings: pl.DataFrame) -> pl.DataFrame:
    """For each contact that has recordings: their paths (`heard`) and whether every one is unusable (`faulty`)."""
    calls = owned.select(call="logged_call", contact_id="owner").unique()
    fatal = pl.col("faults").list.set_intersection(list(FATAL)).list.len() > 0
    return (
        recordings.select("path", "recording_no", fatal.alias("fatal"), call="contact_id")
        .join(calls, on="call")
        .sort("contact_id", "call", "recording_no")
        .group_by("contact_id", maintain_order=True)
        .agg(pl.col("path").alias("heard"), pl.col("fatal").all().alias("faulty"))
    )


def _excluded() -> pl.Expr:
    """Why a contact is no demand served by a person, before call-backs to abandoned calls are looked at; null: it is one."""
    status = pl.col("status")
    return (
        pl.when(status.is_in(["test", "nuisance"]))
        .then(status)
        .when(pl.col("direction") == "outbound")
        .then(pl.lit("outbound"))
        .when(pl.col("medium").is_in(SELF_SERVICE))
        .then(pl.lit("self_service"))
        .when(status != "answered")
        .then(status)
    )


def _answering(merged: pl.DataFrame) -> list[str]:
    """Outbound contacts that answer an abandoned call: the phone's last demand before them was abandoned, at most 24 h ago."""
    called = merged.filter((pl.col("direction") == "outbound") & (pl.col("status") == "answered")).select("phone_key")
    rows = merged.filter(pl.col("phone_key").is_not_null()).join(called.unique(), on="phone_key", how="semi")
    rows = rows.sort("phone_key", "started_at", "contact_id")
    return list(
        _answered_call_backs(rows.select("phone_key", "contact_id", "started_at", "ended_at", "status", "excluded").rows())
    )


def _answered_call_backs(rows: Iterable[tuple[str, str, datetime, datetime, str, str | None]]) -> Iterable[str]:
    phone, waiting = None, None
    for key, contact_id, started_at, ended_at, status, excluded in rows:
        if key != phone:
            phone, waiting = key, None
        if excluded == "outbound" and status == "answered":
            if waiting is not None and started_at - waiting <= CALL_BACK:
                yield contact_id
            waiting = None
        elif excluded == "abandoned":
            waiting = ended_at
        elif excluded is None:
            waiting = None
