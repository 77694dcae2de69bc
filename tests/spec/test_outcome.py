"""Who comes back: what the model may know, what it is judged on, and what it gives as reasons."""

from datetime import date, timedelta

import numpy as np
import pytest
from laidian.fcr import facts
from laidian.outcome import Outcomes, outcomes
from laidian.tables import Ticket, empty

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


def found(log: Log) -> Outcomes:
    return outcomes(facts(*log.frames(), (OPENS, LAST), LAST), log.frames()[5], empty(Ticket))


@pytest.fixture(scope="module")
def learnt() -> Outcomes:
    return found(centre(900))


def test_risk_is_about_as_high_as_customers_come_back(learnt: Outcomes) -> None:
    risk = dict(learnt.risks.select("contact_id", "risk").iter_rows())
    waiting = np.mean([risk[f"a{n:04d}"] for n in range(0, 900, 4)])
    others = np.mean([risk[f"a{n:04d}"] for n in range(900) if n % 4])
    assert waiting == pytest.approx(0.7, abs=0.12)
    assert others == pytest.approx(0.1, abs=0.05)


def test_the_model_is_judged_on_later_contacts_and_beats_the_plain_share(learnt: Outcomes) -> None:
    assert learnt.quality is not None
    assert learnt.quality.brier < 0.8 * learnt.quality.base
    assert sum(n for _, n, _, _ in learnt.quality.levels) == learnt.quality.contacts
    for _, n, said, seen in learnt.quality.levels:
        assert abs(said - seen) < 0.1 + 1.5 / n**0.5


def test_only_what_is_there_is_a_reason_to_call(learnt: Outcomes) -> None:
    why = dict(learnt.risks.select("contact_id", "why").iter_rows())
    assert "在等答复，或答应的没兑现" in why["a0000"]
    assert all("在等答复，或答应的没兑现" not in why[f"a{n:04d}"] for n in range(900) if n % 4)


def test_what_happened_later_is_not_known_yet() -> None:
    """Cut off the log at the end of a contact's day: its own features, and so the order of that day's list, stay the same."""
    log = centre(900)
    day = OPENS + timedelta(40)
    early = outcomes(facts(*log.frames(), (OPENS, day), day), log.frames()[5], empty(Ticket))
    later = found(log)
    ids = [c.contact_id for c in log.contacts if c.day == day]
    why = [dict(o.risks.select("contact_id", "why").iter_rows()) for o in (early, later)]
    assert len(ids) > 5
    assert [("在等答复，或答应的没兑现" in why[0][c]) == ("在等答复，或答应的没兑现" in why[1][c]) for c in ids] == [True] * len(
        ids
    )


def test_contacts_not_watched_for_a_week_teach_nothing_but_have_a_risk(learnt: Outcomes) -> None:
    log = centre(900)
    young = [c.contact_id for c in log.contacts if c.day > LAST - timedelta(7) and c.in_population]
    assert set(young) <= set(learnt.risks["contact_id"])
    assert learnt.quality is not None
    assert learnt.quality.contacts <= 0.25 * (learnt.risks.height - len(young)) + 1


def test_from_too_little_nothing_is_learnt() -> None:
    little = found(centre(60))
    assert little.quality is None
    assert little.risks.is_empty()
