"""The slow twin of the figures: plain loops over every pair of contacts, written from the definitions, not from the SQL."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta

from laidian.tables import Contact, Cue

from tests.drawn_contacts import Log

Figure = tuple[int, int | None, dict[str, int]]  # numerator, denominator, left out
HOURS = {"h": 1, "d": 24}
FREE = {date(2025, 4, 4)}  # Qingming, a Friday: the only holiday in the logs' days that is no weekend


class Workdays(timedelta):
    """A span of the clock that stands still at weekends and on holidays."""


def worked(start: datetime, end: datetime) -> timedelta:
    """The part of the time between two moments that lies on workdays, hour by hour's share of each day; negative backwards."""
    if end < start:
        return -worked(end, start)
    total, day = timedelta(), start.date()
    while day <= end.date():
        opens = datetime.combine(day, time())
        inside = min(end, opens + timedelta(days=1)) - max(start, opens)
        if day.weekday() < 5 and day not in FREE:
            total += inside
        day += timedelta(days=1)
    return total


def elapsed(start: datetime, end: datetime, window: timedelta) -> timedelta:
    """The time between two moments on the window's clock."""
    return worked(start, end) if isinstance(window, Workdays) else end - start


REPEAT_CUES = {"explicit_count", "prior_contact", "pending_followup", "broken_promise", "recurrence"}


def span(window: str) -> timedelta:
    """`2h`, `7d`, `5wd`."""
    if window.endswith("wd"):
        return Workdays(days=int(window[:-2]))
    return timedelta(hours=int(window[:-1]) * HOURS[window[-1]])


class SlowTwin:
    """All figures of one log, one contact at a time."""

    def __init__(self, log: Log, period: tuple[date, date], as_of: date) -> None:
        self.log, self.period = log, period
        self.contacts = [c for c in log.contacts if c.day <= as_of]
        self.opens = datetime.combine(min((c.day for c in self.contacts), default=as_of), time())
        self.closes = datetime.combine(as_of + timedelta(days=1), time())
        self.customer = {c.contact_id: c.customer_key for c in log.customers if c.identified}
        self.reason = {r.contact_id: r.reason for r in log.reasons if r.primary}

    def _alike(self, a: Contact, b: Contact, kind: str) -> bool:
        if kind == "phone":
            return a.phone_key is not None and a.phone_key == b.phone_key
        one, two = self.customer.get(a.contact_id), self.customer.get(b.contact_id)
        if one is None or one != two:
            return False
        return kind == "any" or (a.contact_id in self.reason and self.reason[a.contact_id] == self.reason.get(b.contact_id))

    def _earlier(self, c: Contact, kind: str, within: timedelta) -> bool:
        return any(
            other.in_population
            and (other.started_at, other.contact_id) < (c.started_at, c.contact_id)
            and elapsed(other.ended_at, c.started_at, within) <= within
            and self._alike(c, other, kind)
            for other in self.contacts
        )

    def _later(self, c: Contact, kind: str, within: timedelta) -> bool:
        return any(
            other.in_population
            and other.direction == "inbound"
            and (other.started_at, other.contact_id) > (c.started_at, c.contact_id)
            and elapsed(c.ended_at, other.started_at, within) <= within
            and self._alike(c, other, kind)
            for other in self.contacts
        )

    def _window_out(self, c: Contact, kind: str, before: timedelta | None, after: timedelta | None) -> str | None:
        if kind == "phone" and c.phone_key is None:
            return "no_number"
        if kind != "phone" and c.contact_id not in self.customer:
            return "no_identity"
        if kind == "same" and c.contact_id not in self.reason:
            return "faulty_recording" if c.faulty else "no_reason"
        if before is not None and elapsed(self.opens, c.started_at, before) < before:
            return "immature_before"
        if after is not None and (elapsed(c.ended_at, self.closes, after) < after or self._promise_runs(c)):
            return "immature_after"
        return None

    def _promise_runs(self, c: Contact) -> bool:
        return any(promise.contact_id == c.contact_id and promise.due_at > self.closes for promise in self.log.promises)

    def _case_of(self, c: Contact) -> list[str] | None:
        return next((case.contact_ids for case in self.log.cases if c.contact_id in case.contact_ids), None)

    def _linked_out(self, c: Contact) -> str | None:
        if c.contact_id not in self.customer:
            return "no_identity"
        members = self._case_of(c)
        if members is None:
            return "no_case"
        if c.ended_at + timedelta(days=7) > self.closes or self._promise_runs(c):
            return "immature_after"
        served = {x.contact_id for x in self.contacts if x.in_population}
        return None if c.contact_id == next(m for m in members if m in served) else "not_first"

    def case_goes_on(self, c: Contact) -> bool:
        members = self._case_of(c) or []
        known = {x.contact_id for x in self.contacts}
        later = set(members[members.index(c.contact_id) + 1 :]) & known
        return any(link.repeat and link.contact_id in later and link.earlier_contact_id in members for link in self.log.links)

    def _text_out(self, c: Contact) -> str | None:
        if c.faulty:
            return "faulty_recording"
        read = {x.contact_id for x in self.log.cues} | {r.contact_id for r in self.log.reasons if r.source == "rules"}
        written = {x.medium for x in self.contacts if x.contact_id in read} & {"chat", "email", "app", "wechat", "sms"}
        if c.recordings or c.medium in written or c.contact_id in read:
            return None
        return "no_text"

    def _cued(self, c: Contact) -> bool:
        def evidence(cue: Cue) -> bool:
            return cue.contact_id == c.contact_id and cue.speaker == "customer" and cue.kind in REPEAT_CUES

        return any(evidence(cue) for cue in self.log.cues)

    def _share(
        self, out: Callable[[Contact], str | None], hit: Callable[[Contact], bool], group: Callable[[Contact], bool]
    ) -> Figure:
        numerator, denominator, left = 0, 0, Counter[str]()
        for c in self.contacts:
            if not self.period[0] <= c.day <= self.period[1] or not group(c):
                continue
            why = (c.excluded or "out_of_population") if not c.in_population else out(c)
            if why is not None:
                left[why] += 1
                continue
            denominator += 1
            numerator += hit(c)
        return numerator, denominator, dict(left)

    def _heavy(self, c: Contact) -> bool:
        """The third or later served call of its number within seven days; calls of the same moment count together."""
        recent = [
            other
            for other in self.contacts
            if other.in_population and other.direction == "inbound" and other.phone_key == c.phone_key
            and c.started_at - timedelta(days=7) <= other.started_at <= c.started_at
        ]  # fmt: skip
        return c.direction == "inbound" and len(recent) >= 3

    def windowed(self, window: str, kind: str, group: Callable[[Contact], bool] = lambda _: True) -> Iterator[tuple[str, Figure]]:
        before, _, text = window.rpartition(":")
        w = span(text)
        b = None if before == "none" else span(before or text)

        def first_out(c: Contact) -> str | None:
            return self._window_out(c, kind, b, w) or ("not_first" if b is not None and self._earlier(c, kind, b) else None)

        yield f"window_fcr.{window}.{kind}", self._share(first_out, lambda c: not self._later(c, kind, w), group)
        if before:
            return
        after = self._share(lambda c: self._window_out(c, kind, None, w), lambda c: self._later(c, kind, w), group)
        yield f"followed_by_repeat.{window}.{kind}", after
        is_repeat = lambda c: c.direction == "inbound" and self._earlier(c, kind, w)  # noqa: E731
        yield f"repeat_share.{window}.{kind}", self._share(lambda c: self._window_out(c, kind, w, None), is_repeat, group)

    def single(self) -> Iterator[tuple[str, Figure]]:
        day, everybody = timedelta(hours=24), lambda _: True
        yield "same_number_24h", self._share(lambda _: None, lambda c: not self._later(c, "phone", day), everybody)
        identity = self._share(
            lambda c: self._window_out(c, "any", None, None), lambda c: not self._later(c, "any", day), everybody
        )
        yield "bridge.2_identity", identity
        same = lambda c: self._window_out(c, "same", None, None)  # noqa: E731
        yield "bridge.3_same_reason", self._share(same, lambda c: not self._later(c, "same", day), everybody)
        first = lambda c: same(c) or ("not_first" if self._earlier(c, "same", day) else None)  # noqa: E731
        yield "bridge.4_both_windows", self._share(first, lambda c: not self._later(c, "same", day), everybody)
        hours, week = timedelta(hours=2), timedelta(days=7)
        yield "same_number_2h_repeat", self._share(lambda _: None, lambda c: self._later(c, "phone", hours), everybody)
        by_number = lambda c: (  # noqa: E731
            self._window_out(c, "phone", week, week) or ("not_first" if self._earlier(c, "phone", week) else None)
        )
        yield "same_number_fcr", self._share(by_number, lambda c: not self._later(c, "phone", week), everybody)
        yield "heavy_caller", self._share(lambda c: self._window_out(c, "phone", timedelta(days=7), None), self._heavy, everybody)
        yield "linked_fcr", self._share(self._linked_out, lambda c: not self.case_goes_on(c), everybody)
        yield "cue_contacts", self._share(self._text_out, self._cued, everybody)
        linked = {link.contact_id for link in self.log.links}
        cue_out = lambda c: self._text_out(c) or (None if self._cued(c) else "no_cue")  # noqa: E731
        yield "cue_without_earlier", self._share(cue_out, lambda c: c.contact_id not in linked, everybody)
        yield "transfer_rate", self._share(lambda _: None, lambda c: c.transferred, everybody)
