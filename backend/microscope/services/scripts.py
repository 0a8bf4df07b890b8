"""The shapes that scripts rely on: one request, all tokens with their lens, nothing kept."""

from __future__ import annotations

from microscope.lab import Lab
from microscope.services.models import Models
from microscope.wire import ChatRequest, ChatResponse, LensRequest, LensResponse


class Scripts:
    def __init__(self, lab: Lab, models: Models) -> None: ...

    async def chat(self, request: ChatRequest) -> ChatResponse:
        """One answer, with the lens of every token of it and of the user's turn. A base model continues `text`.

        Raises:
            Invalid, TooLarge, Busy, NotFound: as for conversations.
            Unsupported: `messages` with a model that has no chat template.
        """
        raise NotImplementedError

    async def lens(self, request: LensRequest) -> LensResponse:
        """Every token of a text with its lens."""
        raise NotImplementedError
