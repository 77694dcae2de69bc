"""Train what a call reason sounds like (learned.py): the one place that needs scikit-learn, and only while training."""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from laidian.lexicons import OTHER, Taxonomy
from laidian.reasons.learned import Learned, features, read_said

ODDS = 1.0
"""Share of the log odds beside the SVM's weights, each by the spread of its scores."""

SMOOTH = 0.1


class Example(NamedTuple):
    """One sentence of a customer's and the reason it is said for."""

    reason: str
    text: str


def sentences() -> list[Example]:
    """The bundled sentences, in the order of the files."""
    folder = files("laidian.models").joinpath("taxonomy").joinpath("said")
    named = sorted((f for f in folder.iterdir() if f.name.endswith(".txt")), key=lambda f: f.name)
    said = [pair for file in named for pair in read_said(file.read_text(encoding="utf-8"), file.name)]
    return [Example(".".join(any_id.split(".")[:2]), text) for any_id, text in said]


def words_of(taxonomy: Taxonomy) -> list[Example]:
    """What the taxonomy itself says of its reasons: keywords, phrases, and each issue's name and example."""
    found = []
    for reason in taxonomy.reasons.values():
        found += [Example(reason.id, word) for word in (*reason.keywords, *reason.phrases)]
        for issue in reason.issues:
            found += [Example(reason.id, text) for text in (*issue.keywords, issue.name, issue.example)]
    found += [Example(OTHER, text) for trade in taxonomy.trades for text in trade.small_talk]
    return found


def fit(examples: Sequence[Example]) -> Learned:
    """A scorer of the reasons that the examples name (two at least). The same examples give the same scorer.

    Half of a weight is a linear SVM's, half how much likelier the feature is in sentences of the reason than in others (naive
    Bayes; Wang and Manning 2012 for the pair): the one tells neighbours apart, the other needs few sentences.
    """
    vectors = TfidfVectorizer(analyzer=features, sublinear_tf=True)
    seen, truth = vectors.fit_transform([e.text for e in examples]), np.array([e.reason for e in examples])
    model = LinearSVC(random_state=0).fit(seen, truth)
    odds = _log_odds(seen, truth, model.classes_)
    spread = (seen @ model.coef_.T).std()
    exact = model.coef_.T + ODDS * spread / (seen @ odds).std() * odds
    scale = np.maximum(np.abs(exact).max(axis=1), 1e-9) / 127
    return Learned(
        names=tuple(sorted(vectors.vocabulary_, key=vectors.vocabulary_.__getitem__)),
        reasons=tuple(map(str, model.classes_)),
        weight=np.round(exact / scale[:, None]).astype(np.int8),
        scale=scale.astype(np.float32),
        idf=vectors.idf_.astype(np.float32),
        intercept=model.intercept_.astype(np.float32),
    )


def _log_odds(seen: csr_array, truth: npt.NDArray[np.str_], reasons: npt.NDArray[np.str_]) -> npt.NDArray[np.float64]:
    """Features x reasons: log of how much likelier a feature is in a sentence of the reason than in one of another."""
    times = ((truth[:, None] == reasons).T.astype(np.float64) @ (seen > 0).astype(np.float64)).T
    inside = times + SMOOTH
    outside = times.sum(axis=1, keepdims=True) - times + SMOOTH
    found: npt.NDArray[np.float64] = np.log(inside / inside.sum(axis=0)) - np.log(outside / outside.sum(axis=0))
    return found


def margins(model: Learned, texts: Iterable[str]) -> npt.NDArray[np.float64]:
    """Texts x reasons, the plain way: for training and tests; the night's way is read.py."""
    row = {name: n for n, name in enumerate(model.names)}
    found = []
    for text in texts:
        times: dict[int, int] = {}
        for name in features(text):
            if name in row:
                times[row[name]] = times.get(row[name], 0) + 1
        rows = np.array(list(times), np.int64)
        values = (1 + np.log(np.array(list(times.values()), np.float64))) * model.idf[rows]
        length = float(np.sqrt(values @ values)) if rows.size else 1.0
        found.append((values * model.scale[rows] / length) @ model.weight[rows] + model.intercept)
    return np.array(found).reshape(-1, len(model.reasons))


def save(model: Learned, file: Path | BinaryIO) -> None:
    """The weights as plain arrays, loadable without running code."""
    names, reasons = (np.frombuffer("\n".join(listed).encode(), np.uint8) for listed in (model.names, model.reasons))
    curve: dict[str, Any] = {} if model.sureness is None else {"sureness": model.sureness}
    np.savez_compressed(
        file,
        names=names,
        reasons=reasons,
        weight=model.weight,
        scale=model.scale,
        idf=model.idf,
        intercept=model.intercept,
        **curve,
    )
