"""What every step wears."""

import functools
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from laidian.errors import LaidianError

P = ParamSpec("P")
T = TypeVar("T")


def stage(step: Callable[P, T]) -> Callable[P, T]:
    """A step whose unforeseen errors name the place in the code and nothing of the data: libraries quote values."""

    @functools.wraps(step)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return step(*args, **kwargs)
        except LaidianError:
            raise
        except Exception as bad:  # noqa: BLE001 - whatever it is, its text may quote a customer
            frame = [f for f in traceback.extract_tb(bad.__traceback__) if "laidian" in f.filename][-1]
            found = f"{type(bad).__name__} at {Path(frame.filename).name}:{frame.lineno}"
            do = "please report this line; the night can be run again once it is mended"
            raise LaidianError(f"stage {step.__name__}", found, "no error", do) from None

    return guarded
