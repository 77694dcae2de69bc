"""Which trade a contact belongs to before the customer says a word: the hotline that was rung, and the queue it waited in.

A recogniser mangles a brand's name, but one hotline serves one trade, and among all its greetings some are heard well. So the
greetings of a hotline vote together; where they agree, the trade they name speaks in each of its contacts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import polars as pl

from laidian.reasons.evidence import Matcher, read

AGREED = 0.6
"""Share of a hotline's greetings that name a trade at all which must name the same one; a house may serve several trades."""

HOTLINE = 4.0  # votes of a hotline whose greetings agree wholly; a greeting of one's own that names the house has about six
QUEUE = 2.0  # the centre names its queues itself, but many names tell no trade
_SEEN = 200  # greetings of one hotline that are read: enough to agree, and the cost does not grow with the night


def trades_of_lines(lines: pl.DataFrame, greetings: Mapping[str, str], matcher: Matcher) -> dict[str, dict[str, float]]:
    """Contact -> trade -> votes, from the line it came in on.

    Args:
        lines: `contact_id` (unique), `hotline`, `queue`; null = the log does not say.
        greetings: contact -> what the agent or the menu said before the customer; a contact may be absent.
        matcher: the taxonomy's.
    """
    rows = lines.select("contact_id", "hotline", "queue").sort("contact_id").rows()
    called: dict[str, list[str]] = defaultdict(list)
    for contact, hotline, _ in rows:
        if hotline is not None and contact in greetings and len(called[hotline]) < _SEEN:
            called[hotline].append(greetings[contact])
    agreed = {hotline: _agreed(heard, matcher) for hotline, heard in called.items()}
    names = {queue: read(matcher, queue)[1] for queue in sorted({queue for _, _, queue in rows if queue})}
    votes: dict[str, dict[str, float]] = {}
    for contact, hotline, queue in rows:
        own = votes[contact] = defaultdict(float)
        for trade, share in agreed.get(hotline, {}).items():
            own[trade] += HOTLINE * share
        for trade, vote in names.get(queue, {}).items():
            own[trade] += QUEUE * vote
    return votes


def _agreed(greetings: Iterable[str], matcher: Matcher) -> dict[str, float]:
    """The trade that the greetings name and the share that does; nothing where they disagree or only one was heard."""
    tops: Counter[str] = Counter()
    for greeting in greetings:
        votes = {trade: vote for trade, vote in read(matcher, greeting)[1].items() if trade != "general"}
        if votes:
            tops[max(sorted(votes), key=lambda trade: votes[trade])] += 1
    if not tops or tops.total() < 2:
        return {}
    trade, count = max(sorted(tops.items()), key=lambda item: item[1])
    return {trade: count / tops.total()} if count / tops.total() >= AGREED else {}
