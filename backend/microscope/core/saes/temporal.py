"""Temporal features: what the text so far foretells is taken out first, and what is new at a token fires.

λ = 1 / (4 d_in); for each attention layer, from r = c at all positions of one text:

    z_t  = ReLU(λ r_t W_enc)                                          (position, d_sae)
    y_t  = Attention(q: z_t; k, v: z_{−1} … z_{t−1}), z_{−1} = 0       heads over (d_sae / n_heads)
    p_t  = ReLU(y_t W_oᵀ + b_o) W_dec                                 what is foretold, as a direction
    u_t  = p_t / (‖p_t‖ + ε),   r_t ← r_t − ⟨u_t, r_t⟩ u_t            its part of r is taken out

then, position by position,

    acts = ReLU(λ r W_enc), the k largest where `sae_diff_type` is topk;   x̂ = acts W_dec + (c − r) + b_dec

c − r is the predicted codes' part of the reconstruction: it is not of any feature's. Lubana et al. 2025, arXiv
2511.01836. k and q have d_sae / bottleneck_factor numbers at a position. Memory: about three (position, d_sae) matrices
beside the weights; attention scores stand a few positions at a time. Read from files only: no trainer here makes one.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor
from torch.nn.functional import linear, pad

from microscope.core.saes.base import Architecture, Weights
from microscope.core.saes.normalized import without
from microscope.errors import Invalid

SCORES = 1 << 22
"""Of attention that stand in memory at a time: 16 MiB of float32."""

_EPS = 1e-6
"""Added to a prediction's length."""


class Temporal(Architecture, frozen=True):
    """What a token brings that the text before it does not foretell fires; reads a text from its start."""

    sequential: ClassVar[bool] = True

    kind: Literal["temporal"] = "temporal"

    n_heads: int = Field(default=8, gt=0)
    """Of each attention layer."""

    n_attn_layers: int = Field(default=1, ge=0)
    """Predictions that are taken out one after the other."""

    bottleneck_factor: int = Field(default=64, gt=0)
    """d_sae over the width of keys and queries; times `n_heads` it divides d_sae."""

    sae_diff_type: Literal["relu", "topk"] = "topk"
    """Whether all features fire that are above 0, or the `kval_topk` largest."""

    kval_topk: int | None = Field(default=None, gt=0)
    """Features that fire at most; null: all that are above 0."""

    tied_weights: bool = True
    """W_enc is W_decᵀ."""

    @property
    def tied(self) -> bool:
        return self.tied_weights

    def encode(self, weights: Weights, c: Float[Tensor, "row d_in"]) -> Float[Tensor, "row feature"]:
        """
        Args:
            c: what is new: predictions are taken out.
        """
        acts = _codes(weights, c)
        if self.sae_diff_type == "relu" or self.kval_topk is None:
            return acts
        top = acts.topk(min(self.kval_topk, acts.shape[-1]), dim=-1)
        return torch.zeros_like(acts).scatter(-1, top.indices, top.values)

    def foretold(
        self, weights: Weights, c: Float[Tensor, "position d_in"]
    ) -> tuple[Float[Tensor, "position d_in"], ...]:
        left, found = c, tuple[Tensor, ...]()
        for layer in range(self.n_attn_layers):
            p = self._prediction(weights, f"attn_layers.{layer}", left)
            u = p / (p.norm(dim=-1, keepdim=True) + _EPS)
            left, found = without(left, (u,)), (*found, u)
        return found

    def own_shapes(self, d_sae: int) -> dict[str, tuple[int, ...]]:
        narrow, rest = divmod(d_sae, self.bottleneck_factor)
        if rest or narrow % self.n_heads:
            raise Invalid(
                f"{d_sae} features cannot be parted for a bottleneck of {self.bottleneck_factor} and {self.n_heads} "
                "heads.",
                next="Its configuration is another's: copy or download it again.",
            )
        widths = {"k_ctx": narrow, "q_target": narrow, "v_ctx": d_sae, "c_proj": d_sae}
        shapes = dict[str, tuple[int, ...]]()
        for layer in range(self.n_attn_layers):
            for name, width in widths.items():
                shapes[f"attn_layers.{layer}.{name}.weight"] = (width, d_sae)
                shapes[f"attn_layers.{layer}.{name}.bias"] = (width,)
        return shapes

    def _prediction(
        self, weights: Weights, layer: str, left: Float[Tensor, "position d_in"]
    ) -> Float[Tensor, "position d_in"]:
        """What the positions before foretell of each, of whatever length."""

        def seen(name: str, codes: Tensor) -> Tensor:
            return linear(codes, weights[f"{layer}.{name}.weight"], weights[f"{layer}.{name}.bias"])

        codes = _codes(weights, left)
        before = pad(codes[:-1], (0, 0, 1, 0))  # A first row of zeros; a text's last position foretells nothing.
        q, k, v = (
            self._heads(part) for part in (seen("q_target", codes), seen("k_ctx", before), seen("v_ctx", before))
        )
        n_positions = len(left)
        step = max(1, SCORES // (self.n_heads * max(1, n_positions)))
        blocks = [_attention(q, k, v, first, min(first + step, n_positions)) for first in range(0, n_positions, step)]
        return torch.cat([torch.relu(seen("c_proj", block)) @ weights["W_dec"] for block in blocks])

    def _heads(self, x: Float[Tensor, "position width"]) -> Float[Tensor, "head position d_head"]:
        return x.unflatten(-1, (self.n_heads, -1)).transpose(0, 1)


def _codes(weights: Weights, c: Float[Tensor, "row d_in"]) -> Float[Tensor, "row feature"]:
    return torch.relu((c / (4 * c.shape[-1])) @ weights["W_enc"])


def _attention(
    q: Float[Tensor, "head position d_key"],
    k: Float[Tensor, "head position d_key"],
    v: Float[Tensor, "head position d_value"],
    first: int,
    end: int,
) -> Float[Tensor, "some d_sae"]:
    """Of the positions from `first` to before `end`, each over the keys up to its own."""
    scores = q[:, first:end] @ k[:, :end].transpose(-1, -2) / q.shape[-1] ** 0.5
    later = torch.ones(end - first, end, dtype=torch.bool, device=q.device).triu(first + 1)
    return (scores.masked_fill(later, float("-inf")).softmax(-1) @ v[:, :end]).transpose(0, 1).flatten(1)
