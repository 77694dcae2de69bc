"""Load and check the taxonomy: trade -> call reason (来电原因) -> issue (问题点, third level), one TOML file a trade.

The bundled files lie in `models/taxonomy/`; an analyst may point laidian at a folder of edited copies. A wrong file is refused
as a whole, with the file and the entry named, because a silently skipped reason would move every figure behind it.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from laidian.entry import Entry, unique
from laidian.errors import SettingsError
from laidian.rules import Rule, check_names, read_rule

OTHER = "general.other"
"""The reason of a contact whose words name none."""


@dataclass(frozen=True, slots=True)
class CallIssue:
    """One issue (问题点, third level). `id` is `<trade>.<reason>.<issue>`; `example` one sentence a customer might say.

    `department` (责任部门) answers for it: the reason's where the file names no other. `script` (建议口径): what an agent may
    tell the customer; empty = none written yet. `delegable` (可否下放权限): may the front line settle it; null = undecided.
    """

    id: str
    name: str
    name_en: str
    keywords: tuple[str, ...]
    example: str
    department: str
    script: str
    delegable: bool | None


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
    def several(self) -> tuple[str, ...]:
        """The reasons that one contact cannot settle by their nature."""
        return tuple(id_ for id_, reason in self.reasons.items() if reason.by_nature_multi)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Ids of all trades, reasons and issues, in the order of the files."""
        return tuple(_ids(self.trades))

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal characters that tell this taxonomy from any other."""
        return sha256(repr(self.trades).encode()).hexdigest()[:16]

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

    def with_issues(self, more: Sequence[CallIssue]) -> "Taxonomy":
        """This taxonomy with issues that a workspace accepted; a keyword that another issue of the reason has stays that one's.

        One of an unknown reason is left out; one without a keyword of its own can be labelled, and heard by no word.
        """
        added: dict[str, list[CallIssue]] = {}
        for issue in more:
            added.setdefault(issue.id.rpartition(".")[0], []).append(issue)
        return Taxonomy(tuple(replace(t, reasons=tuple(_joined(r, added.get(r.id, [])) for r in t.reasons)) for t in self.trades))

    def name(self, any_id: str) -> str:
        """The Chinese name of a trade, reason or issue; `<reason>.other` is the reason's contacts that name no issue, and those
        of the reason of last resort are not classified at all.

        An id that an older taxonomy gave and this one lacks is its own name: a report of old days must still print.
        """
        trade = next((t for t in self.trades if t.id == any_id), None)
        if found := self.reasons.get(any_id) or self.issues.get(any_id) or trade:
            return found.name
        parent, _, last = any_id.rpartition(".")
        if last != "other" or parent not in self.reasons:
            return any_id
        return "未归类" if parent == OTHER else f"{self.reasons[parent].name}·其他"


def _joined(reason: CallReason, more: Sequence[CallIssue]) -> CallReason:
    taken = {word for issue in reason.issues for word in issue.keywords}
    known = {issue.id for issue in reason.issues}
    issues = list(reason.issues)
    for issue in more:
        words = tuple(word for word in issue.keywords if word not in taken)
        taken |= set(words)
        if issue.id in known:  # merged into it: its words are more words of that one
            issues = [replace(i, keywords=(*i.keywords, *words)) if i.id == issue.id else i for i in issues]
        else:
            issues.append(replace(issue, keywords=words, department=issue.department or reason.department))
            known.add(issue.id)
    return replace(reason, issues=tuple(issues)) if more else reason


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
    unique("taxonomy", list(_ids(trades)), "id")
    check_names([(reason.id, rule) for trade in trades for reason in trade.reasons for rule in reason.rules])
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
    top = Entry(file.name, "file", raw)
    head = Entry(file.name, "[trade]", top.table("trade"))
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


def _reason(trade_id: str, entry: Entry) -> CallReason:
    reason_id = f"{trade_id}.{entry.text('id')}"
    entry.entry = f"reason {reason_id}"
    department = entry.text("department")
    issues = tuple(_issue(reason_id, department, e) for e in entry.tables("issues"))
    unique(f"{entry.file} [{entry.entry}]", [w for i in issues for w in i.keywords], "keyword")
    reason = CallReason(
        id=reason_id,
        name=entry.text("name"),
        name_en=entry.text("name_en"),
        department=department,
        case_gap_days=entry.positive("case_gap_days"),
        periodic=entry.value("periodic", bool, False),
        by_nature_multi=entry.value("by_nature_multi", bool, False),
        keywords=entry.words("keywords"),
        phrases=entry.words("phrases"),
        negative=entry.words("negative"),
        rules=tuple(read_rule(e) for e in entry.tables("rules")),
        issues=issues,
    )
    entry.finish()
    return reason


def _issue(reason_id: str, department: str, entry: Entry) -> CallIssue:
    issue_id = f"{reason_id}.{entry.text('id')}"
    entry.entry = f"issue {issue_id}"
    keywords = entry.words("keywords")
    if not keywords:
        entry.wrong("no keywords", "at least one")
    issue = CallIssue(
        id=issue_id,
        name=entry.text("name"),
        name_en=entry.text("name_en"),
        keywords=keywords,
        example=entry.text("example"),
        department=entry.text("department", department),
        script=entry.value("script", str, "").strip(),
        delegable=entry.value("delegable", bool) if "delegable" in entry.raw else None,
    )
    entry.known.add("delegable")
    entry.finish()
    return issue
