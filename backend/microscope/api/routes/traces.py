"""Traces: a text that was run once, named by the hash of the model's weights and its ids."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, status

from microscope.api.desk import BINARY, FOR_EVER, Desk, Heatmap, Search, parsed, safetensors, unchanged
from microscope.wire import Bundle, NewTrace, Trace, TraceRow

router = APIRouter(prefix="/traces", tags=["traces"])


@router.post("", status_code=status.HTTP_201_CREATED)
async def create(new: NewTrace, desk: Desk) -> Trace:
    """Run a text, ids, or a conversation's ids. The same input has the same name."""
    return await desk.traces.create(new)


@router.get("")
async def list_traces(desk: Desk, model: str, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> tuple[TraceRow, ...]:
    """A model's traces, the last kept first."""
    return desk.traces.list(model, limit)


@router.get("/{hash}")
async def get(hash: str, desk: Desk) -> Trace:
    return desk.traces.get(hash)


@router.get("/{hash}/export")
async def export(hash: str, desk: Desk, search: Search = "") -> Bundle:
    """A bundle that `POST /api/import` of another server opens at the same address, what `vs` names included."""
    return await desk.views.export_trace(hash, parsed(search))


@router.get("/{hash}/grid", response_class=Response, responses={200: {"content": {BINARY: {}}}})
async def grid(hash: str, query: Heatmap, request: Request, desk: Desk) -> Response:
    """The heat map as safetensors; `GridHead` in its metadata says what is in it."""
    if known := unchanged(request, await desk.traces.etag(hash, query), FOR_EVER):
        return known
    content, etag = await desk.traces.grid(hash, query)
    return safetensors(content, etag, FOR_EVER, f"{hash}-{query.lens}-lens")
