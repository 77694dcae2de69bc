"""The stages of a night, in their order."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from laidian.steps.chances import outcomes
from laidian.steps.explaining import explain
from laidian.steps.finding import find_issues
from laidian.steps.hearing import assemble
from laidian.steps.log import group, link
from laidian.steps.tagging import find_cues, tag_reasons

DAY_STAGES: tuple[Callable[[Path, date], None], ...] = (assemble, find_cues, tag_reasons)
LOG_STAGES: tuple[Callable[[Path], None], ...] = (group, link, outcomes, explain, find_issues)
