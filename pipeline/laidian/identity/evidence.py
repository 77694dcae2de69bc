"""What each contact says of its customer: the identifiers that count, and the phones with the name they are shared under."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import polars as pl
from rapidfuzz import fuzz

from laidian.identity.union import Token, Union

CROWD = 8  # a phone with more distinct names or accounts is a switchboard; judgement until audits calibrate it
SAME_NAME = 60.0  # rapidfuzz ratio from which two full names may be one (王小明, 王晓明: 67; 王丽, 王强: 50); judgement
TITLES = ("先生", "女士", "小姐", "太太", "老师", "师傅", "经理", "阿姨", "大爷")
_FIELDS = ("phone", "contact_phone", "service_number", "account_id", "id_key", "customer_name")


@dataclass(frozen=True, slots=True)
class Known:
    """What one contact's legs say, the first known value of each; phones only where they may count."""

    contact_id: str
    own_phone: str | None
    other_phone: str | None
    service: str | None
    account: str | None
    id_key: str | None
    name: str | None

    @property
    def services(self) -> list[Token]:
        """The service as a token, if it names one."""
        return [("service", self.service)] if self.service else []

    @property
    def phones(self) -> list[str]:
        """Its usable phones, the caller's own first."""
        return [p for p in (self.own_phone, self.other_phone) if p]


def read(contacts: pl.DataFrame, identifiers: pl.DataFrame) -> list[Known]:
    """What the legs of each contact say, sorted by contact_id; switchboards are still in it."""
    calls = contacts.select("contact_id", call_id="call_ids").explode("call_id").with_row_index("place")
    said = (
        calls.join(identifiers, on="call_id", how="left")
        .sort("place", "leg_no")
        .group_by("contact_id")
        .agg(
            *(pl.col(c).drop_nulls().first() for c in _FIELDS),
            pl.col("caller_relation").str.contains("代办").any().fill_null(False).alias("proxy"),
        )
        .sort("contact_id")
    )
    return [_one(row) for row in said.iter_rows(named=True)]


def _one(row: dict[str, str | None]) -> Known:
    phone, other = row["phone"], row["contact_phone"]
    own = None if row["proxy"] or _masked(phone) else phone
    other = None if other == phone or _masked(other) else other
    name = None if row["proxy"] or not _is_full(row["customer_name"]) else row["customer_name"]
    return Known(str(row["contact_id"]), own, other, row["service_number"], row["account_id"], row["id_key"], name)


def _masked(phone: str | None) -> bool:
    return phone is None or any(mark in phone for mark in "*xX■")


def _is_full(name: str | None) -> bool:
    return name is not None and len(name) >= 2 and not any(m in name for m in "*■某") and not name.endswith(TITLES)


def uncrowded(known: list[Known]) -> list[Known]:
    """The same contacts without the phones on which too many names or accounts were seen."""
    seen: dict[str, set[Token]] = defaultdict(set)
    for k in known:
        for phone in k.phones:
            seen[phone] |= {(kind, value) for kind, value in (("name", k.name), ("account", k.account)) if value}
    crowded = {p for p, said in seen.items() if max(sum(s[0] == kind for s in said) for kind in ("name", "account")) > CROWD}

    def usable(phone: str | None) -> str | None:
        return None if phone in crowded else phone

    return [
        Known(k.contact_id, usable(k.own_phone), usable(k.other_phone), k.service, k.account, k.id_key, k.name) for k in known
    ]


def phone_tokens(known: Sequence[Known]) -> list[list[Token]]:
    """For each contact its usable phones, each with the name it is shared under; a phone of two names says nothing unnamed."""
    names: dict[str, set[str]] = defaultdict(set)
    for k in known:
        for phone in k.phones:
            names[phone] |= {k.name} if k.name else set()
    alike = {phone: alike_names(said) for phone, said in names.items()}

    def token(phone: str, name: str | None) -> Token | None:
        groups = alike[phone]
        if len(set(groups.values())) < 2:
            return ("phone", phone, "")
        return ("phone", phone, groups[name]) if name else None

    return [[t for p in k.phones if (t := token(p, k.name))] for k in known]


def alike_names(names: Iterable[str]) -> dict[str, str]:
    """Each name with the least name of those it may be the same as."""
    union = Union()
    ordered = sorted(names)
    for one, other in combinations(ordered, 2):
        if fuzz.ratio(one, other) >= SAME_NAME:
            union.join((one,), (other,))
    return {name: union.find((name,))[0] for name in ordered}


def one_name(names: set[str]) -> bool:
    """May all these full names be one person's?"""
    return len(names) <= CROWD and len(set(alike_names(names).values())) < 2
