"""One request, one answer: what scripts rely on."""

from __future__ import annotations

from fastapi import APIRouter

from microscope.api.desk import Desk
from microscope.wire import ChatRequest, ChatResponse, LensRequest, LensResponse

router = APIRouter(tags=["scripts"])


@router.post("/chat")
async def chat(request: ChatRequest, desk: Desk) -> ChatResponse:
    """The model's answer, token by token, each with what every layer would have said in its place."""
    return await desk.scripts.chat(request)


@router.post("/lens")
async def lens(request: LensRequest, desk: Desk) -> LensResponse:
    """Every token of a text with its lens, read *for* it or *after* it."""
    return await desk.scripts.lens(request)
