"""Sparse autoencoders: the library, report cards, import, load, export."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from microscope.api.desk import ZIPPED, Desk, attached
from microscope.services.twins import all_twins
from microscope.wire.saes import ExportSae, ImportSae, LoadSae, SaeCard, SaeInfo, SaeList, SaeTied

router = APIRouter(tags=["saes"])


Slug = Annotated[str, Path(description="Slug of an SAE.")]
Text = Annotated[
    str | None, Query(max_length=8_000, description="Read it in the place of the built-in text, for the figures.")
]


@router.get("/saes")
async def list_saes(desk: Desk) -> SaeList:
    """Shipped, trained and imported SAEs with their fit to the current model, and what could not be read."""
    return await desk.saes.list()


@router.get("/sae-twins")
def twins(desk: Desk) -> tuple[tuple[str, ...], ...]:
    """Slugs of the same weights, for those that are known under several names."""
    return all_twins(desk.saes.library)


@router.post("/saes")
async def import_sae(request: ImportSae, desk: Desk) -> SaeCard:
    """Take in an SAE of any known layout: a folder, a file, a zip on the server's machine, or a hub id."""
    said = {"site": request.site, "model_name": request.model_name}
    return await desk.saes.import_(request.source, layer=request.layer, name=request.name, **said)


@router.get("/saes/{sae}")
async def sae_info(sae: Slug, desk: Desk) -> SaeInfo:
    """What an SAE's files say."""
    return await desk.saes.get(sae)


@router.get("/saes/{sae}/card")
async def sae_card(sae: Slug, desk: Desk, text: Text = None) -> SaeCard:
    """The report card, with FVU, L0 and loss recovered on a short text where a model is loaded that it fits."""
    return await desk.saes.card(sae, text=text)


@router.get("/saes/{sae}/tied")
def tied(sae: Slug, desk: Desk) -> SaeTied:
    """What is here of it beside its files: its dictionaries, and how much is said of its features."""
    return desk.features.tied(sae)


@router.delete("/saes/{sae}", status_code=204)
async def remove_sae(sae: Slug, desk: Desk) -> None:
    """Delete one whose files lie here, with them; forget another, whose files stay or are gone. Shipped ones stay."""
    await desk.saes.remove(sae)


@router.post("/load-sae")
async def load_sae(request: LoadSae, desk: Desk) -> SaeCard:
    """Have an SAE in memory for the current model, which it must fit; a path or hub id is imported first."""
    return await desk.saes.load_any(request.sae, layer=request.layer)


@router.post("/export-sae", response_class=Response, responses=ZIPPED)
async def export_sae(request: ExportSae, desk: Desk) -> Response:
    """A zip of a folder for SAELens: `cfg.json`, `sae_weights.safetensors`; `metrics.json` if it was measured."""
    return attached(await desk.saes.export(request.sae, request.dtype), request.sae)


@router.get("/saes/{sae}/export", response_class=Response, responses=ZIPPED)
async def export_sae_link(sae: Slug, desk: Desk) -> Response:
    """As `POST /api/export-sae`, in float32: for a link."""
    return attached(await desk.saes.export(sae), sae)
