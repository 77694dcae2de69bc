"""How long first contacts stay without a repeat, what that bounds, and which window the audit likes best: rows of measures."""

import json
from collections.abc import Iterator

import numpy as np
import polars as pl

from laidian.calendar import DAY, Period, parse_window
from laidian.fcr import survival
from laidian.fcr.bounds import Believed, Followed, Looked, bounds
from laidian.settings import Fcr
from laidian.stats import Z95
from laidian.tables import CurvePoint, Measure, check, from_rows

_FEW = 50  # audited first contacts of a reason from which its own best window is looked for
_STILL_WATCHED = 0.1  # of the contacts, up to which days a curve over all of them is drawn


def curves(facts: pl.DataFrame, period: Period, settings: Fcr) -> pl.DataFrame:
    """`kaplan_meier.W` for each window of hours or natural days, `fcr_bounds`, `two_witness_recall`: `Measure` rows.

    Args:
        facts: from `laidian.fcr.facts`, of the period.
        period: first and last business day, inclusive.
        settings: windows, and what is believed of customers who give up or ask again.
    """
    watched, left = _watched(facts)
    gap, until = (watched[c].to_numpy().astype(float) / DAY for c in ("same_after", "covered_after"))
    found = survival.curve(gap, np.maximum(until, 0.0))
    natural = [w for w in dict.fromkeys(settings.windows) if ":" not in w and not parse_window(w).after_workdays]
    rows = [_km(found, window, gap, left, period) for window in natural]
    rows += [_bounds(facts, watched, left, period, settings), _two_witnesses(facts, period)]
    return check(from_rows(rows, Measure), Measure)


def _watched(facts: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, int]]:
    """First contacts by the log, and how many are left out for what."""
    why = (
        pl.when(pl.col("outside").is_not_null())
        .then("outside")
        .when(~pl.col("identified"))
        .then(pl.lit("no_identity"))
        .when(pl.col("reason").is_null() & pl.col("faulty"))
        .then(pl.lit("faulty_recording"))
        .when(pl.col("reason").is_null())
        .then(pl.lit("no_reason"))
        .when((pl.col("same_before") <= survival.SETTLES * DAY).fill_null(False))
        .then(pl.lit("not_first"))
    )
    told = facts.with_columns(why=why)
    left = told.filter(pl.col("why").is_not_null())["why"].value_counts().sort("why")
    return told.filter(pl.col("why").is_null()), dict(left.iter_rows())


def _km(found: survival.Curve, window: str, gap: survival.Floats, left: dict[str, int], period: Period) -> Measure:
    days = parse_window(window).after / DAY
    value, low, high = survival.away_after(found, days) if found.watched else (None, None, None)
    stayed = found.watched - int((gap <= days).sum())
    excluded = json.dumps(left, sort_keys=True)
    return Measure(f"kaplan_meier.{window}", *period, "all", "all", value, low, high, stayed, found.watched, excluded)


def _bounds(facts: pl.DataFrame, watched: pl.DataFrame, left: dict[str, int], period: Period, settings: Fcr) -> Measure:
    """No value, only bounds; none where the log is shorter than they need or hardly any customer spoke of an earlier contact."""
    served = facts.filter(pl.col("outside").is_null() & pl.col("identified") & ~pl.col("faulty"))
    looked = served.filter((pl.col("covered_before") >= survival.SETTLES * DAY) & pl.col("reason").is_not_null())
    keys = pl.concat([watched["customer_key"], looked["customer_key"]]).rank("dense").to_numpy().astype(np.int64) - 1
    found = bounds(
        Followed(
            watched["same_after"].to_numpy().astype(float) / DAY,
            np.maximum(watched["covered_after"].to_numpy().astype(float) / DAY, 0.0),
            watched["next_spoke"].to_numpy(), keys[: watched.height],
        ),
        Looked(
            looked["spoke"].to_numpy(), (looked["same_before"] <= survival.SETTLES * DAY).fill_null(False).to_numpy(),
            keys[watched.height :],
        ),
        Believed(settings.most_give_up, settings.most_ask_again),
    )  # fmt: skip
    low, high = found or (None, None)
    excluded = json.dumps(left, sort_keys=True)
    return Measure("fcr_bounds", *period, "all", "all", None, low, high, watched.height, watched.height, excluded)


def _two_witnesses(facts: pl.DataFrame, period: Period) -> Measure:
    """Repeats that links found / repeats that Chapman's estimate of two witnesses makes of links and customers' cues.

    Source: D. G. Chapman, University of California Publications in Statistics 1 (1951), 131-160; variance: G. A. F. Seber (1970).
    """
    readable = facts.filter(pl.col("outside").is_null() & pl.col("has_text"))
    links, cues = int(readable["linked"].sum()), int(readable["cued"].sum())
    both = readable.filter("linked", "cued").height
    repeats = (links + 1) * (cues + 1) / (both + 1) - 1
    excluded = facts.filter(pl.col("outside").is_not_null())["outside"].value_counts().sort("outside")
    left = dict(excluded.iter_rows()) | {"no_text": facts.filter(pl.col("outside").is_null()).height - readable.height}
    counts = json.dumps({why: n for why, n in left.items() if n}, sort_keys=True)
    if not both:
        return Measure("two_witness_recall", *period, "all", "all", None, None, None, links, 0, counts)
    variance = (links + 1) * (cues + 1) * (links - both) * (cues - both) / ((both + 1) ** 2 * (both + 2))
    seen, reach = links + cues - both, Z95 * float(np.sqrt(variance))
    low, high = (min(1.0, links / max(seen, repeats + side * reach)) for side in (1, -1))
    value = min(1.0, links / repeats)
    return Measure("two_witness_recall", *period, "all", "all", value, low, high, links, round(repeats), counts)


def best_windows(facts: pl.DataFrame, audits: pl.DataFrame, period: Period) -> list[Measure]:
    """`best_window`: W* in DAYS with its bootstrap interval, for the whole and for each reason with enough audited contacts.

    Only audited first contacts count of which it is known whether they were settled, and which the log watches long enough.
    """
    told = facts.join(audits.select("contact_id", "is_first", "resolved"), on="contact_id", how="left")
    return [_best(*part, period) for part in _parts(told)]


def points(facts: pl.DataFrame, audits: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The curves as `CurvePoint` rows: `kaplan_meier` from the log, `window_fcr` and `agreement` by window from the audit.

    `kaplan_meier` ends where the log watched fewer than a tenth of the contacts for so long (S. Pocock et al., Lancet 359, 2002):
    beyond it a few contacts make a curve that looks like one of all. Those of the audit for the whole and for each reason with
    enough audited contacts.
    """
    watched, _ = _watched(facts)
    rows: list[CurvePoint] = []
    if watched.height:
        gap, until = (watched[c].to_numpy().astype(float) / DAY for c in ("same_after", "covered_after"))
        found, longest = survival.curve(gap, np.maximum(until, 0.0)), float(np.quantile(until, 1 - _STILL_WATCHED))
        for days in (0.0, *survival.GRID[longest >= survival.GRID]):
            rows.append(CurvePoint("kaplan_meier", *period, "all", "all", float(days), *survival.away_after(found, float(days))))
    told = facts.join(audits.select("contact_id", "is_first", "resolved"), on="contact_id", how="left")
    for group_by, group, judged in _parts(told):
        best = _window(judged)
        for curve, band in (("window_fcr", best.stayed), ("agreement", best.agreement)):
            for days, *share in zip(survival.GRID, *band, strict=True):
                rows.append(CurvePoint(curve, *period, group_by, group, float(days), *map(float, share)))  # type: ignore[arg-type]
    return check(from_rows(rows, CurvePoint), CurvePoint)


def _parts(told: pl.DataFrame) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """The whole, and each reason, with its audited first contacts that can be judged; those with too few are left out."""
    usable = (
        pl.col("outside").is_null() & pl.col("identified") & pl.col("reason").is_not_null() & pl.col("is_first")
        & (pl.col("resolved") != "unknown") & (pl.col("covered_after") >= survival.LASTS * DAY)
    )  # fmt: skip
    judged = told.filter(usable.fill_null(False)).sort("contact_id")
    parts = [("all", "all", judged)]
    parts += [("reason", reason, judged.filter(reason=reason)) for reason in sorted(judged["reason"].unique())]
    yield from (part for part in parts if part[2].height >= _FEW)


def _window(judged: pl.DataFrame) -> survival.BestWindow:
    gap = judged["same_after"].to_numpy().astype(float) / DAY
    return survival.best_window(gap, (judged["resolved"] != "no").to_numpy())


def _best(group_by: str, group: str, judged: pl.DataFrame, period: Period) -> Measure:
    found = _window(judged)
    agreeing = round(float(found.agreement[0].max()) * judged.height)
    return Measure("best_window", *period, group_by, group, found.days, found.low, found.high, agreeing, judged.height, "{}")
