"""Work done ahead: decoding and voice detection run while the model hears what came before."""

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
POLL_S = 0.2  # how often a full queue is looked at again to learn that nobody wants more


def ahead(items: Iterable[T], most: int) -> Iterator[T]:
    """The items in their order, up to `most` of them made ahead in another thread; its errors are raised here."""
    made: queue.Queue[tuple[T] | BaseException | None] = queue.Queue(most)
    stop = threading.Event()

    def put(item: tuple[T] | BaseException | None) -> None:
        while not stop.is_set():
            try:
                made.put(item, timeout=POLL_S)
            except queue.Full:
                continue
            return

    def make() -> None:
        try:
            for item in items:
                put((item,))
                if stop.is_set():
                    return
            put(None)
        except BaseException as bad:  # noqa: BLE001 - raised again in the thread that asked
            put(bad)

    thread = threading.Thread(target=make, name="laidian-ahead", daemon=True)
    thread.start()
    try:
        while (item := made.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item[0]
    finally:
        stop.set()
        thread.join()
