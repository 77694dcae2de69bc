"""Tables -> what linking looks at, as arrays (`Notes`) and the rows they were made from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from laidian.cases.known import NEVER, NONE, Codes, Notes, Places
from laidian.cases.wording import bare, kind_of, points
from laidian.tables import REPEAT_CUE_KINDS, numbered


@dataclass(frozen=True, slots=True)
class Read:
    """`rows`: one row a contact that takes part, in the order of `notes`. `reasons`, `issues`: names by code."""

    rows: pl.DataFrame
    notes: Notes
    reasons: Sequence[str]
    issues: Sequence[str]


def read(
    contacts: pl.DataFrame,
    customers: pl.DataFrame,
    reasons: pl.DataFrame,
    cues: pl.DataFrame,
    texts: pl.DataFrame,
    tickets: pl.DataFrame,
    services: pl.DataFrame | None,
) -> Read:
    """What is known of each contact that takes part; arguments as of `linking.link`."""
    rows = _rows(contacts, customers, cues, texts, services)
    place = rows.select("contact_id", "place")
    previous = rows.join(place.rename({"place": "named"}), left_on="previous_contact_id", right_on="contact_id", how="left")
    told, names, issues, primary = _reasons(rows, reasons)
    offsets, codes = _tickets(place, tickets)
    compared = (rows["customer"].is_duplicated() & (rows["text"] != "")).arg_true()
    words = [bare(text) for text in rows["text"].gather(compared)]
    lengths = np.zeros(rows.height, np.int64)
    lengths[compared.to_numpy()] = [len(word) for word in words]
    again = rows["cues"].list.contains("recurrence").arg_true()
    recurs = np.zeros(rows.height, np.bool_)
    recurs[again.to_numpy()] = [
        kind_of(set(said), text) == "recurrence" for said, text in rows[again].select("cues", "text").iter_rows()
    ]
    notes = Notes(
        customer=rows["customer"].cast(pl.Int32).to_numpy(),
        start=rows["started_at"].dt.timestamp("us").to_numpy(),
        end=rows["ended_at"].dt.timestamp("us").to_numpy(),
        own=rows["own"].to_numpy(),
        previous=previous.sort("place")["named"].fill_null(NONE).cast(pl.Int32).to_numpy(),
        service=_coded(rows["service_key"]),
        primary=primary,
        cued=rows["cues"].list.set_intersection(list(REPEAT_CUE_KINDS)).list.len().to_numpy() > 0,
        recurs=recurs,
        confirmed=_confirmed(rows, tickets),
        reasons=told[0],
        reason=told[1],
        issue=told[2],
        tickets=offsets,
        ticket=codes,
        spoken=(rows["text"] != "").to_numpy(),
        texts=np.concatenate([[0], np.cumsum(lengths)]),
        text=points(words),
    )
    return Read(rows, notes, names, issues)


def _rows(
    contacts: pl.DataFrame, customers: pl.DataFrame, cues: pl.DataFrame, texts: pl.DataFrame, services: pl.DataFrame | None
) -> pl.DataFrame:
    """One row a contact that takes part, in order of customer, start, contact_id; `customer` and `place` count from 0."""
    excluded = pl.col("excluded")
    called = (excluded == "outbound") & (pl.col("status") == "answered")
    heard = cues.filter(pl.col("speaker") == "customer").group_by("contact_id").agg(pl.col("kind").unique().sort().alias("cues"))
    about = pl.DataFrame(schema={"contact_id": pl.String, "service_key": pl.String}) if services is None else services
    return (
        contacts.filter(excluded.is_null() | (excluded == "self_service") | called)
        .select(
            "contact_id", "started_at", "ended_at", "previous_contact_id", "in_population", own=~called.fill_null(False)
        )
        .join(customers.select("contact_id", "customer_key"), on="contact_id")
        .join(heard, on="contact_id", how="left")
        .join(texts.select("contact_id", "text"), on="contact_id", how="left")
        .join(about, on="contact_id", how="left")
        .with_columns(pl.col("text").fill_null(""), pl.col("cues").fill_null([]))
        .sort(numbered("customer_key"), "started_at", "contact_id")
        .with_columns(customer=pl.col("customer_key").rle_id().cast(pl.Int64), place=pl.int_range(pl.len(), dtype=pl.Int64))
    )  # fmt: skip


def _reasons(
    rows: pl.DataFrame, reasons: pl.DataFrame
) -> tuple[tuple[Places, Places, Places], Sequence[str], Sequence[str], Places]:
    """Offsets, reason and issue codes of each contact by name of the reason; the names; each contact's primary reason."""
    known = reasons.filter(~pl.col("reason").str.ends_with(".other")).join(rows.select("contact_id", "place"), on="contact_id")
    names, issues = known["reason"].unique().sort(), known["issue"].drop_nulls().unique().sort()
    known = known.with_columns(code=pl.Series(_coded(known["reason"], names)))  # in order of the names
    known = known.sort("place", pl.col("primary").not_(), -pl.col("score"), "code")
    first = known.filter("primary").unique("place", keep="first", maintain_order=True)
    primary = np.full(rows.height, NONE, np.int32)
    primary[first["place"].to_numpy()] = first["code"].to_numpy()
    told = known.unique(["place", "code"], keep="first", maintain_order=True).sort("place", "code")
    arrays = _offsets(told["place"], rows.height), told["code"].to_numpy(), _coded(told["issue"], issues)
    return arrays, names.to_list(), issues.to_list(), primary


def _offsets(place: pl.Series, size: int) -> Places:
    """Where the entries of each place begin, and where the last ones end."""
    counts = np.bincount(place.to_numpy(), minlength=size)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def _coded(values: pl.Series, distinct: pl.Series | None = None) -> Places:
    """Each value's code, NONE for null."""
    table = pl.DataFrame({"value": values.drop_nulls().unique() if distinct is None else distinct}).with_row_index("code")
    found = pl.DataFrame({"value": values}).join(table, on="value", how="left", maintain_order="left")["code"]
    return found.cast(pl.Int32).fill_null(NONE).to_numpy()


def _confirmed(rows: pl.DataFrame, tickets: pl.DataFrame) -> Codes:
    """When the ticket of the return visit was closed, else the end of a contact in which the customer said that it is solved."""
    solved = tickets.filter((pl.col("visit_result") == "yes") & pl.col("closed_at").is_not_null())
    visits = solved.select("contact_id", "closed_at")
    visits = visits.group_by("contact_id").agg(pl.col("closed_at").max())
    said = pl.col("cues").list.contains("resolved") & ~pl.col("cues").list.contains("unresolved")
    found = rows.join(visits, on="contact_id", how="left", maintain_order="left").select(
        pl.coalesce("closed_at", pl.when(said).then("ended_at")).dt.timestamp("us")
    )
    return found.to_series().fill_null(NEVER).to_numpy()


def _tickets(place: pl.DataFrame, tickets: pl.DataFrame) -> tuple[Places, Places]:
    """Offsets and codes of the first tickets of each contact's duplicated tickets."""
    roots = _duplicates(tickets)
    rows = [(contact, root) for contact, found in roots.items() for root in sorted(found)]
    told = pl.DataFrame(rows, schema={"contact_id": pl.String, "root": pl.String}, orient="row")
    told = told.join(place, on="contact_id").sort("place", "root")
    return _offsets(told["place"], place.height), _coded(told["root"])


def _duplicates(tickets: pl.DataFrame) -> dict[str, frozenset[str]]:
    """Contact -> the first tickets of its duplicated tickets. A ticket that duplicates none and has no duplicate says nothing."""
    parent = {r["ticket_id"]: r["duplicate_of"] for r in tickets.iter_rows(named=True) if r["duplicate_of"]}

    def root(ticket: str) -> str:
        path = [ticket]
        while (above := parent.get(path[-1])) is not None and above not in path:
            path.append(above)
        return min(path) if above is not None else path[-1]

    concerned = set(parent) | set(parent.values())
    roots: dict[str, set[str]] = {}
    for row in tickets.filter(pl.col("ticket_id").is_in(sorted(concerned))).iter_rows(named=True):
        roots.setdefault(row["contact_id"], set()).add(root(row["ticket_id"]))
    return {contact: frozenset(found) for contact, found in roots.items()}
