"""What was heard: recordings and their faults, utterances before and after redaction."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from laidian.tables.log import Speaker
from laidian.tables.row import Room, Row

Fault = Literal[
    "missing",  # the log names a file that is nowhere
    "corrupt",  # not decodable: damaged, empty, encrypted, headerless; the reason stands with the rejected rows
    "truncated",  # it ends before its header says, or stops decoding in the middle
    "silent",  # nothing but line noise
    "no_voice",  # it sounds, but nobody speaks: music, ringing, noise
    "one_sided",  # one of two channels holds no voice
    "identical_channels",  # mono blown up to stereo: nobody knows who speaks
    "crosstalk",  # both people are heard on both channels
    "swapped_roles",  # the log's agent_channel is contradicted by what is said
    "clipped",
    "wrong_rate",  # read at twice or half its rate
    "dropouts",  # packets lost within speech
    "mono",  # a remark, no failure
    "speech_without_text",  # a channel has speech, and no text for half of it or more
    "partly_without_text",  # a second of speech or more has no text, or much of the text is guessed
    "talked_over",  # on one channel two people speak at once for much of the time
    "text_without_speech",  # more text than anybody can say in the speech there is
    "recogniser_failed",  # it crashed or hung, twice
]

# Kinds of Cue that tell of an earlier contact; the others tell of the outcome or only of anger.
REPEAT_CUE_KINDS = ("explicit_count", "prior_contact", "pending_followup", "broken_promise", "recurrence")


@dataclass(frozen=True, slots=True)
class Recording(Row):
    """One audio file of one contact. Origin: the night's hearing. Partition: the contact's business day.

    `contact_id` is the call's (the contact_id of its first leg). `faults` empty = none seen; `mono` is a remark, not a
    failure. `speech_s` = seconds of speech kept per channel, 0-based. `sha256` null = file missing; `duration_s` and
    `channels` null = not decodable.
    """

    TABLE: ClassVar[str] = "recordings"
    KEY: ClassVar[tuple[str, ...]] = ("contact_id", "recording_no")

    contact_id: str
    recording_no: int
    leg_no: int
    path: str
    sha256: str | None
    duration_s: float | None
    channels: int | None
    faults: list[str]
    speech_s: list[float]


@dataclass(frozen=True, slots=True)
class Spoken(Row):
    """One utterance (语句) before redaction: a stretch of one speaker without a long pause, or one text turn.

    `recording_no` 0 = text medium. `turn` counts from 0 in order of start within the recording. `start`, `end`: seconds from
    the recording's start (null: text without times). `speaker` is by channel and content, `confidence` in 0..1 (null: text).
    `speaker_probability`: how likely `speaker` is right, 0.5..1 (null: text, or heard before laidian kept it).
    `corrected`: names of the vocabulary written for what was heard (null: text, or heard before laidian kept it).
    """

    TABLE: ClassVar[str] = "spoken"
    KEY: ClassVar[tuple[str, ...]] = ("contact_id", "recording_no", "turn")
    ROOM: ClassVar[Room] = "vault"

    contact_id: str
    recording_no: int
    turn: int
    channel: int | None
    speaker: Speaker
    start: float | None
    end: float | None
    text: str
    confidence: float | None
    speaker_probability: float | None = None
    corrected: int | None = None


@dataclass(frozen=True, slots=True)
class Utterance(Row):
    """`Spoken` after redaction: personal data replaced by ■, lengths kept, so spans hold in both."""

    TABLE: ClassVar[str] = "utterances"
    KEY: ClassVar[tuple[str, ...]] = ("contact_id", "recording_no", "turn")

    contact_id: str
    recording_no: int
    turn: int
    channel: int | None
    speaker: Speaker
    start: float | None
    end: float | None
    text: str
    confidence: float | None
    speaker_probability: float | None = None
    corrected: int | None = None


@dataclass(frozen=True, slots=True)
class Cue(Row):
    """One repeat-contact cue (重复来电线索): a span in an utterance.

    `begin`, `finish`: character offsets into the utterance's text, half-open; both 0 for a cue found elsewhere. `span` is the
    redacted text between them. `start`: seconds where the utterance starts. `prior_contacts`: the number of earlier contacts
    stated, the lower bound of a range (null: none stated). `when`: the time expression as spoken (null: none). `score` in
    0..1. `basis`: which rule and how it matched (exact or by syllables). `when_day`: the day that `when` means, seen from the
    contact's business day (null: no time, or no single day: 上次). Only `speaker == customer` is evidence of a repeat.
    """

    TABLE: ClassVar[str] = "cues"
    KEY: ClassVar[tuple[str, ...]] = ("contact_id", "recording_no", "turn", "begin", "finish", "kind")

    contact_id: str
    recording_no: int
    turn: int
    begin: int
    finish: int
    kind: str
    speaker: Speaker
    start: float | None
    span: str
    prior_contacts: int | None
    when: str | None
    score: float
    basis: str
    when_day: date | None = None


@dataclass(frozen=True, slots=True)
class Reason(Row):
    """One call reason of one contact, from the taxonomy.

    `reason` is `<trade>.<reason>`, `issue` the third level `<trade>.<reason>.<issue>` or null where no issue is sure. `score`
    in 0..1, exactly one row a contact is `primary`; with a scorer that `laidian train` promoted it is the chance that the
    primary reason is right. `source`: rules, wrap_code, survey, ticket. `turn`: the utterance that weighed most (null: none).
    `tagger`: which taxonomy and scorer told it, of a wrap-up code which taxonomy (null: tagged before laidian kept it).
    """

    TABLE: ClassVar[str] = "reasons"
    KEY: ClassVar[tuple[str, ...]] = ("contact_id", "reason")
    BY_DAY: ClassVar[bool] = False

    contact_id: str
    reason: str
    issue: str | None
    score: float
    primary: bool
    source: Literal["rules", "wrap_code", "survey", "ticket"]
    recording_no: int | None
    turn: int | None
    tagger: str | None = None


@dataclass(frozen=True, slots=True)
class CallReason(Reason):
    """`Reason` of one call, before redialled calls are merged: what the day's texts said. Partition: the call's business day."""

    TABLE: ClassVar[str] = "call_reasons"
    BY_DAY: ClassVar[bool] = True
