"""Saved views, and bundles from other servers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, status

from microscope.api.desk import Desk, tells
from microscope.wire.views import Bundle, Imported, SavedView, ViewName

router = APIRouter(tags=["views"])


@router.post("/views", status_code=status.HTTP_201_CREATED)
async def save(view: SavedView, desk: Desk) -> ViewName:
    """Keep a view that is too long for an address; it opens at /s/<hash>."""
    return desk.views.save(view)


@router.get("/views/{hash}")
async def open_view(hash: Annotated[str, Path(description="Hash of a saved view.")], desk: Desk) -> SavedView:
    """What was kept under this hash."""
    return desk.views.open(hash)


@router.post("/import", status_code=status.HTTP_201_CREATED, dependencies=tells("patches"))
async def import_bundle(bundle: Bundle, desk: Desk) -> Imported:
    """Open what another server exported, at the same address."""
    return await desk.views.import_bundle(bundle)
