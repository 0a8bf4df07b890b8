"""A text that somebody gives, as the model reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from microscope.engine.model import Model
from microscope.errors import Invalid
from microscope.services.limits import check_not_empty, check_text
from microscope.settings import Settings


async def encoded(settings: Settings, model: Model, text: str) -> list[int]:
    """Special tokens that are spelled out in it are special.

    Raises:
        TooLarge: over `max_prompt_chars`.
        Invalid: empty, or no Unicode.
    """
    check_text(settings, text)
    check_not_empty(text)
    return await asyncio.to_thread(model.encode, text)


async def given_ids(settings: Settings, model: Model, text: str | None, ids: Sequence[int] | None) -> list[int]:
    """Of exactly one of the two, checked.

    Raises:
        Invalid: both or none; empty; ids outside of the vocabulary.
        TooLarge: over `max_prompt_chars`, or more than the model reads.
    """
    match text, ids:
        case str(), None:
            found = await encoded(settings, model, text)
        case None, [*given]:
            found = given
        case _:
            raise Invalid("Expected exactly one of text and ids.", next="Send one, leave the other out.")
    model.check_ids(found)
    return found
