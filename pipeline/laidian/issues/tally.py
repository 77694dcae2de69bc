"""Which contacts count for which issue: a row a contact with a reason, and the counts of every day of the log.

Contacts, cases, customers and issues are numbered before they are counted, so that a million of them fit into little memory;
names come back at the end, and only to the period's contacts.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from laidian.calendar import Period, before, year_before
from laidian.tables import REPEAT_CUE_KINDS, beside

NOWHERE = -1
NEVER = np.iinfo(np.int64).max
_TEXT: Any = {pl.Categorical: pl.String}  # of few values as codes
Codes = NDArray[np.int64]

_TIMES = ("day", "started_at", "ended_at", "in_population")
_ABOUT = ("contact_id", "transferred", "agent_id", "queue", "customer_type", "region")
COUNTED = (*_ABOUT, *_TIMES, "handled_s")
"""What the lists look at of `Contact`: a log of months is wide."""


@dataclass(frozen=True)
class Tally:
    """What the lists are made from.

    `period`: a row a contact of the period: reason, issue, case_key, customer_key, `place` in its case, `later_repeats` of the
    case after it (`followed`: any), cued, escalated, groups, `handled_s` (seconds; the contact's length where the log does not
    say), `watched` for `window_days` after it, `followed_soon` within them, `begins` its case. `history`: by issue and day from
    the log's first to the period's last: contacts, cases begun, contacts watched, those followed soon.
    `compared`: a row a contact of the period, the one before and a year before: issue, day, contacts (1), watched,
    followed_soon and the groups asked for; no rows where none is.
    """

    period: pl.DataFrame
    history: pl.DataFrame
    compared: pl.DataFrame


@dataclass(frozen=True)
class _Numbered:
    """Contacts by number, and the names to come back: `issue` (a place in `reasons`), `case` (in the cases) and `customer` (in
    `customers`) of each contact, NOWHERE: none. `listed`: contact, case_no, place in the case, in order of both; `repeated`:
    contact, earlier.
    """

    issue: Codes
    case: Codes
    customer: Codes
    listed: pl.DataFrame
    repeated: pl.DataFrame
    reasons: pl.DataFrame
    customers: pl.DataFrame


def tally(
    contacts: pl.DataFrame,
    customers: pl.DataFrame,
    links: pl.DataFrame,
    cases: pl.DataFrame,
    reasons: pl.DataFrame,
    cues: pl.DataFrame,
    period: Period,
    as_of: date,
    window_days: int,
    groups: tuple[str, ...] = (),
) -> Tally:
    """Counts the served contacts of the log that have a reason. The tables hold the whole log: a repeat may come later.

    Args:
        groups: columns of the contacts, and `trade`, by which periods will be compared.
    """
    numbered = _numbered(contacts, customers, links, cases, reasons)
    served = _served(contacts, numbered, as_of, window_days)
    rows = served.filter(pl.col("day").is_between(*period))
    counted = served.filter(pl.col("day") <= period[1]).group_by("issue_no", "day").agg(
        contacts=pl.len(), begun=pl.col("begins").sum(), watched=pl.col("watched").sum(), followed_soon=_soon().sum()
    )  # fmt: skip
    history = counted.with_columns(pl.exclude("issue_no", "day").cast(pl.Int64))
    compared = served.filter(
        pl.any_horizontal(pl.col("day").is_between(*days) for days in (period, before(period), year_before(period)))
    ).with_columns(followed_soon=_soon())
    del served
    named = history.join(numbered.reasons, on="issue_no", maintain_order="left").drop("issue_no", "reason")
    grouped = _grouped(compared if groups else compared.clear(), numbered, contacts, groups)
    return Tally(_named(rows, numbered, contacts, cases, cues), named.sort("issue", "day"), grouped)


def begun(
    contacts: pl.DataFrame,
    customers: pl.DataFrame,
    links: pl.DataFrame,
    cases: pl.DataFrame,
    reasons: pl.DataFrame,
    since: date,
    as_of: date,
    window_days: int,
) -> pl.DataFrame:
    """A row a case begun since that day whose first contact has been watched for `window_days`, for the effects of actions.

    Columns: issue, day, customer_key (a number that stands for the customer; null: nobody known), followed_soon.
    """
    numbered = _numbered(contacts, customers, links, cases, reasons)
    served = _served(contacts, numbered, as_of, window_days)
    rows = served.filter("begins", "watched", pl.col("day") >= since)
    named = rows.join(numbered.reasons, on="issue_no", maintain_order="left")
    return named.select("issue", "day", pl.col("customer").cast(pl.String).alias("customer_key"), "followed_soon")


def _soon() -> pl.Expr:
    return pl.col("watched") & pl.col("followed_soon")


def _served(contacts: pl.DataFrame, numbered: _Numbered, as_of: date, window_days: int) -> pl.DataFrame:
    """A row a contact (its number) in the population that has a reason; null where it is in no case or nobody's.

    A repeat is a later contact of the same case that a repeat link joined to it; a link into another case (the fault came back
    after a repair) does not make this one unresolved.
    """
    member, place = (numbered.listed[name].to_numpy() for name in ("contact", "place"))
    start, end = (contacts[name].dt.timestamp("us").to_numpy() for name in ("started_at", "ended_at"))
    case = numbered.case
    later, earlier = (numbered.repeated[name].to_numpy() for name in ("contact", "earlier"))
    again = np.zeros(contacts.height, np.bool_)
    again[later[(case[later] == case[earlier]) & (case[later] != NOWHERE)]] = True
    repeats, next_at = _after(case[member], again[member], start[member])
    counts = contacts["in_population"].to_numpy() & (numbered.issue != NOWHERE)
    begins = case == NOWHERE
    begins[_firsts(member[counts[member]], case)] = True
    window = timedelta(window_days) // timedelta(microseconds=1)
    until = pl.Series([datetime.combine(as_of + timedelta(1), time())]).dt.timestamp("us").item()
    size = contacts.height
    table = pl.DataFrame({
        "contact": np.arange(size), "day": contacts["day"], "issue_no": numbered.issue, "case_no": case,
        "customer": numbered.customer, "place": _at(member, place, size), "later_repeats": _at(member, repeats, size, 0),
        "watched": end + window <= until, "followed_soon": _at(member, next_at, size, NEVER) - window <= end, "begins": begins,
    })  # fmt: skip
    nothing = pl.col("case_no", "customer", "place")
    return table.filter(counts).with_columns(pl.when(nothing != NOWHERE).then(nothing))


def _at(place: Codes, value: Codes, size: int, nothing: int = NOWHERE) -> Codes:
    """An array of that size with these values at these places."""
    found = np.full(size, nothing, np.int64)
    found[place] = value
    return found


def _firsts(member: Codes, case: Codes) -> Codes:
    """Of contacts in order of case and place the first of each case."""
    first: Codes = member[np.diff(case[member], prepend=NOWHERE) != 0]
    return first


def _after(case: Codes, again: NDArray[np.bool_], start: Codes) -> tuple[Codes, Codes]:
    """For each contact the repeats after it in its case, and when the next one starts (NEVER: none); in order of case, start."""
    last = np.searchsorted(case, case, side="right") - 1
    counted = np.cumsum(again)
    upcoming = np.minimum.accumulate(np.where(again, np.arange(len(case)), len(case))[::-1])[::-1]  # here or later
    following = np.append(upcoming[1:], len(case))
    return counted[last] - counted, np.where(following <= last, np.append(start, NEVER)[following], NEVER)


def _numbered(
    contacts: pl.DataFrame, customers: pl.DataFrame, links: pl.DataFrame, cases: pl.DataFrame, reasons: pl.DataFrame
) -> _Numbered:
    places = contacts.select("contact_id").with_row_index("contact").with_columns(pl.col("contact").cast(pl.Int64))
    joined = links.filter("repeat").select("contact_id", "earlier_contact_id")
    repeated = (
        beside(joined, places, how="inner")
        .join(places.rename({"contact": "earlier", "contact_id": "earlier_contact_id"}), on="earlier_contact_id")
        .select("contact", "earlier")
    )
    listed = (
        cases.select("contact_ids")
        .with_row_index("case_no")
        .with_columns(pl.col("case_no").cast(pl.Int64), place=pl.int_ranges(1, pl.col("contact_ids").list.len() + 1))
        .explode("contact_ids", "place")
        .join(places, left_on="contact_ids", right_on="contact_id", maintain_order="left")
        .select("contact", "case_no", "place")
    )
    primary = reasons.filter("primary").select(
        "contact_id", "reason", issue=pl.coalesce("issue", pl.concat_str("reason", pl.lit(".other")))
    )
    kinds = primary.select("reason", "issue").unique().sort("issue", "reason").with_row_index("issue_no")
    told = primary.join(kinds, on=["reason", "issue"], how="left", maintain_order="left").select("contact_id", code="issue_no")
    del primary
    people = customers.select("customer_key").unique().sort("customer_key").with_row_index("customer")
    owners = customers.join(people, on="customer_key", how="left", maintain_order="left").select("contact_id", code="customer")

    def codes(table: pl.DataFrame) -> Codes:
        found: Codes = beside(places, table)["code"].cast(pl.Int64).fill_null(NOWHERE).to_numpy()
        return found

    case = _at(listed["contact"].to_numpy(), listed["case_no"].to_numpy(), contacts.height)
    numbers = kinds.with_columns(pl.col("issue_no").cast(pl.Int64))
    return _Numbered(codes(told), case, codes(owners), listed, repeated, numbers, people)


def _grouped(rows: pl.DataFrame, numbered: _Numbered, contacts: pl.DataFrame, groups: tuple[str, ...]) -> pl.DataFrame:
    """Served contacts with the names of their issues and the groups."""
    kinds = numbered.reasons.select("issue", trade=pl.col("reason").str.split(".").list.first())[rows["issue_no"]]
    about = contacts.select(name for name in groups if name != "trade")[rows["contact"]].cast(_TEXT)
    counted = rows.select("day", pl.col("watched", "followed_soon").cast(pl.Int64), contacts=pl.lit(1, pl.Int64))
    return pl.concat([counted, kinds, about], how="horizontal")


def _named(
    rows: pl.DataFrame, numbered: _Numbered, contacts: pl.DataFrame, cases: pl.DataFrame, cues: pl.DataFrame
) -> pl.DataFrame:
    """The period's contacts with their names, groups and cues, by contact_id."""
    about = contacts.select(
        *_ABOUT, handled_s=pl.coalesce("handled_s", (pl.col("ended_at") - pl.col("started_at")).dt.total_seconds()).round()
    )[rows["contact"]].cast(_TEXT)
    kinds = numbered.reasons.select("reason", "issue")[rows["issue_no"]]
    known = rows.with_columns(
        numbered.customers["customer_key"].gather(rows["customer"]).alias("customer_key"),
        cases["case_key"].gather(rows["case_no"]).alias("case_key"),
    )
    said = cues.filter(pl.col("speaker") == "customer").group_by("contact_id").agg(
        cued=pl.col("kind").is_in(REPEAT_CUE_KINDS).any(), escalated=(pl.col("kind") == "escalation").any()
    )  # fmt: skip
    named = pl.concat([known.drop("contact", "issue_no", "case_no", "customer"), about, kinds], how="horizontal")
    return (
        named.join(said, on="contact_id", how="left")
        .with_columns(
            pl.col("cued", "escalated").fill_null(False), followed=pl.col("later_repeats") > 0,
            trade=pl.col("reason").str.split(".").list.first(),
        )
        .sort("contact_id")
    )  # fmt: skip
