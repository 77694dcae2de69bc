"""The steps' package: what is asked for is there, and asking for one step does not load the others."""

import subprocess
import sys
from types import ModuleType

from laidian import steps

from tests.fake_laidian import environment


def test_every_step_named_is_there_and_no_module_hides_a_step() -> None:
    for name in steps.__all__:
        assert not isinstance(getattr(steps, name), ModuleType), name


def test_the_command_line_and_the_recognisers_process_begin_without_what_other_steps_need() -> None:
    heavy = "print([m for m in ('sklearn', 'scipy', 'jinja2', 'numba', 'jieba', 'faster_whisper') if m in sys.modules])"
    for begun in ("laidian.cli", "laidian.steps.recogniser"):
        said = subprocess.run(
            [sys.executable, "-c", f"import sys, {begun}; {heavy}"], capture_output=True, text=True, env=environment(), check=True
        )
        assert said.stdout.strip() == "[]"
