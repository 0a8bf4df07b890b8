"""A temporal autoencoder against loops over positions and heads, and what it must not depend on."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from microscope.core.saes import temporal
from microscope.core.saes.base import Normalize, Sae, Spec
from microscope.core.saes.temporal import Temporal
from microscope.errors import Invalid, Unsupported

D, F = 6, 24
CASES = (
    Temporal(n_heads=2, bottleneck_factor=3, kval_topk=4),
    Temporal(n_heads=3, bottleneck_factor=4, kval_topk=4, n_attn_layers=2, tied_weights=False),
    Temporal(n_heads=1, bottleneck_factor=2, sae_diff_type="relu", tied_weights=False),
    Temporal(n_heads=2, bottleneck_factor=3, sae_diff_type="relu", n_attn_layers=2),
)


def make(architecture: Temporal, seed: int = 0, normalize: Normalize = "none") -> Sae:
    draw = torch.Generator().manual_seed(seed)
    w_dec = torch.randn(F, D, generator=draw)
    w_enc = w_dec.T if architecture.tied_weights else torch.randn(D, F, generator=draw)
    weights = {"W_dec": w_dec, "b_dec": torch.randn(D, generator=draw), "W_enc": w_enc}
    for name, shape in architecture.own_shapes(F).items():
        weights[name] = torch.randn(shape, generator=draw) * (1.0 if name.endswith("bias") else 2.0)
    return Sae(Spec(architecture=architecture, d_in=D, d_sae=F, d_out=D, normalize=normalize, scale=0.3), weights)


def text(n: int, seed: int = 1) -> Tensor:
    return torch.randn(n, D, generator=torch.Generator().manual_seed(seed)) * 5


def slowly(sae: Sae, x: Tensor) -> tuple[Tensor, Tensor]:
    """The paper's two codes, position by position and head by head, in double precision: novel and predicted."""
    rule, w = sae.spec.architecture, {name: value.double() for name, value in sae.weights.items()}
    assert isinstance(rule, Temporal)
    left = x.double() - w["b_dec"]
    predicted = torch.zeros(len(x), F, dtype=torch.float64)
    for layer in range(rule.n_attn_layers):

        def project(name: str, code: Tensor, layer: int = layer) -> Tensor:
            here = f"attn_layers.{layer}.{name}"
            return w[f"{here}.weight"] @ code + w[f"{here}.bias"]

        codes = torch.stack([torch.relu(row @ w["W_enc"] / (4 * D)) for row in left])
        after = left.clone()
        for t in range(len(x)):
            context = [torch.zeros(F, dtype=torch.float64), *codes[:t]]
            query, parts = project("q_target", codes[t]).chunk(rule.n_heads), list[Tensor]()
            for head in range(rule.n_heads):
                keys = [project("k_ctx", one).chunk(rule.n_heads)[head] for one in context]
                values = [project("v_ctx", one).chunk(rule.n_heads)[head] for one in context]
                scores = [math.exp(float(query[head] @ key) / len(key) ** 0.5) for key in keys]
                mixed = [score * value for score, value in zip(scores, values, strict=True)]
                parts.append(torch.stack(mixed).sum(0) / sum(scores))
            code = torch.relu(project("c_proj", torch.cat(parts)))
            direction = code @ w["W_dec"]
            scale = (direction @ left[t]) / (direction.norm() + 1e-6) ** 2
            predicted[t] += scale * code
            after[t] = left[t] - scale * direction
        left = after
    novel = torch.stack([torch.relu(row @ w["W_enc"] / (4 * D)) for row in left])
    if rule.sae_diff_type == "topk":
        assert rule.kval_topk is not None
        least = novel.sort(dim=-1, descending=True).values[:, rule.kval_topk - 1 : rule.kval_topk]
        novel = novel * (novel >= least)
    return novel, predicted


@pytest.mark.parametrize("architecture", CASES)
def test_it_is_the_loop_over_positions_and_heads(architecture: Temporal) -> None:
    sae, x = make(architecture), text(9)
    novel, predicted = slowly(sae, x)
    assert predicted.any()
    torch.testing.assert_close(sae.encode(x, (9,)).double(), novel, atol=1e-5, rtol=1e-4)
    w = {name: value.double() for name, value in sae.weights.items()}
    x_hat = (novel + predicted) @ w["W_dec"] + w["b_dec"]
    torch.testing.assert_close(sae.reconstruct(x, (9,)).double(), x_hat, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("architecture", CASES)
def test_what_comes_later_in_a_text_changes_nothing(architecture: Temporal) -> None:
    sae, x = make(architecture), text(12)
    whole, part = sae.encode(x, (12,)), sae.encode(x[:7], (7,))
    torch.testing.assert_close(whole[:7], part)
    other = torch.cat([x[:7], text(5, seed=9)])
    torch.testing.assert_close(sae.reconstruct(other, (12,))[:7], sae.reconstruct(x, (12,))[:7])


@pytest.mark.parametrize("architecture", CASES)
def test_what_came_before_changes_what_fires(architecture: Temporal) -> None:
    sae, x = make(architecture), text(6)
    assert not torch.allclose(sae.encode(x, (6,))[3:], sae.encode(x[3:], (3,)))


@pytest.mark.parametrize("normalize", ["none", "scale", "layer_norm", "constant_norm"])
def test_texts_beside_each_other_are_each_read_alone(normalize: Normalize) -> None:
    sae, x = make(CASES[1], normalize=normalize), text(15)
    lengths = (4, 1, 10)
    alone = [(sae.encode(one, (len(one),)), sae.reconstruct(one, (len(one),))) for one in x.split(lengths)]
    torch.testing.assert_close(sae.encode(x, lengths), torch.cat([acts for acts, _ in alone]))
    torch.testing.assert_close(sae.reconstruct(x, lengths), torch.cat([x_hat for _, x_hat in alone]))


def test_one_position_of_a_text_is_that_of_the_whole() -> None:
    sae, x = make(CASES[1], normalize="constant_norm"), text(10)
    whole = sae.normalized(x, (10,))
    for position in (0, 4, 9):
        given = sae.normalized_at(x, position)
        torch.testing.assert_close(sae.acts(given)[0], sae.encode(x, (10,))[position])
        torch.testing.assert_close(sae.acts(whole.at(slice(position, position + 1))), sae.acts(given))


def test_scores_in_blocks_are_those_of_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sae, x = make(CASES[1]), text(20)
    whole = sae.encode(x, (20,))
    monkeypatch.setattr(temporal, "SCORES", 3 * 20 * 3)
    torch.testing.assert_close(sae.encode(x, (20,)), whole)


def test_loose_rows_are_refused() -> None:
    sae = make(CASES[0])
    for read in (sae.encode, sae.reconstruct, sae.normalized):
        with pytest.raises(Unsupported, match="what fires at a token depends on the text before it"):
            read(text(5))
    with pytest.raises(AssertionError, match="5 rows are texts of 4"):
        sae.encode(text(5), (4,))


def test_heads_that_do_not_divide_the_features_are_refused() -> None:
    with pytest.raises(Invalid, match=r"24 features .* 5 heads"):
        Temporal(n_heads=5, bottleneck_factor=1).own_shapes(F)
