from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import CancelledError, Future
from threading import Event, Thread, get_ident
from time import sleep

import pytest

from microscope.engine.device import Device, Priority


def with_device(scenario: Callable[[Device], Coroutine[None, None, None]], patience: int = 16) -> None:
    device = Device(patience)
    try:
        asyncio.run(scenario(device))
    finally:
        device.close()


class Held:
    """A device that is busy until the block ends, so that what is queued in it is ordered by priority alone."""

    def __init__(self, device: Device) -> None:
        self._release = Event()
        started = Event()
        self._running = device.submit(Priority.CLICK, lambda: (started.set(), self._release.wait(10)))
        assert started.wait(10)

    def __enter__(self) -> Future[tuple[None, bool]]:
        return self._running

    def __exit__(self, *_: object) -> None:
        self._release.set()


def test_a_click_overtakes_tokens_and_tokens_overtake_runs() -> None:
    async def scenario(device: Device) -> None:
        order: list[str] = []
        with Held(device):
            futures = [
                device.submit(priority, lambda name=name: order.append(name))
                for priority, name in ((Priority.RUN, "run"), (Priority.TOKEN, "token"), (Priority.CLICK, "click"))
            ]
        for future in futures:
            await asyncio.wrap_future(future)
        assert order == ["click", "token", "run"]

    with_device(scenario)


def test_equal_jobs_run_in_order() -> None:
    async def scenario(device: Device) -> None:
        order: list[int] = []
        with Held(device):
            futures = [device.submit(Priority.RUN, lambda i=i: order.append(i)) for i in range(20)]
        for future in futures:
            await asyncio.wrap_future(future)
        assert order == list(range(20))

    with_device(scenario)


def test_a_waiting_run_ages_and_is_not_overtaken_for_ever() -> None:
    async def scenario(device: Device) -> None:
        order: list[str] = []
        with Held(device):
            jobs = [device.submit(Priority.RUN, lambda: order.append("run"))]
            jobs += [device.submit(Priority.CLICK, lambda: order.append("click")) for _ in range(30)]
        for job in jobs:
            await asyncio.wrap_future(job)
        assert order.index("run") == 2 * 4 - 1

    with_device(scenario, patience=4)


def test_an_exception_reaches_its_caller_and_the_thread_lives_on() -> None:
    async def scenario(device: Device) -> None:
        def broken() -> None:
            raise ValueError("broken job")

        with pytest.raises(ValueError, match="broken job"):
            await device.do(Priority.TOKEN, broken)
        assert await device.do(Priority.TOKEN, lambda: 7) == 7

    with_device(scenario)


def test_all_jobs_share_one_thread_that_is_not_the_callers() -> None:
    async def scenario(device: Device) -> None:
        threads = {await device.do(priority, get_ident) for priority in Priority}
        assert len(threads) == 1
        assert get_ident() not in threads

    with_device(scenario)


def test_clicks_slip_in_between_the_steps_of_a_stream() -> None:
    async def scenario(device: Device) -> None:
        order: list[str] = []

        def steps() -> Iterator[int]:
            for step in range(3):
                order.append(f"step {step}")
                yield step

        async for step in device.stream(Priority.RUN, steps()):
            await device.do(Priority.CLICK, lambda step=step: order.append(f"click {step}"))
        assert order == ["step 0", "click 0", "step 1", "click 1", "step 2", "click 2"]

    with_device(scenario)


def test_leaving_a_stream_early_closes_its_generator_on_the_device() -> None:
    async def scenario(device: Device) -> None:
        closed: list[int] = []

        def steps() -> Iterator[int]:
            try:
                yield from range(100)
            finally:
                closed.append(get_ident())

        stream = device.stream(Priority.RUN, steps())
        async for step in stream:
            if step == 2:
                break
        await stream.aclose()
        assert [await device.do(Priority.RUN, get_ident)] == closed

    with_device(scenario)


def test_a_caller_that_gave_up_costs_nothing() -> None:
    async def scenario(device: Device) -> None:
        ran: list[int] = []
        with Held(device):
            waiting = device.submit(Priority.TOKEN, lambda: ran.append(1))
            assert waiting.cancel()
        await device.do(Priority.RUN, lambda: None)
        assert ran == []

    with_device(scenario)


def test_a_closed_device_refuses_work_and_may_be_closed_twice() -> None:
    device = Device()
    device.close()
    device.close()
    with pytest.raises(RuntimeError, match="closed"):
        device.submit(Priority.CLICK, lambda: None)


def test_closing_finishes_the_running_job_and_drops_those_that_wait() -> None:
    device = Device()
    closer = Thread(target=device.close)
    with Held(device) as running:
        waiting = device.submit(Priority.RUN, lambda: None)
        closer.start()
        while not device.closed:
            sleep(0.001)
    closer.join(10)
    assert running.done()
    with pytest.raises(CancelledError):
        waiting.result(10)
