"""One feature of a sparse autoencoder, with as much of it as reading that feature takes.

by itself     acts_f = rule(⟨c, W_enc[:, f]⟩, the vectors' entries f)      column, row and entries of f: an SAE of one
otherwise     which features fire is decided among all of them (TopK)      all of it
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from microscope.core.saes.base import Sae
from microscope.errors import NotFound


class OneFeature(NamedTuple):
    """A feature where it is read."""

    sae: Sae
    """Of this feature alone, or all of it."""

    number: int
    """Of the feature in there."""


def one_feature(sae: Sae, feature: int) -> OneFeature:
    """Its tensors are copies where they are parts of an SAE's.

    Args:
        feature: its index in the whole SAE.

    Raises:
        NotFound: the SAE has no such feature.
    """
    if feature >= sae.spec.d_sae:
        raise NotFound(
            f"The SAE has {sae.spec.d_sae:,} features, counted from 0; {feature} was asked for.",
            next=f"Give one below {sae.spec.d_sae}.",
        )
    if not sae.spec.architecture.by_itself:
        return OneFeature(sae, feature)
    # What a skip path adds is no feature's.
    own = {name: _own(name, value, feature) for name, value in sae.weights.items() if name != "W_skip"}
    return OneFeature(Sae(sae.spec.model_copy(update={"d_sae": 1}), own), 0)


def _own(name: str, value: Tensor, feature: int) -> Tensor:
    match name:
        case "W_enc":
            return value[:, feature : feature + 1].clone()
        case "b_dec":
            return value
        case _:
            return value[feature : feature + 1].clone() if value.ndim else value
