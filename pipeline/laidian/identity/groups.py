"""The steps of grouping; customers.py beside it says in which order and why.

A group is a code: first the anchored groups (as many as accounts and IDs), then tokens, then contacts, then hints, each
standing for the group that only it joins.
"""

import numpy as np

from laidian.identity.evidence import Known
from laidian.identity.names import speakers
from laidian.identity.union import NONE, SEVERAL, Codes, Flags, components, lead_on, only_on, seen_on
from laidian.settings import Identity


def strong(known: Known) -> tuple[Codes, int]:
    """Step 1: groups by ID and account, NONE for contacts that state neither, and how many such groups there can be.

    A group of two IDs and two accounts falls apart into its accounts.
    """
    accounts, ids = int(known.account.max(initial=NONE)) + 1, int(known.id_key.max(initial=NONE)) + 1
    size = accounts + ids
    both = (known.account >= 0) & (known.id_key >= 0)
    pairs = np.unique(known.account[both] * (ids + 1) + known.id_key[both])
    of_account, of_id = pairs // (ids + 1), accounts + pairs % (ids + 1)
    root = components(size, of_account, of_id)
    broken = (np.bincount(root[:accounts], minlength=size) > 1) & (np.bincount(root[accounts:], minlength=size) > 1)
    home = np.where(broken[root], np.arange(size), root)
    partner = only_on(of_id, of_account, size)  # the only account of an ID
    home = np.where(broken[root] & (partner >= 0), partner, home)
    stated = np.where(known.account >= 0, known.account, np.where(known.id_key >= 0, accounts + known.id_key, NONE))
    return np.append(home, NONE)[stated], size


def complement(known: Known, anchors: Codes, size: int, tokens: Codes) -> Codes:
    """Step 2: join two anchored groups of which one knows no ID, the other no account, each being the other's only partner.

    Args:
        known: the contacts.
        anchors: their anchored groups.
        size: how many of these there can be.
        tokens: contact × slot, what may be shared; a group met on it must be the only other one there.
    """
    has_id, has_account = (_holding(anchors, size, said) for said in (known.id_key, known.account))
    one, other = seen_on(tokens.ravel(), np.repeat(anchors, tokens.shape[1]), known.size)
    one, other = one[other >= 0], other[other >= 0]
    fits = ~((has_id[one] & has_id[other]) | (has_account[one] & has_account[other]))
    one, other = one[fits], other[fits]
    partner = only_on(np.concatenate([one, other]), np.concatenate([other, one]), size)
    only = np.flatnonzero(partner >= 0)
    mutual = only[partner[partner[only]] == only]
    merged = np.arange(size)
    merged[mutual] = np.minimum(mutual, partner[mutual])
    return np.append(merged, NONE)[anchors]


def _holding(anchors: Codes, size: int, said: Codes) -> Flags:
    """Which anchored groups have a contact that says this."""
    found = np.zeros(size, np.bool_)
    found[anchors[(anchors >= 0) & (said >= 0)]] = True
    return found


def by_service(known: Known, anchors: Codes, part: float) -> Codes:
    """Step 3: contacts without ID and account join the anchored group that leads on their service number."""
    services = known.tokens[:, 0]
    lead = np.append(lead_on(services, anchors, known.size, part), NONE)[services]
    return np.where((anchors == NONE) & (lead >= 0), lead, anchors)


def clear(known: Known, anchors: Codes, part: float) -> Codes:
    """The contacts' tokens without those that anchored groups share while none of them leads there: they could be anyone's."""
    lead = lead_on(known.tokens.ravel(), np.repeat(anchors, known.tokens.shape[1]), known.size, part)
    return np.where(np.append(lead, NONE)[known.tokens] == SEVERAL, NONE, known.tokens)


def free(known: Known, anchors: Codes, size: int, tokens: Codes, settings: Identity) -> Codes:
    """Step 4: the group of every contact.

    Args:
        known: the contacts.
        anchors: their anchored groups.
        size: how many of these there can be.
        tokens: contact × slot, clear.
        settings: when names are alike, and which part of the contacts decides.
    """
    slots = tokens.shape[1]
    leads = np.append(lead_on(tokens.ravel(), np.repeat(anchors, slots), known.size, settings.most), NONE)
    loose = anchors == NONE
    held = np.where(loose[:, None], tokens, NONE)
    first = held[np.arange(len(held)), np.argmax(held != NONE, axis=1)]
    edges = (held != NONE) & (held != first[:, None])
    root = np.append(components(known.size, np.repeat(first, slots)[edges.ravel()], held[edges]), NONE)
    cluster = root[first]
    reached, second = seen_on(root[held.ravel()], leads[held.ravel()], known.size)
    there = speakers(cluster, known.name, known.size, known.names, settings)
    contested = (second != NONE) | (there.several & (there.leader == NONE))
    star = np.append(contested, False)[cluster]
    best = np.where(star, first, cluster)  # the star of its best token, or the whole cluster
    lead = np.where(star, leads[first], np.append(reached, NONE)[cluster])
    alone = size + known.size + np.arange(len(anchors))
    group = np.where(first == NONE, alone, np.where(lead >= 0, lead, size + best))
    return np.where(loose, group, anchors)


def hinted(known: Known, group: Codes, lonely: Flags, after: int) -> tuple[Codes, Codes]:
    """Step 5: contacts that say nothing else join the one group to which their hint points.

    Args:
        known: the contacts.
        group: their groups so far.
        lonely: which contacts have no ID, account or clear token.
        after: the first code that stands for no group yet; contacts of one hint that points nowhere make one group.

    Returns:
        The group of every contact, and the hint by which it was joined (NONE: by none).
    """
    own, other = known.hints.T
    hint = np.where(lonely, np.where(own != NONE, own, other), NONE)
    pointing = only_on(known.hints.ravel(), np.repeat(np.where(lonely, NONE, group), 2), known.hinted)
    lead = np.append(pointing, SEVERAL)[hint]
    followed = np.where((hint == NONE) | (lead == SEVERAL), NONE, hint)
    joined = np.where(lead >= 0, lead, after + hint)
    return np.where(followed == NONE, group, joined), followed
