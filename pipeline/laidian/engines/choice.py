"""Which recogniser a workspace uses: the names that `[hearing] engine` may take. A new engine is one file and one line here."""

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from laidian.engines import Engine, sherpa, weights, whisper
from laidian.errors import SettingsError
from laidian.settings import Hearing


def _whisper(hearing: Hearing) -> Engine:
    with ThreadPoolExecutor(1, "laidian-hash") as pool:
        found = pool.submit(weights.find, hearing.model)  # whose 145 MB are hashed while the libraries load
        whisper.libraries()
        return whisper.Whisper(found.result(), hearing)


def _sherpa(hearing: Hearing) -> Engine:
    return sherpa.Sherpa(weights.find_onnx(hearing.model), hearing)


ENGINES: dict[str, Callable[[Hearing], Engine]] = {"faster-whisper": _whisper, "sherpa": _sherpa}


@functools.cache
def load(hearing: Hearing) -> Engine:
    """The recogniser these settings name, loaded once a process.

    Raises:
        SettingsError: no engine of that name.
        ModelError: no model, or the wrong one.
    """
    return named(hearing)(hearing)


def named(hearing: Hearing) -> Callable[[Hearing], Engine]:
    """What makes the recogniser these settings name; nothing is loaded.

    Raises:
        SettingsError: no engine of that name.
    """
    if hearing.engine not in ENGINES:
        raise SettingsError(
            "laidian.toml [hearing.engine]", repr(hearing.engine), " or ".join(sorted(ENGINES)), "correct or remove that line"
        )
    return ENGINES[hearing.engine]


@functools.cache
def identity(hearing: Hearing) -> str:
    """What the recogniser's `identity` is, without loading a model where that can be told from its files.

    Raises:
        SettingsError, ModelError: as `load`.
    """
    if hearing.engine == "faster-whisper":
        return whisper.identity(weights.find(hearing.model), hearing)
    if hearing.engine == "sherpa":
        return sherpa.identity(weights.find_onnx(hearing.model))
    return load(hearing).identity
