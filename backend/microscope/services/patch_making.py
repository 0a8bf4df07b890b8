"""A feature as a patch: what its decoder writes becomes the direction, its largest activation the unit of strength."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.patches.ablate import Ablate
from microscope.core.patches.base import Patch
from microscope.core.patches.clamp import Clamp
from microscope.core.patches.direction import packed
from microscope.core.patches.scale import Scale
from microscope.core.patches.steer import Steer
from microscope.core.saes.base import Sae
from microscope.core.saes.normalized import normalized
from microscope.core.sites import Site
from microscope.engine.model import Model
from microscope.errors import Invalid
from microscope.services.feature_reading import SKIPPED
from microscope.services.sae_card import TEXT
from microscope.wire.patches import FromFeature


class Feature(NamedTuple):
    """What a patch is made of."""

    sae: Sae
    computes: str
    """Hash of the SAE's tensors and rule."""

    number: int
    """Of the feature."""

    site: Site
    """Where the SAE reads."""

    out: Site
    """Where it writes."""

    largest: float
    """Its largest activation, in the SAE's unit; 0 where it was not harvested, or never fired."""


@torch.no_grad()
def make(model: Model, feature: Feature, wanted: FromFeature) -> Patch:
    """On the device's thread.

    Raises:
        Invalid: a feature that writes nothing.
    """
    write = feature.sae.writes(torch.tensor([feature.number], device=feature.sae.device))[0]
    if not write.norm():
        raise Invalid(f"Feature {feature.number} writes nothing: its decoder row is 0.", next="Choose another feature.")
    direction = packed(write)
    match wanted.kind:
        case "steer":
            return Steer(site=str(feature.out), direction=direction, scale=_scale(model, feature, write))
        case "ablate":
            return Ablate(direction=direction, site=None if wanted.everywhere else str(feature.out))
        case "scale":
            # What is not the residual stream itself has one writer.
            own = () if feature.out.name.startswith("resid") else (str(feature.out),)
            return Scale(direction=direction, writers=own)
        case "clamp":
            value = wanted.value or 0.0
            site = str(feature.site)
            return Clamp(sae=feature.computes, site=site, feature=feature.number, value=value)


def _scale(model: Model, feature: Feature, write: Float[Tensor, " d_model"]) -> float:
    """How long what the feature writes at its largest is, in the model's unit; else what passes the site, on average.

    Where every row is normalised by its own length, that of a fixed text's rows is taken.
    """
    sites = [feature.site, feature.out]
    rows = model.trace(model.encode(TEXT)[: model.n_ctx], sites, logits="none").stacked[:, SKIPPED:]
    if not feature.largest:
        return float(rows[1].float().norm(dim=-1).mean())
    spec = feature.sae.spec
    factor = normalized(rows[0].float(), spec.normalize, spec.scale).factor
    mean = float(factor.mean()) if isinstance(factor, Tensor) else factor
    return feature.largest * float(write.norm()) * mean
