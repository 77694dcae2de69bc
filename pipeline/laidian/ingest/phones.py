"""Telephone numbers as logs write them -> one spelling."""

import re
import unicodedata

from laidian.ingest.values import BadCellError, Cell, as_id, as_text

_NOBODY = frozenset({
    "匿名", "未知", "隐藏", "保密", "无", "无号码", "匿名号码", "unknown", "anonymous", "private", "restricted", "withheld",
    "unavailable", "hidden",
})  # fmt: skip
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d\d)\d{7,8}")
_LANDLINE_BARE = re.compile(r"(?:10|2\d)\d{8}|(?!400|800)[3-9]\d\d\d{7,8}")  # after +86 the area code's 0 is left out
_HOTLINE = re.compile(r"[48]00\d{7}|(?:1|9)\d{4,5}")
_EXTENSION = re.compile(r"(.*\d)\s*(?:转|ext\.?|#|,|-)\s*(\d{1,6})", re.IGNORECASE)
_FILLING = re.compile(r"[\s\-().·]")
_MASKED = re.compile(r"\d{1,7}[*xX]{2,9}\d{0,7}|[*xX]{2,9}\d{1,7}")


def as_phone(cell: Cell) -> str | None:
    """A customer's number: mobiles bare, landlines with area code, `-` before an extension, others abroad with +.

    None: withheld, unknown or all zeros. A number masked by the source keeps what it shows, with `*` for what it hides: it names
    many people, so it is never hashed, but beside a name it is a hint. Normalising twice changes nothing.

    >>> [as_phone(p) for p in ("+86 138-0013-8000", "013800138000", 8613800138000, "(0571)8123 4567", "匿名", "0")]
    ['13800138000', '13800138000', '13800138000', '057181234567', None, None]
    """
    raw = unicodedata.normalize("NFKC", as_id(cell)).strip()
    raw = re.sub(r"^(?:tel|sips?):|@.*$", "", raw, flags=re.IGNORECASE)
    if raw.casefold() in _NOBODY:
        return None
    if "*" in raw or _MASKED.fullmatch(raw):
        shown = re.sub(r"^\+?86(?=1\d\d[*xX])", "", _FILLING.sub("", raw))
        return re.sub(r"[xX]", "*", shown) if _MASKED.fullmatch(shown) else None
    number, extension = _split_extension(raw)
    digits = _FILLING.sub("", number)
    if digits.startswith("00"):
        digits = "+" + digits.lstrip("0")
    if not digits.strip("+0"):
        return None
    if not re.fullmatch(r"\+?[0-9]{3,20}", digits):
        raise BadCellError("not a telephone number")
    return _national(digits) + (f"-{extension}" if extension else "")


def as_service(cell: Cell) -> str | None:
    """The number of the service a contact is about (业务号码): a telephone number in its one spelling, or another id.

    >>> as_service("+8613800138000"), as_service("ad57188001234")
    ('13800138000', 'ad57188001234')
    """
    text = as_text(cell).strip()
    if "*" in text:
        return None
    if text.casefold() in _NOBODY or re.fullmatch(r"\+?[\d\s\-()]+", text):
        return as_phone(cell)
    return as_id(cell)


def _split_extension(raw: str) -> tuple[str, str]:
    """The number and its extension; a dash starts an extension only behind a whole landline or hotline number."""
    if found := _EXTENSION.fullmatch(raw):
        number = _national(_FILLING.sub("", found[1]))
        if _LANDLINE.fullmatch(number) or re.fullmatch(r"[48]00\d{7}", number):
            return found[1], found[2]
    return raw, ""


def _national(digits: str) -> str:
    """Without +86, 86 and the 0 some switches put before mobiles, where what remains is a number of this country."""
    for prefix in ("+86", "86"):
        rest = digits.removeprefix(prefix)
        if rest == digits:
            continue
        if _MOBILE.fullmatch(rest.removeprefix("0")):
            return rest.removeprefix("0")
        if _LANDLINE.fullmatch(rest):
            return rest
        if _LANDLINE_BARE.fullmatch(rest):
            return "0" + rest
        if prefix == "+86" and _HOTLINE.fullmatch(rest):
            return rest
    if digits.startswith("0") and _MOBILE.fullmatch(digits[1:]):
        return digits[1:]
    return digits
