"""Traces: a text that was run once, named by the hash of weights, ids, their roles and its patches."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response, status

from microscope.api.desk import ASK_AGAIN, BINARY, Desk, Heatmap, Search, parsed, safetensors, tagged, unchanged
from microscope.wire.traces import NewTrace, Trace, TraceRow
from microscope.wire.views import Bundle

router = APIRouter(prefix="/traces", tags=["traces"])

Hash = Annotated[str, Path(description="Hash of a trace.")]


@router.post("", status_code=status.HTTP_201_CREATED)
async def create(new: NewTrace, desk: Desk) -> Trace:
    """Run a text, ids, or a conversation's ids. The same input has the same name."""
    return await desk.traces.create(new)


@router.get("")
async def list_traces(
    desk: Desk,
    model: Annotated[str, Query(description="Slug.")],
    limit: Annotated[int, Query(ge=1, le=200, description="Rows at most.")] = 50,
) -> tuple[TraceRow, ...]:
    """A model's traces, the last kept first."""
    return desk.traces.list(model, limit)


@router.get("/{hash}", response_model=Trace)
async def get(hash: Hash, request: Request, desk: Desk) -> Response:
    """Ids and roles never change; `model` and `resident` do, and the etag with them."""
    return tagged(request, desk.traces.get(hash), ASK_AGAIN)


@router.get("/{hash}/export")
async def export(hash: Hash, desk: Desk, search: Search = "") -> Bundle:
    """A bundle that `POST /api/import` of another server opens at the same address, what `vs` names included."""
    return await desk.views.export_trace(hash, parsed(search))


@router.get("/{hash}/grid", response_class=Response, responses={200: {"content": {BINARY: {}}}})
async def grid(hash: Hash, query: Heatmap, request: Request, desk: Desk) -> Response:
    """The heat map as safetensors; `GridHead` in its metadata says what is in it."""
    # Its numbers depend on more than its address says: the dtype of the weights, the tuned lens fitted last.
    if known := unchanged(request, await desk.traces.etag(hash, query), ASK_AGAIN):
        return known
    content, etag = await desk.traces.grid(hash, query)
    return safetensors(content, etag, ASK_AGAIN, f"{hash}-{query.lens}-lens")
