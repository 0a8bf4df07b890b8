"""Addresses that were saved, and bundles that open at the same address on another server."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from microscope.wire.base import Wire
from microscope.wire.conversations import Conversation
from microscope.wire.parity import Badge
from microscope.wire.patches import PatchSet
from microscope.wire.traces import Trace


class SavedView(Wire):
    """State too long for a URL, kept under the hash of its content and opened at /s/<hash>."""

    path: str = Field(pattern=r"^/([^\s/\\]\S*)?$", max_length=2_000)
    """Of the page's address, such as `/chat/abc`; one slash first, since two name another server."""

    search: dict[str, str]
    """The address's parameters."""

    title: str = Field(default="", max_length=200)
    """What the page was called."""


class ViewName(Wire):
    """Where a saved view was put."""

    hash: str
    """Of the view's content; it opens at /s/<hash>."""


class Bundle(Wire):
    """A view that another server can import and open at the same URL."""

    format: Literal["microscope-bundle"] = "microscope-bundle"
    """Tells a bundle from other JSON."""

    version: Literal[1] = 1
    """Of the format."""

    model_name: str
    """Of the one model that made all of it: hub id, bundled name, or a folder's own name without its path."""

    weights_sha256: str
    """Of that model's weights: 64 hex digits."""

    tokenizer_sha256: str
    """Of its tokenizer: 64 hex digits; empty where it is not known."""

    badges: tuple[Badge, ...] = ()
    """Under which it was made: one for each dtype and device in which the model was loaded for it."""

    conversations: tuple[Conversation, ...] = ()
    """With all their turns and ids."""

    traces: tuple[Trace, ...] = ()
    """With all their ids; residuals are computed again."""

    patch_sets: tuple[PatchSet, ...] = ()
    """Those that traces were run with."""

    view: SavedView | None = None
    """What to open after the import; by default the page of the first thing in it."""


class Imported(Wire):
    """What an import kept, and under which names."""

    conversations: tuple[str, ...]
    """Their ids here: a new one where another content has the id already."""

    traces: tuple[str, ...]
    """Their hashes, as they were."""

    open: str
    """The address to go to."""

    warnings: tuple[str, ...]
    """Such as other weights under the same name."""
