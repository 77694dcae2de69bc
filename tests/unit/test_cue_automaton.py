"""More forms than bits: none is missed, each stands behind one bit, and the commonest keep bits of their own."""

from itertools import product

from laidian.cues.anchors import Anchor
from laidian.cues.automaton import build

WANTED: list[frozenset[Anchor]] = [
    frozenset({("da",)}),
    *(frozenset({pair}) for pair in product("abdefgijklmnopqrstuvwxyz", repeat=2)),
]


def test_forms_share_bits_only_where_there_are_too_many_and_none_is_missed() -> None:
    few, many = build(WANTED[:100]), build(WANTED)
    assert len(WANTED) > 512
    assert max(map(len, few.forms)) == 1
    assert sorted(form for forms in many.forms for form in forms) == list(range(len(WANTED)))
    assert next(forms for forms in many.forms if 0 in forms) == (0,)


def test_a_shared_bit_stands_for_all_its_forms() -> None:
    many = build(WANTED)
    rows = many.texts(["打", "你好", "", "😀打"])
    assert [0 in many.possible(row) for row in rows] == [True, False, False, True]
    assert many.possible(rows[2]) == []
    assert all(row.shape == (8,) for row in rows)
