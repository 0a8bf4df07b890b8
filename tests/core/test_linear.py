import pytest
import torch
from torch import Tensor

from microscope.core.linear import biased, linear


def case(*rows: int, bias: bool, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor, Tensor | None]:
    torch.manual_seed(0)
    return (
        torch.randn(*rows, 48, dtype=dtype),
        torch.randn(301, 48, dtype=dtype),
        torch.randn(301, dtype=dtype) if bias else None,
    )


@pytest.mark.parametrize("rows", [(13,), (3, 5), (2, 1), (0,)])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_it_is_pytorchs_linear(rows: tuple[int, ...], bias: bool, dtype: torch.dtype) -> None:
    x, weight, b = case(*rows, bias=bias, dtype=dtype)
    torch.testing.assert_close(linear(x, weight, b), torch.nn.functional.linear(x, weight, b), atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize("rows", [(1,), (1, 1), ()])
def test_one_row_has_the_bits_of_pytorchs_linear(rows: tuple[int, ...]) -> None:
    x, weight, bias = case(*rows, bias=True)
    assert torch.equal(linear(x, weight, bias), torch.nn.functional.linear(x, weight, bias))


def test_a_slice_of_the_weights_gives_a_slice_of_the_result() -> None:
    x, weight, _ = case(13, bias=False)
    torch.testing.assert_close(linear(x, weight[40:90]), linear(x, weight)[:, 40:90])
    torch.testing.assert_close(linear(x.T.contiguous().T, weight.T.contiguous().T), linear(x, weight))


def test_gradients_reach_what_asks_for_them() -> None:
    x, weight, bias = case(4, bias=True)
    x.requires_grad_()
    linear(x, weight, bias).sum().backward()
    assert x.grad is not None
    torch.testing.assert_close(x.grad, weight.sum(0).expand(x.shape))


@pytest.mark.parametrize("rows", [1, 13])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_many_rows_with_a_bias_in_their_own_dtype(rows: int, dtype: torch.dtype) -> None:
    x, weight, bias = case(rows, bias=True, dtype=dtype)
    assert bias is not None
    found = biased(x, weight, bias)
    assert found.dtype == dtype
    expected = torch.nn.functional.linear(x.double(), weight.double(), bias.double())
    torch.testing.assert_close(found.double(), expected, atol=2e-1 if dtype == torch.bfloat16 else 1e-4, rtol=1e-2)
