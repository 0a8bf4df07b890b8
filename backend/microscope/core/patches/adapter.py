"""A LoRA that somebody trained: what it adds to the weights, live, and off without a trace.

    W ← W + strength γ B A        γ = α / r, with rsLoRA α / √r
    b ← b + strength γ b_B        with `lora_bias`
    E ← E + strength γ (B A)ᵀ     of embeddings, a tied W_U left alone

Hu et al. 2021, arXiv 2106.09685; Kalajdzievski 2023, arXiv 2312.03732. Named by the hash of its files, which
stay where they are.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from microscope.core.patches.base import Patch, Place
from microscope.core.patches.edits import LowRank, Rows


class Adapter(Patch, frozen=True):
    """Attach a LoRA."""

    edits_weights: ClassVar[bool] = True

    kind: Literal["adapter"] = "adapter"
    """Which kind this is."""

    adapter: str = Field(pattern="^[0-9a-f]{64}$")
    """Hash of its weights and of the settings that scale them."""

    def compile(self, strength: float, place: Place) -> tuple[LowRank | Rows, ...]:
        return tuple(one.scaled(strength) for one in place.adapter(self.adapter))

    def where(self) -> str:
        return "its own matrices"

    def says(self, strength: float, name: str = "") -> str:
        """
        Args:
            name: what the adapter is called, where that is known: it is no part of the patch.
        """
        return f"Adds {strength:.4g} times what the adapter {name or self.adapter[:12]} was trained to."
