"""`python -m tests.failing_recogniser`: the recogniser's child process with an engine that fails where a line tells it to."""

import os
import signal
import time
from collections.abc import Callable, Sequence

from laidian.engines import Samples, Word, choice
from laidian.settings import Hearing
from laidian.steps import recogniser

from tests.fake_engine import Fake

LINES = ("您好请问有什么可以帮您", "crash", "hang", "raise", "我家宽带上不了网了")
WELL, CRASH, HANG, RAISE, OTHER = range(5)


class Failing(Fake):
    """Says its line, or fails as the line says."""

    beat: Callable[[], None]

    def hear(self, packs: Sequence[Samples], again: bool = False) -> list[list[Word]]:
        heard = super().hear(packs, again)
        for words in heard:
            said = "".join(word.text for word in words)
            if said == "crash":
                os.kill(os.getpid(), signal.SIGSEGV)
            if said == "hang":
                time.sleep(600)
            if said == "raise":
                raise RuntimeError("138 0000 0000")
        return heard


def load(hearing: Hearing) -> Failing:
    return Failing(LINES)


if __name__ == "__main__":
    choice.ENGINES["failing"] = load
    recogniser.main()
