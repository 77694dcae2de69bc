"""The bundled lexicon's examples hold by the grammar alone, as those of an edited copy must."""

from laidian.cues import load_lexicon, prove


def test_every_example_of_the_bundled_lexicon_holds() -> None:
    lexicon = load_lexicon()
    assert prove(lexicon) >= 2 * len(lexicon.patterns) + len(lexicon.vetoes)
