"""Product, place and staff names: what was recognised is written as the name it sounds like, character for character.

A recogniser spells a name it never met by its sound: 云桥通信 becomes 银桥通信. Names put into its prompt take time and come
back as text that nobody said, so nothing is put in. What comes out is compared with the names syllable by syllable, and changed
where it is near to one, to one only, and where it makes no words of its own. One text always becomes the same.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from rapidfuzz.distance import Levenshtein

from laidian.errors import SettingsError
from laidian.zh.script import simplify
from laidian.zh.syllables import near, syllables

SHORTEST, LONGEST = 2, 12  # characters of a name
NUMERALS = frozenset("零〇一二三四五六七八九十百千万亿两俩仨幺0123456789")  # never written and never removed by a name
ALIKE, FEW = 0.78, 3  # the part of a name's sound, in letters, that must be heard; of so few characters all of it
MARGIN = 0.05  # a second name this near makes it unknown which was said
MOST_NAMES = 20_000


class Change(NamedTuple):
    """One name written: `begin` = offset of its first character in the text; `alike`: the part of its sound heard, 0..1."""

    begin: int
    heard: str
    written: str
    alike: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names ready to be looked for. `at`: place in a name and sound there -> names; `sounds`: the sound of each."""

    names: tuple[str, ...]
    sounds: tuple[tuple[str, ...], ...]
    at: dict[tuple[int, str], tuple[int, ...]]


def read(file: Path) -> tuple[str, ...]:
    """The names of a file, one a line, UTF-8; empty lines and what follows a # are left out; simplified, in order, each once.

    Raises:
        SettingsError: no such file, no names, or a line that is no name: of other than Chinese characters, too short or long, or
            a number.
    """
    where, do = "laidian.toml [hearing.vocabulary]", "correct or remove that line"
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as bad:
        raise SettingsError(where, f"{file}: {type(bad).__name__}", "a UTF-8 file, a name a line", "correct that path") from None
    names = dict.fromkeys(name for line in text.splitlines() if (name := simplify(line.partition("#")[0].strip())))
    if not names or len(names) > MOST_NAMES:
        raise SettingsError(f"{where} {file.name}", f"{len(names)} names", f"1 to {MOST_NAMES}", "a name a line")
    for number, line in enumerate(text.splitlines(), 1):
        name = simplify(line.partition("#")[0].strip())
        if found := name and _wrong(name):
            expected = f"a name of {SHORTEST} to {LONGEST} Chinese characters and no number"
            raise SettingsError(f"{where} {file.name}, line {number}", found, expected, do)
    return tuple(names)


def _wrong(name: str) -> str | None:
    """Why a line is no name."""
    if any(a in NUMERALS and b in NUMERALS for a, b in pairwise(name)) or any(c.isascii() for c in name):
        return "a number or other characters than Chinese ones"
    if not all("一" <= c <= "鿿" for c in name):
        return "other characters than Chinese ones"
    return None if SHORTEST <= len(name) <= LONGEST else f"{len(name)} characters"


def compiled(names: Sequence[str]) -> Vocabulary:
    """Names ready to be looked for."""
    sounds = tuple(near(name) for name in names)
    at: dict[tuple[int, str], list[int]] = defaultdict(list)
    for number, sound in enumerate(sounds):
        for place, syllable in enumerate(sound):
            at[place, syllable].append(number)
    return Vocabulary(tuple(names), sounds, {key: tuple(numbers) for key, numbers in at.items()})


def corrected(text: str, vocabulary: Vocabulary) -> tuple[str, list[Change]]:
    """A text with the names written as they should be, as long as before, and what was changed, in order.

    >>> corrected("您好,银桥通信客服", compiled(["云桥通信"]))
    ('您好,云桥通信客服', [Change(begin=3, heard='银桥通信', written='云桥通信', alike=0.929)])
    """
    places = _places(text, vocabulary)
    taken = [False] * len(text)
    changes = []
    for alike, begin, name in sorted(places, key=lambda place: (-place[0], -len(place[2]), place[1])):
        span = slice(begin, begin + len(name))
        if any(taken[span]):
            continue
        taken[span] = [True] * len(name)
        if text[span] != name and not _rivalled(alike, begin, name, places):
            changes.append(Change(begin, text[span], name, round(alike, 3)))
    changes.sort()
    for change in changes:
        text = text[: change.begin] + change.written + text[change.begin + len(change.written) :]
    return text, changes


def _rivalled(alike: float, begin: int, name: str, places: Sequence[tuple[float, int, str]]) -> bool:
    """Whether another name, as long or longer, may have been said at the same place."""
    return any(
        other != name and len(other) >= len(name) and by > alike - MARGIN and at < begin + len(name) and begin < at + len(other)
        for by, at, other in places
    )


def _places(text: str, vocabulary: Vocabulary) -> list[tuple[float, int, str]]:
    """Where a name may have been said: how much alike, from which character on, which name. Written rightly: 2."""
    sound, found = near(text), []
    cuts: list[int] | None = None
    for begin, number in _candidates(sound, vocabulary):
        name, wanted = vocabulary.names[number], vocabulary.sounds[number]
        heard = text[begin : begin + len(name)]
        if heard == name:
            found.append((2.0, begin, name))
            continue
        alike = _alike(sound[begin : begin + len(name)], wanted)
        if not _near_enough(alike, heard, name) or _spoils(heard, name):
            continue
        cuts = _cuts(text) if cuts is None else cuts
        if not _said_so(begin, heard, wanted, sound, cuts):
            found.append((alike, begin, name))
    return found


def _candidates(sound: Sequence[str], vocabulary: Vocabulary) -> Iterator[tuple[int, int]]:
    """Beginnings and names half of whose syllables are there, of three characters two, of two both."""
    hits: dict[tuple[int, int], int] = defaultdict(int)
    for index, syllable in enumerate(sound):
        for place in range(min(index + 1, LONGEST)):
            for number in vocabulary.at.get((place, syllable), ()):
                hits[index - place, number] += 1
    for (begin, number), count in sorted(hits.items()):
        length = len(vocabulary.names[number])
        if begin + length <= len(sound) and count >= (length + 1) // 2 + (length == SHORTEST):
            yield begin, number


def _alike(heard: Sequence[str], wanted: Sequence[str]) -> float:
    """The part of a sound that was heard, in letters of its syllables."""
    wrong = sum(Levenshtein.distance(one, other) for one, other in zip(heard, wanted, strict=True))
    return 1 - wrong / sum(max(len(one), len(other)) for one, other in zip(heard, wanted, strict=True))


def _near_enough(alike: float, heard: str, name: str) -> bool:
    """Few characters sound like much else: of two both syllables must be the same, whatever the speaker's region."""
    if len(name) == SHORTEST:
        return syllables(heard) == syllables(name)
    return alike >= (1.0 if len(name) <= FEW else ALIKE)


def _spoils(heard: str, name: str) -> bool:
    """Whether a numeral would be written or removed, or what was heard is no text of characters only."""
    numerals = any(a != b and (a in NUMERALS or b in NUMERALS) for a, b in zip(heard, name, strict=True))
    return numerals or not all("一" <= c <= "鿿" for c in heard)


@cache
def _jieba() -> Any:
    import jieba  # late: 0.4 s, and only who keeps a vocabulary needs it

    jieba.setLogLevel("ERROR")
    jieba.initialize()
    return jieba


def _cuts(text: str) -> list[int]:
    """Offsets at which jieba's words begin and end."""
    return [0, *(end for _, _, end in _jieba().tokenize(text, HMM=False))]


def _said_so(begin: int, heard: str, wanted: Sequence[str], sound: Sequence[str], cuts: Sequence[int]) -> bool:
    """Whether what was heard is right as it is: one word, a part of one, or of words that sound otherwise than the name."""
    inside = [cut for cut in cuts if begin <= cut <= begin + len(heard)]
    if inside[:1] != [begin] or inside[-1] != begin + len(heard) or bool(_jieba().get_FREQ(heard)):
        return True
    return any(b - a > 1 and tuple(sound[a:b]) != tuple(wanted[a - begin : b - begin]) for a, b in pairwise(inside))
