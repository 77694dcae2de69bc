"""Legs -> contacts: legs of one call merge, a dropped or abandoned call merges with its redial, the population is named."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from laidian.settings import Calls
from laidian.tables import Contact, Leg, Moved, allowed, among, empty, repeated, schema
from laidian.workers import side_by_side

FATAL = ("missing", "corrupt", "silent", "no_voice", "speech_without_text", "recogniser_failed")
DROPPED = "(?i)断线|掉线|掉话|dropped"
STATUSES = ("answered", "test", "nuisance", "abandoned", "ivr_only")  # of several legs the first of these is the contact's
BY_PHONE = ("voice", "ivr")
SELF_SERVICE = ("ivr", "bot", "app")
CALL_BACK = timedelta(hours=24)  # an outbound contact within this after an abandoned call is that demand's first (fcr_method)

_CLOSED = {name: allowed(Leg)[name] for name in ("status", "direction", "medium")}
_ORDER = ("owner", "unit_started", "logged_call", "call_started", "call_id", "leg_no")  # of the legs of a contact
_TIMED = (
    "row", "call_id", "leg_no", "contact_id", "started_at", "end", "answered", "call_started", "logged_call", "moved"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Merging:
    """Which legs are one contact. `alone`: a flag a leg in the order they were given in: it is a contact of its own name.

    `together`: the other legs: row (its place in that order), owner (their contact's id), and the order of legs in it. `earlier`:
    previous_contact_id, resolved: under which contact_id stands what the log names as an earlier contact.
    """

    alone: pl.Series
    together: pl.DataFrame
    earlier: pl.DataFrame


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
    made = pl.concat(in_parts([lambda: legs], recordings, calls))
    return with_call_backs(made).sort("started_at", "contact_id").select(schema(Contact).names())


def in_parts(parts: Sequence[Callable[[], pl.DataFrame]], recordings: pl.DataFrame, calls: Calls) -> Iterator[pl.DataFrame]:
    """The rows of `contacts` in no order, before `with_call_backs`, from a log of which only some parts stand whole in memory.

    Args:
        parts: each gives `Leg` of a part of the log; it is asked twice, by whatever thread.
        recordings: see `contacts`.
        calls: see `contacts`.
    """
    keys = pl.Categorical(pl.Categories.random("laidian"))  # forgotten with the last column of it
    brief = list(side_by_side(lambda read: _brief(read(), keys), parts))
    begins = np.cumsum([0, *(part.height for part in brief)]).tolist()
    known = pl.concat(brief)
    del brief
    merging = _merging(known, calls.redial_minutes)
    faults = _faults(known, merging, recordings)
    del known

    def made(part: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The contacts of one leg, and the other legs with what merging knows of them."""
        legs, begin = parts[part](), begins[part]
        alone = merging.alone.slice(begin, legs.height)
        single = _single(_wide(legs.filter(alone).with_columns(owner="contact_id", end=_end()), merging))
        here = merging.together.filter(pl.col("row").is_between(begin, begin + legs.height, closed="left"))
        said = legs[(here["row"] - begin).cast(pl.UInt32)].drop("call_id", "leg_no", "contact_id", "started_at")
        return _finished(single, faults), pl.concat([here, said], how="horizontal")

    held = []
    for finished, others in side_by_side(made, range(len(parts))):
        yield finished
        held.append(others)
    yield _finished(_merged(_wide(pl.concat(held), merging)), faults)


def _finished(rows: pl.DataFrame, faults: pl.DataFrame) -> pl.DataFrame:
    recorded = pl.when(pl.col("recordings").list.len() > 0).then("recordings").otherwise(pl.col("heard").fill_null([]))
    full = rows.join(faults, on="contact_id", how="left").with_columns(
        recordings=recorded,
        faulty=pl.col("faulty").fill_null(False),
        excluded=_excluded(),
        day=pl.col("started_at").dt.date(),
    )
    full = full.with_columns(in_population=pl.col("excluded").is_null())
    return full.select(pl.col(name).cast(dtype) for name, dtype in schema(Contact).items())


def with_call_backs(rows: pl.DataFrame) -> pl.DataFrame:
    """All contacts of the log, those of the centre's calls in the population that answer an abandoned call."""
    answering = pl.col("contact_id").is_in(_answering(rows).implode())
    return rows.with_columns(excluded=pl.when(~answering).then("excluded"), in_population=pl.col("in_population") | answering)


def moved(legs: pl.DataFrame, merged: pl.DataFrame) -> pl.DataFrame:
    """`Moved`: what `contact_of` says of the ids that stand in a contact of another name."""
    elsewhere = ~among(legs["contact_id"], merged["contact_id"])
    asked = legs.filter(elsewhere | repeated(legs["contact_id"])).select("contact_id").unique()
    if asked.is_empty():
        return empty(Moved)
    some = legs.join(asked, on="contact_id", how="semi", maintain_order="left")
    return contact_of(some, merged).filter(pl.col("logged_id") != pl.col("contact_id"))


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


def _brief(legs: pl.DataFrame, keys: pl.Categorical) -> pl.DataFrame:
    """What merging looks at, in few bytes: logs are wide. `cut`: the line dropped; null: the log does not say."""
    return legs.select(
        "call_id", "leg_no", "contact_id", "previous_contact_id", "started_at",
        *(pl.col(name).cast(pl.Enum(values)) for name, values in _CLOSED.items()),
        *(pl.col(name).cast(keys) for name in ("phone_key", "account_key", "id_key")),
        cut=pl.col("end_reason").str.contains(DROPPED), end=_end(), answered=pl.col("status") == "answered",
    )  # fmt: skip


def _end() -> pl.Expr:
    """When a leg ended: as logged, else after its talk and hold, or its wait where nobody answered."""
    talked = pl.col("talk_s").fill_null(0) + pl.col("hold_s").fill_null(0)
    waited = pl.col("queue_s").fill_null(0) + pl.col("ring_s").fill_null(0)
    seconds = pl.when(pl.col("status") == "answered").then(talked).otherwise(waited)
    known = pl.coalesce("ended_at", pl.col("started_at") + pl.duration(microseconds=(seconds * 1e6).round().cast(pl.Int64)))
    return pl.max_horizontal("started_at", known)


def _merging(known: pl.DataFrame, redial_minutes: float) -> Merging:
    """Which of the legs, as `_brief` gives them, are one contact.

    Nearly all are calls of one leg: they are taken as they are, and only phones on which a call went unserved are looked at.
    """
    legs = known.with_row_index("row")
    several = repeated(legs["call_id"]) | repeated(legs["contact_id"])
    some = (
        legs.filter(several)
        .sort("call_id", "leg_no")
        .with_columns(
            call_started=pl.col("started_at").min().over("call_id"),
            logged_call=pl.col("contact_id").first().over("call_id"),
            moved=pl.col("answered").sum().over("call_id") > 1,
        )
    )
    plain = legs.filter(~several)
    units = pl.concat([_unit(plain), _units(some)])
    unserved = units.filter((pl.col("unit_status") == "abandoned") | pl.col("cut")).select("unit_phone").drop_nulls().unique()
    joined = _redials(units.join(unserved, on="unit_phone", how="semi"), redial_minutes)
    del units
    concerned = pl.concat([joined["logged_call"], joined["owner"]]).unique().implode()
    timed = pl.concat(
        [
            some.select(_TIMED),
            plain.filter(pl.col("contact_id").is_in(concerned))
            .with_columns(call_started="started_at", logged_call="contact_id", moved=pl.lit(False))
            .select(_TIMED),
        ]
    )
    starts = timed.group_by("logged_call").agg(unit_started=pl.col("started_at").min())
    owned = (
        timed.join(joined, on="logged_call", how="left")
        .join(starts, on="logged_call")
        .with_columns(owner=pl.coalesce("owner", "logged_call"))
    )
    together = owned.filter(pl.col("owner").is_duplicated()).sort("row")
    alone = np.ones(legs.height, np.bool_)
    alone[together["row"].to_numpy()] = False
    return Merging(pl.Series(alone), together, _earlier(legs, pl.Series(alone), together))


def _unit(legs: pl.DataFrame) -> pl.DataFrame:
    """Calls of one leg as `_units` tells of calls."""
    return legs.select(
        logged_call="contact_id", unit_started="started_at", unit_ended="end", unit_status="status", way="direction",
        by_phone=pl.col("medium").is_in(BY_PHONE), cut=pl.col("cut").fill_null(False), unit_phone="phone_key",
        unit_account="account_key", unit_id="id_key",
    )  # fmt: skip


def _units(timed: pl.DataFrame) -> pl.DataFrame:
    """A row a call, of its legs."""
    return (
        timed.sort("call_started", "call_id", "leg_no")
        .group_by("logged_call", maintain_order=True)
        .agg(
            pl.col("started_at").min().alias("unit_started"),
            pl.col("end").max().alias("unit_ended"),
            _status().alias("unit_status"),
            pl.col("direction").first().alias("way"),
            pl.col("medium").is_in(BY_PHONE).all().alias("by_phone"),
            pl.col("cut").drop_nulls().last().fill_null(False).alias("cut"),
            _known("phone_key").alias("unit_phone"),
            _known("account_key").alias("unit_account"),
            _known("id_key").alias("unit_id"),
        )
    )


def _redials(units: pl.DataFrame, redial_minutes: float) -> pl.DataFrame:
    """logged_call, owner: the calls that are a redial, or a redial of one, and the first call of their chain."""
    return (
        units.with_columns(phone=pl.col("unit_phone").to_physical())
        .sort("phone", "unit_started", "logged_call")
        .with_columns(_is_redial(redial_minutes).alias("redial"))
        .with_columns(pl.col("redial").not_().cum_sum().alias("chain"))
        .with_columns(pl.col("logged_call").first().over("chain").alias("owner"))
        .filter(pl.col("owner") != pl.col("logged_call"))
        .select("logged_call", "owner")
    )


def _earlier(legs: pl.DataFrame, alone: pl.Series, together: pl.DataFrame) -> pl.DataFrame:
    """What the log names as an earlier contact -> the contact in which that leg stands."""
    asked = legs.select(contact_id="previous_contact_id").drop_nulls().unique()
    named = (
        legs.filter(alone)
        .join(asked, on="contact_id", how="semi")
        .with_columns(owner="contact_id", logged_call="contact_id", unit_started="started_at", call_started="started_at")
    )
    return (
        pl.concat([t.select(*_ORDER, "contact_id") for t in (named, together.join(asked, on="contact_id", how="semi"))])
        .sort(_ORDER)
        .unique("contact_id", keep="first", maintain_order=True)
        .select(previous_contact_id="contact_id", resolved="owner")
    )


def _status() -> pl.Expr:
    """The status of several legs together: answered if any was, else the one that says most."""
    weight = pl.col("status").cast(pl.String).replace_strict({s: n for n, s in enumerate(STATUSES)}, return_dtype=pl.Int8)
    return pl.col("status").sort_by(weight).first()


def _known(column: str) -> pl.Expr:
    return pl.col(column).drop_nulls().first()


def _wide(legs: pl.DataFrame, merging: Merging) -> pl.DataFrame:
    """Legs with their owner and the earlier contact that the log names.

    One that was merged into another goes under the contact_id of that; one that is the contact itself is none.
    """
    joined = legs.join(merging.earlier, on="previous_contact_id", how="left", maintain_order="left")
    earlier = pl.coalesce("resolved", "previous_contact_id")
    return joined.with_columns(previous_contact_id=pl.when(earlier != pl.col("owner")).then(earlier)).drop("resolved")


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
    ordered = owned.sort(_ORDER)
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


def _faults(legs: pl.DataFrame, merging: Merging, recordings: pl.DataFrame) -> pl.DataFrame:
    """For each contact that has recordings: their paths (`heard`) and whether every one is unusable (`faulty`)."""
    heard = recordings.select("path", "recording_no", call="contact_id", fatal=_fatal())
    merged = merging.together.select(call="logged_call", into="owner").unique()
    plain = legs.filter(merging.alone).select(call="contact_id").join(heard.select("call"), on="call", how="semi").unique()
    calls = pl.concat([merged, plain.with_columns(into="call")])
    return (
        heard.join(calls, on="call")
        .sort("into", "call", "recording_no")
        .group_by("into", maintain_order=True)
        .agg(pl.col("path").alias("heard"), pl.col("fatal").all().alias("faulty"))
        .rename({"into": "contact_id"})
    )


def _fatal() -> pl.Expr:
    return pl.col("faults").list.set_intersection(list(FATAL)).list.len() > 0


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


def _answering(merged: pl.DataFrame) -> pl.Series:
    """Outbound contacts that answer an abandoned call: the phone's last demand before them was abandoned, at most 24 h ago."""
    called = (pl.col("excluded") == "outbound") & (pl.col("status") == "answered")
    columns = ("phone_key", "started_at", "contact_id", "ended_at", "excluded", "status")
    phones = merged.filter(called).select("phone_key").drop_nulls().unique()
    rows = merged.select(columns).join(phones, on="phone_key", how="semi").sort(columns[:3])
    told = rows.filter(called | (pl.col("excluded") == "abandoned") | pl.col("excluded").is_null())

    def last(column: str) -> pl.Expr:
        return pl.col(column).shift(1)

    waiting = (pl.col("phone_key") == last("phone_key")) & (last("excluded") == "abandoned")
    soon = pl.col("started_at") - last("ended_at") <= CALL_BACK
    return told.filter(called & waiting & soon)["contact_id"]
