"""The recogniser in a process of its own: a recording on which it crashes or hangs costs itself, not the night.

The child reads from its input one line of settings, then lines of paths, and answers in lines of JSON: a recording begun, a
sign of life, a transcript, an end. When it dies or falls silent, the recordings begun and not finished are heard once more,
each alone; what fails alone is given up with its reason. The child ends with its input, so it never outlives the parent.
"""

import atexit
import functools
import json
import os
import queue
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from laidian import errors, transcribe
from laidian.errors import LaidianError
from laidian.settings import Audio, Hearing, Settings
from laidian.steps import process
from laidian.transcribe import Transcript

OWN = frozenset({"faster-whisper", "sherpa"})  # an engine registered later exists in this process only and is not isolated


class FailedError(Exception):
    """The child crashed, hung or raised. `begun`: numbers of the recordings begun and not finished."""

    def __init__(self, reason: str, begun: Sequence[int]) -> None:
        super().__init__(reason)
        self.reason, self.begun = reason, begun


def hear(paths: Sequence[Path], settings: Settings) -> Iterator[tuple[Path, Transcript]]:
    """Every recording heard or given up, mostly in the order given.

    Raises:
        LaidianError: no model, or another error that every recording would meet.
    """
    if settings.hearing.engine not in OWN:
        from laidian.engines import choice  # late: the parent of a child hears nothing itself

        engine = choice.load(settings.hearing)
        yield from transcribe.transcribe(paths, engine, settings.audio, settings.hearing.turn_gap_s)
        return
    left = list(paths)
    while left:
        try:
            for path, heard in _child(settings.hearing, settings.audio).hear(tuple(left)):
                left.remove(path)
                yield path, heard
        except FailedError as failed:
            if not failed.begun:
                do = "run it again; if it stays so, see laidian doctor"
                raise LaidianError("the recogniser", failed.reason, "a running recogniser", do) from None
            suspects = [left[number] for number in failed.begun]
            for path in suspects:
                left.remove(path)
                yield path, _alone(path, settings)


def _alone(path: Path, settings: Settings) -> Transcript:
    try:
        ((_, heard),) = _child(settings.hearing, settings.audio).hear((path,))
    except FailedError as failed:
        from laidian import audio  # late: FFmpeg

        error = f"{failed.reason}, twice; listen to it, then run the day again"
        return Transcript(audio.digest(path), None, None, ["recogniser_failed"], [], [], error)
    return heard


class _Child:
    """A running child, started anew when the one before has failed."""

    def __init__(self, hearing: Hearing, audio_settings: Audio) -> None:
        self._timeout_s = hearing.timeout_s
        self._settings = {"hearing": hearing.model_dump(mode="json"), "audio": audio_settings.model_dump(mode="json")}
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str] = queue.Queue()

    def hear(self, paths: Sequence[Path]) -> Iterator[tuple[Path, Transcript]]:
        """The recordings heard together.

        Raises:
            FailedError: it crashed, hung or raised.
        """
        begun: set[int] = set()
        self._ask([str(path) for path in paths])
        while True:
            answer = self._answer(begun)
            if "begun" in answer:
                begun.add(answer["begun"])
            elif "heard" in answer:
                begun.discard(answer["heard"])
                yield paths[answer["heard"]], Transcript.from_json(answer["transcript"])
            elif "raised" in answer:
                raise FailedError(answer["raised"], sorted(begun))
            elif "error" in answer:
                raise getattr(errors, answer["error"])(*answer["parts"])
            elif "end" in answer:
                return

    def stop(self) -> None:
        """Ends the child at once."""
        if self._process:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe:
                    with suppress(OSError):
                        pipe.close()
        self._process = None

    def _ask(self, paths: list[str]) -> None:
        if self._process is None or self._process.poll() is not None:
            self.stop()
            self._process = process.taken()
            self._answers = queue.Queue()
            threading.Thread(target=_collect, args=(self._process, self._answers), daemon=True).start()
            self._write(self._settings)
        self._write(paths)

    def _write(self, message: object) -> None:
        if self._process and self._process.stdin:
            with suppress(OSError):  # it died just now: the answer tells
                self._process.stdin.write(json.dumps(message) + "\n")
                self._process.stdin.flush()

    def _answer(self, begun: set[int]) -> dict[str, Any]:
        try:
            line = self._answers.get(timeout=self._timeout_s)
        except queue.Empty:
            self.stop()
            raise FailedError(f"no sign of life from the recogniser for {self._timeout_s:g} s", sorted(begun)) from None
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        code = self._process.wait() if self._process else 0
        self.stop()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise FailedError(f"the recogniser's process ended ({how})", sorted(begun))


def _collect(child: subprocess.Popen[str], answers: "queue.Queue[str]") -> None:
    """The child's lines; an empty one is its end."""
    if child.stdout:
        with suppress(ValueError):  # closed under the reader by stop()
            for line in child.stdout:
                answers.put(line)
    answers.put("")


@functools.cache
def _child(hearing: Hearing, audio_settings: Audio) -> _Child:
    """One child for one set of settings; it keeps its model between batches."""
    child = _Child(hearing, audio_settings)
    atexit.register(child.stop)
    return child


def main() -> None:
    """The child."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints is no answer
    lock = threading.Lock()

    def say(**answer: object) -> None:
        with lock:
            out.write(json.dumps(answer, ensure_ascii=False) + "\n")
            out.flush()

    asked = _asked()
    from laidian.engines import choice

    begin = transcribe.transcribe  # loads what reads recordings while the settings are on their way
    given = json.loads(asked.get())
    hearing, audio_settings = Hearing.model_validate(given["hearing"]), Audio.model_validate(given["audio"])
    while True:
        paths = [Path(path) for path in json.loads(asked.get())]
        try:
            engine = choice.load(hearing)
            engine.beat = functools.partial(say, beat=True)
            heard = begin(_begun(paths, say), engine, audio_settings, hearing.turn_gap_s)
            for number, (_, transcript) in enumerate(heard):
                say(heard=number, transcript=transcript.as_json())
            say(end=True)
        except LaidianError as bad:
            say(error=type(bad).__name__, parts=[bad.where, bad.found, bad.expected, bad.do])
        except Exception as bad:  # noqa: BLE001 - its text may quote a customer: only the place is told
            frame = traceback.extract_tb(bad.__traceback__)[-1]
            say(raised=f"{type(bad).__name__} at {Path(frame.filename).name}:{frame.lineno}")


def _begun(paths: Iterable[Path], say: Any) -> Iterator[Path]:
    for number, path in enumerate(paths):
        say(begun=number)
        yield path


def _asked() -> "queue.Queue[str]":
    """The lines of the input; the process ends with it, whatever it is doing."""
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        for line in sys.stdin:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return lines
