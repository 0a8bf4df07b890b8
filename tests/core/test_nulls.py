from __future__ import annotations

from itertools import islice

import pytest
import torch
from tests.core.saes.synthetic import ACTIVE, D_IN, N_TRUE, batches

from microscope.core.nulls import Covariance, RandomDirections, untrained
from microscope.core.reconstruction import Meter
from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.batch_topk import BatchTopK
from microscope.core.saes.plan import Plan
from microscope.core.saes.training import Trainer


def measured(sae: Sae, x: torch.Tensor) -> float:
    meter = Meter(D_IN, sae.spec.d_sae)
    meter.add(x, sae.reconstruct(x), sae.encode(x))
    fvu = meter.result().fvu
    assert fvu is not None
    return fvu


def random_directions(rows: torch.Tensor, seed: int, block: int = 100) -> Sae:
    found = RandomDirections(N_TRUE, ACTIVE, rows.mean(0), seed)
    for some in rows.split(block):
        found.add(some)
    return found.sae()


def test_a_trained_dictionary_beats_every_null() -> None:
    spec = Spec(architecture=BatchTopK(k=ACTIVE), d_in=D_IN, d_sae=N_TRUE, d_out=D_IN, normalize="scale")
    plan = Plan(steps=300, batch_rows=512, learning_rate=4e-3, warmup_steps=20)
    first, held_out = next(batches(2048, seed=5)), next(batches(2048, seed=6))
    trainer = Trainer(spec, plan, first)
    for x in islice(batches(512), plan.steps):
        trainer.step(x)
    covariance = Covariance(D_IN)
    covariance.add(first)
    pca, meter = covariance.pca(ACTIVE), Meter(D_IN, ACTIVE)
    meter.add(held_out, pca.reconstruct(held_out), pca.encode(held_out))
    found = meter.result()
    assert found.l0 == ACTIVE
    assert found.fvu is not None
    nulls = [
        measured(random_directions(first, seed=0), held_out),
        measured(untrained(trainer.sae().spec, first, seed=0), held_out),
        found.fvu,
    ]
    assert measured(trainer.sae(), held_out) < 0.5 * min(nulls)


def test_random_directions_have_the_gain_that_explains_most() -> None:
    rows = next(batches(512))
    sae = random_directions(rows, seed=0)
    best = measured(sae, rows)
    assert best < 1
    for factor in (0.9, 1.1):
        other = {**sae.weights, "W_enc": factor * sae.weights["W_enc"]}
        assert measured(Sae(sae.spec, other), rows) > best
    again = random_directions(rows, seed=0)
    assert all(torch.equal(value, again.weights[name]) for name, value in sae.weights.items())
    assert not torch.equal(random_directions(rows, seed=1).weights["W_dec"], sae.weights["W_dec"])


def test_a_gain_of_blocks_is_that_of_all_rows_together() -> None:
    """By hand: Σ⟨x − c, x̂ − c⟩ / Σ‖x̂ − c‖² of the k likeliest directions of each row."""
    rows = next(batches(300))
    sae, centre = random_directions(rows, seed=2, block=7), rows.mean(0)
    unit = sae.weights["W_dec"]
    sums = (rows - centre) @ unit.T
    top = sums.relu().topk(ACTIVE)
    found = torch.zeros_like(sums).scatter(1, top.indices, top.values) @ unit
    gain = ((rows - centre) * found).sum() / found.square().sum()
    torch.testing.assert_close(sae.weights["W_enc"], gain * unit.T)


def test_untrained_is_what_training_begins_with() -> None:
    """Also of an architecture that is kept as another."""
    spec = Spec(architecture=BatchTopK(k=3), d_in=D_IN, d_sae=N_TRUE, d_out=D_IN, normalize="scale")
    first = next(batches(256))
    begun = Trainer(spec, Plan(seed=4), first).sae()
    again = untrained(begun.spec, first, seed=4)
    assert begun.spec.architecture.kind == "jumprelu"
    assert all(torch.equal(value, again.weights[name]) for name, value in begun.weights.items())


def test_pca_is_that_of_the_singular_value_decomposition() -> None:
    torch.manual_seed(0)
    x = torch.randn(300, 8) @ torch.randn(8, 8) + 10
    covariance, other = Covariance(8), Covariance(8)
    covariance.add(x[:7])
    other.add(x[7:200])
    covariance.merge(other)
    covariance.add(x[200:])
    centred = (x - x.mean(0)).double()
    left, values, right = torch.linalg.svd(centred, full_matrices=False)
    for rank in (0, 1, 3, 8, 20):
        expected = (left[:, :rank] * values[:rank]) @ right[:rank] + x.mean(0)
        torch.testing.assert_close(covariance.pca(rank).reconstruct(x), expected.float(), atol=1e-4, rtol=1e-4)
    assert covariance.pca(0).encode(x).shape == (300, 0)
    axes = covariance.pca(8).axes
    torch.testing.assert_close(axes @ axes.T, torch.eye(8), atol=1e-6, rtol=0)


def test_pca_of_more_axes_explains_more() -> None:
    x = next(batches(512))
    covariance = Covariance(D_IN)
    covariance.add(x)
    errors = [float((x - covariance.pca(rank).reconstruct(x)).square().sum()) for rank in range(D_IN + 1)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] == pytest.approx(0, abs=1e-3)
