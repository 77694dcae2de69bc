"""Text in, tags out, without a workspace: one JSON line an utterance, as many as there are, in constant memory."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, cast, get_args

from laidian import cues, lexicons, reasons
from laidian.errors import InputError
from laidian.steps.cue_words import edited
from laidian.tables import Spoken, from_rows
from laidian.tables.log import Speaker

BATCH = 500
MOST_SHOWN = 20
"""Refused lines that are told one by one; the rest is counted."""

_SPEAKERS = frozenset(get_args(Speaker))


@dataclass(frozen=True, slots=True)
class _Line:
    """One utterance of the file. `prev`: what the other side said just before; `confidence` null = not a recogniser's text.

    `day`: the contact's, from which 昨天 is counted; null = times stay words.
    """

    id: str | int
    role: Speaker
    text: str
    prev: str | None
    confidence: float | None
    day: date | None = None


@dataclass(slots=True)
class TagAccount:
    """What became of a file: lines tagged, of them with a repeat cue, and refused: how many, and the first of them with why."""

    tagged: int = 0
    with_repeat_cue: int = 0
    refused: int = 0
    why: list[tuple[int, str]] = field(default_factory=list)


def tag_file(source: Path, target: Path, folder: Path | None = None) -> TagAccount:
    """Tags every line of `source` into `target`, in its order; a line that cannot be read is refused and the rest goes on.

    A line is `{"id", "role", "text", "prev"?, "confidence"?, "day"?}`, its answer `{"id", "text", "repeat_cue", "score", "cues",
    "reasons"}`. The target appears when all is written. `folder`: an edited cue lexicon; null = the bundled one.

    Raises:
        InputError: the source cannot be read, the target not written, or the edited lexicon not used.
    """
    account, lexicon = TagAccount(), edited(folder)
    part = target.with_name(f"{target.name}.part")
    try:
        with source.open("rb") as lines, part.open("w", encoding="utf-8", newline="\n") as out:
            read = _read(lines, account)
            while batch := list(islice(read, BATCH)):
                for answer in _tag(batch, lexicon, account):
                    out.write(json.dumps(answer, ensure_ascii=False) + "\n")
        part.replace(target)
    except OSError as bad:
        part.unlink(missing_ok=True)
        where = str(bad.filename or source)
        found = bad.strerror or "an error of the disk"
        raise InputError(where, found, "a JSONL file to read and a path to write", "correct the path") from None
    return account


def _read(lines: Iterable[bytes], account: TagAccount) -> Iterator[_Line]:
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            yield _line(json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8")))
        except (ValueError, RecursionError) as bad:
            account.refused += 1
            if len(account.why) < MOST_SHOWN:
                account.why.append((number, str(bad) if type(bad) is ValueError else "no JSON in UTF-8"))


def _line(entry: Any) -> _Line:
    """The line checked. No message repeats what somebody said."""
    if not isinstance(entry, dict):
        raise ValueError("no JSON object")
    id_, text, prev, sure = (entry.get(name) for name in ("id", "text", "prev", "confidence"))
    role = entry.get("role") or "unknown"
    if isinstance(id_, bool) or not isinstance(id_, str | int):
        raise ValueError("`id` is no text and no number")
    if role not in _SPEAKERS:
        raise ValueError(f"`role` is none of {' '.join(sorted(_SPEAKERS))}")
    if not isinstance(text, str):
        raise ValueError("`text` is no text")
    if isinstance(prev, dict):
        prev = prev.get("text")
    if prev is not None and not isinstance(prev, str):
        raise ValueError("`prev` is no text")
    if sure is not None and (isinstance(sure, bool) or not isinstance(sure, int | float) or not 0 <= sure <= 1):
        raise ValueError("`confidence` is no number from 0 to 1")
    return _Line(id_, cast(Speaker, role), text, prev, sure, _day(entry.get("day")))


def _day(given: Any) -> date | None:
    try:
        return None if given is None else date.fromisoformat(given)
    except (ValueError, TypeError):
        raise ValueError("`day` is no date YYYY-MM-DD") from None


def _tag(batch: list[_Line], lexicon: cues.Lexicon, account: TagAccount) -> Iterator[dict[str, Any]]:
    found = cues.find_in_texts([(line.text, line.role, line.confidence) for line in batch], lexicon)
    rows = [Spoken(f"{n:06}", 0, 0, None, line.role, None, None, line.text, line.confidence) for n, line in enumerate(batch)]
    told: dict[int, list[dict[str, Any]]] = {}
    for row in reasons.classify(from_rows(rows, Spoken), lexicons.load_taxonomy()).iter_rows(named=True):
        told.setdefault(int(row["contact_id"]), []).append({"reason": row["reason"], "score": row["score"]})
    for number, (line, own) in enumerate(zip(batch, found, strict=True)):
        if line.role == "customer" and (said := cues.answer(line.prev, line.text, lexicon)):
            own = sorted([*own, said], key=lambda f: (f.begin, f.finish, f.kind))
        repeat = [f.score for f in own if lexicon.kinds[f.kind].repeat]
        account.tagged += 1
        account.with_repeat_cue += bool(repeat)
        yield {
            "id": line.id,
            "text": line.text,
            "repeat_cue": bool(repeat),
            "score": max(repeat, default=0.0),
            "cues": [_cue(f, line.day) for f in own],
            "reasons": sorted(told.get(number, []), key=lambda r: (-r["score"], r["reason"])),
        }


def _cue(found: cues.Found, day: date | None) -> dict[str, Any]:
    meant = cues.day_of(found.when, day) if day else None
    return {
        "kind": found.kind, "start": found.begin, "end": found.finish, "span": found.span, "prior_contacts": found.prior_contacts,
        "when": found.when, "when_day": meant and meant.isoformat(), "score": found.score, "basis": found.basis,
    }  # fmt: skip
