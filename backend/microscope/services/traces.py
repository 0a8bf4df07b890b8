"""Texts that are run once and can be looked at for ever, each named by the hash of its content."""

from __future__ import annotations

from microscope.lab import Lab
from microscope.services.models import Models
from microscope.wire import GridQuery, LensRows, NewTrace, ReadLens, Trace


class Traces:
    def __init__(self, lab: Lab, models: Models) -> None: ...

    async def create(self, new: NewTrace) -> Trace:
        """Run a text, ids, or a conversation's ids, and keep it.

        Raises:
            Invalid: not exactly one of text, ids and conversation; empty; ids outside of the vocabulary.
            TooLarge: over `max_prompt_chars` or the model's n_ctx.
        """
        raise NotImplementedError

    def get(self, hash: str) -> Trace:
        """
        Raises:
            NotFound: no such trace is kept here.
        """
        raise NotImplementedError

    async def read_lens(self, query: ReadLens) -> LensRows:
        """As for conversations; `rebuilt` where its residuals had been evicted."""
        raise NotImplementedError

    async def grid(self, hash: str, query: GridQuery) -> tuple[bytes, str]:
        """A heat map as a safetensors file (`GridHead` in its metadata), and its etag (unquoted)."""
        raise NotImplementedError

    def etag(self, hash: str, query: GridQuery) -> str:
        """What `grid` would return as its etag, without computing anything."""
        raise NotImplementedError
