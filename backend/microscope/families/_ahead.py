"""An iterator that another thread runs ahead of its reader, so that the device does not wait for text and tokens."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Generic, NamedTuple, TypeVar

from microscope.families.base import Progress

T = TypeVar("T")

WAIT_S = 0.05
"""For an item, before the reader hears that there is none yet."""

LEAVE_S = 0.5
"""For the thread to end: it does with the item that it is at, however long that takes."""

NAMED_S = 2.0
"""A wait that is shorter has no name: a stage that comes and goes would hide the rate."""


class _Item(NamedTuple, Generic[T]):
    value: T


class _End(NamedTuple):
    trouble: BaseException | None


def ahead(items: Iterator[T], most: int) -> Generator[T | None]:
    """The same items in the same order, at most `most` of them ahead; what goes wrong is raised in its place.

    None each time that nothing has come for `WAIT_S`, so that others may use the reader's thread. Close it where it is
    left early: the thread ends with it.
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
        while True:
            try:
                item = queue.get(timeout=WAIT_S)
            except Empty:
                yield None
                continue
            if isinstance(item, _End):
                break
            yield item.value
        if item.trouble is not None:
            raise item.trouble
    finally:
        left.set()
        thread.join(LEAVE_S)


def aside(work: Callable[[], T]) -> Generator[None, None, T]:
    """What it gives, made by a thread of its own; yields while that takes time."""

    def made() -> Iterator[tuple[T]]:
        yield (work(),)

    with closing(ahead(made(), 1)) as coming:
        for one in coming:
            if one is not None:
                return one[0]
            yield
    raise AssertionError("it ended without its only item")


def waits(waiting: Generator[None, None, T], at: Progress, stage: str) -> Generator[Progress, None, T]:
    """What is waited for; meanwhile the progress as it stands, which says what for where that takes long."""
    begun = time.monotonic()
    while True:
        try:
            next(waiting)
        except StopIteration as end:
            return end.value
        yield at._replace(stage=stage) if time.monotonic() - begun > NAMED_S else at
