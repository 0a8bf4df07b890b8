"""An iterator that another thread runs ahead of its reader, so that the device does not wait for text and tokens."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from queue import Full, Queue
from threading import Event, Thread
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class _Item(NamedTuple, Generic[T]):
    value: T


class _End(NamedTuple):
    trouble: BaseException | None


def ahead(items: Iterator[T], most: int) -> Generator[T]:
    """The same items in the same order, at most `most` of them ahead; what goes wrong is raised in its place.

    Close it where it is left early: the thread ends with it.
    """
    queue: Queue[_Item[T] | _End] = Queue(maxsize=most)
    left = Event()

    def put(item: _Item[T] | _End) -> bool:
        while not left.is_set():
            try:
                queue.put(item, timeout=0.1)
            except Full:
                continue
            return True
        return False

    def work() -> None:
        trouble = None
        try:
            for value in items:
                if not put(_Item(value)):
                    return
        except BaseException as error:  # Raised where it is read.
            trouble = error
        put(_End(trouble))

    thread = Thread(target=work, name="ahead", daemon=True)
    thread.start()
    try:
        while isinstance(item := queue.get(), _Item):
            yield item.value
        if item.trouble is not None:
            raise item.trouble
    finally:
        left.set()
        thread.join()
