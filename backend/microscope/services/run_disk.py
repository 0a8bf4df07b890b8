"""What an attempt writes into its run's directory: all in one thread, one after the other, as long as it is its own."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from pydantic import JsonValue

from microscope.families.base import Checkpoint, Facts, Family, Result, Rows
from microscope.services.finite import finite
from microscope.services.made import hashed
from microscope.services.run_claim import Claim
from microscope.services.run_log import Unwritten
from microscope.store.files import Folder
from microscope.store.run_checkpoints import Kept, read_checkpoint, write_checkpoint
from microscope.store.run_folder import CHECKPOINT, ENVIRONMENT, LOG, MADE, PARTS, SERIES, SPEC, RunFolder
from microscope.store.run_tables import RunTables

T = TypeVar("T")

PENDING = 16
"""Things to write that may wait; then the generator waits."""


class Begun(NamedTuple):
    """What an earlier attempt has left."""

    resume: Checkpoint | None
    before: Mapping[str, Facts]
    """What that checkpoint was made of."""

    worked_s: float


class RunDisk:
    """One run's directory. `do` and `write` belong to the event loop's thread; what they are given runs in its own."""

    def __init__(self, home: Folder, id: str, claim: Claim) -> None:
        self._claim = claim
        self.folder = RunFolder(home, id)
        self.tables = RunTables(self.folder.path)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="run-disk")
        self._pending: deque[Future[Any]] = deque()
        self._about: dict[str, JsonValue] = {}
        self._reads: dict[str, dict[str, JsonValue]] = {}

    async def do(self, job: Callable[[], T]) -> T:
        """
        Raises:
            Lost: the run is another worker's; nothing was done.
        """

        def confirmed() -> T:
            self._claim.confirm()
            return job()

        return await asyncio.wrap_future(self._thread.submit(confirmed))

    async def write(self, job: Callable[[], None]) -> None:
        """Goes on while it is written; what went wrong is raised at a later look."""

        def confirmed() -> None:
            self._claim.confirm()
            job()

        self._pending.append(self._thread.submit(confirmed))
        if len(self._pending) > PENDING:
            await asyncio.wrap_future(self._pending.popleft())

    def look(self) -> None:
        """Raises what went wrong with what has been written meanwhile."""
        while self._pending and self._pending[0].done():
            self._pending.popleft().result()

    async def drained(self) -> None:
        """Wait until all is written."""
        while self._pending:
            await asyncio.wrap_future(self._pending.popleft())

    async def tidy(self) -> None:
        """What the manifest does not name goes. Without a claim: with its end written, the run has none."""
        await asyncio.wrap_future(self._thread.submit(self.folder.tidy))

    def close(self) -> None:
        self._thread.shutdown(wait=False)

    # ── Jobs: called in its thread ───────────────────────────────────────────────────────────────────────

    def begin(self, family: Family) -> Begun:
        """What it can go on from, with everything behind it gone."""
        self.folder.begin(family.model_dump(mode="json"))
        kept = read_checkpoint(self.folder.path / CHECKPOINT)
        self.tables.begin(kept.parts if kept else {})
        self.folder.cut_series(kept.series_bytes if kept else 0)
        points = self.folder.lines(SERIES).values
        worked_s = float(points[-1]["time"]) if points else 0.0
        return Begun(Checkpoint(kept.tensors, kept.state) if kept else None, kept.reads if kept else {}, worked_s)

    def environment(self, about: Mapping[str, JsonValue]) -> None:
        """Where it happens, into `environment.json`."""
        self._about = dict(about)
        self._write_environment()

    def reads(self, data: Mapping[str, Facts]) -> None:
        """Into `environment.json` now, and into every checkpoint from now on."""
        self._reads |= {name: dict(facts) for name, facts in data.items()}
        self._write_environment()

    def mend(self, family: Family) -> list[str]:
        """Write again what somebody has deleted of what every run has, however it ends; the names of these files."""
        writes: dict[str, Callable[[], None]] = {
            SPEC: lambda: self.folder.write_json(SPEC, family.model_dump(mode="json")),
            ENVIRONMENT: self._write_environment,
        }
        gone = [name for name in writes if not (self.folder.path / name).is_file()]
        for name in gone:
            writes[name]()
        return gone

    def _write_environment(self) -> None:
        self.folder.write_json(ENVIRONMENT, {**self._about, "data": dict(self._reads)})

    def add(self, rows: Rows) -> None:
        self.tables.add(rows.table, rows.columns)

    def checkpoint(self, event: Checkpoint, points: list[dict[str, Any]]) -> None:
        self._claim.insist()
        parts = self.tables.flush()
        length = self.folder.append(SERIES, points)
        kept = Kept(dict(event.tensors), dict(event.state), parts, length, self._reads)
        write_checkpoint(self.folder.path / CHECKPOINT, kept)

    def append(self, said: Unwritten) -> None:
        if said.points:
            self.folder.append(SERIES, said.points)
        if said.lines:
            self.folder.append(LOG, said.lines)

    def finish(self, result: Result) -> None:
        """Tables joined, results written, the manifest last."""
        self.tables.merge()
        self.folder.write_json("charts.json", [chart.model_dump(mode="json") for chart in result.charts])
        self.folder.write_json(MADE, [{"what": made.what, "path": str(made.path)} for made in result.made])
        self.folder.write_json("metrics.json", finite(dict(result.metrics)))
        self.folder.seal(without=(PARTS, CHECKPOINT), made=hashed(result.made))
