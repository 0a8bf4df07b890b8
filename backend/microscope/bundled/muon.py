"""Muon: momentum whose step is orthogonalised, for the weight matrices inside the blocks.

1. m <- mu*m + g, and the Nesterov step u = g + mu*m.
2. u is replaced by the nearest semi-orthogonal matrix, by five quintic Newton-Schulz iterations:
   X <- a*X + (b*A + c*A^2)X with A = XX^T.
3. W <- (1 - lr*decay)*W - lr*sqrt(max(1, out/in))*u.

Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/. Embeddings, norms and biases belong to AdamW.
Here the fused query-key-value matrix counts as three, and equal shapes are orthogonalised in one batch,
which several workers share among them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

QUINTIC = (3.4445, -4.7750, 2.0315)
"""a, b, c of the paper: the singular values land between 0.7 and 1.2 after five iterations."""


def orthogonalise(
    matrices: Float[Tensor, "matrix row column"], iterations: int = 5
) -> Float[Tensor, "matrix row column"]:
    """Each matrix with its singular values moved to about 1 (0.7 to 1.2); rows may not outnumber columns.

    Runs in bfloat16: the iteration forgives rounding.
    """
    assert matrices.shape[-2] <= matrices.shape[-1], f"expected wide matrices, got {tuple(matrices.shape)}"
    a, b, c = QUINTIC
    x = matrices / (matrices.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    x = x.bfloat16()
    for _ in range(iterations):
        gram = x @ x.mT
        x = a * x + torch.baddbmm(gram, gram, gram, beta=b, alpha=c) @ x
    return x.float()


class Share(NamedTuple):
    """This worker's part of the orthogonalising, and how the parts come together."""

    rank: int
    of: int
    total: Callable[[Tensor], object]
    """Sums a tensor over all workers, in place."""


ALONE = Share(rank=0, of=1, total=lambda _: None)


class Muon(torch.optim.Optimizer):
    """Steps `(in, out)` matrices, as transformers' Conv1D stores them.

    Args:
        momentum: mu.
        decay: decoupled weight decay, times lr.
    """

    def __init__(
        self,
        matrices: Sequence[torch.nn.Parameter],
        lr: float,
        momentum: float = 0.95,
        decay: float = 0.01,
        share: Share = ALONE,
    ) -> None:
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "decay": decay})
        self.share = share

    @torch.no_grad()
    def step(self) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        for group in self.param_groups:
            parts = [part for matrix in group["params"] for part in self._parts(matrix, group["momentum"])]
            for shape in dict.fromkeys(part.update.shape for part in parts):
                self._apply([part for part in parts if part.update.shape == shape], group["lr"], group["decay"])

    def _parts(self, matrix: torch.nn.Parameter, momentum: float) -> list[_Part]:
        """The Nesterov step of one parameter, cut into matrices that are no narrower than high."""
        assert matrix.grad is not None, "step before backward"
        state = self.state[matrix]
        buffer = state.setdefault("momentum", torch.zeros_like(matrix))
        buffer.mul_(momentum).add_(matrix.grad)
        update = matrix.grad.add(buffer, alpha=momentum)
        d_in, d_out = matrix.shape
        # A fused c_attn is (d, 3d): queries, keys and values are maps of their own.
        pieces = 3 if d_out == 3 * d_in else 1
        gain = max(1.0, d_out / pieces / d_in) ** 0.5
        return [
            _Part(weight.T, step.T, gain) if d_in > d_out else _Part(weight, step, gain)
            for weight, step in zip(matrix.chunk(pieces, 1), update.chunk(pieces, 1), strict=True)
        ]

    def _apply(self, parts: list[_Part], lr: float, decay: float) -> None:
        updates = torch.stack([part.update for part in parts])
        mine = slice(len(parts) * self.share.rank // self.share.of, len(parts) * (self.share.rank + 1) // self.share.of)
        steps = torch.zeros_like(updates)
        steps[mine] = orthogonalise(updates[mine])
        self.share.total(steps)
        for part, step in zip(parts, steps, strict=True):
            part.weight.mul_(1 - lr * decay).add_(step, alpha=-lr * part.gain)


class _Part(NamedTuple):
    weight: Tensor
    """A view into the parameter, transposed where it is higher than wide."""

    update: Tensor
    gain: float
