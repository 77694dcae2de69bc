"""What kind of number a normalised telephone number is, and whether it can stand for one customer."""

import numpy as np
import phonenumbers
import polars as pl

from laidian.identity.union import NONE, Codes

MASK = "*"
_MOBILE = r"^1[3-9]\d{9}$"
_MASKED = r"[*xX■]"
_SERVICE_LINE = r"^(?:[48]00\d{7}|9[56]\d{3,9}|1[012]\d{1,6})(?:-\d+)?$"  # 400/800, 95xxx, 96xxx, 100xx, 110, 12345: nobody's own
_LANDLINE = r"^0(?:10|2\d|[3-9]\d\d)\d{7,8}$"
_EXTENSION = r"^(0(?:10|2\d|[3-9]\d\d)\d{7,8})-\d+$"
_LOCAL = r"^[2-8]\d{6,7}$"

USABLE = ("mobile", "landline", "extension", "local", "foreign")


def kinds(numbers: pl.Series, relay: tuple[str, ...] = ()) -> pl.Series:
    """The kind of each distinct number: one of USABLE, or one that stands for nobody by itself.

    `masked` hides digits; `service_line` is a hotline; `relay` a privacy number (AXB 隐私号), by the workspace's list;
    `switchboard` a landline of which extensions are seen as well; `unknown` no telephone number of this country or another.

    Args:
        numbers: distinct numbers as `ingest` writes them.
        relay: how relay numbers start.
    """
    number = pl.col("number")
    relayed = pl.any_horizontal(pl.lit(False), *(number.str.starts_with(prefix) for prefix in relay))
    frame = pl.DataFrame({"number": numbers}).with_columns(
        kind=pl.when(number.str.contains(_MASKED))
        .then(pl.lit("masked"))
        .when(relayed)
        .then(pl.lit("relay"))
        .when(number.str.contains(_MOBILE))
        .then(pl.lit("mobile"))
        .when(number.str.contains(_EXTENSION))
        .then(pl.lit("extension"))
        .when(number.str.contains(_LANDLINE))
        .then(pl.lit("landline"))
        .when(number.str.contains(_SERVICE_LINE))
        .then(pl.lit("service_line"))
        .when(number.str.contains(_LOCAL))
        .then(pl.lit("local"))
    )
    extended = frame.filter(kind="extension").select(number.str.extract(_EXTENSION, 1))
    board = (pl.col("kind") == "landline") & number.is_in(extended["number"].unique().implode())
    frame = frame.with_columns(kind=pl.when(board).then(pl.lit("switchboard")).otherwise("kind"))
    rest = frame.filter(pl.col("kind").is_null())["number"].to_list()
    found = pl.DataFrame({"number": rest, "rest": [_foreign(n) for n in rest]}, schema={"number": pl.String, "rest": pl.String})
    return (
        frame.join(found, on="number", how="left", maintain_order="left")
        .select(pl.coalesce("kind", "rest"))
        .to_series()
        .alias("kind")
    )


def _foreign(number: str) -> str:
    """A number no pattern knows: `foreign` if the country it names can have it."""
    try:
        parsed = phonenumbers.parse(number, "CN")
    except phonenumbers.NumberParseException:
        return "unknown"
    return "foreign" if number.startswith("+") and phonenumbers.is_possible_number(parsed) else "unknown"


def visible(numbers: pl.Series, kind: pl.Series) -> pl.Series:
    """What a masked number shows, in the spelling 138****5678, and the same of a whole mobile; null for other kinds.

    A number of which fewer than seven digits are left shows too little.
    """
    shown = numbers.str.replace_all(_MASKED, MASK)
    enough = shown.str.count_matches(r"\d") >= 7
    whole = numbers.str.slice(0, 3) + MASK * 4 + numbers.str.slice(7)
    frame = pl.DataFrame({"kind": kind, "shown": shown, "enough": enough, "whole": whole})
    masked = (pl.col("kind") == "masked") & pl.col("enough")
    return frame.select(
        pl.when(masked).then("shown").when(pl.col("kind") == "mobile").then("whole").otherwise(None).alias("visible")
    ).to_series()


def coded(values: pl.Series) -> tuple[Codes, pl.Series]:
    """Each value's code, NONE for null, and the distinct values by code, as text.

    Args:
        values: text, or codes for it (`pl.Categorical`).
    """
    kept = values if isinstance(values.dtype, pl.Categorical) else values.cast(pl.Categorical(pl.Categories.random("laidian")))
    there = kept.to_physical().cast(pl.Int64).fill_null(NONE).to_numpy()
    place = np.full(int(there.max(initial=NONE)) + 2, NONE)  # of a value's first row; the last is of no value
    place[there[::-1]] = np.arange(len(there))[::-1]
    place[NONE] = NONE
    used = np.flatnonzero(place != NONE)
    distinct = kept.gather(place[used]).cast(pl.String)
    place[used] = np.arange(len(used))
    return place[there], distinct
