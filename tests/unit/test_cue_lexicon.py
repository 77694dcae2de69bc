"""Every example in the bundled cue lexicon is a test: what an analyst wrote beside a rule is what the rule does."""

import re
from importlib.resources import files

import pytest
from laidian.cues import load_lexicon
from laidian.cues.find import Found, find_in_text
from laidian.cues.lexicon import Lexicon, Pattern, Veto
from laidian.tables import REPEAT_CUE_KINDS

LEXICON = load_lexicon()
SIDES = {"customer": ("customer",), "agent": ("agent",), "both": ("customer", "agent")}


@pytest.fixture(scope="module")
def without_vetoes(tmp_path_factory: pytest.TempPathFactory) -> Lexicon:
    """The bundled lexicon, its vetoes cut out of copies of its files."""
    folder = tmp_path_factory.mktemp("lexicon")
    for file in (files("laidian.models") / "lexicons" / "cues").iterdir():
        blocks = re.split(r"^(?=\[)", file.read_text("utf-8"), flags=re.MULTILINE)
        kept = [block for block in blocks if not block.startswith("[[veto]]")]
        (folder / file.name).write_text("".join(kept), encoding="utf-8")
    return load_lexicon(folder)


def found(text: str, kinds: tuple[str, ...], lexicon: Lexicon = LEXICON) -> list[Found]:
    """The cues of these kinds in a text, said by whom such cues are looked for in."""
    sides = {side for kind in kinds for side in SIDES[LEXICON.kinds[kind].side]}
    return [cue for side in sorted(sides) for cue in find_in_text(text, side, lexicon) if cue.kind in kinds]


def kinds_of(veto: Veto) -> tuple[str, ...]:
    return veto.kinds or tuple(LEXICON.kinds)


def named(entry: Pattern | Veto) -> str:
    return entry.name


patterns = pytest.mark.parametrize("pattern", LEXICON.patterns, ids=named)
vetoes = pytest.mark.parametrize("veto", LEXICON.vetoes, ids=named)


@patterns
def test_a_pattern_finds_its_kind_in_its_examples(pattern: Pattern) -> None:
    assert [text for text in pattern.matches if not found(text, (pattern.kind,))] == []


@patterns
def test_a_pattern_states_the_number_its_examples_say(pattern: Pattern) -> None:
    stated = {text: {cue.prior_contacts for cue in found(text, (pattern.kind,))} for text in pattern.counts}
    assert {text: numbers for text, numbers in stated.items() if pattern.counts[text] not in numbers} == {}
    assert bool(pattern.counts) <= bool(pattern.count)


@patterns
def test_nothing_of_its_kind_is_in_a_patterns_counter_examples(pattern: Pattern) -> None:
    assert {text: f for text in pattern.unlike if (f := found(text, (pattern.kind,)))} == {}


@vetoes
def test_a_veto_takes_away_what_would_be_found_without_it(veto: Veto, without_vetoes: Lexicon) -> None:
    assert {text: f for text in veto.matches if (f := found(text, kinds_of(veto)))} == {}
    assert [text for text in veto.matches if not found(text, kinds_of(veto), without_vetoes)] == []


@vetoes
def test_a_veto_keeps_what_it_says_it_keeps(veto: Veto) -> None:
    assert [text for text in veto.keeps if not found(text, kinds_of(veto))] == []


def test_the_lexicon_and_the_tables_agree_on_which_kinds_tell_of_an_earlier_contact() -> None:
    assert {name for name, kind in LEXICON.kinds.items() if kind.repeat} == set(REPEAT_CUE_KINDS)


def test_every_kind_has_a_pattern() -> None:
    assert {p.kind for p in LEXICON.patterns} == set(LEXICON.kinds)
