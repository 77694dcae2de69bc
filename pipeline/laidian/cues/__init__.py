"""Cues (重复来电线索): the words that betray an earlier contact, and those that tell how this one ended."""

from laidian.cues.answers import answer, find_in_talk
from laidian.cues.dates import day_of
from laidian.cues.find import CUSTOMER_KINDS, Found, find, find_in_text, find_in_texts
from laidian.cues.lexicon import Lexicon, load_lexicon
from laidian.cues.proofs import prove
from laidian.cues.scorer import tagger_of

__all__ = [
    "CUSTOMER_KINDS",
    "Found",
    "Lexicon",
    "answer",
    "day_of",
    "find",
    "find_in_talk",
    "find_in_text",
    "find_in_texts",
    "load_lexicon",
    "prove",
    "tagger_of",
]
