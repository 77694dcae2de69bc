"""A made-up contact log of known customers for the identity, linking and night benches: fast at millions of contacts.

A customer is what laidian means by one: an account holder with the people who speak for them. Phones are changed, shared by
families, hidden behind masks, relays and switchboards; names are misheard, shortened to titles, or missing; a few accounts
are mistyped. All shares are judgements about the trade; none was fitted to anything laidian does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from laidian.tables import Contact, Identifier, Leg, Row, schema

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕章黎汪付肖晏"
_GIVEN = (
    "伟威薇维芳方房娜敏民静敬晶丽莉力强勇永咏军君钧洋阳扬杨艳燕彦杰洁捷娟涛明铭鸣超朝兰岚霞夏平萍苹刚钢桂贵英颖莹华花桦文雯闻"
    "玉钰瑜国海小晓筱红宏鸿虹洪建健剑梅美云芸志智芝春秀绣婷庭亭鑫欣新心佳嘉家俊骏峻慧惠会宇雨语浩昊皓思斯诗子紫梓"
)
_HOMOPHONES = ("伟威薇维", "芳方房", "敏民", "静敬晶", "丽莉力", "勇永咏", "军君钧", "洋阳扬杨", "艳燕彦", "杰洁捷", "明铭鸣",
               "超朝", "兰岚", "霞夏", "平萍苹", "刚钢", "桂贵", "英颖莹", "华花桦", "文雯闻", "玉钰瑜", "小晓筱", "红宏鸿虹洪",
               "建健剑", "梅美", "云芸", "志智芝", "秀绣", "婷庭亭", "鑫欣新心", "佳嘉家", "俊骏峻", "慧惠会", "宇雨语", "浩昊皓",
               "思斯诗", "子紫梓", "张章", "李黎", "王汪", "傅付", "萧肖")  # fmt: skip
_SOUNDS = {a: b for group in _HOMOPHONES for a, b in zip(group, group[1:] + group[0], strict=True)}
_TEXTS = ("phone", "contact_phone", "service_number", "account_id", "id_key", "customer_name", "caller_relation")
OPENS = datetime(2025, 3, 3)


@dataclass(frozen=True, slots=True)
class Log:
    """`flat`: one row a contact with its identifiers as text and `customer`, the truth; the others: laidian's tables."""

    flat: pl.DataFrame
    contacts: pl.DataFrame
    legs: pl.DataFrame
    identifiers: pl.DataFrame


def _names(count: int, rng: np.random.Generator) -> Any:
    weight = 1 / (np.arange(len(_SURNAMES)) + 3)
    first = rng.choice(list(_SURNAMES), count, p=weight / weight.sum())
    given, last = (rng.choice(list(_GIVEN), count) for _ in range(2))
    return np.char.add(np.char.add(first, given), np.where(rng.random(count) < 0.8, last, ""))


def _mobiles(count: int, rng: np.random.Generator) -> Any:
    head = rng.choice(
        ["135", "136", "137", "138", "139", "150", "151", "152", "158", "159", "182", "186", "187", "188", "199"], count
    )
    numbers = np.unique(np.char.add(head, np.char.zfill(rng.integers(0, 10**8, count).astype(str), 8)))
    return rng.permutation(np.concatenate([numbers, [f"177{n:08d}" for n in range(count - len(numbers))]]))


def _heard(names: Any, rng: np.random.Generator) -> list[str | None]:
    """Names as an agent writes them down: misheard 7 %, mistyped 2 %, a title 12 %, masked 4 %, none 35 %."""
    how, place = rng.random(len(names)), rng.integers(0, 3, len(names))
    wrong = rng.choice(list(_GIVEN), len(names))
    written: list[str | None] = []
    for name, chance, at, other in zip(names.tolist(), how.tolist(), place.tolist(), wrong.tolist(), strict=True):
        at %= len(name)
        if chance < 0.07:
            written.append(name[:at] + _SOUNDS.get(name[at], name[at]) + name[at + 1 :])
        elif chance < 0.09:
            written.append(name[:-1] + other)
        elif chance < 0.21:
            written.append(name[0] + ("先生" if at else "女士"))
        elif chance < 0.25:
            written.append(name[0] + "*" * (len(name) - 1))
        else:
            written.append(name if chance < 0.65 else None)
    return written


def people(contacts: int, seed: int, days: int = 180, account: float = 0.45) -> Log:
    """A log of so many contacts within so many days; `account`: how often a contact states its account."""
    rng = np.random.default_rng(seed)
    count = max(contacts // 4, 8)
    weight = rng.gamma(0.8, 1.0, count)
    who = rng.choice(count, contacts, p=weight / weight.sum())
    at = np.sort(rng.uniform(0, days * 86400.0, contacts).round())
    spouse = (rng.random(count) < 0.25)[who] & (rng.random(contacts) < 0.4)
    phone, number_of = _phones(who, spouse, at / (days * 86400.0), count, rng)
    name = np.where(spouse, _names(count, rng)[who], _names(count, rng)[who])
    some = lambda values, chance: np.where(rng.random(contacts) < chance, values, None)  # noqa: E731
    numbered = lambda letter, values: np.char.add(letter, np.char.zfill(values.astype(str), 8))  # noqa: E731
    second = (rng.random(count) < 0.05)[who] & (rng.random(contacts) < 0.4)  # beyond the rules unless an ID is stated
    mistyped = np.where(rng.random(contacts) < 0.003, rng.integers(0, count, contacts), who)
    proxy = rng.random(contacts) < 0.02
    phone = np.where(proxy, _mobiles(max(count // 200, 1), rng)[rng.integers(0, max(count // 200, 1), contacts)], phone)
    flat = pl.DataFrame(
        {
            "contact_id": numbered("c", np.arange(contacts)), "customer": who, "at": at, "phone": phone.tolist(),
            "contact_phone": some(number_of, 0.12).tolist(),
            "service_number": some(numbered("k", mistyped * 2 + (rng.random(contacts) < 0.3)), 0.2).tolist(),
            "account_id": np.where(proxy, numbered("A", who * 2), some(numbered("A", mistyped * 2 + second), account)).tolist(),
            "id_key": some(numbered("i", who * 2 + spouse), 0.10).tolist(), "customer_name": _heard(name, rng),
            "caller_relation": np.where(proxy, "代办", None).tolist(),
        },
        schema_overrides=dict.fromkeys(_TEXTS, pl.String),
    )  # fmt: skip
    return Log(flat, *_tables(flat))


def _phones(who: Any, spouse: Any, when: Any, count: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """The number each contact shows, and the customer's own number then."""
    size = len(who)
    own, new, wife = (_mobiles(count, rng).astype(object) for _ in range(3))
    own = np.where(rng.random(count) < 0.05, own[np.maximum(np.arange(count) - 1, 0)], own)  # a family's one phone
    office, extension = rng.random(count) < 0.03, rng.random(count) < 0.5
    line = np.char.add("0571", (81000000 + np.arange(count) // 1500).astype(str)).astype(object)  # about 45 customers each
    line = np.where(extension, line + "-" + (np.arange(count) % 1500 + 100).astype(str).astype(object), line)
    changed = (rng.random(count) < 0.08)[who] & (when > rng.random(count)[who])
    number = np.where(spouse, wife[who], np.where(changed, new[who], own[who]))
    shown = np.where(office[who] & (rng.random(size) < 0.7), line[who], number)
    relay = np.char.add("170", np.char.zfill(rng.integers(0, max(size // 200, 1), size).astype(str), 8)).astype(object)
    masked = np.array([f"{n[:3]}****{n[7:]}" for n in number.tolist()], dtype=object)
    how = rng.random(size)
    shown = np.select([how < 0.04, how < 0.09, how < 0.105, how < 0.11], [None, masked, relay, "4008001234"], shown)
    return shown, number


def _tables(flat: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    started = pl.lit(OPENS) + pl.duration(seconds="at")
    ended = started + timedelta(minutes=5)
    known: dict[str, Any] = {
        "call_id": "contact_id", "leg_no": pl.lit(1, pl.Int64), "started_at": started, "ended_at": ended,
        "day": started.dt.date(),
        "medium": pl.lit("voice"), "direction": pl.lit("inbound"), "status": pl.lit("answered"), "source": pl.lit("made up"),
        "phone_key": "phone", "contact_phone_key": "contact_phone", "service_key": "service_number", "account_key": "account_id",
        "call_ids": pl.concat_list("contact_id"), "legs": pl.lit(1, pl.Int64), "transferred": pl.lit(False),
        "talk_s": pl.lit(300.0),
        "recordings": pl.lit([], pl.List(pl.String)), "faulty": pl.lit(False), "in_population": pl.lit(True),
        **{n: n for n in ("contact_id", *_TEXTS)},
    }  # fmt: skip

    def table(row: type[Row]) -> pl.DataFrame:
        def column(name: str, dtype: Any) -> pl.Expr:
            told = known.get(name)
            return (pl.col(told) if isinstance(told, str) else pl.lit(None) if told is None else told).cast(dtype).alias(name)

        return flat.select(column(name, dtype) for name, dtype in schema(row).items())

    return table(Contact), table(Leg), table(Identifier)
