"""Who is visited again, and what the evidence points to, drawn as tables."""

import pytest
from laidian.fcr import facts, rework
from laidian.tables import Survey

from tests.drawn_contacts import Log, day, drawn

WEEK = (day("03-10"), day("03-16"))


def listed(log: Log, several: tuple[str, ...] = ()) -> dict[str, dict[str, object]]:
    frames = log.frames()
    known = facts(*frames, WEEK, day("05-31"), several=several)
    return {str(row["contact_id"]): row for row in rework(known, frames[6], frames[5]).iter_rows(named=True)}


def test_only_customers_who_say_it_is_not_resolved_are_listed() -> None:
    log = drawn("""
        contact | at          | customer | resolved | outside
        a       | 03-10 09:00 | zhou     | no       | -
        b       | 03-10 09:00 | anna     | yes      | -
        c       | 03-10 09:00 | bert     | -        | -
        d       | 03-10 09:00 | carl     | no       | test
        e       | 03-20 09:00 | dora     | no       | -
    """)
    assert set(listed(log)) == {"a"}


@pytest.mark.parametrize(
    ("cue", "transferred", "reason", "cause"),
    [
        ("agent:deferral", "no", "fault", "agent"),
        ("agent:resolved_by_agent", "no", "fault", "agent"),
        ("broken_promise", "no", "fault", "process"),
        ("agent:refusal", "no", "fault", "process"),
        ("agent:broken_promise", "no", "fault", "unclear"),  # the agent's words about a promise are no customer's complaint
        ("-", "yes", "fault", "process"),
        ("-", "no", "install", "process"),  # by its nature
        ("agent:deferral", "yes", "fault", "both"),
        ("-", "no", "fault", "unclear"),
    ],
)
def test_the_cause_is_what_the_evidence_names(cue: str, transferred: str, reason: str, cause: str) -> None:
    log = drawn(f"""
        contact | at          | customer | resolved | reason   | transferred   | cue
        a       | 03-10 09:00 | zhou     | no       | {reason} | {transferred} | {cue}
    """)
    row = listed(log, ("install",))["a"]
    assert row["cause"] == cause
    assert bool(row["evidence_agent"]) == (cause in ("agent", "both"))
    assert bool(row["evidence_process"]) == (cause in ("process", "both"))


def test_what_the_customer_says_stands_beside_what_the_log_says() -> None:
    log = drawn("""
        contact | at          | customer | resolved | first | link
        a       | 03-10 09:00 | zhou     | -        | -     | -
        b       | 03-11 09:00 | zhou     | no       | yes   | a
    """)
    log.surveys = [Survey("b", log.contacts[-1].started_at, "no", "yes", 4, "网速慢", 2.0)]
    row = listed(log)["b"]
    assert (row["said_first"], row["was_first"], row["said_prior"], row["said_reason"]) == ("yes", False, 4, "网速慢")
    assert row["cause"] == "process"  # it had been handled before
