"""Train what a call reason sounds like (learned.py): the one place that needs scikit-learn, and only while training."""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from laidian.lexicons import OTHER, Taxonomy
from laidian.reasons.learned import Learned, features, read_said


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
    """A scorer of the reasons that the examples name (two at least). The same examples give the same scorer."""
    vectors = TfidfVectorizer(analyzer=features, sublinear_tf=True)
    seen = vectors.fit_transform([e.text for e in examples])
    model = LinearSVC(random_state=0).fit(seen, [e.reason for e in examples])
    exact = model.coef_.T
    scale = np.maximum(np.abs(exact).max(axis=1), 1e-9) / 127
    return Learned(
        names=tuple(sorted(vectors.vocabulary_, key=vectors.vocabulary_.__getitem__)),
        reasons=tuple(map(str, model.classes_)),
        weight=np.round(exact / scale[:, None]).astype(np.int8),
        scale=scale.astype(np.float32),
        idf=vectors.idf_.astype(np.float32),
        intercept=model.intercept_.astype(np.float32),
    )


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
