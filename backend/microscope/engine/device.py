"""One thread owns the device. Jobs are short; urgent ones overtake, waiting ones age.

    key = ticket + patience · priority      the smallest key runs next

so a click overtakes the tokens and runs that wait, and a run that has been overtaken by `2 · patience` clicks is next
itself. If you hold a tensor, you are on this thread: that is why there are no locks elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Future
from enum import IntEnum
from itertools import count
from queue import PriorityQueue
from threading import Lock, Thread
from typing import Any, NamedTuple, TypeVar

from microscope.engine.cores import limit_threads

T = TypeVar("T")

PATIENCE = 16
"""Later jobs of the next higher priority that may overtake one."""


class Priority(IntEnum):
    CLICK = 0
    """Somebody looks at the screen."""

    TOKEN = 1
    """One step of a conversation."""

    RUN = 2
    """One step of long work."""


class _Job(NamedTuple):
    key: float
    ticket: int
    run: Callable[[], Any] | None
    """None closes the device."""

    future: Future[Any]


class _End:
    """What a stream's job returns behind its last step."""


_END = _End()


class Device:
    """Runs jobs one at a time in a thread of its own."""

    def __init__(self, patience: int = PATIENCE) -> None:
        self._patience = patience
        self._jobs: PriorityQueue[_Job] = PriorityQueue()
        self._tickets = count()
        self._closing = Lock()
        self._closed = False
        limit_threads()
        self._thread = Thread(target=self._work, name="device", daemon=True)
        self._thread.start()

    @property
    def closed(self) -> bool:
        return self._closed

    def submit(self, priority: Priority, job: Callable[[], T]) -> Future[T]:
        """Queue a job; its result or exception comes in the future. Cancelling the future skips a job that waits."""
        future: Future[T] = Future()
        with self._closing:
            if self._closed:
                raise RuntimeError("the device is closed")
            ticket = next(self._tickets)
            self._jobs.put(_Job(ticket + self._patience * priority, ticket, job, future))
        return future

    async def do(self, priority: Priority, job: Callable[[], T]) -> T:
        """Run a job on the device thread and wait for it without blocking the event loop."""
        return await asyncio.wrap_future(self.submit(priority, job))

    async def stream(self, priority: Priority, steps: Iterator[T]) -> AsyncGenerator[T]:
        """One step of the iterator is one job; others run between the steps. Leaving early closes a generator."""

        def advance() -> T | _End:
            return next(steps, _END)

        try:
            while not isinstance(step := await self.do(priority, advance), _End):
                yield step
        finally:
            close = getattr(steps, "close", None)
            if close is not None and not self._closed:
                self.submit(priority, close)

    @property
    def waiting(self) -> int:
        """Jobs in the queue, the one that runs left out."""
        return self._jobs.qsize()

    def close(self) -> None:
        """Finish the job that runs, drop those that wait, end the thread."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._jobs.put(_Job(-1.0, -1, None, Future()))
        self._thread.join()
        while not self._jobs.empty():
            self._jobs.get().future.cancel()

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            if job.run is None:
                return
            if not job.future.set_running_or_notify_cancel():
                continue
            try:
                result = job.run()
            except BaseException as error:  # The caller's to handle; the thread lives on.
                job.future.set_exception(error)
            else:
                job.future.set_result(result)
            # A finished job must not keep its tensors alive while the thread waits for the next one.
            del job
