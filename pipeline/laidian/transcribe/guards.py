"""What a recogniser made up or left out, told by structure: its own confidence lets both pass (speech.md)."""

import re
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from laidian.engines import Word
from laidian.transcribe.activity import PAD_S
from laidian.transcribe.speech import BARELY_S, Region
from laidian.zh.script import simplify

LOOP = re.compile(  # digits repeat in numbers; a whole sentence nobody says three times
    r"(?P<piece>\D{2,20}?)(?P=piece){3,}|(?P<one>\D)(?P=one){7,}|(?P<sentence>\D{8,80}?)(?P=sentence){2,}"
)
CREDITS = re.compile(  # what the training data's subtitles end with; nobody says it on a telephone
    r"字幕(?:由|组|by|制作|志愿者)|字幕.{0,4}(?:提供|翻译)|不吝点赞|点赞.{0,4}订阅|订阅.{0,4}(?:转发|打赏)|明镜与点点|(?:谢谢|感谢)(?:观看|收看)"
    r"|(?:作词|作曲|编曲).{0,8}(?:作词|作曲|编曲)|amara\.org|索兰娅|优优独播",
    re.IGNORECASE,
)
MONOTONOUS, MONOTONOUS_KINDS = 24, 8  # characters, of which each is written so often: 3-4-4-5-5-5- for a piano
MOST_CHARACTERS_PER_S = 12.0  # the fastest Mandarin speech stays below 9
FEWEST_CHARACTERS_PER_S, DRAWN_OUT_S = 1.2, 1.5  # slow dictation of digits lies near 1.5; one long 喂 or 嗯 is no loss
SURE = 0.5  # on the sample calls right short words lie near .7, wrong ones near .25
FIRM_S, FIRM_SHARE = 0.5, 0.4  # of a region in which the detector was sure: music and knocks reach 0.42 s, never both
LONG_S = 1.5  # of speech that music does not reach either
SURE_SHORT = 0.25  # for a short region where somebody speaks elsewhere on the channel
SOUNDS = frozenset("诶欸哎唉嗨嘿哈呵啊呀哦噢喔呃额唔嗯哼啦哒嘟嘀滴哔咚叮当铛铃哇呜")  # what music and tones are written as
HUMMED, HUMMED_KINDS = 3, 2  # of such at least, at most so many different
SAID_AGAIN = frozenset("对好喂是行有没不谢来快等哪零〇一二三四五六七八九十两幺0123456789")  # what people do say three times
FEWEST_KINDS, FEWEST_PER_S = 3, 2.0  # different characters, and characters a second: music is written as 嗯嗯 and 试
LIKELY, MANY_KINDS = 0.4, 6  # mean probability that will do for so many different characters: sounds are written as fewer
ALIKE = 0.6  # of the near syllables of two decodings, by edits
AGREED = 0.3  # mean probability of words that two decodings agree on
GAP_S = 1.2  # without a word in the midst of speech: a pause this long would have ended the region
# Two people at once on one channel, whispers and street noise are written as guesses: up to .33 of the words are unlikely,
# and the mean is down to .53. Of 53 good calls mixed to one channel up to .13 are, and the mean is .66 or more. Where the
# detector doubts the voice less is enough: of whispers the mean reaches .73; of the nine good calls that it doubts up to .06
# are unlikely, and the mean is .76 or more.
UNLIKELY, UNLIKELY_SHARE, DOUBTFUL = 0.3, 0.15, 0.65  # probability of a word; share of such; mean over a recording
UNLIKELY_SHARE_DOUBTED, DOUBTFUL_DOUBTED = 0.1, 0.74
FEWEST_TO_JUDGE = 20  # words of a recording
SHORTEST_S = 0.8  # of speech from which a region must have words; breath and clicks are shorter


def speech_s(region: Region) -> float:
    """Seconds of speech in a region, without the surroundings it was given and the pauses in it."""
    if region.parts:
        return sum(speech_s(part) for part in region.parts)
    return max(0.0, region.end - region.start - 2 * PAD_S)


def characters(words: Sequence[Word]) -> int:
    """Letters, characters and digits in the words: what was said, punctuation left out."""
    return sum(c.isalnum() for word in words for c in word.text)


def invented(words: Sequence[Word]) -> bool:
    """Whether the words hold a loop or a credit line, or next to nothing but a few characters by turns.

    >>> invented([Word(0, 1, "再次" * 5, 0.9)]), invented([Word(0, 1, "对对对好的好的", 0.9)])
    (True, False)
    """
    text = simplify("".join(word.text for word in words))
    said = [c for c in text if c.isalnum()]
    monotonous = len(said) >= MONOTONOUS and len(set(said)) * MONOTONOUS_KINDS <= len(said)
    return bool(monotonous or LOOP.search(text) or CREDITS.search(text))


def crowded(region: Region, words: Sequence[Word]) -> bool:
    """Whether a region holds more than anybody can say in it, pauses included: where the detector hears pieces they hold speech.

    Latin letters come three or four to a syllable.
    """
    latin = sum(c.isascii() and c.isalpha() for word in words for c in word.text)
    return characters(words) - 0.7 * latin > 4 + MOST_CHARACTERS_PER_S * max(0.0, region.end - region.start - 2 * PAD_S)


def scant(region: Region, words: Sequence[Word]) -> bool:
    """Whether an unlikely syllable or two is all that was written where somebody surely speaks for long: it was something else.

    >>> scant(Region(0, 3, 2), [Word(0, 1, "好", 0.2)]), scant(Region(0, 3, 2), [Word(0, 1, "好的好", 0.8)])
    (True, False)
    """
    long = firm(region) and speech_s(region) >= LONG_S
    return bool(words) and long and not various(words) and likely(words) < UNLIKELY


def sure(words: Sequence[Word]) -> bool:
    """Whether the words are likely, by the recogniser's own word. Asked only where structure says nothing: of a syllable."""
    return sum(word.probability for word in words) >= SURE * len(words)


def guessed(words: Sequence[Word], doubted: bool = False) -> bool:
    """Whether a recording's words are guesses by the recogniser's own word; never of a few, which say nothing of the rest.

    `doubted`: the voice detector doubts a voice of the recording too.
    """
    if len(words) < FEWEST_TO_JUDGE:
        return False
    share, mean = (UNLIKELY_SHARE_DOUBTED, DOUBTFUL_DOUBTED) if doubted else (UNLIKELY_SHARE, DOUBTFUL)
    many = sum(word.probability < UNLIKELY for word in words) >= share * len(words)
    return many or sum(word.probability for word in words) < mean * len(words)


def various(words: Sequence[Word]) -> bool:
    """Whether the words hold different characters, which of music hardly ever are written."""
    return kinds(words) >= FEWEST_KINDS


def kinds(words: Sequence[Word]) -> int:
    """How many different characters the words hold."""
    return len({c for word in words for c in word.text if c.isalnum()})


def hummed(words: Sequence[Word]) -> bool:
    """Whether the words are a sound or two over and over, or one syllable that nobody repeats: music and tones are written so.

    >>> [hummed([Word(0, 1, text, 0.9)]) for text in ("诶诶诶，", "宝宝宝", "嗯嗯", "嗯嗯好", "对对对")]
    [True, True, False, False, False]
    """
    said = [c for word in words for c in simplify(word.text) if c.isalnum()]
    kinds = set(said)
    sounds = len(kinds) <= HUMMED_KINDS and kinds <= SOUNDS
    return len(said) >= HUMMED and (sounds or (len(kinds) == 1 and kinds.isdisjoint(SAID_AGAIN)))


def without_hums(region: Region, words: Sequence[Word]) -> list[Word]:
    """The words of a region without those of its parts where nobody is firmly heard and one sound is written over and over."""
    hums = [inside(part, words) for part in region.parts if not firm(part)]
    left_out = {word for hum in hums if hummed(hum) for word in hum}
    return [word for word in words if word not in left_out]


def inside(region: Region, words: Sequence[Word]) -> list[Word]:
    """The words whose middle lies in a region."""
    return [word for word in words if region.start <= (word.start + word.end) / 2 < region.end]


def firm(region: Region) -> bool:
    """Whether there is no doubt that somebody speaks in a region."""
    return region.sure_s >= FIRM_S and region.sure_s >= FIRM_SHARE * speech_s(region)


def barely(region: Region) -> bool:
    """Whether the detector hardly hears a voice in a short region: a tone, a note, a word under the breath."""
    return region.sure_s < BARELY_S and speech_s(region) < LONG_S


def alike(words: Sequence[Word], others: Sequence[Word]) -> bool:
    """Whether two decodings have a character in common: of a tone each makes up another word.

    >>> alike([Word(0, 1, "谢谢", 0.9)], [Word(0, 1, "謝", 0.1)]), alike([Word(0, 1, "请", 0.9)], [Word(0, 1, "词曲", 0.4)])
    (True, False)
    """
    one, other = ({c for word in each for c in simplify(word.text) if c.isalnum()} for each in (words, others))
    return not one.isdisjoint(other)


def agree(words: Sequence[Word], others: Sequence[Word]) -> bool:
    """Whether two decodings, in different windows, sound much the same: what nobody said each makes up anew.

    >>> one, other, third = ([Word(0, 1, text, 0.4)] for text in ("我就问今天", "我就问金先", "字幕制作人"))
    >>> agree(one, other), agree(one, third)
    (True, False)
    """
    from laidian.zh.syllables import near  # late: loads a dictionary, and is seldom asked

    one, other = ("".join(c for word in each for c in simplify(word.text) if c.isalnum()) for each in (words, others))
    return Levenshtein.normalized_similarity(near(one), near(other)) >= ALIKE


def likely(words: Sequence[Word]) -> float:
    """Mean probability of the words; 0 of none."""
    return sum(word.probability for word in words) / max(1, len(words))


def fills(gap: Region, words: Sequence[Word]) -> bool:
    """Whether words heard in a gap may have been said there: surely; and where nobody was surely heard, many and different ones.

    >>> fills(Region(0, 3, 0), [Word(0, 1, "驾驶", 0.9)]), fills(Region(0, 3, 2), [Word(0, 1, "驾驶", 0.9)])
    (False, True)
    """
    return bool(words) and sure(words) and (gap.sure_s >= BARELY_S or talk(gap, words))


def talk(region: Region, words: Sequence[Word]) -> bool:
    """Whether the words are so many, and so different, as somebody who talks all through a region says at least."""
    return various(words) and characters(words) >= FEWEST_CHARACTERS_PER_S * speech_s(region)


def believed(region: Region, words: Sequence[Word], voiced: bool) -> bool:
    """Whether words may have been said in a region. `voiced`: somebody surely speaks on its channel, here or elsewhere.

    Where nobody surely does, what is written must look like talk: sure, quick, and not one syllable over and over. A long region
    in which nobody is surely heard is not filled with a word or two.

    >>> tune = [Word(0, 1, "嗯", 0.6), Word(1, 2, "嗯", 0.6)]
    >>> believed(Region(0, 1, 0.3), tune, voiced=False), believed(Region(0, 1, 0.3), tune, voiced=True)
    (False, True)
    """
    if not words or firm(region):
        return True
    if hummed(words):
        return False
    if region.sure_s < BARELY_S and speech_s(region) >= LONG_S and not talk(region, words):
        return False
    confidence = sum(word.probability for word in words) / len(words)
    if voiced:
        return speech_s(region) >= LONG_S or confidence >= SURE_SHORT
    likely = confidence >= (LIKELY if kinds(words) >= MANY_KINDS else SURE)
    return likely and various(words) and characters(words) >= FEWEST_PER_S * speech_s(region)


def gaps(region: Region, words: Sequence[Word]) -> list[Region]:
    """Stretches of a region as long as GAP_S in which nothing was written: the recogniser ended early or began late.

    Their `sure_s` is that of the region, or of the part of it, that they lie in.

    >>> gaps(Region(0, 9, 9), [Word(0.2, 3.0, "你好", 0.9), Word(3.1, 5.0, "宽带", 0.9)])
    [Region(start=5.0, end=8.8, sure_s=9, mean=1.0, parts=())]
    """
    if region.parts:
        return [gap for part in region.parts for gap in gaps(part, inside(part, words))]
    edges = [region.start + PAD_S, *(edge for word in words for edge in (word.start, word.end)), region.end - PAD_S]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [Region(begin, end, region.sure_s) for begin, end in pairs if end - begin >= GAP_S]


def wordless(region: Region, words: Sequence[Word]) -> bool:
    """Whether a region of speech, or most of it, was left out.

    >>> wordless(Region(0, 3), []), wordless(Region(0, 1), [])
    (True, False)
    """
    spoken, said = speech_s(region), characters(words)
    return spoken >= SHORTEST_S and (not said or said < FEWEST_CHARACTERS_PER_S * (spoken - DRAWN_OUT_S))
