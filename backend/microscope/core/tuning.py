"""Fitting a tuned lens: one affine translator per block, trained to read what the model itself will predict.

    1. take the residual stream that enters block l          h_l            (d_model,)
    2. translate it                                          h_l + A_l h_l + b_l
    3. read it                                               q_l = softmax(W_U · norm(h_l + A_l h_l + b_l))
    4. minimise over A_l and b_l                             KL(p_last ‖ q_l), mean over positions

Belrose et al. (2023), arXiv 2303.08112, §3. A_l = 0, b_l = 0 is where training starts: the logit lens exactly. The
translators do not share anything, so their gradients are taken one layer at a time; the memory is one layer's logits.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.lens import TunedLens, Unembed


def identity(n_layers: int, d_model: int, device: torch.device | None = None) -> TunedLens:
    """Translators that change nothing, in float32."""
    return TunedLens(
        torch.zeros(n_layers, d_model, d_model, device=device), torch.zeros(n_layers, d_model, device=device)
    )


def losses(
    resid: Float[Tensor, "row position d_model"], unembed: Unembed, lens: TunedLens
) -> Iterator[Float[Tensor, ""]]:
    """KL(p_last ‖ q_l) in nats per token, for each block's translator in turn.

    Args:
        resid: row 0 enters the first block, the last row is the last `resid_post`: what p_last is read from.
    """
    n_layers = lens.weight.shape[0]
    assert resid.shape[0] == n_layers + 1, f"{resid.shape[0]} rows for {n_layers} translators; expected one more"
    with torch.no_grad():
        target = unembed(resid[-1]).log_softmax(-1)
    for layer in range(n_layers):
        hidden = resid[layer].to(lens.weight.dtype)
        moved = hidden + torch.addmm(lens.bias[layer], hidden, lens.weight[layer].T)
        reading = unembed(moved.to(resid.dtype)).log_softmax(-1)
        yield (target.exp() * (target - reading)).sum(-1).mean()


def divergence(
    resid: Float[Tensor, "row position d_model"], unembed: Unembed, lens: TunedLens
) -> Float[Tensor, " layer"]:
    """`losses` without gradients, all layers: what a report prints."""
    with torch.no_grad():
        return torch.stack(list(losses(resid, unembed, lens)))


def step(
    resid: Float[Tensor, "row position d_model"], unembed: Unembed, lens: TunedLens, optimizer: torch.optim.Optimizer
) -> Iterator[Float[Tensor, ""]]:
    """One update of every translator, whose tensors are the optimizer's parameters; exhaust it.

    Yields:
        Each layer's loss before the update, as soon as its gradient is there.
    """
    optimizer.zero_grad()
    for loss in losses(resid, unembed, lens):
        loss.backward()
        yield loss.detach()
    optimizer.step()
