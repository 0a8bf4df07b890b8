"""Patches as files and for scripts: import, report cards, export, the server-wide switch, a text run with patches."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import FileResponse
from pydantic import ValidationError
from starlette.background import BackgroundTask
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from microscope.api.desk import ZIP, ZIPPED, Desk, tells
from microscope.errors import Invalid, sentences
from microscope.services.patch_files import MAX_FILES, Asked
from microscope.wire.patch_files import (
    ExportPatches,
    ImportPatch,
    Inference,
    InferenceResult,
    PatchCard,
    PatchImported,
    PatchToggled,
    TogglePatch,
)

router = APIRouter(tags=["patches"])

TOLD = tells("patches")

Hash = Annotated[str, Path(description="Hash of a patch.")]

_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["files"],
    "properties": {
        "files": {
            "type": "array",
            "items": {"type": "string", "format": "binary"},
            "description": "One zip, or the files of a folder by their names in it.",
        },
        "keep": {"type": "boolean", "default": True},
        "name": {"type": "string", "default": ""},
        "model": {"type": "string"},
    },
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/ImportPatch"}},
            "multipart/form-data": {"schema": _FORM},
        },
    }
}


@router.post("/import-patch", dependencies=TOLD, openapi_extra=_BODY)
async def import_patch(request: Request, desk: Desk) -> PatchImported:
    """Take in a PEFT adapter, patches of the older layout, or steering vectors; or only say what they are.

    Files on the server's machine as JSON, `{"path": …}`; others as a form. What does not fit the model is refused, and
    nothing of it is left.
    """
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await _sent(request, desk)
    try:
        asked = ImportPatch.model_validate_json(await request.body())
    except ValidationError as error:
        raise Invalid(sentences(error.errors(), "body"), next="See ImportPatch at /docs.") from error
    return await desk.patch_files.import_path(asked.path, Asked(asked.keep, asked.name, asked.model))


async def _sent(request: Request, desk: Desk) -> PatchImported:
    try:
        async with request.form(max_files=MAX_FILES) as form:
            files = [(one.filename or "", one.file) for one in form.getlist("files") if isinstance(one, UploadFile)]
            given = {key: value for key in ("keep", "name", "model") if isinstance(value := form.get(key), str)}
            asked = ImportPatch.model_validate({"path": "sent", **given})
            return await desk.patch_files.import_files(files, Asked(asked.keep, asked.name, asked.model))
    except HTTPException as error:
        raise Invalid(f"The form cannot be read: {error.detail}", next="Send fewer files, or a zip of them.") from error
    except ValidationError as error:
        raise Invalid(sentences(error.errors(), "form"), next="See ImportPatch at /docs.") from error


@router.get("/patches/{hash}/card")
async def card(hash: Hash, desk: Desk) -> PatchCard:
    """Which modules a kept patch changes at strength 1, by how much, and what that does to a short text."""
    return await desk.patch_files.card(hash)


@router.post("/export-patches", response_class=FileResponse, responses=ZIPPED)
async def export(request: ExportPatches, desk: Desk) -> FileResponse:
    """A zip of a folder that other programs read, with `microscope.json`: what it is of."""
    made = await desk.patch_exports.export(request)
    return FileResponse(made.file, media_type=ZIP, filename=f"{made.name}.zip", background=BackgroundTask(made.done))


@router.post("/patch/{hash}/toggle", dependencies=TOLD)
def toggle(hash: Hash, desk: Desk, request: TogglePatch | None = None) -> PatchToggled:
    """Switch a patch on or off for `POST /api/inference` without named patches; conversations never ask for it."""
    return desk.patch_inference.toggle(hash, request or TogglePatch())


@router.post("/inference")
async def inference(request: Inference, desk: Desk) -> InferenceResult:
    """The next token after a text, with patches and without, beside pushes as hard in random directions."""
    return await desk.patch_inference.infer(request)
