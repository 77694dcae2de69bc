"""What was said, redacted, with the place where it can be heard: quotes for TOP lines, repeats and the contact list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from laidian.report.words import CODES, CUES, clock, masked_name
from laidian.tables import REPEAT_CUE_KINDS

LONGEST = 90
"""Characters of an utterance that a quote keeps; a longer one is cut around the words that matter."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Redacted words of one utterance. `before` + `span` + `after` is the text; `span` is empty where nothing is marked.

    `at`: mm:ss from the recording's start (empty: text without times). `recording`: the file's name, telephone numbers in it
    masked (empty: text medium). `kind`: the cue's kind in words (empty: no cue). `prior_contacts`: how many earlier contacts
    the customer stated (null: none stated).
    """

    contact_id: str
    at: str
    recording: str
    speaker: str
    before: str
    span: str
    after: str
    kind: str = ""
    prior_contacts: int | None = None

    @property
    def text(self) -> str:
        """The whole quote."""
        return self.before + self.span + self.after


class Evidence:
    """Utterances and recordings by contact, indexed once for a report.

    Args:
        utterances: Utterance rows (redacted).
        recordings: Recording rows.
        cues: Cue rows; only a customer's repeat cues are used.
        owner: contact_id of a call -> contact_id of the contact that it was merged into.
    """

    def __init__(self, utterances: pl.DataFrame, recordings: pl.DataFrame, cues: pl.DataFrame, owner: Mapping[str, str]) -> None:
        """Index the tables; costs one pass over each."""
        self._files = {(r["contact_id"], r["recording_no"]): masked_name(r["path"]) for r in recordings.iter_rows(named=True)}
        spoken = cues.filter((pl.col("speaker") == "customer") & pl.col("kind").is_in(REPEAT_CUE_KINDS))
        ranked = spoken.sort(["score", "recording_no", "turn", "begin", "kind"], descending=[True, False, False, False, False])
        self._cue_of: dict[str, dict[str, Any]] = {}
        self._cue_at: dict[tuple[str, int, int], dict[str, Any]] = {}
        for cue in ranked.iter_rows(named=True):
            self._cue_of.setdefault(owner.get(cue["contact_id"], cue["contact_id"]), cue)
            self._cue_at.setdefault((cue["contact_id"], cue["recording_no"], cue["turn"]), cue)
        self._said = {(u["contact_id"], u["recording_no"], u["turn"]): u for u in utterances.iter_rows(named=True)}

    @property
    def cue_contacts(self) -> frozenset[str]:
        """Contacts in which the customer spoke of an earlier one."""
        return frozenset(self._cue_of)

    def cue(self, contact_id: str) -> Quote | None:
        """The contact's surest repeat cue of the customer, the earliest of equals; None where there is none."""
        cue = self._cue_of.get(contact_id)
        return None if cue is None else self._quote((cue["contact_id"], cue["recording_no"], cue["turn"]), cue)

    def at(self, reference: str) -> Quote | None:
        """The utterance an Issue's evidence names (`contact_id/recording_no/turn`); None where it is no longer there."""
        contact_id, recording_no, turn = reference.rsplit("/", 2)
        place = (contact_id, int(recording_no), int(turn))
        return self._quote(place, self._cue_at.get(place))

    def several(self, references: Iterable[str], most: int) -> tuple[Quote, ...]:
        """The quotes of an Issue's evidence that are there, in its order."""
        found = (self.at(reference) for reference in references)
        return tuple(quote for quote in found if quote is not None)[:most]

    def _quote(self, place: tuple[str, int, int], cue: Mapping[str, Any] | None) -> Quote | None:
        said = self._said.get(place)
        if said is None and cue is None:
            return None
        whole = cue["span"] if said is None and cue is not None else said["text"]  # type: ignore[index]
        begin, finish = (0, 0) if cue is None or said is None else (cue["begin"], cue["finish"])
        before, span, after = _cut(whole, begin, finish)
        source = said if said is not None else cue
        assert source is not None
        return Quote(
            place[0], clock(source["start"]), self._files.get(place[:2], ""), CODES.get(source["speaker"], source["speaker"]),
            before, span, after, "" if cue is None else CUES[cue["kind"]], None if cue is None else cue["prior_contacts"],
        )  # fmt: skip


def _cut(text: str, begin: int, finish: int) -> tuple[str, str, str]:
    """The text in three parts around [begin, finish), shortened on the outside to about LONGEST characters."""
    before, span, after = text[:begin], text[begin:finish], text[finish:]
    room = max(0, LONGEST - len(span))
    left = min(len(before), max(room // 2, room - len(after)))
    right = min(len(after), room - left)
    before = before if left == len(before) else "…" + before[len(before) - left :]
    after = after if right == len(after) else after[:right] + "…"
    return before, span, after
