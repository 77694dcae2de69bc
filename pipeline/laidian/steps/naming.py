"""The workspace's taxonomy, and what analysts decided about issues that were found."""

import re
from functools import lru_cache
from pathlib import Path

import polars as pl

from laidian import lexicons, store, workspace
from laidian.issues.found import Decision
from laidian.lexicons import CallIssue, Taxonomy
from laidian.steps.deciding import decisions, meant
from laidian.tables import FoundIssue

_APART = re.compile(r"[\s、，,;；|]+")
_FOUND = re.compile(r"\.found_[0-9a-f]{8}$")
_YES, _NO = ("yes", "y", "1", "是", "接受", "accept"), ("no", "n", "0", "否", "不接受", "reject")


def decided(root: Path) -> dict[str, Decision]:
    """The latest labels about found issues: accept (yes, no), rename, merge_into (the id of an issue)."""
    told: dict[str, dict[str, str]] = {}
    base = _base(workspace.load(root).taxonomy.folder)
    for field in ("accept", "rename", "merge_into"):
        for row in decisions(root, field).filter(pl.col("about") == "issue").iter_rows(named=True):
            told.setdefault(row["subject"], {})[field] = row["value"].strip()
    return {
        issue: Decision(accepted(given.get("accept", "")), given.get("rename"), target(given.get("merge_into", ""), base))
        for issue, given in told.items()
    }


def own_words(root: Path) -> dict[str, tuple[str, ...]]:
    """The keywords that analysts gave found issues, of two characters or more; one without any is not listed."""
    told = decisions(root, "words").filter(pl.col("about") == "issue").select("subject", "value").iter_rows()
    found = {issue: tuple(dict.fromkeys(w for w in _APART.split(value.lower()) if len(w) > 1)) for issue, value in told}
    return {issue: words for issue, words in found.items() if words}


def target(value: str, base: Taxonomy) -> str | None:
    """The issue that another is to be merged into: of the taxonomy, by id or name, or one that was found; None = neither."""
    first = value.strip().split(" ")[0]
    if first in base.issues or _FOUND.search(first):
        return first
    known = meant(value, base)
    return known if known in base.issues else None


def accepted(answer: str) -> bool | None:
    """An analyst's yes or no; None = neither."""
    return True if answer.lower() in _YES else False if answer.lower() in _NO else None


def taxonomy(root: Path) -> Taxonomy:
    """The workspace's taxonomy: the bundled one, or the edited copy that laidian.toml names, with the workspace's own issues.

    Accepted issues stand under their names, merged ones are more words of another; an analyst's words (label `words`) go before
    the key phrases that were found.

    Raises:
        SettingsError: the edited copy cannot be used, or one of its rules does not do what its examples say.
    """
    base, decisions, own = _base(workspace.load(root).taxonomy.folder), decided(root), []
    known, merged, words = set(base.issues), [], own_words(root)
    for row in store.read(root, FoundIssue).iter_rows(named=True):
        told = decisions.get(row["issue"])
        phrases = words.get(row["issue"], tuple(row["phrases"]))
        if told and told.merge_into:
            merged.append(CallIssue(told.merge_into, "", "", phrases, "", "", "", None))
        elif told and told.accepted:
            own.append(CallIssue(row["issue"], told.name or row["name"], row["issue"], phrases, "", "", "", None))
            known.add(row["issue"])
    own += [issue for issue in merged if issue.id in known]  # into one that nobody accepted: waits for that
    return _with(base, tuple(own)) if own else base


@lru_cache(maxsize=4)
def _with(base: Taxonomy, own: tuple[CallIssue, ...]) -> Taxonomy:
    """Kept, since what is compiled from a taxonomy is kept by the object."""
    return base.with_issues(own)


def _base(folder: Path | None) -> Taxonomy:
    if folder is None:
        return lexicons.load_taxonomy()
    return _edited(folder, tuple((file.name, file.stat().st_mtime_ns) for file in sorted(folder.glob("*.toml"))))


@lru_cache(maxsize=2)
def _edited(folder: Path, _changed_ns: tuple[tuple[str, int], ...]) -> Taxonomy:
    """Kept while no file of it changes."""
    from laidian.reasons.proofs import prove  # late: the tagger costs a second that commands without an edited copy need not pay

    edited = lexicons.load_taxonomy(folder)
    prove(edited)
    return edited
