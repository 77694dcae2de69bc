from hypothesis import given
from hypothesis import strategies as st
from laidian.stats import wilson
from pytest import approx


def test_wilson_agrees_with_the_published_interval() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29
    assert wilson(81, 263) == approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 29) == approx((0.0061, 0.1718), abs=5e-5)


def test_nothing_is_known_of_no_contacts() -> None:
    assert wilson(0, 0) == (None, None)


@given(st.integers(1, 10_000), st.data())
def test_the_interval_holds_the_share_and_stays_within_0_and_1(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    low, high = wilson(k, n)
    assert low is not None
    assert high is not None
    assert 0 <= low <= k / n <= high <= 1
    assert (low, high) == approx(tuple(1 - bound for bound in reversed(wilson(n - k, n))))  # type: ignore[operator]
