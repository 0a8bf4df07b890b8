"""What must hold of a direction whatever it is: measured on a few texts, and told as differences."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.patches.ablate import Ablate
from microscope.core.patches.base import Placed
from microscope.core.patches.direction import unpacked
from microscope.core.patches.scale import Scale
from microscope.core.patches.steer import Steer
from microscope.core.sites import Site
from microscope.engine.edits import Edits
from microscope.engine.model import Model
from microscope.families._refusing import edits_of


class Identities(NamedTuple):
    """The largest difference over all texts and positions."""

    coefficient_0: float
    """Of the logits at strength 0 of ablation, addition and weight edit, to those of the model as it is: 0."""

    projection_left: float
    """|⟨x, d⟩| / ‖x‖ of what is read anywhere in the residual stream while d is ablated everywhere."""

    weight_form: float | None
    """Of the logits with every matrix edited at strength −1, to those of the ablation; None where the blocks' outputs
    pass a norm before they are added, so that no matrix writes into the stream."""


@torch.no_grad()
def identities(
    model: Model, texts: Sequence[Sequence[int]], ablate: Ablate, steer: Steer
) -> Generator[None, None, Identities]:
    """Yields between two passes."""
    scale = None if model.layout.post_norm else Scale(direction=ablate.direction)
    stream = [Site(0, "resid_pre"), *_written(model)]
    unit = unpacked(ablate.direction).to(model.device)
    found = Identities(0.0, 0.0, None if scale is None else 0.0)
    for ids in texts:
        base = _logits(model, ids, ())
        still = [edits_of(model, one, 0.0) for one in (ablate, steer, *([] if scale is None else [scale]))]
        zero = max(_apart(_logits(model, ids, edits), base) for edits in still)
        yield
        ablated = edits_of(model, ablate)
        values = _trace(model, ids, stream, ablated).float()
        left = float(((values @ unit).abs() / values.norm(dim=-1)).max())
        yield
        weights = found.weight_form
        if scale is not None:
            apart = _apart(_logits(model, ids, edits_of(model, scale, -1.0)), _logits(model, ids, ablated))
            weights = max(apart, weights or 0.0)
        found = Identities(max(zero, found.coefficient_0), max(left, found.projection_left), weights)
        yield
    return found


def _written(model: Model) -> list[Site]:
    """Where the stream is read after something was added to it."""
    names = ("resid_post",) if model.layout.parallel else ("resid_mid", "resid_post")
    return [Site(layer, name) for layer in range(model.n_layers) for name in names]


def _logits(model: Model, ids: Sequence[int], edits: tuple[Placed, ...]) -> Float[Tensor, "position d_vocab"]:
    return model.unembed(_trace(model, ids, [Site(model.n_layers - 1, "resid_post")], edits)[0]).float()


def _trace(
    model: Model, ids: Sequence[int], sites: Sequence[Site], edits: tuple[Placed, ...]
) -> Float[Tensor, "site position d_model"]:
    row = torch.tensor([list(ids)], device=model.device)
    return model.trace_rows(row, sites, edits=[Edits(edits)])[:, 0]


def _apart(one: Float[Tensor, "position d_vocab"], other: Float[Tensor, "position d_vocab"]) -> float:
    return float((one - other).abs().max())
