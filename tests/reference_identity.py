"""The slow twin of `identity.customers`: sets of contacts joined by looking at every pair, written from its docstring.

Contacts are places in a list, a group is a set of places, and every «may they meet» is asked of two groups at a time.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from laidian.tables import Contact, Identifier, Leg
from laidian.zh.syllables import near, syllables
from rapidfuzz import fuzz

CROWD = 8
SAME_NAME = 60.0
MOST = 0.7
TITLES = ("先生", "女士", "小姐", "太太", "老师", "师傅", "经理", "阿姨", "大爷")
Group = frozenset[int]


@dataclass(frozen=True)
class Name:
    """A name as far as it is told: a full one, or a surname (王先生, 王**)."""

    text: str
    full: bool
    surname: str  # its character

    @property
    def ear(self) -> tuple[str, ...]:
        return near(self.text)


def _name(text: str | None) -> Name | None:
    if text is None:
        return None
    bare = next((text.removesuffix(t) for t in TITLES if text.endswith(t)), text)
    if bare == text and len(text) > 1 and not set(text) & set("*■某"):
        return Name(text, True, text[0])
    return Name(text, False, bare[0]) if re.match(r"[\u4e00-\u9fff]", bare) and bare[0] != "某" else None


def persons(names: Iterable[Name]) -> list[set[Name]]:
    """Names by person; a surname that two persons bear is nobody's."""
    known = sorted(set(names), key=lambda n: n.text)
    full = [n for n in known if n.full]

    def alike(a: int, b: int) -> bool:
        one, other = full[a], full[b]
        if near(one.surname) != near(other.surname):
            return False
        return one.ear == other.ear or fuzz.ratio(one.text, other.text) >= SAME_NAME

    made = [{full[n] for n in group} for group in _components(range(len(full)), alike)]
    single: dict[tuple[str, ...], set[Name]] = {}
    for name in (n for n in known if not n.full):
        bearers = [p for p in made if any(near(m.surname) == near(name.surname) for m in p if m.full)]
        if len(bearers) == 1:
            bearers[0].add(name)
        elif not bearers:
            single.setdefault(near(name.surname), set()).add(name)
    return made + list(single.values())


@dataclass
class Said:
    """What one contact says: the first known value of each column; phones that may be the customer's, own first; a name.

    `stated`: all its phones, also that of a person who acts for the customer.
    """

    contact_id: str
    phones: list[str]
    stated: list[str]
    service: str | None
    account: str | None
    id_key: str | None
    name: Name | None


def _said(contact: Contact, identifiers: Sequence[Identifier]) -> Said:
    own = [i for call in contact.call_ids for i in sorted(identifiers, key=lambda i: i.leg_no) if i.call_id == call]

    def first(column: str) -> str | None:
        return next((v for i in own if (v := getattr(i, column)) is not None), None)

    proxy = any("代办" in (i.caller_relation or "") for i in own)
    phone, other, name = first("phone"), first("contact_phone"), first("customer_name")
    phones = [phone] if phone is not None and not proxy else []
    phones += [other] if other is not None and other != phone else []
    stated = [p for p in (phone, other) if p is not None]
    return Said(contact.contact_id, phones, stated, first("service_number"), first("account_id"), first("id_key"),
                None if proxy else _name(name))  # fmt: skip


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
        self._all = range(len(self.said))
        everything = {p for s in self.said for p in s.phones}
        stated = {p for s in self.said for p in s.stated}
        self.boards = {p for p in everything if self._is_board(p, stated)}  # an extension shows a switchboard, whoever rang
        self.persons = {p: persons(s.name for s in self.said if s.name and p in s.phones) for p in everything}
        self.anchored = self._strong()
        self._complement(self._services)
        self._take_in_by_service()
        self._complement(self._phones)
        self.tokens = {i: [t for t in self._any(i) if self._lead(t) != "several"] for i in self._all}
        self.lonely = [i for i in self._all if not self.tokens[i] and not any(i in g for g in self.anchored)]
        free = self._free()
        self.groups = [*self.anchored, *free]
        self._follow_hints()

    def _is_board(self, phone: str, stated: set[str]) -> bool:
        if any(p.startswith(phone + "-") for p in stated):
            return True
        there = [s for s in self.said if phone in s.phones]
        names, accounts = {s.name.ear for s in there if s.name and s.name.full}, {s.account for s in there} - {None}
        return max(len(names), len(accounts)) > CROWD

    def _usable(self, phone: str) -> bool:
        own = re.fullmatch(r"1[3-9]\d{9}|0\d{9,11}(-\d+)?", phone) is not None
        return own and phone not in self.boards

    def _services(self, i: int) -> list[tuple[object, ...]]:
        return [("service", self.said[i].service)] if self.said[i].service is not None else []

    def _phones(self, i: int) -> list[tuple[object, ...]]:
        """Each phone with the person who speaks; nothing where several persons do and nobody can tell which."""
        found: list[tuple[object, ...]] = []
        for phone in filter(self._usable, self.said[i].phones):
            heard = [s.name for s in self.said if s.name and phone in s.phones]
            found += [(phone, who)] if (who := self._who(i, self.persons[phone], heard)) is not None else []
        return found

    def _who(self, i: int, there: Sequence[set[Name]], heard: Sequence[Name]) -> int | None:
        """The person of this contact's name; without a name the one who leads; None: nobody can tell."""
        if len(there) < 2:
            return 0
        name = self.said[i].name
        if name is None:
            return self._leader(there, heard)
        return next((n for n, person in enumerate(there) if name in person), None)

    def _leader(self, there: Sequence[set[Name]], heard: Sequence[Name]) -> int | None:
        return next((n for n, person in enumerate(there) if sum(h in person for h in heard) >= MOST * len(heard)), None)

    def _any(self, i: int) -> list[tuple[object, ...]]:
        return [*self._services(i), *self._phones(i)]

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

    def _lead(self, token: object, part: float = MOST) -> Group | str | None:
        """The anchored group of most of the anchored contacts with this token; None: there are none."""
        held = [i for g in self.anchored for i in g if token in self._any(i)]
        found = [g for g in self.anchored if held and sum(i in g for i in held) >= part * len(held)]
        return found[0] if found else "several" if held else None

    def _complement(self, tokens: Callable[[int], Sequence[object]]) -> None:
        """Pairs of anchored groups that are each other's only partner, one without IDs or the other without accounts."""
        held = [{t for i in g for t in tokens(i)} for g in self.anchored]

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
        homes = {i: self._lead(t) for i in loose for t in self._services(i)}
        self.anchored = [g | {i for i, home in homes.items() if home == g} for g in self.anchored]

    def _free(self) -> list[Group]:
        """Groups of the contacts that are not anchored; those that join an anchored group are added to it."""
        loose = [i for i in self._all if not any(i in g for g in self.anchored)]
        leads = {t: g for i in self._all for t in self.tokens[i] if isinstance(g := self._lead(t), frozenset)}
        made: list[set[int]] = []
        joining: dict[Group, set[int]] = {g: set() for g in self.anchored}
        for cluster in _components(loose, lambda i, j: bool(set(self.tokens[i]) & set(self.tokens[j]))):
            reached = {leads[t] for i in cluster for t in self.tokens[i] if t in leads}
            heard = [n for i in cluster if (n := self.said[i].name)]
            there = persons(heard)
            if len(reached) < 2 and (len(there) < 2 or self._leader(there, heard) is not None):
                joining[next(iter(reached))].update(cluster) if reached else made.append(set(cluster))
                continue
            stars: dict[object, set[int]] = {}
            for i in cluster:
                best = self.tokens[i][0] if self.tokens[i] else i
                joining[leads[best]].add(i) if best in leads else stars.setdefault(best, set()).add(i)
            made += stars.values()
        self.anchored = [g | joining[g] for g in self.anchored]
        return [frozenset(g) for g in made]

    def _hints(self, i: int) -> list[tuple[object, ...]]:
        """Of each phone what is too weak to meet on: visible digits, surname and person; or a switchboard and a full name."""
        found: list[tuple[object, ...]] = []
        name = self.said[i].name
        for phone in self.said[i].phones if name else ():
            assert name is not None
            shown = self._shown(phone)
            if shown is not None:
                place = (shown, syllables(name.surname))
                heard = self._at_digits(place)
                if (who := self._who(i, persons(heard), heard)) is not None:
                    found.append((*place, who))
            elif phone in self.boards and name.full:
                found.append((phone, name.ear))
        return found

    def _shown(self, phone: str) -> str | None:
        if re.fullmatch(r"1[3-9]\d{9}", phone):
            return phone[:3] + "****" + phone[7:]
        return phone if "*" in phone and sum(c.isdigit() for c in phone) >= 7 else None

    def _at_digits(self, place: tuple[object, ...]) -> list[Name]:
        return [s.name for s in self.said for p in s.phones if s.name and (self._shown(p), syllables(s.name.surname)) == place]

    def _follow_hints(self) -> None:
        targets = [g - set(self.lonely) for g in self.groups]
        stars: dict[object, set[int]] = {}
        moved: dict[int, int] = {}
        self.hinted = set()
        for i in self.lonely:
            if not self._hints(i):
                continue
            hint = self._hints(i)[0]
            led = [n for n, g in enumerate(targets) if any(hint in self._hints(j) for j in g)]
            if len(led) == 1:
                moved[i] = led[0]
            elif not led:
                stars.setdefault(hint, set()).add(i)
            self.hinted |= {i} if len(led) < 2 else set()
        gone = set(moved).union(*stars.values())
        joined = [(g - gone) | {i for i, n in moved.items() if n == place} for place, g in enumerate(self.groups)]
        self.groups = [frozenset(g) for g in [*joined, *stars.values()] if g]

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
        return {s.contact_id: i not in self.lonely or i in self.hinted for i, s in enumerate(self.said)}
