"""Patches: a library under the hashes of their content. What they do to a text goes over the socket."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response, status

from microscope.api.desk import ZIPPED, Desk, attached, tells
from microscope.wire.patches import ExportPatches, NewPatch, NewPatchSet, PatchInfo, PatchList, PatchSet

router = APIRouter(tags=["patches"])

TOLD = tells("patches")

Hash = Annotated[str, Path(description="Hash of a patch.")]


@router.post("/patch", status_code=status.HTTP_201_CREATED, dependencies=TOLD)
async def create(new: NewPatch, desk: Desk) -> PatchInfo:
    """Keep a patch. The same content has the same name; what was said of it first stands."""
    return await desk.patches.create(new)


@router.post("/patch-sets", status_code=status.HTTP_201_CREATED, dependencies=TOLD)
async def create_set(new: NewPatchSet, desk: Desk) -> PatchSet:
    """Keep patches, in order, as a set: `POST /api/traces` runs a text with it. The same content has the same name."""
    return await desk.patches.create_set(new)


@router.get("/patch-sets/{hash}")
def get_set(hash: Annotated[str, Path(description="Hash of a set.")], desk: Desk) -> PatchSet:
    """What was in force together."""
    return desk.patches.sets.get(hash)


@router.post("/export-patches", response_class=Response, responses=ZIPPED)
async def export(request: ExportPatches, desk: Desk) -> Response:
    """A zip of a folder that PEFT loads: `adapter_config.json`, `adapter_model.safetensors`, what it is of."""
    name, content = await desk.patches.export(request)
    return attached(content, name)


@router.get("/patches")
def list_patches(
    desk: Desk,
    q: Annotated[str, Query(max_length=200, description="Part of a name or of what is said.")] = "",
    kind: Annotated[str, Query(max_length=40, description="Only of this kind.")] = "",
) -> PatchList:
    """What is kept here, the last kept first, and what of it cannot be read."""
    return desk.patches.library.list(q, kind)


@router.get("/patches/{hash}")
def get(hash: Hash, desk: Desk) -> PatchInfo:
    """A patch and where it comes from."""
    return desk.patches.library.get(hash)
