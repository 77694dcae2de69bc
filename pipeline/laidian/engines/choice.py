"""Which recogniser a workspace uses: the names that `[hearing] engine` may take. A new engine is one file and one line here."""

import functools
from collections.abc import Callable

from laidian.engines import Engine, weights
from laidian.engines.whisper import Whisper
from laidian.errors import SettingsError
from laidian.settings import Hearing


def _whisper(hearing: Hearing) -> Engine:
    return Whisper(weights.find(hearing.model), hearing)


ENGINES: dict[str, Callable[[Hearing], Engine]] = {"faster-whisper": _whisper}


@functools.cache
def load(hearing: Hearing) -> Engine:
    """The recogniser these settings name, loaded once a process.

    Raises:
        SettingsError: no engine of that name.
        ModelError: no model, or the wrong one.
    """
    if hearing.engine not in ENGINES:
        raise SettingsError(
            "laidian.toml [hearing.engine]", repr(hearing.engine), " or ".join(sorted(ENGINES)), "correct or remove that line"
        )
    return ENGINES[hearing.engine](hearing)
