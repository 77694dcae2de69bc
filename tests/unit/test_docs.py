"""The documents say what the code does: commands, tables, definitions, settings, examples."""

import doctest
import importlib
import pkgutil
import re
import tomllib
from pathlib import Path

import laidian
import pytest
import typer
from laidian import fcr, operations, settings
from laidian.cli.every import app
from laidian.cues import load_lexicon
from laidian.tables import ROWS

ROOT = Path(__file__).parents[2]
COMMANDS = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
MODULES = [
    m.name
    for m in pkgutil.walk_packages(laidian.__path__, "laidian.")
    if ".models" not in m.name and ".sample_audio" not in m.name
]


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_a_readme_names_every_command_and_no_other(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    code = re.findall(r"```.*?```|`[^`]+`|^    .+$", text, re.DOTALL | re.MULTILINE)
    named = {word for piece in code for word in re.findall(r"\blaidian ([a-z][a-z_-]*)", piece)}
    assert named == COMMANDS


def chapter(name: str) -> str:
    """One chapter of the glossary."""
    return next(c for c in (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").split("\n## ") if c.startswith(name))


def first_cells(text: str) -> set[str]:
    """The names in backquotes in the first column of a table."""
    return {word for line in text.splitlines() if line.startswith("| ") for word in re.findall(r"`([^`]+)`", line.split("|")[1])}


def test_the_glossary_names_every_table_and_its_room() -> None:
    assert first_cells(chapter("Tables")) == {row.TABLE for row in ROWS}
    for row in ROWS:
        line = next(line for line in chapter("Tables").splitlines() if line.startswith(f"| `{row.TABLE}` "))
        assert line.split("|")[4].strip() == row.ROOM, row.TABLE


def test_the_glossary_names_every_definition_and_exclusion() -> None:
    assert first_cells(chapter("Figures")) == set(fcr.DEFINITIONS)
    outside = {"abandoned", "ivr_only", "test", "nuisance", "outbound"}  # a contact's own state, no exclusion of a figure
    assert set(re.findall(r"`(\w+)`", chapter("Left out"))) == set(fcr.EXCLUSIONS) | outside


def test_the_glossary_names_every_kind_of_cue() -> None:
    assert set(re.findall(r"`(\w+)`", chapter("Cue kinds"))) == set(load_lexicon().kinds)


def test_the_template_holds_every_setting_at_its_default_and_no_other() -> None:
    """Its lines, uncommented as an operator would, are the whole of the settings; what has no default shows an example."""
    lines = [re.sub("^# ", "", line) for line in settings.TEMPLATE.splitlines() if re.match(r'# (\[|\w+ = |")', line)]
    given = tomllib.loads("\n".join(lines))
    shown, known = _leaves(settings.Settings.model_validate(given).model_dump()), _leaves(settings.Settings().model_dump())
    assert {path for path in _leaves(given) if not path.startswith(("columns.", "values."))} == set(known) - {"columns", "values"}
    assert {
        path: value for path, value in known.items() if value is not None and value not in ({}, ()) and shown[path] != value
    } == {}


def _leaves(table: dict[str, object], before: str = "") -> dict[str, object]:
    """Path of each setting -> its value."""
    found: dict[str, object] = {}
    for key, value in table.items():
        found |= _leaves(value, f"{before}{key}.") if isinstance(value, dict) and value else {before + key: value}
    return found


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_hold(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.failed == 0


def test_there_are_examples() -> None:
    """The test above must not pass because nothing is found."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = [t for name in MODULES for t in finder.find(importlib.import_module(name)) if t.examples]
    assert len(examples) >= 15


def test_the_glossary_names_every_operational_figure() -> None:
    assert first_cells(chapter("Operations")) == {*operations.DEFINITIONS, "contacts_per_case"}
