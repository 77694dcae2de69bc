"""The funnel plot of the scorecards as an ECharts option: each group by its first contacts, between the limits of chance."""

from collections.abc import Mapping, Sequence
from typing import Any

from laidian.report.desk import CARD_GROUPS, Desk
from laidian.report.words import percent

Option = dict[str, Any]
Row = Mapping[str, Any]
_BLUE, _ORANGE, _GREY, _INK = "#0072B2", "#D55E00", "#8A94A6", "#3B4657"
_FEWEST = 3
"""Groups below which nothing is compared."""


def funnel(desk: Desk) -> Option | None:
    """The agents, or else the teams; null: too few groups are large enough."""
    by = next((by for by in ("agent", "team") if len(_shown(desk.cards.get(by, ()))) >= _FEWEST), None)
    if by is None:
        return None
    rows = sorted(_shown(desk.cards[by]), key=lambda row: (row["firsts"], row["group"]))
    label = {"color": _INK, "fontSize": 12}
    lines = [
        _line("95% 界限", "limit_low", rows, "dashed"), _line("95% 界限", "limit_high", rows, "dashed"),
        _line("99.8% 界限", "outer_low", rows, "solid"), _line("99.8% 界限", "outer_high", rows, "solid"),
    ]  # fmt: skip
    whole = 100 * (rows[0]["adjusted"] - rows[0]["raw"] + rows[0]["expected"])
    level = [[rows[0]["firsts"], round(whole, 2)], [rows[-1]["firsts"], round(whole, 2)]]
    lines.append({**_LINE, "name": "整体", "data": level, "lineStyle": {"color": _INK, "width": 1}})
    kinds = (("界限以内", _BLUE, "circle", False), ("界限以外", _ORANGE, "diamond", True))
    dots = [
        {
            "type": "scatter", "name": name, "symbol": symbol, "symbolSize": 11, "itemStyle": {"color": colour},
            "data": [
                {"value": [row["firsts"], round(100 * row["adjusted"], 2)], "name": _told(row, by)}
                for row in rows if (row["outside"] is not None) == outside
            ],
        }
        for name, colour, symbol, outside in kinds
    ]  # fmt: skip
    return {
        "tooltip": {"renderMode": "richText", "confine": True, "trigger": "item", "formatter": "{b}"},
        "legend": {"top": 0, "data": ["界限以内", "界限以外", "95% 界限", "99.8% 界限", "整体"], "textStyle": label},
        "grid": {"left": 8, "right": 24, "top": 40, "bottom": 28, "containLabel": True},
        "xAxis": {
            "type": "value", "scale": True, "name": "首次联络（个）", "nameLocation": "middle", "nameGap": 26, "axisLabel": label,
            "splitLine": {"show": False},
        },
        "yAxis": {"type": "value", "scale": True, "axisLabel": {**label, "formatter": "{value}%"},
                  "splitLine": {"lineStyle": {"color": "#E6EAF0"}}},
        "series": [*lines, *dots],
    }  # fmt: skip


_LINE: Option = {"type": "line", "symbol": "none", "silent": True, "tooltip": {"show": False}}


def _shown(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if not row["suppressed"]]


def _line(name: str, column: str, rows: Sequence[Row], kind: str) -> Option:
    points = [[row["firsts"], round(100 * row[column], 2)] for row in rows]
    return {**_LINE, "name": name, "data": points, "itemStyle": {"color": _GREY},
            "lineStyle": {"color": _GREY, "width": 1.5, "type": kind}}  # fmt: skip


def _told(row: Row, by: str) -> str:
    return (
        f"{CARD_GROUPS[by]} {row['group']}\n校正后 {percent(row['adjusted'])}，首次联络 {row['firsts']}\n"
        f"收缩后 {percent(row['fcr'])}（{percent(row['low'])}–{percent(row['high'])}）"
    )
