"""How many earlier contacts a whole text states: over and above what one form reads, what several counts come to together.

打了三次 states three. 加上这个一共五个 states four, for the present one is among them; 周六打了三个，周日打了四个 seven;
没有十次也有八次 eight; 头一次说三点，第二次说四点 two, for both are told of; 不止三次 four; 第N次 many.
"""

import re
from typing import NamedTuple

from laidian.zh.numerals import parse
from laidian.zh.script import simplify

BELIEVED, MANY = 50, 3
"""Nobody counts beyond the first: 说过八百遍 only says many, and many is at least the second."""

_NUMBER = r"[零一二三四五六七八九十百两几好多数无n\d俩仨]{1,4}[来余]?"
_MEASURE = r"(?:次|遍|回|趟|通|道|轮|位|封|条(?=私信|留言)|个(?!多?月|星期|礼拜|小时|钟|工作|字|号(?!的)|套|手机|g|兆|平台))"
_SAID = re.compile(
    rf"(?P<before>(?:不止|不只|不单|不单单)(?:[打说讲报催问找]|联系|反映|投诉|报修)?[了过]?|小|快|将近)?(?P<th>第|头)?"
    rf"(?P<count>{_NUMBER}){_MEASURE}|(?P<pair>[俩仨])(?:电话|次|回)?",
    re.IGNORECASE,
)
_OR_SO = re.compile(rf"没有?(?:个)?{_NUMBER}(?:个|次|遍|回|趟|通)?(?:电话)?(?:，|,)?(?:也|总|都|恐怕也)(?:得|该)?有")
_TOTAL = re.compile(
    rf"(?:加起来|加一块儿?|合起来|合计|总共|一共|拢共|统共|前前后后|总计)[^。！？!?]{{0,6}}?(?P<count>{_NUMBER}){_MEASURE}"
)
_WITH_THIS_ONE = re.compile(
    rf"(?:加上?|算上|连同?|包括|带上?)(?:今天|今儿|现在)?(?:这(?:一|个|一个|次|回|通|遍)?(?:个|次|回|通|遍)?(?:电话)?|今天(?:在内|的)?)[，,]?"
    rf"(?:我|都|已经|一共|总共|打了?|是|有|得有){{0,3}}(?P<count>{_NUMBER})(?:次|遍|回|趟|通|个电话|个)"
)
_IMAGINED = re.compile(
    r"(?:别|不想|不要|难道|非要|逼着?我|非得|是不是要|还要我?|还得|等我|省得|免得|以后|下次|如果|要是)[^，。！？]{0,4}$"
)
_FORMER = re.compile(rf"[头前](?P<count>{_NUMBER}){_MEASURE}")
_WAY = re.compile(r"热线|电话|[aA][pP][pP]|网上|线上|微信|公众号|邮件|私信|微博|客户端|小程序|人工|在线|营业厅")
_WHO = re.compile(
    r"^(?:我?(?:妈|爸|老婆|老公|爱人|媳妇|儿子|女儿|老头子|老伴|家里人|对象)|我)(?:也|都|就|又)?(?=打|报|催|找|问|投诉|反映)"
)
_WITH_THIS = re.compile(r"(?:加上|算上|算|连同|包括|连)(?:今天|今儿|今|现在)?(?:这|今天|本|此|刚才)")
_IDIOM = re.compile("三番[两四五]次|几次三番")
_DAILY = re.compile(
    rf"(?:一天|每天|天天)(?:都|就|给你们)?(?:打|催|来)?(?P<count>{_NUMBER})(?:个|次|遍|回|通)(?:电话)?[^。！？!?]{{0,8}}?(?P<th>第)?(?P<days>{_NUMBER})天"
)
_DAYS_OF = re.compile(
    rf"(?P<days>{_NUMBER})天(?:的)?(?:电话|客服|热线)?[了过]?[，,]?(?:每天|一天|天天)(?:都|就|给你们|打|打了){{0,2}}(?P<count>{_NUMBER})(?:个|次|遍|回|通)"
)
_AND_AGAIN = re.compile(r"一([次个遍回通趟])又一\1")
_DAY = re.compile(
    r"(?:周|礼拜|星期)[一二三四五六日天末]|[大前昨今]天|前儿|昨儿|今儿|昨晚|今早|早上|上午|中午|下午|晚上|上个?月|这个?月|上个?(?:周|礼拜|星期)|这个?(?:周|礼拜|星期)"
)
_CLAUSE = re.compile(r"[^，、,。！？；!?;|\n]+")
_PRESENT = re.compile(r"(?:这|今天|现在|是|都|已经|又)[^，,。]{0,3}$")


class Stated(NamedTuple):
    """`number` of earlier contacts, None where no count is said; `together`: read from several words that belong together."""

    number: int | None
    together: bool


def stated(text: str) -> Stated:
    """The number that a text states, were its counts ones of contacts: of several the largest, or what they come to together."""
    plain = simplify(text)
    shorter = _OR_SO.sub("有", plain)
    every = [(hit, number, th) for hit in _SAID.finditer(shorter) for number, th in [_read(hit)] if number]
    said = [(hit, number, th) for hit, number, th in every if not th or not _IMAGINED.search(shorter[: hit.start()])]
    total, one = _TOTAL.search(shorter), _WITH_THIS_ONE.search(shorter)
    if total and (number := parse(total["count"])) and number.low <= BELIEVED and _WITH_THIS.search(shorter):
        return Stated(max(number.low - 1, 1), True)
    if one and (number := parse(one["count"])) and 1 < number.low <= BELIEVED:
        return Stated(number.low - 1, True)
    if _IDIOM.search(plain):
        return Stated(MANY, True)
    if (over := _DAYS_OF.search(plain)) and (each := parse(over["count"])) and (days := parse(over["days"])):
        return Stated(each.low * days.low, True)
    if (daily := _DAILY.search(plain)) and (each := parse(daily["count"])) and (days := parse(daily["days"])):
        return Stated(max(each.low * (days.low - (daily["th"] is not None)), 1), True)
    ordinals = [number for _, number, th in said if th]
    if ordinals and max(ordinals) > 1:
        last = max((hit for hit, number, th in said if th and number == max(ordinals)), key=lambda hit: hit.start())
        first = min((hit.start() for hit, _, th in said if th), default=0)
        present = _PRESENT.search(shorter[: last.start()]) is not None or (len(ordinals) > 1 and last.start() == first)
        former = _FORMER.search(shorter, 0, last.start())
        before = parse(former["count"]) if former else None
        if not total and (min(ordinals) == 1 or (before and before.low == min(ordinals) - 1)):
            return Stated(max(ordinals) - present, True)
        if present and any(not th and number == max(ordinals) for _, number, th in said):
            return Stated(max(ordinals) - 1, True)  # 找了你们四次了，这是第四次
    numbers = [number - th for _, number, th in said]
    alone = all(not th and number == 1 and hit["count"] in ("一", "1") for hit, number, th in said)
    if len(said) > 1 and alone and len({hit[0] for hit, _, _ in said}) == 1:
        return Stated(MANY if _AND_AGAIN.search(shorter) else len(said), True)
    if not total and (together := _by_day(shorter) or _by_way(shorter)):
        return Stated(max(together, *(number - 1 for number in ordinals), 0), True)
    most = max(numbers, default=0)
    return Stated((MANY if most > BELIEVED else most) or None, (shorter != plain or len(said) < len(every)) and most > 0)


def _read(hit: re.Match[str]) -> tuple[int, bool]:
    """The number of a count, and whether it is an ordinal that counts the present contact too."""
    count = hit["count"] or hit["pair"]
    if count[0] in "nN多":
        return MANY, False
    number = parse(count)
    if number is None:
        return 0, False
    before = hit["before"] or ""
    half = hit.string[hit.end() : hit.end() + 1] == "半"  # 九个半
    low = number.low + half + (before.startswith("不") and not hit["th"]) - (before in ("小", "快", "将近") and number.low > 2)
    return low, hit["th"] == "第" or (hit["th"] == "头" and low == 1)


def _by_way(text: str) -> int:
    """The sum of counts said each of a way or a person of its own (热线打了两次，APP上投了一次); 0: not two such."""
    found: dict[str, int] = {}
    for clause in _CLAUSE.findall(text):
        hits = [hit for hit in _SAID.finditer(clause) if not hit["th"]]
        key = _WAY.search(clause) or _WHO.match(clause)
        if key and len(hits) == 1 and (number := _read(hits[0])[0]):
            found.setdefault(key[0], number)
    together = sum(found.values())
    return together if len(found) > 1 and together <= BELIEVED else 0


def _by_day(text: str) -> int:
    """The sum of counts said each of a day of its own; 0: not two such."""
    found: dict[str, int] = {}
    for clause in _CLAUSE.findall(text):
        days = list(_DAY.finditer(clause))
        for at, day in enumerate(days):
            end = days[at + 1].start() if at + 1 < len(days) else len(clause)
            hit = _SAID.search(clause, day.end(), end)
            if hit and not hit["th"] and (number := _read(hit)[0]):
                found.setdefault(day[0], number)
    first, together = next(iter(found.values()), 0), sum(found.values())
    total = len(found) > 2 and 2 * first == together  # 今天四个了，早上俩下午俩
    return 0 if len(found) < 2 else first if total else together
