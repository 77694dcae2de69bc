"""The report's page in a real browser: charts are drawn, nothing is complained of, nothing sticks out at the side.

Needs Chromium: apt-get install chromium. Without it these tests are skipped; with LAIDIAN_REQUIRE_BROWSER=1 they fail.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from laidian.report import page
from laidian.report.charts import charts

from tests.golden import report_log as log

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOW = "no Chromium on this machine: apt-get install chromium"
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--virtual-time-budget=5000",
    "--enable-logging=stderr",
)

# The page under test sits in a frame as wide as a phone's or a laptop's screen; its wrapper reads it and writes down what it saw.
WRAPPER = """<!doctype html><meta charset="utf-8"><body style="margin:0">
<iframe id="frame" src="report.html" style="border:0;width:%dpx;height:2000px"></iframe><pre id="seen"></pre>
<script>
document.getElementById("frame").addEventListener("load", function () {
  setTimeout(function () {
    var inside = document.getElementById("frame").contentDocument, root = inside.documentElement;
    document.getElementById("seen").textContent = JSON.stringify({
      charts: root.getAttribute("data-charts"),
      drawings: Array.from(inside.querySelectorAll(".chart svg")).map(function (s) { return s.querySelectorAll("path").length; }),
      width: root.clientWidth, needed: root.scrollWidth
    });
  }, 1000);
});
</script>"""


def open_page(folder: Path, html: str, width: int) -> tuple[dict[str, object], str]:
    """What the wrapper saw, and what the browser had to say."""
    if BROWSER is None:
        if os.environ.get("LAIDIAN_REQUIRE_BROWSER") == "1":
            pytest.fail(HOW)
        pytest.skip(HOW)
    (folder / "report.html").write_text(html, encoding="utf-8")
    (folder / "wrapper.html").write_text(WRAPPER % width, encoding="utf-8")
    command = [
        BROWSER, *OPTIONS, f"--user-data-dir={folder / 'profile'}", "--allow-file-access-from-files", "--window-size=1400,2100",
        "--dump-dom", (folder / "wrapper.html").as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    seen = re.search(r'<pre id="seen">(.+?)</pre>', done.stdout)
    assert seen, "the page never loaded"
    return json.loads(seen[1]), done.stderr


def complaints(log_text: str) -> list[str]:
    return [line for line in log_text.splitlines() if "CONSOLE" in line]


@pytest.mark.parametrize("width", [1280, 390])
def test_charts_are_drawn_and_nothing_sticks_out(tmp_path: Path, width: int) -> None:
    report = log.report()
    seen, said = open_page(tmp_path, page(report), width)
    assert seen["charts"] == str(len(charts(report))) == "6"
    drawings = seen["drawings"]
    assert isinstance(drawings, list) and len(drawings) == 6 and min(drawings) > 5
    assert seen["width"] == width and seen["needed"] == width
    assert complaints(said) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_an_empty_report_opens_too(tmp_path: Path, width: int) -> None:
    seen, said = open_page(tmp_path, page(log.report(log.nothing())), width)
    assert seen == {"charts": None, "drawings": [], "width": width, "needed": width}
    assert complaints(said) == []


def test_long_ids_wrap(tmp_path: Path) -> None:
    html = page(log.report()).replace("C11", "C11" + "0123456789abcdef" * 8)
    seen, _ = open_page(tmp_path, html, 390)
    assert seen["needed"] == 390


def test_the_policy_stops_a_script_that_was_slipped_in(tmp_path: Path) -> None:
    evil = '<script>document.documentElement.setAttribute("data-charts", "evil")</script>'
    before, end, after = page(log.report()).rpartition("</body>")  # the chart library holds one too
    html = before + evil + end + after
    seen, said = open_page(tmp_path, html, 1280)
    assert seen["charts"] == "6"
    assert len(complaints(said)) == 1
