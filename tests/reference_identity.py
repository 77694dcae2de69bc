"""The slow twin of `identity.customers`: sets of contacts joined by looking at every pair, written from its docstring.

Contacts are places in a list, a group is a set of places, and every «may they meet» is asked of two groups at a time.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from laidian.tables import Contact, Identifier, Leg
from rapidfuzz import fuzz

CROWD = 8
SAME_NAME = 60.0
TITLES = ("先生", "女士", "小姐", "太太", "老师", "师傅", "经理", "阿姨", "大爷")
Group = frozenset[int]


@dataclass
class Said:
    """What one contact says: the first known value of each column, phones that are the customer's, a full name."""

    contact_id: str
    phones: list[str]
    service: str | None
    account: str | None
    id_key: str | None
    name: str | None


def _said(contact: Contact, identifiers: Sequence[Identifier]) -> Said:
    own = [i for call in contact.call_ids for i in sorted(identifiers, key=lambda i: i.leg_no) if i.call_id == call]

    def first(column: str) -> str | None:
        return next((v for i in own if (v := getattr(i, column)) is not None), None)

    proxy = any("代办" in (i.caller_relation or "") for i in own)
    phone, other, name = first("phone"), first("contact_phone"), first("customer_name")
    phones = [phone] if phone is not None and not proxy else []
    phones += [other] if other is not None and other != phone else []
    full = name is not None and len(name) > 1 and not set(name) & set("*■某") and not any(name.endswith(t) for t in TITLES)
    phones = [p for p in phones if not set(p) & set("*xX■")]
    return Said(contact.contact_id, phones, first("service_number"), first("account_id"), first("id_key"),
                name if full and not proxy else None)  # fmt: skip


def _components(places: Iterable[int], meet: Callable[[int, int], bool]) -> list[Group]:
    """Sets of places connected by pairs that meet."""
    groups: list[set[int]] = []
    for place in places:
        touched = [g for g in groups if any(meet(place, other) for other in g)]
        groups = [g for g in groups if g not in touched] + [{place}.union(*touched)]
    return [frozenset(g) for g in groups]


class SlowTwin:
    """The customers of one log."""

    def __init__(self, contacts: Sequence[Contact], identifiers: Sequence[Identifier], legs: Sequence[Leg]) -> None:
        self.contacts = sorted(contacts, key=lambda c: c.contact_id)
        self.said = [_said(c, identifiers) for c in self.contacts]
        self.legs = legs
        self._drop(self._crowded())
        self.anchored = self._strong()
        self._complement(lambda i: self._services(i), lambda i: self._services(i), 2)
        self._take_in_by_service()
        self._complement(lambda i: self._named_phones(i), lambda i: self.said[i].phones, 2)
        services = {i: [t for t in self._services(i) if self._anchored_on(t, self._services) < 2] for i in self._all}
        phones = {
            i: [t for t in self._named_phones(i) if self._anchored_on(t[0], lambda j: self.said[j].phones) < 2] for i in self._all
        }
        self.tokens = {i: [*services[i], *phones[i]] for i in self._all}
        free = self._free()
        self.groups = [*self.anchored, *free]

    @property
    def _all(self) -> range:
        return range(len(self.said))

    def _services(self, i: int) -> list[tuple[str, ...]]:
        return [("service", str(self.said[i].service))] if self.said[i].service is not None else []

    def _crowded(self) -> set[str]:
        phones = {p for s in self.said for p in s.phones}
        return {
            p
            for p in phones
            if any(
                len({v for s in self.said if p in s.phones and (v := getattr(s, what)) is not None}) > CROWD
                for what in ("name", "account")
            )
        }

    def _drop(self, phones: set[str]) -> None:
        for s in self.said:
            s.phones = [p for p in s.phones if p not in phones]

    def _name_classes(self, phone: str) -> list[set[str]]:
        names = sorted({s.name for s in self.said if s.name and phone in s.phones})
        alike = _components(range(len(names)), lambda a, b: fuzz.ratio(names[a], names[b]) >= SAME_NAME)
        return [{names[n] for n in group} for group in alike]

    def _named_phones(self, i: int) -> list[tuple[str, str]]:
        """Each phone with the name it is shared under; nothing where several names share it and this contact has none."""
        found = []
        for phone in self.said[i].phones:
            classes = self._name_classes(phone)
            if len(classes) < 2:
                found.append((phone, ""))
            else:
                found += [(phone, min(c)) for c in classes if self.said[i].name in c]
        return found

    def _strong(self) -> list[Group]:
        stated = [i for i in self._all if self.said[i].account is not None or self.said[i].id_key is not None]

        def meet(i: int, j: int) -> bool:
            a, b = self.said[i], self.said[j]
            return (a.account is not None and a.account == b.account) or (a.id_key is not None and a.id_key == b.id_key)

        made: list[Group] = []
        for group in _components(stated, meet):
            accounts, ids = self._stated(group, "account"), self._stated(group, "id_key")
            if len(accounts) < 2 or len(ids) < 2:
                made.append(group)
                continue
            of_id = {d: {self.said[i].account for i in group if self.said[i].id_key == d} - {None} for d in ids}

            def home(i: int, of_id: dict[str, set[str | None]] = of_id) -> str:
                own = self.said[i]
                if own.account is not None:
                    return f"account {own.account}"
                only = of_id[str(own.id_key)]
                return f"account {next(iter(only))}" if len(only) == 1 else f"id {own.id_key}"

            made += [frozenset(i for i in group if home(i) == place) for place in {home(i) for i in group}]
        return made

    def _stated(self, group: Group, what: str) -> set[str]:
        return {v for i in group if (v := getattr(self.said[i], what)) is not None}

    def _anchored_on(self, token: object, tokens: Callable[[int], Sequence[object]]) -> int:
        return sum(any(token in tokens(i) for i in group) for group in self.anchored)

    def _complement(
        self, tokens: Callable[[int], Sequence[object]], places: Callable[[int], Sequence[object]], most: int
    ) -> None:
        """Pairs of anchored groups that are each other's only partner, one without IDs or the other without accounts."""
        held = [
            {t for i in g for t in tokens(i) if self._anchored_on(t[0] if t[0] != "service" else t, places) <= most}  # type: ignore[index]
            for g in self.anchored
        ]

        def partners(a: int) -> set[int]:
            found = set()
            for token in held[a]:
                there = {b for b in range(len(held)) if token in held[b]}
                one, other = self.anchored[a], self.anchored[next(iter(there - {a}), a)]
                both = any(self._stated(one, what) and self._stated(other, what) for what in ("account", "id_key"))
                found |= there - {a} if len(there) == 2 and not both else set()
            return found

        only = {a: partners(a) for a in range(len(held))}
        pairs = {frozenset((a, *p)) for a, p in only.items() if len(p) == 1 and only[next(iter(p))] == {a}}
        gone = {n for pair in pairs for n in pair}
        self.anchored = [g for n, g in enumerate(self.anchored) if n not in gone] + [
            frozenset().union(*(self.anchored[n] for n in pair)) for pair in pairs
        ]

    def _take_in_by_service(self) -> None:
        loose = set(self._all).difference(*self.anchored)
        homes = {i: [g for g in self.anchored if any(set(self._services(i)) & set(self._services(j)) for j in g)] for i in loose}
        self.anchored = [g | {i for i in loose if homes[i] == [g]} for g in self.anchored]

    def _free(self) -> list[Group]:
        """Groups of the contacts that are not anchored; those that join an anchored group are added to it."""
        loose = [i for i in self._all if not any(i in g for g in self.anchored)]
        leads = {t: g for g in self.anchored for i in g for t in self.tokens[i]}
        made: list[set[int]] = []
        joining: dict[Group, set[int]] = {g: set() for g in self.anchored}
        for cluster in _components(loose, lambda i, j: bool(set(self.tokens[i]) & set(self.tokens[j]))):
            reached = {leads[t] for i in cluster for t in self.tokens[i] if t in leads}
            names = sorted({n for i in cluster if (n := self.said[i].name)})
            classes = _components(range(len(names)), lambda a, b, names=names: fuzz.ratio(names[a], names[b]) >= SAME_NAME)  # type: ignore[misc]
            if len(reached) < 2 and len(classes) < 2 and len(names) <= CROWD:
                joining[next(iter(reached))].update(cluster) if reached else made.append(set(cluster))
                continue
            stars: dict[object, set[int]] = {}
            for i in cluster:
                best = self.tokens[i][0] if self.tokens[i] else i
                joining[leads[best]].add(i) if best in leads else stars.setdefault(best, set()).add(i)
            made += stars.values()
        self.anchored = [g | joining[g] for g in self.anchored]
        return [frozenset(g) for g in made]

    def keys(self) -> dict[str, str]:
        """Contact -> call_id/leg_no of its customer's earliest leg."""
        found = {}
        for group in self.groups:
            calls = {call for i in group for call in self.contacts[i].call_ids}
            first = min((leg.started_at, leg.call_id, leg.leg_no) for leg in self.legs if leg.call_id in calls)
            found |= {self.contacts[i].contact_id: f"{first[1]}/{first[2]}" for i in group}
        return found

    def identified(self) -> dict[str, bool]:
        """Contact -> does it say anything that counts?"""
        return {
            s.contact_id: bool(s.account is not None or s.id_key is not None or self.tokens[i]) for i, s in enumerate(self.said)
        }
