"""The bundled lexicon: every rule has an example that it must find and one that it must not; wrong files are refused by name."""

from pathlib import Path

import pytest
from laidian.cues import find_in_text, load_lexicon
from laidian.cues.lexicon import Pattern, Veto
from laidian.errors import InputError

LEXICON = load_lexicon()
EVERY_PATTERN = pytest.mark.parametrize("pattern", LEXICON.patterns, ids=lambda p: f"{p.kind}:{p.name}")
EVERY_VETO = pytest.mark.parametrize("veto", LEXICON.vetoes, ids=lambda v: v.name)


def _kinds(text: str, kind: str) -> set[str]:
    speakers = {"customer": ["customer"], "agent": ["agent"], "both": ["customer", "agent"]}[LEXICON.kinds[kind].side]
    return {found.kind for speaker in speakers for found in find_in_text(text, speaker, LEXICON)}


@EVERY_PATTERN
def test_a_pattern_finds_its_examples(pattern: Pattern) -> None:
    enough = {pattern.kind} | ({"explicit_count"} if pattern.kind == "prior_contact" else set())  # a count says more
    assert [e for e in (*pattern.matches, *pattern.counts) if not enough & _kinds(e, pattern.kind)] == []


@EVERY_PATTERN
def test_a_pattern_leaves_what_is_unlike_it(pattern: Pattern) -> None:
    assert [e for e in pattern.unlike if pattern.kind in _kinds(e, pattern.kind)] == []


@EVERY_PATTERN
def test_a_pattern_counts_the_earlier_contacts(pattern: Pattern) -> None:
    said = {e: {f.prior_contacts for f in find_in_text(e, "customer", LEXICON)} for e in pattern.counts}
    assert [e for e, number in pattern.counts.items() if number not in said[e]] == []


@EVERY_VETO
def test_a_veto_takes_away_and_keeps(veto: Veto) -> None:
    kinds = set(veto.kinds or LEXICON.kinds)
    assert [e for e in veto.matches for k in sorted(kinds) if k in _kinds(e, k)] == []
    assert [e for e in veto.keeps if not any(k in _kinds(e, k) for k in kinds)] == []


@EVERY_VETO
def test_a_veto_has_something_to_take_away(veto: Veto) -> None:
    """Its forms match in its own examples: otherwise it stands there for nothing."""
    forms = [form for form in LEXICON.forms if form.rule is veto]
    assert [e for e in veto.matches if not any(form.written.search(e) for form in forms)] == []


GOOD = """
threshold = 0.5
[doubt]
typed = 1
heard = 1
unsure = 0
[kinds.said]
side = "customer"
[classes.verb]
words = ["打", "催"]
[[pattern]]
kind = "said"
name = "one"
forms = ["<verb>过"]
matches = ["打过"]
not = ["打"]
"""

WRONG = [
    ("no such class", GOOD.replace("<verb>过", "<noun>过"), "unknown class <noun>"),
    ("a class in itself", GOOD.replace('words = ["打", "催"]', 'forms = ["<verb>"]'), "holds itself"),
    ("a gap first", GOOD.replace("<verb>过", "…3过"), "must begin with a word"),
    ("all optional", GOOD.replace("<verb>过", "过?"), "could match nothing"),
    ("a bracket too few", GOOD.replace("<verb>过", "(打|催"), "missing"),
    ("unknown kind", GOOD.replace('kind = "said"', 'kind = "sung"'), "unknown kind sung"),
    ("a form twice", GOOD.replace('["<verb>过"]', '["<verb>过", "<verb>过"]'), "stands twice"),
    ("a name twice", GOOD + GOOD[GOOD.index("[[pattern]]") :], "stands twice"),
    ("no example", GOOD.replace('not = ["打"]', "not = []"), "not"),
    ("unknown field", GOOD.replace("matches =", "matched ="), "pattern"),
    ("no threshold", GOOD.replace("threshold = 0.5", ""), "threshold"),
    ("no TOML", "threshold = ", "TOML"),
]


@pytest.mark.parametrize(("text", "message"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_wrong_lexicon_is_refused_with_the_entry_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    with pytest.raises(InputError, match=message):
        load_lexicon(tmp_path)


def test_a_good_lexicon_is_read_and_matches_by_sound(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(GOOD, "utf-8")
    lexicon = load_lexicon(tmp_path)
    assert [f.basis for f in find_in_text("我打过", "customer", lexicon)] == ["said:one (as written)"]
    assert [f.basis for f in find_in_text("我大过", "customer", lexicon)] == ["said:one (by sound, likeness 0.93)"]
    assert find_in_text("我打", "customer", lexicon) == find_in_text("我打过", "ivr", lexicon) == []


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        load_lexicon(tmp_path / "nowhere")
