"""The chart of how long customers stay away, and of what the audit says of each window."""

from collections.abc import Sequence
from typing import Any

from laidian.report.curves import BestWindow, Curves, Points

Option = dict[str, Any]

_SERIES = (
    ("kaplan_meier", "没有再来（生存曲线，全部首次）", "#0072B2", "solid"),
    ("window_fcr", "没有再来（复核过的首次）", "#009E73", "dashed"),
    ("agreement", "与复核一致的占比", "#D55E00", "dotted"),
)
_INK = "#3B4657"


def curve_chart(curves: Curves, best: Sequence[BestWindow]) -> Option | None:
    """Lines with their 95 % bands over days; the window that agrees best with the audit as an upright line."""
    shown = [(curves[name], words, colour, dash) for name, words, colour, dash in _SERIES if curves.get(name)]
    if not shown:
        return None
    series = [part for points, words, colour, dash in shown for part in _line(points, words, colour, dash)]
    if best and best[0].name == "全部原因":
        star = {"xAxis": best[0].days, "label": {"formatter": f"W* {best[0].days:g} 天", "color": _INK}}
        series[-1]["markLine"] = {
            "symbol": "none", "silent": True, "lineStyle": {"color": _INK, "type": "solid"}, "data": [star],
        }  # fmt: skip
    label = {"color": _INK, "fontSize": 12}
    grid_line = {"lineStyle": {"color": "#E6EAF0"}}
    return {
        "tooltip": {"renderMode": "richText", "confine": True, "trigger": "axis"},
        "legend": {"top": 0, "data": [words for _, words, _, _ in shown], "textStyle": label},
        "grid": {"left": 8, "right": 24, "top": 64, "bottom": 24, "containLabel": True},
        "xAxis": {"type": "value", "min": 0, "max": 45, "name": "天", "nameLocation": "end", "nameGap": 6, "axisLabel": label,
                  "splitLine": {"show": False}},
        "yAxis": {"type": "value", "scale": True, "max": 100, "axisLabel": {**label, "formatter": "{value}%"},
                  "splitLine": grid_line},
        "series": series,
    }  # fmt: skip


def _line(points: Points, words: str, colour: str, dash: str) -> list[Option]:
    """The band, as an outline filled, and the line on top of it."""

    def side(place: int) -> list[list[float]]:
        return [[p[0], round(100 * p[place], 2)] for p in points]

    quiet = {"type": "line", "symbol": "none", "silent": True, "lineStyle": {"opacity": 0}, "tooltip": {"show": False}}
    return [
        {**quiet, "stack": words, "stackStrategy": "all", "data": side(2)},
        {
            **quiet, "stack": words, "stackStrategy": "all", "areaStyle": {"color": colour, "opacity": 0.16},
            "data": [[p[0], round(100 * (p[3] - p[2]), 2)] for p in points],
        },
        {
            "type": "line", "name": words, "symbol": "none", "data": side(1), "itemStyle": {"color": colour},
            "lineStyle": {"color": colour, "width": 2, "type": dash},
        },
    ]  # fmt: skip
