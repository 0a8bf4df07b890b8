"""Directional ablation: what lies along a direction is taken out of the residual stream.

    x ← x − strength ⟨x, d⟩ d        strength 1 leaves nothing, part of 1 a part

Arditi et al. 2024, arXiv 2406.11717, §2.4, eq. 4: at every place where the stream is read.
"""

from __future__ import annotations

from typing import Literal

from microscope.core.patches.base import Patch, Place
from microscope.core.patches.direction import Direction, unpacked
from microscope.core.patches.edits import Project
from microscope.core.sites import Site, SiteName


class Ablate(Patch, frozen=True):
    """Project a direction out."""

    kind: Literal["ablate"] = "ablate"
    """Which kind this is."""

    direction: Direction
    """(d_model,) of unit norm."""

    site: str | None = None
    """Where, such as `L10.resid_post`; null is all along the residual stream."""

    def compile(self, strength: float, place: Place) -> tuple[Project, ...]:
        unit = unpacked(self.direction)
        place.fits(len(unit))
        sites = _stream(place) if self.site is None else (place.site(self.site),)
        return tuple(Project(site, unit, -strength) for site in sites)

    def where(self) -> str:
        return self.site or "residual stream"

    def says(self, strength: float) -> str:
        where = "all along the residual stream" if self.site is None else f"at {self.site}"
        part = "" if strength == 1 else f"{strength:.4g} times "
        return f"Takes out {part}what lies along the direction, {where}."


def _stream(place: Place) -> tuple[Site, ...]:
    """Everywhere where something was added to the stream since it was last clean."""
    names: tuple[SiteName, ...] = ("resid_post",) if place.parallel else ("resid_mid", "resid_post")
    return (Site(0, "resid_pre"), *(Site(layer, name) for layer in range(place.n_layers) for name in names))
