"""The workbook in a real office program: every sheet opens and its words are there.

Needs LibreOffice and poppler: apt-get install libreoffice-calc poppler-utils. Without them this is skipped; with
LAIDIAN_REQUIRE_OFFICE=1 it fails.
"""

import os
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from laidian.report import workbook

from tests.golden import report_log as log

HOW = "no LibreOffice on this machine: apt-get install libreoffice-calc poppler-utils"


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=True).stdout


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the workbook says on paper."""
    if not (shutil.which("soffice") and shutil.which("pdftotext")):
        if os.environ.get("LAIDIAN_REQUIRE_OFFICE") == "1":
            pytest.fail(HOW)
        pytest.skip(HOW)
    folder: Path = tmp_path_factory.mktemp("office")
    (folder / "report.xlsx").write_bytes(workbook(log.report()))
    run("soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "pdf", "--outdir",
        str(folder), str(folder / "report.xlsx"))  # fmt: skip
    return run("pdftotext", "-layout", str(folder / "report.pdf"), "-")


def test_every_sheet_is_printed_with_its_heading(printed: str) -> None:
    report = log.report()
    names = openpyxl.load_workbook(BytesIO(workbook(report)), read_only=True).sheetnames
    assert len(names) >= 8
    for name in names:
        assert f"{report.title} · {name}" in printed


def test_the_unresolved_list_and_the_bridge_can_be_read(printed: str) -> None:
    report = log.report()
    flat = "".join(printed.split())
    for line in report.unresolved:
        assert line.issue[:8] in flat
    for step in report.bridge:
        assert "".join(step.figure.title.split())[:10] in flat


def test_nothing_that_was_said_became_a_formula(printed: str) -> None:
    assert "#NAME?" not in printed
    assert "Err:5" not in printed
