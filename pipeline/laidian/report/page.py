"""The report as one HTML file that opens offline: numbers in plain HTML, charts on top of them where scripts may run."""

import json
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from laidian.report import figures
from laidian.report.charts import charts
from laidian.report.content import Report
from laidian.report.desk import CARD_GROUPS, CAUSES
from laidian.report.ranking import GROUP_LINES
from laidian.report.words import gap_words, measured, percent, signed

LISTED = 200
"""Rows of a list of contacts on the page; the workbook has them all."""

REWORK_SHOWN = 30
"""Customers to be visited again on the page: those with most evidence, which come first."""


def page(report: Report) -> str:
    """The report as HTML. The same report gives the same text.

    The file asks the network for nothing and its own policy (Content-Security-Policy) forbids it to: only the two scripts
    whose hashes stand in its head can run, so that nothing a customer said could, even if it were not escaped.
    """
    library = (files("laidian.report") / "vendor" / "echarts.common.min.js").read_text("utf-8")
    starter = (files("laidian.report") / "templates" / "charts.js").read_text("utf-8")
    options = charts(report)
    return _environment().get_template("report.html").render(
        report=report, charts=options, chart_data=_json(options), library=Markup(library), starter=Markup(starter),  # noqa: S704
        script_hashes=" ".join(f"'sha256-{_digest(script)}'" for script in (library, starter)),
        listed=LISTED, rework_shown=REWORK_SHOWN, cause_titles=CAUSES,
        group_lines=GROUP_LINES, small=figures.SMALL, group_titles=figures.GROUPS, card_titles=CARD_GROUPS,
        group_figures=_group_titles(report), representatives=figures.representatives(report.figures),
    )  # fmt: skip


def _group_titles(report: Report) -> tuple[str, ...]:
    titles = {figure.name: figure.title for figure in report.figures}
    return tuple(titles.get(name, name) for name in figures.GROUP_FIGURES)


def _digest(script: str) -> str:
    return b64encode(sha256(script.encode()).digest()).decode()


def _json(data: Any) -> Markup:
    """JSON that may stand in a script element: no `<`, `>` or `&` is left in it."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 - nothing that could end the element is left in it


def _points(value: float | None) -> str:
    """A difference of shares in percentage points with its sign; null -> empty."""
    return "" if value is None else f"{signed(100 * value)} 个百分点"


def _environment() -> Environment:
    loader = PackageLoader("laidian.report", "templates")
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"percent": percent, "gap": gap_words, "points": _points, "measured": measured}
    return environment
