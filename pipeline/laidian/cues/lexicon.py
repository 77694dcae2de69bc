"""The cue lexicon: word classes, patterns and vetoes that analysts edit as TOML, read, checked and compiled."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from laidian.cues.forms import Alphabet, Encoder, FormError, WordClass, compile_form
from laidian.errors import InputError
from laidian.zh.syllables import near, syllables

Tier = Literal["exact", "exact syllables", "near syllables"]
TIERS: tuple[Tier, ...] = ("exact", "exact syllables", "near syllables")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Kind(_Entry):
    """What a cue tells. `side`: whose speech can say it. `repeat`: it is evidence of an earlier contact."""

    side: Literal["customer", "agent"]
    repeat: bool = False


class Words(_Entry):
    """A word class as written in the file; see `WordClass`."""

    words: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    role: Literal["count", "when", ""] = ""


class Pattern(_Entry):
    """One rule. `score` in 0..1 is that of an exact match; a match by sound gets less, and below the threshold none.

    `count`: `cardinal` (打了三次: three earlier contacts), `ordinal` (第三次打: two), empty: the pattern states no number.
    `counts`: example -> the number of earlier contacts it states. `matches`, `not`: examples with and without this KIND of cue.
    """

    kind: str
    name: str
    forms: Annotated[tuple[str, ...], Field(min_length=1)]
    score: Annotated[float, Field(gt=0, le=1)] = 0.9
    count: Literal["cardinal", "ordinal", ""] = ""
    matches: Annotated[tuple[str, ...], Field(min_length=1)]
    counts: dict[str, int] = {}
    unlike: Annotated[tuple[str, ...], Field(alias="not", min_length=1)]


class Veto(_Entry):
    """Words that say that what overlaps them is no cue of these kinds (empty: of no kind). Examples as in `Pattern`."""

    name: str
    kinds: tuple[str, ...] = ()
    forms: Annotated[tuple[str, ...], Field(min_length=1)]
    matches: Annotated[tuple[str, ...], Field(min_length=1)]
    keeps: tuple[str, ...] = ()


class _Source(_Entry):
    threshold: float | None = None
    tiers: dict[Tier, float] = {}
    kinds: dict[str, Kind] = {}
    classes: dict[str, Words] = {}
    pattern: tuple[Pattern, ...] = ()
    veto: tuple[Veto, ...] = ()


@dataclass(frozen=True)
class Lexicon:
    """A checked and compiled lexicon. Expressions are by tier, then in the order of patterns and their forms."""

    threshold: float
    factors: dict[Tier, float]
    kinds: dict[str, Kind]
    patterns: tuple[Pattern, ...]
    vetoes: tuple[Veto, ...]
    encoders: dict[Tier, Encoder]
    expressions: dict[Tier, tuple[tuple[re.Pattern[str], ...], ...]]
    veto_expressions: dict[Tier, tuple[tuple[re.Pattern[str], ...], ...]]


def _syllable(char: str) -> str:
    return syllables(char)[0]


def _near(char: str) -> str:
    return near(char)[0]


def _files(folder: Path | None) -> Iterator[tuple[str, str]]:
    root: Traversable = resources.files("laidian.models") / "lexicons" / "cues" if folder is None else folder
    if not root.is_dir():
        raise InputError(str(root), "no such folder", "a folder of TOML files", "name the folder of a cue lexicon")
    for file in sorted(root.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            yield f"{root}/{file.name}", file.read_text("utf-8")


def _read(where: str, text: str) -> _Source:
    try:
        return _Source.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
        raise InputError(where, str(bad), "TOML in UTF-8", "correct that line") from None
    except ValidationError as bad:
        first = bad.errors()[0]
        path = ".".join(str(p) for p in first["loc"])
        raise InputError(f"{where} [{path}]", first["msg"], "an entry as in the bundled lexicon", "correct that entry") from None


def load_lexicon(path: Path | None = None) -> Lexicon:
    """The lexicon in a folder: all its TOML files together, in the order of their names. None = the bundled one (cached).

    Raises:
        InputError: no such folder; no TOML; an entry is wrong, named twice or of an unknown kind; a form cannot be read.
    """
    return _bundled() if path is None else _compile(tuple(_files(path)), str(path))


@cache
def _bundled() -> Lexicon:
    return _compile(tuple(_files(None)), "bundled cue lexicon")


def _compile(files: tuple[tuple[str, str], ...], where: str) -> Lexicon:
    sources = [_read(name, text) for name, text in files]
    kinds = {name: kind for s in sources for name, kind in s.kinds.items()}
    classes = {name: WordClass(**words.model_dump()) for s in sources for name, words in s.classes.items()}
    patterns = tuple(p for s in sources for p in s.pattern)
    vetoes = tuple(v for s in sources for v in s.veto)
    thresholds = [s.threshold for s in sources if s.threshold is not None]
    factors = {tier: factor for s in sources for tier, factor in s.tiers.items()}
    _check(where, kinds, patterns, vetoes, thresholds, factors)
    alphabets = _alphabets()
    try:
        expressions = {
            t: tuple(tuple(compile_form(f, classes, a) for f in p.forms) for p in patterns) for t, a in alphabets.items()
        }
        stops = {t: tuple(tuple(compile_form(f, classes, a) for f in v.forms) for v in vetoes) for t, a in alphabets.items()}
    except (FormError, re.error) as bad:
        raise InputError(where, str(bad), "a form as described in the bundled lexicon", "correct that form") from None
    encoders = {tier: alphabet.encoder() for tier, alphabet in alphabets.items()}
    return Lexicon(thresholds[0], factors, kinds, patterns, vetoes, encoders, expressions, stops)


def _alphabets() -> dict[Tier, Alphabet]:
    return {
        "exact": Alphabet(str.lower, by_sound=False),
        "exact syllables": Alphabet(_syllable, by_sound=True),
        "near syllables": Alphabet(_near, by_sound=True),
    }


def _check(
    where: str,
    kinds: dict[str, Kind],
    patterns: tuple[Pattern, ...],
    vetoes: tuple[Veto, ...],
    thresholds: list[float],
    factors: dict[Tier, float],
) -> None:
    def wrong(found: str, expected: str) -> InputError:
        return InputError(where, found, expected, "correct that entry")

    if len(thresholds) != 1 or set(factors) != set(TIERS):
        raise wrong("no threshold or tiers, or several", f"one threshold and one factor for each of {', '.join(TIERS)}")
    names = [p.name for p in patterns] + [v.name for v in vetoes]
    if twice := sorted({n for n in names if names.count(n) > 1}):
        raise wrong(f"{twice[0]} stands twice", "a name of its own for each pattern and veto")
    used = {p.kind for p in patterns} | {k for v in vetoes for k in v.kinds}
    if unknown := sorted(used - set(kinds)):
        raise wrong(f"unknown kind {unknown[0]}", " ".join(kinds))
