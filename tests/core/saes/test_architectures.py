"""Each loss as its paper writes it, beside what the file computes."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from microscope.core.saes import jumprelu
from microscope.core.saes.gated import Gated
from microscope.core.saes.jumprelu import JumpRelu
from microscope.core.saes.learning import Now, aux_k
from microscope.core.saes.relu import Relu

ROWS, D_IN, D_SAE = 30, 6, 20
NOW = Now(sparsity=0.3, aux=0.5, k_aux=2, dead=torch.zeros(D_SAE, dtype=torch.bool), centre=True)


def random(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


X = random(ROWS, D_IN)
WEIGHTS = {"W_enc": random(D_IN, D_SAE), "W_dec": random(D_SAE, D_IN), "b_dec": random(D_IN)}


def test_relu_weighs_its_penalty_by_the_decoders_rows() -> None:
    weights = {**WEIGHTS, "b_enc": random(D_SAE)}
    loss = Relu().loss(weights, X, NOW)
    expected = 0.0
    for x in X:
        f = torch.relu((x - weights["b_dec"]) @ weights["W_enc"] + weights["b_enc"])
        error = x - f @ weights["W_dec"] - weights["b_dec"]
        weighted = sum(float(f[i]) * float(weights["W_dec"][i].norm()) for i in range(D_SAE))
        expected += float(error @ error) + 0.3 * D_IN**0.5 * weighted
    assert float(loss.value) == pytest.approx(expected / ROWS, rel=1e-5)


def test_gated_trains_its_gate_by_a_copy_of_the_decoder() -> None:
    own = {"b_gate": random(D_SAE), "b_mag": random(D_SAE) + 0.5, "r_mag": 0.1 * random(D_SAE)}
    weights = {name: value.clone().requires_grad_() for name, value in {**WEIGHTS, **own}.items()}
    loss = Gated().loss(weights, X, NOW)
    gate = (X - weights["b_dec"]) @ weights["W_enc"] + weights["b_gate"]
    magnitude = torch.relu((X - weights["b_dec"]) @ (weights["W_enc"] * weights["r_mag"].exp()) + weights["b_mag"])
    x_hat = ((gate > 0) * magnitude) @ weights["W_dec"] + weights["b_dec"]
    frozen = torch.relu(gate) @ weights["W_dec"] + weights["b_dec"]
    reconstruction = (X - x_hat).square().sum(1).mean()
    penalty = 0.3 * D_IN**0.5 * torch.relu(gate).sum(1).mean()
    auxiliary = (X - frozen).square().sum(1).mean()
    torch.testing.assert_close(loss.value, reconstruction + penalty + auxiliary)
    (to_decoder,) = torch.autograd.grad(loss.value, weights["W_dec"], retain_graph=True)
    torch.testing.assert_close(to_decoder, torch.autograd.grad(reconstruction, weights["W_dec"])[0])


def test_jumprelu_moves_thresholds_by_what_lies_about_them() -> None:
    """Equations 11 and 12, feature by feature: −θ/ε and −1/ε where |pre − θ| < ε/2."""
    epsilon = jumprelu._EPSILON  # pyright: ignore[reportPrivateUsage]
    x = random(2000, D_IN)
    weights = {**WEIGHTS, "b_enc": random(D_SAE), "log_threshold": (0.2 + random(D_SAE).abs()).log().requires_grad_()}
    loss = JumpRelu().loss(weights, x, NOW)
    (found,) = torch.autograd.grad(loss.value, weights["log_threshold"])
    theta = weights["log_threshold"].detach().exp()
    pre = (x - weights["b_dec"]) @ weights["W_enc"] + weights["b_enc"]
    g = 2 * (loss.x_hat.detach() - x) @ weights["W_dec"].T
    window = ((pre - theta).abs() < epsilon / 2) * (pre > 0)
    by_theta = (-(g * theta + 0.3 * D_IN) * window / epsilon).mean(0)
    assert int(window.sum()) > 100
    torch.testing.assert_close(found, by_theta * theta, atol=1e-4, rtol=1e-4)


def test_jumprelu_is_kept_with_its_thresholds() -> None:
    weights = {**WEIGHTS, "b_enc": random(D_SAE), "log_threshold": random(D_SAE)}
    architecture, kept = JumpRelu().kept(weights)
    assert architecture == JumpRelu()
    assert kept.keys() == {*WEIGHTS, "b_enc", "threshold"}
    torch.testing.assert_close(architecture.encode(kept, X - kept["b_dec"]), JumpRelu().loss(weights, X, NOW).acts)


def test_the_auxiliary_loss_reconstructs_the_error_by_dead_features_alone() -> None:
    weights = {name: value.clone().requires_grad_() for name, value in {**WEIGHTS, "b_enc": random(D_SAE)}.items()}
    dead = torch.zeros(D_SAE, dtype=torch.bool)
    dead[[4, 11, 12]] = True
    error, c = random(ROWS, D_IN), random(D_IN, ROWS).T
    value = aux_k(weights, c, error, NOW._replace(dead=dead))
    expected = torch.zeros(())
    for row in range(ROWS):
        pre = {f: torch.relu(c[row] @ weights["W_enc"][:, f] + weights["b_enc"][f]) for f in (4, 11, 12)}
        two = sorted(pre, key=lambda f: -float(pre[f].detach()))[:2]
        e_hat = sum(pre[f] * weights["W_dec"][f] for f in two)
        expected = expected + 0.5 * (error[row] - e_hat).square().sum() / ROWS
    torch.testing.assert_close(value, expected)
    (grad,) = torch.autograd.grad(value, weights["W_dec"])
    assert (grad.abs().sum(1) > 0).nonzero()[:, 0].tolist() == [4, 11, 12]
    one = torch.zeros(D_SAE, dtype=torch.bool)
    one[4] = True
    alone = aux_k(weights, c, error, NOW._replace(dead=one))
    pre = torch.relu(c @ weights["W_enc"][:, 4] + weights["b_enc"][4])
    whole = (error - pre[:, None] * weights["W_dec"][4]).square().sum(1).mean()
    torch.testing.assert_close(alone, 0.5 * 0.5 * whole)
    assert float(aux_k(weights, c, error, NOW)) == 0
