"""Families, runs and their queue; what is live of them goes over the socket. Their files: `artifacts.py`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, status
from pydantic import BaseModel, ConfigDict, Field

from microscope.api.desk import Desk
from microscope.services.runs import Which
from microscope.wire.patch_library import PatchesRead
from microscope.wire.run_queue import FamilyCard, NewRun, Preflight, QueueChange, QueueState, RunChange, SpecOnly, Way
from microscope.wire.runs import Run, RunPage, RunRow

router = APIRouter(tags=["runs"])

Id = Annotated[str, Path(description="Id of a run.")]


class RunQuery(BaseModel):
    """Which runs a list shows, and in which order."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(default="", max_length=500, description="Words in name, id, family or spec.")
    family: str = Field(default="", description="Kind of a family; empty is all.")
    status: str = Field(default="", description="As rows have it; empty is all.")
    since: float | None = Field(default=None, description="Made at this Unix time or later, in seconds.")
    until: float | None = Field(default=None, description="Made before this Unix time, in seconds.")
    tag: str = Field(default="", description="One of its tags; empty is all.")
    deleted: bool = Field(default=False, description="Those that were put away, instead of the others.")
    sort: str = Field(default="created", description="created, started, ended, name, family, status, priority or id.")
    desc: bool = Field(default=True, description="From the greatest down.")
    offset: int = Field(default=0, ge=0, le=1_000_000_000, description="Rows to skip.")
    limit: int = Field(default=50, ge=1, le=200, description="Rows at most.")


@router.get("/families")
async def families(desk: Desk) -> tuple[FamilyCard, ...]:
    """What can be run, with the forms that start it."""
    return desk.planning.families()


@router.post("/preflight")
async def preflight(spec: SpecOnly, desk: Desk) -> Preflight:
    """What a spec would do and cost; nothing is queued."""
    return desk.planning.preflight(spec.spec)


@router.post("/preflight/ways")
async def ways(spec: SpecOnly, desk: Desk) -> tuple[Way, ...]:
    """Changes with which a spec would run that is refused for what stands in its place; nothing is queued."""
    return desk.planning.ways(spec.spec)


@router.get("/runs")
async def list_runs(query: Annotated[RunQuery, Query()], desk: Desk) -> RunPage:
    """The newest first, unless sorted otherwise."""
    which = Which(query.q, query.family, query.status, query.since, query.until, query.tag, query.deleted)
    return desk.runs.list(which, sort=query.sort, desc=query.desc, offset=query.offset, limit=query.limit)


@router.post("/runs", status_code=status.HTTP_201_CREATED)
async def submit(new: NewRun, desk: Desk) -> RunRow:
    """Into the queue; the same spec may be there already."""
    row = desk.planning.submit(new)
    desk.runner.nudge()
    return row


@router.get("/runs/{run}")
async def get(run: Id, desk: Desk) -> Run:
    """Everything about it but its files' contents."""
    return desk.runs.get(run)


@router.get("/runs/{run}/patches")
async def patches(run: Id, desk: Desk) -> tuple[PatchesRead, ...]:
    """Patches and sets that its spec names."""
    return desk.patch_uses.read_by(desk.runs.get(run).spec)


@router.patch("/runs/{run}")
async def change(run: Id, request: RunChange, desk: Desk) -> Run:
    """Pause, resume, cancel or requeue it; move it in the queue; give it another name or other tags."""
    return desk.runs.change(run, request)


@router.delete("/runs/{run}", status_code=status.HTTP_204_NO_CONTENT)
async def delete(run: Id, desk: Desk) -> None:
    """Put it away; its files stay where they are, and `restore` brings it back."""
    desk.runs.delete(run)


@router.post("/runs/{run}/restore")
async def restore(run: Id, desk: Desk) -> Run:
    """Undo a deletion."""
    return desk.runs.restore(run)


@router.get("/queue")
async def queue(desk: Desk) -> QueueState:
    """Who works on what, and what comes next."""
    return desk.runs.queue()


@router.patch("/queue")
async def pause_queue(request: QueueChange, desk: Desk) -> QueueState:
    """Let workers claim planned runs, or not."""
    return desk.runs.pause_queue(request.paused)
