"""The steps' package: what is asked for is there, and asking for one step does not load the others."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

from laidian import cli, steps

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


def test_transcribe_begins_without_the_tables_libraries(tmp_path: Path) -> None:
    told = "import atexit, sys; atexit.register(lambda: print([m for m in ('polars', 'duckdb') if m in sys.modules])); "
    asked = f"sys.argv = ['laidian', 'transcribe', '{tmp_path / 'none.wav'}', '--out', '{tmp_path / 'out'}']; "
    code = told + asked + "from laidian.cli import main; main()"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=False)
    assert said.stdout.splitlines()[-1] == "[]"


def test_commands_that_begin_alone_are_in_the_module_that_begins_alone() -> None:
    told = "import laidian.cli.speech as m; print([c.callback.__name__ for c in m.app.registered_commands])"
    said = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, env=environment(), check=True)
    for command in cli.ALONE:
        assert repr(command) in said.stdout
