"""Work done ahead: decoding and voice detection of the recordings to come run while the model hears those before."""

import queue
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")
POLL_S = 0.2  # how often a full queue is looked at again to learn that nobody wants more


@dataclass(frozen=True, slots=True)
class _Made(Generic[T]):
    """One item of a work; `error`: the work broke, its items end here."""

    item: T | None
    error: BaseException | None = None


def ahead(works: Iterable[Iterable[T]], makers: int, begun: int, most: int) -> Generator[T, None, None]:
    """The items of all works in their order; a work's error is raised where it broke.

    Args:
        works: taken from in the thread that asks for items, and only as far as they are begun.
        makers: threads, each of which makes the items of one work at a time.
        begun: works begun and not yet given out, at most.
        most: items of one work that wait to be given out, at most; with `begun` this bounds the memory.
    """
    stop = threading.Event()
    left = iter(works)
    under_way: deque[queue.Queue[_Made[T] | None]] = deque()
    with ThreadPoolExecutor(makers, "laidian-ahead") as pool:
        try:
            while True:
                for work in islice(left, begun - len(under_way)):
                    under_way.append(queue.Queue(most))
                    pool.submit(_make, work, under_way[-1], stop)
                if not under_way:
                    return
                yield from _items(under_way[0])
                under_way.popleft()
        finally:
            stop.set()


def _make(work: Iterable[T], made: "queue.Queue[_Made[T] | None]", stop: threading.Event) -> None:
    try:
        for item in work:
            _put(_Made(item), made, stop)
            if stop.is_set():
                return
        _put(None, made, stop)
    except BaseException as bad:  # noqa: BLE001 - raised again in the thread that asked
        _put(_Made(None, bad), made, stop)


def _put(item: _Made[T] | None, made: "queue.Queue[_Made[T] | None]", stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            made.put(item, timeout=POLL_S)
        except queue.Full:
            continue
        return


def _items(made: "queue.Queue[_Made[T] | None]") -> Iterator[T]:
    while (one := made.get()) is not None:
        if one.error is not None:
            raise one.error
        yield one.item  # type: ignore[misc]  # an item of a work may be None itself
