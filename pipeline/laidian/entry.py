"""One table of a TOML file, read field by field: what is missing, of the wrong type or unknown is refused by name."""

from typing import Any, NoReturn, TypeVar

from laidian.errors import SettingsError

T = TypeVar("T", str, int, float, bool)


def unique(where: str, values: list[str], kind: str) -> None:
    """Refuses a value that is there twice.

    Raises:
        SettingsError: naming the place and the value.
    """
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise SettingsError(where, f"{kind} «{value}» twice", f"each {kind} once", "remove or rename one of them")
        seen.add(value)


class Entry:
    """One table of a file. Every reader raises SettingsError naming file and entry; `finish` refuses fields nobody asked for."""

    def __init__(self, file: str, entry: str, raw: dict[str, Any]) -> None:
        self.file, self.entry, self.raw, self.known = file, entry, raw, set[str]()

    def wrong(self, found: str, expected: str) -> NoReturn:
        """Refuses the entry."""
        raise SettingsError(f"{self.file} [{self.entry}]", found, expected, "correct that entry")

    def value(self, field: str, kind: type[T], default: T | None = None) -> T:
        """A field of a type; without a default it must be there."""
        self.known.add(field)
        value = self.raw.get(field, default)
        if value is None:
            self.wrong(f"no `{field}`", "that field")
        if not isinstance(value, kind):
            self.wrong(f"`{field}` is {type(value).__name__}", kind.__name__)
        return value

    def text(self, field: str, default: str | None = None) -> str:
        """A text that is not blank, stripped."""
        text = self.value(field, str, default).strip()
        return text or self.wrong(f"`{field}` is empty", "some text")

    def positive(self, field: str, default: float | None = None) -> float:
        """A number above 0."""
        self.known.add(field)
        value = self.raw.get(field, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            self.wrong(f"`{field}` is missing or not above 0", "a number above 0")
        return float(value)

    def strings(self, field: str) -> list[str]:
        """A list of texts that are not blank, stripped; empty where the field is missing."""
        self.known.add(field)
        values = self.raw.get(field, [])
        if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
            self.wrong(f"`{field}` is no list of words", 'a list like ["宽带", "光猫"]')
        return [v.strip() for v in values]

    def words(self, field: str) -> tuple[str, ...]:
        """Keywords: lower case, two characters or more (one alone is in every sentence), none twice."""
        words = [w.lower() for w in self.strings(field)]
        if short := [w for w in words if len(w) < 2]:
            self.wrong(f"`{field}` has the single character «{short[0]}»", "two characters or more; use a rule for one")
        unique(f"{self.file} [{self.entry}] `{field}`", words, "keyword")
        return tuple(words)

    def table(self, field: str) -> dict[str, Any]:
        """A table that must be there."""
        self.known.add(field)
        value = self.raw.get(field)
        return value if isinstance(value, dict) else self.wrong(f"no [{field}]", "that table")

    def tables(self, field: str) -> list["Entry"]:
        """The tables of a list, in order; none where the field is missing."""
        self.known.add(field)
        values = self.raw.get(field, [])
        if not isinstance(values, list) or not all(isinstance(v, dict) for v in values):
            self.wrong(f"`{field}` is no list of tables", "[[...]] tables or { ... } in a list")
        return [Entry(self.file, f"{self.entry}, {field} {n}", v) for n, v in enumerate(values, 1)]

    def finish(self) -> None:
        """Refuses the first field that no reader asked for."""
        if unknown := sorted(set(self.raw) - self.known):
            self.wrong(f"unknown field `{unknown[0]}`", " ".join(sorted(self.known)))
