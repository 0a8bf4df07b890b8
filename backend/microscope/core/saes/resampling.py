"""Dead features begin anew: Bricken et al. 2023, "Towards Monosemanticity", appendix on neuron resampling.

    1. rows are drawn in proportion to the square of their loss               ‖x − x̂‖⁴
    2. W_dec[f] = the row's direction, centred                                unit norm
    3. W_enc[f] = that direction, a fifth as long as those alive are on average
    4. its other tensors, and Adam's moments, are as training began

Done whenever there are dead features, rather than at four fixed steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

_SHY = 0.2
"""Encoder norm of a feature that begins anew, against the mean of those alive."""


class Drawn(NamedTuple):
    """Which features begin anew, at which rows."""

    features: Int[Tensor, " reborn"]
    rows: Int[Tensor, " reborn"]
    """No row twice."""


def draw(dead: Bool[Tensor, " feature"], losses: Float[Tensor, " row"], generator: torch.Generator) -> Drawn:
    """A row for each dead feature; where rows with a loss are fewer, for as many features, chosen at random.

    Args:
        generator: on the CPU, so that every device draws alike.
    """
    features, odds = dead.nonzero()[:, 0], losses.double().square().cpu()
    n_reborn = min(len(features), int((odds > 0).sum()))
    if not n_reborn:
        return Drawn(features[:0], features[:0])
    chosen = torch.randperm(len(features), generator=generator)[:n_reborn]
    rows = torch.multinomial(odds, n_reborn, generator=generator)
    return Drawn(features[chosen.to(dead.device)], rows.to(dead.device))


def reborn(
    weights: Mapping[str, Tensor],
    dead: Bool[Tensor, " feature"],
    features: Int[Tensor, " reborn"],
    directions: Float[Tensor, "reborn d_in"],
    start: Mapping[str, Tensor],
) -> dict[str, Tensor]:
    """New values of these features, by tensor, a row each.

    Args:
        directions: of any length.
        start: the architecture's tensors as training begins; those with an entry for each feature are taken up again.
    """
    unit = torch.nn.functional.normalize(directions, dim=-1)
    alive = weights["W_enc"][:, ~dead].norm(dim=0)
    length = _SHY * alive.mean() if len(alive) else 1.0
    own = {n: value.to(unit.device)[features] for n, value in start.items() if value.shape[:1] == dead.shape}
    return {"W_dec": unit, "W_enc": length * unit, **own}
