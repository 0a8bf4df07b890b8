"""Files of runs: curves, logs, tables, tensors, and whatever else lies in their directories."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path as File
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from microscope.api.desk import BINARY, Desk
from microscope.wire.run_files import LogLine, Series, TablePage, TensorsPage

router = APIRouter(prefix="/runs/{run}", tags=["runs"])

Id = Annotated[str, Path(description="Id of a run.")]
Name = Annotated[str, Path(description="Path of a file below the run's directory.")]
From = Annotated[int, Query(alias="from", ge=0, description="Number of the first one.")]

SHOWN_AS = {
    ".json": "application/json",
    **dict.fromkeys((".txt", ".jsonl", ".md", ".csv", ".log", ".yaml"), "text/plain; charset=utf-8"),
    **{ending: f"image/{kind}" for ending, kind in
       ((".png", "png"), (".jpg", "jpeg"), (".jpeg", "jpeg"), (".webp", "webp"), (".gif", "gif"))},
}  # fmt: skip
"""Endings that a browser may show; everything else it saves, since a page among them would speak in our name."""


@router.get("/series")
async def series(run: Id, desk: Desk, start: From = 0) -> Series:
    """Metrics that it reported on its way, by column; `next` goes on."""
    return await asyncio.to_thread(desk.run_files.series, run, start)


@router.get("/log")
async def log(run: Id, desk: Desk, start: From = 0) -> tuple[LogLine, ...]:
    """What it said, at most 5,000 sentences at a time."""
    return await asyncio.to_thread(desk.run_files.log, run, start)


@router.get("/export", response_class=Response, responses={200: {"content": {BINARY: {}}}})
async def export(run: Id, desk: Desk) -> Response:
    """Its directory as a zip archive, with `run.json`."""
    with tempfile.NamedTemporaryFile(suffix=".zip", delete=False) as made:
        out = File(made.name)
    try:
        await asyncio.to_thread(desk.run_files.export, run, out)
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    return FileResponse(out, filename=f"{run}.zip", background=BackgroundTask(out.unlink, missing_ok=True))


@router.get("/artifacts/{path:path}/table")
async def table(
    run: Id,
    path: Name,
    desk: Desk,
    offset: Annotated[int, Query(ge=0, le=1_000_000_000, description="Rows to skip.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000, description="Rows at most.")] = 100,
    sort: Annotated[str, Query(description="A column, with - in front of it from the greatest down.")] = "",
) -> TablePage:
    """A window of a Parquet file."""
    return await asyncio.to_thread(desk.run_files.table, run, path, offset, limit, sort)


@router.get("/artifacts/{path:path}/tensors")
async def tensors(run: Id, path: Name, desk: Desk) -> TensorsPage:
    """What a safetensors file holds."""
    return await asyncio.to_thread(desk.run_files.tensors, run, path)


@router.get("/artifacts/{path:path}", response_class=Response, responses={200: {"content": {BINARY: {}}}})
async def content(run: Id, path: Name, desk: Desk) -> Response:
    """A file as it is."""
    file = desk.run_files.file(run, path)
    shown = SHOWN_AS.get(file.suffix.lower())
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox", "Cache-Control": "no-cache"}
    return FileResponse(
        file,
        media_type=shown or BINARY,
        filename=file.name,
        content_disposition_type="inline" if shown else "attachment",
        headers=headers,
    )
