"""Intervals that several stages need."""

from math import sqrt


def wilson(k: int, n: int, z: float = 1.959964) -> tuple[float, float] | tuple[None, None]:
    """Wilson's score interval of a share, within 0..1.

    Args:
        k: contacts that count, 0 <= k <= n.
        n: contacts in all; 0 gives (None, None), for nothing is known then.
        z: quantile of the normal distribution; the default covers 95 %.

    Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209-212.

    >>> [round(bound, 3) for bound in wilson(8, 10)]
    [0.49, 0.943]
    """
    if n == 0:
        return None, None
    share, shrink = k / n, 1 + z * z / n
    middle = (share + z * z / (2 * n)) / shrink
    half = z / shrink * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (0.0 if k == 0 else middle - half), (1.0 if k == n else middle + half)
