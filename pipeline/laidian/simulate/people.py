"""The identifiers of simulated customers, and what each row of the log states of them. All numbers and names are made up."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from laidian.simulate.scenarios import Scenario
from laidian.simulate.world import Visits

Texts = NDArray[np.object_]
NOTHING: Any = None
"""An empty cell, as NumPy's `where` takes it."""

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华文玉建国海红"
_SOUNDS_LIKE = str.maketrans(
    "张李王徐程傅周伟芳敏静丽强军洋艳杰明超兰平华文玉国海", "章黎汪许陈付邹炜方珉婧莉墙君扬燕洁铭朝岚萍桦雯钰帼亥"
)
_TYPES = ("普通", "普通", "普通", "老年", "企业")
FAMILY, OFFICE = 0.06, 0.02
OFFICE_SIZE = 25


class People:
    """Identifiers by customer; families share a phone, offices a switchboard."""

    def __init__(self, scenario: Scenario, rng: np.random.Generator) -> None:
        count = scenario.customers
        numbers = np.arange(count)
        family = rng.random(count) < FAMILY
        owner = np.where(family, np.maximum(numbers - 1, 0), numbers)  # the phone of the customer before
        office = rng.random(count) < OFFICE
        self.phone = np.array([f"199{n:08d}" for n in owner], dtype=object)
        self.phone[office] = [f"0571{88_000_000 + n // OFFICE_SIZE:08d}" for n in numbers[office]]
        self.other = np.array([f"198{n:08d}" for n in numbers], dtype=object)
        self.account = np.array([f"A{n:07d}" for n in numbers], dtype=object)
        self.id_hash = np.array([f"{n:016x}" for n in numbers * 2_654_435_761 % 2**61], dtype=object)
        first, given, last = (rng.integers(0, len(of), count) for of in (_SURNAMES, _GIVEN, _GIVEN))
        self.name = np.array(
            [_SURNAMES[a] + _GIVEN[b] + _GIVEN[c] for a, b, c in zip(first, given, last, strict=True)], dtype=object
        )
        self.kind = np.array(_TYPES, dtype=object)[rng.integers(0, len(_TYPES), count)]
        self.region = np.array([f"区{n % 9 + 1}" for n in numbers], dtype=object)

    def stated(self, scenario: Scenario, visits: Visits, rng: np.random.Generator) -> dict[str, Texts]:
        """What each visit's row states: columns of the contact log, None where it states nothing."""
        who, size = visits.customer, visits.size

        def some(values: Texts, chance: float) -> Texts:
            return np.where(rng.random(size) < chance, values[who], NOTHING)

        phone = np.where(rng.random(size) < scenario.other_phone, self.other[who], self.phone[who])
        masked = np.array([f"{p[:3]}****{p[-4:]}" for p in phone], dtype=object)
        phone = np.where(rng.random(size) < scenario.masked, masked, phone)
        names = some(self.name, scenario.name_stated)
        misheard = rng.random(size) < 0.08
        titled = rng.random(size) < 0.10
        spelled = [_as_heard(n, m, t) for n, m, t in zip(names, misheard, titled, strict=True)]
        service = np.array([f"K{p:06d}" for p in visits.customer], dtype=object)
        return {
            "phone": np.where(rng.random(size) < scenario.phone, phone, NOTHING),
            "service_number": np.where(rng.random(size) < scenario.service, service, NOTHING),
            "account_id": some(self.account, scenario.account),
            "id_hash": some(self.id_hash, scenario.id_hash),
            "customer_name": np.array(spelled, dtype=object),
            "customer_type": self.kind[who],
            "region": self.region[who],
        }


def _as_heard(name: str | None, misheard: bool, titled: bool) -> str | None:
    if name is None:
        return None
    if titled:
        return name[0] + "先生"
    return name.translate(_SOUNDS_LIKE) if misheard else name
