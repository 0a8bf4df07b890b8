"""One attempt at one run, by the worker that has claimed it.

1. what the last checkpoint knows stays in the directory, what came after it goes
2. the family's models come into memory and are pinned
3. every step of the generator is a job for the device at the priority of runs; a few go in one job as long as nobody
   waits and little time has passed
4. what it yields is written by a thread of its own, in order
5. every half second it is seen whether somebody wants it to stop, and whether it is still this worker's; its beats and
   its progress go to the database
6. in the end SAEs that it wrote become known to the library, the tables are joined and the manifest is written; then
   the row says how it ended

Belongs to the event loop's thread. An attempt that has lost its claim writes nothing more.
"""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

import torch
from pydantic import JsonValue
from sqlalchemy.exc import SQLAlchemyError

from microscope.engine.device import Device, Priority
from microscope.engine.model import Model
from microscope.errors import Trouble
from microscope.families.base import Bench, Checkpoint, Event, Family, ModelWish, Progress, Result, Rows, Say
from microscope.lab import Lab
from microscope.services.environment import environment
from microscope.services.finite import finite
from microscope.services.leases import BEAT_S, LEASE_S
from microscope.services.made import register
from microscope.services.models import Models
from microscope.services.pace import Pace, whole
from microscope.store import queue
from microscope.store.run_checkpoints import Kept, read_checkpoint, write_checkpoint
from microscope.store.run_folder import CHECKPOINT, LOG, MADE, PARTS, SERIES, RunFolder
from microscope.store.run_tables import RunTables
from microscope.store.saes import Library
from microscope.wire import LoadModel, LoadProgress
from microscope.wire.runs import LogLine, RunProgress

log = logging.getLogger("microscope")

T = TypeVar("T")

Stop = Literal["pause", "cancel", "leave"]
"""`leave`: the worker ends, and another one goes on."""

LOOK_S = 0.5
"""Between two looks at the database."""

STINT_S = 0.02
"""How long steps may follow each other in one job of the device while nobody waits."""

PENDING = 16
"""Things to write that may wait; then the generator waits."""


STOPPED: dict[Stop, tuple[str, str]] = {
    "pause": ("paused", "Paused."),
    "cancel": ("cancelled", "Cancelled."),
    "leave": ("planned", "Its worker ends; planned again."),
}
"""Status, and what the log says."""


class Claimed(NamedTuple):
    """A run that is this worker's."""

    id: str
    claim: str
    worker: str
    attempt: int
    """From 1."""

    family: Family


class Ended(NamedTuple):
    """How an attempt ended."""

    status: str
    """As the row has it; `lost` where another worker has it now."""

    failure: dict[str, str] | None = None
    result: Result | None = None


class Listener(Protocol):
    """Whoever wants to hear of it in this process; on the event loop's thread."""

    def progress(self, now: RunProgress, metrics: Mapping[str, float | None]) -> None: ...

    def say(self, line: LogLine) -> None: ...


class _Stopped(Exception):
    def __init__(self, why: Stop) -> None:
        self.why: Stop = why


class _Lost(Exception):
    pass


class Attempt:
    """Call `run` once."""

    def __init__(self, lab: Lab, models: Models, claimed: Claimed, listener: Listener | None = None) -> None:
        self._lab = lab
        self._models = models
        self._claimed = claimed
        self._listener = listener
        self._folder = RunFolder(lab.folder, claimed.id)
        self._tables = RunTables(self._folder.path)
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="run-disk")
        self._pending: deque[Future[Any]] = deque()
        self._points: list[dict[str, Any]] = []
        self._lines: list[dict[str, Any]] = []
        self._pace = Pace()
        self._progress: RunProgress | None = None
        self._told: RunProgress | None = None
        self._began = time.monotonic()
        self._worked_s = 0.0
        self._stop: Stop | None = None
        self._lost = False
        self._wrong: Trouble | None = None
        self._confirmed = time.monotonic()
        self._nudged = asyncio.Event()
        self._halt = asyncio.Event()
        """It is to stop, or is lost: whoever waits for something long need not."""

    @property
    def claimed(self) -> Claimed:
        return self._claimed

    def nudge(self) -> None:
        """Look at the database at once."""
        self._nudged.set()

    def stop(self, why: Stop) -> None:
        """At the end of the step that runs; at once where it waits for a model."""
        self._stop = why
        self._halt.set()

    async def run(self) -> Ended:
        """To its end, whatever that is; the row says the same."""
        keeper = asyncio.create_task(self._keep())
        try:
            ended = await self._ended()
            return ended if await self._settled(ended) else Ended("lost")
        finally:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper
            self._disk.shutdown(wait=False)

    # ── Work ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _ended(self) -> Ended:
        try:
            result = await self._work()
            await self._drained()
            await self._make_known(result)
            self._say("Succeeded.")
            await self._on_disk(lambda: self._finish(result))
            return Ended("succeeded", result=result)
        except _Stopped as stopped:
            status, says = STOPPED[stopped.why]
            self._say(says)
            return await self._kept(Ended(status))
        except _Lost:
            return Ended("lost")
        except Exception as wrong:
            failure = _failure(wrong)
            self._say(failure["error"], "error")
            if not isinstance(wrong, Trouble):
                log.error("run %s failed", self._claimed.id, exc_info=wrong)
                self._say("".join(traceback.format_exception(wrong)), "error")
            return await self._kept(Ended("failed", failure=failure))

    async def _work(self) -> Result:
        resume = await self._on_disk(self._begin)
        how = "goes on from its last checkpoint" if resume else "begins"
        self._say(f"{self._claimed.id} {how} at {self._claimed.worker}, attempt {self._claimed.attempt}.")
        async with AsyncExitStack() as pins:
            models = {wish: await self._model(wish, pins) for wish in self._claimed.family.models()}
            about = await asyncio.to_thread(environment, self._claimed.family, models)
            await self._on_disk(lambda: self._folder.write_json("environment.json", about))
            bench = Bench(self._lab, self._folder.path, models, resume)
            return await self._steps(self._claimed.family, bench)

    async def _model(self, wish: ModelWish, pins: AsyncExitStack) -> Model:
        settings = self._lab.settings
        how = wish if wish.name else settings
        request = {"model": wish.full_name(settings.model), "revision": how.revision, "dtype": how.dtype}
        load = LoadModel.model_validate({**request, "device": settings.device})

        async def held() -> Model:
            loaded = await self._models.hold(load, self._loading)
            if not self._halt.is_set():
                pins.enter_context(self._lab.models.pinned(loaded.slug))
            return loaded.model

        holding = asyncio.create_task(held())
        await self._unless_halted(holding)
        self._look()
        return await holding

    async def _unless_halted(self, task: asyncio.Task[Any]) -> None:
        """Wait for it; where the run is to stop, it goes on without anybody waiting for it."""
        halted = asyncio.create_task(self._halt.wait())
        try:
            await asyncio.wait((task, halted), return_when=asyncio.FIRST_COMPLETED)
        finally:
            halted.cancel()
        if not task.done():
            task.add_done_callback(_forget)

    def _loading(self, now: LoadProgress) -> None:
        if self._halt.is_set():
            return
        self._at(Progress(now.done_bytes, now.of_bytes or None, "bytes", f"loading {now.model}: {now.stage}"))

    async def _steps(self, family: Family, bench: Bench) -> Result:
        device = self._lab.device
        steps = _Steps(family, bench, device)
        try:
            while True:
                self._look()
                for event in await device.do(Priority.RUN, steps.some):
                    if isinstance(event, Result):
                        return event
                    await self._take(event)
        finally:
            # Closed on its own thread, so that it lets go of its tensors there, before anybody hears of the end.
            if not device.closed:
                await device.do(Priority.RUN, steps.close)

    async def _take(self, event: Event) -> None:
        match event:
            case Progress():
                self._at(event)
            case Say():
                self._say(event.text, event.level)
            case Rows():
                await self._write(lambda: self._tables.add(event.table, event.columns))
            case Checkpoint():
                points, self._points = self._points, []
                await self._write(lambda: self._checkpoint(event, points))
            case Result():
                raise AssertionError("a result is the last event")

    def _at(self, event: Progress) -> None:
        now = time.monotonic()
        self._progress = self._pace.at(now, event.done, event.of, event.unit, event.stage)
        metrics = {name: finite(value) for name, value in event.metrics.items()}
        if metrics:
            at = {"step": finite(event.done), "time": round(self._worked_s + now - self._began, 3)}
            self._points.append({**at, **metrics})
        if self._listener is not None:
            self._listener.progress(self._progress, metrics)

    def _say(self, text: str, level: str = "info") -> None:
        line = LogLine.model_validate({"time": time.time(), "level": level, "text": text})
        self._lines.append(line.model_dump())
        if self._listener is not None:
            self._listener.say(line)

    # ── The database: still mine? anything asked? ────────────────────────────────────────────────────────

    def _look(self) -> None:
        if self._lost:
            raise _Lost
        if self._wrong is not None:
            raise self._wrong
        if self._stop is not None:
            raise _Stopped(self._stop)
        while self._pending and self._pending[0].done():
            self._pending.popleft().result()

    async def _keep(self) -> None:
        beat = time.monotonic()
        while not self._lost:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._nudged.wait(), LOOK_S)
            self._nudged.clear()
            try:
                await self._tell()
                if time.monotonic() - beat >= BEAT_S:
                    beat = time.monotonic()
                    await asyncio.to_thread(queue.beat, self._lab.database, self._claimed.id, self._claimed.claim)
            except _Lost:
                return
            except SQLAlchemyError as wrong:  # It may come back before the lease is over.
                log.warning("run %s: the database does not answer: %s", self._claimed.id, wrong)
                self._lost = time.monotonic() - self._confirmed > LEASE_S
            except Trouble as wrong:  # A full disk: the run fails of it at its next look.
                self._wrong = wrong

    async def _tell(self) -> None:
        asked = await asyncio.to_thread(queue.asked, self._lab.database, self._claimed.id, self._claimed.claim)
        if not asked.mine:
            self._lost = True
            self._halt.set()
            return
        self._confirmed = time.monotonic()
        if asked.asking is not None and self._stop is None:
            self.stop("pause" if asked.asking == "pause" else "cancel")
        if self._points or self._lines or self._progress is not self._told:
            await self._on_disk(self._lines_to_write())
            self._told, now = self._progress, None if self._progress is None else self._progress.model_dump()
            await asyncio.to_thread(queue.report, self._lab.database, self._claimed.id, self._claimed.claim, now)

    def _confirm(self) -> None:
        """Before something is written. A process that was stopped for long asks first whether it still may."""
        if self._lost or (time.monotonic() - self._confirmed > LEASE_S / 4 and not self._is_mine()):
            self._lost = True
            raise _Lost

    def _is_mine(self) -> bool:
        return queue.asked(self._lab.database, self._claimed.id, self._claimed.claim).mine

    async def _settled(self, ended: Ended) -> bool:
        if ended.status == "lost":
            return False
        if ended.status == "succeeded" and self._progress is not None:
            self._progress = whole(self._progress)
        now = None if self._progress is None else self._progress.model_dump()
        columns: dict[str, Any] = {"status": ended.status, "failure": ended.failure, "progress": now}
        if ended.status in ("succeeded", "failed", "cancelled"):
            columns["ended"] = time.time()
        if ended.result is not None:
            metrics = ended.result.metrics
            columns["headline"] = {name: _number(metrics.get(name)) for name in ended.result.headline}
        claimed = self._claimed
        mine = await asyncio.to_thread(lambda: queue.settle(self._lab.database, claimed.id, claimed.claim, **columns))
        if mine and ended.status == "succeeded":
            # Not `_on_disk`: with its end written, the claim is gone, as it is of a run that was taken away.
            await asyncio.wrap_future(self._disk.submit(self._folder.tidy))
        return mine

    # ── The disk: all in one thread, one after the other ─────────────────────────────────────────────────

    async def _on_disk(self, job: Callable[[], T]) -> T:
        def confirmed() -> T:
            self._confirm()
            return job()

        return await asyncio.wrap_future(self._disk.submit(confirmed))

    async def _write(self, job: Callable[[], None]) -> None:
        """Goes on while it is written; what went wrong is raised at a later look."""

        def confirmed() -> None:
            self._confirm()
            job()

        self._pending.append(self._disk.submit(confirmed))
        if len(self._pending) > PENDING:
            await asyncio.wrap_future(self._pending.popleft())

    async def _drained(self) -> None:
        while self._pending:
            await asyncio.wrap_future(self._pending.popleft())

    def _begin(self) -> Checkpoint | None:
        """What it can go on from, with everything behind it gone."""
        self._folder.begin(self._claimed.family.model_dump(mode="json"))
        kept = read_checkpoint(self._folder.path / CHECKPOINT)
        self._tables.begin(kept.parts if kept else {})
        self._folder.cut_series(kept.series_bytes if kept else 0)
        points = self._folder.lines(SERIES).values
        self._worked_s = float(points[-1]["time"]) if points else 0.0
        self._began = time.monotonic()
        return Checkpoint(kept.tensors, kept.state) if kept else None

    def _checkpoint(self, event: Checkpoint, points: list[dict[str, Any]]) -> None:
        if not self._is_mine():
            self._lost = True
            raise _Lost
        parts = self._tables.flush()
        length = self._folder.append(SERIES, points)
        write_checkpoint(self._folder.path / CHECKPOINT, Kept(dict(event.tensors), dict(event.state), parts, length))

    def _lines_to_write(self) -> Callable[[], None]:
        points, lines = self._points, self._lines
        self._points, self._lines = [], []

        def write() -> None:
            if points:
                self._folder.append(SERIES, points)
            if lines:
                self._folder.append(LOG, lines)

        return write

    async def _make_known(self, result: Result) -> None:
        library = Library(self._lab.folder, self._lab.settings.sae_cache_dir)
        for trouble in await self._on_disk(lambda: register(library, result.made)):
            self._say(f"An SAE that it made is not in the library: {trouble.error}", "warning")

    def _finish(self, result: Result) -> None:
        self._tables.merge()
        self._lines_to_write()()
        about: dict[str, JsonValue] = self._folder.read_json("environment.json") or {}
        self._folder.write_json("environment.json", {**about, "data": dict(result.hashes)})
        self._folder.write_json("charts.json", [chart.model_dump(mode="json") for chart in result.charts])
        self._folder.write_json(MADE, [{"what": made.what, "path": str(made.path)} for made in result.made])
        self._folder.write_json("metrics.json", finite(dict(result.metrics)))
        self._folder.seal(without=(PARTS, CHECKPOINT))

    async def _kept(self, ended: Ended) -> Ended:
        """What it leaves is whole. A disk that is full, or a directory that is gone, changes nothing about the end."""
        try:
            await self._drained()
            await self._on_disk(self._lines_to_write())
            if ended.status in ("cancelled", "failed"):
                await self._on_disk(self._folder.seal)
        except _Lost:
            return Ended("lost")
        except Exception as wrong:
            log.warning("run %s: %s", self._claimed.id, wrong)
        return ended


class _Steps:
    """The family's generator; lives on the device's thread."""

    def __init__(self, family: Family, bench: Bench, device: Device) -> None:
        self._events = iter(family.run(bench))
        self._device = device
        self._wrong: Exception | None = None

    def some(self) -> list[Event]:
        """One event, and more of them while nobody waits for the device; one that fails is told after those before it.

        A checkpoint is copied before the next step writes into its tensors.
        """
        if self._wrong is not None:
            raise self._wrong
        events: list[Event] = []
        until = time.monotonic() + STINT_S
        while not events or not (self._device.waiting or time.monotonic() >= until):
            try:
                event = next(self._events, None)
                assert event is not None, "it ended without a result: its last event must be a Result"
            except Exception as wrong:
                if not events:
                    raise
                self._wrong = wrong
                break
            if isinstance(event, Checkpoint):
                event = event._replace(tensors={name: _copied(tensor) for name, tensor in event.tensors.items()})
            events.append(event)
            if isinstance(event, Result | Checkpoint):
                break
        return events

    def close(self) -> None:
        close = getattr(self._events, "close", None)
        if close is not None:
            close()


def _forget(task: asyncio.Task[Any]) -> None:
    """Nobody waits for it any more: what went wrong with it is nobody's trouble."""
    if not task.cancelled():
        task.exception()


def _copied(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)


def _number(value: JsonValue) -> float | None:
    return finite(value) if isinstance(value, int | float) else None


def _failure(wrong: Exception) -> dict[str, str]:
    """In words: what failed, and what to do about it."""
    match wrong:
        case Trouble():
            return {"error": wrong.error, "next": wrong.next}
        case torch.OutOfMemoryError() | MemoryError():
            return {"error": f"Out of memory. {wrong}".strip(), "next": "Use a smaller batch or model, and requeue it."}
        case _:
            return {
                "error": f"The family failed. {type(wrong).__name__}: {wrong}",
                "next": "The log has the traceback; requeue it to go on from its last checkpoint.",
            }
