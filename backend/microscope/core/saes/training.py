"""Training a sparse autoencoder: what is the same for every architecture.

    1. begin          b_dec at the geometric median of the first rows, inputs scaled to a mean norm of √d_in,
                      unit decoder rows, W_enc = α W_decᵀ, α so that the first reconstruction lies nearest to the
                      rows; as long as they are in                                          Gao et al. 2024, A.1
    2. each batch     the architecture's loss and gradients                                 `Architecture.gradients`
    3.                the part of ∂L/∂W_dec along each decoder row is taken out, Adam, rows back to unit norm
    4.                features that have not fired for long are dead: an auxiliary loss revives them (Gao et al. 2024,
                      A.2), or they begin anew at inputs that are reconstructed badly   (Bricken et al. 2023, "Neuron
                      resampling"), as the architecture says
    5. keep           `Trainer.sae()`

Adam is plain Adam (Kingma & Ba 2015): the moments of every parameter decay at every step, also where its feature did
not fire. It knows no architecture by name, no file and no data set.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from pydantic import BaseModel, JsonValue
from torch import Tensor

from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.inputs import checked, geometric_median, mean_norm
from microscope.core.saes.learning import Gradients, Now, Together
from microscope.core.saes.plan import Plan
from microscope.core.saes.resampling import draw, reborn
from microscope.errors import Incompatible, Invalid

_FIRST = 8192
"""Rows at most that the geometric median is taken of."""

_GAINED = 512
"""Rows at most that the encoder's first magnitude is taken of; their activations are dense."""


class Step(NamedTuple):
    """What a batch gave, before the weights moved."""

    loss: float
    """Per row, in units of the normalised input."""

    fvu: float | None
    """Of this batch; None where all of its rows are the same."""

    l0: float
    """Features that fired per row."""

    dead: float
    """Share of features that have not fired for `Plan.dead_after_rows`; 0 before so many rows have been seen."""

    learning_rate: float


class Trainer:
    """One autoencoder in training. Feed batches to `step`; `sae` is what is kept."""

    def __init__(
        self,
        spec: Spec,
        plan: Plan,
        first: Float[Tensor, "row d_in"],
        device: torch.device | str = "cpu",
        together: Together | None = None,
    ) -> None:
        """
        Args:
            first: rows that stand for the data: scale and b_dec are taken from them.
            together: the others that train the same autoencoder on other rows of each batch.

        Raises:
            Invalid: a shape, a k or rows that cannot be trained on.
        """
        if spec.d_out != spec.d_in:
            raise Invalid(
                f"A transcoder from {spec.d_in} to {spec.d_out} dimensions cannot be trained here; only autoencoders.",
                next="Set d_out to d_in, or import a trained transcoder.",
            )
        spec.architecture.check(spec.d_sae)
        first = checked(first.to(device, torch.float32), spec.d_in)
        if spec.normalize == "scale":
            spec = spec.model_copy(update={"scale": spec.d_in**0.5 / mean_norm(first)})
        self.spec, self.plan, self._together = spec, plan, together
        self.steps = self.rows = 0
        self._generator = torch.Generator("cpu").manual_seed(plan.seed)  # The same on every device.
        self._silent_rows = torch.zeros(spec.d_sae, dtype=torch.int64, device=device)
        self._leaves = self._first_weights(first)
        trained = [value for name, value in self._leaves.items() if name not in spec.architecture.buffers]
        self._adam = torch.optim.Adam(trained, lr=plan.learning_rate, fused=True)
        self._waiting_rows = self._silent_rows.clone()  # Since a feature fired or began anew.
        self._fired = torch.zeros(2, spec.d_sae, dtype=torch.int64, device=device)
        self._fired_rows = [0, 0]

    @property
    def weights(self) -> dict[str, Tensor]:
        """As they are now, named and laid out as an `Sae` has them; not copies."""
        return {"W_enc" if name == _W_ENC_T else name: _turned(name, value) for name, value in self._leaves.items()}

    def step(self, x: Float[Tensor, "row d_in"]) -> Step:
        """One batch.

        Raises:
            Invalid: rows of another width, or values that are not finite; nothing has changed then.
        """
        x = checked(x.to(self._silent_rows.device, torch.float32), self.spec.d_in)
        x_in = Sae(self.spec, self.weights).normalized(x).x_in
        learning_rate = self.plan.rate_at(self.steps)
        with torch.no_grad():
            found = self.spec.architecture.gradients(self.weights, x_in, self._now())
            if self._together is not None:  # From here on it is one batch, everywhere the same.
                found, x_in = self._together.joined(found), self._together.rows(x_in)
            loss = float(found.value)
            if loss - loss != 0:
                raise Invalid(
                    f"The loss is {loss} at step {self.steps}; expected a finite number.",
                    next="Lower the learning rate, and see whether single rows of the data are far longer than others.",
                )
            self._count(found.fired, len(x_in))
            self._descend(found, learning_rate)
            self._begin_anew(x_in, found.x_hat)
        self.steps += 1
        l0 = float(found.fired.sum()) / len(x_in)
        return Step(loss, _fvu(x_in, found.x_hat), l0, float(self._dead().float().mean()), learning_rate)

    def density(self) -> Float[Tensor, " feature"]:
        """In which share of the latest rows each feature fired: of `dead_after_rows` to twice as many."""
        return self._fired.sum(0).float() / max(1, self.density_rows)

    @property
    def density_rows(self) -> int:
        """Which `density` is a share of."""
        return sum(self._fired_rows)

    def sae(self) -> Sae:
        """As it is to be kept, on the CPU: unit decoder rows, in the architecture that it is used with."""
        architecture, weights = self.spec.architecture.kept(self.weights)
        training: dict[str, JsonValue] = {
            **self.spec.training,
            "architecture": self.spec.architecture.model_dump(mode="json"),
            "plan": self.plan.model_dump(mode="json"),
            "steps": self.steps,
            "rows": self.rows,
            "normalize": self.spec.normalize,
            **({"scale": self.spec.scale} if self.spec.normalize == "scale" else {}),
        }
        spec = self.spec.model_copy(update={"architecture": architecture, "training": training})
        return Sae(spec, {n: value.detach().to("cpu", copy=True).contiguous() for n, value in weights.items()})

    # ── A checkpoint ─────────────────────────────────────────────────────────────────────────────────────────

    def tensors(self) -> dict[str, Tensor]:
        """With `state`, all that `restore` needs; copies."""
        held = {f"weights.{name}": value for name, value in self._leaves.items()}
        for place, moments in self._adam.state_dict()["state"].items():
            held |= {f"adam.{place}.{name}": value for name, value in moments.items()}
        held |= {
            "silent_rows": self._silent_rows,
            "waiting_rows": self._waiting_rows,
            "fired": self._fired,
            "generator": self._generator.get_state(),
        }
        return {name: value.detach().to("cpu", copy=True) for name, value in held.items()}

    def state(self) -> dict[str, JsonValue]:
        return {
            "steps": self.steps,
            "rows": self.rows,
            "scale": self.spec.scale,
            "fired_rows": list(self._fired_rows),
            "plan": self.plan.model_dump(mode="json"),
        }

    def restore(self, tensors: Mapping[str, Tensor], state: Mapping[str, JsonValue]) -> None:
        """Go on from a checkpoint; on a CPU the steps that follow have the same bits as if it had not been left.

        Raises:
            Incompatible: a checkpoint of another autoencoder or another plan.
        """
        expected = {f"weights.{name}": value.shape for name, value in self._leaves.items()}
        got = {name: value.shape for name, value in tensors.items() if name.startswith("weights.")}
        if got != expected or state["plan"] != self.plan.model_dump(mode="json"):
            raise Incompatible(
                f"This checkpoint belongs to another training: its tensors are {_shapes(got)}, expected "
                f"{_shapes(expected)}, under the plan {state['plan']}.",
                next="Go on with the spec that it was made by, or begin anew.",
            )
        with torch.no_grad():
            for name, value in self._leaves.items():
                value.copy_(tensors[f"weights.{name}"])
        moments: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            if name.startswith("adam."):
                _, place, moment = name.split(".")
                moments.setdefault(int(place), {})[moment] = value.clone()
        self._adam.load_state_dict({**self._adam.state_dict(), "state": moments})
        self._silent_rows.copy_(tensors["silent_rows"])
        self._waiting_rows.copy_(tensors["waiting_rows"])
        self._fired.copy_(tensors["fired"])
        self._generator.set_state(tensors["generator"])
        kept = _State.model_validate({name: state[name] for name in _State.model_fields})
        self.steps, self.rows, self._fired_rows = kept.steps, kept.rows, list(kept.fired_rows)
        self.spec = self.spec.model_copy(update={"scale": kept.scale})

    # ── The parts of a step ──────────────────────────────────────────────────────────────────────────────────

    def _first_weights(self, first: Float[Tensor, "row d_in"]) -> dict[str, Tensor]:
        rows = torch.randn(self.spec.d_sae, self.spec.d_in, generator=self._generator)
        device = self._silent_rows.device
        w_dec = torch.nn.functional.normalize(rows, dim=-1).to(device)
        x_in = Sae(self.spec, {"W_enc": first}).normalized(first[:_FIRST]).x_in
        own = self.spec.architecture.start(self.spec.d_sae)
        weights = {"W_dec": w_dec, "b_dec": geometric_median(x_in), **{n: value.to(device) for n, value in own.items()}}
        gain = self._gain({**weights, "W_enc": w_dec.T}, x_in[:_GAINED])
        return {_W_ENC_T: gain * w_dec, **weights}

    def _gain(self, weights: Mapping[str, Tensor], x_in: Float[Tensor, "row d_in"]) -> float:
        """α of step 1, exact where activations are linear in it.

        With α = 1 the first sums overshoot, and unlearning that takes steps: on layer 7 of the bundled model FVU is
        0.153 against 0.122 after 500 of them, 0.104 against 0.098 after 2,000.
        """
        with torch.no_grad():
            found = self.spec.architecture.loss(weights, x_in, self._now()).x_hat - weights["b_dec"]
            squares = float(found.square().sum())
            return float(((x_in - weights["b_dec"]) * found).sum()) / squares if squares else 1.0

    def _now(self) -> Now:
        plan = self.plan
        return Now(
            sparsity=plan.sparsity_at(self.steps, self.spec.architecture.sparsity),
            aux=plan.aux,
            k_aux=plan.k_aux or max(1, self.spec.d_in // 2),
            dead=self._dead(),
            centre=self.spec.apply_b_dec_to_input,
            low_precision=plan.precision == "bfloat16",
        )

    def _dead(self) -> Tensor:
        return self._silent_rows >= self.plan.dead_after_rows

    def _count(self, fired: Int[Tensor, " feature"], n_rows: int) -> None:
        self.rows += n_rows
        self._silent_rows = torch.where(fired > 0, 0, self._silent_rows + n_rows)
        self._waiting_rows = torch.where(fired > 0, 0, self._waiting_rows + n_rows)
        if self._fired_rows[1] >= self.plan.dead_after_rows:  # The older half of the window goes.
            self._fired, self._fired_rows = self._fired.roll(-1, 0), [self._fired_rows[1], 0]
            self._fired[1] = 0
        self._fired[1] += fired
        self._fired_rows[1] += n_rows

    def _descend(self, found: Gradients, learning_rate: float) -> None:
        for name, leaf in self._leaves.items():
            if name in self.spec.architecture.buffers:
                leaf.copy_(found.buffers[name])
            else:
                grad = found.by_name["W_enc" if name == _W_ENC_T else name]
                leaf.grad = _turned(name, grad).contiguous()
        w_dec = self._leaves["W_dec"]
        assert w_dec.grad is not None
        w_dec.grad.addcmul_(w_dec, _row_products(w_dec.grad, w_dec), value=-1)
        for group in self._adam.param_groups:
            group["lr"] = learning_rate
        self._adam.step()
        self._adam.zero_grad()
        w_dec.div_(w_dec.norm(dim=-1, keepdim=True))

    def _begin_anew(self, x_in: Float[Tensor, "row d_in"], x_hat: Float[Tensor, "row d_in"]) -> None:
        """What `resampling.py` says, until the learning rate falls."""
        if not self.spec.architecture.resampled or self.steps >= (1 - self.plan.decay) * self.plan.steps:
            return
        waiting = self._waiting_rows >= self.plan.dead_after_rows
        drawn = draw(waiting, (x_in - x_hat).square().sum(-1), self._generator)
        if not len(drawn.features):
            return
        own = self.spec.architecture.start(self.spec.d_sae)
        start = {name: value for name, value in own.items() if name not in self.spec.architecture.buffers}
        directions = x_in[drawn.rows] - self._leaves["b_dec"]
        for name, values in reborn(self.weights, self._dead(), drawn.features, directions, start).items():
            leaf = self._leaves[_W_ENC_T if name == "W_enc" else name]
            leaf[drawn.features] = values
            for moment in ("exp_avg", "exp_avg_sq"):
                self._adam.state[leaf][moment][drawn.features] = 0
        self._waiting_rows[drawn.features] = 0


class _State(BaseModel):
    """Of a checkpoint, what is not a tensor."""

    steps: int
    rows: int
    scale: float
    fired_rows: list[int]


_W_ENC_T = "W_enc.T"
"""The encoder is held feature by feature: both gradients are then sums of rows."""


def _turned(name: str, value: Tensor) -> Tensor:
    return value.T if name == _W_ENC_T else value


def _row_products(a: Float[Tensor, "row d"], b: Float[Tensor, "row d"]) -> Float[Tensor, "row 1"]:
    return torch.bmm(a[:, None], b[:, :, None])[:, :, 0]  # A fifth of the time of (a * b).sum(1) on a CPU.


def _shapes(named: Mapping[str, torch.Size]) -> str:
    return ", ".join(f"{name.removeprefix('weights.')} {tuple(shape)}" for name, shape in named.items()) or "none"


def _fvu(x: Float[Tensor, "row d"], x_hat: Float[Tensor, "row d"]) -> float | None:
    total = float((x - x.mean(0)).square().sum())
    return float((x - x_hat).square().sum()) / total if total > 0 else None
