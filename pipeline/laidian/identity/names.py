"""Names by ear: what is a full name, what only a surname (王先生, 王**), and which names may be one person's."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
from rapidfuzz import fuzz

from laidian.identity.union import NONE, Codes, Flags
from laidian.settings import Identity
from laidian.zh.syllables import near, syllables

TITLES = ("先生", "女士", "小姐", "太太", "老师", "师傅", "经理", "阿姨", "大爷")
_TITLE = f"(?:{'|'.join(TITLES)})$"
_HIDDEN = r"[*＊■某]"


@dataclass(frozen=True, slots=True)
class Names:
    """Distinct names, a place a name.

    `ear`: code of a full name's near syllables (小明 = 晓明), NONE: not full. `surname`: code of the surname's near class,
    NONE: not even that is known. `spoken`: code of the surname's toneless syllable (张 = 章, but not 赞), NONE as `surname`.
    """

    text: Sequence[str]
    ear: Codes
    surname: Codes
    spoken: Codes

    def of(self, column: Codes, name: Codes) -> Codes:
        """One of the columns for each name code; NONE for NONE."""
        return np.append(column, NONE)[name]


def read(distinct: pl.Series) -> Names:
    """What each distinct name tells."""
    frame = pl.DataFrame({"name": distinct}).with_columns(bare=pl.col("name").str.replace(_TITLE, ""))
    bare = pl.col("bare")
    known = frame.select(
        "name",
        full=(pl.col("name") == bare) & ~bare.str.contains(_HIDDEN) & (bare.str.len_chars() >= 2),
        first=pl.when(bare.str.contains(r"^\p{Han}") & ~bare.str.contains("^" + _HIDDEN)).then(bare.str.slice(0, 1)),
    )
    full = known["full"].to_list()
    first = [name[0] if whole else char for name, char, whole in zip(known["name"], known["first"], full, strict=True)]
    ears = ["".join(near(name)) if whole else None for name, whole in zip(known["name"], full, strict=True)]
    return Names(
        known["name"].to_list(),
        _codes(ears),
        _codes([near(char)[0] if char else None for char in first]),
        _codes([syllables(char)[0] if char else None for char in first]),
    )


def _codes(values: Sequence[str | None]) -> Codes:
    seen: dict[str, int] = {}
    return np.array([NONE if v is None else seen.setdefault(v, len(seen)) for v in values], np.int64)


@dataclass(frozen=True, slots=True)
class Speakers:
    """Who speaks on each place.

    `several`: places on which two persons' names are heard. `leader`: the person of most of the names there; NONE: nobody.
    `pairs`, `classes`: (place, name) there, as sorted numbers, and the person: names of one person have one class; NONE: the
    name may be two persons'.
    """

    several: Flags
    leader: Codes
    pairs: Codes
    classes: Codes
    width: int

    def person(self, place: Codes, name: Codes) -> Codes:
        """The class of each name on its place: 0 where only one person speaks there; NONE: nobody can tell who it is.

        Who gives no name is taken for the leader.
        """
        if not len(self.pairs):
            return np.zeros(len(place), np.int64)
        wanted = place * self.width + name
        at = np.minimum(np.searchsorted(self.pairs, wanted), len(self.pairs) - 1)
        heard = np.where(self.pairs[at] == wanted, self.classes[at], NONE)
        return np.where(self.several[place], np.where(name == NONE, self.leader[place], heard), 0)


def speakers(place: Codes, name: Codes, size: int, names: Names, settings: Identity) -> Speakers:
    """Persons by name on each place.

    Args:
        place: from 0 to `size`; NONE: nowhere.
        name: the name heard there; NONE: none.
        size: how many places there are.
        names: what the names tell.
        settings: when names are alike, and which part of the names makes a leader.
    """
    width = len(names.text) + 1
    told = (place >= 0) & (names.of(names.surname, name) != NONE)
    pairs, often = np.unique(place[told] * width + name[told], return_counts=True)
    places, heard = pairs // width, pairs % width
    several, leader = np.zeros(size, np.bool_), np.full(size, NONE)
    classes = np.zeros(len(pairs), np.int64)
    starts = np.flatnonzero(np.diff(places, prepend=NONE))
    for begin, end in _doubtful(starts, len(pairs), names.ear[heard], names.surname[heard]):
        found = persons(heard[begin:end].tolist(), names, settings.same_name)
        classes[begin:end] = found
        several[places[begin]] = len(set(found) - {NONE}) > 1
        leader[places[begin]] = _leader(found, often[begin:end].tolist(), settings.most)
    kept = several[places]
    return Speakers(several, leader, pairs[kept], classes[kept], width)


def _leader(found: Sequence[int], often: Sequence[int], most: float) -> int:
    """The person of at least the part `most` of the names; NONE: nobody."""
    heard: Counter[int] = Counter()
    for person, times in zip(found, often, strict=True):
        heard[person] += times
    person, times = heard.most_common(1)[0]
    return person if times >= most * heard.total() else NONE


def _doubtful(starts: Codes, length: int, ear: Codes, surname: Codes) -> list[tuple[int, int]]:
    """The stretches of one place whose names are not plainly one person's: two surnames, or two full names by ear."""
    if not length:
        return []
    ends = np.append(starts[1:], length)
    least = np.minimum.reduceat(np.where(ear == NONE, np.iinfo(np.int64).max, ear), starts)
    most = np.maximum.reduceat(ear, starts)
    one = np.minimum.reduceat(surname, starts) == np.maximum.reduceat(surname, starts)
    doubtful = ~(one & ((most == NONE) | (least == most)))
    return list(zip(starts[doubtful].tolist(), ends[doubtful].tolist(), strict=True))


def persons(heard: Sequence[int], names: Names, alike: float) -> list[int]:
    """The person behind each of these names, as a number; NONE where it may be two.

    Full names meet by ear, or by characters when the surnames sound the same; a chain of such names is one person. A surname
    alone is that of the only person who bears it, else of a person of its own.
    """
    ear, surname = names.ear[heard].tolist(), names.surname[heard].tolist()
    home = list(range(len(heard)))
    full = [n for n in range(len(heard)) if ear[n] != NONE]
    for one, other in combinations(full, 2):
        if home[one] == home[other] or surname[one] != surname[other]:
            continue
        if ear[one] == ear[other] or fuzz.ratio(names.text[heard[one]], names.text[heard[other]]) >= alike:
            gone, kept = home[other], home[one]
            home = [kept if h == gone else h for h in home]
    for n in range(len(heard)):
        if ear[n] == NONE:
            bearers = {home[m] for m in full if surname[m] == surname[n]}
            first = next(m for m in range(len(heard)) if ear[m] == NONE and surname[m] == surname[n])
            home[n] = first if not bearers else next(iter(bearers)) if len(bearers) == 1 else NONE
    return home
