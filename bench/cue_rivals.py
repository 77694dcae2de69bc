"""What the cue engine is measured beside: a naive list, a wide regular expression, TF-IDF with a linear support vector machine.

The classifier is fitted anew in every run and thrown away: on the sentences written for training, and, to see how far labels
of the domain itself would carry, cross-validated by dialogue on the real turns.
"""

import re
from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC

FOLDS = 5

# What a team writes down in the first five minutes.
NAIVE = (
    "第二次来电", "第三次来电", "第二次打电话", "第三次打电话", "再次来电", "再次致电", "打了几次", "打了好几次", "打过几次",
    "打过电话", "又打", "上次", "多次来电", "重复来电", "之前打过", "反映过",
)  # fmt: skip

# What the same team writes in an afternoon: every count, every contact verb, every sign of waiting or relapse, loosely joined.
# Written by the labeller when half of the real turns had been read: if anything, it is flattered on them.
_NUMBER = r"(?:[一二两三四五六七八九十几多\d]+|好几|无数|不止一|[Nn])"
_TIMES = r"(?:次|遍|回|趟|通|道|个电话)"
_CONTACT = r"(?:打|拨|来电|致电|电话|咨询|问过|找过|联系|投诉|反映|反馈|反应|报修|报障|催|申请|登记)"
_STAFF = r"(?:客服|人工|接线|话务|你们(?:的人|那边|同事)?|人家|一万号|100\d+|\d{5})"
WIDE = re.compile(
    "|".join(
        (
            rf"第[二三四五六七八九十\d]+{_TIMES}.{{0,8}}{_CONTACT}",
            rf"{_CONTACT}.{{0,6}}?{_NUMBER}{_TIMES}",
            rf"{_NUMBER}{_TIMES}.{{0,4}}{_CONTACT}",
            rf"(?:上次|上回|之前|前面|前天|昨天|早就|曾经?|已经?|刚才).{{0,8}}{_CONTACT}",
            rf"{_CONTACT}(?:过|了).{{0,20}}(?:没|不|还|都)",
            rf"{_STAFF}.{{0,4}}(?:说|告诉|答复|回复|承诺|答应|让我)",
            r"(?:答应|承诺|说好|约好|约了|保证).{0,16}(?:没|不|呢|还)",
            r"(?:至今|到现在|还是|一直|仍然?)(?:都|也)?(?:没|未|无).{0,4}(?:人|回复|答复|联系|处理|解决|消息|结果|修好)",
            r"(?:没有?人|无人)(?:联系|理|管|处理|回复|跟进)",
            r"又(?:断|坏|停|掉|不行|没|出|漏|黑|错|扣|开始|来了)",
            r"(?:修好|修完|弄好|换了|恢复).{0,12}又",
        )
    )
)


def naive_list(texts: Sequence[str]) -> list[bool]:
    """True where a text holds a phrase of the list."""
    return [any(phrase in text for phrase in NAIVE) for text in texts]


def wide_expression(texts: Sequence[str]) -> list[bool]:
    """True where the wide regular expression finds anything."""
    return [WIDE.search(text) is not None for text in texts]


def classifier() -> Pipeline:
    """Characters in runs of one to three, weighed by TF-IDF, into a linear support vector machine; defaults otherwise."""
    words = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    return make_pipeline(words, LinearSVC(class_weight="balanced"))


def trained(texts: Sequence[str], truth: Sequence[bool], asked: Sequence[str]) -> list[bool]:
    """What the classifier, fitted on `texts`, says of `asked`."""
    return [bool(said) for said in classifier().fit(list(texts), np.array(truth)).predict(list(asked))]


def in_domain(texts: Sequence[str], truth: Sequence[bool], groups: Sequence[str]) -> list[bool]:
    """What it says of each text when fitted on the other folds; a group lies in one fold."""
    folds = GroupKFold(n_splits=FOLDS)
    said = cross_val_predict(classifier(), list(texts), np.array(truth), groups=np.array(groups), cv=folds)
    return [bool(one) for one in said]
