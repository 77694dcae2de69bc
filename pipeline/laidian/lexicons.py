"""Load and check the taxonomy: trade -> call reason (来电原因) -> issue (问题点, third level), one TOML file a trade.

The bundled files lie in `models/taxonomy/`; an analyst may point laidian at a folder of edited copies. A wrong file is refused
as a whole, with the file and the entry named, because a silently skipped reason would move every figure behind it.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from laidian.errors import SettingsError

OTHER = "general.other"
"""The reason of a contact whose words name none."""

Groups = tuple[tuple[str, ...], ...]
T = TypeVar("T", str, int, float, bool)


@dataclass(frozen=True, slots=True)
class Rule:
    """Words that together tell of a reason when they stand close to one another in one speaker's words.

    `all_of`: groups of alternatives; a word of EVERY group must be heard. `any_of`: at least one of these too (empty: no
    demand). `none_of`: not one of these. `weight` > 0, on the scale where a two-character keyword weighs 1.
    """

    all_of: Groups
    any_of: tuple[str, ...]
    none_of: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class CallIssue:
    """One issue (问题点, third level). `id` is `<trade>.<reason>.<issue>`; `example` one sentence a customer might say."""

    id: str
    name: str
    name_en: str
    keywords: tuple[str, ...]
    example: str


@dataclass(frozen=True, slots=True)
class CallReason:
    """One call reason (second level). `id` is `<trade>.<reason>`.

    `case_gap_days`: the longest gap, in days, within one case. `periodic`: people ask again by the calendar, so contacts weeks
    apart are one case only with a cue. `by_nature_multi`: one contact cannot settle it. `keywords`: words that point to the
    reason; `phrases` nearly prove it; `negative` near them takes them back.
    """

    id: str
    name: str
    name_en: str
    department: str
    case_gap_days: float
    periodic: bool
    by_nature_multi: bool
    keywords: tuple[str, ...]
    phrases: tuple[str, ...]
    negative: tuple[str, ...]
    rules: tuple[Rule, ...]
    issues: tuple[CallIssue, ...]

    @property
    def trade(self) -> str:
        """The trade's id."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade. `words` speak for the trade without naming a reason; `exact_only` are never matched by their sound.

    `small_talk`: sentences said in every call, whatever it is about; what sounds like them tells of no reason.
    """

    id: str
    name: str
    name_en: str
    words: tuple[str, ...]
    exact_only: tuple[str, ...]
    small_talk: tuple[str, ...]
    reasons: tuple[CallReason, ...]


@dataclass(frozen=True, eq=False)
class Taxonomy:
    """All trades, in the order of their ids. Two loads are never equal: compiled matchers are kept per object."""

    trades: tuple[Trade, ...]

    @cached_property
    def reasons(self) -> dict[str, CallReason]:
        """Every reason by its id."""
        return {r.id: r for t in self.trades for r in t.reasons}

    @cached_property
    def issues(self) -> dict[str, CallIssue]:
        """Every issue by its id."""
        return {i.id: i for r in self.reasons.values() for i in r.issues}

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Ids of all trades, reasons and issues, in the order of the files."""
        return tuple(_ids(self.trades))

    def reason(self, reason_id: str) -> CallReason:
        """The reason of that id.

        Raises:
            SettingsError: the taxonomy has no such reason.
        """
        return _lookup(self.reasons, reason_id, "call reason")

    def issue(self, issue_id: str) -> CallIssue:
        """The issue of that id.

        Raises:
            SettingsError: the taxonomy has no such issue.
        """
        return _lookup(self.issues, issue_id, "issue")

    def name(self, any_id: str) -> str:
        """The Chinese name of a reason or issue; `<reason>.other` is the reason's contacts that name no issue.

        An id that an older taxonomy gave and this one lacks is its own name: a report of old days must still print.
        """
        if found := self.reasons.get(any_id) or self.issues.get(any_id):
            return found.name
        parent, _, last = any_id.rpartition(".")
        return f"{self.reasons[parent].name}·其他" if last == "other" and parent in self.reasons else any_id


E = TypeVar("E", CallReason, CallIssue)


def _lookup(entries: dict[str, E], wanted: str, kind: str) -> E:
    if wanted not in entries:
        raise SettingsError("taxonomy", f"no {kind} «{wanted}»", f"the id of a {kind}", "correct the id or add the entry")
    return entries[wanted]


def _ids(trades: tuple[Trade, ...]) -> Iterator[str]:
    for trade in trades:
        yield trade.id
        for reason in trade.reasons:
            yield reason.id
            yield from (issue.id for issue in reason.issues)


def load_taxonomy(folder: Traversable | Path | None = None) -> Taxonomy:
    """The taxonomy of all `*.toml` files of a folder; None = the bundled one, the same object each time.

    Raises:
        SettingsError: no file, no TOML, an unknown, missing or empty field, a value of the wrong type, an id twice, or one
            keyword under two issues of a reason (it could not choose between them). The message names file and entry.
    """
    return _bundled() if folder is None else _load(folder)


@cache
def _bundled() -> Taxonomy:
    """Loaded once a process: what is compiled from a taxonomy is kept by the object, and compiling costs seconds."""
    return _load(files("laidian.models").joinpath("taxonomy"))


def _load(folder: Traversable | Path) -> Taxonomy:
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name) if folder.is_dir() else []
    if not found:
        raise SettingsError(str(folder), "no *.toml file", "a folder with one file a trade", "copy the bundled taxonomy there")
    trades = tuple(sorted((_read(f) for f in found), key=lambda t: t.id))
    _unique("taxonomy", list(_ids(trades)), "id")
    if OTHER not in {r.id for t in trades for r in t.reasons}:
        raise SettingsError(
            str(folder), f"no reason «{OTHER}»", "the reason of last resort", "copy the bundled general.toml there"
        )
    return Taxonomy(trades)


def _read(file: Traversable) -> Trade:
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
        raise SettingsError(file.name, str(bad), "TOML in UTF-8", "correct that line") from None
    top = _Entry(file.name, "file", raw)
    head = _Entry(file.name, "[trade]", top.table("trade"))
    trade_id = head.text("id")
    reasons = tuple(_reason(trade_id, entry) for entry in top.tables("reasons"))
    if not reasons:
        top.wrong("no [[reasons]]", "at least one call reason")
    trade = Trade(
        id=trade_id,
        name=head.text("name"),
        name_en=head.text("name_en"),
        words=head.words("words"),
        exact_only=head.words("exact_only"),
        small_talk=head.words("small_talk"),
        reasons=reasons,
    )
    head.finish()
    top.finish()
    return trade


def _reason(trade_id: str, entry: "_Entry") -> CallReason:
    reason_id = f"{trade_id}.{entry.text('id')}"
    entry.entry = f"reason {reason_id}"
    issues = tuple(_issue(reason_id, e) for e in entry.tables("issues"))
    _unique(f"{entry.file} [{entry.entry}]", [w for i in issues for w in i.keywords], "keyword")
    reason = CallReason(
        id=reason_id,
        name=entry.text("name"),
        name_en=entry.text("name_en"),
        department=entry.text("department"),
        case_gap_days=entry.positive("case_gap_days"),
        periodic=entry.value("periodic", bool, False),
        by_nature_multi=entry.value("by_nature_multi", bool, False),
        keywords=entry.words("keywords"),
        phrases=entry.words("phrases"),
        negative=entry.words("negative"),
        rules=tuple(_rule(e) for e in entry.tables("rules")),
        issues=issues,
    )
    entry.finish()
    return reason


def _issue(reason_id: str, entry: "_Entry") -> CallIssue:
    issue_id = f"{reason_id}.{entry.text('id')}"
    entry.entry = f"issue {issue_id}"
    keywords = entry.words("keywords")
    if not keywords:
        entry.wrong("no keywords", "at least one")
    issue = CallIssue(issue_id, entry.text("name"), entry.text("name_en"), keywords, entry.text("example"))
    entry.finish()
    return issue


def _rule(entry: "_Entry") -> Rule:
    groups = tuple(tuple(group.lower().split("|")) for group in entry.strings("all"))
    if not groups or any("" in group for group in groups):
        entry.wrong("`all` is empty or has an empty word", 'groups of words like ["宽带|网络", "断|坏"]')
    any_of, none_of = ([w for group in entry.strings(k) for w in group.lower().split("|") if w] for k in ("any", "none"))
    rule = Rule(groups, tuple(any_of), tuple(none_of), entry.positive("weight", 1.0))
    entry.finish()
    return rule


def _unique(where: str, values: list[str], kind: str) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise SettingsError(where, f"{kind} «{value}» twice", f"each {kind} once", "remove or rename one of them")
        seen.add(value)


class _Entry:
    """One table of a file, read field by field; `finish` refuses the fields nobody asked for."""

    def __init__(self, file: str, entry: str, raw: dict[str, Any]) -> None:
        self.file, self.entry, self.raw, self.known = file, entry, raw, set[str]()

    def wrong(self, found: str, expected: str) -> NoReturn:
        raise SettingsError(f"{self.file} [{self.entry}]", found, expected, "correct that entry")

    def value(self, field: str, kind: type[T], default: T | None = None) -> T:
        self.known.add(field)
        value = self.raw.get(field, default)
        if value is None:
            self.wrong(f"no `{field}`", "that field")
        if not isinstance(value, kind):
            self.wrong(f"`{field}` is {type(value).__name__}", kind.__name__)
        return value

    def text(self, field: str) -> str:
        text = self.value(field, str).strip()
        return text or self.wrong(f"`{field}` is empty", "some text")

    def positive(self, field: str, default: float | None = None) -> float:
        self.known.add(field)
        value = self.raw.get(field, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            self.wrong(f"`{field}` is missing or not above 0", "a number above 0")
        return float(value)

    def strings(self, field: str) -> list[str]:
        self.known.add(field)
        values = self.raw.get(field, [])
        if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
            self.wrong(f"`{field}` is no list of words", 'a list like ["宽带", "光猫"]')
        return [v.strip() for v in values]

    def words(self, field: str) -> tuple[str, ...]:
        """Keywords: lower case, two characters or more (one alone is in every sentence), none twice."""
        words = [w.lower() for w in self.strings(field)]
        if short := [w for w in words if len(w) < 2]:
            self.wrong(f"`{field}` has the single character «{short[0]}»", "two characters or more; use a rule for one")
        _unique(f"{self.file} [{self.entry}] `{field}`", words, "keyword")
        return tuple(words)

    def table(self, field: str) -> dict[str, Any]:
        self.known.add(field)
        value = self.raw.get(field)
        return value if isinstance(value, dict) else self.wrong(f"no [{field}]", "that table")

    def tables(self, field: str) -> list["_Entry"]:
        self.known.add(field)
        values = self.raw.get(field, [])
        if not isinstance(values, list) or not all(isinstance(v, dict) for v in values):
            self.wrong(f"`{field}` is no list of tables", "[[...]] tables or { ... } in a list")
        return [_Entry(self.file, f"{self.entry}, {field} {n}", v) for n, v in enumerate(values, 1)]

    def finish(self) -> None:
        if unknown := sorted(set(self.raw) - self.known):
            self.wrong(f"unknown field `{unknown[0]}`", " ".join(sorted(self.known)))
