"""Personal data in a text -> ■, one for each character, so that spans of the original hold in what is shown.

Numbers are read as runs: digits written or spoken (幺三八…), with spaces, hyphens, commas and fillers between them, as people
and recognisers cut them. Service hotlines, amounts, dates and short numbers stay readable.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from stdnum import luhn
from stdnum.cn import ric

from laidian.zh.syllables import near, syllables

MARK = "■"
JOINT = "，"  # between two utterances of one speaker: a number may go on over it, a clause may not
SPOKEN_RUN = 7  # spoken digits from which a run is taken for a number of somebody's, checksum or not
LONG_RUN = 11  # written digits from which nothing survives
MOBILE_RUN = 9  # digits from which a run that begins like a mobile number is one

_SPOKEN = dict(zip("零〇幺一二三四五六七八九", (0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_DIGIT = r"[\d零〇幺一二三四五六七八九]"
# What stands between the digits of one number: marks, fillers, and what recognisers write for 幺 零 六 九 八 二 五.
_GAP = r"(?:[\s\-－—–.·,，、。…~()（）]|嗯|呃|额|啊|哦|噢|诶|欸|那个|然后|后面是?|杠|[要腰妖邀耀林灵玲留流就久吧而两])"
_RUN = re.compile(rf"{_DIGIT}(?:{_GAP}{{0,3}}{_DIGIT})*")
_GROUP = re.compile(r"\d+")

_MOBILE = re.compile(r"(?:00)?(?:86)?0?1[3-9]\d{9}")
_LANDLINE = re.compile(r"(?:86)?0(?:10\d{8}|2\d{9}|[3-9]\d{2}\d{7,8})")
_HOTLINE = re.compile(r"1[012]\d{3}|9[56]\d{3,4}|[48]00\d{7}")
_BREAK = re.compile(r"[，,。、\s]+")
_OLD_ID = re.compile(r"[1-8]\d{5}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}")
_ASKED = re.compile(r"(?:电话|手机|座机|固话|联系方式|卡号|账号|帐号|身份证)[^\d，。？！?!]{0,6}$")
_BY_MESSENGER = r"(?:微信|QQ|扣扣)(?:号码?|账号|帐号|ID|[是叫为:：,，\s])*"
_MESSENGER = re.compile(_BY_MESSENGER + "$", re.IGNORECASE)
_MESSENGER_NAME = re.compile(_BY_MESSENGER + r"([A-Za-z][-_A-Za-z0-9]{5,19})", re.IGNORECASE)
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")
_ID_END = re.compile(rf"{_GAP}{{0,2}}[XxＸｘ叉]")

_NUMBER = r"[\d零〇一二三四五六七八九十百两幺]{1,6}"
_PLACE = r"[^\W\d_我你您他她它在住到是的了就家这那来去从往给送寄址搬装和跟号■]"
_AREA = rf"{_PLACE}{{2,6}}?(?:省|自治区|市|区|县|旗|镇|乡|街道|村)[\s,，]?"
_ROAD = rf"{_PLACE}{{1,6}}?(?:路|街|大道|巷|弄|胡同)[\s,，]?{_NUMBER}(?:号楼|号院|号|弄)[\s,，]?"
_ESTATE = rf"{_PLACE}{{2,8}}?(?:小区|花园|公寓|苑|大厦|新村|家园|花城)[\s,，]?"
_HOUSE = rf"{_NUMBER}(?:号楼|栋|幢|座|单元|室)[\s,，]?"
_UNIT = rf"{_NUMBER}(?:号楼|栋|幢|座|单元|层|楼|室|房|号)[\s,，]?"
_DOOR = rf"(?:{_UNIT})*(?:(?<=[元栋幢座楼，,\s]){_NUMBER})?"
_ADDRESS = re.compile(
    rf"(?:{_AREA})*(?:{_ROAD}(?:{_ESTATE})?|{_ESTATE}{_HOUSE}){_DOOR}"
    rf"|{_NUMBER}(?:号楼|栋|幢|座)[\s,，]?{_NUMBER}(?:单元|室|号){_DOOR}"
    rf"|{_NUMBER}单元[\s,，]?{_NUMBER}(?:室|房|号)?"
)

_SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马胡朱郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖"
    "石金韦贾夏付傅方邹熊白孟秦邱侯江尹薛闫阎雷段史陶黎贺龙顾毛郝龚邵万覃武钱戴严莫孔向常汤康易乔赖牛庞樊葛邢施温"
)
_DOUBLE = "欧阳|上官|司马|诸葛|司徒|皇甫|慕容|令狐|尉迟|端木"
_AFTER_NAME = "我你您他的是在住家想要这那就来有了啊呀吧呢嘛哈对电手身"
_TITLE = "先生|女士|小姐|太太|老师|师傅|经理|总|阿姨|工"
_NAME = re.compile(
    rf"(?:我叫|名字叫|名字是|姓名是|姓名叫|姓名[:：]|机主叫|户主叫|户名是|机主姓名是?)[\s,，]?"
    rf"((?:{_DOUBLE}|[{_SURNAMES}])(?!{_TITLE})[\u4e00-\u9fff](?:(?![{_AFTER_NAME}])[\u4e00-\u9fff])?)"
)


def redact(text: str) -> str:
    """The text with personal data as ■, of the same length; redacting twice changes nothing.

    Redacted: mobile and landline numbers, ID and bank card numbers, e-mail, messenger names, addresses from the road or the
    building down, a name the speaker gives as such, and any run of `SPOKEN_RUN` spoken or `LONG_RUN` written digits.

    >>> redact("我电话幺三八，零零幺三，八零零零，打10086三次了")
    '我电话■■■■■■■■■■■■■，打10086三次了'
    """
    while (cleaner := _once(text)) != text:
        text = cleaner
    return text


def utterances(spoken: pl.DataFrame, names: Mapping[str, Collection[str]]) -> pl.DataFrame:
    """`Spoken` -> `Utterance`: what must go of each utterance by itself, and of each speaker's words as one stream.

    A number is often read out in pieces with a pause, or an «嗯» of the other side, between them: each piece alone would stay.

    Args:
        spoken: `Spoken`.
        names: contact_id -> full names that the log gives for it. Recognisers misspell names, so whatever sounds like one goes.
    """
    stream = ["contact_id", "recording_no", "channel", "speaker"]
    ordered = spoken.sort(*stream, "turn")
    parts = ordered.partition_by(stream, maintain_order=True)
    shown = [
        pl.Series("text", _stream(part["text"].to_list(), names.get(part["contact_id"][0], ())), pl.String) for part in parts
    ]
    return ordered.with_columns(pl.concat(shown)) if shown else ordered


def _stream(texts: Sequence[str], names: Collection[str]) -> list[str]:
    """One speaker's utterances, in order of turn."""
    joined = JOINT.join(texts)
    whole, at, shown = redact(_without_names(joined, names)), 0, []
    for text in texts:
        together, alone = whole[at : at + len(text)], redact(text)
        shown.append("".join(MARK if MARK in pair else pair[0] for pair in zip(together, alone, strict=True)))
        at += len(text) + len(JOINT)
    return shown


def _without_names(text: str, names: Collection[str]) -> str:
    """The text without what sounds like one of the names; a title or a masked name is none.

    Two characters must sound the same but for the tone, three or more nearly so: short names sound like common words.
    """
    for name in names:
        heard_as = near if len(name) > 2 else syllables
        sounds, sound = heard_as(text), heard_as(name)
        if not re.fullmatch(r"[\u4e00-\u9fff]{2,6}", name) or name.endswith(tuple(_TITLE.split("|"))):
            continue
        for at in range(len(text) - len(name) + 1):
            if sounds[at : at + len(name)] == sound:
                text = text[:at] + MARK * len(name) + text[at + len(name) :]
    return text


def mask_phone(phone: str) -> str:
    """A number as analysts see it: the middle hidden, a hotline or extension of fewer than 7 digits whole.

    >>> mask_phone("13812345678"), mask_phone("02155500000"), mask_phone("10086")
    ('138****5678', '021****0000', '10086')
    """
    if len(phone) < SPOKEN_RUN:
        return phone
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 10 else f"****{phone[-4:]}"


def mask_name(name: str) -> str:
    """A name as analysts see it: the surname, and the title if that is all the log gives.

    >>> mask_name("王小明"), mask_name("欧阳静"), mask_name("王先生")
    ('王**', '欧阳*', '王先生')
    """
    if re.fullmatch(rf".{{1,2}}(?:{_TITLE})", name):
        return name
    shown = 2 if re.match(_DOUBLE, name) and len(name) > 2 else 1
    return name[:shown] + "*" * (len(name) - shown)


def _once(text: str) -> str:
    for start, end in _personal(text):
        text = text[:start] + MARK * (end - start) + text[end:]
    return text


def _personal(text: str) -> Iterator[tuple[int, int]]:
    """Spans of personal data, half-open."""
    for pattern in (_EMAIL, _ADDRESS):
        yield from (found.span() for found in pattern.finditer(text))
    for pattern in (_MESSENGER_NAME, _NAME):
        yield from (found.span(1) for found in pattern.finditer(text))
    for run in _RUN.finditer(text):
        yield from _numbers(text, *run.span())


@dataclass(frozen=True, slots=True)
class _Group:
    """Digits that stand together; offsets into the text."""

    start: int
    end: int
    digits: str


def _numbers(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Spans to redact in one run of digits."""
    for first, last in _pieces(text, start, _without_counter(text, start, end)):
        digits = _plain(text[first:last])
        if _HOTLINE.fullmatch(digits):
            continue
        before = text[max(0, first - 14) : first]
        told = (_ASKED.search(before) and len(digits) >= SPOKEN_RUN) or (_MESSENGER.search(before) and len(digits) >= 5)
        spoken = any(c in _SPOKEN for c in text[first:last])
        if told or (spoken and len(digits) >= SPOKEN_RUN):
            yield _with_x(text, first, last, digits)
        else:
            if _misheard(digits):
                yield _with_x(text, first, last, digits)
                continue
            groups = (_Group(first + g.start(), first + g.end(), _plain(g.group())) for g in _GROUP.finditer(text[first:last]))
            yield from _written(text, list(groups))


def _pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The run cut around the hotlines named in it; uncut if that would leave a part of a number (138，95588，000)."""
    cuts = [(start + b.start(), start + b.end()) for b in _BREAK.finditer(text[start:end])]
    bounds = list(zip([start, *(after for _, after in cuts)], [*(before for before, _ in cuts), end], strict=True))
    pieces: list[tuple[int, int]] = []
    hot = False
    for first, last in bounds:
        is_hot = _HOTLINE.fullmatch(_plain(text[first:last])) is not None
        if pieces and not hot and not is_hot:
            pieces[-1] = (pieces[-1][0], last)
        else:
            pieces.append((first, last))
        hot = is_hot
    digits = [_plain(text[first:last]) for first, last in pieces]
    whole = all(_HOTLINE.fullmatch(d) or len(d) >= SPOKEN_RUN or len(d) <= 2 for d in digits)
    return pieces if whole else [(start, end)]


def _digit(char: str) -> str:
    """The digit a character stands for, empty if it stands for none."""
    value = _SPOKEN.get(char, unicodedata.decimal(char, -1))
    return "" if value < 0 else str(value)


def _plain(text: str) -> str:
    """The digits in a text, as 0 … 9."""
    return "".join(map(_digit, text))


def _without_counter(text: str, start: int, end: int) -> int:
    """The run's end without a last 一 … 九 that belongs to the next word: 10086一直占线."""
    last_two, after = text[end - 2 : end], text[end : end + 1]
    counts = end - start > 1 and last_two[1] in _SPOKEN and last_two[0].isdecimal() and after.isalpha()
    return end - 1 if counts else end


def _written(text: str, groups: list[_Group]) -> list[tuple[int, int]]:
    """Numbers in written digits: the most neighbouring groups that together make one, and any long group."""
    found: list[tuple[int, int]] = []
    for size in range(min(len(groups), 19), 0, -1):
        for window in (groups[i : i + size] for i in range(len(groups) - size + 1)):
            digits = "".join(g.digits for g in window)
            start, end = window[0].start, window[-1].end
            if any(start < e and s < end for s, e in found):
                continue
            if (size == 1 and len(digits) >= LONG_RUN) or _is_number(digits, text[end:]):
                found.append(_with_x(text, start, end, digits))
    return found


def _misheard(digits: str) -> bool:
    """Is it, pieces and all, a number that lost or gained a digit on the way? Nothing but numbers of somebody's is that long."""
    return len(digits) >= LONG_RUN or (len(digits) >= MOBILE_RUN and re.match("1[3-9]", digits) is not None)


def _is_number(digits: str, after: str) -> bool:
    """Is it somebody's phone, ID or bank card?"""
    if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits):
        return True
    if len(digits) == 18 and ric.is_valid(digits):
        return True
    if len(digits) == 17 and _ID_END.match(after):
        return bool(ric.is_valid(digits + "X"))
    if len(digits) == 15 and _OLD_ID.fullmatch(digits):
        return True
    return 13 <= len(digits) <= 19 and digits[0] in "34569" and bool(luhn.is_valid(digits))


def _with_x(text: str, start: int, end: int, digits: str) -> tuple[int, int]:
    """The span, with the check letter where 17 digits of an ID number precede it."""
    letter = _ID_END.match(text, end) if len(digits) == 17 else None
    return start, letter.end() if letter else end
