"""A direction as a patch, and a feature as one: what its decoder writes, with its largest activation as the unit."""

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
from microscope.wire.patch_sources import DirectionKind
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


class Pointing(NamedTuple):
    """A direction at a site."""

    direction: Float[Tensor, " d_model"]
    """At whatever length, not 0."""

    site: Site
    length: float
    """Of what strength 1 adds."""

    def patch(self, kind: DirectionKind, everywhere: bool, writers: tuple[str, ...]) -> Patch:
        """
        Args:
            writers: of `scale`; empty is the one of the site, or all of them.
        """
        direction = packed(self.direction)
        match kind:
            case "steer":
                return Steer(site=str(self.site), direction=direction, scale=self.length)
            case "ablate":
                return Ablate(direction=direction, site=None if everywhere else str(self.site))
            case "scale":
                # What is not the residual stream itself has one writer.
                own = () if self.site.name.startswith("resid") else (str(self.site),)
                return Scale(direction=direction, writers=writers or own)


@torch.no_grad()
def make(model: Model, feature: Feature, wanted: FromFeature) -> Patch:
    """On the device's thread.

    Raises:
        Invalid: a feature that writes nothing.
    """
    write = feature.sae.writes(torch.tensor([feature.number], device=feature.sae.device))[0]
    if not write.norm():
        raise Invalid(f"Feature {feature.number} writes nothing: its decoder row is 0.", next="Choose another feature.")
    if wanted.kind == "clamp":
        site = str(feature.site)
        return Clamp(sae=feature.computes, site=site, feature=feature.number, value=wanted.value or 0.0)
    length = _length(model, feature, write) if wanted.kind == "steer" else 1.0
    return Pointing(write, feature.out, length).patch(wanted.kind, wanted.everywhere, wanted.writers)


def usual_length(model: Model, site: Site) -> float:
    """Of what passes a site, on average over a fixed text. On the device's thread."""
    return float(_rows(model, [site])[0].norm(dim=-1).mean())


def _length(model: Model, feature: Feature, write: Float[Tensor, " d_model"]) -> float:
    """Of what the feature writes at its largest, in the model's unit; else of what usually passes the site.

    Where every row is normalised by its own length, that of a fixed text's rows is taken.
    """
    if not feature.largest:
        return usual_length(model, feature.out)
    spec = feature.sae.spec
    factor = normalized(_rows(model, [feature.site])[0], spec.normalize, spec.scale).factor
    mean = float(factor.mean()) if isinstance(factor, Tensor) else factor
    return feature.largest * float(write.norm()) * mean


def _rows(model: Model, sites: list[Site]) -> Float[Tensor, "site position d_model"]:
    traced = model.trace(model.encode(TEXT)[: model.n_ctx], sites, logits="none")
    return traced.stacked[:, SKIPPED:].float()
