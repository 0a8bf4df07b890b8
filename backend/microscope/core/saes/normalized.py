"""Inputs as an encoder takes them, and what undoes it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from jaxtyping import Float
from torch import Tensor

Normalize = Literal["none", "scale", "layer_norm", "constant_norm"]
"""What is done to an input: nothing; × `scale`; mean 0 and standard deviation 1 per row; length √d_in per row."""

_EPS = 1e-5
"""Of layer norm, as SAELens has it."""


class Normalized(NamedTuple):
    """Inputs as the encoder takes them, and what undoes it."""

    x_in: Float[Tensor, "row d_in"]
    shift: Float[Tensor, "row 1"] | float
    factor: Float[Tensor, "row 1"] | float
    """x̂ = x̂_in · factor + shift."""

    foretold: tuple[Float[Tensor, "row d_in"], ...] = ()
    """Directions that the text before each row foretells: its parts along them are taken out, one after the other,
    before it is encoded, and given back with what the features write. None but for sequential architectures."""

    def at(self, rows: slice | Tensor) -> Normalized:
        """Some of the rows."""
        shift, factor = (one[rows] if isinstance(one, Tensor) else one for one in (self.shift, self.factor))
        return Normalized(self.x_in[rows], shift, factor, tuple(direction[rows] for direction in self.foretold))


def normalized(x: Float[Tensor, "row d_in"], how: Normalize, scale: float) -> Normalized:
    """
    Args:
        scale: that inputs are multiplied by, where `how` is `scale`.
    """
    match how:
        case "none":
            return Normalized(x, 0.0, 1.0)
        case "scale":
            return Normalized(x * scale, 0.0, 1.0 / scale)
        case "layer_norm":
            mean = x.mean(-1, keepdim=True)
            std = (x - mean).std(-1, keepdim=True)
            return Normalized((x - mean) / (std + _EPS), mean, std)
        case "constant_norm":
            factor = x.norm(dim=-1, keepdim=True) / x.shape[-1] ** 0.5
            return Normalized(x / factor, 0.0, factor)


def without(c: Float[Tensor, "row d"], directions: tuple[Float[Tensor, "row d"], ...]) -> Float[Tensor, "row d"]:
    """What is left of each row when its parts along these are taken out, one after the other."""
    for u in directions:
        c = c - (c * u).sum(-1, keepdim=True) * u
    return c
