"""Who comes back, and what a contact came to: what the models may know, what they are judged on, what they give as reasons."""

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from laidian.fcr import facts
from laidian.outcome import AGENTS_OWN, Chances, Risks, at_end, chances, risks, since
from laidian.outcome.features import DAY, seen_by
from laidian.tables import Audit, Ticket, empty, from_rows

from tests.drawn_contacts import Log, drawn

OPENS, DAYS = date(2025, 1, 1), 60
LAST = OPENS + timedelta(DAYS - 1)


def centre(customers: int, seed: int = 1) -> Log:
    """Customers who wait for an answer come back after three days more often (7 of 10) than others (1 of 10)."""
    rng = np.random.default_rng(seed)
    lines = ["contact | at | customer | reason | cue"]
    for n in range(customers):
        at = OPENS + timedelta(int(rng.integers(0, DAYS - 3)))
        waits = n % 4 == 0
        lines.append(f"a{n:04d} | {at:%m-%d} 09:00 | k{n} | fault | {'pending_followup' if waits else '-'}")
        if rng.random() < (0.7 if waits else 0.1):
            lines.append(f"b{n:04d} | {at + timedelta(3):%m-%d} 09:00 | k{n} | fault | -")
    return drawn("\n".join(lines))


NOBODY = pl.DataFrame(schema={"contact_id": pl.String})


def found(log: Log, last: date = LAST) -> Risks:
    known = facts(*log.frames(), (OPENS, last), last)
    return risks(at_end(known, log.frames()[5], empty(Ticket), NOBODY), known)


@pytest.fixture(scope="module")
def learnt() -> Risks:
    return found(centre(900))


def test_risk_is_about_as_high_as_customers_come_back(learnt: Risks) -> None:
    risk = dict(learnt.table.select("contact_id", "risk").iter_rows())
    waiting = np.mean([risk[f"a{n:04d}"] for n in range(0, 900, 4)])
    others = np.mean([risk[f"a{n:04d}"] for n in range(900) if n % 4])
    assert waiting == pytest.approx(0.7, abs=0.12)
    assert others == pytest.approx(0.1, abs=0.05)


def test_the_model_is_judged_on_later_contacts_and_beats_the_plain_share(learnt: Risks) -> None:
    rows = learnt.judged
    assert set(rows["target"]) == {"risk"}
    assert (rows["brier"] * rows["contacts"]).sum() < 0.8 * (rows["base"] * rows["contacts"]).sum()
    for low, high, n, happened, guessed in rows.select("low", "high", "contacts", "happened", "guessed").iter_rows():
        assert low <= guessed <= high
        assert abs(guessed - happened / n) < 0.1 + 1.5 / n**0.5


def test_only_what_is_there_is_a_reason_to_call(learnt: Risks) -> None:
    why = dict(learnt.table.select("contact_id", "why").iter_rows())
    assert "waiting" in why["a0000"]
    assert all("waiting" not in why[f"a{n:04d}"] for n in range(900) if n % 4)


def test_what_happened_later_is_not_known_yet() -> None:
    """Cut off the log at the end of a contact's day: its own features, and so the order of that day's list, stay the same."""
    log = centre(900)
    day = OPENS + timedelta(40)
    early, later = found(log, day), found(log)
    ids = [c.contact_id for c in log.contacts if c.day == day]
    why = [dict(o.table.select("contact_id", "why").iter_rows()) for o in (early, later)]
    assert len(ids) > 5
    assert [("waiting" in why[0][c]) == ("waiting" in why[1][c]) for c in ids] == [True] * len(ids)


def test_contacts_not_watched_for_a_week_teach_nothing_but_have_a_risk(learnt: Risks) -> None:
    log = centre(900)
    young = [c.contact_id for c in log.contacts if c.day > LAST - timedelta(7) and c.in_population]
    assert set(young) <= set(learnt.table["contact_id"])
    assert learnt.judged["contacts"].sum() <= 0.25 * (learnt.table.height - len(young)) + 1


def test_from_too_little_nothing_is_learnt() -> None:
    little = found(centre(60))
    assert little.judged.is_empty()
    assert little.table.is_empty()


# --- what has been seen since, at an age --------------------------------------------------------------------------------------

#   a comes back for the same reason after 2 days, b after 6 hours for another, c never; the log ends on day 5
TWICE = """
contact | at          | customer | reason | link | cue
a1      | 01-01 09:00 | a        | fault  | -    | -
a2      | 01-03 09:05 | a        | fault  | a1   | prior_contact
b1      | 01-01 09:00 | b        | fault  | -    | -
b2      | 01-01 15:05 | b        | bill   | -    | -
c1      | 01-01 09:00 | c        | fault  | -    | -
"""


def seen_at(age_days: float) -> dict[str, dict[str, bool]]:
    log, last = drawn(TWICE), date(2025, 1, 5)
    frames = log.frames()
    links = frames[2].with_columns(gap_s=pl.lit(2 * 86400.0))
    came = since(facts(*frames, (OPENS, last), last), links, frames[5])
    flags = seen_by(came, pl.lit(age_days * DAY))
    return dict(zip(came["contact_id"], flags.to_dicts(), strict=True))


@pytest.mark.parametrize(
    ("age", "contact", "flag", "value"),
    [
        (0, "a1", "same_after.3d", False),
        (0, "c1", "away.same_after.12h", False),  # no time has passed: nobody has stayed away yet
        (1, "a1", "same_after.3d", False),  # came on day 2, which nobody knows on day 1
        (1, "a1", "away.same_after.1d", True),
        (3, "a1", "same_after.3d", True),
        (3, "a1", "same_after.1d", False),
        (3, "a1", "next_cued", True),
        (1, "a1", "next_cued", False),
        (1, "b1", "any_after.12h", True),
        (1, "b1", "same_after.12h", False),
        (3, "c1", "away.any_after.3d", True),
        (30, "c1", "away.any_after.15d", False),  # the log watched it for five days, however old it is made
        (30, "c1", "away.any_after.3d", True),
    ],
)
def test_a_contact_is_seen_as_the_log_stood_when_it_was_so_old(age: float, contact: str, flag: str, value: bool) -> None:
    assert seen_at(age)[contact][flag] is value


# --- P(first), P(resolved) ------------------------------------------------------------------------------------------------------


def judged(log: Log, every: int, seed: int = 5) -> pl.DataFrame:
    """Every n-th contact judged: a follow-up is never first; what waits is settled in 2 of 10, the rest in 8 of 10."""
    rng, waits = np.random.default_rng(seed), {c.contact_id for c in log.cues}
    rows = [
        Audit(c.contact_id, None, c.contact_id[0] == "a",
              "at_hangup" if rng.random() < (0.2 if c.contact_id in waits else 0.8) else "no", 1, None, None, None)
        for n, c in enumerate(log.contacts) if c.in_population and n % every == 0
    ]  # fmt: skip
    return from_rows(rows, Audit)


def guessed(log: Log, audits: pl.DataFrame, least: int = 30) -> Chances:
    frames = log.frames()
    known = facts(*frames, (OPENS, LAST), LAST)
    flags = at_end(known, frames[5], empty(Ticket), NOBODY)
    return chances(flags, since(known, frames[2], frames[5]), audits, frames[1], least)


def test_without_an_audit_there_is_no_p_first_and_no_p_resolved() -> None:
    log = centre(300)
    made = guessed(log, judged(log, 1).head(29))
    assert made.judged.is_empty()
    assert made.table.height == sum(c.in_population for c in log.contacts)
    assert made.table.drop("contact_id").null_count().row(0) == (made.table.height,) * 6


def test_who_waits_is_less_likely_helped_and_who_came_before_is_not_first() -> None:
    log = centre(900)
    made = guessed(log, judged(log, 3))
    row = {r["contact_id"]: r for r in made.table.iter_rows(named=True)}
    waiting = np.mean([row[f"a{n:04d}"]["resolved"] for n in range(0, 900, 4)])
    others = np.mean([row[f"a{n:04d}"]["resolved"] for n in range(900) if n % 4])
    assert waiting == pytest.approx(0.2, abs=0.1)
    assert others == pytest.approx(0.8, abs=0.1)
    again = np.mean([r["first"] for c, r in row.items() if c[0] == "b"])
    assert again < 0.1 < 0.9 < np.mean([row[f"a{n:04d}"]["first"] for n in range(900)])
    assert set(made.judged["target"]) == {"first", "resolved"}
    for target in ("first", "resolved"):
        rows = made.judged.filter(pl.col("target") == target)
        assert rows["contacts"].sum() == judged(log, 3).height
        assert (rows["brier"] * rows["contacts"]).sum() < 0.9 * (rows["base"] * rows["contacts"]).sum()


def test_an_unknown_answer_teaches_nothing_about_resolved() -> None:
    log = centre(300)
    audits = judged(log, 2)
    silent = audits.with_columns(resolved=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("unknown")).otherwise("resolved"))
    made = guessed(log, silent)
    rows = made.judged.filter(pl.col("target") == "resolved")
    assert rows["contacts"].sum() == (silent["resolved"] != "unknown").sum()


def test_a_ticket_is_a_flag_whether_or_not_the_facts_know_of_it_too() -> None:
    log = drawn("contact | at | customer | reason\nc1 | 01-02 09:00 | k1 | fault\nc2 | 01-02 10:00 | k2 | fault")
    opened = empty(Ticket).clear(1).with_columns(contact_id=pl.lit("c1"), opened_at=pl.lit(datetime(2025, 1, 2, 9)))
    for told in (None, opened):
        known = facts(*log.frames(), (OPENS, LAST), LAST, tickets=told)
        flags = at_end(known, log.frames()[5], opened, NOBODY)
        assert flags.select("contact_id", "ticketed", "promised").rows() == [("c1", True, False), ("c2", False, False)]


def test_nothing_an_agent_can_set_moves_a_scorecard() -> None:
    """Tickets, the agent's own words and codes change what is guessed of a contact, never what scorecards read of it."""
    log = centre(400)
    frames = log.frames()
    known, audits = facts(*frames, (OPENS, LAST), LAST), judged(log, 2)
    flags, came = at_end(known, frames[5], empty(Ticket), NOBODY), since(known, frames[2], frames[5])
    rng = np.random.default_rng(3)
    hidden = [n for n in flags.columns if n in AGENTS_OWN or n.startswith(("same_", "linked", "reason.", "no_reason"))]
    own = flags.with_columns(pl.Series(name, rng.random(flags.height) < 0.5) for name in hidden)
    late = came.with_columns(same_after=pl.lit(None, pl.Int64), next_cued=pl.lit(0, pl.Int64), next_called=pl.lit(0, pl.Int64))
    before, after = chances(flags, came, audits, frames[1], 30).table, chances(own, late, audits, frames[1], 30).table
    cards = [c for c in before.columns if c.startswith("card_")]
    assert before.select(cards).equals(after.select(cards))
    assert not before.select("resolved").equals(after.select("resolved"))
    assert len(hidden) > 10
    assert len(cards) == 3
