"""Random small logs: the figures against their slow twin, and laws that hold whatever the log."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from laidian.fcr import measures
from laidian.issues import rank
from laidian.settings import Fcr, Report
from laidian.tables import Case, Customer, Link, Promise, Utterance, empty, from_rows

from tests.drawn_contacts import Log, contact, cue, reason
from tests.reference_measures import SlowTwin

MONDAY = datetime(2025, 3, 3)
WINDOWS = ("2h", "24h", "7d", "5wd", "30d:24h", "none:2wd")
LONGER = ("2h", "24h", "7d")

# Hours on a coarse grid, so that equal times, overlaps and gaps of exactly a window are common.
moments = st.one_of(
    st.integers(0, 24 * 20).map(lambda h: timedelta(hours=h)),
    st.sampled_from([0, 24, 24 * 7, 24 * 14]).map(lambda h: timedelta(hours=h)),
)
approaches = st.fixed_dictionaries({
    "start": moments,
    "length": st.sampled_from([0, 1, 60, 26 * 60]).map(lambda m: timedelta(minutes=m)),
    "customer": st.sampled_from(["A", "A", "B", None]),
    "reason": st.sampled_from(["x", "x", "y", None]),
    "phone": st.sampled_from(["p", "q", None]),
    "direction": st.sampled_from(["inbound", "inbound", "inbound", "outbound"]),
    "outside": st.sampled_from([None, None, None, "abandoned"]),
    "faulty": st.booleans(),
    "recorded": st.booleans(),
    "cue": st.sampled_from([None, "prior_contact", "escalation", "agent"]),
    "source": st.sampled_from(["rules", "wrap_code"]),
    "follows": st.one_of(st.none(), st.integers(0, 5)),
    "repeat": st.booleans(),
    "promised": st.sampled_from([None, None, timedelta(hours=2), timedelta(days=12)]),
    "own_case": st.sampled_from([False, False, True]),
})  # fmt: skip


def build(rows: list[dict[str, Any]]) -> Log:
    """A log of these approaches; each may follow one of the few before it by the same customer, in its case or in its own."""
    log, case_of, spoken = Log(), {}, {}
    for place, row in enumerate(sorted(rows, key=lambda row: row["start"])):
        name, at = f"c{place:02d}", MONDAY + row["start"]
        log.contacts.append(contact(
            name, at, at + row["length"], phone_key=row["phone"], direction=row["direction"], excluded=row["outside"],
            faulty=row["faulty"], recordings=["a.wav"] if row["recorded"] else [], transferred=place % 3 == 0,
        ))  # fmt: skip
        key = row["customer"] or f"nobody-{name}"
        log.customers.append(Customer(name, key, [], row["customer"] is not None))
        if row["reason"]:
            log.reasons.append(reason(name, row["reason"], source=row["source"], recording_no=1, turn=place % 2))
        if row["cue"]:
            agent = row["cue"] == "agent"
            log.cues.append(cue(name, "prior_contact" if agent else row["cue"], speaker="agent" if agent else "customer"))
        if row["promised"] is not None:
            log.promises.append(Promise(name, at + row["length"] + row["promised"], "spoken", None))
        before = spoken.setdefault(key, [])
        case = [name]
        if row["follows"] is not None and before:
            earlier = before[-1 - row["follows"] % len(before)]
            log.links.append(Link(name, earlier, key, "same_problem", ["reason"], 0.9, 0.0, row["repeat"]))
            if not row["own_case"]:
                case = case_of[earlier]
                case.append(name)
        case_of[name] = case
        before.append(name)
    first = {ids[0]: ids for ids in case_of.values()}
    log.cases = [Case(f"case-{n}", "k", None, None, MONDAY, MONDAY, len(ids), 0, ids, False) for n, ids in first.items()]
    return log


logs = st.lists(approaches, max_size=14).map(build)
days = st.integers(0, 22).map(lambda n: MONDAY.date() + timedelta(days=n))
periods = st.tuples(days, days).map(lambda two: (min(two), max(two)))


def told(log: Log, period: tuple[date, date], as_of: date) -> pl.DataFrame:
    return measures(*log.frames(), period, as_of, Fcr(windows=WINDOWS), from_rows(log.promises, Promise))


def figures(log: Log, period: tuple[date, date], as_of: date) -> dict[str, tuple[int, int | None, dict[str, int]]]:
    table = told(log, period, as_of).filter(group_by="all")
    return {r["definition"]: (r["numerator"], r["denominator"], json.loads(r["excluded"])) for r in table.rows(named=True)}


@settings(max_examples=80, deadline=None)
@given(logs, periods, days)
def test_the_figures_agree_with_the_slow_twin(log: Log, period: tuple[date, date], as_of: date) -> None:
    found, twin = figures(log, period, as_of), SlowTwin(log, period, as_of)
    expected = dict(twin.single())
    for window in WINDOWS:
        for kind in ("any", "same", "phone"):
            expected |= dict(twin.windowed(window, kind))
    assert {name: found[name] for name in expected} == expected


@settings(max_examples=25, deadline=None)
@given(logs, periods, days)
def test_grouped_figures_agree_with_the_slow_twin_group_by_group(log: Log, period: tuple[date, date], as_of: date) -> None:
    table = told(log, period, as_of).filter(group_by="day")
    twin, inside = SlowTwin(log, period, as_of), [c for c in log.contacts if period[0] <= c.day <= min(period[1], as_of)]
    wanted = {str(c.day) for c in inside if c.in_population}
    assert set(table["group"]) == wanted
    for day in wanted:
        for name, figure in twin.windowed("7d", "same", lambda c, day=day: str(c.day) == day):
            row = table.row(by_predicate=(pl.col("definition") == name) & (pl.col("group") == day), named=True)
            assert (row["numerator"], row["denominator"], json.loads(row["excluded"])) == figure


@settings(max_examples=25, deadline=None)
@given(logs)
def test_a_longer_window_never_lowers_followed_by_repeat_on_the_same_contacts(log: Log) -> None:
    everything = (date(2025, 1, 1), date(2025, 12, 31))
    found = figures(log, everything, date(2025, 12, 31))  # all mature after, so every window counts the same contacts
    for kind in ("any", "same"):
        shares = [found[f"followed_by_repeat.{window}.{kind}"] for window in LONGER]
        assert len({denominator for _, denominator, _ in shares}) == 1
        assert [n for n, _, _ in shares] == sorted(n for n, _, _ in shares)


@settings(max_examples=25, deadline=None)
@given(logs, periods, days)
def test_no_contact_is_lost(log: Log, period: tuple[date, date], as_of: date) -> None:
    """Counted, or left out for one reason: never neither, never twice."""
    found = figures(log, period, as_of)
    contacts, _, _ = found["contacts"]
    for name, (numerator, denominator, excluded) in found.items():
        if denominator is not None:
            assert 0 <= numerator <= denominator, name
            assert denominator + sum(excluded.values()) == contacts, name


@settings(max_examples=20, deadline=None)
@given(logs, periods, days, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(log: Log, period: tuple[date, date], as_of: date, shuffle: Any) -> None:
    frames = log.frames()
    mixed = [f.sample(fraction=1, shuffle=True, seed=shuffle.randrange(1000)) for f in frames]
    some = Fcr(windows=("7d",))
    assert measures(*frames, period, as_of, some).equals(measures(*mixed, period, as_of, some))
    turns = empty(Utterance)
    assert rank(*frames[:6], turns, period, Report()).equals(rank(*mixed[:6], turns, period, Report()))


@settings(max_examples=40, deadline=None)
@given(logs, periods)
def test_the_top_lists_count_what_plain_loops_count(log: Log, period: tuple[date, date]) -> None:
    lists = rank(*log.frames()[:6], empty(Utterance), period, Report())
    twin = SlowTwin(log, period, date(2025, 12, 31))
    inside = [c for c in log.contacts if c.in_population and c.contact_id in twin.reason and period[0] <= c.day <= period[1]]
    contacts = {r: sum(twin.reason[c.contact_id] == r for c in inside) for r in ("x", "y")}
    repeats = {r: sum(twin.reason[c.contact_id] == r and twin.case_goes_on(c) for c in inside) for r in ("x", "y")}
    common, unresolved = lists.filter(ranking="common"), lists.filter(ranking="unresolved")
    assert dict(common.select("reason", "contacts").rows()) == {r: n for r, n in contacts.items() if n}
    assert dict(unresolved.select("reason", "repeats").rows()) == {r: n for r, n in repeats.items() if n}
