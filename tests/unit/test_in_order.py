"""Tables that come in one order are joined side by side as they would be by hashes."""

import polars as pl
import pytest
from laidian.tables import beside, in_order, repeated, those_in
from polars.testing import assert_frame_equal

DRAWN = [
    ([], []), ([], ["a"]), (["a"], []), (["a", "b", "c"], ["b"]), (["a", "a", "b", "d", "d"], ["a", "b", "b", "c", "d", "d"]),
    (["b", "a"], ["a", "b"]), (["a", "b"], ["b", "a"]), ([None, "a"], [None, "a"]), (["a", None], ["a"]),
    ([f"{n:06}" for n in range(0, 3000, 2)], [f"{n:06}" for n in range(0, 3000, 3)]),
]  # fmt: skip


@pytest.fixture(params=[0, 10**9], ids=["side by side", "by hashes"])
def _from(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_order, "LARGE", request.param)


@pytest.mark.usefixtures("_from")
@pytest.mark.parametrize(("one", "two"), DRAWN)
def test_as_the_plain_joins(one: list[str | None], two: list[str | None]) -> None:
    table = pl.DataFrame({"id": one, "n": range(len(one))}, schema={"id": pl.String, "n": pl.Int64})
    other = pl.DataFrame({"id": two, "said": range(len(two))}, schema={"id": pl.String, "said": pl.Int64})
    for how in ("left", "inner"):
        expected = table.join(other, on="id", how=how, maintain_order="left_right")
        assert_frame_equal(beside(table, other, "id", how).sort("n", "said"), expected.sort("n", "said"))
        assert beside(table, other, "id", how)["n"].is_sorted()
    assert_frame_equal(those_in(table, other.select("id")), table.join(other, on="id", how="semi", maintain_order="left"))
    assert repeated(table["id"]).to_list() == table["id"].is_duplicated().to_list()


def test_large_tables_are_read_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way that takes a third of the time is the one taken: the plain join is not called."""
    table = pl.DataFrame({"contact_id": [f"{n:06}" for n in range(40_000)]}).with_row_index("n")
    monkeypatch.setattr(pl.DataFrame, "join", None)
    assert beside(table, table.select("contact_id", same="n")).filter(pl.col("n") != pl.col("same")).is_empty()
    assert those_in(table, table.select("contact_id").gather_every(2)).height == 20_000
