"""What is as loud as a voice but no speech to the detector: heard all the same, and believed where it looks like talk.

Silero misses whole whispered sentences, and Whisper writes something for every bell, breath and gust. A whisper is written as
many different syllables, or as few but much alike by two decodings in different windows; of other sounds each makes up another
text, one syllable over and over, a subtitle, or what it thinks unlikely itself. Limits chosen on the calls and sounds of
`bench/hearing_hard.py --first 4 --calls 4`.
"""

from collections.abc import Sequence

from laidian.engines import Engine, Word
from laidian.transcribe import guards
from laidian.transcribe.attempts import Result
from laidian.transcribe.speech import Pack, Region
from laidian.transcribe.words import place
from laidian.zh.script import simplify

PERHAPS, LIKELY = 0.12, 0.4  # mean probability of the words; what breath and wind are written as lies below .1
TWO_KINDS, FEWEST_KINDS, SOME_KINDS, MANY_KINDS = 2, 3, 4, 6  # different characters; sounds nobody makes are written as five
FEWEST_PER_S = 2.0  # characters
SUBTITLE = "字幕"  # what tones are written as most often; nobody talks of subtitles to a call centre
HALF_HEARD = 0.05  # the detector's mean probability; bells, wind and rustling stay below .04


def hear(packs: Sequence[Pack], engine: Engine) -> list[Result]:
    """The words of each murmur that can be believed. `wordless_s`: of those that cannot, where somebody seems to talk.

    Heard in a fitted window; where that gives something like talk, a second time in a full one. What is not believed then is
    heard with the speech beside it.
    """
    first = [place(words, pack)[0] for pack, words in zip(packs, engine.hear([pack.samples for pack in packs]), strict=True)]
    second: list[list[Word]] = [[] for _ in packs]
    asked = [i for i, words in enumerate(first) if talk(words, PERHAPS)]
    for i, words in zip(asked, engine.hear([packs[i].samples for i in asked], again=True), strict=True):
        second[i] = place(words, packs[i])[0]
    results = [_result(pack.regions[0], *both) for pack, *both in zip(packs, first, second, strict=True)]
    left = [(i, pack.beside) for i, pack in enumerate(packs) if pack.beside and first[i] and not results[i].words[0]]
    for (i, both), words in zip(left, engine.hear([both.samples for _, both in left]), strict=True):
        mine = place(words, both)[both.regions.index(packs[i].regions[0])]
        if talk(mine, guards.AGREED, TWO_KINDS) and _can_be(packs[i].regions[0], mine):
            results[i] = Result((tuple(mine),), 0.0)
    return results


def _result(region: Region, first: Sequence[Word], second: Sequence[Word]) -> Result:
    words = said(region, first, second)
    talked = any(talk(one, PERHAPS, SOME_KINDS) and not guards.wordless(region, one) for one in (first, second))
    lost = not words and (region.mean >= HALF_HEARD or talked)
    return Result((tuple(words),), guards.speech_s(region) if lost else 0.0)


def talk(words: Sequence[Word], probability: float, kinds: int = FEWEST_KINDS) -> bool:
    """Whether words look like talk: so likely on the whole, not one sound over and over, no subtitle.

    >>> [talk([Word(0, 1, text, 0.4)], LIKELY) for text in ("可以的", "嗯嗯嗯嗯", "字幕制作人")]
    [True, False, False]
    """
    text = simplify(_text(words))
    if len(set(text)) < kinds or SUBTITLE in text or guards.CREDITS.search(text):
        return False
    return guards.likely(words) >= probability


def said(region: Region, first: Sequence[Word], second: Sequence[Word]) -> Sequence[Word]:
    """Those words of a murmur that may be believed; none where neither may."""
    able = [words for words in sorted((first, second), key=guards.likely, reverse=True) if words and _can_be(region, words)]
    for words in able:
        dense = guards.characters(words) >= FEWEST_PER_S * guards.speech_s(region)
        if talk(words, LIKELY) and (region.mean >= HALF_HEARD or (dense and talk(words, LIKELY, MANY_KINDS))):
            return words
    agreed = len(able) == 2 and guards.agree(first, second) and all(talk(words, guards.AGREED) for words in able)
    return able[0] if agreed else ()


def _can_be(region: Region, words: Sequence[Word]) -> bool:
    """Whether so much, and no more, can have been said in a murmur: of a hum of ten seconds three syllables are written."""
    invented = guards.invented(words) or guards.hummed(words)
    return not invented and not guards.crowded(region, words) and not guards.wordless(region, words)


def _text(words: Sequence[Word]) -> str:
    return "".join(c for word in words for c in word.text if c.isalnum())
