"""Logs whose rows are stamped in several time zones: links, cases and every window are those of the slow twins on one clock."""

import csv
import json
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from laidian.cases import link
from laidian.contacts import contacts
from laidian.fcr import measures
from laidian.ingest import ingest
from laidian.settings import Calls, Cases, Fcr, Settings
from laidian.tables import Case, Customer, Leg, Link, Recording, Ticket, empty

from tests.drawn_cases import POLICY, SECRET, frame
from tests.drawn_contacts import Log, contact, cue, reason
from tests.reference_cases import SlowLinker
from tests.reference_measures import SlowTwin

HERE = timedelta(hours=8)  # Shanghai's clocks do not change
WINDOWS = ("24h", "7d", "2wd")

# Clocks change in Berlin and New York at these instants: an hour is missing or comes twice in how such a row is spelled. From
# there on a coarse grid with the windows and the gaps of reasons (7 and 14 days) on it, exact and a little more.
CHANGES = [datetime(2025, 3, 30, 1), datetime(2025, 10, 26, 1), datetime(2025, 3, 9, 7), datetime(2025, 11, 2, 6)]
moments = st.builds(
    lambda days, hours, minutes: timedelta(days=days, hours=hours, minutes=minutes),
    st.sampled_from([0, 0, 0, 1, 2, 7, 14]), st.integers(-2, 2), st.sampled_from([0, 0, 0, 1, 30]),
)  # fmt: skip
rows = st.lists(
    st.fixed_dictionaries({
        "start": moments,
        "lasts": st.sampled_from([0, 0, 30, 65]).map(lambda m: timedelta(minutes=m)),
        "zone": st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "UTC"]),
        "customer": st.sampled_from(["A", "A", "A", "B"]),
        "reason": st.sampled_from(["net.fault", "net.fault", "bank.card", None]),
        "cue": st.sampled_from([None, None, "prior_contact"]),
    }),
    min_size=1, max_size=8,
)  # fmt: skip


class Drawn:
    """The log of random rows on one clock, and its contacts as `ingest` reads them from the rows of many clocks."""

    def __init__(self, change: datetime, drawn: list[dict[str, Any]], dice: Any) -> None:
        self.log, spelled = Log(), []
        for n, row in enumerate(drawn):
            name, at = f"C{n}", change + row["start"]
            self.log.contacts.append(contact(name, at + HERE, at + HERE + row["lasts"], phone_key=row["customer"]))
            self.log.customers.append(Customer(name, row["customer"], ["phone"], True))
            if row["reason"]:
                self.log.reasons.append(reason(name, row["reason"]))
            if row["cue"]:
                self.log.cues.append(cue(name, row["cue"]))
            there = _clock(row["zone"])
            spelled.append({
                "contact_id": name, "phone": "1380013800" + str("AB".index(row["customer"])), "direction": "inbound",
                "status": "answered", "started_at": there(at).isoformat(), "ended_at": there(at + row["lasts"]).isoformat(),
            })  # fmt: skip
        dice.shuffle(spelled)
        self.read = contacts(_legs(spelled), empty(Recording), Calls())

    def tables(self) -> tuple[pl.DataFrame, ...]:
        """In the order in which `measures` takes them."""
        return self.read, *self.log.frames()[1:]


def _clock(zone: str) -> Callable[[datetime], datetime]:
    return lambda at: at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))


def _legs(spelled: list[dict[str, str]]) -> pl.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=sorted(spelled[0]))
            writer.writeheader()
            writer.writerows(spelled)
        return ingest("contacts", path, Settings(), SECRET).tables[Leg]


drawn_logs = st.builds(Drawn, st.sampled_from(CHANGES), rows, st.randoms(use_true_random=False))


@settings(max_examples=60, deadline=None)
@given(drawn_logs)
def test_links_and_cases_are_those_of_the_slow_twin_on_one_clock(drawn: Drawn) -> None:
    log = drawn.log
    merged, customers, _, _, reasons, cues, _ = drawn.tables()
    found = link(
        merged, customers, reasons, cues, frame({}, "text"), empty(Ticket), POLICY, Cases(), SECRET, frame({}, "service_key")
    )
    links, cases = SlowLinker(log.contacts, log.customers, log.reasons, log.cues, {}, {}, [], POLICY, Cases()).run()
    told = found.links.select(pl.exclude("customer_key"))
    assert sorted(
        (r["contact_id"], r["earlier_contact_id"], r["kind"], tuple(r["basis"]), r["probability"], r["gap_s"], r["repeat"])
        for r in told.iter_rows(named=True)
    ) == links  # fmt: skip
    assert sorted(found.cases["contact_ids"].to_list()) == cases


@settings(max_examples=25, deadline=None)
@given(drawn_logs)
def test_every_window_is_that_of_the_slow_twin_on_one_clock(drawn: Drawn) -> None:
    log = drawn.log
    days = [c.day for c in log.contacts]
    period, as_of = (min(days), max(days)), max(days) + timedelta(3)
    table = measures(*drawn.tables()[:2], empty(Link), empty(Case), *drawn.tables()[4:], period, as_of, Fcr(windows=WINDOWS))
    found = {
        r["definition"]: (r["numerator"], r["denominator"], json.loads(r["excluded"]))
        for r in table.filter(group_by="all").rows(named=True)
    }
    twin = SlowTwin(log, period, as_of)
    expected = {name: figure for window in WINDOWS for kind in ("any", "same", "phone")
                for name, figure in twin.windowed(window, kind)}  # fmt: skip
    assert len(expected) == 27 and {name: found[name] for name in expected} == expected
