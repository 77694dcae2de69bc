"""The steps' package: what is asked for is there, and asking for one step does not load the others."""

import importlib
import subprocess
import sys

from laidian import steps

from tests.fake_laidian import environment


def test_every_step_named_is_the_one_its_module_has_and_no_module_hides_a_step() -> None:
    named = {name for names in steps.HOMES.values() for name in names}
    assert named | set(steps.STAGES) == set(steps.__all__)
    for home, names in steps.HOMES.items():
        module = importlib.import_module(f"laidian.steps.{home}")
        for name in names:
            assert getattr(steps, name) is getattr(module, name)
    assert {step.__name__ for step in (*steps.DAY_STAGES, *steps.LOG_STAGES)} == {n for s in steps.STAGES.values() for n in s}


def test_the_command_line_and_the_recognisers_process_begin_without_what_other_steps_need() -> None:
    heavy = "print([m for m in ('sklearn', 'scipy', 'jinja2', 'numba', 'jieba', 'faster_whisper') if m in sys.modules])"
    for begun in ("laidian.cli", "laidian.steps.recogniser"):
        said = subprocess.run(
            [sys.executable, "-c", f"import sys, {begun}; {heavy}"], capture_output=True, text=True, env=environment(), check=True
        )
        assert said.stdout.strip() == "[]"
