"""Settings per stage from one laidian.toml. Every policy number is named here, with its unit and where it comes from."""

import re
import tomllib
from datetime import time
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from laidian.errors import SettingsError


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError):  # pydantic would let these through as they are
        raise ValueError(f"no time zone {name!r}") from None
    return name


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)  # the recogniser's process needs two of them


class Recordings(_Section):
    """Where recordings lie and how they are matched to contacts."""

    folder: Path | None = Field(None, description="folder of the recordings, absolute or relative to laidian.toml")
    name: str | None = Field(None, description="pattern with groups date, time, phone, agent_id, contact_id or call_id")
    side: str | None = Field(None, description="pattern with groups agent and customer: whose half of a call a file holds")
    tolerance_s: float = Field(120.0, ge=0, description="seconds between a file name's time and the contact's start")


class RawAudio(_Section):
    """How headerless recordings are to be read; without it they are refused (they would open at a wrong rate)."""

    codec: Literal["pcm_s16le", "pcm_alaw", "pcm_mulaw", "gsm", "adpcm_ima_oki", "g722", "g726", "g726le"] | None = None
    rate: int = Field(8000, ge=4000, le=48000, description="samples per second")
    channels: int = Field(1, ge=1, le=2)


class Audio(_Section):
    """Decoding."""

    raw: RawAudio = RawAudio()


class Hearing(_Section):
    """The recogniser. A changed value gives another transcript cache key: nothing old is reused by mistake."""

    engine: str = Field("faster-whisper", description="a name of engines/choice.py")
    model: Path | None = Field(None, description="folder of a CTranslate2 Whisper model; empty = the bundled base model")
    compute_type: Literal["int8", "float32", "float16", "int8_float16"] = "int8"
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="auto: a GPU where CTranslate2 finds one")
    threads: int = Field(0, ge=0, description="CPU threads of the recogniser; 0 = all cores")
    packs: int = Field(0, ge=0, le=64, description="stretches of speech decoded together; 0 = 8 on CPUs, 16 on a GPU")
    beam_size: int = Field(
        3, ge=1, le=10, description="alternatives kept while decoding; 5 hears no better and takes a tenth longer"
    )
    turn_gap_s: float = Field(0.8, gt=0, description="a pause between words longer than this ends an utterance")
    least_speaker: float = Field(0.75, ge=0.5, le=1, description="probability from which a cue counts as the named speaker's")
    timeout_s: float = Field(600.0, gt=0, description="seconds without a sign of life after which a recording is given up")
    batch: int = Field(50, ge=1, le=50, description="recordings in one task of the night")
    vocabulary: Path | None = Field(None, description="file of product, place and staff names, one a line; empty = none")


class Calls(_Section):
    """How legs and calls make contacts."""

    redial_minutes: float = Field(10.0, ge=0, description="a redial within this after a drop is the same contact (断线重拨)")


class Identity(_Section):
    """When contacts are one customer's. Judgement until audits calibrate it."""

    crowd: int = Field(8, ge=1, description="a phone with more distinct names or accounts is a switchboard")
    same_name: float = Field(60.0, ge=0, le=100, description="rapidfuzz ratio of two full names on one phone that may be one")
    most: float = Field(0.7, gt=0.5, le=1, description="part of a phone's contacts that decides whose the rest are")
    relay: tuple[str, ...] = Field((), description="how privacy relay numbers (AXB 隐私号) start; they join nobody")


class Cases(_Section):
    """When two contacts of one customer are about one problem."""

    gap_days: float = Field(14.0, gt=0, description="longest gap within a case where the reason does not say otherwise")
    text_similarity: float = Field(0.35, ge=0, le=1, description="cosine of character n-grams from which two texts are alike")


WINDOW = re.compile(r"([1-9]\d{0,3})(h|d|wd)")
"""One time window: hours, natural days of 24 hours, or workdays of 24 hours each."""


def _window(text: str) -> str:
    before, colon, after = text.rpartition(":")
    if WINDOW.fullmatch(after) and (not colon or before == "none" or WINDOW.fullmatch(before)):
        return text
    raise ValueError(
        f"{text!r} is no window: hours (24h), natural days (7d) or workdays (5wd); two of them before:after (30d:7d)"
    )


class Fcr(_Section):
    """Window definitions. A window counts before a contact (first) and after it (resolved); `before:after` names two."""

    windows: tuple[Annotated[str, AfterValidator(_window)], ...] = Field(
        ("2h", "24h", "48h", "72h", "7d", "30d", "5wd", "30d:7d", "none:7d"),
        description="hours (h), natural days (d), workdays (wd); before:after where the two differ, none: every contact is first",
    )
    heavy_calls: int = Field(3, ge=2, description="calls of one number within heavy_days that make a heavy caller")
    heavy_days: int = Field(7, ge=1, le=90, description="natural days")
    least_audits: int = Field(30, ge=10, description="audited contacts below which an estimate is not printed; judgement")
    most_give_up: float = Field(0.3, ge=0, lt=1, description="largest share of unsettled customers believed never to come back")
    most_ask_again: float = Field(
        0.1, ge=0, lt=1, description="largest share of settled customers believed to ask again or chase"
    )


class Promises(_Section):
    """On what clock a promised time runs. Judgement: a back office of 5×8 with a lunch hour in it."""

    opens: time = Field(time(9), description="when service hours begin")
    closes: time = Field(time(18), description="when they end; a promise of workdays runs out at this time")
    departments: tuple[str, ...] = Field(
        (), description="departments (of the tickets) that keep service hours: hours and days they promise run in them only"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError(f"closes ({self.closes:%H:%M}) is not after opens ({self.opens:%H:%M})")
        return self


class Audit(_Section):
    """The audit (抽检复核)."""

    minutes: float = Field(12.0, gt=0, description="an auditor's minutes for one contact; judgement, for planning only")
    wait_days: int = Field(7, ge=0, description="days after a contact before it can be judged: the promise has run out")
    twice: float = Field(0.2, ge=0, le=1, description="share of the drawn contacts that a second auditor judges as well")


class Issues(_Section):
    """The TOP lists. Judgement, but for the centre's own cost and targets."""

    bootstrap: int = Field(400, ge=100, le=5000, description="resamples of the customers behind every interval of a rank")
    reference: float = Field(
        0.25, gt=0, lt=1, description="part of the cases, of the issues that come back least, that sets what can be reached"
    )
    window_days: int = Field(7, ge=1, le=60, description="natural days in which a repeat counts where periods are compared")
    cost_per_hour: float = Field(60.0, gt=0, description="what an hour of an agent costs, in the centre's currency")
    action_days: int = Field(56, ge=14, le=365, description="days before an action, and at most after it, that are compared")
    target: float | None = Field(None, ge=0, le=1, description="repeat rate that every issue should keep to")
    targets: dict[str, float] = Field({}, description="issue -> its own target")


class Report(_Section):
    """What the meeting gets."""

    top: int = Field(100, ge=1, le=1000)
    quotes: int = Field(3, ge=0, le=10, description="evidence quotes for a TOP line")
    call_backs: int = Field(20, ge=0, le=10_000, description="customers on the list to call back, of the period's last day")
    title: str = "来电一次解决报告"


class Scorecards(_Section):
    """Agents, teams, queues, departments."""

    least: int = Field(30, ge=10, description="first contacts below which a group's figures are not shown")
    departments: dict[str, tuple[str, ...]] = Field({}, description="department -> its teams (班组)")
    targets: dict[str, dict[str, Annotated[float, Field(gt=0, le=1)]]] = Field(
        {}, description="agent, team, queue or department -> name -> first-call resolution to be reached; * = all others"
    )


class Operations(_Section):
    """Operational figures."""

    service_level: float = Field(0.8, gt=0, le=1, description="share of calls to be answered in time (X of X %/Y s); judgement")
    answer_within_s: float = Field(20.0, gt=0, description="seconds of waiting within which an answer is in time (Y)")
    early_abandon_s: float = Field(5.0, ge=0, description="a call abandoned within this counts for nothing")


class Procedures(_Section):
    """The desktop's required steps."""

    folder: Path | None = Field(None, description="folder of procedures, a *.toml a trade; empty = the bundled examples")


class TaxonomyFiles(_Section):
    """The call reasons."""

    folder: Path | None = Field(None, description="an edited copy of models/taxonomy, a *.toml a trade; empty = the bundled one")


class CueFiles(_Section):
    """The words of repeat contacts."""

    folder: Path | None = Field(None, description="an edited copy of models/lexicons/cues; empty = the bundled one")


class Learning(_Section):
    """What analysts' labels teach. Judgement."""

    least: int = Field(100, ge=20, description="labelled contacts with a customer's words below which nothing is learned")
    random: float = Field(0.3, ge=0.1, le=1, description="share of the contacts to be labelled that is drawn at random")


class Flow(_Section):
    """The orchestrator. Without a named server laidian starts its own, which dies with it."""

    api_url: str | None = Field(None, description="Prefect server, e.g. http://127.0.0.1:4200/api")
    notify: str | None = Field(None, description="Prefect notification block told of jumps, e.g. slack-webhook/meeting; off")


class Settings(_Section):
    """laidian.toml as a whole."""

    timezone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    legs: Literal["contacts", "rows"] = Field("contacts", description="rows: a row of the contact log is a call leg")
    columns: dict[str, dict[str, str]] = Field({}, description="kind -> column in the file -> laidian's column")
    values: dict[str, dict[str, dict[str, str]]] = Field({}, description="kind -> laidian's column -> value in the file -> value")
    recordings: Recordings = Recordings()
    audio: Audio = Audio()
    hearing: Hearing = Hearing()
    calls: Calls = Calls()
    identity: Identity = Identity()
    cases: Cases = Cases()
    fcr: Fcr = Fcr()
    promises: Promises = Promises()
    audit: Audit = Audit()
    issues: Issues = Issues()
    report: Report = Report()
    scorecards: Scorecards = Scorecards()
    operations: Operations = Operations()
    procedures: Procedures = Procedures()
    taxonomy: TaxonomyFiles = TaxonomyFiles()
    cues: CueFiles = CueFiles()
    learning: Learning = Learning()
    flow: Flow = Flow()

    @property
    def zone(self) -> ZoneInfo:
        """The workspace's time zone."""
        return ZoneInfo(self.timezone)


def load(path: Path) -> Settings:
    """The settings of one laidian.toml; paths in it are resolved against its folder.

    Raises:
        SettingsError: the file is missing, is no TOML, names an unknown setting or a value out of bounds.
    """
    try:
        with path.open("rb") as file:
            raw = tomllib.load(file)
    except FileNotFoundError:
        raise SettingsError(str(path), "no such file", "the settings of a workspace", "run: laidian init DIR") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
        do = 'correct that line; Chinese names stand in quotes, also left of the =: "主叫号码" = "caller"'
        raise SettingsError(str(path), str(bad), "TOML in UTF-8", do) from None
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as bad:
        first = bad.errors()[0]
        where = f"{path} [{'.'.join(str(p) for p in first['loc'])}]"
        found = first["msg"].removeprefix("Value error, ")
        raise SettingsError(where, found, "a setting of laidian init's template", "correct or remove that line") from None
    if settings.recordings.name:
        _check_pattern(path, "name", settings.recordings.name)
    if settings.recordings.side:
        _check_pattern(path, "side", settings.recordings.side)
        if set(re.compile(settings.recordings.side).groupindex) != {"agent", "customer"}:
            found = "groups other than agent and customer"
            raise SettingsError(f"{path} [recordings.side]", found, "(?P<agent>…)|(?P<customer>…)", "name the groups so")
    return _resolve(settings, path.parent)


def _check_pattern(path: Path, name: str, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as bad:
        raise SettingsError(f"{path} [recordings.{name}]", str(bad), "a regular expression", "correct the pattern") from None


def _resolve(settings: Settings, base: Path) -> Settings:
    def absolute(path: Path | None) -> Path | None:
        return None if path is None else (base / path.expanduser()).resolve()

    recordings = settings.recordings.model_copy(update={"folder": absolute(settings.recordings.folder)})
    procedures = settings.procedures.model_copy(update={"folder": absolute(settings.procedures.folder)})
    own = {"model": absolute(settings.hearing.model), "vocabulary": absolute(settings.hearing.vocabulary)}
    hearing = settings.hearing.model_copy(update=own)
    taxonomy = settings.taxonomy.model_copy(update={"folder": absolute(settings.taxonomy.folder)})
    cues = settings.cues.model_copy(update={"folder": absolute(settings.cues.folder)})
    return settings.model_copy(
        update={"recordings": recordings, "hearing": hearing, "procedures": procedures, "taxonomy": taxonomy, "cues": cues}
    )


TEMPLATE = """\
# laidian.toml — the settings of this workspace. Everything commented out is the default.

# timezone = "Asia/Shanghai"      # times without a zone are wall times of this one
# legs = "contacts"               # "rows": one row of the contact log is one call leg

# How YOUR contact log names things (laidian ingest --check shows what was understood):
# [columns.contacts]
# "流水号" = "contact_id"          # Chinese names stand in quotes on both sides
# "主叫号码" = "caller"
# [values.contacts.direction]
# "呼入" = "inbound"
# "呼出" = "outbound"
# [values.contacts.wrap_code]      # wrap-up codes that are no names of call reasons (models/taxonomy)
# "K07" = "发货配送延迟"

# [recordings]
# folder = "recordings"           # or: laidian ingest --recordings DIR
# name = '(?P<date>\\d{8})_(?P<time>\\d{6})_(?P<phone>\\d+)_(?P<agent_id>\\d+)'
# side = '(?P<agent>_tx)|(?P<customer>_rx)'   # two files a call, a person a file: the part of their names that tells whose
# tolerance_s = 120

# [audio.raw]                     # only for headerless recordings
# codec = "pcm_alaw"
# rate = 8000
# channels = 1

# [hearing]
# engine = "faster-whisper"       # "sherpa": a SenseVoice-Small or Paraformer of yours (pip install 'laidian[sherpa]')
# model = "/opt/models/belle-large-v3-zh-ct2"   # a CTranslate2 Whisper; default: the bundled base model
# compute_type = "int8"
# device = "auto"                 # "cpu" or "cuda"; on a GPU compute_type = "float16" (or "int8_float16": half the memory)
# threads = 0                     # 0 = all cores
# packs = 0                       # stretches of speech decoded together; 0 = 8 on CPUs, 16 on a GPU
# beam_size = 3
# turn_gap_s = 0.8
# least_speaker = 0.75            # a cue of somebody who is less likely to be the customer is shown, but counts for nothing
# timeout_s = 600                 # no sign of life from the recogniser for so long: the recording is given up
# batch = 50
# vocabulary = "names.txt"        # names of products, places and staff, one a line: what sounds like one is written so

# [calls]
# redial_minutes = 10

# [identity]
# crowd = 8                       # more names or accounts on one phone: a switchboard
# same_name = 60
# most = 0.7
# relay = ["170", "95013"]        # how privacy relay numbers (AXB 隐私号) start; default: none

# [cases]
# gap_days = 14
# text_similarity = 0.35

# [fcr]
# windows = ["2h", "24h", "48h", "72h", "7d", "30d", "5wd", "30d:7d", "none:7d"]  # hours, days, workdays; before:after
# heavy_calls = 3                 # calls of one number in heavy_days days make a heavy caller
# heavy_days = 7
# least_audits = 30               # fewer audited contacts give no estimate
# most_give_up = 0.3              # of the unsettled, for the bounds printed while nobody has audited; judgement
# most_ask_again = 0.1            # of the settled, likewise

# [promises]                      # on what clock a promised time runs
# opens = "09:00"                 # service hours on workdays; «three workdays» run out when the third one's end
# closes = "18:00"
# departments = ["网络维护部"]       # of tickets: hours and days promised by these run in service hours only

# [audit]
# minutes = 12                    # of an auditor for one contact
# wait_days = 7                   # a contact is judged when the promise has run out
# twice = 0.2                     # judged by a second auditor as well

# [issues]
# bootstrap = 400                 # resamples of the customers behind the intervals of the ranks
# reference = 0.25                # what the best quarter of the cases shows can be reached
# window_days = 7
# cost_per_hour = 60.0            # of an agent
# action_days = 56                # compared before an action, and at most after it
# target = 0.15                   # repeat rate to keep to; default: none
# targets = {}                    # of single issues: { "telecom.broadband_fault.drops" = 0.10 }

# [report]
# top = 100
# quotes = 3
# call_backs = 20                 # customers on the list to call back, of the period's last day
# title = "来电一次解决报告"

# [scorecards]
# least = 30                      # fewer first contacts: a group's figures are not shown
# departments = {}                # {"装维部" = ["一班", "二班"]}
# targets = {}                    # {team = {"*" = 0.75, "一班" = 0.8}, agent = {"*" = 0.7}}

# [operations]
# service_level = 0.8             # 80 % of the calls answered ...
# answer_within_s = 20            # ... within 20 seconds
# early_abandon_s = 5             # abandoned sooner: counts for nothing

# [procedures]
# folder = "procedures"           # required desktop steps, a *.toml a trade; default: the bundled examples

# [taxonomy]
# folder = "taxonomy"             # an edited copy of models/taxonomy, a *.toml a trade; default: the bundled call reasons

# [cues]
# folder = "cues"                 # an edited copy of models/lexicons/cues; default: the bundled cue lexicon

# [learning]
# least = 100                     # labelled contacts below which laidian train learns nothing
# random = 0.3                    # share of the contacts of laidian labels draw that is drawn at random

# [flow]
# api_url = "http://127.0.0.1:4200/api"   # default: a server of laidian's own, which dies with it
# notify = "custom-webhook/laidian"       # a Prefect notification block told of jumps; default: none
#                                         # (e-mail: a slack-webhook block with an address mailto://USER:PASSWORD@HOST?to=…)
"""
