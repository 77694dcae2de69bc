"""Reasons of contacts without text: the agent's wrap-up code (话后小结), weaker than anything the customer said."""

from collections import Counter

import polars as pl

from laidian.lexicons import Taxonomy
from laidian.reasons.compile import Matcher, compile_matcher
from laidian.reasons.evidence import read
from laidian.reasons.learned import Learned
from laidian.tables import Reason, check, from_rows

BY_NAME = 0.5
"""Score of a code that is the name or id of a reason or issue; never more, the agent may have picked the nearest in the list."""

BY_WORDS = 0.3
_COMMONEST, _A_CODE = 200, 10
"""Codes looked at for a name, and rows from which on a text is a code and no note that somebody typed."""

_LEAST = 1.0  # weight of words from which an unnamed code is believed

_Named = tuple[str, str | None, float]


def reasons_from_wrap_code(contacts: pl.DataFrame, taxonomy: Taxonomy, learned: Learned | None = None) -> pl.DataFrame:
    """One primary reason for each contact whose wrap-up code names one.

    Args:
        contacts: contacts without text, with `contact_id` (unique) and `wrap_code` (null: none).
        taxonomy: from `load_taxonomy`.
        learned: the scorer whose compiled taxonomy is at hand; what it learned says nothing here.

    Returns:
        `Reason` rows with source `wrap_code`, no turn, score BY_NAME or BY_WORDS. A code that names nothing, or reasons of
        several trades alike with no code of the table to tell which trade it is, gives no row.
    """
    codes = contacts.select("wrap_code").drop_nulls().unique().sort("wrap_code")["wrap_code"].to_list()
    names, matcher = _names(taxonomy), compile_matcher(taxonomy, learned)
    meanings = {code: _meanings(code, names, matcher) for code in codes}
    counts = Counter(contacts["wrap_code"].drop_nulls().to_list())
    trades: Counter[str] = Counter()
    for code, found in meanings.items():
        if len(trade := {reason.partition(".")[0] for reason, _, _ in found}) == 1:
            trades[trade.pop()] += counts[code]
    rows = []
    for contact_id, code in contacts.select("contact_id", "wrap_code").sort("contact_id").iter_rows():
        if code is not None and (chosen := _choose(meanings[code], trades)):
            reason, issue, score = chosen
            rows.append(Reason(contact_id, reason, issue, score, True, "wrap_code", None, None, taxonomy.fingerprint))
    return check(from_rows(rows, Reason), Reason)


def unnamed_codes(codes: pl.Series, taxonomy: Taxonomy) -> list[tuple[str, int]]:
    """The codes that name no call reason, with their rows, most first; of the commonest codes only, for some logs hold notes.

    Args:
        codes: the wrap-up code of each row (null: none).
        taxonomy: from `load_taxonomy`.
    """
    common = codes.drop_nulls().value_counts(name="rows").sort(["rows", codes.name], descending=[True, False]).head(_COMMONEST)
    common = common.filter(pl.col("rows") >= _A_CODE)
    names, matcher = _names(taxonomy), compile_matcher(taxonomy)
    return [(code, rows) for code, rows in common.iter_rows() if not _meanings(code, names, matcher)]


def _names(taxonomy: Taxonomy) -> dict[str, list[_Named]]:
    """Every id and name, folded -> the reasons (and issues) it names; a reason before its issues."""
    names: dict[str, list[_Named]] = {}
    for reason in taxonomy.reasons.values():
        for key in (reason.id, reason.name, reason.name_en):
            names.setdefault(_fold(key), []).append((reason.id, None, BY_NAME))
        for issue in reason.issues:
            for key in (issue.id, issue.name, issue.name_en):
                names.setdefault(_fold(key), []).append((reason.id, issue.id, BY_NAME))
    return names


def _fold(code: str) -> str:
    return "".join(c for c in code.lower() if c.isalnum() or c in "._")


def _meanings(code: str, names: dict[str, list[_Named]], matcher: Matcher) -> list[_Named]:
    """What a code may mean, likeliest first: its name; the name of its last part (宽带>故障>频繁掉线); its words."""
    parts = [p for p in code.replace("＞", ">").replace("/", ">").replace("-", ">").split(">") if _fold(p)]
    for part in [code, *reversed(parts)]:
        if found := names.get(_fold(part)):
            return found
    evidence, _ = read(matcher, code)
    weights: Counter[str] = Counter()
    issues: Counter[tuple[str, str]] = Counter()
    for e in evidence:
        weights[e.reason] += e.weight  # type: ignore[assignment]
        if e.issue:
            issues[e.reason, e.issue] += e.weight  # type: ignore[assignment]
    best = max(weights.values(), default=0)
    top = sorted(reason for reason, weight in weights.items() if weight == best and weight >= _LEAST)
    return [(r, max(sorted(i for q, i in issues if q == r), key=lambda i: issues[r, i], default=None), BY_WORDS) for r in top]


def _choose(found: list[_Named], trades: Counter[str]) -> _Named | None:
    """The only meaning, or the one of the trade that the table's other codes speak of; None when that does not settle it."""
    if len(found) < 2:
        return found[0] if found else None
    ranked = sorted(found, key=lambda named: -trades[named[0].partition(".")[0]])
    first, second = (trades[named[0].partition(".")[0]] for named in ranked[:2])
    return ranked[0] if first > second else None
