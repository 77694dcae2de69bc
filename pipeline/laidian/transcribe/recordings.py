"""Recordings -> transcripts: read in pieces, speech found per channel and packed, packs of many recordings heard together.

Packs never mix channels or recordings, so a text depends on nothing but its own audio and the engine's settings.
"""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from laidian.engines import RATE, Engine, Word
from laidian.settings import Audio as AudioSettings
from laidian.settings import RawAudio
from laidian.transcribe import activity, attempts, guards, murmurs
from laidian.transcribe.ahead import ahead
from laidian.transcribe.listen import Listened, listen
from laidian.transcribe.speech import FILL_S, PACK_S, PAUSE_S, Pack, doubted
from laidian.transcribe.transcript import Transcript
from laidian.transcribe.words import on_one_channel, utterances

TOGETHER_S = 960.0  # of packs heard in one go: 60 of short calls, enough for full batches of one width; 61 MB of samples
BEGUN, WAITING = 16, 8  # recordings read ahead, and packs of each that wait: 48 of short calls; never more than 230 MB
AT_ONCE = 2  # such lots
NOTHING = attempts.Result((), 0.0)
VERSION = "12"  # of this module's own arithmetic; a change makes new cache keys

Part = tuple[Path, Pack | Listened]


def identity(engine_identity: str, turn_gap_s: float) -> str:
    """Everything but the audio that a text depends on."""
    vad = f"vad{activity.THRESHOLD}+{activity.FAINT_THRESHOLD}"
    return f"{engine_identity}|v{VERSION}|{vad}|pack{PACK_S}+{FILL_S}|pause{PAUSE_S}|gap{turn_gap_s}"


def transcribe(
    paths: Iterable[Path], engine: Engine, settings: AudioSettings, turn_gap_s: float
) -> Iterator[tuple[Path, Transcript]]:
    """The recordings heard, in the order given, each as soon as its last pack is.

    The packs of several recordings are heard in one go while the next ones are read, on all cores as long as the model has
    nothing to hear yet, and begun before the ones before are done: the second tries of a few packs would leave cores idle. A file
    that cannot be decoded gives a transcript with fault `corrupt` and its reason.
    """
    said: list[attempts.Result] = []  # of the recording being put together, in the order of its packs
    packs: list[Pack] = []
    with (  # closed here after an error too: a traceback would hold them until some thread, at any moment, collects garbage
        closing(ahead((_parts(path, settings.raw) for path in paths), len(os.sched_getaffinity(0)), BEGUN, WAITING)) as parts,
        closing(ahead((_heard(chunk, engine) for chunk in _read_together(parts)), AT_ONCE, AT_ONCE, WAITING)) as heard,
    ):
        for path, part, result in heard:
            if isinstance(part, Pack):
                packs.append(part)
                said.append(result)
            else:
                yield path, _transcript(part, packs, said, turn_gap_s)
                packs, said = [], []


def _parts(path: Path, raw: RawAudio) -> Iterator[Part]:
    for part in listen(path, raw):
        yield path, part


def _heard(chunk: list[Part], engine: Engine) -> Iterator[tuple[Path, Pack | Listened, attempts.Result]]:
    """The parts with what was said in them, their sound forgotten; nothing was said in the end of a recording."""
    packs = [part for _, part in chunk if isinstance(part, Pack)]
    with ThreadPoolExecutor(1, "laidian-murmurs") as beside:  # a few short packs each: one after the other they leave cores idle
        murmured = beside.submit(murmurs.hear, [pack for pack in packs if pack.murmur], engine)
        speech = iter(attempts.hear([pack for pack in packs if not pack.murmur], engine))
        nearly = iter(murmured.result())
    packs.clear()
    done = [
        (path, part.without_samples(), next(nearly if part.murmur else speech))
        if isinstance(part, Pack)
        else (path, part, NOTHING)
        for path, part in chunk
    ]
    chunk.clear()
    yield from done


def _read_together(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """The parts in order, cut after every `TOGETHER_S` of packs or as many parts as seconds: recordings may hold no speech."""
    chunk: list[Part] = []
    seconds = 0.0
    for path, part in parts:
        chunk.append((path, part))
        seconds += part.samples.size / RATE if isinstance(part, Pack) else 0.0
        if seconds >= TOGETHER_S or len(chunk) >= TOGETHER_S:
            yield chunk
            chunk, seconds = [], 0.0
    if chunk:
        yield chunk


def _transcript(heard: Listened, packs: list[Pack], said: list[attempts.Result], gap_s: float) -> Transcript:
    """One recording put together from its packs."""
    if heard.gauge is None:
        return Transcript(heard.sha256, None, None, ["corrupt"], [], [], heard.error)
    channels = range(len(heard.speech_s))
    told = [_told(c, packs, said) for c in channels]
    words = [channel.words for channel in told]
    speech_s = [round(kept + t.more_s, 2) if t.voice else 0.0 for kept, t in zip(heard.speech_s, told, strict=True)]
    lost_s, murmur_s = zip(*((t.lost_s, t.murmur_s) if t.voice else (0.0, 0.0) for t in told), strict=True)
    spoken = [[region for pack in packs if pack.channel == c and not pack.murmur for region in pack.regions] for c in channels]
    guessed = guards.guessed([word for of_channel in words for word in of_channel], any(map(doubted, spoken)))
    written = [guards.characters(w) for w in words]
    seen = heard.gauge.faults(speech_s, written, lost_s, heard.together_s, murmur_s, guessed, heard.at_once)
    if heard.blocks:
        found = on_one_channel(words[0], gap_s, heard.blocks)
    else:
        found = [u for c in channels for u in utterances(c, words[c], gap_s)]
    found.sort(key=lambda u: (u.start, u.channel))
    return Transcript(heard.sha256, heard.duration_s, len(channels), list(seen), speech_s, found)


class _Told(NamedTuple):
    """What one channel says. `voice`: somebody speaks there; `lost_s`: seconds of speech without words.

    `more_s`: seconds of murmurs that turned out to be speech; `murmur_s`: of those that seem to be, without words.
    """

    words: list[Word]
    voice: bool
    lost_s: float
    more_s: float
    murmur_s: float


def _told(channel: int, packs: list[Pack], said: list[attempts.Result]) -> _Told:
    """The words of one channel that may be believed: what the detector doubted must look like talk."""
    here = [(pack, result) for pack, result in zip(packs, said, strict=True) if pack.channel == channel]
    mine = [(pack, result) for pack, result in here if not pack.murmur]
    murmured = [(pack.regions[0], result) for pack, result in here if pack.murmur]
    pairs = [pair for pack, result in mine for pair in zip(pack.regions, result.words, strict=True)]
    voiced = any(guards.firm(region) for region, _ in pairs)
    kept = [(region, words if guards.believed(region, words, voiced) else ()) for region, words in pairs]
    dropped_s = sum(
        guards.speech_s(region)
        for (region, words), (_, now) in zip(pairs, kept, strict=True)
        if guards.wordless(region, now) and not guards.wordless(region, words)
    )
    spoken = [*kept, *((region, result.words[0]) for region, result in murmured)]
    found = [word for _, words in sorted(spoken, key=lambda pair: pair[0].start) for word in words]
    lost_s = dropped_s + sum(result.wordless_s for _, result in mine)
    more_s = sum(region.end - region.start for region, result in murmured if result.words[0])
    return _Told(found, voiced or bool(found), lost_s, more_s, sum(result.wordless_s for _, result in murmured))
