from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from microscope.core.reconstruction import (
    Meter,
    PredictionMeter,
    cross_entropy,
    kl_divergence,
    loss_recovered,
)
from microscope.errors import Invalid


def made_by_hand() -> Meter:
    """Three rows of two dimensions, four features.

    x        x̂        x − x̂    ‖x − x̂‖²   acts
    (3, 4)   (3, 3)   (0, 1)    1          (2, 0, 1, 0)
    (0, 2)   (0, 2)   (0, 0)    0          (0, 0, 3, 0)
    (3, 0)   (1, 0)   (2, 0)    4          (0, 0, 0, 0)
    """
    meter = Meter(2, 4)
    meter.add(
        torch.tensor([[3.0, 4.0], [0.0, 2.0], [3.0, 0.0]]),
        torch.tensor([[3.0, 3.0], [0.0, 2.0], [1.0, 0.0]]),
        torch.tensor([[2.0, 0.0, 1.0, 0.0], [0.0, 0.0, 3.0, 0.0], [0.0, 0.0, 0.0, 0.0]]),
    )
    return meter


def test_an_example_worked_out_on_paper() -> None:
    found = made_by_hand().result()
    assert found.rows == 3
    # Σ‖x − x̂‖² = 1 + 0 + 4 = 5, over 3 rows of 2 dimensions.
    assert found.mse == pytest.approx(5 / 6)
    # x̄ = (2, 2); Σ(x − x̄)² = (1 + 4 + 1) + (4 + 0 + 4) = 6 + 8 = 14.
    assert found.fvu == pytest.approx(5 / 14)
    assert found.explained_variance == pytest.approx(9 / 14)
    # By dimension: 4/6 and 1/8 are left, 1/3 and 7/8 are explained; their mean is 29/48.
    assert found.explained_variance_by_dimension == pytest.approx(29 / 48)
    # Errors (0, 0, 2) have mean 2/3 and Σ(e − ē)² = 8/3; (1, 0, 0) have 1/3 and 2/3. 1 − (10/3)/14 = 16/21.
    assert found.explained_variance_centred == pytest.approx(16 / 21)
    # 2 + 1 + 0 features fire; activations add up to 3 + 3 + 0.
    assert found.l0 == pytest.approx(1)
    assert found.l1 == pytest.approx(2)
    # Features 1 and 3 of four never fire.
    assert found.dead == pytest.approx(0.5)
    # 21 / (5 · √18), 1 and 1.
    assert found.cosine == pytest.approx((21 / (5 * math.sqrt(18)) + 2) / 3)
    # √18 / 5, 1 and 1/3.
    assert found.l2_ratio == pytest.approx((math.sqrt(18) / 5 + 4 / 3) / 3)
    # Σ‖x̂‖² = 18 + 4 + 1 = 23; Σ⟨x, x̂⟩ = 21 + 4 + 3 = 28.
    assert found.relative_reconstruction_bias == pytest.approx(23 / 28)
    assert made_by_hand().density.tolist() == pytest.approx([1 / 3, 0, 2 / 3, 0])


def random_rows(n: int = 500) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(0)
    x = torch.randn(n, 6) * torch.tensor([1.0, 2, 3, 4, 5, 6]) + 3
    return x, x + 0.5 * torch.randn(n, 6), torch.relu(torch.randn(n, 9) - 1)


def test_batches_and_parts_that_are_merged_give_what_one_batch_gives() -> None:
    rows = random_rows()
    whole, stream, parts = Meter(6, 9), Meter(6, 9), [Meter(6, 9), Meter(6, 9), Meter(6, 9)]
    whole.add(*rows)
    for place, size in enumerate([1, 7, 0, 200, 292]):
        start = sum([1, 7, 0, 200, 292][:place])
        if size:
            batch = [part[start : start + size] for part in rows]
            stream.add(*batch)
            parts[place % 2].add(*batch)
    parts[2].merge(parts[0])
    parts[2].merge(parts[1])
    expected = whole.result().model_dump()
    assert stream.result().model_dump() == pytest.approx(expected, rel=1e-12)
    assert parts[2].result().model_dump() == pytest.approx(expected, rel=1e-12)
    assert torch.equal(stream.density, whole.density)
    assert torch.equal(parts[2].density, whole.density)


def test_a_mean_far_from_zero_costs_no_digits() -> None:
    x, x_hat, acts = (part.double() for part in random_rows())
    near, far = Meter(6, 9), Meter(6, 9)
    near.add(x, x_hat, acts)
    for part in range(0, 500, 50):
        rows = slice(part, part + 50)
        far.add(x[rows] + 1e7, x_hat[rows] + 1e7, acts[rows])
    assert far.result().fvu == pytest.approx(near.result().fvu, rel=1e-6)


def test_a_perfect_reconstruction_and_the_mean_are_the_ends_of_the_scale() -> None:
    x, _, acts = random_rows()
    perfect, mean = Meter(6, 9), Meter(6, 9)
    perfect.add(x, x, acts)
    mean.add(x.double(), x.double().mean(0).expand(500, -1), acts)
    assert perfect.result().fvu == 0
    assert perfect.result().cosine == pytest.approx(1)
    assert perfect.result().relative_reconstruction_bias == pytest.approx(1)
    assert mean.result().fvu == pytest.approx(1)
    assert mean.result().explained_variance_by_dimension == pytest.approx(0)


def test_what_is_undefined_is_told_as_nothing() -> None:
    one = Meter(3, 2)
    one.add(torch.ones(1, 3), torch.zeros(1, 3), torch.zeros(1, 2))
    found = one.result()
    assert (found.fvu, found.explained_variance) == (None, None)
    assert (found.explained_variance_by_dimension, found.explained_variance_centred) == (None, None)
    assert (found.cosine, found.relative_reconstruction_bias) == (None, None)
    assert (found.mse, found.l2_ratio, found.dead) == (1, 0, 1)
    assert '"fvu":null' in found.model_dump_json()


def test_a_dimension_that_does_not_vary_is_left_out_of_the_mean_over_dimensions() -> None:
    meter = Meter(2, 1)
    meter.add(torch.tensor([[1.0, 5.0], [3.0, 5.0]]), torch.tensor([[1.0, 4.0], [2.0, 4.0]]), torch.ones(2, 1))
    # Dimension 0: Σ(x − x̂)² = 1 of Σ(x − x̄)² = 2.
    assert meter.result().explained_variance_by_dimension == pytest.approx(0.5)


def test_nothing_and_nonsense_are_refused() -> None:
    with pytest.raises(Invalid, match="No rows"):
        Meter(2, 2).result()
    with pytest.raises(Invalid, match="Row 1 of the batch holds nan"):
        Meter(2, 2).add(torch.tensor([[0.0, 0.0], [0.0, math.nan]]), torch.zeros(2, 2), torch.zeros(2, 2))
    with pytest.raises(Invalid, match="No next token"):
        PredictionMeter().result()


def test_losses_of_two_tokens_on_paper() -> None:
    """Three words; the model is sure of nothing, then of word 0."""
    clean = torch.tensor([[0.0, 0.0, 0.0], [math.log(2.0), 0.0, 0.0]])
    sae = torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    zero = torch.tensor([[0.0, math.log(2.0), 0.0], [0.0, math.log(2.0), 0.0]])
    meter = PredictionMeter()
    meter.add(clean[:1], sae[:1], zero[:1], torch.tensor([0]))
    other = PredictionMeter()
    other.add(clean[1:], sae[1:], zero[1:], torch.tensor([0]))
    meter.merge(other)
    found = meter.result()
    assert found.tokens == 2
    # −log p of word 0: 1/3 and 1/2; 1/3 and 1/3; 1/4 and 1/4.
    assert found.ce_clean == pytest.approx((math.log(3) + math.log(2)) / 2)
    assert found.ce_sae == pytest.approx(math.log(3))
    assert found.ce_zero == pytest.approx(math.log(4))
    assert found.loss_recovered == pytest.approx(math.log(4 / 3) / (math.log(4) - math.log(6) / 2))
    # 0, and ½ log(½ / ⅓) + 2 · ¼ log(¼ / ⅓) = ½ log 1.5 + ½ log 0.75 = ½ log 1.125.
    assert found.kl == pytest.approx(math.log(1.125) / 4, rel=1e-5)
    # ⅓ log(⅓ / ½) + 2 · ⅓ log(⅓ / ¼) = ⅓ log(32 / 27), and ½ log(½ / ¼) + ¼ log(¼ / ½) = ¼ log 2.
    kl_zero = (math.log(32 / 27) / 3 + math.log(2) / 4) / 2
    assert found.kl_zero == pytest.approx(kl_zero, rel=1e-5)
    assert found.kl_div_score == pytest.approx(1 - math.log(1.125) / 4 / kl_zero, rel=1e-5)


def test_a_score_of_divergence_needs_zeros_that_change_something() -> None:
    meter, same = PredictionMeter(), torch.randn(3, 5)
    meter.add(same, same, same, torch.tensor([0, 1, 2]))
    assert (meter.result().kl_zero, meter.result().kl_div_score) == (0, None)


def test_loss_recovered_is_one_for_the_model_itself_and_zero_for_zeros() -> None:
    assert loss_recovered(clean=2.0, sae=2.0, zero=5.0) == 1
    assert loss_recovered(clean=2.0, sae=5.0, zero=5.0) == 0
    assert loss_recovered(clean=2.0, sae=2.0, zero=2.0) is None


def test_divergence_is_cross_entropy_less_entropy() -> None:
    torch.manual_seed(0)
    clean, other = torch.randn(7, 11), torch.randn(7, 11)
    p = clean.softmax(-1)
    expected = -(p * other.log_softmax(-1)).sum(-1) - torch.special.entr(p).sum(-1)
    torch.testing.assert_close(kl_divergence(clean, other), expected)
    ids = torch.arange(7)
    torch.testing.assert_close(cross_entropy(clean, ids), -p[ids, ids].log())
