"""The steps of grouping; customers.py beside it says in which order and why."""

from collections import defaultdict
from collections.abc import Sequence

from laidian.identity.evidence import Known, one_name
from laidian.identity.union import Token, Union

Anchors = Sequence[Token | None]  # for each contact its anchored group, None: not anchored (yet)


def strong(known: Sequence[Known]) -> list[Token | None]:
    """Step 1: groups by ID and account; a group of two IDs and two accounts falls apart into its accounts."""
    union = Union()
    accounts_of: dict[Token, set[Token]] = defaultdict(set)
    labels = [_labels(k) for k in known]
    for pair in labels:
        union.join(pair[0], pair[-1]) if pair else None
        if len(pair) == 2:
            accounts_of[pair[1]].add(pair[0])
    kinds: dict[Token, list[set[Token]]] = defaultdict(lambda: [set(), set()])
    for label in {label for pair in labels for label in pair}:
        kinds[union.find(label)][label[0] == "id"].add(label)

    def group(pair: list[Token]) -> Token | None:
        if not pair:
            return None
        root = union.find(pair[0])
        if min(map(len, kinds[root])) < 2:
            return root
        accounts = accounts_of[pair[0]]  # of an ID stated without account; an account has none
        return next(iter(accounts)) if len(accounts) == 1 else pair[0]

    return [group(pair) for pair in labels]


def _labels(k: Known) -> list[Token]:
    """Account and ID of a contact, as far as stated, in this order."""
    stated = (("account", k.account), ("id", k.id_key))
    return [(kind, value) for kind, value in stated if value is not None]


def complement(known: Sequence[Known], anchors: Anchors, tokens: Sequence[Sequence[Token]]) -> list[Token | None]:
    """Step 2: join two anchored groups of which one knows no ID, the other no account, each being the other's only partner.

    Args:
        known: the contacts.
        anchors: their anchored groups.
        tokens: what of each contact may be shared; a group met on it must be the only other one there.
    """
    has_id = {a for a, k in zip(anchors, known, strict=True) if a and k.id_key}
    has_account = {a for a, k in zip(anchors, known, strict=True) if a and k.account}
    partners: dict[Token, set[Token]] = defaultdict(set)
    for groups in anchored_on(anchors, tokens).values():
        if len(groups) != 2:
            continue
        one, other = sorted(groups)
        if not (groups <= has_id or groups <= has_account):
            partners[one].add(other)
            partners[other].add(one)
    pairs = {a: next(iter(p)) for a, p in partners.items() if len(p) == 1}
    merged = {a: min(a, b) for a, b in pairs.items() if pairs.get(b) == a}
    return [merged.get(a, a) if a else None for a in anchors]


def anchored_on(anchors: Anchors, tokens: Sequence[Sequence[Token]]) -> dict[Token, set[Token]]:
    """Token -> the anchored groups seen on it."""
    seen: dict[Token, set[Token]] = defaultdict(set)
    for anchor, held in zip(anchors, tokens, strict=True):
        if anchor:
            for token in held:
                seen[token].add(anchor)
    return seen


def by_service(anchors: Anchors, services: Sequence[Sequence[Token]]) -> list[Token | None]:
    """Step 3: contacts without ID and account join the one anchored group of their service number."""
    seen = anchored_on(anchors, services)

    def joined(held: Sequence[Token]) -> Token | None:
        groups = {g for token in held for g in seen.get(token, ())}
        return next(iter(groups)) if len(groups) == 1 else None

    return [anchor or joined(held) for anchor, held in zip(anchors, services, strict=True)]


def clear(
    anchors: Anchors, tokens: Sequence[Sequence[Token]], places: Sequence[Sequence[Token]], most: int = 1
) -> list[list[Token]]:
    """Each contact's tokens without those whose place (the service or phone itself) more than `most` anchored groups share."""
    seen = anchored_on(anchors, places)
    return [[t for t in held if len(seen.get(t[:2], ())) <= most] for held in tokens]


def free(known: Sequence[Known], anchors: Anchors, tokens: Sequence[Sequence[Token]]) -> list[Token]:
    """Step 4: the group of every contact.

    Args:
        known: the contacts.
        anchors: their anchored groups.
        tokens: each contact's clear service, own phone and other phone, in this order.
    """
    leads = {t: a for a, held in zip(anchors, tokens, strict=True) if a for t in held}
    union, clusters = Union(), defaultdict[Token, list[int]](list)
    groups: list[Token] = [anchor or ("contact", k.contact_id) for anchor, k in zip(anchors, known, strict=True)]
    loose = [i for i, anchor in enumerate(anchors) if anchor is None]
    for i in loose:
        for token in tokens[i]:
            union.join(groups[i], token)
    for i in loose:
        clusters[union.find(groups[i])].append(i)
    for root, members in clusters.items():
        reached = {leads[t] for i in members for t in tokens[i] if t in leads}
        agreed = len(reached) < 2 and one_name({name for i in members if (name := known[i].name)})
        for i in members:
            best = tokens[i][0] if tokens[i] else groups[i]
            groups[i] = next(iter(reached), root) if agreed else leads.get(best, best)
    return groups
