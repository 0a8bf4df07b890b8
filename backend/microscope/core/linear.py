"""x Wᵀ + b for a few rows and many columns, by the faster of the two float32 libraries that PyTorch carries.

On x86, `torch.nn.functional.linear` multiplies float32 by MKL, which takes about twice as long as oneDNN for the shapes
of an unembedding on processors that are not Intel's, and copies W on the way. The public way to oneDNN,
`Tensor.to_mkldnn`, wants a second W in memory (154 MB for GPT-2); the operator below, the one that `torch.compile`
emits for linear layers, reads the W that is there. Where it is missing, `linear` is PyTorch's own.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def linear(
    x: Float[Tensor, "*row d_in"], weight: Float[Tensor, "d_out d_in"], bias: Float[Tensor, " d_out"] | None = None
) -> Float[Tensor, "*row d_out"]:
    """As `torch.nn.functional.linear`, up to float32 rounding.

    A single row is multiplied by PyTorch's own, so that it has the bits that the model itself computes.
    """
    if x.numel() > x.shape[-1] and _onednn_serves(x, weight):
        return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    return torch.nn.functional.linear(x, weight, bias)


def biased(
    x: Float[Tensor, "row d_in"], weight: Float[Tensor, "d_out d_in"], bias: Float[Tensor, " d_out"]
) -> Float[Tensor, "row d_out"]:
    """x Wᵀ + b of many rows, in their own dtype, without gradients.

    PyTorch's own writes b into every row of the result before it multiplies bfloat16; oneDNN adds it on the way, which
    takes a third less time.
    """
    if _HAS_ONEDNN and x.device.type == "cpu" and x.dtype == weight.dtype and x.dtype in _ONEDNN_DTYPES:
        return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    return torch.nn.functional.linear(x, weight, bias)


_ONEDNN_DTYPES = (torch.float32, torch.bfloat16)

_HAS_ONEDNN = (
    torch.backends.mkldnn.is_available()
    and torch.backends.cpu.get_cpu_capability().startswith("AVX")
    and hasattr(torch.ops.mkldnn, "_linear_pointwise")
)


def _onednn_serves(x: Tensor, weight: Tensor) -> bool:
    """Float32 on a CPU, and nobody asks for gradients, which the operator does not have."""
    wants_gradient = torch.is_grad_enabled() and (x.requires_grad or weight.requires_grad)
    plain = x.device.type == "cpu" and x.dtype == weight.dtype == torch.float32
    return _HAS_ONEDNN and plain and not wants_gradient
