"""One request, one answer: what scripts rely on."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body

from microscope.api.desk import Desk
from microscope.api.leaving import WhileThere
from microscope.wire.scripts import ChatRequest, ChatResponse, LensRequest, LensResponse

router = APIRouter(tags=["scripts"], route_class=WhileThere)

_TOKEN = {
    "id": 3059,
    "position": 6,
    "text": " Paris",
    "lens": [
        {
            "layer": "embed",
            "predictions": [{"id": 278, "token": " is", "probability": 0.98, "rank": 0}],
            "entropy": 0.11,
            "probability": 1.4e-19,
            "rank": 3287,
            "kl_to_last": 35.4,
        },
        {
            "layer": 11,
            "predictions": [{"id": 3059, "token": " Paris", "probability": 0.91, "rank": 0}],
            "entropy": 0.52,
            "probability": 0.91,
            "rank": 0,
            "kl_to_last": 0.0,
        },
    ],
}
_ABRIDGED = "Abridged: one token, the first and the last of its rows, k = 1"


def _answered(value: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """A route's 200 with an example."""
    return {200: {"content": {"application/json": {"examples": {"abridged": {"summary": _ABRIDGED, "value": value}}}}}}


Chat = Annotated[
    ChatRequest,
    Body(
        openapi_examples={
            "a question": {"value": {"text": "What is the capital of France?"}},
            "a second turn, drawn at temperature 0.7": {
                "value": {
                    "text": "And of Italy?",
                    "messages": [
                        {"role": "user", "content": "What is the capital of France?"},
                        {"role": "assistant", "content": "The capital of France is Paris."},
                    ],
                    "sampling": {"temperature": 0.7, "seed": 1, "max_new_tokens": 40},
                    "k": 5,
                }
            },
            "under a patch at half its strength": {
                "value": {
                    "text": "What is the capital of France?",
                    "patches": [{"hash": "68f53f26550e7186", "strength": 0.5}],
                }
            },
        }
    ),
]
Lens = Annotated[
    LensRequest,
    Body(
        openapi_examples={
            "the prediction for each token": {"value": {"text": "The capital of France is Paris"}},
            "what attention alone says after each token": {
                "value": {"text": "The capital of France is", "k": 5, "read": "after", "component": "attn_out"}
            },
        }
    ),
]


@router.post("/chat", responses=_answered({"text": "Paris.", "tokens": [_TOKEN], "user_tokens": [], "set": None}))
async def chat(request: Chat, desk: Desk) -> ChatResponse:
    """The model's answer, token by token, each with what every layer would have said in its place."""
    return await desk.scripts.chat(request)


@router.post("/lens", responses=_answered({"tokens": [_TOKEN], "set": None}))
async def lens(request: Lens, desk: Desk) -> LensResponse:
    """Every token of a text with its lens, read *for* it or *after* it."""
    return await desk.scripts.lens(request)
