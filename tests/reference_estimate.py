"""The slow twin of the estimator: the formulas of fcr_method.md, contact by contact, and a plain gradient descent."""

import math
from collections.abc import Sequence

FOLDS = 5


def learnt(rows: Sequence[Sequence[float]], target: Sequence[bool], c: float) -> tuple[list[float], float]:
    """Weights and intercept that minimise  sum of log losses + |weights|² / (2 c), by Newton's steps on plain lists."""
    width = len(rows[0])
    beta = [0.0] * (width + 1)
    for _ in range(100):
        gradient = [b / c for b in beta[:-1]] + [0.0]
        hessian = [[(1 / c if i == j and i < width else 0.0) for j in range(width + 1)] for i in range(width + 1)]
        for x, y in zip(rows, target, strict=True):
            full = [*x, 1.0]
            p = 1 / (1 + math.exp(-sum(b * v for b, v in zip(beta, full, strict=True))))
            for i, v in enumerate(full):
                gradient[i] += (p - y) * v
                for j, w in enumerate(full):
                    hessian[i][j] += p * (1 - p) * v * w
        step = solved(hessian, gradient)
        beta = [b - s for b, s in zip(beta, step, strict=True)]
        if max(abs(s) for s in step) < 1e-10:
            break
    return beta[:-1], beta[-1]


def solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gauss's elimination."""
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for i in range(size):
        pivot = max(range(i, size), key=lambda r, i=i: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(size):
            if r != i:
                factor = rows[r][i] / rows[i][i]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i], strict=True)]
    return [row[-1] / row[i] for i, row in enumerate(rows)]


def guess(x: list[list[float]], fold: list[int], audited: list[int], target: list[bool], c: float = 0.3) -> list[float]:
    """P(target) of all contacts: out of fold on the audited, the folds' mean elsewhere."""
    models = []
    for k in range(FOLDS):
        rows = [(x[i], t) for i, t in zip(audited, target, strict=True) if fold[i] != k]
        hits = sum(t for _, t in rows)
        if hits in (0, len(rows)):
            share = (hits + 0.5) / (len(rows) + 1)
            models.append((lambda _, share=share: share))
        else:
            w, b = learnt([r for r, _ in rows], [t for _, t in rows], c)
            models.append(lambda v, w=w, b=b: 1 / (1 + math.exp(-(b + sum(a * z for a, z in zip(w, v, strict=True))))))
    mean = [sum(m(v) for m in models) / FOLDS for v in x]
    for i in audited:
        mean[i] = models[fold[i]](x[i])
    return mean


def ratio(
    population: int, audited: list[int], above: list[float], u: list[float], below: list[float], q: list[float]
) -> tuple[float, float]:
    """A / B and its standard error, one stratum."""
    n = len(audited)
    a = sum(u) / population + sum(s - u[i] for s, i in zip(above, audited, strict=True)) / n
    b = sum(q) / population + sum(s - q[i] for s, i in zip(below, audited, strict=True)) / n
    theta = a / b
    e = [(s - theta * f) - (u[i] - theta * q[i]) for s, f, i in zip(above, below, audited, strict=True)]
    mean = sum(e) / n
    variance = sum((v - mean) ** 2 for v in e) / (n - 1)
    return theta, math.sqrt((1 - n / population) * variance / n) / b


def away(gaps: list[float | None], watched: list[float], days: float) -> float:
    """Kaplan and Meier's share still away after `days`."""
    share = 1.0
    for time in sorted({g for g in gaps if g is not None and g <= days}):
        at_risk = sum((g if g is not None else w) >= time for g, w in zip(gaps, watched, strict=True))
        share *= 1 - sum(g == time for g in gaps) / at_risk
    return share
