"""Random logs: linking against its slow twin, and laws that hold whatever the log."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from laidian.cases import Linked, link
from laidian.cases.rules import by_customer
from laidian.settings import Cases
from laidian.tables import Contact, Cue, Customer, Reason, Ticket, from_rows

from tests.drawn_cases import POLICY, SECRET, frame, ticket
from tests.drawn_contacts import contact, cue, reason
from tests.reference_cases import SlowLinker

MONDAY = datetime(2025, 3, 3)

# A coarse grid with the reasons' gaps (7, 14, 21, 30 days) and a periodic reason's two days on it, so that ties and
# exact gaps are common.
moments = st.one_of(
    st.integers(0, 20).map(lambda h: timedelta(hours=h)),
    st.sampled_from([0, 0, 2, 2, 4, 7, 14, 21, 30, 45]).map(lambda d: timedelta(days=d)),
    st.sampled_from([2, 7, 14, 30]).map(lambda d: timedelta(days=d, minutes=1)),
)
reasons = st.sampled_from(
    ["net.fault", "net.fault", "net.balance", "net.balance", "net.move", "bank.card", "net.other", "general.anger", None]
)
rows = st.lists(
    st.fixed_dictionaries({
        "start": moments,
        "length": st.sampled_from([0, 0, 1, 60, 60 * 50]).map(lambda m: timedelta(minutes=m)),
        "customer": st.sampled_from(["A", "A", "A", "A", "A", "B"]),
        "reason": reasons,
        "second": reasons,
        "issue": st.sampled_from(["cut", "slow", None]),
        "second_issue": st.sampled_from(["cut", "slow", None]),
        "outside": st.sampled_from([None, None, None, None, "outbound", "self_service", "abandoned"]),
        "status": st.sampled_from(["answered", "answered", "abandoned"]),
        "service": st.sampled_from([None, None, None, None, "s1", "s2"]),
        "cue": st.sampled_from(
            [None, None, None, None, "resolved", "prior_contact", "recurrence", "pending_followup", "escalation", "resolved"]
        ),
        "speaker": st.sampled_from(["customer", "customer", "agent"]),
        "says": st.sampled_from([None, "宽带断网了上不去", "宽带断网了还是上不去", "卡丢了要挂失", "还没人来修"]),
        "follows": st.one_of(st.none(), st.none(), st.none(), st.integers(0, 8)),
        "ticket": st.sampled_from([None, None, None, "alone", "duplicate", "duplicate", "visited"]),
    }),
    max_size=12,
)  # fmt: skip


class Drawn:
    """The tables of random rows."""

    def __init__(self, drawn: list[dict[str, Any]]) -> None:
        self.contacts: list[Contact] = []
        self.customers: list[Customer] = []
        self.reasons: list[Reason] = []
        self.cues: list[Cue] = []
        self.tickets: list[Ticket] = []
        self.texts: dict[str, str] = {}
        self.services: dict[str, str] = {}
        for place, row in enumerate(drawn):
            self._add(f"c{place}", row, place)

    def _add(self, name: str, row: dict[str, Any], place: int) -> None:
        at = MONDAY + row["start"]
        self.contacts.append(contact(
            name, at, at + row["length"], excluded=row["outside"], status=row["status"],
            previous_contact_id=None if row["follows"] is None else f"c{row['follows']}",
        ))  # fmt: skip
        self.customers.append(Customer(name, row["customer"], ["phone"], True))
        if row["reason"]:
            issue = f"{row['reason']}.{row['issue']}" if row["issue"] else None
            self.reasons.append(reason(name, row["reason"], issue=issue))
        if row["reason"] and row["second"] and row["second"] != row["reason"]:
            issue = f"{row['second']}.{row['second_issue']}" if row["second_issue"] else None
            self.reasons.append(reason(name, row["second"], issue=issue, primary=False, score=0.5))
        if row["cue"]:
            self.cues.append(cue(name, row["cue"], speaker=row["speaker"]))
        if row["says"]:
            self.texts[name] = row["says"]
        if row["service"]:
            self.services[name] = row["service"]
        if row["ticket"]:
            of = f"t{(place * 3 + 1) % 5}" if row["ticket"] == "duplicate" else None
            more = {"visit_result": "yes", "closed_at": at + timedelta(days=1)} if row["ticket"] == "visited" else {}
            self.tickets.append(ticket(f"t{place}", name, duplicate_of=of, **more))

    def linked(self, dice: Any = None) -> Linked:
        """What linking makes of it, its rows in any order."""
        tables: list[tuple[list[Any], Any]] = [
            (self.contacts, Contact), (self.customers, Customer), (self.reasons, Reason), (self.cues, Cue),
            (self.tickets, Ticket),
        ]  # fmt: skip
        frames = []
        for listed, row in tables:
            shuffled = list(listed)
            if dice is not None:
                dice.shuffle(shuffled)
            frames.append(from_rows(shuffled, row))
        contacts, customers, told, cues, tickets = frames
        texts, services = frame(self.texts, "text"), frame(self.services, "service_key")
        return link(contacts, customers, told, cues, texts, tickets, POLICY, Cases(), SECRET, services)

    def slowly(self) -> SlowLinker:
        """The twin over the same rows."""
        return SlowLinker(
            self.contacts, self.customers, self.reasons, self.cues, self.texts, self.services, self.tickets, POLICY, Cases()
        )


@settings(max_examples=300, deadline=None)
@given(rows)
def test_linking_is_its_slow_twin(drawn: list[dict[str, Any]]) -> None:
    log = Drawn(drawn)
    found, (links, cases) = log.linked(), log.slowly().run()
    told = [
        (r["contact_id"], r["earlier_contact_id"], r["kind"], tuple(r["basis"]), r["probability"], r["gap_s"], r["repeat"])
        for r in found.links.iter_rows(named=True)
    ]
    assert sorted(told) == links
    assert sorted(found.cases["contact_ids"].to_list()) == cases


@settings(max_examples=60, deadline=None)
@given(rows, st.randoms())
def test_row_order_changes_nothing(drawn: list[dict[str, Any]], dice: Any) -> None:
    log = Drawn(drawn)
    one, other = log.linked(), log.linked(dice)
    assert one.links.equals(other.links) and one.cases.equals(other.cases)


@settings(max_examples=60, deadline=None)
@given(rows)
def test_customers_do_not_touch_each_other(drawn: list[dict[str, Any]]) -> None:
    """Without the other customer's contacts, links are the same; only tickets could cross, and they are cut off with them."""
    whole = Drawn(drawn)
    names = {c.contact_id for c in whole.customers if c.customer_key == "A"}
    part = Drawn([])
    part.__dict__ |= {
        "contacts": [c for c in whole.contacts if c.contact_id in names],
        "customers": [c for c in whole.customers if c.contact_id in names],
        "reasons": [r for r in whole.reasons if r.contact_id in names],
        "cues": [c for c in whole.cues if c.contact_id in names],
        "tickets": whole.tickets,
        "texts": whole.texts,
        "services": whole.services,
    }
    assert part.linked().links.equals(whole.linked().links.filter(pl.col("customer_key") == "A"))


@settings(max_examples=100, deadline=None)
@given(rows)
def test_laws_of_links_and_cases(drawn: list[dict[str, Any]]) -> None:
    log, by_id = Drawn(drawn), {c.contact_id: c for c in Drawn(drawn).contacts}
    found = log.linked()
    in_cases = [c for ids in found.cases["contact_ids"] for c in ids]
    assert len(in_cases) == len(set(in_cases))
    demands = {c.contact_id for c in log.contacts if c.excluded in (None, "self_service")}
    assert demands <= set(in_cases)
    for row in found.links.iter_rows(named=True):
        later, earlier = by_id[row["contact_id"]], by_id[row["earlier_contact_id"]]
        assert (earlier.started_at, earlier.contact_id) < (later.started_at, later.contact_id)
        assert row["gap_s"] == max(0.0, (later.started_at - earlier.ended_at).total_seconds())
        assert row["repeat"] == (later.contact_id in demands) and earlier.contact_id in demands
        assert 0 < row["probability"] < 1
        if not set(row["basis"]) & {"previous_contact_id", "ticket"}:
            assert row["gap_s"] <= 30 * 86400


@given(st.lists(st.integers(0, 3000), max_size=60))
def test_contacts_are_brought_together_by_customer_in_their_order(drawn: list[int]) -> None:
    customer = np.array(drawn, np.int64)
    start = np.arange(len(drawn))
    order = np.argsort(customer, kind="stable")
    sorted_ = by_customer(customer, start, start + 7, start % 5 - 1)
    assert [column.tolist() for column in sorted_] == [c[order].tolist() for c in (customer, start, start + 7, start % 5 - 1)]
