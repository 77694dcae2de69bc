"""One cell -> one value: text, ids, yes/no, numbers, lists; and the masks shown instead of names and numbers.

Every parser takes a cell that `clean` has seen and is not None. It raises BadCellError with a reason that never holds the value.
"""

import math
import re
from datetime import date, datetime

Cell = object
"""What a reader hands over: str, int, float, bool, datetime, date, time, timedelta, list, dict or None."""

_NOTHING = frozenset({"", "-", "--", "—", "null", "nan", "n/a", "\\n"})
_EXCEL_ERRORS = frozenset({"#n/a", "#ref!", "#value!", "#name?", "#null!", "#num!", "#div/0!"})
_SHORTENED = re.compile(r"[+-]?\d(\.\d+)?[eE]\+\d+")
_YES = frozenset({"yes", "y", "true", "t", "1", "是", "有", "对", "√"})
_NO = frozenset({"no", "n", "false", "f", "0", "否", "无", "不是", "没有", "×"})
_EXACT = 1e15  # Excel keeps 15 significant digits: a longer number has lost its end


class BadCellError(ValueError):
    """A cell cannot be understood; the message says what was expected and never holds the cell."""


def clean(cell: Cell) -> Cell:
    r"""The cell without wrapping, None where it says nothing. Exports wrap digits so that Excel leaves them alone.

    >>> clean("\t13800138000"), clean('="0012"'), clean(" - "), clean("NULL"), clean(0)
    ('13800138000', '0012', None, None, 0)
    """
    if isinstance(cell, str):
        text = cell.strip(" \t\r\n\u00a0\u3000\ufeff\u200b")
        while len(text) > 2 and text.startswith('="') and text.endswith('"'):
            text = text[2:-1].strip()
        return None if text.casefold() in _NOTHING else text
    if isinstance(cell, float) and math.isnan(cell):
        return None
    return cell


def as_text(cell: Cell) -> str:
    """The cell as text; whole numbers without a decimal point.

    >>> as_text(1001.0), as_text("售后"), as_text(True)
    ('1001', '售后', 'true')
    """
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case int():
            return str(cell)
        case float():
            return str(int(cell)) if cell.is_integer() else repr(cell)
        case datetime():
            return cell.isoformat(sep=" ")
        case date():
            return cell.isoformat()
    raise BadCellError("not a plain value")


def as_id(cell: Cell) -> str:
    """An id, as text. A number that Excel has shortened is refused: its lost digits would merge calls or customers.

    >>> as_id(20250303001), as_id("'0012")
    ('20250303001', '0012')
    >>> as_id("1.03E+18")
    Traceback (most recent call last):
    laidian.ingest.values.BadCellError: shortened by Excel (as in 1.03E+18), its digits are lost; export this column as text
    """
    if isinstance(cell, float) and abs(cell) >= _EXACT:
        raise _eaten()
    text = as_text(cell)
    if _SHORTENED.fullmatch(text):
        raise _eaten()
    if text.casefold() in _EXCEL_ERRORS:
        raise BadCellError("an Excel error instead of a value")
    return text.lstrip("'").strip() or _empty()


def _eaten() -> BadCellError:
    return BadCellError("shortened by Excel (as in 1.03E+18), its digits are lost; export this column as text")


def _empty() -> str:
    raise BadCellError("empty")


def as_account(cell: Cell) -> str | None:
    """An account or the hash of an ID number; None where the source has masked it: a masked value names many people.

    >>> as_account("6222***1234"), as_account("ad1234")
    (None, 'ad1234')
    """
    text = as_id(cell)
    return None if "*" in text else text


def as_id_number(cell: Cell) -> str | None:
    """An ID number (身份证号) in the one spelling that is hashed; None where it is masked. Never to be kept.

    >>> as_id_number("11010519491231002x")
    '11010519491231002X'
    """
    text = as_account(cell)
    return None if text is None else re.sub(r"[\s-]", "", text).upper() or None


def as_yes_no(cell: Cell) -> str:
    """`yes` or `no` from 是 否 Y N 1 0 and their kin.

    >>> [as_yes_no(c) for c in ("是", "N", 1, False)]
    ['yes', 'no', 'yes', 'no']
    """
    word = as_text(cell).casefold()
    if word in _YES:
        return "yes"
    if word in _NO:
        return "no"
    raise BadCellError("not yes or no (是 否 Y N 1 0)")


def as_flag(cell: Cell) -> bool:
    """True or False from the same words as `as_yes_no`."""
    return as_yes_no(cell) == "yes"


def as_number(cell: Cell) -> float:
    """A finite number.

    >>> as_number("4.5"), as_number(3)
    (4.5, 3.0)
    """
    try:
        number = float(as_text(cell))
    except ValueError:
        raise BadCellError("not a number") from None
    if not math.isfinite(number):
        raise BadCellError("not a number")
    return number


def as_count(cell: Cell) -> int:
    """A whole number, 0 or more.

    >>> as_count("2"), as_count(3.0)
    (2, 3)
    """
    number = as_number(cell)
    if number < 0 or not number.is_integer() or number >= _EXACT:
        raise BadCellError("not a whole number of 0 or more")
    return int(number)


def as_names(cell: Cell) -> list[str]:
    """Several names in one cell, separated by ; or |, in their order, each once.

    >>> as_names("a.wav; b.wav|a.wav")
    ['a.wav', 'b.wav']
    """
    parts = [as_text(c) for c in cell if c is not None] if isinstance(cell, list) else re.split(r"[;|；]", as_text(cell))
    return list(dict.fromkeys(p.strip() for p in parts if p.strip()))


def as_choice(cell: Cell, choices: tuple[str, ...]) -> str:
    """One of a closed list, whatever its case.

    >>> as_choice("Inbound", ("inbound", "outbound"))
    'inbound'
    """
    word = as_text(cell).casefold()
    if word not in choices:
        raise BadCellError(f"a value outside its list; allowed are {' '.join(choices)}")
    return word


def masked_phone(phone: str) -> str:
    """A normalised number as it may be shown: at most the first three and the last four digits of eleven.

    >>> masked_phone("13800138000"), masked_phone("057181234567"), masked_phone("10086"), masked_phone("138****8000")
    ('138****8000', '057*****4567', '1***6', '138****8000')
    """
    if "*" in phone:
        return phone
    head, tail = (3, 4) if len(phone) >= 11 else (len(phone) // 4, len(phone) // 4)
    return phone[:head] + "*" * (len(phone) - head - tail) + phone[len(phone) - tail :]


def masked_name(name: str) -> str:
    """A name as it may be shown: its first character; the length is shown up to four characters.

    >>> masked_name("王小明"), masked_name("李"), masked_name("Christopher")
    ('王**', '*', 'C***')
    """
    return "*" if len(name) == 1 else name[0] + "*" * min(len(name) - 1, 3)
