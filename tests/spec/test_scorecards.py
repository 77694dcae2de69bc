"""Scorecards an analyst can read: who is compared with whom, what chance and mix are made of, and what nobody can game."""

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laidian.scorecards import scorecards
from laidian.scorecards.shrink import between, shrunk
from laidian.settings import Scorecards
from laidian.tables import Contact, Customer, Outcome, Reason, empty, from_rows

from tests.drawn_contacts import contact, reason

OPENS, DAYS = datetime(2025, 1, 1), 90
LAST = (OPENS + timedelta(DAYS - 1)).date()
PERIOD = (OPENS.date(), LAST)


class Centre:
    """Contacts of customers, each with what was guessed of it."""

    def __init__(self) -> None:
        self.contacts: list[Contact] = []
        self.customers: list[Customer] = []
        self.reasons: list[Reason] = []
        self.outcomes: list[Outcome] = []

    def add(self, day: float, customer: str, agent: str, *, first: float = 1.0, settled: float = 1.0, **more: str) -> None:
        name, at = f"c{len(self.contacts):05d}", OPENS + timedelta(day)
        usual = {"agent_id": agent, "last_agent_id": agent, "team": f"team-{agent[0]}", "queue": "q"} | more
        heard = usual.pop("reason", "fault")
        self.contacts.append(contact(name, at, at + timedelta(minutes=5), **usual))
        self.customers.append(Customer(name, customer, ["phone"], True))
        self.reasons.append(reason(name, heard))
        both = first * settled
        self.outcomes.append(Outcome(name, first, settled, both, first, settled, both, None, []))

    def cards(self, settings: Scorecards | None = None, audited: bool = True) -> dict[tuple[str, str], dict[str, object]]:
        outcomes = from_rows(self.outcomes, Outcome) if audited else empty(Outcome)
        made = scorecards(
            from_rows(self.contacts, Contact), from_rows(self.customers, Customer), from_rows(self.reasons, Reason), outcomes,
            PERIOD, LAST, settings or Scorecards(),
        )  # fmt: skip
        return {(r["group_by"], r["group"]): r for r in made.iter_rows(named=True)}


def centre(settled: dict[str, list[float]], **more: str) -> Centre:
    made = Centre()
    for agent, guesses in settled.items():
        for n, guess in enumerate(guesses):
            made.add(n % 80, f"{agent}-{n}", agent, settled=guess, **more)
    return made


def test_a_group_below_the_smallest_size_shows_no_figure() -> None:
    cards = centre({"a1": [1.0] * 29, "a2": [0.5, 1.0] * 15}).cards()
    assert cards["agent", "a1"]["suppressed"]
    assert {cards["agent", "a1"][c] for c in ("fcr", "raw", "adjusted", "low", "limit_low", "gap", "outside")} == {None}
    assert cards["agent", "a1"]["contacts"] == 29
    assert not cards["agent", "a2"]["suppressed"]
    assert cards["team", "team-a"]["firsts"] == 59


def test_differences_that_chance_makes_are_shrunk_away_and_real_ones_stay() -> None:
    rng = np.random.default_rng(1)
    chance = centre({f"a{n}": [float(x) for x in rng.random(60) < 0.7] for n in range(10)}).cards()
    values = [chance["agent", f"a{n}"]["fcr"] for n in range(10)]
    raw = [chance["agent", f"a{n}"]["raw"] for n in range(10)]
    assert np.ptp(values) < 0.3 * np.ptp(raw)  # type: ignore[arg-type]
    real = centre({f"a{n}": [float(x) for x in rng.random(400) < 0.5 + 0.04 * n] for n in range(10)}).cards()
    shown = [real["agent", f"a{n}"] for n in range(10)]
    assert np.ptp([c["fcr"] for c in shown]) > 0.8 * np.ptp([c["adjusted"] for c in shown])  # type: ignore[arg-type]
    assert all(c["low"] < c["fcr"] < c["high"] for c in shown)  # type: ignore[operator]


def test_guesses_that_tell_little_of_an_agent_are_taken_for_what_they_tell() -> None:
    """Customers come back after 7 in 10 unsettled contacts and 2 in 10 settled ones; guesses know that, and not the agent."""
    rng = np.random.default_rng(6)
    level = {f"a{n:02d}": 0.7 + 0.08 * float(z) for n, z in enumerate(rng.normal(size=40))}
    guess = {True: 0.7 * 0.2 / (0.7 * 0.2 + 0.3 * 0.7), False: 0.7 * 0.8 / (0.7 * 0.8 + 0.3 * 0.3)}
    came_back = {a: rng.random(300) < np.where(rng.random(300) < p, 0.2, 0.7) for a, p in level.items()}
    cards = centre({a: [guess[bool(b)] for b in back] for a, back in came_back.items()}).cards()
    shown = [cards["agent", a] for a in level]
    true = np.array(list(level.values()))
    slope = np.polyfit(true, [c["adjusted"] for c in shown], 1)[0]
    assert slope == pytest.approx(1.0, abs=0.15)  # the guesses themselves move by a quarter of it
    covers = np.mean([c["low"] <= p <= c["high"] for c, p in zip(shown, true, strict=True)])  # type: ignore[operator]
    assert covers >= 0.9
    assert np.mean([c["high"] - c["low"] for c in shown]) < 0.3  # type: ignore[operator]


def test_who_is_given_the_hard_calls_is_not_blamed_for_them() -> None:
    """Both agents settle 9 of 10 easy and 4 of 10 hard ones; one has three times as many hard ones."""
    made = Centre()
    easy, hard = ([1.0] * 9 + [0.0]), ([1.0] * 4 + [0.0] * 6)
    for agent, mix in {"a1": (("easy", easy, 30), ("hard", hard, 10)), "a2": (("easy", easy, 10), ("hard", hard, 30))}.items():
        for kind, guesses, times in mix:
            for n, guess in enumerate(guesses * times):
                made.add(n % 80, f"{agent}{kind}{n}", agent, settled=guess, reason=kind)
    cards = made.cards()
    one, two = cards["agent", "a1"], cards["agent", "a2"]
    assert one["raw"] - two["raw"] == pytest.approx(0.25)  # type: ignore[operator]
    assert one["adjusted"] - two["adjusted"] == pytest.approx(0.0, abs=0.02)  # type: ignore[operator]


def test_the_reason_is_not_read_where_only_the_agents_code_tells_it() -> None:
    made = centre({"a1": [1.0] * 40, "a2": [0.0] * 40})
    made.reasons = [reason(r.contact_id, f"own-{n % 2}", source="wrap_code") for n, r in enumerate(made.reasons)]
    coded = made.cards()["agent", "a1"]["expected"]
    made.reasons = []
    assert made.cards()["agent", "a1"]["expected"] == coded


def test_one_far_off_lies_outside_the_funnel_and_the_others_inside() -> None:
    rng = np.random.default_rng(2)
    share = {f"a{n:02d}": 0.75 for n in range(20)} | {"a99": 0.3}
    cards = centre({a: [float(x) for x in rng.random(150) < p] for a, p in share.items()}).cards()
    told = {a: cards["agent", a]["outside"] for a in share}
    assert told.pop("a99") == "below"
    assert set(told.values()) == {None}


def test_first_calls_count_for_the_first_agent_and_contact_resolution_for_the_last() -> None:
    made = Centre()
    for n in range(40):
        made.add(n, f"k{n}", "a1", settled=1.0)
        made.add(n, f"m{n}", "a1", settled=0.0, last_agent_id="b1")
        made.add(n, f"o{n}", "b1", settled=0.5)
    cards = made.cards()
    assert cards["agent", "a1"]["firsts"] == 80
    assert cards["agent", "a1"]["resolution_of"] == 40
    assert cards["agent", "b1"]["resolution_of"] == 80
    assert cards["team", "team-b"]["resolution_of"] == 80  # the last agent's own team
    assert cards["agent", "a1"]["resolution"] > cards["agent", "b1"]["resolution"]  # type: ignore[operator]


def test_targets_and_departments_come_from_the_settings() -> None:
    settings = Scorecards(
        departments={"north": ("team-a", "team-b")}, targets={"agent": {"*": 0.7, "a1": 0.9}, "department": {"north": 0.8}}
    )
    cards = centre({"a1": [0.8] * 40, "b1": [0.8] * 40, "c1": [0.8] * 40}).cards(settings)
    assert cards["agent", "a1"]["gap"] == pytest.approx(-0.1)
    assert cards["agent", "b1"]["gap"] == pytest.approx(0.1)
    assert cards["department", "north"]["firsts"] == 80
    assert cards["department", "north"]["gap"] == pytest.approx(0.0)
    assert cards["team", "team-a"]["target"] is None
    assert ("department", "team-c") not in cards


def test_without_an_audit_it_counts_who_came_back_to_the_same_queue_and_only_who_could() -> None:
    """7 days before, 14 days after: contacts of days 7 to 75 count; a return after 8 days counts as well as one after 1."""
    made = Centre()
    made.add(0, "opens", "x1")
    for n in range(6, 76):
        made.add(n, f"k{n}", "a1")
    for n in range(7, 77):
        made.add(n, f"m{n}", "a2")
        made.add(n + (8 if n % 2 else 1), f"m{n}", "x1")
        made.add(n + 0.5, f"m{n}", "x2", queue="other")
    for n in range(7, 60):
        made.add(n, f"p{n}", "a3")
        made.add(n + 15, f"p{n}", "x1")
    cards = made.cards(audited=False)
    one, two, three = (cards["agent", agent] for agent in ("a1", "a2", "a3"))
    assert {one["basis"], two["basis"]} == {"returns"}
    assert (one["firsts"], one["settled"], one["excluded"]) == (69, 69, '{"immature_before": 1}')
    assert (two["firsts"], two["settled"], two["excluded"]) == (69, 0, '{"immature_after": 1}')
    assert (three["firsts"], three["settled"]) == (53, 53)
    assert three["returned"] == three["returned_late"] == 53  # within 21 days, which is late
    assert one["resolution"] is None  # it cannot be told from returns


def test_whose_customers_come_back_after_the_seventh_day_is_told() -> None:
    rng, made = np.random.default_rng(3), Centre()
    for agent in ("a1", "a2", "a3", "b1"):
        for n in range(120):
            day = float(rng.uniform(0, 60))
            made.add(day, f"{agent}{n}", agent)
            late = rng.random() < (0.7 if agent == "b1" else 0.3)
            made.add(day + float(rng.uniform(8, 20) if late else rng.uniform(0.1, 6)), f"{agent}{n}", "z9")
    cards = made.cards()
    assert {a: cards["agent", a]["defers"] for a in ("a1", "a2", "a3", "b1")} == {
        "a1": False, "a2": False, "a3": False, "b1": True,
    }  # fmt: skip
    assert cards["agent", "b1"]["returned"] == 120
    assert cards["agent", "b1"]["late_share"] == pytest.approx(0.7, abs=0.12)


def test_contacts_of_nobody_in_the_log_belong_to_no_card_and_an_empty_log_has_none() -> None:
    made = centre({"a1": [1.0] * 40})
    made.add(1, "k", "a1", agent_id=None, last_agent_id=None, team=None)  # type: ignore[arg-type]
    assert made.cards()["agent", "a1"]["contacts"] == 40
    nothing = scorecards(empty(Contact), empty(Customer), empty(Reason), empty(Outcome), PERIOD, date(2025, 3, 31), Scorecards())
    assert nothing.is_empty()


# --- a slow twin ---------------------------------------------------------------------------------------------------------------


def _slow_spread(shares: list[float], variances: list[float], whole: float) -> float:
    apart = sum((s - whole) ** 2 / v for s, v in zip(shares, variances, strict=True))
    return max(0.0, (apart - len(shares)) / sum(1 / v for v in variances))


GROUPS = st.lists(st.tuples(st.floats(0, 1), st.floats(1e-4, 0.05)), min_size=2, max_size=12)


@given(GROUPS, st.floats(0.05, 0.95))
def test_shrinkage_is_that_of_a_beta_prior_and_never_turns_two_groups_around(
    groups: list[tuple[float, float]], whole: float
) -> None:
    share, variance = (np.array(column) for column in zip(*groups, strict=True))
    spread = _slow_spread(list(share), list(variance), whole)
    assert between(share, variance, whole) == pytest.approx(spread, abs=1e-9)
    found = shrunk(share, variance, whole)
    spread = min(spread, whole * (1 - whole) * 0.99)
    for j, (own, noise) in enumerate(groups):
        if spread == 0:
            assert found.value[j] == pytest.approx(whole)
            continue
        alpha, beta = (p * (whole * (1 - whole) / spread - 1) for p in (whole, 1 - whole))
        size = whole * (1 - whole) / noise
        expected = (alpha + own * size) / (alpha + beta + size)
        assert found.value[j] == pytest.approx(expected, abs=1e-6)
        assert min(own, whole) - 1e-9 <= found.value[j] <= max(own, whole) + 1e-9
        assert found.low[j] <= found.value[j] <= found.high[j]


def test_the_cards_do_not_depend_on_the_order_of_rows() -> None:
    rng = np.random.default_rng(4)
    made = centre({f"a{n}": [float(x) for x in rng.random(50)] for n in range(5)})
    tables = (from_rows(made.contacts, Contact), from_rows(made.customers, Customer), from_rows(made.reasons, Reason),
              from_rows(made.outcomes, Outcome))  # fmt: skip
    one = scorecards(*tables, PERIOD, LAST, Scorecards())
    other = scorecards(*(t.sample(fraction=1, shuffle=True, seed=5) for t in tables), PERIOD, LAST, Scorecards())
    assert one.equals(other)
    assert isinstance(one, pl.DataFrame)
