"""Issues nobody named: groups of like contacts among those that name no issue, tested so that none is invented.

Texts become weights of character pairs and triples (the rarer among them and among the contacts whose issue IS named, the
heavier) and are joined, most alike first, by average linkage. A group stays if
- no group of its size holds together as well in texts whose words were dealt anew, which have the same words and nothing to be
  found;
- it is found again in most resamples of the texts (C. Hennig, Computational Statistics & Data Analysis 52 (2007), 258-271);
- contacts with a named issue fall into it far more rarely: else it is what everybody says, or an issue that has a name.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import jieba
import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import linkage
from scipy.sparse import csr_matrix
from scipy.spatial.distance import squareform
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

LEAST_TEXTS, MOST_TEXTS = 60, 4000
"""Fewer texts are not looked at; of more, so many are learned from and the rest put to the groups found."""

SMALLEST, SMALLEST_SHARE, LARGEST_SHARE = 8, 0.002, 0.25
"""A group has at least so many texts, and at least and at most that part of them."""

SHUFFLES, BEYOND = 3, 2.0
"""Texts dealt anew so often; a group is so much more alike than any of its size there."""

RESAMPLES, KEPT, STABLE = 5, 0.8, 0.6
"""Resamples, the part of the texts each keeps, and the mean Jaccard similarity from which a group counts as found again."""

UNNAMED = 4.0
"""A group's part of the texts is so many times that of the named ones that would fall into it."""

OTHER = -1

jieba.setLogLevel(logging.WARNING)


@dataclass(frozen=True)
class Found:
    """`labels`: the group of each text, -1 = none, by size. `stability`, `unnamed`: of each group, see STABLE, UNNAMED."""

    labels: Labels
    stability: tuple[float, ...]
    unnamed: tuple[float, ...]


def discover(texts: Sequence[str], named: Sequence[str], seed: int = 0) -> Found:
    """The groups among texts that name no issue; `named`: texts that do. None where there are too few."""
    if len(texts) < LEAST_TEXTS:
        return _nothing(len(texts))
    rng = np.random.default_rng(seed)
    learned = [texts[n] for n in np.sort(rng.choice(len(texts), min(len(texts), MOST_TEXTS), replace=False))]
    space = _Space(learned, named)
    limit = np.max([_tightest(_tree(_Space(_dealt_anew(learned, rng), named).weights)) for _ in range(SHUFFLES)], axis=0)
    groups = _chosen(space.weights, limit)
    if not groups:
        return _nothing(len(texts))
    stable = _stability(space.weights, groups, limit, rng)
    groups = [group for group, found in zip(groups, stable, strict=True) if found >= STABLE]
    return _assigned(space, groups, [s for s in stable if s >= STABLE], texts, named)


def _nothing(size: int) -> Found:
    return Found(np.full(size, OTHER), (), ())


class _Space:
    """Where texts lie: weights of character pairs and triples, each text of length one."""

    def __init__(self, texts: Sequence[str], named: Sequence[str]) -> None:
        self.vectorizer = TfidfVectorizer(
            analyzer="char", ngram_range=(2, 3), min_df=2, max_df=0.25, norm=None, sublinear_tf=True
        )
        counts = self.vectorizer.fit_transform(texts)
        self.rarity = self.vectorizer.idf_ * self._rarity_among(named)
        self.weights = self._weighed(counts)

    def _rarity_among(self, named: Sequence[str]) -> Floats:
        """Once more by rarity, among the named: what they say as well is a manner of speaking, or an issue that has a name."""
        if not len(named):
            return np.asarray(self.vectorizer.idf_)
        holding = np.asarray((self.vectorizer.transform(named) > 0).sum(axis=0)).ravel()
        return np.asarray(1 + np.log((1 + len(named)) / (1 + holding)))

    def _weighed(self, counts: csr_matrix) -> csr_matrix:
        return normalize(counts.multiply(self.rarity[np.newaxis]).tocsr())

    def of(self, texts: Sequence[str]) -> csr_matrix:
        """Where other texts lie."""
        return self._weighed(self.vectorizer.transform(texts))


def _tree(weights: csr_matrix) -> Floats:
    """Average linkage of the texts: a row a join, as SciPy has it."""
    apart = 1 - np.asarray((weights @ weights.T).todense())
    np.fill_diagonal(apart, 0.0)
    return np.asarray(linkage(squareform(np.clip(apart, 0.0, 1.0), checks=False), "average"))


def _tightest(tree: Floats) -> Floats:
    """For each size the similarity at which the first group of so many texts comes together."""
    best = np.zeros(len(tree) + 2)
    np.maximum.at(best, tree[:, 3].astype(int), 1 - tree[:, 2])
    return np.asarray(np.maximum.accumulate(best[::-1])[::-1])


def _chosen(weights: csr_matrix, limit: Floats, kept: float = 1.0) -> list[Labels]:
    """Groups that do not overlap and are more alike than any of their size in texts dealt anew; each the places of its texts.

    `kept`: the part of the texts that these are; a group of theirs is measured as the larger one that it is a part of.

    Of all such choices the one with the largest sum of size · log(similarity / that of texts dealt anew): a group does not grow
    by texts that hold to it loosely.
    """
    tree, count = _tree(weights), weights.shape[0]
    smallest, largest = round(max(SMALLEST * kept, SMALLEST_SHARE * count)), LARGEST_SHARE * count
    worth, below = np.zeros(2 * count - 1), np.zeros(2 * count - 1)
    for node in range(count, 2 * count - 1):
        one, two, apart, size = tree[node - count]
        below[node] = sum(max(worth[int(part)], below[int(part)]) for part in (one, two))
        beyond = (1 - apart) / max(limit[min(round(size / kept), len(limit) - 1)], 1e-3)
        worth[node] = size * np.log(beyond) if smallest <= size <= largest and beyond > BEYOND else 0.0
    found, left = [], [2 * count - 2]
    while left:
        if (node := left.pop()) >= count:
            if worth[node] > below[node]:
                found.append(_under(tree, node, count))
            else:
                left += [int(tree[node - count, 0]), int(tree[node - count, 1])]
    return sorted(found, key=lambda places: (-len(places), int(places[0])))


def _under(tree: Floats, node: int, count: int) -> Labels:
    places, left = [], [node]
    while left:
        if (one := left.pop()) < count:
            places.append(one)
        else:
            left += [int(tree[one - count, 0]), int(tree[one - count, 1])]
    return np.sort(np.array(places, dtype=np.int64))


def _dealt_anew(texts: Sequence[str], rng: np.random.Generator) -> list[str]:
    """The texts' words shuffled over all of them, each text as many words long as before."""
    cut = [jieba.lcut(text) for text in texts]
    words = rng.permutation(np.array([word for one in cut for word in one], dtype=object))
    ends = np.cumsum([0, *map(len, cut)])
    return ["".join(words[start:end]) for start, end in pairwise(ends)]


def _stability(weights: csr_matrix, groups: list[Labels], limit: Floats, rng: np.random.Generator) -> list[float]:
    """Of each group the mean over resamples of the Jaccard similarity to the most like group there."""
    likeness = np.zeros((RESAMPLES, len(groups)))
    for turn in range(RESAMPLES):
        chosen = np.sort(rng.choice(weights.shape[0], round(KEPT * weights.shape[0]), replace=False))
        again = [set(chosen[places].tolist()) for places in _chosen(weights[chosen], limit, KEPT)]
        for number, group in enumerate(groups):
            inside = set(np.intersect1d(group, chosen).tolist())
            likeness[turn, number] = max((len(inside & other) / len(inside | other) for other in again), default=0.0)
    return [float(x) for x in likeness.mean(axis=0)]


def _assigned(space: _Space, groups: list[Labels], stable: list[float], texts: Sequence[str], named: Sequence[str]) -> Found:
    """Every text put to the nearest middle, if it lies as near as nine in ten of the group's own; named ones put there too."""
    if not groups:
        return _nothing(len(texts))
    middles = normalize(np.stack([np.asarray(space.weights[places].mean(axis=0))[0] for places in groups]))
    near = np.array([np.quantile(space.weights[places] @ m, 0.1) for places, m in zip(groups, middles, strict=True)])
    own, others = (_nearest(space.of(some), middles, near) if len(some) else np.zeros(0, np.int64) for some in (texts, named))
    count = len(groups)
    part, part_named = ((np.bincount(x[x != OTHER], minlength=count) + 0.5) / (len(x) + 1) for x in (own, others))
    ratio, enough = part / part_named, np.bincount(own[own != OTHER], minlength=count) >= SMALLEST
    order = [g for g in np.argsort(-part, kind="stable") if enough[g] and (not len(named) or ratio[g] >= UNNAMED)]
    place = np.full(count + 1, OTHER)
    place[order] = np.arange(len(order))
    return Found(place[own], tuple(stable[g] for g in order), tuple(float(ratio[g]) for g in order))


def _nearest(places: csr_matrix, middles: Floats, near: Floats) -> Labels:
    likeness = places @ middles.T
    best = likeness.argmax(axis=1)
    return np.where(likeness.max(axis=1) >= near[best], best, OTHER)
