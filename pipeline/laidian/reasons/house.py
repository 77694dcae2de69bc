"""Which trade a contact belongs to before the customer says a word: the hotline that was rung, and the queue it waited in.

A recogniser mangles a brand's name, but one hotline serves one trade, and among all its greetings some are heard well. So the
greetings of a hotline vote together; where they agree, the trade they name speaks in each of its contacts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np
import polars as pl

from laidian.reasons.compile import Floats, Matcher
from laidian.reasons.evidence import read
from laidian.reasons.weigh import CUSTOMER, UNKNOWN, Talk

AGREED = 0.6
"""Share of a hotline's greetings that name a trade at all which must name the same one; a house may serve several trades."""

HOTLINE = 4.0  # votes of a hotline whose greetings agree wholly; a greeting of one's own that names the house has about six
QUEUE = 2.0  # the centre names its queues itself, but many names tell no trade
_SEEN = 200  # greetings of one hotline that are read: enough to agree, and the cost does not grow with the night


def votes_of_lines(lines: pl.DataFrame, talk: Talk, matcher: Matcher) -> Floats:
    """Contacts x trades: votes, from the line each contact came in on.

    Args:
        lines: `hotline`, `queue` of the talk's contacts, in their order; null = the log does not say.
        talk: what was said.
        matcher: the taxonomy's.
    """
    called: dict[str, list[int]] = defaultdict(list)
    for contact, hotline in enumerate(lines["hotline"].to_list()):
        if hotline is not None and len(called[hotline]) < _SEEN:
            called[hotline].append(contact)
    agreed = {hotline: _agreed((greeting(talk, n) for n in contacts), matcher) for hotline, contacts in called.items()}
    named = {queue: QUEUE * read(matcher, queue)[1] for queue in lines["queue"].unique().sort().to_list() if queue}
    none = np.zeros(len(matcher.trades))
    votes = [
        agreed.get(hotline, none) + named.get(queue, none) for hotline, queue in lines.select("hotline", "queue").iter_rows()
    ]
    return np.array(votes).reshape(-1, len(matcher.trades))


def greeting(talk: Talk, contact: int) -> str:
    """What the agent or the menu said before the customer spoke; empty if the customer began."""
    said = []
    for line in range(talk.lines[contact], talk.lines[contact + 1]):
        if talk.speaker[line] in (CUSTOMER, UNKNOWN):
            break
        said.append(talk.text[talk.begins[line] : talk.begins[line + 1] - 1].tobytes().decode("utf-16-le", "replace"))
    return "，".join(said)


def _agreed(greetings: Iterable[str], matcher: Matcher) -> Floats:
    """The votes for the trade that the greetings name, by the share that does; none where they disagree or only one was heard."""
    tops: Counter[int] = Counter()
    for text in greetings:
        votes = read(matcher, text)[1]
        votes[matcher.plan.general] = 0.0
        if votes.any():
            tops[int(votes.argmax())] += 1
    found = np.zeros(len(matcher.trades))
    if tops.total() > 1:
        trade, count = max(sorted(tops.items()), key=lambda item: item[1])
        found[trade] = HOTLINE * count / tops.total() if count / tops.total() >= AGREED else 0.0
    return found
