"""Intervals that several stages need."""

from math import sqrt

Z95 = 1.959964
"""Quantile of the normal distribution that covers 95 % on both sides."""


def wilson(k: int, n: int, z: float = Z95) -> tuple[float, float] | tuple[None, None]:
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


def student(degrees: int, z: float = Z95) -> float:
    """Quantile of Student's distribution that belongs to the normal distribution's `z`, by Cornish and Fisher's expansion.

    Args:
        degrees: degrees of freedom; below 1 counts as 1. From 5 on right to .01.
        z: quantile of the normal distribution; the default covers 95 %.

    Source: R. A. Fisher, E. A. Cornish, Technometrics 2 (1960), 209-225.

    >>> [round(student(n), 2) for n in (10, 100, 1000)]
    [2.23, 1.98, 1.96]
    """
    v = max(degrees, 1)
    steps = (
        (z**3 + z) / (4 * v),
        (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2),
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3),
    )
    return z + sum(steps)
