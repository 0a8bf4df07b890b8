"""A direction as a patch keeps it: its bytes are what is hashed, whatever it came from.

In JSON, base64 of (d_model,) little-endian float32 of unit norm; a list of numbers is read, too, and normalised.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import torch
from jaxtyping import Float
from pydantic import BeforeValidator
from torch import Tensor

_UNIT = 1e-6
"""How far from 1 the norm of a direction may be that was normalised and rounded to float32."""


def packed(direction: Float[Tensor, " d_model"] | Sequence[float]) -> str:
    """The direction at unit norm, as JSON has it.

    Raises:
        ValueError: no numbers, some that are not finite, or all of them 0.
    """
    try:
        values = torch.as_tensor(direction, dtype=torch.float64).detach().cpu()
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError("a direction is a list of numbers") from error
    norm = float(values.norm())
    if values.ndim != 1 or not len(values) or not np.isfinite(norm):
        raise ValueError(f"a direction of shape {tuple(values.shape)} and norm {norm}; expected finite numbers")
    if norm == 0:
        raise ValueError("a direction of norm 0; it points nowhere")
    # One that is of unit norm already keeps its bits, and with them its name.
    unit = values if abs(norm - 1) < _UNIT else values / norm
    return base64.b64encode(unit.numpy().astype("<f4").tobytes()).decode()


def unpacked(direction: str) -> Float[Tensor, " d_model"]:
    """float32, on the CPU."""
    return torch.from_numpy(np.frombuffer(base64.b64decode(direction), "<f4").astype(np.float32))


def share_along(x: Float[Tensor, "row d_model"], unit: Float[Tensor, " d_model"]) -> Float[Tensor, " row"]:
    """|⟨x, d⟩| / ‖x‖: how much of each row lies along a unit direction, 0 to 1; what is 0 has nothing there."""
    x = x.float()
    return (x @ unit).abs() / x.norm(dim=-1).clamp(min=torch.finfo(x.dtype).tiny)


def _checked(value: Any) -> Any:
    if isinstance(value, list | tuple | Tensor):
        return packed(value)
    if not isinstance(value, str):
        return value
    try:
        raw = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("a direction is base64 of float32, or a list of numbers") from error
    if len(raw) % 4:
        raise ValueError(f"a direction of {len(raw)} bytes; expected 4 for each number")
    return packed(torch.from_numpy(np.frombuffer(raw, "<f4").astype(np.float32)))


Direction = Annotated[str, BeforeValidator(_checked)]
"""Base64 of a unit vector."""
