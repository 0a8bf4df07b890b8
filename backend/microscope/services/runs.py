"""Runs and their queue: list, look, pause, resume, cancel, requeue, reorder. Knows no torch and no device.

What changes a run's status is one conditional update (`services/run_changes.py`); where somebody else was quicker, the
answer says how it stands now. `services/planning.py` makes runs, `services/runner.py` works on them,
`services/run_files.py` reads their files.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import Engine

from microscope.errors import Incompatible, Invalid, NotFound
from microscope.services.leases import Leases
from microscope.services.run_changes import ENDED, Action, act
from microscope.services.run_points import figures
from microscope.services.run_rows import rows_of
from microscope.services.run_words import checked_tags, words
from microscope.settings import Settings
from microscope.store import queue, runs
from microscope.store.database import RunRecord, database_url, open_database
from microscope.store.files import Folder
from microscope.store.run_folder import MADE, SERIES, RunFolder
from microscope.store.runs import SORTS
from microscope.store.runs import Filter as Which
from microscope.wire.run_files import Artifact, ChartSpec
from microscope.wire.run_queue import QueueState, QueueTotals, RunChange
from microscope.wire.runs import Made, Run, RunLink, RunPage, RunRow, RunStatus

SHOWN_IN_QUEUE = 200
SHOWN_ENDED = 20
KINDS: dict[str, Literal["json", "table", "tensors", "image", "text"]] = {
    ".json": "json",
    ".parquet": "table",
    ".safetensors": "tensors",
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".webp", ".gif"), "image"),
    **dict.fromkeys((".txt", ".jsonl", ".md", ".csv", ".log", ".yaml"), "text"),
}
"""How a page can show a file, by its ending."""


def _nobody() -> None:
    pass


def _nothing(_: str) -> None:
    pass


def _unlinked(_: Sequence[Made]) -> tuple[RunLink, ...]:
    return ()


class Deleted(NamedTuple):
    """A run that was put away."""

    id: str
    bytes: int
    """Of its directory."""


class Runs:
    """Every call is a transaction or two; nothing is remembered between them."""

    def __init__(
        self,
        database: Engine,
        home: Folder,
        nudge: Callable[[], None] = _nobody,
        links: Callable[[Sequence[Made]], tuple[RunLink, ...]] = _unlinked,
    ) -> None:
        """
        Args:
            nudge: called after each change; this process' worker looks at once, others within a second.
            links: where that is seen what a run made; by default nowhere.
        """
        self._database = database
        self._home = home
        self._nudge = nudge
        self._links = links

    def list(
        self, which: Which, *, sort: str = "created", desc: bool = True, offset: int = 0, limit: int = 50
    ) -> RunPage:
        """
        Raises:
            Invalid: there is no such column to sort by, or no such status.
        """
        if which.status and which.status not in get_args(RunStatus):
            raise Invalid(f"{which.status!r} is no status.", next=f"Expected one of {', '.join(get_args(RunStatus))}.")
        if sort not in SORTS:
            raise Invalid(f"{sort!r} cannot be sorted by.", next=f"Expected one of {', '.join(SORTS)}.")
        page = runs.page(self._database, which, sort, desc, offset, limit)
        counts = runs.counts(self._database, deleted=which.deleted)
        return RunPage(
            rows=rows_of(self._database, page.records),
            total=page.total,
            families=counts.families,
            statuses=counts.statuses,
            tags=tuple(counts.tags),
            deleted=runs.n_deleted(self._database),
        )

    def row(self, id: str) -> RunRow:
        """
        Raises:
            NotFound: there is no such run.
        """
        return rows_of(self._database, [self._record(id)])[0]

    def get(self, id: str) -> Run:
        """Everything about it but its files' contents.

        Raises:
            NotFound: there is no such run.
        """
        record, folder = self._record(id), RunFolder(self._home, id)
        # A run that was queued once more has come to nothing yet, whatever files its first success has left.
        came = folder.read_json if record.status == "succeeded" else _nothing
        charts: list[dict[str, Any]] = came("charts.json") or []
        made = tuple(_looked_up(Made.model_validate(one)) for one in came(MADE) or [])
        return Run(
            row=rows_of(self._database, [record])[0],
            spec=record.spec,
            spec_sha256=record.spec_sha256,
            metrics=came("metrics.json") or {},
            charts=tuple(ChartSpec.model_validate(chart) for chart in charts),
            live=_live(folder),
            environment=folder.read_json("environment.json") or {},
            artifacts=artifacts(folder),
            directory_missing=folder.missing and record.attempts > 0,
            directory=str(folder.path),
            made=made,
            links=self._links(made),
        )

    def change(self, id: str, change: RunChange) -> Run:
        """All of it, or nothing where some of it is refused.

        Raises:
            NotFound: there is no such run.
            Incompatible: it is not in a state for that.
            Invalid: a tag that is none.
        """
        record = self._record(id)
        with queue.changing(self._database) as changed:
            self._edit(changed, record, change)
            if change.action is not None:
                self._act(changed, id, change.action)
            if change.before is not None:
                self._move(changed, id, change.before)
        self._nudge()
        return self.get(id)

    def delete(self, id: str) -> None:
        """Put it away; its directory stays, and `restore` brings it back.

        Raises:
            NotFound: there is no such run.
            Incompatible: it is being worked on.
        """
        self._record(id)
        if not queue.turn(self._database, id, ("planned", "paused", *ENDED), deleted=time.time()):
            raise Incompatible(f"{id} is running.", next=f"Cancel it first: microscope queue cancel {id}")

    def restore(self, id: str) -> Run:
        """Undo a deletion.

        Raises:
            NotFound: there is no such run.
            Incompatible: it was not deleted.
        """
        if not runs.restore(self._database, id):
            status = self._record(id).status
            raise Incompatible(
                f"{id} was not deleted: it is {status}.", next="List those that were: microscope runs --deleted"
            )
        return self.get(id)

    def deleted(self) -> tuple[Deleted, ...]:
        """Those that were put away and could be restored, the oldest first, with what they take."""
        return tuple(
            Deleted(id, sum(file.bytes for file in RunFolder(self._home, id).files()))
            for id in runs.deleted(self._database)
        )

    def purge(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Delete runs that were put away, with their directories, for good; what they made elsewhere stays.

        Returns:
            Those that are gone; one that was restored meanwhile is not among them.

        Raises:
            Unavailable: a directory cannot be deleted; its run stays as it is.
        """
        return tuple(id for id in ids if runs.forget(self._database, id, RunFolder(self._home, id).remove))

    def queue(self) -> QueueState:
        """As it stands."""
        of = self._database
        count = runs.statuses(of)

        def rows(*statuses: str, limit: int = SHOWN_IN_QUEUE, last_ended: bool = False) -> tuple[RunRow, ...]:
            return rows_of(of, runs.with_status(of, statuses, limit, last_ended=last_ended))

        return QueueState(
            totals=QueueTotals(
                running=count.get("running", 0),
                planned=count.get("planned", 0),
                held=count.get("paused", 0),
                ended=sum(count.get(status, 0) for status in ENDED),
            ),
            paused=queue.is_paused(of),
            workers=Leases(of).alive(),
            running=rows("running"),
            planned=rows("planned"),
            held=rows("paused"),
            ended=rows(*ENDED, limit=SHOWN_ENDED, last_ended=True),
        )

    def pause_queue(self, paused: bool) -> QueueState:
        """Nobody claims planned runs until it goes on; those that run go on running."""
        queue.set_paused(self._database, paused)
        self._nudge()
        return self.queue()

    def _edit(self, changed: queue.Change, record: RunRecord, change: RunChange) -> None:
        """Whatever its status."""
        if change.name is not None:
            found_by = words(record.id, change.name, record.family, record.spec)
            runs.change(changed, record.id, name=change.name, words=found_by)
        if change.priority is not None:
            runs.change(changed, record.id, priority=change.priority)
        if change.tags is not None or change.add_tags or change.remove_tags:
            only = None if change.tags is None else checked_tags(change.tags)
            add, remove = checked_tags(change.add_tags), checked_tags(change.remove_tags)
            runs.tag(changed, record.id, only, add, remove)

    def _act(self, changed: queue.Change, id: str, action: Action) -> None:
        if not act(changed, id, action, time.time()):
            record = self._record(id)
            stands = "being cancelled" if record.asking == "cancel" else record.status
            raise Incompatible(f"{id} is {stands}: it cannot {action}.", next=_instead(stands, id))

    def _move(self, changed: queue.Change, id: str, before: str) -> None:
        if id == before:
            raise Invalid(f"{id} cannot precede itself.", next="Name another planned run: microscope queue list")
        if not queue.move(changed, id, before):
            self._record(before)
            raise Incompatible(
                f"{id} and {before} are not both planned with the same priority.",
                next="Look at the queue: microscope queue list. Set the priority first.",
            )

    def _record(self, id: str) -> RunRecord:
        record = runs.find(self._database, id)
        if record is None and runs.is_deleted(self._database, id):
            raise NotFound(f"{id} was deleted.", next=f"Restore it: microscope restore-run {id}")
        if record is None:
            latest = runs.latest(self._database)
            raise NotFound(
                f"There is no run {id!r}"
                + (f"; the latest is {latest}." if latest else ": nothing has been run here."),
                next="List them: microscope runs",
            )
        return record


@contextmanager
def opened(settings: Settings) -> Generator[tuple[Runs, Folder]]:
    """Over the settings' database, without a lab; with the home folder, where runs have their files."""
    home = Folder(settings.home)
    database = open_database(database_url(settings, home))
    try:
        yield Runs(database, home, links=linking(home, settings)), home
    finally:
        database.dispose()


def linking(home: Folder, settings: Settings) -> Callable[[Sequence[Made]], tuple[RunLink, ...]]:
    """Where that is seen what a run made, by the library that the settings name."""

    def linked(made: Sequence[Made]) -> tuple[RunLink, ...]:
        if not made:
            return ()
        # Only here: the library reads tensors, and lists of runs are shown without torch.
        from microscope.services.made import links
        from microscope.store.saes import Library

        return links(home, Library(home, settings.sae_cache_dir), made)

    return linked


def artifacts(folder: RunFolder) -> tuple[Artifact, ...]:
    """Files of the directory, with their hashes once the manifest is there, and while it can be read."""
    hashes = folder.hashes("files")
    return tuple(
        Artifact(
            path=file.path,
            bytes=file.bytes,
            sha256=hashes.get(file.path),
            kind=KINDS.get(f".{file.path.rpartition('.')[2].lower()}", "other"),
        )
        for file in folder.files()
    )


def _looked_up(made: Made) -> Made:
    """With whether it is still there."""
    return made.model_copy(update={"missing": not Path(made.path).exists()})


def _live(folder: RunFolder) -> tuple[str, ...]:
    """Of the first points: a family reports the same metrics all along, or nearly so."""
    names = {name: None for point in folder.lines(SERIES, limit=100).values for name in figures(point)}
    return tuple(name for name in names if name not in ("step", "time"))


def _instead(status: str, id: str) -> str:
    match status:
        case "planned" | "running":
            return f"Cancel or pause it: microscope queue cancel {id}"
        case "being cancelled":
            return f"Requeue it when it has ended: microscope queue requeue {id}"
        case "paused":
            return f"Resume or cancel it: microscope queue resume {id}"
        case "succeeded":
            return "Its result stays. Its spec runs again as another run: the command with --fresh, or its page."
        case _:
            return f"Requeue it: microscope queue requeue {id}"
