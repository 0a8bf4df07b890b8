"""What a patch comes down to: changes of what passes a site, or of what a matrix of weights gives, at each position.

    Add           x ← x + v
    Project       x ← x + s ⟨x, d⟩ d
    SetFeature    x ← x + s (value − a_f(x₀)) d_f      a_f as the SAE's encoder reads it, d_f in the units of x
    LowRank       y ← y + B (A u) + b                  of a module y = W u

x₀ is what passed the site before any edit there: several features that are set at one site are read from the same
input, and their changes add up; what the SAE does not explain of x stays. Edits are frozen and know no model.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.saes.base import Sae
from microscope.core.sites import Site

At = Site | str
"""A site; or a module by its path in transformers' model, whose weights are edited."""


class Edit(Protocol):
    """One change at one place."""

    @property
    def at(self) -> At: ...

    @property
    def width(self) -> int:
        """Of what it changes."""
        ...

    def apply(
        self, x: Float[Tensor, "position d_out"], given: Float[Tensor, "position d_in"]
    ) -> Float[Tensor, "position d_out"]:
        """
        Args:
            x: float32, with the edits that come before this one.
            given: at a site x₀, at a module what it reads.
        """
        ...


class Add(NamedTuple):
    at: At
    vector: Float[Tensor, " d_model"]

    @property
    def width(self) -> int:
        return len(self.vector)

    def apply(
        self,
        x: Float[Tensor, "position d_model"],
        given: Float[Tensor, "position d_in"],  # noqa: ARG002
    ) -> Float[Tensor, "position d_model"]:
        return x + self.vector.to(x.device)


class Project(NamedTuple):
    at: At
    unit: Float[Tensor, " d_model"]
    amount: float
    """−1 leaves nothing along the direction, −2 turns it round, 1 doubles it."""

    @property
    def width(self) -> int:
        return len(self.unit)

    def apply(
        self,
        x: Float[Tensor, "position d_model"],
        given: Float[Tensor, "position d_in"],  # noqa: ARG002
    ) -> Float[Tensor, "position d_model"]:
        unit = self.unit.to(x.device)
        return x + self.amount * (x @ unit)[:, None] * unit


class SetFeature(NamedTuple):
    at: At
    sae: Sae
    feature: int
    value: float
    """In the SAE's unit."""

    amount: float
    """1 sets it, 0 leaves it, between them it goes part of the way."""

    @property
    def width(self) -> int:
        return self.sae.spec.d_out

    @torch.no_grad()
    def apply(
        self, x: Float[Tensor, "position d_model"], given: Float[Tensor, "position d_model"]
    ) -> Float[Tensor, "position d_model"]:
        given_n = self.sae.normalized(given)
        activation = self.sae.acts(given_n)[:, self.feature, None]
        write = self.sae.writes(torch.tensor([self.feature], device=self.sae.device))
        missing = (self.value - activation) * given_n.factor
        return x + (self.amount * missing * write).to(x.device)


class LowRank(NamedTuple):
    at: At
    down: Float[Tensor, "rank d_in"]
    """A."""

    up: Float[Tensor, "d_out rank"]
    """B, with all that scales it."""

    bias: Float[Tensor, " d_out"] | None = None

    @property
    def width(self) -> int:
        return len(self.up)

    def apply(
        self, x: Float[Tensor, "position d_out"], given: Float[Tensor, "position d_in"]
    ) -> Float[Tensor, "position d_out"]:
        down, up = self.down.to(x.device), self.up.to(x.device)
        moved = x + (given @ down.T) @ up.T
        return moved if self.bias is None else moved + self.bias.to(x.device)
