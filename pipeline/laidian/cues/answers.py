"""The answer to «您之前打过电话吗»: three words that say nothing by themselves, and are a cue after the agent's question."""

import re

import polars as pl

from laidian.cues.find import Found, find, find_in_text
from laidian.cues.lexicon import Lexicon
from laidian.tables import Cue, from_rows
from laidian.zh.numerals import parse
from laidian.zh.script import simplify

SCORE = 0.8
QUESTION = "agent_question"

_FILLER = r"^(?:嗯|啊|哦|噢|呃|额|诶|欸|唉|[，,。、 ])*"
_NO = re.compile(_FILLER + r"(?:没|不|未|还没|从来|头一|第一|首次|这是第一|我是第一)")
_YES = re.compile(
    _FILLER + r"(?:对|是|有|打过|打了|来过|报过|报了|反映过|反映了|投诉过|联系过|说过|催过|登记过|昨天|前天|上周|上次|早上|上午)"
)
_ORDINAL = re.compile(_FILLER + r"(?:这是|已经|都|我|是|这)*第(?P<count>[零一二三四五六七八九十两几\d]{1,3})[次回遍个]")
_CARDINAL = re.compile(
    _FILLER + r"(?:有|都|已经|打了|打过|大概|得有|差不多|我)*(?P<count>[一二三四五六七八九十两几好\d]{1,3})[次回遍个]"
)
_WHICH = re.compile("第几[次回遍]")


def answer(question: str | None, text: str, lexicon: Lexicon) -> Found | None:
    """The cue in an answer, or None: the agent asked nothing about earlier contacts, or there were none.

    Args:
        question: what the agent said just before; null = nothing.
        text: what the customer says then.
    """
    if not question or not any(found.kind == QUESTION for found in find_in_text(question, "agent", lexicon)):
        return None
    return _said(question, text)


def find_in_talk(spoken: pl.DataFrame, lexicon: Lexicon) -> pl.DataFrame:
    """`find`, and the answers that customers give to an agent's question in the turn before: `Spoken` -> `Cue`.

    An answer that is a cue by itself, over the same characters, stays that one cue. The answers follow the others.
    """
    found, talk = find(spoken, lexicon), ["contact_id", "recording_no"]
    asked = found.filter(pl.col("kind") == QUESTION).select(*talk, "turn").unique()
    turns = spoken.sort(*talk, "turn").with_columns(
        asked_in=pl.col("turn").shift(1).over(talk), question=pl.col("text").shift(1).over(talk)
    )
    turns = turns.filter(pl.col("speaker") == "customer").join(
        asked, left_on=[*talk, "asked_in"], right_on=[*talk, "turn"], how="semi"
    )
    columns = (*talk, "turn", "speaker", "start", "text", "question")
    rows = [
        Cue(contact, number, turn, f.begin, f.finish, f.kind, speaker, start, f.span, f.prior_contacts, f.when, f.score, f.basis)
        for contact, number, turn, speaker, start, text, question in turns.select(columns).iter_rows()
        if (f := _said(question, text))
    ]
    return pl.concat([found, from_rows(rows, Cue).join(found, on=list(Cue.KEY), how="anti")])


def _said(question: str, text: str) -> Found | None:
    """The cue in an answer to a question about earlier contacts."""
    simple = simplify(text)
    if (told := _ORDINAL.match(simple)) and (number := parse(told["count"])):
        return _found("explicit_count", text, told, number.low - 1) if number.low > 1 else None
    if _NO.match(simple):
        return None
    counts = not _WHICH.search(simplify(question))
    if counts and (told := _CARDINAL.match(simple)) and (number := parse(told["count"])):
        return _found("explicit_count", text, told, number.low)
    yes = _YES.match(simple)
    return _found("prior_contact", text, yes, None) if yes else None


def _found(kind: str, text: str, told: re.Match[str], prior: int | None) -> Found:
    return Found(kind, 0, told.end(), text[: told.end()], prior, None, SCORE, f"{kind}:answers the agent's question (as written)")
