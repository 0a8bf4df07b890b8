"""Models: load, list, describe, and their vocabularies."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from microscope.api.desk import ASK_AGAIN, BINARY, Desk, safetensors, unchanged
from microscope.services.examples import examples
from microscope.services.models import load_aloud
from microscope.wire.examples import Example
from microscope.wire.models import LoadModel, ModelChoice, ModelInfo

router = APIRouter(tags=["models"])

Slug = Annotated[str, Path(description="Slug of a resident model.")]


@router.get("/models")
async def list_models(desk: Desk) -> tuple[ModelChoice, ...]:
    """Bundled, resident and formerly opened models; the most recently used first."""
    return desk.models.list()


@router.get("/model_info")
async def model_info(
    desk: Desk, model: Annotated[str | None, Query(description="Slug; the current model by default.")] = None
) -> ModelInfo:
    """A resident model with its parity badge; the current one by default. Waits for it while it is being loaded."""
    await desk.models.arrival(model)
    return desk.models.info(model)


@router.post("/load-model")
async def load_model(request: LoadModel, desk: Desk) -> ModelInfo:
    """Make a model resident and current; answers when it is. Progress goes to every open socket."""
    return await load_aloud(desk.models, desk.hub, request)


@router.get("/models/{model}/vocab", response_class=Response, responses={200: {"content": {BINARY: {}}}})
async def vocabulary(model: Slug, request: Request, desk: Desk) -> Response:
    """Every token's bytes as safetensors: `bytes` U8, `offsets` U32 (d_vocab + 1), `special` U8 (d_vocab)."""
    # A slug may come to stand for other weights, and so for another tokenizer.
    etag = desk.models.info(model).tokenizer_sha256[:16]
    return unchanged(request, etag, ASK_AGAIN) or safetensors(
        desk.models.vocabulary(model), etag, ASK_AGAIN, f"{model}-vocab"
    )


@router.get("/models/{model}/examples")
async def model_examples(model: Slug, desk: Desk) -> tuple[Example, ...]:
    """Things to click that show what the bundled model knows; empty for other models."""
    loaded = desk.lab.models.get(model)
    return examples(model, loaded.model.encode if loaded else None)
