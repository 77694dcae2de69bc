"""Form trees as regular expressions: one over the text as written, one over what it sounds like.

By sound a text is translated to one private code point a character: its near-syllable class, or a code point of its own for
the few characters that some form wants as written. A long word may be off by one whole character there, its first excepted;
how much a match by sound is worth is weighed afterwards (`alike`).
"""

import re
from collections.abc import Iterable, Iterator

from laidian.cues.forms import COMMAS, STOPS, Choice, Comma, Edge, Gap, Maybe, Node, Sequence, Word
from laidian.zh.syllables import near

FORGIVING = 4
"""Characters from which a word is still heard when one of them is another."""

RARE = 0x10000
"""The code point from which characters are too rare to be matched by their sound."""

_FIRST, _LAST, _OTHER = 0xF0000, 0x10FFFD, "\U000f0000"
_ANY = ""


class Encoder(dict[int, str]):
    """For str.translate: character -> private code point. Filled as characters are met; never longer or shorter."""

    def __init__(self, trees: Iterable[Node]) -> None:
        super().__init__()
        self._sounds: dict[str, str] = {}
        self._exact: dict[str, str] = {}
        self._alike: dict[str, str] = {}
        words = {word for tree in trees for word in _words(tree)}
        for word in sorted(words, key=lambda w: (w.text, w.how)):
            for char in word.text:
                known, key = (self._sounds, near(char)[0]) if word.how == "sound" else (self._exact, char)
                known.setdefault(key, chr(_FIRST + 1 + len(self._sounds) + len(self._exact)))
        for stop in STOPS + COMMAS:
            self._exact.setdefault(stop, chr(_FIRST + 1 + len(self._sounds) + len(self._exact)))

    def __missing__(self, code: int) -> str:
        char = chr(code)
        itself = "\ufffd" if _FIRST <= code <= _LAST else char.lower() if len(char.lower()) == 1 else char
        self[code] = self._exact.get(itself) or (self._sounds.get(near(itself)[0], _OTHER) if code < RARE else _OTHER)
        return self[code]

    def alike(self, char: str) -> str:
        """The expression for all characters that sound nearly like this one."""
        if char not in self._alike:
            sound = near(char)[0]
            codes = [self._sounds[sound], *(code for other, code in self._exact.items() if near(other)[0] == sound)]
            self._alike[char] = codes[0] if len(codes) == 1 else f"[{''.join(codes)}]"
        return self._alike[char]

    def itself(self, char: str) -> str:
        """The expression for this very character."""
        return self._exact[char]


def _words(node: Node) -> Iterator[Word]:
    if isinstance(node, Word):
        yield node
    elif isinstance(node, Gap):
        yield from (Word(char, "exact") for char in node.without)
    elif isinstance(node, Maybe):
        yield from _words(node.node)
    elif isinstance(node, Sequence | Choice):
        for part in node.parts if isinstance(node, Sequence) else node.branches:
            yield from _words(part)


class _Writer:
    """Writes one tree; `encoder` None = over the text as written."""

    def __init__(self, encoder: Encoder | None) -> None:
        self.encoder = encoder
        self.stops, self.commas = (self._set(STOPS), self._set(COMMAS))
        self.roles: dict[str, int] = {}

    def write(self, node: Node) -> str:
        match node:
            case Word():
                return self._word(node)
            case Gap(most, greedy, without):
                return f"[^{self.stops}{self._set(without)}]{{0,{most}}}{'' if greedy else '?'}"
            case Comma(stop):
                return f"[{self.commas}{self.stops}]{{0,3}}" if stop else f"[{self.commas}]?"
            case Edge(end):
                return f"(?![^{self.stops}{self.commas}])" if end else f"(?<![^{self.stops}{self.commas}])"
            case Maybe(inner):
                return f"(?:{self.write(inner)})?"
            case Sequence(parts):
                return "".join(map(self.write, parts))
            case Choice(branches, role):
                body = "|".join(self.write(b) for b in branches if self.encoder or not _only_heard(b))
                return f"({self._name(role)}{body})"

    def _word(self, word: Word) -> str:
        if self.encoder is None:
            return re.escape(word.text)
        if word.how != "sound":
            return "".join(map(self.encoder.itself, word.text))
        sounds = [self.encoder.alike(c) for c in word.text]
        if len(sounds) < FORGIVING:
            return "".join(sounds)
        slips = ("".join([*sounds[:at], f"[^{self.stops}]", *sounds[at + 1 :]]) for at in range(1, len(sounds)))
        either = "|".join(["".join(sounds), *slips])
        return f"(?:{either})"

    def firsts(self, node: Node) -> tuple[frozenset[str], bool]:
        """With which characters a match may begin (_ANY: with any), and whether the node may be empty."""
        match node:
            case Word(text):
                return frozenset(self._first(node) if self.encoder else text[0]), False
            case Choice(branches, _):
                found = [self.firsts(b) for b in branches if self.encoder or not _only_heard(b)]
                return frozenset().union(*(chars for chars, _ in found)), any(empty for _, empty in found)
            case Sequence(parts):
                chars: frozenset[str] = frozenset()
                for part in parts:
                    more, empty = self.firsts(part)
                    chars |= more
                    if not empty:
                        return chars, False
                return chars, True
            case Maybe(inner):
                return self.firsts(inner)[0], True
            case Edge():
                return frozenset(), True
            case _:
                return frozenset({_ANY}), True

    def _first(self, word: Word) -> str:
        assert self.encoder is not None
        return self.encoder.alike(word.text[0]).strip("[]") if word.how == "sound" else self.encoder.itself(word.text[0])

    def _set(self, chars: str) -> str:
        return "".join(map(self.encoder.itself, chars)) if self.encoder else re.escape(chars)

    def _name(self, role: str) -> str:
        if not role:
            return "?:"
        self.roles[role] = self.roles.get(role, 0) + 1
        return f"?P<{role}_{self.roles[role]}>"


def _only_heard(node: Node) -> bool:
    return isinstance(node, Word) and node.how == "heard"


def express(tree: Node, encoder: Encoder | None = None) -> re.Pattern[str]:
    """The tree as an expression over simplified lower-case text, or over text translated by the encoder.

    A role's groups are named `<role>_1`, `<role>_2` ... in the order of the form.
    """
    writer = _Writer(encoder)
    chars, empty = writer.firsts(tree)
    ahead = (
        "" if empty or _ANY in chars else f"(?=[{re.escape(''.join(sorted(chars)))}])"
    )  # a class of 60 words is not tried at every place
    return re.compile(ahead + writer.write(tree))
