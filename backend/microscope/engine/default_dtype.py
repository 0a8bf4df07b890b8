"""A default dtype of this thread alone.

transformers builds a model under `torch.set_default_dtype`, which is the whole process's: whatever another thread makes
meanwhile without saying of what dtype, a mask, a sum, an identity, is of the loaded model's. So its context gives way
to one that is seen by its own thread.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from transformers import modeling_utils

_MAKERS = frozenset(
    {
        torch.arange,
        torch.as_tensor,
        torch.asarray,
        torch.empty,
        torch.empty_permuted,
        torch.empty_strided,
        torch.eye,
        torch.full,
        torch.linspace,
        torch.logspace,
        torch.ones,
        torch.rand,
        torch.randn,
        torch.scalar_tensor,
        torch.tensor,
        torch.zeros,
    }
)
"""What a floating-point tensor is made with out of none."""


class DefaultDtype(TorchFunctionMode):
    """Within it, this thread's new floating-point tensors are of this dtype, unless they are asked for in another."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self._dtype = dtype

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        given = kwargs or {}
        made = func(*args, **given)
        # A tensor that is handed to as_tensor has a dtype already; a number or a list has none.
        bare = func in _MAKERS and given.get("dtype") is None and not any(isinstance(arg, torch.Tensor) for arg in args)
        return made.to(self._dtype) if bare and made.dtype == torch.get_default_dtype() else made


@contextmanager
def default_dtype(dtype: torch.dtype, model_class_name: str | None = None) -> Generator[None]:
    """In place of `transformers.modeling_utils.local_torch_dtype`, whose arguments these are.

    Raises:
        ValueError: no dtype of floating-point numbers.
    """
    if not dtype.is_floating_point:
        raise ValueError(f"{model_class_name or 'A model'} cannot be made of {dtype}: no floating-point dtype")
    with DefaultDtype(dtype):
        yield


def keep_to_threads() -> None:
    """From now on, in this process."""
    modeling_utils.local_torch_dtype = default_dtype
