"""What a direction of the residual stream writes, and which directions are near.

    logits     W_U (γ ⊙ d): what adding d changes in every token's logit while the final norm's scale stays as it is;
               where the norm subtracts the mean, d's mean is taken out first
    cosine     ⟨d_a, d_b⟩ / (‖d_a‖ ‖d_b‖)

A vocabulary's or a dictionary's whole table never stands in memory: rows are done a chunk at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from microscope.core.lens import Unembed

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


def decoded(directions: Float[Tensor, "direction d_model"], unembed: Unembed, k: int) -> Iterator[Logits]:
    """Chunk by chunk, in order; on the CPU."""
    w_u = unembed.weight.float()
    gain = gain_of(unembed.norm, w_u.shape[1], unembed.weight)
    k = min(k, len(w_u))
    for chunk in directions.split(max(1, ROOM // len(w_u))):
        logits = gain(chunk.to(w_u.device, torch.float32)) @ w_u.T * unembed.scale
        top, bottom = logits.topk(k), logits.topk(k, largest=False)
        yield Logits(top.indices.cpu(), top.values.cpu(), bottom.indices.cpu(), bottom.values.cpu())


class Near(NamedTuple):
    """The nearest other directions."""

    other: Int[Tensor, "direction k"]
    cosine: Float[Tensor, "direction k"]


def neighbours(directions: Float[Tensor, "direction d_model"], k: int) -> Iterator[Near]:
    """By cosine, nearest first, never itself; chunk by chunk, in order; on the CPU."""
    unit = torch.nn.functional.normalize(directions.float(), dim=-1)
    k = min(k, len(unit) - 1)
    first = 0
    for chunk in unit.split(max(1, ROOM // len(unit))):
        cosine = chunk @ unit.T
        itself = torch.arange(len(chunk), device=unit.device)
        cosine[itself, first + itself] = -torch.inf
        top = cosine.topk(k)
        first += len(chunk)
        yield Near(top.indices.cpu(), top.values.cpu())
