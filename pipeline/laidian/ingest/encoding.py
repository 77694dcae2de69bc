"""Which encoding a text file is in: UTF-8 with or without BOM, or GB18030; anything else is refused with what it looks like."""

import codecs
import re
from pathlib import Path

from laidian.errors import InputError

_CHUNK = 1 << 20
_PRIVATE = re.compile(r"[\ue000-\uf8ff]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_SIGNS = {
    b"PK\x03\x04": "an XLSX workbook (or a ZIP)",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"\x1f\x8b": "a gzip archive",
    b"%PDF": "a PDF",
    b"<html": "a web page (some systems save one as .xls or .csv)",
    b"<!doc": "a web page (some systems save one as .xls or .csv)",
    b"<tabl": "a web page (some systems save one as .xls or .csv)",
    b"<?xml": "an XML file",
}


def kind_by_content(path: Path) -> str | None:
    """What the first bytes say the file is, None where they say nothing."""
    with path.open("rb") as file:
        head = file.read(16).lstrip(b"\xef\xbb\xbf \r\n\t")
    return next((what for sign, what in _SIGNS.items() if head[: len(sign)] in (sign, sign.upper())), None)


def text_encoding(path: Path) -> str:
    """`utf-8-sig` or `gb18030`, whichever decodes the whole file.

    Raises:
        InputError: the file is UTF-16, binary, damaged UTF-8, or in neither encoding.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise _wrong(path, "UTF-16 text (Excel's «Unicode text»)")
    if _decodes(path, "utf-8-sig"):
        return "utf-8-sig"
    if (line := _damaged_utf8(path)) is not None:
        raise _wrong(path, f"UTF-8 text with broken bytes, first in line {line}")
    if _is_big5(path):
        raise _wrong(path, "Big5 text")
    if _decodes(path, "gb18030"):
        return "gb18030"
    raise _wrong(path, "text in another encoding")


def _wrong(path: Path, found: str) -> InputError:
    return InputError(str(path), found, "UTF-8 (with or without BOM) or GB18030", "save it again as «CSV UTF-8»")


def _decodes(path: Path, encoding: str) -> bool:
    """Whether the whole file decodes to text."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                if not _is_text(decoder.decode(chunk), encoding):
                    return False
            return _is_text(decoder.decode(b"", final=True), encoding)
    except UnicodeDecodeError:
        return False


def _is_text(text: str, encoding: str) -> bool:
    """NUL betrays a binary file. GB18030 decodes nearly anything: many private characters betray a third encoding."""
    if "\0" in text:
        return False
    return encoding != "gb18030" or 50 * len(_PRIVATE.findall(text)) <= len(_NOT_ASCII.findall(text))


def _is_big5(path: Path) -> bool:
    """Whether the file is Big5 all through, and read as GB18030 mostly signs that nobody writes.

    GB18030 decodes Big5 without complaint: half of its characters then fall outside GB2312, as hardly any do of real text.
    """
    if not _decodes(path, "big5"):
        return False
    signs = plain = 0
    with path.open("rb") as file:
        for line in file:
            read = _NOT_ASCII.findall(line.decode("gb18030", "replace"))
            signs += len(read)
            plain += len("".join(read).encode("gb2312", "ignore")) // 2
    return plain < 0.7 * signs


def _damaged_utf8(path: Path) -> int | None:
    """The line of the first broken byte if nearly all of the file is UTF-8; None if it is not.

    GB18030 would decode such a file without complaint, and into nonsense.
    """
    good = bad = 0
    first: int | None = None
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            text = line.decode("utf-8", "replace")
            broken = text.count("\ufffd")
            bad += broken
            good += sum(c > "\x7f" for c in text) - broken
            if broken and first is None:
                first = number
    return first if good >= 4 * bad else None
