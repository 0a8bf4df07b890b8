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


class CarriedTensors(Wire):
    """What a patch reads beside its own content: a LoRA, or of an SAE what reads a feature."""

    type: Literal["adapter", "sae"]
    """Which of the two."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    """As the patch names it."""

    name: str = Field(default="", max_length=200)
    """What an adapter's folder was called."""

    site: str = ""
    """What an SAE reads, such as `L7.resid_post`."""

    feature: int | None = Field(default=None, ge=0)
    """The one feature that this is of an SAE; null is all of it, and for adapters."""

    files: dict[str, str]
    """Base64 by name: PEFT's two of an adapter, one safetensors file of an SAE."""


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
    """Those that its texts were run with, or one alone."""

    tensors: tuple[CarriedTensors, ...] = ()
    """What these patches read beside their own content."""

    tensors_bytes: int = 0
    """Of the files of these."""

    left_out: tuple[str, ...] = ()
    """What of it does not come along, in words."""

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
