"""What a patch comes down to: changes of what passes a site, or of what a matrix of weights gives, at each position.

    Add           x ← x + v
    Project       x ← x + s ⟨x, d⟩ d
    SetFeature    x ← x + s (value − a_f(x₀)) d_f      a_f as the SAE's encoder reads it, d_f in the units of x
    LowRank       y ← y + B (A u) + b                  of a module y = W u
    Rows          y ← y + B T_u, or s T_u              of embeddings y = E_u, u an id

and, of a patch that acts where a feature fires, a gate: open at the positions where a_f(x₀) exceeds a threshold.

x₀ is what passed the site before any edit there: several features that are set at one site are read from the same
input, and their changes add up; what the SAE does not explain of x stays. Edits are frozen and know no model.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from jaxtyping import Bool, Float
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
    """Index in there."""

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


class Gate(Protocol):
    """Says at which positions a patch acts."""

    @property
    def at(self) -> Site:
        """Where it reads; a pass comes here before it comes to the patch."""
        ...

    def opens(self, given: Float[Tensor, "position d_model"]) -> Bool[Tensor, " position"]:
        """
        Args:
            given: x₀ at the site, float32.
        """
        ...


class Fires(NamedTuple):
    """Open where a feature fires."""

    at: Site
    sae: Sae
    feature: int
    """Index in there."""

    above: float
    """In the SAE's unit."""

    @torch.no_grad()
    def opens(self, given: Float[Tensor, "position d_model"]) -> Bool[Tensor, " position"]:
        return (self.sae.encode(given)[:, self.feature] > self.above).to(given.device)


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

    def scaled(self, strength: float) -> LowRank:
        return self._replace(up=strength * self.up, bias=None if self.bias is None else strength * self.bias)

    def to(self, device: torch.device) -> LowRank:
        bias = None if self.bias is None else self.bias.to(device)
        return self._replace(down=self.down.to(device), up=self.up.to(device), bias=bias)


class Rows(NamedTuple):
    """What a row of embeddings is changed by."""

    at: At
    table: Float[Tensor, "id rank"]
    """T."""

    up: Float[Tensor, "d_out rank"] | None = None
    """B, with all that scales it; None where T holds the change itself."""

    amount: float = 1.0
    """Of either."""

    @property
    def width(self) -> int:
        return self.table.shape[1] if self.up is None else len(self.up)

    def apply(
        self, x: Float[Tensor, "position d_out"], given: Float[Tensor, "position 1"]
    ) -> Float[Tensor, "position d_out"]:
        rows = self.table[given[:, 0].long().to(self.table.device)].to(x.device)
        return x + self.amount * (rows if self.up is None else rows @ self.up.to(x.device).T)

    def scaled(self, strength: float) -> Rows:
        return self._replace(amount=strength * self.amount)

    def to(self, device: torch.device) -> Rows:
        return self._replace(table=self.table.to(device), up=None if self.up is None else self.up.to(device))
