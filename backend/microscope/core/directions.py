"""What a direction of the residual stream writes, and which directions are near.

    logits     W_U (γ ⊙ d): what adding d changes in every token's logit while the final norm's scale stays as it is;
               where the norm subtracts the mean, d's mean is taken out first
    read       P (γ ⊙ W_U[t]): the direction along which z_t grows fastest while that scale stays as it is; P takes the
               mean out where the norm does, and is the identity elsewhere
    means      mean of some activations − mean of others (Marks and Tegmark 2023, arXiv 2310.06824)
    cosine     ⟨d_a, d_b⟩ / (‖d_a‖ ‖d_b‖)

A vocabulary's or a dictionary's whole table never stands in memory: rows are done a chunk at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from microscope.core.lens import Unembed
from microscope.core.linear import linear

ROOM = 1 << 24
"""Numbers of a chunk's table: 64 MiB of float32."""

_LARGE = 1024.0
"""Length per dimension of what a norm is probed with: its ε is nothing beside it, and 16 bits hold it exactly."""


class Gain(NamedTuple):
    """A norm with its scale left out."""

    weight: Float[Tensor, " d_model"]
    centred: bool
    """It subtracts the mean."""

    def __call__(self, directions: Float[Tensor, "direction d_model"]) -> Float[Tensor, "direction d_model"]:
        centred = directions - directions.mean(-1, keepdim=True) if self.centred else directions
        return centred * self.weight

    def back(self, directions: Float[Tensor, "direction d_model"]) -> Float[Tensor, "direction d_model"]:
        """⟨u, gain(x)⟩ = ⟨back(u), x⟩: what is read behind the norm, as it is read before it."""
        weighted = directions * self.weight
        return weighted - weighted.mean(-1, keepdim=True) if self.centred else weighted


def gain_of(norm: Callable[[Tensor], Tensor], d_model: int, like: Tensor) -> Gain:
    """The gain of a layer norm or an RMS norm, found by probing it: norm(p) − norm(−p) = 2 γ ⊙ p̂, the bias falls out.

    Args:
        like: of the device and dtype that the norm takes.
    """
    probe = torch.full((d_model,), _LARGE, device=like.device)
    probe[1::2] *= -1
    answer = (_probed(norm, probe, like) - _probed(norm, -probe, like)) / 2
    moved = _probed(norm, probe + _LARGE / 2, like) - _probed(norm, probe, like)
    centred = bool(moved.abs().max() < 1e-2 * answer.abs().max())
    inner = probe - probe.mean() if centred else probe
    return Gain(answer * inner.square().mean().sqrt() / inner, centred)


def _probed(norm: Callable[[Tensor], Tensor], probe: Tensor, like: Tensor) -> Float[Tensor, " d_model"]:
    return norm(probe.to(like.dtype)[None, None])[0, 0].float()


class Logits(NamedTuple):
    """The most promoted and the most suppressed tokens of directions."""

    top_ids: Int[Tensor, "direction k"]
    top: Float[Tensor, "direction k"]
    bottom_ids: Int[Tensor, "direction k"]
    """The most suppressed first."""

    bottom: Float[Tensor, "direction k"]


class Decoder(NamedTuple):
    """The model's head as directions meet it."""

    gain: Gain
    w_u: Float[Tensor, "d_vocab d_model"]
    """float32, the architecture's logit multiplier included."""

    def extremes(self, directions: Float[Tensor, "direction d_model"], k: int) -> Logits:
        """The k tokens that each promotes most, and suppresses most; on the CPU."""
        k = min(k, len(self.w_u))
        parts: list[list[Tensor]] = []
        for chunk in directions.split(max(1, ROOM // len(self.w_u))):
            logits = self.gain(chunk.to(self.w_u.device, torch.float32)) @ self.w_u.T
            top, bottom = logits.topk(k), logits.topk(k, largest=False)
            parts.append([part.cpu() for part in (top.indices, top.values, bottom.indices, bottom.values)])
        return Logits(*(torch.cat(column) for column in zip(*parts, strict=True)))


def decoder_of(unembed: Unembed) -> Decoder:
    gain = gain_of(unembed.norm, unembed.weight.shape[1], unembed.weight)
    w_u = unembed.weight.float()
    return Decoder(gain, w_u if unembed.scale == 1.0 else w_u * unembed.scale)


@torch.no_grad()
def read_by(unembed: Unembed, token: int, minus: int | None = None) -> Float[Tensor, " d_model"]:
    """The direction of the stream that raises a token's logit fastest, or the difference of two; float32."""
    row = unembed.weight[token].float()
    if minus is not None:
        row = row - unembed.weight[minus].float()
    return gain_of(unembed.norm, len(row), unembed.weight).back(row[None])[0]


@torch.no_grad()
def written_by(unembed: Unembed, direction: Float[Tensor, " d_model"]) -> Float[Tensor, " d_vocab"]:
    """What adding a direction changes in every token's logit; W_U is not copied."""
    gain = gain_of(unembed.norm, len(direction), unembed.weight)
    moved = gain(direction[None].to(unembed.weight.device, torch.float32)).to(unembed.weight.dtype)
    return linear(moved, unembed.weight)[0].float()


def mean_difference(
    toward: Float[Tensor, "row d_model"], away: Float[Tensor, "other d_model"]
) -> Float[Tensor, " d_model"]:
    """Summed in float64, since two long means may differ little."""
    return (toward.double().mean(0) - away.double().mean(0)).float()


class Near(NamedTuple):
    """The nearest other directions."""

    other: Int[Tensor, "direction k"]
    cosine: Float[Tensor, "direction k"]


def unit_rows(directions: Float[Tensor, "direction d_model"]) -> Float[Tensor, "direction d_model"]:
    """Each at length 1; 0 stays 0."""
    return torch.nn.functional.normalize(directions.float(), dim=-1)


def nearest(unit: Float[Tensor, "direction d_model"], of: range, k: int) -> Near:
    """The k nearest of each direction of a range, by cosine, never itself; on the CPU."""
    k = min(k, len(unit) - 1)
    parts: list[list[Tensor]] = []
    for rows in torch.arange(of.start, of.stop, device=unit.device).split(max(1, ROOM // len(unit))):
        cosine = unit[rows] @ unit.T
        cosine.scatter_(1, rows[:, None], -torch.inf)
        top = cosine.topk(k)
        parts.append([top.indices.cpu(), top.values.cpu()])
    return Near(*(torch.cat(column) for column in zip(*parts, strict=True)))
