"""Clamping: a feature of a sparse autoencoder is held at a value.

    x ← x + strength (value − a_f(x₀)) d_f

a_f(x₀) is read by the SAE's encoder from what passed the site before any patch there, d_f is its decoder row in the
units of x, and what the SAE does not explain stays. Templeton et al. 2024, "Scaling Monosemanticity".
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from microscope.core.patches.base import Patch, Place
from microscope.core.patches.edits import SetFeature
from microscope.errors import Unsupported


class Clamp(Patch, frozen=True):
    """Hold a feature at a value."""

    kind: Literal["clamp"] = "clamp"
    """Which kind this is."""

    sae: str = Field(pattern="^[0-9a-f]{64}$")
    """Hash of the SAE's tensors and of the rule that reads them: `core/saes/identity.py`."""

    site: str
    """What the SAE reads, such as `L10.resid_post`."""

    feature: int = Field(ge=0)
    """Its index."""

    value: float = Field(ge=0, allow_inf_nan=False)
    """In the SAE's unit; 0 switches it off."""

    def compile(self, strength: float, place: Place) -> tuple[SetFeature, ...]:
        one = place.encoder(self.sae, self.site, self.feature)
        spec = one.sae.spec
        if spec.site_out and spec.site_out != spec.site:
            raise Unsupported(
                f"The SAE reads {spec.site} and writes {spec.site_out}; a feature is clamped where it is read.",
                next="Steer along what the feature writes.",
            )
        return (SetFeature(place.site(self.site), one.sae, one.number, self.value, strength),)

    def where(self) -> str:
        return self.site

    def says(self, strength: float) -> str:
        part = "" if strength == 1 else f", {strength:.4g} times the way"
        return f"Holds feature {self.feature} at {self.value:.4g} at {self.site}{part}."
