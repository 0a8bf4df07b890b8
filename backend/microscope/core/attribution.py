"""What made a feature fire: its activation, shared out among the features of another SAE upstream.

    z        the feature's activation at position p
    g_t      ∂z/∂h_t at the upstream SAE's site, attention patterns and norms' scales held (`engine/holding.py`)
    h_t      = Σ_u a_{t,u} d_u + b + s_t + e_t, as that SAE takes it apart: features, bias, skip, error

    feature (t, u)   a_{t,u} ⟨g_t, d_u⟩
    error            Σ_t ⟨g_t, e_t⟩
    bias             Σ_t ⟨g_t, b⟩
    skip             Σ_t ⟨g_t, s_t⟩, s_t being what it gives back of its input and of no feature (`Sae.skip`)
    the rest         z − Σ_t ⟨g_t, h_t⟩: biases of what lies between, and what MLPs do beyond their slope

The five add up to z by what they are, and how large error and rest are says how much the features explain. Activation
times gradient with errors kept: Marks et al. 2024, arXiv 2403.19647, eq. 3. An attribution is no intervention; taking
what a feature writes out of the stream (`written`) is one. Of a sequential SAE, what it foretells is its skip; of one
whose feature it is, the directions that it foretells are held, as attention patterns are.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from microscope.core.saes.base import Normalized, Sae

ROOM = 1 << 24
"""Activations that stand in memory at a time."""

CHUNK = 1_024


class Origins(NamedTuple):
    """Where an activation came from, the strongest first by what they gave or took."""

    position: Int[Tensor, " origin"]
    feature: Int[Tensor, " origin"]
    activation: Float[Tensor, " origin"]
    attribution: Float[Tensor, " origin"]
    features: float
    """Of all features at all positions, those that are not listed too."""

    n_features: int
    """Pairs of position and feature that fire."""

    error: float
    bias: float
    skip: float
    """0 of all but transcoders with a skip path, SAEs with layer norm, and sequential ones."""


@torch.no_grad()
def origins(
    sae: Sae,
    x: Float[Tensor, "position d_in"],
    target: Float[Tensor, "position d_out"],
    gradient: Float[Tensor, "position d_out"],
    k: int,
) -> Origins:
    """
    Args:
        sae: upstream.
        x: what it reads, a text from its start.
        target: what it should give back: x itself, but for a transcoder.
        gradient: of the activation, in the units of `target`.
        k: pairs of position and feature to list.
    """
    slope, missed = gradient.to(sae.device, torch.float32), target.to(sae.device, torch.float32)
    found: list[tuple[Tensor, Tensor, Tensor]] = []
    parts: list[Tensor] = []
    skips: list[Tensor] = []
    whole = sae.normalized(x, (len(x),))
    for first in range(0, len(x), step := max(1, ROOM // sae.spec.d_sae)):
        given = whole.at(slice(first, first + step))
        acts = sae.acts(given)
        position, feature = acts.nonzero(as_tuple=True)
        found.append((position + first, feature, acts[position, feature] * _factor(given, position)))
        parts.append(sae.decode(acts, given))
        skips.append(sae.skip(given))
    decoded = torch.cat(parts)
    position, feature, strength = (torch.cat(column) for column in zip(*found, strict=True))
    attribution = strength * _along(sae, slope, position, feature)
    features = float(attribution.double().sum())
    skip = float((torch.cat(skips) * slope).double().sum())
    top = attribution.abs().argsort(descending=True, stable=True)[:k]
    at, which = position[top], feature[top]
    return Origins(
        position=at,
        feature=which,
        activation=strength[top] / _factor(whole, at),
        attribution=attribution[top],
        features=features,
        n_features=len(attribution),
        error=float(((missed - decoded) * slope).double().sum()),
        bias=float((decoded * slope).double().sum()) - features - skip,
        skip=skip,
    )


def _factor(given: Normalized, position: Int[Tensor, " origin"]) -> Tensor | float:
    """What undoes the normalisation at these positions."""
    return given.factor[position, 0] if isinstance(given.factor, Tensor) else given.factor


def _along(
    sae: Sae, slope: Float[Tensor, "position d_out"], position: Int[Tensor, " pair"], feature: Int[Tensor, " pair"]
) -> Float[Tensor, " pair"]:
    """⟨g_t, d_u⟩ of each pair, a thousand features at a time."""
    out = torch.empty(len(position), device=sae.device)
    kinds, which = feature.unique(return_inverse=True)
    for first in range(0, len(kinds), CHUNK):
        mine = (which >= first) & (which < first + CHUNK)
        table = slope @ sae.writes(kinds[first : first + CHUNK]).T
        out[mine] = table[position[mine], which[mine] - first]
    return out


@torch.no_grad()
def written(sae: Sae, feature: int, text: Float[Tensor, "position d_in"], position: int) -> Float[Tensor, " d_out"]:
    """What a feature adds at one position of a text, in the units of the output."""
    given = sae.normalized_at(text, position)
    write = sae.writes(torch.tensor([feature], device=sae.device)) * given.factor
    return sae.acts(given)[0, feature] * write[0]


def read_linearly(sae: Sae, feature: int, text: Float[Tensor, "position d_in"], position: int) -> Float[Tensor, ""]:
    """A feature's activation at one position of a text, with gradient, the normalisation's scale held; its slope is 0
    where it does not fire."""
    given, x = sae.normalized_at(text.detach(), position), text[position]
    moved = (x - x.detach())[None].to(sae.device, torch.float32)
    if sae.spec.normalize == "layer_norm":
        moved = moved - moved.mean()
    return sae.acts(given._replace(x_in=given.x_in + moved / given.factor))[0, feature]
