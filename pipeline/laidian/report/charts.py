"""The report's charts as ECharts options: plain data, no functions, so that they travel as JSON.

Colours are those of Okabe and Ito, which colour-blind readers can tell apart; series differ in shape as well. Tooltips are
drawn as text, never as HTML.
"""

from collections.abc import Sequence
from typing import Any

from laidian.report.chart_of_curves import curve_chart
from laidian.report.content import Report
from laidian.report.figures import Figure, Step, Window
from laidian.report.funnel import funnel
from laidian.report.ranking import TopLine
from laidian.report.words import percent, signed

Option = dict[str, Any]

BLUE, ORANGE, GREEN, GREY, INK = "#0072B2", "#D55E00", "#009E73", "#8A94A6", "#3B4657"
PARETO_LINES = 20
_NARROW = 560
"""Pixels below which a chart is drawn for a phone."""

FLAT_LABELS = 7
"""Up to so many labels stand side by side unslanted."""

_SLANTED = {"rotate": 40, "width": 100, "overflow": "truncate"}
_PALE = "#E6EAF0"
_LABEL = {"color": INK, "fontSize": 12}
_TOOLTIP = {"renderMode": "richText", "confine": True}
_PERCENT_AXIS: Option = {
    "type": "value",
    "axisLabel": {**_LABEL, "formatter": "{value}%"},
    "splitLine": {"lineStyle": {"color": _PALE}},
}


def charts(report: Report) -> dict[str, Option]:
    """Chart's name -> option; a chart without anything to draw is left out."""
    drawn = {
        "windows": _windows(report.windows),
        "curves": curve_chart(report.curves, report.best_windows),
        "bridge": _bridge(report.bridge),
        "common": _pareto(report.common, "来电量", [line.contacts for line in report.common], BLUE),
        "unresolved": _pareto(report.unresolved, "重复来电", [line.repeats for line in report.unresolved], ORANGE),
        "days": _days(report),
        "funnel": funnel(report.desk),
    }
    return {name: {**option, "animation": False, "aria": {"enabled": True}} for name, option in drawn.items() if option}


def _share(value: float | None) -> float | str:
    """Percent with one decimal; `-` is how ECharts writes «no value»."""
    return "-" if value is None else round(100 * value, 1)


def _windows(windows: Sequence[Window]) -> Option | None:
    """A dot a window and kind, with its interval as a whisker; the two kinds stand side by side."""
    if not any(f and f.value is not None for w in windows for f in (w.any, w.same)):
        return None
    kinds = (
        ("不限原因", BLUE, "circle", -0.12, [w.any for w in windows]),
        ("同一原因", ORANGE, "diamond", 0.12, [w.same for w in windows]),
    )
    series: list[Option] = []
    for name, colour, symbol, shift, figures in kinds:
        placed = [(n + shift, f) for n, f in enumerate(figures) if f is not None and f.value is not None]
        whiskers = [[x, _share(bound)] for x, f in placed for bound in (f.low, f.high, None)]
        series.append({
            "type": "line", "data": whiskers, "xAxisIndex": 1, "symbol": "none", "silent": True,
            "lineStyle": {"color": colour, "width": 2, "opacity": 0.55}, "tooltip": {"show": False},
        })  # fmt: skip
        points = [{"value": [x, _share(f.value)], "name": _told(f)} for x, f in placed]
        series.append({
            "type": "scatter", "name": name, "data": points, "xAxisIndex": 1, "symbol": symbol, "symbolSize": 12,
            "itemStyle": {"color": colour},
        })  # fmt: skip
    return {
        "tooltip": {**_TOOLTIP, "trigger": "item", "formatter": "{b}"},
        "legend": {"top": 0, "data": [kind[0] for kind in kinds], "textStyle": _LABEL},
        "grid": {"left": 8, "right": 16, "top": 40, "bottom": 8, "containLabel": True},
        "xAxis": [
            {
                "type": "category",
                "data": [w.label for w in windows],
                "axisLabel": {**_LABEL, "interval": 0},
                "axisTick": {"show": False},
            },
            {"type": "value", "min": -0.5, "max": len(windows) - 0.5, "show": False},
        ],
        "yAxis": {**_PERCENT_AXIS, "scale": True, "max": 100, "axisLine": {"onZero": False}},
        "series": series,
    }


def _told(figure: Figure) -> str:
    return f"{figure.title}\n{percent(figure.value)}（{percent(figure.low)}–{percent(figure.high)}，n={figure.denominator}）"


def _bridge(steps: Sequence[Step]) -> Option | None:
    """A waterfall lying on its side: where the walk starts, what each step adds or takes, where it ends."""
    shown = [step for step in steps if step.figure.value is not None]
    if len(shown) < 2:
        return None
    start, end = shown[0].figure, shown[-1].figure
    rows = [_whole(start.title, start.value or 0.0), *map(_piece, shown[1:]), _whole("走到这里", end.value or 0.0)]
    return {
        "grid": {"left": 8, "right": 104, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": {**_PERCENT_AXIS, "min": 0, "max": 100},
        "yAxis": {
            "type": "category", "inverse": True, "data": [row["name"] for row in rows], "axisTick": {"show": False},
            "axisLabel": {**_LABEL, "interval": 0, "width": 190, "overflow": "break"},
        },
        "series": [
            {
                "type": "bar", "stack": "value", "silent": True, "data": [row["base"] for row in rows],
                "itemStyle": {"color": "transparent"},
            },
            {
                "type": "bar", "stack": "value", "silent": True, "barMaxWidth": 26, "data": [row["bar"] for row in rows],
                "label": {"show": True, "position": "right", **_LABEL},
            },
        ],
        "media": [{
            "query": {"maxWidth": _NARROW},
            "option": {"yAxis": {"axisLabel": {"width": 84, "fontSize": 11}}, "xAxis": {"interval": 50}, "grid": {"right": 84}},
        }],
    }  # fmt: skip


def _whole(name: str, value: float) -> Option:
    label = {"formatter": percent(value)}
    return {"name": name, "base": 0.0, "bar": {"value": round(100 * value, 2), "itemStyle": {"color": GREY}, "label": label}}


def _piece(step: Step) -> Option:
    value, change = 100 * (step.figure.value or 0.0), 100 * (step.change or 0.0)
    label = f"{percent(step.figure.value)}（{signed(change)}）"
    bar = {"value": round(abs(change), 2), "itemStyle": {"color": ORANGE if change < 0 else BLUE}, "label": {"formatter": label}}
    return {"name": step.figure.title, "base": round(min(value, value - change), 2), "bar": bar}


def _pareto(lines: Sequence[TopLine], counted: str, counts: Sequence[int], colour: str) -> Option | None:
    """Bars of the first lines and the cumulative share of all of them."""
    if not any(counts):
        return None
    first = lines[:PARETO_LINES]
    label = _SLANTED if len(first) > FLAT_LABELS else {"width": 120, "overflow": "break"}
    return {
        "tooltip": {**_TOOLTIP, "trigger": "axis", "axisPointer": {"type": "shadow"}},
        "legend": {"top": 0, "textStyle": _LABEL},
        "grid": {"left": 8, "right": 8, "top": 40, "bottom": 8, "containLabel": True},
        "xAxis": {
            "type": "category", "data": [f"{line.rank} {line.issue}" for line in first], "axisTick": {"show": False},
            "axisLabel": {**_LABEL, "interval": 0, **label},
        },
        "yAxis": [
            {"type": "value", "minInterval": 1, "axisLabel": _LABEL, "splitLine": {"lineStyle": {"color": _PALE}}},
            {**_PERCENT_AXIS, "min": 0, "max": 100, "splitLine": {"show": False}},
        ],
        "series": [
            {
                "type": "bar", "name": counted, "data": list(counts[:PARETO_LINES]), "itemStyle": {"color": colour},
                "barMaxWidth": 34,
            },
            {
                "type": "line", "name": "累计占比 %", "yAxisIndex": 1, "data": [_share(line.cumulative) for line in first],
                "itemStyle": {"color": INK}, "lineStyle": {"color": INK, "width": 2}, "symbol": "circle", "symbolSize": 6,
            },
        ],
        "media": [{"query": {"maxWidth": _NARROW}, "option": {"xAxis": {"axisLabel": {**_SLANTED, "fontSize": 10}}}}],
    }  # fmt: skip


def _days(report: Report) -> Option | None:
    """Contacts a day as bars, the share of repeats among them as a line."""
    if len(report.days) < 2:
        return None
    inside = [report.from_day <= day.day <= report.to_day for day in report.days]
    bars = [
        {"value": day.contacts, "itemStyle": {"color": BLUE if now else "#B8CBE0"}}
        for day, now in zip(report.days, inside, strict=True)
    ]
    return {
        "tooltip": {**_TOOLTIP, "trigger": "axis", "axisPointer": {"type": "shadow"}},
        "legend": {"top": 0, "textStyle": _LABEL},
        "color": [BLUE, ORANGE],
        "grid": {"left": 8, "right": 8, "top": 40, "bottom": 8, "containLabel": True},
        "xAxis": {
            "type": "category", "data": [f"{day.day:%m-%d}" for day in report.days], "axisLabel": _LABEL,
            "axisTick": {"show": False},
        },
        "yAxis": [
            {"type": "value", "minInterval": 1, "axisLabel": _LABEL, "splitLine": {"lineStyle": {"color": _PALE}}},
            {**_PERCENT_AXIS, "min": 0, "max": 100, "splitLine": {"show": False}},
        ],
        "series": [
            {"type": "bar", "name": "人工服务量", "data": bars, "barMaxWidth": 34},
            {
                "type": "line", "name": "其中重复来电 %", "yAxisIndex": 1, "data": [_share(day.share) for day in report.days],
                "symbol": "diamond", "symbolSize": 8, "lineStyle": {"width": 2},
            },
        ],
    }  # fmt: skip
