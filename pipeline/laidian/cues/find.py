"""Finding cues in what was said: as written or by sound, less what vetoes take away; the best of overlapping ones."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from laidian.cues.alike import likeness
from laidian.cues.counts import BELIEVED, MANY, stated
from laidian.cues.dates import said_before
from laidian.cues.features import SHORTEST
from laidian.cues.forms import COMMAS, STOPS
from laidian.cues.lexicon import SURE, Form, Lexicon, Pattern, Side, Veto
from laidian.cues.scorer import KINDS, Guess, load_scorer
from laidian.tables import Cue, from_rows
from laidian.zh.numerals import parse
from laidian.zh.script import simplify
from laidian.zh.syllables import syllables

CUSTOMER_KINDS = ("explicit_count", "prior_contact", "pending_followup", "broken_promise", "recurrence", "escalation")

_SIDES: dict[str, Side] = {"customer": "customer", "unknown": "customer", "agent": "agent"}

SLICE = 50_000
"""Utterances scanned at a time: their masks stay small and near, whatever the number of utterances."""

_PIECE = 500  # characters; nobody says or writes more in one go, and files hold anything

_PLAIN = 0.96  # the likeness from which a veto is believed though a character was misheard

_PLENTY = 1.0
"""Log odds beyond enough that a veto does not outweigh: on tuning turns vetoes took more cues there than false ones."""

_TH = "第"
_TENS = ("十", "百")  # 三十 may be the end of 二三十

# What a misheard number is read back into: 打击次 -> 打几次.
_NUMBER_BY_SOUND = {syllables(c)[0]: c for c in "十百几数多零一二三四五六七八九两俩仨"}


@dataclass(frozen=True, slots=True)
class Found:
    """One cue in one text. `begin`, `finish`: character offsets, half-open. The other fields as in `Cue`."""

    kind: str
    begin: int
    finish: int
    span: str
    prior_contacts: int | None
    when: str | None
    score: float
    basis: str


@dataclass(frozen=True, slots=True)
class _Match:
    """A form in a text. `likeness`: 1 = as written; see `alike`."""

    rule: Pattern | Veto
    begin: int
    finish: int
    likeness: float
    count: str | None
    when: str | None


@dataclass(frozen=True, slots=True)
class _Text:
    """One text, simplified and lower case, and what it sounds like; character for character."""

    written: str
    sounding: str


def find(spoken: pl.DataFrame, lexicon: Lexicon) -> pl.DataFrame:
    """The cues in utterances: `Spoken` -> `Cue`, in the order of the utterances and of the spans in each.

    `span` is the ORIGINAL text between the offsets; whoever publishes it puts the redacted slice in its place. Customer kinds
    are looked for in customers' and unknown speakers' words, agent kinds in agents' words only.
    """
    columns = ("contact_id", "recording_no", "turn", "speaker", "start", "text", "confidence")
    rows = (row for part in spoken.select(columns).iter_slices(SLICE) for row in _rows(part, lexicon))
    return from_rows(rows, Cue)


def _rows(spoken: pl.DataFrame, lexicon: Lexicon) -> Iterator[Cue]:
    possible = lexicon.automaton.column(spoken["text"])
    for index, (contact, number, turn, speaker, start, text, sure) in enumerate(spoken.iter_rows()):
        if possible[index].any() or len(text) >= SHORTEST:
            for f in _find(text, speaker, lexicon, sure, lexicon.automaton.possible(possible[index]), learned=True):
                yield Cue(
                    contact, number, turn, f.begin, f.finish, f.kind, speaker, start, f.span, f.prior_contacts, f.when, f.score,
                    f.basis,
                )  # fmt: skip


def find_in_text(text: str, speaker: str, lexicon: Lexicon, confidence: float | None = None, learned: bool = True) -> list[Found]:
    """The cues in one utterance, sorted by begin, finish, kind.

    `speaker` as in `Spoken`; an ivr's words give none. `confidence` 0..1 is the recogniser's; None = the text may be typed.
    `learned` false: by the grammar alone.
    """
    return find_in_texts([(text, speaker, confidence)], lexicon, learned)[0]


def find_in_texts(texts: Sequence[tuple[str, str, float | None]], lexicon: Lexicon, learned: bool = True) -> list[list[Found]]:
    """`find_in_text` for many at once: (text, speaker, confidence)."""
    possible = lexicon.automaton.texts([text for text, _, _ in texts])
    return [
        _find(t, speaker, lexicon, sure, lexicon.automaton.possible(possible[n]), learned)
        for n, (t, speaker, sure) in enumerate(texts)
    ]


def _in_pieces(text: str, speaker: str, lexicon: Lexicon, confidence: float | None, learned: bool) -> list[Found]:
    """A text too long for one utterance, piece by piece, so that the time stays in proportion to its length."""
    pieces: list[tuple[int, str]] = []
    begin = 0
    while begin < len(text):
        end = min(begin + _PIECE, len(text))
        if end < len(text):  # at the last end of a sentence, else of a clause, else where it falls
            cuts = (max(text.rfind(mark, begin + 1, end) for mark in marks) + 1 for marks in (STOPS + ".", COMMAS))
            end = next((cut for cut in cuts if cut > begin), end)
        pieces.append((begin, text[begin:end]))
        begin = end
    found = find_in_texts([(piece, speaker, confidence) for _, piece in pieces], lexicon, learned)
    return [
        replace(f, begin=begin + f.begin, finish=begin + f.finish)
        for (begin, _), own in zip(pieces, found, strict=True)
        for f in own
    ]


def _find(text: str, speaker: str, lexicon: Lexicon, confidence: float | None, possible: list[int], learned: bool) -> list[Found]:
    if len(text) > _PIECE:
        return _in_pieces(text, speaker, lexicon, confidence, learned)
    side = _SIDES.get(speaker)
    if side is None:
        return []
    forms = [lexicon.forms[n] for n in possible]
    wanted = [f for f in forms if isinstance(f.rule, Pattern) and lexicon.kinds[f.rule.kind].said_by(side)]
    judged = learned and side == "customer" and len(text) >= SHORTEST
    if not wanted and not judged:
        return []
    written = _lower(simplify(text))
    seen = _Text(written, written.translate(lexicon.encoder))
    matches = [m for form in wanted for m in _matches(form, seen) if _score(m, lexicon, confidence) >= lexicon.threshold]
    if not matches and not judged:
        return []
    vetoes = [v for form in forms if isinstance(form.rule, Veto) for v in _matches(form, seen)]
    allowed = [m for m in matches if not any(_stops(v, m, confidence is not None) for v in vetoes)]
    kept = _best([m for m in allowed if _prior(m) != 0])
    found = [_found(text, m, _score(m, lexicon, confidence), written) for m in kept]
    if any(f.prior_contacts for f in found) and (whole := stated(written)).together:
        found = [replace(f, prior_contacts=whole.number) if f.prior_contacts else f for f in found]
    if judged:
        found = _weighed(text, written, found, vetoes, confidence is not None, lexicon)
    return sorted(found, key=lambda f: (f.begin, f.finish, f.kind))


def _weighed(text: str, written: str, found: list[Found], vetoes: list[_Match], heard: bool, lexicon: Lexicon) -> list[Found]:
    """The grammar's cues with the learned scorer's word on the whole text.

    Too little evidence takes the repeat cues away, but not the surest; enough of it without any, and the scorer names one itself
    where no veto stands, or in spite of one that is not final where there is plenty to spare.
    """
    repeat = [f for f in found if lexicon.kinds[f.kind].repeat]
    best = max((f.score for f in repeat), default=0.0)
    if best >= SURE:
        return found
    scorer = load_scorer()
    bar = scorer.heard if heard else scorer.typed
    evidence = scorer.evidence(written, best, bar)
    if evidence is None:
        return found
    if evidence < bar.enough:
        return [f for f in found if f not in repeat]
    if any(f.kind == KINDS[0] for f in repeat):
        return found
    guess = scorer.guess(written, evidence)
    if repeat and guess.prior is None:  # the grammar's cue stands; only a count is said beside it
        return found
    plenty = evidence >= bar.enough + _PLENTY
    if guess.kind not in lexicon.kinds or any(_forbids(v, guess, plenty) for v in vetoes):
        return found
    basis = f"{guess.kind}:learned (probability {guess.probability:.2f})"
    span = text[guess.begin : guess.finish]
    return [*found, Found(guess.kind, guess.begin, guess.finish, span, guess.prior, None, guess.probability, basis)]


def _forbids(veto: _Match, guess: Guess, plenty: bool) -> bool:
    assert isinstance(veto.rule, Veto)
    meant = (not veto.rule.kinds or guess.kind in veto.rule.kinds) and (veto.rule.final or not plenty)
    return meant and veto.likeness == 1.0 and veto.begin < guess.finish and guess.begin < veto.finish


def _lower(text: str) -> str:
    """Lower case, of the same length: a few capitals have longer small letters and stay."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _matches(form: Form, seen: _Text) -> Iterator[_Match]:
    """Every match of a form as written; where there is none, those by sound."""
    plain = False
    for hit in form.written.finditer(seen.written):
        plain = True
        yield _Match(form.rule, hit.start(), hit.end(), 1.0, _group(seen, hit, "count"), _group(seen, hit, "when"))
    if plain or (isinstance(form.rule, Pattern) and not form.rule.sound):
        return
    for hit in form.sounding.finditer(seen.sounding):
        close = likeness(form.tree, seen.written, hit.start(), hit.end())
        yield _Match(form.rule, hit.start(), hit.end(), close, _group(seen, hit, "count"), _group(seen, hit, "when"))


def _group(seen: _Text, hit: re.Match[str], role: str) -> str | None:
    """What the first class with that role stood for, in the simplified text; of 二三十 all, of 第三 both."""
    for name in hit.re.groupindex:
        if name.startswith(role + "_") and hit[name] is not None:
            begin, end = hit.start(name), hit.end(name)
            if role == "count" and seen.written[begin + 1 : begin + 2] in _TENS and parse(seen.written[max(begin - 1, 0) : end]):
                begin = max(begin - 1, 0)
            if role == "count" and seen.written[begin - 1 : begin] == _TH:
                begin -= 1
            return seen.written[begin:end]
    return None


def _score(match: _Match, lexicon: Lexicon, confidence: float | None) -> float:
    """0..1: the pattern's, less what was only heard so, less what the recogniser itself doubts."""
    assert isinstance(match.rule, Pattern)
    doubt = lexicon.doubt
    if confidence is None:
        return round(float(match.rule.score * match.likeness**doubt.typed), 4)
    sure = 1.0 - doubt.unsure * (1.0 - min(max(confidence, 0.0), 1.0))
    return round(float(match.rule.score * match.likeness**doubt.heard * sure), 4)


def _stops(veto: _Match, match: _Match, heard: bool) -> bool:
    """A veto met by sound takes away what was said no more plainly; in a recogniser's text, with a slip in it, anything."""
    assert isinstance(veto.rule, Veto) and isinstance(match.rule, Pattern)
    return (
        veto.likeness >= (min(match.likeness, _PLAIN) if heard else match.likeness)
        and (not veto.rule.kinds or match.rule.kind in veto.rule.kinds)
        and veto.begin < match.finish
        and match.begin < veto.finish
    )


def _kind(match: _Match) -> str:
    assert isinstance(match.rule, Pattern)
    return match.rule.kind


def _best(matches: list[_Match]) -> list[_Match]:
    """Of overlapping matches of one kind the best, longest, first; a stated count says more than a prior contact."""

    def rank(m: _Match) -> tuple[bool, float, int, int, str]:
        assert isinstance(m.rule, Pattern)
        return m.rule.kind != "explicit_count", -m.rule.score * m.likeness, m.begin - m.finish, m.begin, m.rule.name

    kept: list[_Match] = []
    for match in sorted(matches, key=rank):
        rivals = {_kind(match), "explicit_count"} if _kind(match) == "prior_contact" else {_kind(match)}
        if not any(_kind(k) in rivals and k.begin < match.finish and match.begin < k.finish for k in kept):
            kept.append(match)
    return kept


def _prior(match: _Match) -> int | None:
    """The number of earlier contacts the match states, its lower bound where it states a range; 0 for 第一次来电."""
    assert isinstance(match.rule, Pattern)
    if not match.rule.count or match.count is None:
        return None
    said = match.count.removeprefix(_TH)
    number = parse(said) or parse("".join(_NUMBER_BY_SOUND.get(s, s) for s in syllables(said)))
    if number is None:
        return None
    if number.low > BELIEVED or said in ("n", "N", "多"):
        return MANY
    return max(number.low + {"ordinal": -1, "cardinal": -(said != match.count), "more": 1}[match.rule.count], 0)


def _found(text: str, match: _Match, score: float, written: str) -> Found:
    how = "as written" if match.likeness == 1.0 else f"by sound, likeness {match.likeness:.2f}"
    basis = f"{_kind(match)}:{match.rule.name} ({how})"
    span, when = text[match.begin : match.finish], match.when or said_before(written, match.begin)
    return Found(_kind(match), match.begin, match.finish, span, _prior(match), when, score, basis)
