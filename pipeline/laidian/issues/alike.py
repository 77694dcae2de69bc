"""The cause of a repeat by its likeness to exchanges that we wrote and labelled, for what no rule's words name.

Weights of characters and their pairs (TF-IDF) of what the customer says in the later call and, apart, of what the agent said in
the one before, and a linear support vector machine fitted to `models/training/cause_exchanges.jsonl` when first asked (a tenth
of a second). An answer counts only where the best cause leads the next by SURE: with whole families of exchanges held out, four
in five of those answers were right there. Of calls that are unlike those exchanges it says nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

SURE = 0.25
BEFORE = 0.8
"""Weight of the agent's words in the call before beside the customer's in the later one."""


@dataclass(frozen=True, eq=False)
class _Learned:
    later: TfidfVectorizer
    before: TfidfVectorizer
    causes: LinearSVC

    def places(self, later: Sequence[str], before: Sequence[str]) -> csr_matrix:
        return hstack([self.later.transform(later), BEFORE * self.before.transform(before)]).tocsr()


def likeliest(later: Sequence[str], before: Sequence[str]) -> list[str | None]:
    """The cause of each pair of calls; None = none is likely enough, or the customer said nothing.

    Args:
        later: what the customer says in the later call.
        before: what the agent said in the one before; "" = not known.
    """
    if not later:
        return []
    learned = _learned()
    leads = learned.causes.decision_function(learned.places(later, before))
    best, next_best = (np.sort(leads, axis=1)[:, -n] for n in (1, 2))
    names = learned.causes.classes_[leads.argmax(axis=1)]
    sure = [bool(text) and lead >= SURE for text, lead in zip(later, best - next_best, strict=True)]
    return [str(name) if told and name != "unclear" else None for name, told in zip(names, sure, strict=True)]


def exchanges() -> list[tuple[str, str, str]]:
    """Later words of the customer, earlier words of the agent, cause: of the exchanges that are learned from."""
    lines = files("laidian.models").joinpath("training", "cause_exchanges.jsonl").read_text(encoding="utf-8").splitlines()
    told = map(json.loads, lines)
    return [(words(one["calls"][1], "customer"), words(one["calls"][0], "agent"), one["cause"]) for one in told]


def words(call: Sequence[Sequence[str]], speaker: str) -> str:
    """What one side says in a call, given as [speaker, text] a turn."""
    return "。".join(text for who, text in call if who == speaker)


@cache
def _learned() -> _Learned:
    later, before, causes = zip(*exchanges(), strict=True)
    of_later, of_before = (TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True) for _ in range(2))
    learned = _Learned(of_later.fit(later), of_before.fit(before), LinearSVC())
    learned.causes.fit(learned.places(later, before), causes)
    return learned
