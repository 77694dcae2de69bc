"""Cues (重复来电线索): the words that betray an earlier contact, and those that tell how this one ended."""

from laidian.cues.answers import answer
from laidian.cues.find import CUSTOMER_KINDS, Found, find, find_in_text, find_in_texts
from laidian.cues.lexicon import Lexicon, load_lexicon

__all__ = ["CUSTOMER_KINDS", "Found", "Lexicon", "answer", "find", "find_in_text", "find_in_texts", "load_lexicon"]
