"""Forms: how an analyst writes a pattern, and how it becomes a regular expression over characters or over sounds.

    form     = part { " " part }            between parts a comma may stand
    part     = { element [ "?" ] }
    element  = character | "=" character    "=": this very character, also when matching by sound
             | "<" class ">"                any word or form of that class
             | "(" form { "|" form } ")"
             | "…" number                   up to so many characters (1-99) within one sentence: as few as possible,
                                            or as many at the end of the form
             | "^" | "$"                    start, end of a clause

A text is encoded as two code points a character: its symbol (what it sounds like at that tier) and the character itself.
Symbols lie in the supplementary private planes, so that an expression can only match at a whole character, can ask for the
sound or for the character, and the three tiers are three translations of one form.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

STOPS = "。？！；?!;\n"
COMMAS = "，、,：: "
_FIRST, _LAST, _OTHER = 0xF0000, 0x10FFFD, "\U000f0000"
_ANY = f"[{chr(_FIRST)}-{chr(_LAST)}]"
_LITERAL_MEANING = set("<>()|?…^$= ")


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


@dataclass
class Alphabet:
    """One tier: how a character sounds there, and the private code points given to the sounds that forms ask for."""

    sound: Callable[[str], str]
    by_sound: bool
    symbols: dict[str, str] = field(default_factory=dict)

    def symbol(self, char: str) -> str:
        """The private code point of a character in a form; new ones are given out while forms are compiled."""
        sound = self.sound(char)
        if sound not in self.symbols:
            self.symbols[sound] = chr(_FIRST + 1 + len(self.symbols))
        return self.symbols[sound]

    def encoder(self) -> "Encoder":
        """The table with which texts are encoded; take it when all forms are compiled."""
        for stop in STOPS + COMMAS:
            self.symbol(stop)
        return Encoder(self.sound, dict(self.symbols))


class Encoder(dict[int, str]):
    """For str.translate: character -> its symbol and itself. Filled as characters are met."""

    def __init__(self, sound: Callable[[str], str], symbols: dict[str, str]) -> None:
        super().__init__()
        self._sound, self._symbols = sound, symbols

    def __missing__(self, code: int) -> str:
        char = chr(code)
        itself = "\ufffd" if code >= _FIRST else char.lower() if len(char.lower()) == 1 else char
        self[code] = self._symbols.get(self._sound(itself), _OTHER) + itself
        return self[code]


class _Reader:
    """Recursive descent over one form."""

    def __init__(
        self, form: str, classes: Mapping[str, WordClass], alphabet: Alphabet, seen: tuple[str, ...], named: set[str]
    ) -> None:
        self.form, self.classes, self.alphabet, self.seen, self.named = form, classes, alphabet, seen, named
        self.at = 0
        self.stops = "".join(alphabet.symbol(c) for c in STOPS)
        self.commas = "".join(alphabet.symbol(c) for c in COMMAS)

    def whole(self) -> str:
        """The form as a regular expression."""
        expression = self._sequence()
        if self.at < len(self.form):
            raise self._wrong(f"unexpected {self.form[self.at]}")
        return expression

    def _sequence(self) -> str:
        made: list[str] = []
        while self.at < len(self.form) and self.form[self.at] not in "|)":
            if self.form[self.at] == "?":
                if not made:
                    raise self._wrong("? without an element before it")
                made[-1] = f"(?:{made[-1]})?"
                self.at += 1
            else:
                made.append(self._element())
        return "".join(made)

    def _element(self) -> str:
        char = self._take()
        if char == " ":
            return f"(?:[{self.commas}].)?"
        if char == "<":
            return self._class(self._until(">"))
        if char == "(":
            return self._group()
        if char == "…":
            return self._gap()
        if char == "^":
            return f"(?<![^{STOPS}{COMMAS}])"
        if char == "$":
            return f"(?![^{self.stops}{self.commas}])"
        if char == "=":
            return _ANY + re.escape(self._take().lower())
        if char in _LITERAL_MEANING:
            raise self._wrong(f"unexpected {char}")
        return self.alphabet.symbol(char.lower()) + "."

    def _group(self) -> str:
        branches = [self._sequence()]
        while self._take(")") == "|":
            branches.append(self._sequence())
        return f"(?:{'|'.join(branches)})"

    def _gap(self) -> str:
        digits = re.match(r"\d{1,2}", self.form[self.at :])
        if not digits:
            raise self._wrong("… without a number")
        self.at += digits.end()
        ends = self.at == len(self.form)  # a veto's last gap takes in all that follows; within a form the nearest fits
        return f"(?:[^{self.stops}].){{0,{digits[0]}}}" + ("" if ends else "?")

    def _class(self, name: str) -> str:
        if name not in self.classes:
            raise self._wrong(f"unknown class <{name}>")
        if name in self.seen:
            raise self._wrong(f"class <{name}> holds itself")
        known = self.classes[name]
        words = ["".join(self.alphabet.symbol(c) + "." for c in w.lower()) for w in _longest(known.words)]
        exactly = known.exact + (known.heard if self.alphabet.by_sound else ())
        words += ["".join(_ANY + re.escape(c) for c in w.lower()) for w in _longest(exactly)]
        inner = [_Reader(f, self.classes, self.alphabet, (*self.seen, name), self.named).whole() for f in known.forms]
        body = "|".join(inner + words)
        if known.role and known.role not in self.named:
            self.named.add(known.role)
            return f"(?P<{known.role}>{body})"
        return f"(?:{body})"

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


def compile_form(form: str, classes: Mapping[str, WordClass], alphabet: Alphabet) -> re.Pattern[str]:
    """One form as an expression over texts encoded with the alphabet's encoder.

    Raises:
        FormError: the form cannot be read, names an unknown class, could match nothing at all, or begins with a gap.
    """
    expression = re.compile(_Reader(form, classes, alphabet, (), set()).whole(), re.DOTALL)
    if expression.match("") or form.startswith("…"):
        raise FormError(f"form «{form}»: it must begin with a word and cannot be all optional")
    return expression
