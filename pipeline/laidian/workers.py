"""Work on all cores: threads, for what the libraries do (Polars, DuckDB, NumPy, compiled passes) runs beside Python.

The tables are there once, an error comes out where the work was asked for, and what is made does not depend on how many workers
there are: nothing is taken in the order in which it was done.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TypeVar

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

WORKERS = min(4, len(os.sched_getaffinity(0)))
"""How many pieces of work are done at a time."""

Asked = TypeVar("Asked")
Made = TypeVar("Made")
One = TypeVar("One")
Other = TypeVar("Other")


def side_by_side(work: Callable[[Asked], Made], asked: Iterable[Asked]) -> Iterator[Made]:
    """What `work` makes of each thing asked, in their order. At most `WORKERS` of them are begun and not yet given out.

    Raises:
        Exception: whatever `work` raises, in its turn; what was not begun by then is not begun, what was is waited for.
    """
    workers, waiting = ThreadPoolExecutor(WORKERS, "laidian-worker"), deque[Future[Made]]()
    try:
        for one in asked:
            waiting.append(workers.submit(work, one))
            if len(waiting) == WORKERS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        workers.shutdown(cancel_futures=True)


def at_once(*works: Callable[[], Made]) -> list[Made]:
    """What each piece of work makes.

    >>> at_once(lambda: 1, lambda: 2)
    [1, 2]

    Raises:
        Exception: that of the first one that fails.
    """
    return list(side_by_side(lambda work: work(), works))


def single_threaded() -> AbstractContextManager[object]:
    """Within the block linear algebra has no threads of its own.

    On a model's few columns they wait for each other several times as long as they reckon, and the last digit of what they sum
    hangs on how many there are: nights would differ from machine to machine.
    """
    limited: AbstractContextManager[object] = threadpool_limits(1, user_api="blas")
    return limited


def pair(one: Callable[[], One], other: Callable[[], Other]) -> tuple[One, Other]:
    """What two pieces of work of different kinds make.

    >>> pair(lambda: 1, lambda: "2")
    (1, '2')

    Raises:
        Exception: that of the first one that fails.
    """
    first, second = at_once(one, other)
    return first, second  # type: ignore[return-value]
