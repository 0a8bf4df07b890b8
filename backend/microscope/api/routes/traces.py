"""Traces: a text that was run once, named by the hash of the model's weights and its ids."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response, status

from microscope.api.desk import BINARY, FOR_EVER, Desk, Heatmap, safetensors, unchanged
from microscope.wire import Bundle, NewTrace, Trace

router = APIRouter(prefix="/traces", tags=["traces"])


@router.post("", status_code=status.HTTP_201_CREATED)
async def create(new: NewTrace, desk: Desk) -> Trace:
    """Run a text, ids, or a conversation's ids. The same input has the same name."""
    return await desk.traces.create(new)


@router.get("/{hash}")
async def get(hash: str, desk: Desk) -> Trace:
    return desk.traces.get(hash)


@router.get("/{hash}/export")
async def export(hash: str, desk: Desk) -> Bundle:
    """A bundle that `POST /api/import` of another server opens at the same address."""
    return await desk.views.export_trace(hash)


@router.get("/{hash}/grid", response_class=Response, responses={200: {"content": {BINARY: {}}}})
async def grid(hash: str, query: Heatmap, request: Request, desk: Desk) -> Response:
    """The heat map as safetensors; `GridHead` in its metadata says what is in it."""
    if known := unchanged(request, await desk.traces.etag(hash, query), FOR_EVER):
        return known
    content, etag = await desk.traces.grid(hash, query)
    return safetensors(content, etag, FOR_EVER, f"{hash}-{query.lens}-lens")
