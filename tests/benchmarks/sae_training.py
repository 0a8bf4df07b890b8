"""A step of TopK training: by the few features that fire, against the plain dense loop in PyTorch.

All variants start from the same weights and see the same batches, so that after the same number of steps they must
explain held-out rows equally well; that is checked before a ratio is given. Other tools are further variants: whatever
takes a batch per call and reconstructs rows can stand beside `Plain` and `Ours`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple, Protocol

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.reconstruction import Meter
from microscope.core.saes.base import Spec
from microscope.core.saes.plan import Plan
from microscope.core.saes.topk import TopK
from microscope.core.saes.training import Trainer
from tests.benchmarks.harness import Line, Rounds, Variant, on_cores, take_turns

PLAIN, EXACT, SCREENED = "plain dense PyTorch", "sparse in float32", "sparse with a bfloat16 screen"
FASTER = 5.0
SAME = 0.01
"""Of the held-out FVU: how far variants may be apart."""


class Size(NamedTuple):
    """What is trained."""

    d_in: int = 768
    d_sae: int = 16_384
    k: int = 32
    batch: int = 4_096


MEASURED = Size()
SMALL = Size(d_in=32, d_sae=256, k=4, batch=64)
LEARNING_RATE = 1e-3


class Learner(Protocol):
    """One way to train."""

    def step(self, rows: Float[Tensor, "row d_in"]) -> object: ...

    def reconstruct(self, rows: Float[Tensor, "row d_in"]) -> Float[Tensor, "row d_in"]: ...


def measure(size: Size = MEASURED, rounds: int = 5) -> list[Line]:
    """On one core, by CPU time; each round is a step of each."""
    turns, _ = on_cores(1, trained, size, rounds)
    where = f"d {size.d_in}, {size.d_sae:,} features, k {size.k}, batch {size.batch:,}"
    return [
        Line(f"{PLAIN} against {SCREENED} ({where})", turns.ratio(PLAIN, SCREENED), FASTER, at_least=True),
        Line(f"{PLAIN} against {EXACT} ({where})", turns.ratio(PLAIN, EXACT)),
    ]


def trained(size: Size, rounds: int, clock: Callable[[], float] = time.process_time) -> tuple[Rounds, dict[str, float]]:
    """Times, and each variant's FVU on held-out rows, which are the same within `SAME`."""
    data = rows_of(size, rounds + 3, seed=0)  # For the start, the warm-up, the rounds, and held out.
    ours = {EXACT: Ours(size, data[0], "float32"), SCREENED: Ours(size, data[0], "bfloat16")}
    learners: dict[str, Learner] = {PLAIN: Plain(size, ours[EXACT].trainer), **ours}
    turns = take_turns([Variant(name, _fed(one, data[1:-1])) for name, one in learners.items()], rounds, clock)
    found = {name: fvu(one, data[-1]) for name, one in learners.items()}
    for name, value in found.items():
        assert abs(value / found[PLAIN] - 1) < SAME, f"{name} is at an FVU of {value}, {PLAIN} at {found[PLAIN]}"
    return turns, found


def _fed(learner: Learner, batches: Sequence[Tensor]) -> Callable[[], Any]:
    """A call that takes the next batch."""
    waiting = iter(batches)
    return lambda: learner.step(next(waiting))


def rows_of(size: Size, n_batches: int, seed: int) -> list[Float[Tensor, "row d_in"]]:
    """Sparse sums of a quarter as many directions as there are features, k of them in a row, with a little noise."""
    generator = torch.Generator().manual_seed(seed)
    truth = torch.nn.functional.normalize(torch.randn(size.d_sae // 4, size.d_in, generator=generator), dim=-1)
    made: list[Tensor] = []
    for _ in range(n_batches):
        present = torch.randint(len(truth), (size.batch, size.k), generator=generator)
        strength = 0.5 + torch.rand(present.shape, generator=generator)
        rows = torch.nn.functional.embedding_bag(present, truth, mode="sum", per_sample_weights=strength)
        made.append(rows + 0.02 * torch.randn(rows.shape, generator=generator))
    return made


class Ours:
    """`core/saes/training.py`, at a learning rate that neither rises nor falls."""

    def __init__(self, size: Size, first: Tensor, precision: Literal["float32", "bfloat16"]) -> None:
        spec = Spec(architecture=TopK(k=size.k), d_in=size.d_in, d_sae=size.d_sae, d_out=size.d_in, normalize="scale")
        plan = Plan(learning_rate=LEARNING_RATE, warmup_steps=0, decay=0.0, precision=precision)
        self.trainer = Trainer(spec, plan, first)

    def step(self, rows: Tensor) -> object:
        return self.trainer.step(rows)

    def reconstruct(self, rows: Tensor) -> Tensor:
        return self.trainer.sae().reconstruct(rows)


class Plain:
    """What one writes first, step for step the same: dense activations, autograd, Adam, unit decoder rows."""

    def __init__(self, size: Size, start: Trainer) -> None:
        self.k, self.scale = size.k, start.spec.scale
        self.w_enc, self.b_enc, self.w_dec, self.b_dec = (
            start.weights[name].detach().clone(memory_format=torch.contiguous_format).requires_grad_()
            for name in ("W_enc", "b_enc", "W_dec", "b_dec")
        )
        self.adam = torch.optim.Adam([self.w_enc, self.b_enc, self.w_dec, self.b_dec], lr=LEARNING_RATE)

    def step(self, rows: Tensor) -> float:
        x = rows * self.scale
        loss = (x - self._x_hat(x)).square().sum(-1).mean()
        self.adam.zero_grad()
        loss.backward()
        grad = self.w_dec.grad
        assert grad is not None
        with torch.no_grad():
            grad -= (grad * self.w_dec).sum(-1, keepdim=True) * self.w_dec
        self.adam.step()
        with torch.no_grad():
            self.w_dec /= self.w_dec.norm(dim=-1, keepdim=True)
        return float(loss.detach())

    def _x_hat(self, x: Tensor) -> Tensor:
        pre = torch.relu((x - self.b_dec) @ self.w_enc + self.b_enc)
        top = pre.topk(self.k, dim=-1)
        return torch.zeros_like(pre).scatter(-1, top.indices, top.values) @ self.w_dec + self.b_dec

    def reconstruct(self, rows: Tensor) -> Tensor:
        with torch.no_grad():
            return self._x_hat(rows * self.scale) / self.scale


def fvu(learner: Learner, rows: Tensor) -> float:
    meter = Meter(rows.shape[1], 1)
    meter.add(rows, learner.reconstruct(rows), rows[:, :1])
    found = meter.result().fvu
    assert found is not None, "rows that do not vary"
    return found
