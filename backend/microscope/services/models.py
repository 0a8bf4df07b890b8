"""Which models there are, and what they are: load, list, describe."""

from __future__ import annotations

from collections.abc import Callable

from microscope.lab import Lab
from microscope.wire import DeviceStatus, LoadModel, LoadProgress, ModelChoice, ModelInfo


class Models:
    def __init__(self, lab: Lab) -> None: ...

    @property
    def current(self) -> str | None:
        """Slug of the model that was loaded last: what new conversations use."""
        raise NotImplementedError

    async def load(self, request: LoadModel, progress: Callable[[LoadProgress], None] | None = None) -> ModelInfo:
        """Make a model resident and current; one that is resident already is returned at once.

        Args:
            progress: called on the event loop's thread.

        Raises:
            NotFound, Unavailable, Invalid, Unsupported, NoRoom: as `engine.loading.load` says.
        """
        raise NotImplementedError

    def list(self) -> tuple[ModelChoice, ...]:
        """Bundled, resident and formerly opened models; the most recently used first."""
        raise NotImplementedError

    def info(self, slug: str | None = None) -> ModelInfo:
        """A resident model's description; the current one's by default.

        Raises:
            NotFound: no such model is resident.
        """
        raise NotImplementedError

    def vocabulary(self, slug: str) -> bytes:
        """All tokens' bytes as one safetensors file: `bytes` U8 (joined), `offsets` U32 (d_vocab + 1), `special` U8 (d_vocab)."""
        raise NotImplementedError

    def status(self) -> DeviceStatus:
        """What the status bar shows."""
        raise NotImplementedError
