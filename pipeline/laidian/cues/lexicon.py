"""The cue lexicon: word classes, patterns and vetoes that analysts edit as TOML, read, checked and compiled."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from laidian.cues.anchors import anchors
from laidian.cues.automaton import Automaton, build
from laidian.cues.expressions import Encoder, express
from laidian.cues.forms import FormError, Grammar, Node, WordClass
from laidian.errors import InputError

Side = Literal["customer", "agent"]

SURE = 0.95
"""The score from which a cue is not weighed against the rest of the text."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Kind(_Entry):
    """What a cue tells. `side`: whose speech can say it (both: anybody's). `repeat`: it is evidence of an earlier contact."""

    side: Literal["customer", "agent", "both"]
    repeat: bool = False

    def said_by(self, side: Side) -> bool:
        """Whether that side's speech can hold it."""
        return self.side in (side, "both")


class Words(_Entry):
    """A word class as written in the file; see `WordClass`."""

    words: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    role: Literal["count", "when", ""] = ""


class Doubt(_Entry):
    """How much a match by sound is doubted.

    A pattern's score is multiplied by likeness ** `typed` where the text may have been typed, by likeness ** `heard` where a
    recogniser wrote it, and there by 1 - `unsure` * (1 - its confidence) too.
    """

    typed: Annotated[float, Field(ge=0)]
    heard: Annotated[float, Field(ge=0)]
    unsure: Annotated[float, Field(ge=0, le=1)]


class Pattern(_Entry):
    """One rule. `score` in 0..1 is that of a match as written; one by sound gets less, and below the threshold none.

    From `SURE` on, which it is where none is given, the cue stands whatever the learned scorer thinks of the text.

    `count`: `cardinal` (打了三次: three earlier contacts), `ordinal` (第三次打: two), `more` (不止一次: two), empty: the pattern
    states no number.
    `sound` false: only as written. `counts`: example -> the number of earlier contacts it states. `matches`, `not`: examples
    with and without this KIND of cue.
    """

    kind: str
    name: str
    forms: Annotated[tuple[str, ...], Field(min_length=1)]
    score: Annotated[float, Field(gt=0, le=1)] = SURE
    count: Literal["cardinal", "ordinal", "more", ""] = ""
    sound: bool = True
    matches: Annotated[tuple[str, ...], Field(min_length=1)]
    counts: dict[str, int] = {}
    unlike: Annotated[tuple[str, ...], Field(alias="not", min_length=1)]


class Veto(_Entry):
    """Words that say that what overlaps them is no cue of these kinds (empty: of no kind).

    `final`: whatever else the text says; otherwise plenty of evidence outweighs it.
    `matches`: examples in which the veto leaves no cue of its kinds; `keeps`: examples in which one stays.
    """

    name: str
    kinds: tuple[str, ...] = ()
    final: bool = False
    forms: Annotated[tuple[str, ...], Field(min_length=1)]
    matches: Annotated[tuple[str, ...], Field(min_length=1)]
    keeps: tuple[str, ...] = ()


class _Source(_Entry):
    threshold: float | None = None
    doubt: Doubt | None = None
    kinds: dict[str, Kind] = {}
    classes: dict[str, Words] = {}
    pattern: tuple[Pattern, ...] = ()
    veto: tuple[Veto, ...] = ()


@dataclass(frozen=True, eq=False)
class Form:
    """One form of a pattern or veto. Its expressions are compiled when a text first holds an anchor of the form."""

    rule: Pattern | Veto
    tree: Node
    encoder: Encoder

    @cached_property
    def written(self) -> re.Pattern[str]:
        """The expression over simplified, lower-case text."""
        return express(self.tree)

    @cached_property
    def sounding(self) -> re.Pattern[str]:
        """The expression over text translated by the encoder."""
        return express(self.tree, self.encoder)


@dataclass(frozen=True, eq=False)
class Lexicon:
    """A checked and compiled lexicon. The automaton numbers its forms as in `forms`.

    `fingerprint`: 16 hexadecimal characters that tell this lexicon from any other, comments and layout apart.
    """

    threshold: float
    doubt: Doubt
    kinds: dict[str, Kind]
    patterns: tuple[Pattern, ...]
    vetoes: tuple[Veto, ...]
    forms: tuple[Form, ...]
    encoder: Encoder
    automaton: Automaton
    fingerprint: str


def _files(folder: Path | None) -> Iterator[tuple[str, str]]:
    root: Traversable = resources.files("laidian.models") / "lexicons" / "cues" if folder is None else folder
    if not root.is_dir():
        found = "a file" if root.is_file() else "no such folder"
        raise InputError(str(root), found, "a folder of TOML files", "name the folder of a cue lexicon or a taxonomy")
    files = sorted((file for file in root.iterdir() if file.name.endswith(".toml")), key=lambda f: f.name)
    if not files:
        raise InputError(str(root), "no *.toml file", "a cue lexicon or a taxonomy", "copy the bundled one there and edit that")
    for file in files:
        try:
            yield f"{root}/{file.name}", file.read_text("utf-8-sig")
        except UnicodeDecodeError as bad:
            raise InputError(f"{root}/{file.name}", str(bad), "TOML in UTF-8", "save the file as UTF-8") from None


def _read(where: str, text: str) -> _Source:
    try:
        return _Source.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as bad:
        raise InputError(where, str(bad), "TOML in UTF-8", "correct that line") from None
    except ValidationError as bad:
        first = bad.errors()[0]
        path = ".".join(str(p) for p in first["loc"])
        raise InputError(f"{where} [{path}]", first["msg"], "an entry as in the bundled lexicon", "correct that entry") from None


def load_lexicon(path: Path | None = None) -> Lexicon:
    """The lexicon in a folder: all its TOML files together, in the order of their names. None = the bundled one (cached).

    Raises:
        InputError: no such folder; no TOML; an entry is wrong, stands twice or is of an unknown kind; a form cannot be read.
    """
    return _bundled() if path is None else _compile(tuple(_files(path)), str(path))


@cache
def _bundled() -> Lexicon:
    return _compile(tuple(_files(None)), "bundled cue lexicon")


def _compile(files: tuple[tuple[str, str], ...], where: str) -> Lexicon:
    sources = [_read(name, text) for name, text in files]
    kinds = {name: kind for s in sources for name, kind in s.kinds.items()}
    classes = {name: WordClass(**words.model_dump()) for s in sources for name, words in s.classes.items()}
    patterns, vetoes = tuple(p for s in sources for p in s.pattern), tuple(v for s in sources for v in s.veto)
    _check(where, sources, kinds, patterns, vetoes)
    threshold = next(s.threshold for s in sources if s.threshold is not None)
    doubt = next(s.doubt for s in sources if s.doubt is not None)
    try:
        grammar = Grammar(classes)
        trees = [(rule, grammar.read(form)) for rule in _rules(patterns, vetoes) for form in rule.forms]
        encoder = Encoder(tree for _, tree in trees)
        automaton = build([anchors(tree) for _, tree in trees])
    except FormError as bad:
        raise InputError(where, str(bad), "a form as described in the bundled lexicon", "correct that form") from None
    forms = tuple(Form(rule, tree, encoder) for rule, tree in trees)
    fingerprint = sha256(repr(sources).encode()).hexdigest()[:16]
    return Lexicon(threshold, doubt, kinds, patterns, vetoes, forms, encoder, automaton, fingerprint)


def _check(
    where: str, sources: list[_Source], kinds: dict[str, Kind], patterns: tuple[Pattern, ...], vetoes: tuple[Veto, ...]
) -> None:
    def wrong(found: str, expected: str) -> InputError:
        return InputError(where, found, expected, "correct that entry")

    if [s.threshold is not None for s in sources].count(True) != 1 or [s.doubt is not None for s in sources].count(True) != 1:
        raise wrong("no `threshold` or `[doubt]`, or several", "one of each in all files together")
    if twice := _twice([p.name for p in patterns] + [v.name for v in vetoes]):
        raise wrong(f"the name {twice} stands twice", "a name of its own for each pattern and veto")
    if twice := _twice(
        [f"class {name}" for s in sources for name in s.classes] + [f"kind {k}" for s in sources for k in s.kinds]
    ):
        raise wrong(f"{twice} stands twice", "each class and kind once")
    for rule in _rules(patterns, vetoes):
        if twice := _twice(list(rule.forms)):
            raise wrong(f"{rule.name}: the form {twice} stands twice", "each form once")
    used = {p.kind for p in patterns} | {k for v in vetoes for k in v.kinds}
    if unknown := sorted(used - set(kinds)):
        raise wrong(f"unknown kind {unknown[0]}", " ".join(kinds))


def _rules(patterns: tuple[Pattern, ...], vetoes: tuple[Veto, ...]) -> list[Pattern | Veto]:
    return [*patterns, *vetoes]


def _twice(names: list[str]) -> str | None:
    return min((n for n in names if names.count(n) > 1), default=None)
