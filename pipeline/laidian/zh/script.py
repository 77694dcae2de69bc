"""One script for all text: simplified characters, half-width digits and letters."""

from functools import cache

import opencc

_WIDE = {
    code: code - 0xFEE0  # the full-width block repeats ASCII at this distance
    for first, last in (("０", "９"), ("Ａ", "Ｚ"), ("ａ", "ｚ"))
    for code in range(ord(first), ord(last) + 1)
}


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _convert(text: str) -> str:
    try:
        return str(_converter().convert(text))
    except UnicodeEncodeError:  # half of a surrogate pair, as broken JSON escapes leave it
        return "".join(c if "\ud800" <= c <= "\udfff" else str(_converter().convert(c)) for c in text)


def simplify(text: str) -> str:
    """The text in simplified characters, full-width digits and letters made half-width; never longer or shorter.

    Offsets into the result are offsets into the original. Simplified text comes back unchanged.

    >>> simplify("第２次來電，Ａpp打不開")
    '第2次来电，App打不开'
    """
    simple = _convert(text)
    if len(simple) != len(text):  # a phrase of another length: go character by character and keep what would not fit
        single = [_convert(c) for c in text]
        simple = "".join(new if len(new) == 1 else old for old, new in zip(text, single, strict=True))
    return simple.translate(_WIDE)
