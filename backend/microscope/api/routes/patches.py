"""Patches: a library under the hashes of their content. What they do to a text goes over the socket."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, status

from microscope.api.desk import BINARY, Desk, tells
from microscope.wire.patch_library import PatchSetList, SetName, Uses
from microscope.wire.patch_scopes import AskedScope, KeptScope
from microscope.wire.patch_sources import DirectionFile
from microscope.wire.patches import NewPatch, NewPatchSet, PatchInfo, PatchList, PatchName, PatchSet
from microscope.wire.views import Bundle

router = APIRouter(tags=["patches"])

TOLD = tells("patches")

Hash = Annotated[str, Path(description="Hash of a patch.")]
SetHash = Annotated[str, Path(description="Hash of a set.")]
Some = Annotated[int, Query(ge=1, le=500, description="Of each, at most.")]


@router.post("/patch", status_code=status.HTTP_201_CREATED, dependencies=TOLD)
async def create(new: NewPatch, desk: Desk) -> PatchInfo:
    """Keep a patch. The same content has the same name; what was said of it first stands."""
    return await desk.patches.create(new)


@router.post("/patch-sets", status_code=status.HTTP_201_CREATED)
async def create_set(new: NewPatchSet, desk: Desk) -> PatchSet:
    """Keep patches, in order, as a set: `POST /api/traces` runs a text with it. The same content has the same name."""
    made = await desk.patches.create_set(new)
    # A toggle on the rail keeps a set of what the library has: no list changes, and every open page would ask for it.
    if any(one.source.type != "kept" for one in new.members):
        desk.hub.changed("patches")
    return made


@router.post("/patch-scopes")
async def scope(request: AskedScope, desk: Desk) -> KeptScope:
    """A scope as sets keep it: an SAE that is called by its name by the hash of what it computes."""
    return await desk.patches.scope(request)


@router.get("/patch-sets")
def list_sets(
    desk: Desk,
    q: Annotated[str, Query(max_length=200, description="Words, each part of a set's name, hash or patches.")] = "",
    unnamed: Annotated[bool, Query(description="Also those that nobody gave a name.")] = False,
    offset: Annotated[int, Query(ge=0, le=1_000_000_000, description="Sets to skip.")] = 0,
    limit: Annotated[int, Query(ge=1, le=2_000, description="Sets at most.")] = 100,
) -> PatchSetList:
    """Sets with a name, the last kept first, and what cannot be read."""
    return desk.patch_uses.sets(q, unnamed, offset, limit)


@router.get("/patch-sets/{hash}")
def get_set(hash: SetHash, desk: Desk) -> PatchSet:
    """What was in force together."""
    return desk.patches.sets.get(hash)


@router.get("/patch-sets/{hash}/export")
async def export_set(hash: SetHash, desk: Desk) -> Bundle:
    """A bundle for another server, where every link that names the set opens then."""
    return await desk.views.export_set(hash)


@router.put("/patch-sets/{hash}/name", dependencies=TOLD)
def name_set(hash: SetHash, request: SetName, desk: Desk) -> PatchSet:
    """Call a set something; its hash stays, and so do all links."""
    return desk.patches.sets.call(hash, request.name)


@router.get("/patch-sets/{hash}/uses")
def uses_of_set(hash: SetHash, desk: Desk, limit: Some = 20) -> Uses:
    """Conversations and traces that were run with it."""
    return desk.patch_uses.of_set(hash, limit)


@router.get("/patches")
def list_patches(
    desk: Desk,
    q: Annotated[
        str, Query(max_length=200, description="Words, each part of a name, of what is said or of where it is from.")
    ] = "",
    kind: Annotated[str, Query(max_length=40, description="Only of this kind.")] = "",
    away: Annotated[bool, Query(description="Those that were put away in the place of the others.")] = False,
) -> PatchList:
    """What is kept here, the last kept first, and what of it cannot be read."""
    return desk.patches.library.list(q, kind, away)


@router.get("/patches/{hash}")
def get(hash: Hash, desk: Desk) -> PatchInfo:
    """A patch and where it comes from."""
    return desk.patches.library.get(hash)


@router.delete("/patches/{hash}", status_code=status.HTTP_204_NO_CONTENT, dependencies=TOLD)
def put_away(hash: Hash, desk: Desk) -> None:
    """Off the list, and switched off for inference; `restore` brings it back. What holds it goes on working."""
    desk.patches.library.put_away(hash)


@router.put("/patches/{hash}/name", dependencies=TOLD)
def name_patch(hash: Hash, request: PatchName, desk: Desk) -> PatchInfo:
    """Call a patch something else; its hash stays, and so do all links."""
    return desk.patches.library.call(hash, request.name)


@router.post("/patches/{hash}/restore", dependencies=TOLD)
def restore(hash: Hash, desk: Desk) -> PatchInfo:
    """On the list again."""
    return desk.patches.library.restore(hash)


@router.get("/patches/{hash}/uses")
def uses(hash: Hash, desk: Desk, limit: Some = 20) -> Uses:
    """Conversations, traces and sets that hold it."""
    return desk.patch_uses.of_patch(hash, limit)


@router.get("/directions")
def direction_file(
    path: Annotated[str, Query(min_length=1, max_length=4096, description="Of a safetensors file on this machine.")],
    desk: Desk,
) -> DirectionFile:
    """What a file holds that directions may be read from."""
    return desk.patches.directions.file(path)


@router.post("/directions", status_code=status.HTTP_201_CREATED)
def upload_directions(content: Annotated[bytes, Body(media_type=BINARY)], desk: Desk) -> DirectionFile:
    """Keep a safetensors file, sent as it is, under the hash of its bytes."""
    return desk.patches.directions.upload(content)
