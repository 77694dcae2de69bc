"""One rule of a call reason: words that tell of it together, and what else must hold. How it is read from a taxonomy's file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from laidian.entry import Entry, unique
from laidian.errors import SettingsError

ROLES = ("customer", "agent")

NEAR = 25
"""Characters between the words of a rule that names no other reach."""

ALIKE = 0.6
"""Share of an example sentence that must be heard, by weight of its pairs of syllables, where a rule names no other."""

_SHORTEST, _FARTHEST = 4, 500

Groups = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """Words that together tell of a reason when they stand close to one another in one speaker's words.

    `all_of`: groups of alternatives; a word of EVERY group must be heard. `any_of`: at least one of these too (empty: no
    demand). `none_of`: not one of these. `weight` > 0, on the scale where a two-character keyword weighs 1 (0: a named rule that
    only others refer to). `more`: further conditions (None: none; `all_of` is not empty then).
    """

    all_of: Groups
    any_of: tuple[str, ...]
    none_of: tuple[str, ...]
    weight: float
    more: "Conditions | None" = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a rule demands beyond words that stand together (for analysts: the head of general.toml). Empty or null: nothing.

    `near`: characters between the rule's words. `some_of`: groups of which `at_least` must be heard. `role`: who says it.
    `first_s`, `last_s`: seconds from the recording's beginning, or before its end, within which it is said. `before`, `after`:
    names of rules that must hold later, or earlier, in the contact. `pattern`: a regular expression (Rust's: no look-around) that
    the utterance must match; `unless`: one it must not. `like`: sentences of which one must be heard in the utterance, at least
    `alike` of it by near syllables. `matches`, `misses`: conversations in which the rule must hold, and in which it must not.
    """

    name: str = ""
    near: int = NEAR
    some_of: Groups = ()
    at_least: int = 0
    role: str = ""
    first_s: float | None = None
    last_s: float | None = None
    before: str = ""
    after: str = ""
    pattern: str = ""
    unless: str = ""
    like: tuple[str, ...] = ()
    alike: float = ALIKE
    matches: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()


_MORE = ("name", "near", "of", "at_least", "role", "first_s", "last_s", "before", "after", "pattern", "unless", "like", "alike",
         "matches", "misses")  # fmt: skip


def read_rule(entry: Entry) -> Rule:
    """The rule of one table of a taxonomy's file.

    Raises:
        SettingsError: naming the entry and what is wrong with it.
    """
    more = _conditions(entry) if any(field in entry.raw for field in _MORE) else None
    groups = _groups(entry, "all")
    if not groups and not (more and (more.some_of or more.pattern or more.like)):
        entry.wrong(
            "`all` is empty or has an empty word", 'groups of words like ["宽带|网络", "断|坏"], or `of`, `pattern`, `like`'
        )
    any_of, none_of = (tuple(w for group in _groups(entry, field) for w in group) for field in ("any", "none"))
    referred = more is not None and bool(more.name) and entry.raw.get("weight") == 0
    weight = 0.0 if referred else entry.positive("weight", 1.0)
    entry.known.add("weight")
    rule = Rule(groups, any_of, none_of, weight, more)
    entry.finish()
    return rule


def _groups(entry: Entry, field: str) -> Groups:
    groups = tuple(tuple(group.lower().split("|")) for group in entry.strings(field))
    if any("" in group for group in groups):
        entry.wrong(f"`{field}` is empty or has an empty word", 'groups of words like ["宽带|网络", "断|坏"]')
    return groups


def _conditions(entry: Entry) -> Conditions:
    some_of, at_least = _groups(entry, "of"), entry.value("at_least", int, 0)
    if bool(some_of) != ("at_least" in entry.raw) or (some_of and not 1 <= at_least <= len(some_of)):
        entry.wrong("`of` without an `at_least` from 1 to the number of its groups", 'of = ["贵|高", "慢", "态度"], at_least = 2')
    if (role := entry.value("role", str, "")) not in ("", *ROLES):
        entry.wrong(f"`role` is «{role}»", " or ".join(ROLES))
    like = tuple(entry.strings("like"))
    if short := [sentence for sentence in like if len(re.findall(r"\w", sentence)) < _SHORTEST]:
        entry.wrong(f"`like` has the short sentence «{short[0]}»", f"{_SHORTEST} characters or more")
    found = Conditions(
        entry.value("name", str, "").strip(), entry.value("near", int, NEAR), some_of, at_least, role, _seconds(entry, "first_s"),
        _seconds(entry, "last_s"), entry.value("before", str, "").strip(), entry.value("after", str, "").strip(),
        _pattern(entry, "pattern"), _pattern(entry, "unless"), like, entry.positive("alike", ALIKE),
        tuple(entry.strings("matches")), tuple(entry.strings("misses")),
    )  # fmt: skip
    if not 1 <= found.near <= _FARTHEST:
        entry.wrong(f"`near` is {found.near}", f"characters, from 1 to {_FARTHEST}")
    if found.alike > 1:
        entry.wrong(f"`alike` is {found.alike}", "a share above 0, at most 1")
    if not (found.matches and found.misses):
        entry.wrong("no `matches` or no `misses`", "for a rule with conditions a conversation it must match and one it must not")
    return found


def _seconds(entry: Entry, field: str) -> float | None:
    if field in entry.raw:
        return entry.positive(field)
    entry.known.add(field)
    return None


def _pattern(entry: Entry, field: str) -> str:
    """A regular expression in Polars' syntax: its time grows with the text alone, whatever an analyst writes."""
    pattern = entry.value(field, str, "")
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError as bad:
        why = next((line for line in str(bad).splitlines() if line.startswith("error:")), "error")
        entry.wrong(f"`{field}` cannot be read: {why}", "a regular expression without look-around")
    return pattern


def check_names(rules: Sequence[tuple[str, Rule]]) -> None:
    """Refuses a name that two rules have, a reference to no rule, and rules that wait for one another.

    Raises:
        SettingsError: naming the reason and the rule.
    """
    conditions = [(reason, rule.more) for reason, rule in rules if rule.more]
    unique("taxonomy", [more.name for _, more in conditions if more.name], "rule")
    wanted = {more.name: [n for n in (more.before, more.after) if n] for _, more in conditions if more.name}
    for reason, more in conditions:
        for other in (more.before, more.after):
            if other and other not in wanted:
                raise SettingsError(f"taxonomy [{reason}]", f"no rule «{other}»", "the `name` of a rule", "correct it or add it")
        if more.name and _waits(more.name, wanted):
            found = f"rule «{more.name}» waits for itself"
            raise SettingsError(f"taxonomy [{reason}]", found, "`before` and `after` without a circle", "remove one of them")


def _waits(name: str, wanted: dict[str, list[str]]) -> bool:
    seen, left = set[str](), list(wanted[name])
    while left:
        other = left.pop()
        if other == name:
            return True
        if other not in seen:
            seen.add(other)
            left += wanted.get(other, [])
    return False
