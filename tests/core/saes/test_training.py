from __future__ import annotations

import math
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.core.saes.synthetic import ACTIVE, D_IN, N_TRUE, batches, mean_max_cosine

from microscope.core import saes
from microscope.core.saes import architectures, read_architecture
from microscope.core.saes.base import Architecture, Spec
from microscope.core.saes.inputs import geometric_median
from microscope.core.saes.plan import Plan
from microscope.core.saes.training import Step, Trainer
from microscope.errors import Incompatible, Invalid, Unsupported

KINDS: dict[str, dict[str, Any]] = {
    "relu": {},
    "topk": {"k": ACTIVE},
    "batch_topk": {"k": ACTIVE},
    "jumprelu": {},
    "gated": {},
}
SPARSITY = {"relu": 0.3, "gated": 0.8, "jumprelu": 0.05}
"""λ for data of three features among 64; the architectures' own are for residual streams."""

PLAN = Plan(
    steps=700,
    batch_rows=512,
    learning_rate=1e-2,
    warmup_steps=20,
    sparsity_warmup_steps=200,
    dead_after_rows=20_000,
)


def architecture(kind: str) -> Architecture:
    return read_architecture({"kind": kind, **KINDS[kind]})


def trainer(kind: str, plan: Plan = PLAN, d_sae: int = N_TRUE) -> Trainer:
    spec = Spec(architecture=architecture(kind), d_in=D_IN, d_sae=d_sae, d_out=D_IN, normalize="scale")
    plan = plan.model_copy(update={"sparsity": SPARSITY.get(kind)})
    return Trainer(spec, plan, next(batches(2048, seed=7)))


def train(one: Trainer, n: int, seed: int = 1) -> list[Step]:
    return [one.step(x) for x in islice(batches(one.plan.batch_rows, seed), n)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_architecture_finds_the_dictionary_that_made_the_data(kind: str) -> None:
    one = trainer(kind, d_sae=N_TRUE * 3 // 2)
    begun = mean_max_cosine(one.sae().weights["W_dec"])
    train(one, PLAN.steps)
    assert begun < 0.6
    assert mean_max_cosine(one.sae().weights["W_dec"]) > 0.95


def test_what_was_done_to_the_inputs_is_kept_among_the_words_on_the_training() -> None:
    one = trainer("topk")
    x = next(batches(2048, seed=7))
    training = one.sae().spec.training
    assert training["normalize"] == "scale"
    assert training["scale"] == pytest.approx(D_IN**0.5 / float(x.norm(dim=1).mean()), rel=0.02)
    plain = Spec(architecture=architecture("topk"), d_in=D_IN, d_sae=N_TRUE, d_out=D_IN)
    kept = Trainer(plain, PLAN, x).sae().spec.training
    assert (kept["normalize"], "scale" in kept) == ("none", False)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_kept_reconstructs_as_the_last_batches_did(kind: str) -> None:
    one = trainer(kind)
    last = train(one, PLAN.steps)[-1]
    sae = one.sae()
    x = next(batches(4096, seed=3))
    fvu = (x - sae.reconstruct(x)).square().sum() / (x - x.mean(0)).square().sum()
    assert last.fvu is not None
    assert float(fvu) == pytest.approx(last.fvu, abs=0.03)
    assert float((sae.encode(x) > 0).sum(1).float().mean()) == pytest.approx(last.l0, rel=0.1)
    assert one.density().sum() == pytest.approx(last.l0, rel=0.15)
    torch.testing.assert_close(sae.weights["W_dec"].norm(dim=-1), torch.ones(N_TRUE))


@pytest.mark.parametrize("kind", KINDS)
def test_a_training_that_was_left_goes_on_with_the_same_bits(kind: str) -> None:
    """Also across features that begin anew, which draws at random."""
    plan = PLAN.model_copy(update={"steps": 60, "batch_rows": 64, "dead_after_rows": 640, "decay": 0.0})
    whole, left = trainer(kind, plan), trainer(kind, plan)
    silence(whole)
    silence(left)
    rows = list(islice(batches(64), 60))
    told = [whole.step(x) for x in rows]
    for x in rows[:25]:
        left.step(x)
    taken_up = Trainer(whole.spec, whole.plan, next(batches(100, seed=99)))
    taken_up.restore(left.tensors(), left.state())
    assert [taken_up.step(x) for x in rows[25:]] == told[25:]
    for name, value in whole.tensors().items():
        assert torch.equal(value, taken_up.tensors()[name]), name
    assert torch.equal(whole.density(), taken_up.density())
    assert any(step.dead > 0 for step in told)


def test_a_checkpoint_does_not_change_as_training_goes_on() -> None:
    one = trainer("topk")
    train(one, 2)
    tensors = one.tensors()
    before = {name: value.clone() for name, value in tensors.items()}
    train(one, 2)
    assert all(torch.equal(before[name], value) for name, value in tensors.items())


def test_a_checkpoint_of_another_training_is_refused() -> None:
    one, other = trainer("topk"), trainer("topk", d_sae=128)
    with pytest.raises(Incompatible, match=r"W_dec \(64, 32\).*expected.*W_dec \(128, 32\)"):
        other.restore(one.tensors(), one.state())
    slower = trainer("topk", PLAN.model_copy(update={"learning_rate": 1e-5}))
    with pytest.raises(Incompatible, match="under the plan"):
        slower.restore(one.tensors(), one.state())


@pytest.mark.parametrize("kind", KINDS)
def test_low_precision_learns_as_well(kind: str) -> None:
    plan = PLAN.model_copy(update={"steps": 300, "precision": "bfloat16"})
    low, full = trainer(kind, plan), trainer(kind, plan.model_copy(update={"precision": "float32"}))
    fvu = train(low, 300)[-1].fvu, train(full, 300)[-1].fvu
    assert fvu[0] == pytest.approx(fvu[1], abs=0.02)
    assert {value.dtype for value in low.sae().weights.values()} == {torch.float32}


@pytest.mark.parametrize("kind", ["topk", "batch_topk"])
def test_an_auxiliary_loss_revives_what_never_fires(kind: str) -> None:
    assert dead_at_the_end(kind, {"aux": 1 / 32}) < 0.15
    assert dead_at_the_end(kind, {"aux": 0.0}) > 0.4


@pytest.mark.parametrize("kind", ["relu", "jumprelu", "gated"])
def test_dead_features_begin_anew_at_inputs(kind: str) -> None:
    assert dead_at_the_end(kind, {"decay": 0.3}) < 0.05
    assert dead_at_the_end(kind, {"decay": 1.0}) > 0.4


def dead_at_the_end(kind: str, changes: dict[str, float]) -> float:
    plan = PLAN.model_copy(update={"steps": 400, "dead_after_rows": 5_000, **changes})
    one = trainer(kind, plan)
    silence(one)
    return train(one, plan.steps)[-1].dead


def silence(one: Trainer) -> None:
    """Half of the features do not fire: never above 0, or never among the largest."""
    tensors = one.tensors()
    half = slice(N_TRUE // 2)
    if one.spec.architecture.resampled:
        tensors["weights.b_gate" if "weights.b_gate" in tensors else "weights.b_enc"][half] = -100
    else:
        tensors["weights.W_enc.T"][half] *= 0.05
    one.restore(tensors, one.state())


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_rows_that_are_not_finite_are_refused_before_anything_moves(value: float) -> None:
    one = trainer("topk")
    before = one.tensors()
    x = next(batches(8))
    x[5, 3] = value
    with pytest.raises(Invalid, match=f"Row 5 of the batch holds {value}; expected finite"):
        one.step(x)
    with pytest.raises(Invalid, match="Row 5"):
        Trainer(one.spec, one.plan, x)
    assert all(torch.equal(before[name], after) for name, after in one.tensors().items())


def test_a_loss_that_overflows_is_refused_before_anything_moves() -> None:
    one = trainer("relu")
    before = one.tensors()
    with pytest.raises(Invalid, match="loss is inf at step 0; expected a finite number"):
        one.step(next(batches(8)) * 1e30)
    assert all(torch.equal(before[name], after) for name, after in one.tensors().items())


def test_what_cannot_be_trained_is_refused_in_words() -> None:
    rows = next(batches(16))
    spec = Spec(architecture=architecture("topk"), d_in=D_IN, d_sae=2, d_out=D_IN)
    with pytest.raises(Invalid, match="k = 3 features are to fire, of 2"):
        Trainer(spec, PLAN, rows)
    with pytest.raises(Invalid, match="k = 3 features are to fire on average, of 2"):
        Trainer(spec.model_copy(update={"architecture": architecture("batch_topk")}), PLAN, rows)
    with pytest.raises(Unsupported, match="'groupmax' autoencoders can be read"):
        Trainer(spec.model_copy(update={"architecture": architectures()["groupmax"](kind="groupmax")}), PLAN, rows)
    with pytest.raises(Invalid, match=r"rows of 32 numbers, got an array of shape \(16, 31\)"):
        Trainer(spec.model_copy(update={"d_sae": 64}), PLAN, rows[:, 1:])
    with pytest.raises(Invalid, match="transcoder from 32 to 8"):
        Trainer(spec.model_copy(update={"d_out": 8}), PLAN, rows)
    with pytest.raises(Invalid, match="All of the first rows are 0"):
        Trainer(spec.model_copy(update={"d_sae": 64, "normalize": "scale"}), PLAN, rows * 0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_may_be_one_row_which_has_no_variance(kind: str) -> None:
    one = trainer(kind)
    step = one.step(next(batches(64))[:1])
    assert step.fvu is None
    assert math.isfinite(step.loss)


def test_training_starts_at_the_geometric_median_with_inputs_of_length_root_d() -> None:
    rows = next(batches(2048, seed=7)) + 5.0
    spec = Spec(architecture=architecture("topk"), d_in=D_IN, d_sae=N_TRUE, d_out=D_IN, normalize="scale")
    one = Trainer(spec, PLAN, rows)
    assert float((rows * one.spec.scale).norm(dim=-1).mean()) == pytest.approx(D_IN**0.5, rel=1e-4)
    torch.testing.assert_close(one.weights["b_dec"], geometric_median(rows * one.spec.scale))
    x_hat, b_dec = one.sae().reconstruct(rows[:512]), one.weights["b_dec"] / one.spec.scale
    gains = torch.nn.functional.cosine_similarity(one.weights["W_enc"].T, one.weights["W_dec"])
    torch.testing.assert_close(gains, torch.ones(N_TRUE))
    # Least squares: what the first reconstruction leaves is at right angles to it.
    left = (rows[:512] - x_hat).flatten() @ (x_hat - b_dec).flatten()
    assert float(left) == pytest.approx(0, abs=1e-3 * float((x_hat - b_dec).square().sum()))


def test_the_geometric_median_is_where_the_mean_distance_is_least_and_minds_no_outlier() -> None:
    rows = torch.randn(200, 4, generator=torch.Generator().manual_seed(0))
    median = geometric_median(rows, iterations=100)
    least = (rows - median).norm(dim=-1).mean()
    for axis in range(4):
        for nudge in (-0.01, 0.01):
            moved = median.clone()
            moved[axis] += nudge
            assert (rows - moved).norm(dim=-1).mean() > least
    rows[0] = 1e5
    assert (geometric_median(rows, iterations=100) - median).norm() < 0.05


def test_the_learning_rate_rises_stays_and_falls_to_nothing() -> None:
    plan = Plan(steps=100, learning_rate=1.0, warmup_steps=10, decay=0.2)
    rates = [plan.rate_at(step) for step in range(101)]
    assert rates[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert set(rates[10:81]) == {1.0}
    assert rates[81:] == pytest.approx([1 - (step + 1) / 20 for step in range(20)])


@pytest.fixture
def one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Puts a module among the architectures for the length of a test."""

    def put(name: str, source: str) -> None:
        (tmp_path / f"{name}.py").write_text(source)
        monkeypatch.setattr(saes, "__path__", [*saes.__path__, str(tmp_path)])
        architectures.cache_clear()

    return put


SOFT = '''
from typing import ClassVar, Literal
import torch
from microscope.core.saes.base import Architecture
from microscope.core.saes.learning import Loss, squared_error

class SquaredRelu(Architecture, frozen=True):
    """Activations are squares."""
    sparsity: ClassVar[float] = 0.05
    kind: Literal["squared_relu"] = "squared_relu"

    def encode(self, weights, c):
        return torch.relu(c @ weights["W_enc"] + weights["b_enc"]).square()

    def loss(self, weights, x, now):
        acts = self.encode(weights, now.centred(x, weights["b_dec"]))
        x_hat = self.decode(weights, acts)
        penalty = acts.sum(-1).mean() * x.shape[-1] ** 0.5
        return Loss(squared_error(x, x_hat) + now.sparsity * penalty, x_hat, acts)
'''


def test_an_architecture_is_one_file(one_file: Callable[[str, str], None]) -> None:
    one_file("squared_relu", SOFT)
    try:
        made = read_architecture({"kind": "squared_relu"})
        spec = Spec(architecture=made, d_in=D_IN, d_sae=N_TRUE, d_out=D_IN, normalize="scale")
        one = Trainer(spec, PLAN, next(batches(2048, seed=7)))
        steps = train(one, 300)
        assert steps[-1].loss < steps[0].loss / 2
        assert Spec.model_validate_json(one.sae().spec.model_dump_json()).architecture == made
    finally:
        architectures.cache_clear()
