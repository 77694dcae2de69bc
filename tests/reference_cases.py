"""The slow twin of linking: for every contact, everything is looked up anew among all contacts read before it.

Written from the rules in `laidian.cases.linking`'s docstring. It shares with the fast version only the likeness of two texts and
the kind of a link, which have tests of their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from laidian.cases import ReasonPolicy
from laidian.cases.wording import kind_of, similarity
from laidian.settings import Cases
from laidian.tables import REPEAT_CUE_KINDS, Contact, Cue, Customer, Reason, Ticket

Found = tuple[str, str, str, tuple[str, ...], float, float, bool]  # later, earlier, kind, basis, probability, gap, repeat


@dataclass
class SlowLinker:
    """All tables as lists of rows; `texts` and `services` as dictionaries."""

    contacts: list[Contact]
    customers: list[Customer]
    reasons: list[Reason]
    cues: list[Cue]
    texts: dict[str, str]
    services: dict[str, str]
    tickets: list[Ticket]
    policy: dict[str, ReasonPolicy]
    settings: Cases

    def run(self) -> tuple[list[Found], list[list[str]]]:
        """The links, and the contacts of each case in order of start."""
        links: list[Found] = []
        cases: list[list[Contact]] = []
        for contact in sorted((c for c in self.contacts if self._takes_part(c)), key=lambda c: (c.started_at, c.contact_id)):
            mine = [case for case in cases if self._customer(case[0]) == self._customer(contact)]
            candidates = sorted(self._candidates(contact, mine), key=lambda found: (found[0], found[1]))
            if candidates:
                best = min(found[0] for found in candidates)
                rank_mates = [found for found in candidates if found[0] == best]
                _, _, case, basis, probability = max(rank_mates, key=lambda found: found[1])
                last = self._last(case)
                gap = max(timedelta(), contact.started_at - last.ended_at).total_seconds()
                kind = kind_of(self._cues(contact), self._text(contact)) if self._own(contact) else "same_problem"
                earlier = (contact.contact_id, last.contact_id, kind, ("customer", *basis), probability, gap, self._own(contact))
                links.append(earlier)
                if kind == "recurrence" and self._settled(case, contact):
                    cases.append([contact])
                else:
                    case.append(contact)
            elif self._own(contact):
                cases.append([contact])
        return sorted(links), sorted([c.contact_id for c in case] for case in cases)

    def _candidates(
        self, contact: Contact, mine: list[list[Contact]]
    ) -> Iterator[tuple[int, tuple[datetime, str], list[Contact], tuple[str, ...], float]]:
        """(rank, when the case was last touched, case, basis, probability) of every case that the contact could join."""

        def touched(case: list[Contact]) -> tuple[datetime, str]:
            return self._last(case).started_at, self._last(case).contact_id

        named = False
        for case in mine:
            if contact.previous_contact_id in [c.contact_id for c in case]:
                named = True
                yield 0, touched(case), case, ("previous_contact_id",), 0.99
            elif any(self._roots(contact) & self._roots(c) for c in case if self._own(c)):
                named = True
                yield 1, touched(case), case, ("ticket",), 0.97
        if named:
            return
        possible = [case for case in mine if self._gap(case, contact) <= self._longest() and self._same_service(case, contact)]
        for case in possible:
            if not self._own(contact):
                if self._gap(case, contact) <= self._days(next(iter(self._primaries(case)), None)):
                    about = self._primary(contact) in self._primaries(case) and self._primary(contact) is not None
                    yield (2, touched(case), case, ("outbound", "reason"), 0.9) if about else (
                        3, touched(case), case, ("outbound",), 0.9,
                    )  # fmt: skip
                continue
            by_reason = self._by_reason(case, contact)
            by_cue = self._by_cue(case, contact, possible)
            if by_reason is not None:
                yield 2, touched(case), case, *by_reason
            elif by_cue is not None:
                rank, basis, probability = by_cue
                yield rank, touched(case), case, basis, probability

    def _by_reason(self, case: list[Contact], contact: Contact) -> tuple[tuple[str, ...], float] | None:
        primary = self._primary(contact)
        if primary is None:
            return None
        mine = self._issues(contact)
        theirs: dict[str, set[str]] = {}
        for c in case:
            for reason, issue in self._issues(c).items() if self._own(c) else ():
                theirs.setdefault(reason, set()).update({issue} if issue else set())
        shared = [primary] if primary in self._primaries(case) else []
        if self._primaries(case):
            shared += [reason for reason in sorted(mine) if mine[reason] and mine[reason] in theirs.get(reason, set())]
        for reason in shared:
            known = self.policy.get(reason)
            if self._gap(case, contact) > self._days(reason):
                continue
            if known and known.periodic and self._gap(case, contact) > timedelta(days=2) and not self._cued(contact):
                continue
            same = mine[reason] is not None and mine[reason] in theirs.get(reason, set())
            differs = mine[reason] is not None and bool(theirs.get(reason)) and not same
            if differs and not self._cued(contact) and not self._alike(case, contact):
                continue
            beside = ["issue"] * same + ["text"] * (differs and not self._cued(contact)) + ["cue"] * self._cued(contact)
            return ("reason", *beside), self._sure(0.75 if reason == primary else 0.65, beside)
        return None

    def _by_cue(
        self, case: list[Contact], contact: Contact, possible: list[list[Contact]]
    ) -> tuple[int, tuple[str, ...], float] | None:
        def within(other: list[Contact]) -> bool:
            reason = self._primary(contact) or next(iter(self._primaries(other)), None)
            return self._gap(other, contact) <= self._days(reason)

        if not self._cued(contact) or not within(case):
            return None
        if self._alike(case, contact):
            return 3, ("cue", "text"), self._sure(0.6, ["text"])
        trades = {reason.split(".")[0] for reason in self._primaries(case)}
        primary = self._primary(contact)
        if [within(other) for other in possible].count(True) == 1 and (
            not trades or primary is None or primary.split(".")[0] in trades | {"general"} or "general" in trades
        ):
            return 4, ("cue",), 0.6
        return None

    def _sure(self, own: float, beside: list[str]) -> float:
        return round(min(0.97, own + sum({"issue": 0.10, "cue": 0.12, "text": 0.15}[e] for e in beside)), 2)

    # --- what is known of one contact

    def _takes_part(self, contact: Contact) -> bool:
        return contact.excluded in (None, "self_service") or self._called(contact)

    def _called(self, contact: Contact) -> bool:
        return contact.excluded == "outbound" and contact.status == "answered"

    def _own(self, contact: Contact) -> bool:
        return not self._called(contact)

    def _customer(self, contact: Contact) -> str:
        return next(c.customer_key for c in self.customers if c.contact_id == contact.contact_id)

    def _reasons(self, contact: Contact) -> list[Reason]:
        own = [r for r in self.reasons if r.contact_id == contact.contact_id and not r.reason.endswith(".other")]
        return sorted(own, key=lambda r: (not r.primary, -r.score, r.reason))

    def _primary(self, contact: Contact) -> str | None:
        return next((r.reason for r in self._reasons(contact) if r.primary), None)

    def _issues(self, contact: Contact) -> dict[str, str | None]:
        return {r.reason: r.issue for r in self._reasons(contact)}

    def _cues(self, contact: Contact) -> set[str]:
        return {c.kind for c in self.cues if c.contact_id == contact.contact_id and c.speaker == "customer"}

    def _cued(self, contact: Contact) -> bool:
        return any(kind in REPEAT_CUE_KINDS for kind in self._cues(contact))

    def _text(self, contact: Contact) -> str:
        return self.texts.get(contact.contact_id, "")

    def _roots(self, contact: Contact) -> set[str]:
        """The first tickets of the contact's duplicated tickets."""
        found = set()
        for ticket in self.tickets:
            duplicated = any(other.duplicate_of == ticket.ticket_id for other in self.tickets)
            if (ticket.contact_id or ticket.ticket_id) != contact.contact_id or not (ticket.duplicate_of or duplicated):
                continue
            path = [ticket.ticket_id]
            while True:
                above = next((t.duplicate_of for t in self.tickets if t.ticket_id == path[-1]), None)
                if above is None:
                    found.add(path[-1])
                    break
                if above in path:
                    found.add(min(path))
                    break
                path.append(above)
        return found

    def _confirmed(self, contact: Contact) -> datetime | None:
        visits = [
            t.closed_at
            for t in self.tickets
            if (t.contact_id or t.ticket_id) == contact.contact_id and t.visit_result == "yes" and t.closed_at is not None
        ]
        if visits:
            return max(visits)
        said = self._cues(contact)
        return contact.ended_at if "resolved" in said and "unresolved" not in said else None

    # --- what is known of one case: its contacts so far, in the order they joined

    def _last(self, case: list[Contact]) -> Contact:
        return [c for c in case if self._own(c)][-1]

    def _gap(self, case: list[Contact], contact: Contact) -> timedelta:
        return max(timedelta(), contact.started_at - self._last(case).ended_at)

    def _primaries(self, case: list[Contact]) -> list[str]:
        return [p for c in case if self._own(c) and (p := self._primary(c)) is not None]

    def _same_service(self, case: list[Contact], contact: Contact) -> bool:
        known = {self.services[c.contact_id] for c in case if self._own(c) and c.contact_id in self.services}
        service = self.services.get(contact.contact_id)
        return service is None or not known or service in known

    def _alike(self, case: list[Contact], contact: Contact) -> bool:
        spoken = [self._text(c) for c in case if self._own(c) and self._text(c)]
        return similarity(spoken[-1] if spoken else "", self._text(contact)) >= self.settings.text_similarity

    def _settled(self, case: list[Contact], contact: Contact) -> bool:
        latest = max((at for c in case if (at := self._confirmed(c)) is not None), default=None)
        return latest is not None and self._last(case).started_at <= latest <= contact.started_at

    def _days(self, reason: str | None) -> timedelta:
        known = self.policy.get(reason or "")
        return timedelta(days=known.case_gap_days if known else self.settings.gap_days)

    def _longest(self) -> timedelta:
        return max([timedelta(days=self.settings.gap_days), *(timedelta(days=p.case_gap_days) for p in self.policy.values())])
