"""Fast paths against the dense three lines: values to 1e-6, gradients to 1e-5."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from microscope.core.saes import read_architecture, sparse
from microscope.core.saes.base import Architecture
from microscope.core.saes.learning import Now

ROWS, D_IN, D_SAE = 40, 12, 96


def weights(seed: int = 0) -> dict[str, Tensor]:
    torch.manual_seed(seed)
    w_dec = torch.nn.functional.normalize(torch.randn(D_SAE, D_IN), dim=-1)
    return {
        "W_enc": w_dec.T + 0.1 * torch.randn(D_IN, D_SAE),
        "W_dec": w_dec,
        "b_enc": 0.3 * torch.randn(D_SAE),
        "b_dec": torch.randn(D_IN),
        "threshold": torch.tensor(0.4),
    }


def now(n_dead: int = 0, centre: bool = True, k_aux: int = 4, low_precision: bool = False) -> Now:
    dead = torch.zeros(D_SAE, dtype=torch.bool)
    dead[3 : 3 + n_dead] = True
    return Now(sparsity=0.0, aux=1 / 32, k_aux=k_aux, dead=dead, centre=centre, low_precision=low_precision)


def held(kind: str, all_weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {n: value for n, value in all_weights.items() if kind == "batch_topk" or n != "threshold"}


@pytest.mark.parametrize("centre", [True, False])
@pytest.mark.parametrize("n_dead", [0, 2, 30])
@pytest.mark.parametrize("k", [1, 5, D_SAE])
@pytest.mark.parametrize("kind", ["topk", "batch_topk"])
def test_the_fast_path_is_the_dense_form(kind: str, k: int, n_dead: int, centre: bool) -> None:
    architecture, at = read_architecture({"kind": kind, "k": k}), now(n_dead, centre)
    given, x = held(kind, weights()), torch.randn(ROWS, D_IN)
    with torch.no_grad():
        fast, dense = architecture.gradients(given, x, at), Architecture.gradients(architecture, given, x, at)
    torch.testing.assert_close(fast.value, dense.value, atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(fast.x_hat, dense.x_hat, atol=1e-5, rtol=1e-6)
    assert torch.equal(fast.fired, dense.fired)
    assert fast.by_name.keys() == dense.by_name.keys() == {"W_enc", "W_dec", "b_enc", "b_dec"}
    for name, grad in dense.by_name.items():
        torch.testing.assert_close(fast.by_name[name], grad, atol=1e-5, rtol=1e-5)
    assert fast.buffers.keys() == dense.buffers.keys()
    for name, value in dense.buffers.items():
        torch.testing.assert_close(fast.buffers[name], value)


def test_a_row_that_holds_most_of_a_batch_is_counted_in_full() -> None:
    """One row of BatchTopK fires with more features than are looked at first."""
    architecture, given = read_architecture({"kind": "batch_topk", "k": 2}), weights()
    x = 0.01 * torch.randn(ROWS, D_IN) + given["b_dec"]
    x[7] *= 50
    with torch.no_grad():
        fast, dense = architecture.gradients(given, x, now()), Architecture.gradients(architecture, given, x, now())
    assert int(dense.fired.sum()) == 2 * ROWS
    assert torch.equal(fast.fired, dense.fired)
    torch.testing.assert_close(fast.by_name["W_dec"], dense.by_name["W_dec"])


def test_gradients_agree_with_finite_differences() -> None:
    """Of the dense form, where no activation changes its place."""
    architecture, at = read_architecture({"kind": "topk", "k": 3}), now(10)
    given = {name: value.double() for name, value in held("topk", weights()).items()}
    x = torch.randn(ROWS, D_IN, dtype=torch.float64)
    with torch.no_grad():
        x_hat = architecture.loss(given, x, at).x_hat
        found = Architecture.gradients(architecture, given, x, at).by_name
        top = (x @ given["W_enc"] - given["b_dec"] @ given["W_enc"] + given["b_enc"]).topk(3).indices
        feature, nudge = int(top[0, 0]), 1e-6
        moved = {**given, "W_dec": given["W_dec"].clone()}
        moved["W_dec"][feature, 1] += nudge
        up = architecture.loss(moved, x, at._replace(aux=0.0)).value
        moved["W_dec"][feature, 1] -= 2 * nudge
        down = architecture.loss(moved, x, at._replace(aux=0.0)).value
    assert not bool(at.dead[feature])
    assert x_hat.dtype == torch.float64
    assert float((up - down) / (2 * nudge)) == pytest.approx(float(found["W_dec"][feature, 1]), rel=1e-4)


def test_a_screen_in_low_precision_keeps_exact_values() -> None:
    given = weights()
    c = torch.randn(200, D_IN)
    exact, values = sparse.likeliest(given, c, 5, now())
    screened, rescored = sparse.likeliest(given, c, 5, now(low_precision=True))
    pre = torch.relu(c @ given["W_enc"] + given["b_enc"])
    torch.testing.assert_close(rescored, pre.gather(1, screened), atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(values, pre.gather(1, exact), atol=1e-6, rtol=1e-6)
    assert (screened.sort(1).values == exact.sort(1).values).all(1).float().mean() > 0.99


@pytest.mark.parametrize(("kind", "k", "n_looked_at"), [("topk", 2, 2), ("topk", 5, 5), ("batch_topk", 5, 20)])
def test_behind_a_screen_in_low_precision_gradients_are_those_of_the_dense_form(
    kind: str, k: int, n_looked_at: int
) -> None:
    """Of the rows in which both choose the same features: nearly all of them."""
    architecture, screened = read_architecture({"kind": kind, "k": k}), now(low_precision=True)
    given = held(kind, weights())
    x = torch.randn(400, D_IN)
    with torch.no_grad():
        c = x - given["b_dec"]
        chosen, exact = (sparse.likeliest(given, c, n_looked_at, at)[0].sort(1).values for at in (screened, now()))
        x = x[(chosen == exact).all(1)]
        assert len(x) > 350
        fast = architecture.gradients(given, x, screened)
        dense = Architecture.gradients(architecture, given, x, now())
    assert torch.equal(fast.fired, dense.fired)
    torch.testing.assert_close(fast.value, dense.value, atol=1e-6, rtol=1e-6)
    for name, grad in dense.by_name.items():
        torch.testing.assert_close(fast.by_name[name], grad, atol=1e-5, rtol=1e-5)


def test_many_rows_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    given, c = weights(), torch.randn(100, D_IN)
    whole = sparse.likeliest(given, c, 5, now())
    monkeypatch.setattr(sparse, "_PRODUCT", 7 * D_SAE)
    parts = sparse.likeliest(given, c, 5, now())
    assert torch.equal(whole[0].sort(1).values, parts[0].sort(1).values)


def test_features_whose_pre_activation_is_below_zero_do_not_fire() -> None:
    architecture, given = read_architecture({"kind": "topk", "k": 5}), held("topk", weights())
    given["b_enc"] -= 100
    with torch.no_grad():
        found = architecture.gradients(given, torch.randn(ROWS, D_IN), now())
    assert int(found.fired.sum()) == 0
    assert torch.equal(found.x_hat, given["b_dec"].expand(ROWS, -1))
    assert float(found.by_name["W_enc"].abs().max()) == 0
