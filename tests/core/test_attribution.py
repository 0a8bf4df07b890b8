from __future__ import annotations

import pytest
import torch

from microscope.core.attribution import origins, read_linearly, written
from microscope.core.saes import read_architecture
from microscope.core.saes.base import Normalize, Sae, Spec

NORMALIZATIONS: tuple[Normalize, ...] = ("none", "scale", "layer_norm", "constant_norm")


def sae_of(normalize: Normalize = "none", kind: str = "topk", skip: bool = False) -> Sae:
    torch.manual_seed(0)
    architecture = read_architecture({"kind": kind, **({"k": 3} if kind == "topk" else {})})
    weights = {
        "W_enc": torch.randn(6, 20),
        "b_enc": torch.randn(20) / 4,
        "W_dec": torch.randn(20, 6),
        "b_dec": torch.randn(6),
        **({"W_skip": torch.randn(6, 6)} if skip else {}),
    }
    spec = Spec(architecture=architecture, d_in=6, d_sae=20, d_out=6, normalize=normalize, scale=0.3)
    return Sae(spec, weights)


@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize("normalize", NORMALIZATIONS)
def test_features_error_bias_and_skip_add_up_to_what_the_gradient_sees(normalize: Normalize, skip: bool) -> None:
    sae = sae_of(normalize, skip=skip)
    x, gradient = torch.randn(5, 6), torch.randn(5, 6)
    found = origins(sae, x, x, gradient, k=100)
    assert found.n_features == len(found.feature) == 15
    parts = found.features + found.error + found.bias + found.skip
    assert parts == pytest.approx(float((x * gradient).sum()), rel=1e-5)
    assert found.features == pytest.approx(float(found.attribution.sum()), rel=1e-5)


@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize("normalize", NORMALIZATIONS)
def test_the_bias_is_the_decoders_and_what_depends_on_the_input_is_the_skip(normalize: Normalize, skip: bool) -> None:
    sae = sae_of(normalize, skip=skip)
    x, gradient = torch.randn(5, 6), torch.randn(5, 6)
    found, given = origins(sae, x, x, gradient, k=100), sae.normalized(x)
    bias = sae.weights["b_dec"] * torch.as_tensor(given.factor)
    path = given.x_in @ sae.weights["W_skip"].T * given.factor if skip else torch.zeros(5, 6)
    mean = x.mean(1, keepdim=True) if normalize == "layer_norm" else torch.zeros(5, 1)
    assert found.bias == pytest.approx(float((bias * gradient).sum()), abs=1e-4)
    assert found.skip == pytest.approx(float(((path + mean) * gradient).sum()), abs=1e-4)
    assert (found.skip == 0) == (not skip and normalize != "layer_norm")


@pytest.mark.parametrize("normalize", NORMALIZATIONS)
def test_each_attribution_is_what_its_write_has_along_the_gradient(normalize: Normalize) -> None:
    sae = sae_of(normalize)
    x, gradient = torch.randn(5, 6), torch.randn(5, 6)
    found = origins(sae, x, x, gradient, k=100)
    acts = sae.encode(x)
    for position, feature, activation, attribution in zip(*found[:4], strict=True):
        write = written(sae, int(feature), x, int(position))
        torch.testing.assert_close(activation, acts[position, feature])
        torch.testing.assert_close(attribution, write @ gradient[position])


def test_the_strongest_come_first_whichever_way_they_pull() -> None:
    sae = sae_of()
    x, gradient = torch.randn(5, 6), torch.randn(5, 6)
    few, all_of_them = origins(sae, x, x, gradient, k=4), origins(sae, x, x, gradient, k=100)
    assert few.attribution.tolist() == all_of_them.attribution[:4].tolist()
    sizes = all_of_them.attribution.abs()
    assert (sizes[:-1] >= sizes[1:]).all()
    assert (few.features, few.error) == (all_of_them.features, all_of_them.error)


@pytest.mark.parametrize("normalize", NORMALIZATIONS)
def test_a_feature_is_read_with_the_slope_of_its_encoder(normalize: Normalize) -> None:
    sae = sae_of(normalize, "relu")
    x = torch.randn(6)
    acts = sae.encode(x[None])[0]
    feature = int(acts.argmax())
    leaf = x.clone().requires_grad_()
    value = read_linearly(sae, feature, leaf[None], 0)
    torch.testing.assert_close(value, acts[feature])
    (slope,) = torch.autograd.grad(value, leaf)
    column = sae.weights["W_enc"][:, feature] / sae.normalized(x[None]).factor
    torch.testing.assert_close(slope, (column - column.mean() if normalize == "layer_norm" else column).flatten())
