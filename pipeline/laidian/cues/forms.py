"""Forms: how an analyst writes a pattern, read into a tree that is searched, weighed and scanned for.

    form     = part { " " part }            between parts a comma may stand
    part     = { element [ "?" ] }
    element  = character | "=" character    "=": this very character, also when matching by sound
             | "<" class ">"                any word or form of that class
             | "(" form { "|" form } ")"
             | "…" number [ "!(" characters ")" ]
                                            up to so many characters (1-99) within one sentence, none of those
                                            after "!": as few as possible, or as many at the end of the form
             | "^" | "$"                    start, end of a clause
             | "/"                          here a sentence may end and the next begin

`expressions` turns a tree into regular expressions, `alike` weighs how well a match by sound fits it, `anchors` says which
sounds a text must hold for a match to be possible at all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

STOPS = "。？！；?!;|\n"
COMMAS = "，、,：: "
_MEANING = set("<>()|?…^$=/ ")

How = Literal["sound", "exact", "heard"]


class FormError(ValueError):
    """A form that cannot be read; the message holds the form (the lexicon's own words, never a customer's)."""


@dataclass(frozen=True, slots=True)
class WordClass:
    """A named class: words, words that must be met exactly, what recognisers write for them, and forms.

    `role` is `count` (its text is the number of contacts), `when` (the time expression), or empty.
    """

    words: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    role: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """Characters in a row, lower case. `how`: by sound too, only as written, or only as a recogniser's slip (as written)."""

    text: str
    how: How = "sound"


@dataclass(frozen=True, slots=True)
class Gap:
    """Up to `most` characters of one sentence, none of them in `without`."""

    most: int
    greedy: bool
    without: str = ""


@dataclass(frozen=True, slots=True)
class Comma:
    """One comma, colon or blank, or nothing; `stop`: up to three of these or of what ends a sentence."""

    stop: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """The start (or the end) of a clause."""

    end: bool


@dataclass(frozen=True, slots=True)
class Maybe:
    """The node or nothing."""

    node: "Node"


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the branches, the first that fits. `role` as in `WordClass`."""

    branches: tuple["Node", ...]
    role: str = ""


Node = Word | Gap | Comma | Edge | Maybe | Sequence | Choice


@dataclass
class Grammar:
    """The word classes of a lexicon; reads forms into trees. A class is read once and shared by all forms that name it."""

    classes: Mapping[str, WordClass]
    _read: dict[str, Choice] = field(default_factory=dict)

    def read(self, form: str) -> Node:
        """The form as a tree.

        Raises:
            FormError: the form cannot be read, names an unknown class or one that holds itself, or begins with a gap.
        """
        if form.startswith("…"):
            raise FormError(f"form «{form}»: it must begin with a word")
        return _Reader(form, self, ()).whole()

    def named(self, name: str, seen: tuple[str, ...]) -> Choice:
        """The class as a choice; `seen` are the classes being read around it."""
        if name not in self._read:
            known = self.classes[name]
            inner = [_Reader(form, self, (*seen, name)).whole() for form in known.forms]
            spelled: tuple[tuple[tuple[str, ...], How], ...] = (
                (known.words, "sound"), (known.exact, "exact"), (known.heard, "heard"),
            )  # fmt: skip
            words = [Word(w.lower(), how) for group, how in spelled for w in _longest(group)]
            self._read[name] = Choice((*inner, *words), known.role)
        return self._read[name]


class _Reader:
    """Recursive descent over one form."""

    def __init__(self, form: str, grammar: Grammar, seen: tuple[str, ...]) -> None:
        self.form, self.grammar, self.seen = form, grammar, seen
        self.at = 0

    def whole(self) -> Node:
        node = self._sequence()
        if self.at < len(self.form):
            raise self._wrong(f"unexpected {self.form[self.at]}")
        return node

    def _sequence(self) -> Node:
        made: list[Node] = []
        while self.at < len(self.form) and self.form[self.at] not in "|)":
            if self.form[self.at] == "?":
                if not made:
                    raise self._wrong("? without an element before it")
                made[-1] = Maybe(made[-1])
                self.at += 1
            else:
                made.append(self._element())
        return made[0] if len(made) == 1 else Sequence(tuple(made))

    def _element(self) -> Node:
        char = self._take()
        if char in " /":
            return Comma(stop=char == "/")
        if char == "<":
            return self._class(self._until(">"))
        if char == "(":
            return self._group()
        if char == "…":
            return self._gap()
        if char in "^$":
            return Edge(end=char == "$")
        if char == "=":
            return Word(self._take().lower(), "exact")
        if char in _MEANING:
            raise self._wrong(f"unexpected {char}")
        return Word(char.lower())

    def _group(self) -> Node:
        branches = [self._sequence()]
        while self._take(")") == "|":
            branches.append(self._sequence())
        return Choice(tuple(branches))

    def _gap(self) -> Node:
        digits = re.match(r"\d{1,2}", self.form[self.at :])
        if not digits:
            raise self._wrong("… without a number")
        self.at += digits.end()
        without = ""
        if self.form[self.at : self.at + 2] == "!(":
            self.at += 2
            without = self._until(")")
        ends = self.at == len(self.form)  # a veto's last gap takes in all that follows; within a form the nearest fits
        return Gap(int(digits[0]), ends, without)

    def _class(self, name: str) -> Node:
        if name not in self.grammar.classes:
            raise self._wrong(f"unknown class <{name}>")
        if name in self.seen:
            raise self._wrong(f"class <{name}> holds itself")
        return self.grammar.named(name, self.seen)

    def _take(self, end: str = "") -> str:
        if self.at >= len(self.form):
            raise self._wrong(f"{end or 'a character'} is missing")
        self.at += 1
        return self.form[self.at - 1]

    def _until(self, end: str) -> str:
        start = self.at
        while self._take(end) != end:
            pass
        return self.form[start : self.at - 1]

    def _wrong(self, what: str) -> FormError:
        return FormError(f"form «{self.form}», position {self.at}: {what}")


def _longest(words: tuple[str, ...]) -> list[str]:
    """Longest first, so that 打电话 is tried before 打."""
    return sorted(words, key=lambda w: (-len(w), w))
