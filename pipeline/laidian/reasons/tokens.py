"""Where words begin and end, by jieba with the taxonomy's words added: a keyword found across two words is a chance hit."""

import warnings
from collections.abc import Iterable

with warnings.catch_warnings():  # jieba imports pkg_resources where it finds it, which warns
    warnings.simplefilter("ignore")
    import jieba

COMMON = 200
"""Occurrences in jieba's dictionary from which a heard word is taken for itself rather than for a keyword that sounds alike."""


class Tokens:
    """A tokenizer of one's own: nothing of it is shared with other users of jieba in the process."""

    def __init__(self, words: Iterable[str]) -> None:
        self._jieba = jieba.Tokenizer()
        # Its own initialize() writes to stderr and trusts a cache file in the machine's shared temporary folder.
        self._jieba.FREQ, self._jieba.total = self._jieba.gen_pfdict(self._jieba.get_dict_file())
        self._jieba.initialized = True
        self._known = {word for word, count in self._jieba.FREQ.items() if count >= COMMON and len(word) > 1}
        for word in words:
            if not self._jieba.FREQ.get(word):
                self._jieba.add_word(word)

    def bounds(self, text: str) -> frozenset[int]:
        """Character offsets at which a word of the text begins or ends, 0 and the text's length among them."""
        ends, at = [0], 0
        for word in self._jieba.cut(text, HMM=False):
            at += len(word)
            ends.append(at)
        return frozenset(ends)

    def is_common(self, word: str) -> bool:
        """Whether the word is an everyday word of jieba's own dictionary."""
        return word in self._known
