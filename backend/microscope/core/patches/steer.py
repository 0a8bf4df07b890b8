"""Steering: a multiple of a direction is added to what passes a site.

    x ← x + strength · scale · d

Turner et al. 2023, arXiv 2308.10248; Rimsky et al. 2023, arXiv 2312.06681.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from microscope.core.patches.base import Patch, Place
from microscope.core.patches.direction import Direction, unpacked
from microscope.core.patches.edits import Add


class Steer(Patch, frozen=True):
    """Add a multiple of a direction."""

    kind: Literal["steer"] = "steer"
    """Which kind this is."""

    site: str
    """Where, such as `L10.resid_post`."""

    direction: Direction
    """(d_model,) of unit norm."""

    scale: float = Field(gt=0, allow_inf_nan=False)
    """How long what strength 1 adds is, in the model's own unit."""

    def compile(self, strength: float, place: Place) -> tuple[Add, ...]:
        vector = unpacked(self.direction)
        place.fits(len(vector))
        return (Add(place.site(self.site), strength * self.scale * vector),)

    def where(self) -> str:
        return self.site

    def says(self, strength: float) -> str:
        return f"Adds {strength * self.scale:.4g} along the direction at {self.site}."
