"""What an architecture is given to learn from, and what it gives back.

An architecture writes its loss once, in the dense form of its paper; autograd then gives the gradients. One that fires
k features only may hand over `Gradients` that it has found without a dense product (`sparse.py`); both forms agree.
Everything here is in units of the normalised input.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


class Now(NamedTuple):
    """The state of the training that a loss may depend on."""

    sparsity: float
    """λ of the penalty, warm-up included, for inputs of mean norm 1: L1 is multiplied by √d_in, L0 by d_in."""

    aux: float
    """α of the auxiliary loss."""

    k_aux: int
    """Dead features at most that the auxiliary loss lets reconstruct the error."""

    dead: Bool[Tensor, " feature"]
    """Features that have not fired for long."""

    centre: bool
    """b_dec is taken from the input first."""

    low_precision: bool = False
    """Products may be computed in bfloat16."""

    def centred(self, x: Float[Tensor, "row d_in"], b_dec: Float[Tensor, " d_out"]) -> Float[Tensor, "row d_in"]:
        return x - b_dec if self.centre else x


class Loss(NamedTuple):
    """What is minimised, with its graph, and what was computed on the way."""

    value: Float[Tensor, ""]
    """Mean over the rows."""

    x_hat: Float[Tensor, "row d_in"]
    acts: Float[Tensor, "row feature"]

    buffers: Mapping[str, Tensor] = {}
    """New values of tensors that follow the training without a gradient."""


class Gradients(NamedTuple):
    """A loss and its gradients."""

    value: Float[Tensor, ""]
    x_hat: Float[Tensor, "row d_in"]

    fired: Int[Tensor, " feature"]
    """In how many rows each feature fired."""

    by_name: Mapping[str, Tensor]
    """One for every tensor that is trained, in its shape."""

    buffers: Mapping[str, Tensor] = {}


class Together(Protocol):
    """Trainers of the same autoencoder, each on equally many rows of every batch."""

    def joined(self, found: Gradients) -> Gradients:
        """Those of the whole batch, the same for all of them."""
        ...

    def rows(self, x: Float[Tensor, "row d_in"]) -> Float[Tensor, "all_rows d_in"]:
        """Everybody's rows, in the batch's order."""
        ...


def squared_error(x: Float[Tensor, "row d"], x_hat: Float[Tensor, "row d"]) -> Float[Tensor, ""]:
    """‖x − x̂‖², mean over the rows."""
    return (x - x_hat).square().sum(-1).mean()


def aux_k(
    weights: Mapping[str, Tensor], c: Float[Tensor, "row d_in"], error: Float[Tensor, "row d_in"], now: Now
) -> Float[Tensor, ""]:
    """α ‖e − ê‖², ê from the k_aux dead features with the largest pre-activations. Gao et al. 2024, A.2.

    It moves dead features alone: inputs and error carry no gradient. Fewer than k_aux dead ones count in proportion,
    so that the last few are not made to explain all of the error.
    """
    dead = now.dead.nonzero()[:, 0]
    if not len(dead):
        return error.new_zeros(())
    pre = torch.relu(c.detach() @ weights["W_enc"][:, dead] + weights["b_enc"][dead])
    top = pre.topk(min(now.k_aux, len(dead)), dim=-1)
    e_hat = torch.zeros_like(pre).scatter(-1, top.indices, top.values) @ weights["W_dec"][dead]
    return now.aux * min(1.0, len(dead) / now.k_aux) * squared_error(error.detach(), e_hat)
