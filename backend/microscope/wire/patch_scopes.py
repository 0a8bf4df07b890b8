"""At which tokens a patch acts, as somebody asks for it: an SAE may be called by its name."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, model_validator

from microscope.core.patches.scope import Everywhere, Generated, Prompt, Scope, Span, WhereFires
from microscope.wire.base import Wire


class WhereFeatureFires(Wire):
    """Where a feature's activation exceeds a threshold: read before any patch at its site, in the pass itself."""

    type: Literal["feature"] = "feature"
    """Which scope this is."""

    sae: str
    """Slug of the SAE, or name of a dictionary of it; with `site`, the hash that a kept set has."""

    site: str | None = None
    """What the SAE reads, where `sae` is a hash."""

    feature: int = Field(ge=0)
    """Index of the feature."""

    above: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """In the SAE's unit; the patch acts at tokens where the feature is more active than this."""

    @model_validator(mode="before")
    @classmethod
    def _kept(cls, value: object) -> object:
        """That of a kept set is one by hash."""
        return value.model_dump() if isinstance(value, WhereFires) else value

    @model_validator(mode="after")
    def _by_hash(self) -> WhereFeatureFires:
        if self.site is not None and not re.fullmatch("[0-9a-f]{64}", self.sae):
            raise ValueError("with a site, sae is a hash of 64 hex digits; leave site out to give a name")
        return self


_Position = Annotated[int, Field(ge=0)]

Stretches = Annotated[tuple[tuple[_Position, _Position], ...], Field(max_length=4_096)]
"""Of a text, in order: each from a position to before another."""

KeptScope = Scope
"""As a set keeps it."""

AskedScope = Annotated[Everywhere | Prompt | Generated | Span | WhereFeatureFires, Field(discriminator="type")]
