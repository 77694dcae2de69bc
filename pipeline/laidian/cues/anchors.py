"""Anchors of a form: sounds of which a text must hold at least one, or the form cannot match it, neither as written nor by sound.

A form is a tree with gaps and choices, too rich for one automaton over all forms; but each demands some words, and those are
found for all forms in one pass. What demands the rarest words is the better anchor.
"""

from itertools import product
from math import fsum

from laidian.cues.expressions import FORGIVING
from laidian.cues.forms import Choice, FormError, Maybe, Node, Sequence, Word
from laidian.zh.syllables import near

Anchor = tuple[str, ...]
"""Near syllables in a row."""

MOST = 96  # strings that one form may ask for; more make the automaton large and catch little
_FREQUENCY = (0.02, 0.0005, 0.00005, 0.00001)  # of one, two, three, more near syllables in a row at a place of a text, about
_SIZE = 1e-5  # what one more string costs: a state is memory


def anchors(tree: Node) -> frozenset[Anchor]:
    """The best set of anchors of a form. Never empty, and no empty anchor in it.

    Raises:
        FormError: the form demands no word.
    """
    found = _demanded(tree)
    if not found:
        raise FormError("a form that could match nothing at all: it cannot be all optional")
    return found


def _demanded(node: Node) -> frozenset[Anchor]:
    """Sounds of which every match of the node holds one; empty = the node demands none."""
    if isinstance(node, Word):
        return _language(node) or frozenset()
    if isinstance(node, Choice):
        branches = [_demanded(b) for b in node.branches]
        return frozenset().union(*branches) if all(branches) else frozenset()
    if isinstance(node, Sequence):
        return min((s for s in _candidates(node.parts) if s), key=lambda s: (cost(s), sorted(s)), default=frozenset())
    return frozenset()


def _candidates(parts: tuple[Node, ...]) -> list[frozenset[Anchor]]:
    """What single parts demand, and what runs of parts that spell out few strings demand together."""
    found = [_demanded(part) for part in parts]
    spelled = [None if _forgives(part) else _language(part) for part in parts]
    for first in range(len(parts)):
        run: frozenset[Anchor] = frozenset({()})
        for language in spelled[first:]:
            if language is None or len(run) * len(language) > MOST:
                break
            run = frozenset(a + b for a, b in product(run, language))
            if () not in run:
                found.append(run)
    return found


def _language(node: Node) -> frozenset[Anchor] | None:
    """All strings of near syllables the node can be, or None: too many, or not only words.

    A forgiving word stands for its two halves, of which one is always heard whole.
    """
    if isinstance(node, Word):
        sounds, half = near(node.text), len(node.text) // 2
        whole = node.how != "sound" or len(sounds) < FORGIVING
        return frozenset({sounds} if whole else {sounds[:half], sounds[half:]})
    if isinstance(node, Maybe):
        inner = _language(node.node)
        return None if inner is None or _forgives(node.node) else inner | {()}
    if isinstance(node, Choice):
        branches = [_language(b) for b in node.branches if not _forgives(b)]
        if len(branches) < len(node.branches) or any(b is None for b in branches):
            return None
        union = frozenset().union(*(b for b in branches if b is not None))
        return union if len(union) <= MOST else None
    if isinstance(node, Sequence):
        run: frozenset[Anchor] = frozenset({()})
        for part in node.parts:
            language = None if _forgives(part) else _language(part)
            if language is None or len(run) * len(language) > MOST:
                return None
            run = frozenset(a + b for a, b in product(run, language))
        return run
    return None


def _forgives(node: Node) -> bool:
    """A word that may be off by a character: its halves cannot be strung together with its neighbours."""
    return isinstance(node, Word) and node.how == "sound" and len(node.text) >= FORGIVING


def cost(found: frozenset[Anchor]) -> float:
    """About how many places of a text will hold one of these, and a little for every one of them."""
    return fsum(_FREQUENCY[min(len(a), len(_FREQUENCY)) - 1] + _SIZE for a in found)
