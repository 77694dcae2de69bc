"""What each contact of a period shows: one row a contact, everything a figure needs to count it or to leave it out.

A gap runs from the end of the earlier contact to the start of the later one, so that a long call does not eat its own
window. Contacts are ordered by start, then contact_id. The nearest neighbour on each side settles every window at once:
a contact is followed within W exactly if the gap to the next one is at most W. Before it, the LATEST END counts, not the
latest start, for a long contact may end after a short one that started later.
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl

from laidian.calendar import Period, end_of
from laidian.fcr.gaps import NONE, Codes, Flags, calls_within, gaps, gaps_to_calls
from laidian.fcr.tickets import with_tickets
from laidian.fcr.witness import with_witness
from laidian.fcr.workdays import on_workdays
from laidian.tables import REPEAT_CUE_KINDS, Promise, Ticket, beside, empty, those_in

NOWHERE = -1
_TEXT_MEDIA = ("chat", "email", "app", "wechat", "sms")

_SAID = ("said_resolved", "said_first", "answered_survey")


def facts(
    contacts: pl.DataFrame,
    customers: pl.DataFrame,
    links: pl.DataFrame,
    cases: pl.DataFrame,
    reasons: pl.DataFrame,
    cues: pl.DataFrame,
    surveys: pl.DataFrame,
    period: Period,
    as_of: date,
    heavy_days: int = 7,
    several: Collection[str] = (),
    tickets: pl.DataFrame | None = None,
    promises: pl.DataFrame | None = None,
    opens: date | None = None,
) -> pl.DataFrame:
    """One row a contact of the period, in order of contact_id; the log after `as_of` is not looked at.

    Gaps (`*_before`, `*_after`) and the log's cover (`covered_*`) in microseconds. Gaps look at contacts in the population
    only; ahead of a contact only at inbound ones, because a call-back of the centre is no repeat. Null gap: no such
    contact, or nothing to compare by. `outside`: why it is not in the population (null: it is). `has_text`: its words
    could be read. `case_first`: the first contact of its case in the population. `case_followed`: a repeat comes later
    in its case. `phone_calls`: served calls of its number in the `heavy_days` days up to its own start, itself included
    (null: no number). `answered_survey`: yes or no. `nature`: `several` where one contact cannot settle the reason by its
    nature (the reasons named by `several`), else `one`. `*_workdays`: the same on the clock of workdays (`WorkdayClock`).
    `spoke`, `next_spoke`: see `laidian.fcr.witness`; `ticket*`, `visited`: see `laidian.fcr.tickets`.
    `promise_runs`: what it promised is due after the log's end, so that nobody can say yet what came of it.
    `opens` is the log's first day where the tables hold only a part of it: some customers, each with all contacts.
    """
    log = contacts.filter(pl.col("day") <= as_of)
    begins = log["day"].min()
    first = opens or (begins if isinstance(begins, date) else as_of)
    log = _known(near(log, customers, period), customers, reasons)
    inside = log["day"].is_between(*period)
    made = log.filter(inside).select(
        "contact_id", "day", pl.col("agent_id").alias("agent"), "team", "queue", "reason", "customer_type",
        outside=pl.when(~pl.col("in_population")).then(pl.coalesce("excluded", pl.lit("out_of_population"))),
        identified="identified", customer_key="customer_key", reason_source="reason_source", faulty="faulty",
        transferred="transferred", started_at="started_at", ended_at="ended_at",
        covered_before=_since(first), covered_after=_until(as_of), has_phone=pl.col("phone_key").is_not_null(),
    )  # fmt: skip
    shown = pl.concat(
        [
            _gaps(log, timedelta(heavy_days)).filter(inside),
            log.filter(inside).select(inbound=pl.col("direction") == "inbound"),
            _in_case(log, links, cases).filter(inside),
            _told(log, links, reasons, cues).filter(inside),
            _answered(log, surveys).filter(inside),
        ],
        how="horizontal",
    )
    made = pl.concat([made, shown], how="horizontal")
    nature = pl.when(pl.col("reason").is_in(list(several))).then(pl.lit("several")).otherwise(pl.lit("one"))
    told = with_witness(on_workdays(made).with_columns(nature=nature), log, cues)
    told = with_tickets(told, empty(Ticket) if tickets is None else tickets, as_of)
    named = empty(Promise) if promises is None else promises
    running = named.filter(pl.col("due_at") > end_of(as_of))["contact_id"]
    return told.with_columns(promise_runs=pl.col("contact_id").is_in(running.implode()))


def _since(first: date) -> pl.Expr:
    """How long the log, which holds whole days, goes back before a contact."""
    return (pl.col("started_at") - datetime.combine(first, time())).dt.total_microseconds()


def _until(as_of: date) -> pl.Expr:
    """How long the log goes on after a contact."""
    return (end_of(as_of) - pl.col("ended_at")).dt.total_microseconds()


def _known(log: pl.DataFrame, customers: pl.DataFrame, reasons: pl.DataFrame) -> pl.DataFrame:
    """The contacts with `customer_key`, `identified` and main `reason`, by contact_id; `n`: their place.

    Tables meet on text once, here, and on numbers from then on: that is most of the time.
    """
    main = reasons.filter("primary").select("contact_id", "reason", reason_source="source")
    whose = customers.select("contact_id", "customer_key", "identified")
    return (
        log.pipe(lambda log: log if log["contact_id"].is_sorted() else log.sort("contact_id"))
        .pipe(beside, whose)
        .pipe(beside, main)
        .with_columns(pl.col("identified").fill_null(False))
        .with_row_index("n")
    )


def _places(log: pl.DataFrame, ids: pl.Series) -> Codes:
    """The place of each of these contacts; NOWHERE: it is not in the log."""
    found = beside(ids.rename("contact_id").to_frame(), log.select("contact_id", "n"))
    return found["n"].cast(pl.Int64).fill_null(NOWHERE).to_numpy()


def _flags(log: pl.DataFrame, ids: pl.Series) -> Flags:
    """Which contacts of the log are among these."""
    flags = np.zeros(log.height + 1, np.bool_)  # the last place is NOWHERE's
    flags[_places(log, ids)] = True
    return flags[:-1]


def _in_case(log: pl.DataFrame, links: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """`case_key`, `case_first`, `case_followed` of each contact; null outside of cases.

    A link into another case (the fault came back after a repair) does not reopen that one. A case counts if its first contact is
    in the log: then all are that were made by then.
    """
    cases = cases.join(log, left_on=pl.col("contact_ids").list.first(), right_on="contact_id", how="semi", maintain_order="left")
    told = cases.with_row_index("case").select("case", "contact_ids", place=pl.int_ranges(pl.col("contact_ids").list.len()))
    listed = told.explode("contact_ids", "place")
    member, case, place = _places(log, listed["contact_ids"]), listed["case"].to_numpy(), listed["place"].to_numpy()
    there = member != NOWHERE
    member, case, place = member[there], case[there].astype(np.int64), place[there]
    case_of = np.full(log.height + 1, NOWHERE)
    case_of[member] = case
    repeats = links.filter("repeat")
    later, earlier = _places(log, repeats["contact_id"]), _places(log, repeats["earlier_contact_id"])
    again = np.zeros(log.height + 1, np.bool_)
    again[later[(case_of[later] == case_of[earlier]) & (case_of[later] != NOWHERE)]] = True
    served, repeat = log["in_population"].to_numpy()[member], again[member]
    first, last = np.full(cases.height, np.iinfo(np.int64).max), np.full(cases.height, -1)
    np.minimum.at(first, case[served], place[served])
    np.maximum.at(last, case[repeat], place[repeat])
    begins, followed = np.zeros((2, log.height), np.bool_)
    begins[member], followed[member] = place == first[case], place < last[case]
    key = cases["case_key"].gather(pl.Series(case_of[:-1]).set(pl.Series(case_of[:-1] == NOWHERE), None).cast(pl.UInt32))
    return pl.DataFrame({"case_key": key, "case_first": begins, "case_followed": followed}).with_columns(
        pl.when(pl.col("case_key").is_not_null()).then(name).alias(name) for name in ("case_first", "case_followed")
    )


def _told(log: pl.DataFrame, links: pl.DataFrame, reasons: pl.DataFrame, cues: pl.DataFrame) -> pl.DataFrame:
    """`has_text`: a recording that was heard, proof that words were read, or a text medium of which the log holds words at all.

    `cued`: the customer speaks of an earlier contact. `linked`: it was joined to an earlier contact.
    """
    own = cues.filter((pl.col("speaker") == "customer") & pl.col("kind").is_in(REPEAT_CUE_KINDS))
    words = pl.Series(_flags(log, pl.concat([cues["contact_id"], reasons.filter(source="rules")["contact_id"]])))
    media = log.filter(words)["medium"].unique().implode()
    written = pl.col("medium").is_in(_TEXT_MEDIA) & pl.col("medium").is_in(media)
    texted = (pl.col("recordings").list.len() > 0) | written | words
    return log.select(
        has_text=texted & ~pl.col("faulty"), cued=pl.Series(_flags(log, own["contact_id"])),
        linked=pl.Series(_flags(log, links["contact_id"])),
    )  # fmt: skip


def _answered(log: pl.DataFrame, surveys: pl.DataFrame) -> pl.DataFrame:
    """`said_resolved`, `said_first`, `answered_survey`. A survey may name any merged call; the last answer holds."""
    if surveys.is_empty():
        nothing = pl.lit(None, pl.String)
        return log.with_columns(said_resolved=nothing, said_first=nothing, answered_survey=pl.lit("no")).select(_SAID)
    names = pl.concat([log.select("n", name="contact_id"), log.select("n", name="call_ids").explode("name")])
    last = (
        surveys.join(names.unique(), left_on="contact_id", right_on="name")
        .sort("asked_at", "contact_id", nulls_last=False)
        .group_by("n", maintain_order=True)
        .agg(said_resolved=pl.col("resolved").drop_nulls().last(), said_first=pl.col("first_contact").drop_nulls().last())
    )
    said = log.select("n").join(last, on="n", how="left", maintain_order="left").drop("n")
    answered = pl.any_horizontal(pl.all().is_not_null())
    return said.with_columns(answered_survey=pl.when(answered).then(pl.lit("yes")).otherwise(pl.lit("no")))


def near(log: pl.DataFrame, customers: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The contacts of whoever made contact in the period, and of the numbers they called from: all that its facts look at.

    Args:
        log: contact_id, day, phone_key of the whole log, and any other columns.
        customers: contact_id, customer_key.
        period: first and last business day, inclusive.
    """
    inside = log.filter(pl.col("day").is_between(*period))
    if inside.height == log.height:
        return log
    theirs = those_in(customers, inside.select("contact_id")).select("customer_key").unique()
    known = customers.join(theirs, on="customer_key", how="semi", maintain_order="left").select("contact_id", known=True)
    called = pl.col("phone_key").is_in(inside["phone_key"].drop_nulls().unique().implode()).fill_null(False)
    mine = beside(log.select("contact_id"), known)["known"].is_not_null()
    return log.filter(pl.col("day").is_between(*period) | mine | called)


def _gaps(log: pl.DataFrame, heavy: timedelta) -> pl.DataFrame:
    """The gaps of each contact and `phone_calls`, null outside of the population."""
    served = (
        log.lazy()
        .filter("in_population")
        .select(
            "n", "started_at", "ended_at", "phone_key", "reason", call=pl.col("direction") == "inbound",
            person=pl.when("identified").then("customer_key"),
        )
        .sort("started_at", maintain_order=True)  # of equal starts by contact_id, as they come
        .collect()
    )  # fmt: skip
    start, end = (served[name].dt.timestamp("us").to_numpy() for name in ("started_at", "ended_at"))
    call, at = served["call"].to_numpy(), served["n"].to_numpy()
    phone, person, reason = (_coded(served[name]) for name in ("phone_key", "person", "reason"))
    reasons_there = int(reason.max(initial=0)) + 1
    same = _coded(pl.Series(np.where((person < 0) | (reason < 0), -1, person * reasons_there + reason)).replace(-1, None))
    told: dict[str, Codes] = {}
    for kind, who in (("phone", phone), ("any", person), ("same", same)):
        size = int(who.max(initial=-1)) + 1
        told[f"{kind}_before"], _ = gaps(who, start, end, size)
        told[f"{kind}_after"] = gaps_to_calls(who, start, end, call, size)
    calls = calls_within(phone, start, call, int(phone.max(initial=-1)) + 1, heavy // timedelta(microseconds=1))
    told["phone_calls"] = np.where(phone < 0, NONE, calls)
    whole = {}
    for name in ("phone_before", "phone_after", "phone_calls", "any_before", "any_after", "same_before", "same_after"):
        whole[name] = np.full(log.height, NONE)
        whole[name][at] = told[name]
    return pl.DataFrame(whole).select(pl.when(pl.all() != NONE).then(pl.all()))


def _coded(values: pl.Series) -> Codes:
    """A number from 0 for each distinct value, -1 for null."""
    if values.dtype == pl.String:
        codes = values.cast(pl.Categorical(pl.Categories.random("laidian"))).to_physical()
    else:
        codes = values.rank("dense") - 1
    return codes.cast(pl.Int64).fill_null(-1).to_numpy()
