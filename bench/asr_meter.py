"""laidian's recogniser as it is, which tells after each recording what model and voice detection have cost until then.

Run by `asr.py` in the place of the recogniser's process; it loads nothing that the recogniser does not.
"""

import json
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from laidian import transcribe
from laidian.steps import recogniser

METER = "LAIDIAN_BENCH_METER"  # names the file that is written


def main() -> None:
    """The recogniser's process. Written to METER, in seconds of CPU: `model`, `start` (until the first recording), `whole`."""
    from laidian.engines import whisper

    hear, libraries, used = transcribe.transcribe, whisper.libraries, {"loading": 0.0, "detecting": 0.0}

    def timed(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            began = time.thread_time()
            done = work(*given, **named)
            used[name] += time.thread_time() - began
            return done

        return call

    def loaded() -> None:
        libraries()
        from faster_whisper import vad

        vad.SileroVADModel.__call__ = timed("detecting", vad.SileroVADModel.__call__)
        vad.SileroVADModel.__init__ = timed("loading", vad.SileroVADModel.__init__)
        whisper.libraries = libraries

    def told(*given: Any) -> Any:
        start = time.thread_time()
        for one in hear(*given):
            cost = {"model": sum(used.values()) + foreign_cpu(), "start": start, "whole": time.process_time()}
            Path(os.environ[METER]).write_text(json.dumps(cost), encoding="utf-8")
            yield one

    whisper.libraries = loaded
    whisper._Model.__init__ = timed("loading", whisper._Model.__init__)  # type: ignore[method-assign]
    transcribe.transcribe = told
    recogniser.main()


def foreign_cpu() -> float:
    """CPU seconds of this process's threads that are not Python's: the model's."""
    own = {str(thread.native_id) for thread in threading.enumerate()}
    used = 0
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
            if task.name in own:
                continue
            fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
            used += int(fields[11]) + int(fields[12])
    return used / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
